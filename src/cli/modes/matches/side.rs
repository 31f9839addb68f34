//! What one side of a match is given, on top of what both are.

use std::fmt::Display;
use std::time::Duration;

use crate::arena::program::ProgramSettings;
use crate::cli::args::{Args, EvaluatorKind};
use crate::cli::config::{self, ConfigError, Environment, EvaluatorConfig};
use crate::cli::values;
use crate::engine::Settings;
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
        /// What else than a network the side is given, which is part of its name if the user gives none.
        given: String,
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

/// What both sides are given.
pub struct Shared<'a> {
    args: &'a Args,
    evaluator: EvaluatorConfig,
    settings: Settings,
}

impl Shared<'_> {
    /// The options of the command line.
    ///
    /// # Errors
    /// At the first that cannot be used.
    pub fn new<'a>(args: &'a Args, environment: &Environment) -> Result<Shared<'a>, ConfigError> {
        let mut settings = config::settings(args)?;
        if args.lag.is_none() && !args.katago.iter().any(|(name, _)| name == "lagBuffer") {
            settings.play.clock.lag = LAG;
        }
        Ok(Shared {
            args,
            evaluator: config::evaluator(args, environment),
            settings,
        })
    }
}

/// Time kept back by our own players if the user does not say: their clocks are kept in this process.
const LAG: Duration = Duration::from_millis(100);

/// What starts the command line of a program, which is the rest of the text.
const PROGRAM: &str = "gtp=";

impl SideConfig {
    /// Reads what one side is given on top of what both are.
    ///
    /// # Errors
    /// A sentence on the first word that is not understood or cannot be used.
    pub fn read(text: &str, both: &Shared<'_>) -> Result<SideConfig, ConfigError> {
        let (own, program) = split_program(text);
        let words = gtp::split_command_line(own)
            .ok_or_else(|| ConfigError("a quote is not closed".into()))?;
        let settings = words.iter().map(|word| {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            (key.replace('_', "-"), value.to_owned())
        });
        match program {
            Some(command) => read_program(command, settings, both.args.matches.patience),
            None => {
                // Somebody who gives a network alone means it as one.
                let alone =
                    |word: &&String| !word.contains('=') && spelling::nearest(word, OWN).is_none();
                if let Some(word) = words.iter().find(alone) {
                    return Err(ConfigError(format!(
                        "'{word}' is no NAME=VALUE, as in weights={word} visits=200"
                    )));
                }
                let of_name = words.iter().filter(|word| !word.starts_with("weights="));
                let given: Vec<&str> = of_name.map(String::as_str).collect();
                read_own(settings, given.join(" "), both)
            }
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

/// Another program, which has `patience` for an answer if it is not given a time of its own.
fn read_program(
    command: &str,
    settings: impl Iterator<Item = (String, String)>,
    mut patience: Duration,
) -> Result<SideConfig, ConfigError> {
    let (mut name, mut setup) = (None, Vec::new());
    for (key, value) in settings {
        match key.as_str() {
            "name" => name = Some(value),
            "send" => setup.push(value),
            "patience" => patience = read(&key, &value, values::some_seconds)?,
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
        patience,
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

/// Our own engine with what both sides have and its settings on top of that.
fn read_own(
    settings_given: impl Iterator<Item = (String, String)>,
    given: String,
    both: &Shared<'_>,
) -> Result<SideConfig, ConfigError> {
    let (mut evaluator, mut settings) = (both.evaluator.clone(), both.settings.clone());
    let (mut name, mut constants) = (None, Vec::new());
    for (key, value) in settings_given {
        let (search, play) = (&mut settings.search, &mut settings.play);
        match key.as_str() {
            "name" => name = Some(value),
            "weights" => evaluator.weights = value.into(),
            "human-model" => evaluator.human_weights = Some(value.into()),
            "evaluator" => {
                evaluator.kind = <EvaluatorKind as clap::ValueEnum>::from_str(&value, true)
                    .map_err(|_| {
                        ConfigError(format!(
                            "evaluator={value} is none of net, hashed and uniform"
                        ))
                    })?;
            }
            "device" => evaluator.devices = read(&key, &value, str::parse)?,
            "precision" => evaluator.precision = read(&key, &value, str::parse)?,
            "batch" => evaluator.batch = Some(read(&key, &value, values::batch)?),
            "threads" => evaluator.threads = Some(read(&key, &value, values::threads)?),
            "cache" => evaluator.cache_mebibytes = read(&key, &value, values::cache)?,
            "memory" => search.memory_limit = read(&key, &value, values::memory)?,
            "visits" => play.limits.visits = Some(read(&key, &value, values::count)?),
            "playouts" => play.limits.playouts = Some(read(&key, &value, values::count)?),
            "time" => play.limits.time = Some(read(&key, &value, values::seconds)?),
            "lag" => play.clock.lag = read(&key, &value, values::seconds)?,
            "resign" => {
                play.resign.threshold = read(&key, &value, values::chance)?;
                play.resign.enabled = true;
            }
            "no-resign" => play.resign.enabled = false,
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
    for (key, value) in &constants {
        let set = settings.set_constant(key, value);
        set.map_err(|error| ConfigError(error.to_string()))?;
    }
    let shared = both.args.katago.iter().chain(&both.args.set);
    config::check_human(evaluator.human_weights.is_some(), shared.chain(&constants))?;
    Ok(SideConfig::Own {
        name,
        given,
        evaluator: Box::new(evaluator),
        search: Box::new(settings.search),
        play: settings.play,
    })
}

/// Reads a value as that of the argument of the same name.
fn read<T, E: Display>(
    key: &str,
    value: &str,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, ConfigError> {
    read(value).map_err(|error| ConfigError(format!("{key}={value}: {error}")))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn a_network_alone_is_told_how_to_be_given() {
        let both = Args::try_parse_from(["df_console"]).expect("no arguments");
        let both = Shared::new(&both, &Environment::default()).expect("nothing is wrong");
        let told = SideConfig::read("default visits=5", &both).expect_err("no name of a setting");
        assert_eq!(
            told.to_string(),
            "'default' is no NAME=VALUE, as in weights=default visits=200"
        );
        assert!(SideConfig::read("no-resign", &both).is_ok());
    }

    #[test]
    fn all_that_a_player_is_said_to_have_is_taken() {
        let both = Args::try_parse_from(["df_console"]).expect("no arguments");
        let both = Shared::new(&both, &Environment::default()).expect("nothing is wrong");
        for name in OWN {
            let value = match name {
                "evaluator" => "hashed",
                "device" => "cpu",
                "precision" => "f32",
                _ => "5",
            };
            let side = SideConfig::read(&format!("{name}={value}"), &both);
            let Ok(SideConfig::Own { search, .. }) = side else {
                panic!("{name}: {side:?}");
            };
            let usual = SearchParams::default().get(name);
            assert_eq!(search.get(name), usual, "{name} is no constant");
        }
    }
}
