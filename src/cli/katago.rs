//! KataGo's command line. Some clients build it themselves, whatever the engine, and some users have it at hand.

mod files;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::Command;

use super::config::ConfigError;
use super::scope;
use crate::engine::SessionSettings;
use files::{Files, setting};

/// An option of KataGo. Each starts with one dash, which keeps them apart from ours.
struct KataGoOption {
    name: &'static str,
    takes_value: bool,
    becomes: Becomes,
}

/// What becomes of an option.
#[derive(Clone, Copy)]
enum Becomes {
    /// It means the same as this one of ours, and so does its value if it has one.
    Ours(&'static str),
    /// The same, but only for queries in JSON.
    OursForQueries(&'static str),
    /// Its value is a file of settings.
    File,
    /// Its value is settings.
    Settings,
}

const OPTIONS: &[KataGoOption] = &[
    option("-help", false, Becomes::Ours("--help")),
    option("-version", false, Becomes::Ours("--version")),
    option("-model", true, Becomes::Ours("--weights")),
    option("-config", true, Becomes::File),
    option("-override-config", true, Becomes::Settings),
    option("-override-version", true, Becomes::Ours("--gtp-version")),
    option("-human-model", true, Becomes::Ours("--human-model")),
    option(
        "-analysis-threads",
        true,
        Becomes::OursForQueries("--analysis-threads"),
    ),
    option(
        "-quit-without-waiting",
        false,
        Becomes::OursForQueries("--quit-without-waiting"),
    ),
];

const fn option(name: &'static str, takes_value: bool, becomes: Becomes) -> KataGoOption {
    KataGoOption {
        name,
        takes_value,
        becomes,
    }
}

/// What KataGo can be told to do that goes by another name here, or is not there.
const SUBCOMMANDS: [&str; 8] = [
    "benchmark",
    "genconfig",
    "contribute",
    "match",
    "tuner",
    "selfplay",
    "gatekeeper",
    "evalsgf",
];

/// Rules one at a time, as KataGo's configurations name them, and their keys in [`crate::go::Rules`].
pub const SINGLE_RULES: [(&str, &str); 7] = [
    ("koRule", "ko"),
    ("scoringRule", "scoring"),
    ("taxRule", "tax"),
    ("multiStoneSuicideLegal", "suicide"),
    ("hasButton", "hasButton"),
    ("whiteHandicapBonus", "whiteHandicapBonus"),
    ("friendlyPassOk", "friendlyPassOk"),
];

/// Arguments without KataGo's options.
#[derive(Debug, Default)]
pub struct Translated {
    /// Our own, and KataGo's in our spelling.
    pub arguments: Vec<OsString>,
    /// What KataGo's configuration sets and means something here, each once.
    pub settings: Vec<(String, String)>,
    /// A sentence on what means nothing here, if anything does not.
    pub warning: Option<String>,
}

/// Takes KataGo's options out of the arguments.
///
/// # Errors
/// Where KataGo is asked for what this program would do otherwise, or a configuration does not go together.
pub fn translate(arguments: impl IntoIterator<Item = OsString>) -> Result<Translated, ConfigError> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(first) = arguments.get_mut(1) {
        translate_subcommand(first)?;
    }
    let queries = asks_for_queries(&arguments);
    let reviews = arguments.iter().any(|argument| {
        let argument = argument.to_string_lossy();
        argument.split('=').next() == Some("--analyze-sgf")
    });
    let mut translated = Translated::default();
    let (mut files, mut overrides, mut ignored) = (Files::default(), Vec::new(), Vec::new());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let Some(option) = OPTIONS.iter().find(|option| argument == option.name) else {
            translated.arguments.push(argument);
            continue;
        };
        let value = option.takes_value.then(|| arguments.next()).flatten();
        let text = value.as_deref().map(OsStr::to_string_lossy);
        let text = text.as_deref().unwrap_or_default();
        match option.becomes {
            Becomes::OursForQueries(_) if !queries => ignored.push(option.name.to_owned()),
            Becomes::Ours(ours) | Becomes::OursForQueries(ours) => {
                translated.arguments.push(ours.into());
                translated.arguments.extend(value);
            }
            Becomes::Settings => overrides.push(read_overrides(text, &mut ignored)),
            Becomes::File => {
                let path = value.as_deref().unwrap_or_default();
                if !files.read(Path::new(path)).map_err(wrong)? {
                    return Err(wrong(format!(
                        "the file {text:?} of -config cannot be read; check the name, or leave the option out"
                    )));
                }
            }
        }
    }
    let configured = files.any();
    ignored.extend(files.not_understood);
    let mut settings = together(files.settings, overrides);
    let sets_view = |(name, _): &(String, String)| name == "reportAnalysisWinratesAs";
    if queries && configured && !settings.iter().any(sets_view) {
        // KataGo's own view, which whoever wrote the file for it expects.
        settings.push(("reportAnalysisWinratesAs".into(), "SIDETOMOVE".into()));
    }
    for (name, value) in settings {
        if means_something(&name, queries, reviews) {
            translated.settings.push((name, value));
        } else {
            ignored.push(with_suggestion(name, queries, reviews));
        }
    }
    translated.warning = (!ignored.is_empty()).then(|| {
        format!(
            "of KataGo's options these mean nothing here and are ignored: {}",
            ignored.join(", ")
        )
    });
    Ok(translated)
}

fn wrong(message: String) -> ConfigError {
    ConfigError(format!("KataGo's configuration: {message}"))
}

/// Whether `analysis` is there as a command, and not only as the value of an option.
fn asks_for_queries(arguments: &[OsString]) -> bool {
    let command = scope::command();
    let mut is_value = false;
    arguments.iter().any(|argument| {
        let of_option = is_value;
        is_value = !of_option && wants_value(&command, argument);
        !of_option && argument == "analysis"
    })
}

/// Whether an argument is an option, of KataGo's or of ours, whose value comes next.
fn wants_value(command: &Command, argument: &OsStr) -> bool {
    let name = argument.to_string_lossy();
    if let Some(option) = OPTIONS.iter().find(|option| name == option.name) {
        return option.takes_value;
    }
    let (long, short) = (name.strip_prefix("--"), name.strip_prefix('-'));
    let mut ours = command.get_arguments().filter(|ours| {
        let by_long = long.is_some() && ours.get_long() == long;
        let letter = ours.get_short().map(String::from);
        by_long || letter.is_some() && letter.as_deref() == short
    });
    ours.any(|ours| ours.get_action().takes_values())
}

/// A setting that means nothing, and what it may have been meant to be.
fn with_suggestion(name: String, queries: bool, reviews: bool) -> String {
    let meant = SessionSettings::nearest(&name).filter(|&meant| meant != name);
    match meant.filter(|meant| means_something(meant, queries, reviews)) {
        Some(meant) => format!("{name} (did you mean {meant}?)"),
        None => name,
    }
}

/// What KataGo calls what it is to do, in our spelling.
fn translate_subcommand(first: &mut OsString) -> Result<(), ConfigError> {
    let Some(name) = first.to_str() else {
        return Ok(());
    };
    if SUBCOMMANDS.contains(&name) {
        return Err(ConfigError(format!(
            "'{name}' is a command of KataGo: here --bench measures, --match plays matches, --selfplay makes games for training \
             and --analyze-sgf goes through a record"
        )));
    }
    if name == "version" {
        *first = "--version".into();
    }
    Ok(())
}

/// The settings of one -override-config; a name without a value is one to forget.
fn read_overrides(text: &str, ignored: &mut Vec<String>) -> Vec<(String, String)> {
    let given = text.split(',').filter(|text| !text.trim().is_empty());
    let mut read = Vec::new();
    for text in given {
        match setting(text) {
            Some(setting) => read.push(setting),
            None => ignored.push(format!("{text:?}")),
        }
    }
    read
}

/// What is in force of files and, which count more wherever they stand, of the command line.
fn together(
    of_files: Vec<(String, String)>,
    overrides: Vec<Vec<(String, String)>>,
) -> Vec<(String, String)> {
    let single = |name: &str| SINGLE_RULES.iter().any(|(single, _)| *single == name);
    let mut settings = of_files;
    for group in overrides {
        // Rules by name take the place of single ones, and the other way round.
        let by_name = group.iter().any(|(name, _)| name == "rules");
        let by_one = group.iter().any(|(name, _)| single(name));
        settings.retain(|(name, _)| !(by_name && single(name) || by_one && name == "rules"));
        settings.extend(group);
    }
    let mut latest: Vec<(String, String)> = Vec::new();
    for (name, value) in settings {
        latest.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            latest.push((name, value));
        }
    }
    latest
}

fn means_something(name: &str, queries: bool, reviews: bool) -> bool {
    match name {
        "searchRandSeed" => true,
        "numAnalysisThreads" | "warnUnusedFields" => queries,
        "ogsChatToStderr" | "defaultBoardSize" | "defaultBoardXSize" | "defaultBoardYSize" => {
            !queries && !reviews
        }
        // Queries bring their own.
        "rules" => !queries,
        _ if SINGLE_RULES.iter().any(|(single, _)| *single == name) => !queries,
        _ => SessionSettings::has(name, queries || reviews),
    }
}
