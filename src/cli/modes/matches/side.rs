//! What one side of a match is given, on top of what both are.

use std::ffi::OsString;
use std::fmt::Display;
use std::time::Duration;

use crate::arena::program::ProgramSettings;
use crate::cli::args::{Args, EvaluatorKind};
use crate::cli::config::{self, ConfigError, Environment, EvaluatorConfig};
use crate::cli::values;
use crate::engine::SessionSettings;
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
        /// What else than networks the side is given, which is part of its name if the user gives none.
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
    settings: SessionSettings,
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

/// Longest wait for an answer of a program if the user does not say.
const PATIENCE: Duration = Duration::from_secs(300);

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
            Some(command) => {
                let patience = both.args.matches.patience.unwrap_or(PATIENCE);
                read_program(command, settings, patience)
            }
            None => {
                check_values(&words)?;
                let of_name = words.iter().filter(|word| !names_network(word));
                let given: Vec<&str> = of_name.map(String::as_str).collect();
                read_own(settings, given.join(" "), both)
            }
        }
    }

    /// Whether our own engine plays.
    pub fn is_own(&self) -> bool {
        matches!(self, SideConfig::Own { .. })
    }

    /// Counts what both sides are given, written as `--a` is, as given to this one, as the other is a program that none of
    /// it is for. What the side says itself comes after it and stands.
    pub fn take_as_own(&mut self, shared: &str) {
        if let SideConfig::Own { given, .. } = self {
            let words = gtp::split_command_line(shared).unwrap_or_default();
            let says = |word: &str| given.split(' ').any(|own| key(own) == key(word));
            let words = words
                .iter()
                .filter(|word| !names_network(word) && !says(word));
            let mut all: Vec<&str> = words.map(String::as_str).collect();
            all.extend(Some(&**given).filter(|given| !given.is_empty()));
            *given = all.join(" ");
        }
    }
}

/// What comes before the value of a word, spelt as arguments are.
fn key(word: &str) -> String {
    word.split('=').next().unwrap_or(word).replace('_', "-")
}

/// Whether a word is the path of a network, which is no part of a name.
fn names_network(word: &str) -> bool {
    word.contains('=') && ["weights", "human-model"].contains(&&*key(word))
}

/// Whether what one side is given asks for a network, and leaves which to what both are given.
pub fn takes_shared_network(text: &str) -> bool {
    let (own, program) = split_program(text);
    let words = gtp::split_command_line(own).unwrap_or_default();
    let asks = |word: &String| word.eq_ignore_ascii_case("evaluator=net");
    program.is_none()
        && words.iter().any(asks)
        && !words.iter().any(|word| word.starts_with("weights="))
}

/// What comes before `gtp=`, and the command line after it. Within quotes, or a word, that is any text.
fn split_program(text: &str) -> (&str, Option<&str>) {
    let is_word = |&(place, found): &(usize, &str)| {
        let words = text.get(..place + found.len());
        let words = words.and_then(gtp::split_command_line);
        words.is_some_and(|words| words.last().is_some_and(|last| last == PROGRAM))
    };
    match text.match_indices(PROGRAM).find(is_word) {
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

/// All that a player can be given without a value.
const NO_RESIGN: &str = "no-resign";

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
    NO_RESIGN,
];

/// Our own engine with what both sides have and its settings on top of that.
fn read_own(
    settings_given: impl Iterator<Item = (String, String)>,
    given: String,
    both: &Shared<'_>,
) -> Result<SideConfig, ConfigError> {
    let (mut evaluator, mut settings) = (both.evaluator.clone(), both.settings.clone());
    let (mut name, mut constants) = (None, Vec::new());
    let (mut kind, mut weights) = (None, None);
    for (key, value) in settings_given {
        let (search, play) = (&mut settings.search, &mut settings.play);
        match key.as_str() {
            "name" => name = Some(value),
            "weights" => weights = Some(value.into()),
            "human-model" => evaluator.human_weights = Some(value.into()),
            "evaluator" => {
                let read = <EvaluatorKind as clap::ValueEnum>::from_str(&value, true);
                kind = Some(read.map_err(|_| {
                    ConfigError(format!(
                        "evaluator={value} is none of net, hashed and uniform"
                    ))
                })?);
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
            NO_RESIGN if value.is_empty() => play.resign.enabled = false,
            NO_RESIGN => {
                return Err(ConfigError(format!(
                    "no-resign={value}: no-resign takes no value; leave it out, or write resign=5 for a player that resigns"
                )));
            }
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
    choose_evaluator(&mut evaluator, kind, weights)?;
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

/// Sets what a side says of its evaluator: whoever names a network alone wants it, whatever both have.
fn choose_evaluator(
    evaluator: &mut EvaluatorConfig,
    kind: Option<EvaluatorKind>,
    weights: Option<OsString>,
) -> Result<(), ConfigError> {
    let Some(weights) = weights else {
        evaluator.kind = kind.unwrap_or(evaluator.kind);
        return Ok(());
    };
    if kind.is_some_and(|kind| kind != EvaluatorKind::Net) {
        return Err(ConfigError(
            "weights= is about a network, and evaluator= names something else: leave one of them out"
                .into(),
        ));
    }
    (evaluator.kind, evaluator.weights) = (EvaluatorKind::Net, weights);
    Ok(())
}

/// Refuses the first word without a value that wants one, as in `visits 200`, or that can only be one, as a network alone.
fn check_values(words: &[String]) -> Result<(), ConfigError> {
    let alone = |word: &String| !word.contains('=');
    let mut rest = words
        .iter()
        .skip_while(|word| !alone(word) || word.replace('_', "-") == NO_RESIGN);
    let Some(word) = rest.next() else {
        return Ok(());
    };
    let known = OWN.contains(&word.replace('_', "-").as_str())
        || SearchParams::NAMES.contains(&word.replace('-', "_").as_str());
    if known {
        let value = rest.next().filter(|next| alone(next));
        let value = value.map_or("VALUE", String::as_str);
        return Err(ConfigError(format!(
            "{word} wants a value, as in {word}={value}"
        )));
    }
    match spelling::nearest(word, OWN) {
        // Whoever reads the names says so.
        Some(_) => Ok(()),
        None => Err(ConfigError(format!(
            "'{word}' is no NAME=VALUE, as in weights={word} visits=200"
        ))),
    }
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
mod tests;
