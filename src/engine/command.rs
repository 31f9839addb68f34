//! The commands as data: what they are called, what `help` says, and who carries them out.

use std::error::Error;
use std::fmt;

use gtp::{Args, ArgumentError, OffBoard};

use super::analyze::Reply;
use super::{
    Session, admin, analyze, boards, clock, disk, gogui, gomill, handicap, inspect, kata, kgs,
    leela, params, play, rules, score, setup, sgf, tree, workshop,
};
use crate::spelling;
use crate::words::NoPoint;

/// One command of the protocol.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// What it is called.
    pub name: &'static str,
    /// Its arguments as `help` shows them: upper-case words are to be replaced, brackets may be left out.
    pub arguments: &'static str,
    /// What it does, in a line.
    pub help: &'static str,
    /// Carries it out. On a failure the game, the rules and the clocks are as they were.
    pub run: Run,
}

impl Command {
    /// Whether the arguments mention this word.
    pub(super) fn takes(&self, word: &str) -> bool {
        self.arguments.contains(word)
    }
}

/// Who carries out a command.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// Answers with one text.
    Text(fn(&mut Session, &mut Args<'_>) -> Result<String, Failure>),
    /// The same, without a search and without a change to the game, so that pondering resumes after it.
    Aside(fn(&mut Session, &mut Args<'_>) -> Result<String, Failure>),
    /// Has a reply that grows while it runs.
    Stream(fn(&mut Session, &mut Args<'_>, &mut Reply<'_>) -> Result<(), Failure>),
}

/// All commands, by family and with what the family is called, in the order of `list_commands`. Some clients recognise
/// that list only if `protocol_version` comes first.
pub const FAMILIES: &[(&str, &[Command])] = &[
    ("The engine", admin::COMMANDS),
    ("The board", setup::COMMANDS),
    ("Handicap", handicap::COMMANDS),
    ("Moves", play::COMMANDS),
    ("Analysis", analyze::COMMANDS),
    ("Time", clock::COMMANDS),
    ("Rules", rules::COMMANDS),
    ("The end of the game", score::COMMANDS),
    ("Game records", sgf::COMMANDS),
    ("The network", kata::COMMANDS),
    ("KGS", kgs::COMMANDS),
    ("Leela Zero", leela::COMMANDS),
    ("GoGui", gogui::COMMANDS),
    ("CGOS", analyze::CGOS),
    ("Gomill", gomill::COMMANDS),
    ("What the engine thinks", boards::COMMANDS),
    ("The search tree", tree::COMMANDS),
    ("A look inside", inspect::COMMANDS),
    ("Sessions and games on disk", disk::COMMANDS),
    ("Parameters", params::COMMANDS),
    ("Training and matches of networks", workshop::COMMANDS),
];

/// All commands, in the order of `list_commands`.
pub fn all() -> impl Iterator<Item = &'static Command> {
    FAMILIES.iter().flat_map(|&(_, commands)| commands)
}

/// Names that are understood but not listed: what people type, and what clients that find it in the list would prefer,
/// and read its numbers in different ways.
const UNLISTED: [(&str, &str); 3] = [
    ("?", "help"),
    ("analyze", "kata-analyze"),
    ("genmove_analyze", "kata-genmove_analyze"),
];

/// The command of this name.
pub fn find(name: &str) -> Option<&'static Command> {
    let unlisted = UNLISTED.iter().find(|(unlisted, _)| *unlisted == name);
    let name = unlisted.map_or(name, |&(_, listed)| listed);
    all().find(|command| command.name == name)
}

/// What people call commands that have other names.
const MEANT: [(&str, &str); 14] = [
    ("size", "boardsize"),
    ("new", "clear_board"),
    ("clear", "clear_board"),
    ("rules", "kata-get-rules"),
    ("board", "showboard"),
    ("show", "showboard"),
    ("score", "final_score"),
    ("load", "loadsgf"),
    ("go", "genmove"),
    ("back", "undo"),
    ("hint", "think"),
    ("review", "replay"),
    ("strength", "kata-set-param"),
    ("level", "kata-set-param"),
];

/// The command that is called so by many, though it has another name.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let meant = MEANT
        .iter()
        .find(|(called, _)| called.eq_ignore_ascii_case(name));
    meant.map(|&(_, meant)| meant)
}

/// The failure of a command that does not exist, with the name that was probably meant, or the mode.
pub fn unknown(name: &str) -> Failure {
    if name.starts_with('{') {
        return Failure::new(
            "unknown command: this is JSON, and the program was started for GTP; start 'df_console analysis' for JSON",
        );
    }
    let meant = meant(name).or_else(|| spelling::nearest(name, all().map(|command| command.name)));
    Failure::new(match meant {
        Some(meant) => format!("unknown command; did you mean '{meant}'?"),
        None => "unknown command; 'help' lists them".to_owned(),
    })
}

/// Usage and purpose, as `help` shows them.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if !self.arguments.is_empty() {
            write!(f, " {}", self.arguments)?;
        }
        write!(f, ": {}", self.help)
    }
}

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    kind: FailureKind,
    /// The text of its `?` reply.
    text: String,
}

/// What people at the console are advised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// The arguments are not what the command takes.
    Syntax,
    /// A point that the board does not have.
    OffBoard,
    Other,
}

impl Failure {
    /// A failure with this text.
    pub fn new(text: impl Into<String>) -> Failure {
        Failure {
            kind: FailureKind::Other,
            text: text.into(),
        }
    }

    /// Arguments that cannot be read, in the words of the protocol and then these.
    pub fn syntax(text: impl fmt::Display) -> Failure {
        Failure {
            kind: FailureKind::Syntax,
            text: format!("syntax error: {text}"),
        }
    }

    /// The same failure with this in front of its text.
    pub(super) fn behind(self, what: &str) -> Failure {
        Failure {
            text: format!("{what}: {}", self.text),
            ..self
        }
    }

    pub(super) fn kind(&self) -> FailureKind {
        self.kind
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Failure {
        let text = error.to_string();
        let error: &dyn Error = &error;
        let kind = match error.downcast_ref() {
            Some(NoPoint::Pass) => FailureKind::Syntax,
            Some(NoPoint::OffBoard(_)) => FailureKind::OffBoard,
            None if error.is::<OffBoard>() => FailureKind::OffBoard,
            None if error.is::<ArgumentError>() => FailureKind::Syntax,
            None => FailureKind::Other,
        };
        Failure { kind, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_well_formed() {
        assert_eq!(
            all().next().map(|command| command.name),
            Some("protocol_version")
        );
        let mut names = HashSet::new();
        for command in all() {
            assert!(
                names.insert(command.name),
                "{} is listed twice",
                command.name
            );
            assert!(
                !command.name.contains(char::is_whitespace),
                "{}",
                command.name
            );
            assert!(
                !command.help.is_empty() && !command.help.contains('\n'),
                "{}",
                command.name
            );
        }
        // Required by the protocol.
        for name in [
            "protocol_version",
            "name",
            "version",
            "known_command",
            "list_commands",
            "quit",
            "boardsize",
            "clear_board",
            "komi",
            "play",
            "genmove",
        ] {
            assert!(names.contains(name), "{name} is missing");
        }
        for (other, listed) in UNLISTED.into_iter().chain(MEANT) {
            assert!(!names.contains(other) && names.contains(listed));
        }
        // GoGui would ask for the board that it is to show.
        assert!(names.iter().all(|name| !name.starts_with("gogui-rules_")));
    }
}
