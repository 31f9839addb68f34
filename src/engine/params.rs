//! Parameters that clients read and set while the program runs: limits, analysis, and the constants of the search.
//!
//! What KataGo has too goes by KataGo's name; every constant of the search also goes by our own.

#[cfg(test)]
mod tests;
mod values;

use gtp::Args;
use serde_json::{Map, Value};

use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use super::{Session, SessionSettings};
use crate::eval::Description;
use crate::search::{NameError, SearchParams};
use crate::spelling;
use values::*;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "kata-list-params",
        arguments: "",
        help: "names of the parameters that kata-set-param sets",
        run: Aside(|_, _| Ok(names().collect::<Vec<_>>().join(" "))),
    },
    Command {
        name: "kata-get-param",
        arguments: "NAME",
        help: "value of a parameter",
        run: Aside(get_param),
    },
    Command {
        name: "kata-set-param",
        arguments: "NAME VALUE",
        help: "sets a parameter for all searches from now on, as maxVisits for how strong it plays",
        run: Text(set_param),
    },
    Command {
        name: "kata-get-params",
        arguments: "",
        help: "all parameters as JSON, numbers as numbers",
        run: Aside(get_params),
    },
    Command {
        name: "kata-set-params",
        arguments: "JSON",
        help: "sets several parameters, all or none",
        run: Text(set_params),
    },
];

/// Where a parameter can be set, besides by a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// In a query and on the command line: it is a constant of the search.
    Search,
    /// In a query.
    Query,
    /// Nowhere else.
    Session,
}

/// A parameter that is more than the name of a constant of the search.
struct Param {
    name: &'static str,
    scope: Scope,
    get: fn(&SessionSettings) -> String,
    set: fn(&mut SessionSettings, &str) -> Read<()>,
}

macro_rules! params {
    ($($name:literal $scope:ident $($place:tt).+, $read:expr, $write:expr;)*) => {
        const PARAMS: &[Param] = &[$(Param {
            name: $name,
            scope: Scope::$scope,
            get: |now| $write(&now.$($place).+),
            set: |now, text| $read(text).map(|value| now.$($place).+ = value),
        }),*];
    };
}

// Where it can be set, the setting it stands for, and how that is read and written.
params! {
    "maxVisits" Query play.limits.visits, read_count, write_count;
    "maxPlayouts" Query play.limits.playouts, read_count, write_count;
    "maxTime" Query play.limits.time, read_time, write_time;
    "analysisMaxVisits" Session analysis.max_visits, read_count, write_count;
    "analysisMaxTime" Session analysis.max_time, read_time, write_time;
    "analysisWideRootNoise" Query analysis.wide_root_noise, read_width, f64::to_string;
    "analysisIgnorePreRootHistory" Query analysis.ignore_pre_root_history, read_bool, bool::to_string;
    "reportAnalysisWinratesAs" Query analysis.perspective, read_perspective, write_perspective;
    "analysisPVLen" Search search.pv_length, read_pv_length, write_pv_length;
    "playoutDoublingAdvantage" Search search.advantage.doublings, read_doublings, write_doublings;
    "playoutDoublingAdvantagePla" Search search.advantage.player, read_player, write_player;
    // Each of KataGo's threads is a call of the evaluator under way, as each batch in flight is here.
    "numSearchThreads" Search search.batches_in_flight, read_threads, write_threads;
    "genmoveAntiMirror" Session genmove_anti_mirror, read_auto_bool, write_auto_bool;
    "ponderingEnabled" Session ponder, read_bool, bool::to_string;
    "maxVisitsPondering" Session ponder_limits.visits, read_count, write_count;
    "maxPlayoutsPondering" Session ponder_limits.playouts, read_count, write_count;
    "maxTimePondering" Session ponder_limits.time, read_time, write_time;
    "allowResignation" Session play.resign.enabled, read_bool, bool::to_string;
    "resignThreshold" Session play.resign.threshold,
        number(-1.0..=1.0, "from -1 to 1, win minus loss"), f64::to_string;
    "resignConsecTurns" Session play.resign.consecutive_turns,
        integer(1..=100, "an integer from 1 to 100"), usize::to_string;
    "resignMinScoreDifference" Session play.resign.min_score,
        number(0.0..=1000.0, "of points from 0 to 1000"), f64::to_string;
    "resignMinMovesPerBoardArea" Session play.resign.min_moves_per_area,
        number(0.0..=1.0, "from 0 to 1"), f64::to_string;
    "delayMoveScale" Session pace.scale, number(0.0..=10_000.0, "of seconds from 0 to 10000"), f64::to_string;
    "delayMoveMax" Session pace.most, seconds(0.0..=1e6, "of seconds from 0 to 1000000"), write_seconds;
    "preventCleanupPhase" Session prevent_cleanup_phase, read_bool, bool::to_string;
    "lagBuffer" Session play.clock.lag, seconds(0.0..=LONGEST, "of seconds from 0 to 1e9"), write_seconds;
}

/// Names of all parameters.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let own = PARAMS.iter().map(|param| param.name);
    let mut katago: Vec<_> = SearchParams::KATAGO.iter().map(|&(name, _)| name).collect();
    katago.sort_unstable();
    own.chain(katago).chain(SearchParams::NAMES.iter().copied())
}

fn find(name: &str) -> Option<&'static Param> {
    PARAMS.iter().find(|param| param.name == name)
}

/// Our name of a constant, which may be given by KataGo's.
pub(super) fn constant(name: &str) -> &str {
    SearchParams::own_name(name)
}

/// Where a parameter can be set, if there is one of this name.
fn scope(name: &str) -> Option<Scope> {
    match find(name) {
        Some(param) => Some(param.scope),
        None => SearchParams::default()
            .get(constant(name))
            .map(|_| Scope::Search),
    }
}

impl SessionSettings {
    /// Value of a parameter, if there is one of this name.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        match find(name) {
            Some(param) => Some((param.get)(self)),
            None => self.search.get(constant(name)),
        }
    }

    /// Whether there is a parameter of this name that has an effect only beside a network for people.
    pub fn is_of_human_network(name: &str) -> bool {
        constant(name).replace('-', "_").starts_with("human_")
    }

    /// Whether a parameter goes by what the machine can do, and so does not move to another with a session.
    pub(super) fn is_of_machine(name: &str) -> bool {
        let names = [
            "numSearchThreads",
            "batch",
            "batches_in_flight",
            "memory_limit",
            "visits_per_in_flight",
        ];
        names.contains(&name)
    }

    /// The parameter that a mistyped name was meant to be.
    pub fn nearest(name: &str) -> Option<&'static str> {
        spelling::nearest(name, names())
    }

    /// Whether there is a parameter of this name, for a session or for searches each of which is an analysis.
    pub fn has(name: &str, analysis_only: bool) -> bool {
        match scope(name) {
            None => false,
            Some(Scope::Session) => !analysis_only,
            Some(Scope::Query | Scope::Search) => true,
        }
    }

    /// Sets a parameter where every search is an analysis.
    ///
    /// # Errors
    /// As [`SessionSettings::set`].
    pub fn set_for_analysis(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        self.set(name, value)?;
        match name {
            "analysisWideRootNoise" => {
                self.search.wide_root_noise = self.analysis.wide_root_noise;
            }
            "analysisIgnorePreRootHistory" => {
                self.search.ignore_pre_root_history = self.analysis.ignore_pre_root_history;
            }
            _ => {}
        }
        Ok(())
    }

    /// Sets a parameter.
    ///
    /// # Errors
    /// When there is none of this name, or it does not take such a value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let set = match find(name) {
            Some(param) => (param.set)(self, value),
            None => match self.search.set_by_any_name(name, value) {
                Ok(()) => Ok(()),
                Err(NameError::Unknown) => return Err(unknown(name)),
                Err(NameError::Value(problem)) => Err(problem),
            },
        };
        // By the name that was given, which need not be ours.
        set.map_err(|problem| Failure::new(format!("{name} {problem}")))?;
        let ours = constant(name).replace('-', "_");
        let known = SearchParams::NAMES.iter().find(|known| **known == ours);
        self.set.extend(known);
        Ok(())
    }

    /// Sets a constant of the search by our name or KataGo's.
    ///
    /// # Errors
    /// When there is none of this name, or it does not take such a value.
    pub fn set_constant(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        match scope(name) {
            Some(Scope::Query | Scope::Session) => Err(Failure::new(format!(
                "'{name}' is no constant of the search, and cannot be set here"
            ))),
            _ => self.set(name, value),
        }
    }

    /// All parameters and their values.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, String)> {
        names().filter_map(|name| Some((name, self.get(name)?)))
    }
}

fn get_param(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let name = args.word("name")?;
    args.finish()?;
    session.settings.get(name).ok_or_else(|| unknown(name))
}

fn set_param(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let name = args.word("name")?;
    let value = match args.is_empty() {
        // KataGo's users take a profile back so.
        true if constant(name) == "profile" => "",
        _ => args.word("value")?,
    };
    args.finish()?;
    set(session, name, value)?;
    Ok(String::new())
}

fn get_params(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let all: Map<String, Value> = session
        .settings
        .all()
        .map(|(name, value)| (name.to_owned(), typed(value)))
        .collect();
    Ok(Value::Object(all).to_string())
}

/// Sets a parameter, with [`SessionSettings::set`] or another like it, unless the network cannot do what it asks for:
/// whoever wants the play of people is not to get something else without a word. A default asks for nothing; only what is
/// of people waits for the network.
///
/// # Errors
/// As [`SessionSettings::set`], when there is no network, or when it cannot: a sentence on what to do. Nothing has changed
/// then.
pub(super) fn set_for_network(
    settings: &mut SessionSettings,
    set: fn(&mut SessionSettings, &str, &str) -> Result<(), Failure>,
    (name, value): (&str, &str),
    network: impl FnOnce() -> Result<Description, Failure>,
) -> Result<(), Failure> {
    const ADVICE: &str = "start with --human-model and a network that says what people would play";
    let mut changed = settings.clone();
    set(&mut changed, name, value)?;
    let profile = constant(name) == "profile";
    let asks = || changed.get(name) != SessionSettings::default().get(name);
    if (profile || SessionSettings::is_of_human_network(name)) && asks() {
        let network = network()?;
        if !profile && network.beside.is_none() {
            return Err(Failure::new(format!(
                "{name} needs a second network: {ADVICE}"
            )));
        }
        if profile && !network.has_profiles() {
            let known = &network.name;
            return Err(Failure::new(format!(
                "{name} is set, but {known} imitates nobody: {ADVICE}"
            )));
        }
    }
    *settings = changed;
    Ok(())
}

/// As [`set_for_network`], of a session and its network.
pub(super) fn set(session: &mut Session, name: &str, value: &str) -> Result<(), Failure> {
    let source = &mut session.thinker.source;
    let network = || Ok(source.loaded()?.evaluator.description().clone());
    set_for_network(
        &mut session.settings,
        SessionSettings::set,
        (name, value),
        network,
    )?;
    session.end_as_set();
    Ok(())
}

/// A value as JSON has it: numbers, true and false as such, the rest as text.
fn typed(value: String) -> Value {
    let read = serde_json::from_str(&value).ok();
    read.filter(|read: &Value| read.is_number() || read.is_boolean())
        .unwrap_or(Value::String(value))
}

/// A value of JSON as parameters take it.
pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn set_params(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let all: Map<String, Value> = serde_json::from_str(args.rest())
        .map_err(|error| Failure::syntax(format!("no JSON object: {error}")))?;
    let before = session.settings.clone();
    for (name, value) in &all {
        if let Err(failure) = set(session, name, &text(value)) {
            session.settings = before;
            session.end_as_set();
            return Err(failure);
        }
    }
    Ok(String::new())
}

fn unknown(name: &str) -> Failure {
    Failure::new(match SessionSettings::nearest(name) {
        Some(meant) => format!("there is no parameter '{name}'; did you mean '{meant}'?"),
        None => format!("there is no parameter '{name}'; 'kata-list-params' lists them"),
    })
}
