//! What one side of a match is given, on top of what both are.

use std::path::PathBuf;
use std::time::Duration;

use super::config::read_patience;
use crate::arena::program::ProgramSettings;
use crate::cli::args::{Args, EvaluatorKind};
use crate::cli::config::{self, ConfigError, EvaluatorConfig};
use crate::player::PlayParams;
use crate::search::SearchParams;
use crate::spelling;

/// A side of a match.
#[derive(Clone, Debug, PartialEq)]
pub enum SideConfig {
    /// Our own engine.
    Own {
        /// Name, if the user gives one.
        name: Option<String>,
        /// What evaluates.
        evaluator: Box<EvaluatorConfig>,
        /// Constants of the search.
        search: Box<SearchParams>,
        /// Limits, time management and resignation.
        play: PlayParams,
    },
    /// Another program.
    Program(ProgramSettings),
}

/// Time kept back by our own players if the user does not say: their clocks are kept in this process.
const LAG: Duration = Duration::from_millis(100);

/// What starts the command line of a program, which is the rest of the text.
const PROGRAM: &str = "gtp=";

impl SideConfig {
    /// Reads what one side is given. `both` holds the options of the command line; `cache` is the user's cache
    /// folder, where named networks are.
    ///
    /// # Errors
    /// A sentence on the first word that is not understood or cannot be used.
    pub fn read(
        text: &str,
        both: &Args,
        cache: Option<PathBuf>,
    ) -> Result<SideConfig, ConfigError> {
        let (own, program) = split_program(text);
        let words = gtp::split_command_line(own)
            .ok_or_else(|| ConfigError("a quote is not closed".into()))?;
        let settings = words.iter().map(|word| {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            (key.replace('_', "-"), value.to_owned())
        });
        match program {
            Some(command) => read_program(command, settings, both.matches.patience),
            None => read_own(settings, both.clone(), cache),
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

/// Another program, which has `patience` seconds for an answer if it is not given a time of its own.
fn read_program(
    command: &str,
    settings: impl Iterator<Item = (String, String)>,
    mut patience: f64,
) -> Result<SideConfig, ConfigError> {
    let (mut name, mut setup) = (None, Vec::new());
    for (key, value) in settings {
        match key.as_str() {
            "name" => name = Some(value),
            "send" => setup.push(value),
            "patience" => patience = number(&key, &value)?,
            _ => {
                return Err(ConfigError(format!(
                    "{key} is nothing that a program can be given before gtp=: there are name=NAME, send='COMMAND' and \
                     patience=SECONDS; options of the program itself come after gtp="
                )));
            }
        }
    }
    if command.trim().is_empty() {
        return Err(ConfigError(
            "gtp= needs a command line, such as gtp=gnugo --mode gtp".into(),
        ));
    }
    Ok(SideConfig::Program(ProgramSettings {
        name,
        command: command.trim().to_owned(),
        setup,
        patience: read_patience(patience)?,
    }))
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

/// Our own engine with these arguments and its settings on top of them.
fn read_own(
    settings: impl Iterator<Item = (String, String)>,
    mut args: Args,
    cache: Option<PathBuf>,
) -> Result<SideConfig, ConfigError> {
    let (mut name, mut constants) = (None, Vec::new());
    for (key, value) in settings {
        match key.as_str() {
            "name" => name = Some(value),
            "weights" => args.weights = value.into(),
            "human-model" => args.human_model = Some(value.into()),
            "evaluator" => {
                args.evaluator = <EvaluatorKind as clap::ValueEnum>::from_str(&value, true)
                    .map_err(|_| {
                        ConfigError(format!(
                            "evaluator={value} is none of net, hashed and uniform"
                        ))
                    })?;
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
                    return Err(ConfigError(format!(
                        "{key} is nothing that a player has; did you mean {meant}?"
                    )));
                }
                _ => constants.push((key, value)),
            },
        }
    }
    let mut options = config::options(&args)?;
    if args.lag.is_none() && !args.katago.iter().any(|(name, _)| name == "lagBuffer") {
        options.settings.play.clock.lag = LAG;
    }
    for (key, value) in &constants {
        let set = options.settings.set_constant(key, value);
        set.map_err(|error| ConfigError(error.to_string()))?;
    }
    let shared = args.katago.iter().chain(&args.set);
    config::check_human(&args, shared.chain(&constants))?;
    Ok(SideConfig::Own {
        name,
        evaluator: Box::new(config::evaluator(&args, cache)),
        search: Box::new(options.settings.search),
        play: options.settings.play,
    })
}

fn number<T: std::str::FromStr>(key: &str, value: &str) -> Result<T, ConfigError> {
    let wrong = || format!("{key}={value} is no number of the kind that {key} takes");
    value.parse().map_err(|_| ConfigError(wrong()))
}

fn positive(key: &str, value: &str) -> Result<u32, ConfigError> {
    match number(key, value)? {
        0 => Err(ConfigError(format!("{key}={value} must be at least 1"))),
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
            let side = SideConfig::read(&format!("{name}={value}"), &both, None);
            let Ok(SideConfig::Own { search, .. }) = side else {
                panic!("{name}: {side:?}");
            };
            let usual = SearchParams::default().get(name);
            assert_eq!(search.get(name), usual, "{name} is no constant");
        }
    }
}
