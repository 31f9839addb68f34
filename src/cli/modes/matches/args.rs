//! The options of a match, and what one side of it is given.

use std::path::PathBuf;

use crate::cli::args::{Args, EvaluatorKind};
use crate::cli::values::{real, seconds, whole};
use crate::search::SearchParams;
use crate::spelling;

/// Options of a match.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Matches")]
pub struct MatchArgs {
    /// Play a match between --a and --b
    #[arg(long = "match")]
    pub run: bool,

    /// One side: options of a player without dashes, such as "weights=g170e visits=200 cpuct=1.2", on top of those given
    /// for both; or another program, such as "gtp=gnugo --mode gtp --level 10"
    #[arg(long, value_name = "PLAYER", default_value = "")]
    pub a: String,

    /// The other side
    #[arg(long, value_name = "PLAYER")]
    pub b: Option<String>,

    /// Games to play; both games of a pair share an opening, with colours swapped
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = whole::<u32>(1..=u64::MAX, 100))]
    pub games: u32,

    /// Games at once [default: 8 between networks, one for each core against programs, 1 with a clock]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=1024, 8))]
    pub parallel: Option<u32>,

    /// Handicap stones on the customary points
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole::<usize>(0..=u64::MAX, 4))]
    pub handicap: usize,

    /// Clock of each player, in seconds, as kata-time_settings has it: "absolute 300", "byoyomi 60 10 3",
    /// "canadian 60 30 5" or "fischer 60 2"; our own players keep 0.1 seconds of each move back unless 'lag'
    /// says otherwise
    #[arg(long, value_name = "SETTINGS", default_value = "none")]
    pub clock: String,

    /// Where games begin: none, policy or policy:MOVES (moves drawn from the policy of a network), or game records: a
    /// file or a folder
    #[arg(long, value_name = "none|policy[:MOVES]|PATH", default_value = "none")]
    pub openings: String,

    /// Moves of a game record that make the opening [default: 20]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(0..=u64::MAX, 20))]
    pub opening_moves: Option<usize>,

    /// Moves after which a game is counted as it stands [default: 3 for each point of the board,
    /// after the opening]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(0..=u64::MAX, 200))]
    pub max_moves: Option<usize>,

    /// Decide a game when all players that say what they think give the same side at least this chance, in percent, for
    /// some turns in a row
    #[arg(long, value_name = "PERCENT[:TURNS]")]
    pub adjudicate: Option<String>,

    /// End the match when a sequential test decides between these two Elo differences of A over B
    #[arg(long, num_args = 2, value_names = ["ELO0", "ELO1"], allow_negative_numbers = true, value_parser = real("an Elo difference, such as 20"))]
    pub sprt: Option<Vec<f64>>,

    /// Probability with which the sequential test may wrongly decide for ELO1
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = real("a probability, such as 0.05"), requires = "sprt")]
    pub alpha: f64,

    /// Probability with which the sequential test may wrongly decide for ELO0
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = real("a probability, such as 0.05"), requires = "sprt")]
    pub beta: f64,

    /// Longest wait for an answer of a program, in seconds, unless its clock allows less
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 300.0,
        value_parser = seconds
    )]
    pub patience: f64,

    /// Folder for a game record of every game
    #[arg(long, value_name = "FOLDER")]
    pub sgf_dir: Option<PathBuf>,
}

/// One side of a match, read but not yet made.
#[derive(Clone, Debug)]
pub enum SideArgs {
    /// Our own engine with these arguments.
    Own {
        /// Name in tables and records.
        name: Option<String>,
        /// The arguments of the command line with those of this side on top.
        args: Box<Args>,
        /// Constants of the search, by name.
        constants: Vec<(String, String)>,
    },
    /// Another program.
    Program {
        /// Name in tables and records.
        name: Option<String>,
        /// Command line.
        command: String,
        /// Commands to send when it has started.
        setup: Vec<String>,
        /// Longest time for an answer in seconds, if not that of the match.
        patience: Option<f64>,
    },
}

/// What starts the command line of a program, which is the rest of the text.
const PROGRAM: &str = "gtp=";

impl SideArgs {
    /// Reads what one side is given, on top of what both are.
    ///
    /// # Errors
    /// A sentence on the first word that is not understood.
    pub fn read(text: &str, both: &Args) -> Result<SideArgs, String> {
        let (own, program) = split_program(text);
        let words = gtp::split_command_line(own).ok_or("a quote is not closed")?;
        let mut settings = Vec::new();
        for word in &words {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            settings.push((key.replace('_', "-"), value.to_owned()));
        }
        match program {
            Some(command) => read_program(command, settings),
            None => read_own(settings, both),
        }
    }
}

/// What comes before `gtp=`, and the command line after it.
fn split_program(text: &str) -> (&str, Option<&str>) {
    let starts_word = |&(place, _): &(usize, &str)| {
        text.get(..place)
            .is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace))
    };
    match text.match_indices(PROGRAM).find(starts_word) {
        Some((place, _)) => {
            let (own, program) = text.split_at(place);
            (own, program.strip_prefix(PROGRAM))
        }
        None => (text, None),
    }
}

fn read_program(command: &str, settings: Vec<(String, String)>) -> Result<SideArgs, String> {
    let (mut name, mut setup, mut patience) = (None, Vec::new(), None);
    for (key, value) in settings {
        match key.as_str() {
            "name" => name = Some(value),
            "send" => setup.push(value),
            "patience" => patience = Some(number(&key, &value)?),
            _ => {
                return Err(format!(
                    "{key} is nothing that a program can be given before gtp=: there are name=NAME, send='COMMAND' and \
                     patience=SECONDS; options of the program itself come after gtp="
                ));
            }
        }
    }
    if command.trim().is_empty() {
        return Err("gtp= needs a command line, such as gtp=gnugo --mode gtp".into());
    }
    Ok(SideArgs::Program {
        name,
        command: command.trim().to_owned(),
        setup,
        patience,
    })
}

/// What an own player can be given beside constants of the search.
const OWN: [&str; 16] = [
    "name",
    "weights",
    "human-model",
    "evaluator",
    "device",
    "precision",
    "batch",
    "threads",
    "cache",
    "memory",
    "visits",
    "playouts",
    "time",
    "lag",
    "resign",
    "no-resign",
];

fn read_own(settings: Vec<(String, String)>, both: &Args) -> Result<SideArgs, String> {
    let mut args = Box::new(both.clone());
    let (mut name, mut constants) = (None, Vec::new());
    for (key, value) in settings {
        match key.as_str() {
            "name" => name = Some(value),
            "weights" => args.weights = value.into(),
            "human-model" => args.human_model = Some(value.into()),
            "evaluator" => {
                args.evaluator = <EvaluatorKind as clap::ValueEnum>::from_str(&value, true)
                    .map_err(|_| format!("evaluator={value} is none of net, hashed and uniform"))?;
            }
            "device" => args.device = value,
            "precision" => args.precision = value,
            "batch" => args.batch = Some(positive(&key, &value)?),
            "threads" => args.threads = Some(positive(&key, &value)?),
            "cache" => args.cache = number(&key, &value)?,
            "memory" => args.memory = Some(positive(&key, &value)?.into()),
            "visits" => args.visits = Some(positive(&key, &value)?.into()),
            "playouts" => args.playouts = Some(positive(&key, &value)?.into()),
            "time" => args.time = Some(number(&key, &value)?),
            "lag" => args.lag = Some(number(&key, &value)?),
            "resign" => (args.resign, args.no_resign) = (Some(number(&key, &value)?), false),
            "no-resign" => args.no_resign = true,
            _ => match spelling::nearest(&key, OWN) {
                Some(meant) if !SearchParams::NAMES.contains(&key.as_str()) => {
                    return Err(format!(
                        "{key} is nothing that a player has; did you mean {meant}?"
                    ));
                }
                _ => constants.push((key, value)),
            },
        }
    }
    Ok(SideArgs::Own {
        name,
        args,
        constants,
    })
}

fn number<T: std::str::FromStr>(key: &str, value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| format!("{key}={value} is no number of the kind that {key} takes"))
}

fn positive(key: &str, value: &str) -> Result<u32, String> {
    match number(key, value)? {
        0 => Err(format!("{key}={value} must be at least 1")),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn all_that_a_player_is_said_to_have_is_taken() {
        let both = Args::try_parse_from(["df_console"]).expect("no arguments");
        for name in OWN {
            let value = if name == "evaluator" { "hashed" } else { "5" };
            let side = read_own(vec![(name.into(), value.into())], &both);
            let Ok(SideArgs::Own { constants, .. }) = side else {
                panic!("{name}: {side:?}");
            };
            assert!(constants.is_empty(), "{name} is no constant");
        }
    }
}
