//! Slips of people at the command line that clap takes for something else, told by what was meant.

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue};

use super::config::ConfigError;
use crate::net::formats::EXTENSIONS;

/// Refuses a long option of ours behind one dash, after [`super::katago`] has taken out KataGo's: clap would read `-weights`
/// as `-w eights`.
///
/// # Errors
/// At the first.
pub fn check_dashes(command: &Command, arguments: &[OsString]) -> Result<(), ConfigError> {
    let long = |argument: &OsString| {
        let name = argument.to_str()?.strip_prefix('-')?;
        let (name, _) = name.split_once('=').unwrap_or((name, ""));
        let mut known = command.get_arguments().filter_map(clap::Arg::get_long);
        known.find(|&long| long == name)
    };
    match arguments.iter().skip(1).find_map(long) {
        Some(name) => Err(ConfigError(format!(
            "'-{name}' has one dash too few: write --{name}"
        ))),
        None => Ok(()),
    }
}

/// What was meant by a word that clap does not know: an option with a dash of a kind that no keyboard has, which clap takes
/// for a word, or a file without its option.
pub fn explained(error: &clap::Error) -> Option<String> {
    const DASHES: [char; 5] = ['\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}'];
    let given = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg]
        .into_iter()
        .find_map(|kind| error.get(kind));
    let Some(ContextValue::String(word)) = given else {
        return None;
    };
    if word.starts_with(DASHES) {
        return Some(format!(
            "'{word}' begins with a dash that word processors make of hyphens; type hyphens, as in --weights"
        ));
    }
    let name = word.to_lowercase();
    let (what, option) = if word.starts_with('-') {
        return None;
    } else if name.ends_with(".sgf") {
        ("to go through a game record", "--analyze-sgf")
    } else if EXTENSIONS.iter().any(|end| name.ends_with(end)) {
        ("to play by a network", "--weights")
    } else {
        return None;
    };
    Some(format!(
        "'{word}' is no command: {what}, write {option} {word}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::scope;

    /// What is said of arguments: before clap sees them, or of what it says.
    fn told(arguments: &str) -> Option<String> {
        let arguments: Vec<OsString> = format!("df_console {arguments}")
            .split(' ')
            .map(Into::into)
            .collect();
        let command = scope::command();
        match check_dashes(&command, &arguments) {
            Err(error) => Some(error.to_string()),
            Ok(()) => explained(&command.try_get_matches_from(arguments).err()?),
        }
    }

    #[test]
    fn long_options_behind_one_dash_are_told() {
        for (arguments, option) in [
            ("-weights x.gz", "--weights"),
            ("-weights=x.gz", "--weights"),
            ("gtp -time 5", "--time"),
            ("-visits 5", "--visits"),
            ("--match -a visits=1", "--a"),
            ("--log off -train", "--train"),
        ] {
            let told = told(arguments).unwrap_or_default();
            let expected = format!("has one dash too few: write {option}");
            assert!(told.ends_with(&expected), "{arguments}: {told}");
        }
    }

    #[test]
    fn files_alone_are_told_their_options() {
        for (arguments, advice) in [
            ("net.bin.gz", "write --weights net.bin.gz"),
            ("gtp /a/b.safetensors", "write --weights /a/b.safetensors"),
            ("--visits 5 x.TXT", "write --weights x.TXT"),
            ("a/game.SGF", "write --analyze-sgf a/game.SGF"),
            ("gtp game.sgf", "write --analyze-sgf game.sgf"),
        ] {
            let told = told(arguments).unwrap_or_default();
            assert!(told.ends_with(advice), "{arguments}: {told}");
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_meant_so() {
        for arguments in [
            "-w x.gz -v5 -t2 -p 3 --komi -7.5",
            "-wx.gz",
            "--match --b visits=1 --sprt -5 5",
            "--analyze-sgf game.sgf --weights net.bin.gz",
            "--convert a.bin.gz b.txt",
            "conquer",
            "--no-such-option",
            "--visits.sgf",
        ] {
            assert_eq!(told(arguments), None, "{arguments}");
        }
    }
}
