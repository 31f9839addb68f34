//! Parameters that clients read and set while the program runs: limits, analysis, and the constants of the search.
//!
//! What KataGo has too goes by KataGo's name; every constant of the search also goes by our own.

use std::ops::RangeInclusive;
use std::time::Duration;

use gtp::{Args, Argument};
use serde_json::{Map, Value};

use super::analyze::Perspective;
use super::command::{Command, Failure, Run::Text};
use super::{Session, Settings, words};
use crate::go::Color;
use crate::search::SearchParams;
use crate::spelling;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "kata-list-params",
        arguments: "",
        help: "names of the parameters that kata-set-param sets",
        run: Text(|_, _| Ok(names().collect::<Vec<_>>().join(" "))),
    },
    Command {
        name: "kata-get-param",
        arguments: "NAME",
        help: "value of a parameter",
        run: Text(get_param),
    },
    Command {
        name: "kata-set-param",
        arguments: "NAME VALUE",
        help: "sets a parameter for all searches from now on",
        run: Text(set_param),
    },
    Command {
        name: "kata-get-params",
        arguments: "",
        help: "all parameters as JSON, numbers as numbers",
        run: Text(get_params),
    },
    Command {
        name: "kata-set-params",
        arguments: "JSON",
        help: "sets several parameters, all or none",
        run: Text(set_params),
    },
];

/// What KataGo says when there is no limit, and from where on a number means that.
const NO_VISITS: u64 = 1 << 50;
const NO_TIME: f64 = 1e20;
/// Nobody waits longer for a move, in seconds.
const LONGEST: f64 = 1e9;
/// The most that the search takes as `batches_in_flight`.
const MOST_IN_FLIGHT: usize = 64;

/// Where a parameter can be set, besides by a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
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
    get: fn(&Settings) -> String,
    set: fn(&mut Settings, &str) -> Read<()>,
}

/// A value read, or what there must be instead: the end of a sentence that begins with the name.
type Read<T> = Result<T, String>;

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
    "reportAnalysisWinratesAs" Query analysis.perspective, read_perspective, write_perspective;
    "analysisPVLen" Search search.pv_length, read_pv_length, write_pv_length;
    "playoutDoublingAdvantage" Search search.advantage.1, read_doublings, f32::to_string;
    "playoutDoublingAdvantagePla" Search search.advantage.0, read_player, write_player;
    // Each of KataGo's threads is a call of the evaluator under way, as each batch in flight is here.
    "numSearchThreads" Search search.batches_in_flight, read_threads, write_threads;
    "ponderingEnabled" Session ponder, read_bool, bool::to_string;
    "maxVisitsPondering" Session ponder_limits.visits, read_count, write_count;
    "maxPlayoutsPondering" Session ponder_limits.playouts, read_count, write_count;
    "maxTimePondering" Session ponder_limits.time, read_time, write_time;
    "allowResignation" Session play.resign.enabled, read_bool, bool::to_string;
    "lagBuffer" Session play.clock.lag, read_lag, write_seconds;
}

/// KataGo's names of constants, and ours.
const KATAGO: &[(&str, &str)] = &[
    ("chosenMovePrune", "choice_prune"),
    ("chosenMoveTemperature", "temperature"),
    ("chosenMoveTemperatureEarly", "temperature_early"),
    ("chosenMoveTemperatureHalflife", "temperature_half_life"),
    ("cleanupBeforePass", "cleanup_before_pass"),
    ("conservativePass", "conservative_pass"),
    ("cpuctExploration", "cpuct"),
    ("cpuctExplorationBase", "cpuct_log_base"),
    ("cpuctExplorationLog", "cpuct_log"),
    ("cpuctUtilityStdevPrior", "cpuct_stdev_prior"),
    ("cpuctUtilityStdevPriorWeight", "cpuct_stdev_prior_weight"),
    ("cpuctUtilityStdevScale", "cpuct_stdev_scale"),
    ("dynamicScoreCenterScale", "score_center_scale"),
    ("dynamicScoreCenterZeroWeight", "score_center_zero_weight"),
    ("dynamicScoreUtilityFactor", "dynamic_score_utility"),
    ("enablePassingHacks", "passing_hacks"),
    ("fillDameBeforePass", "fill_dame_before_pass"),
    ("fpuParentWeightByVisitedPolicyPow", "fpu_parent_power"),
    ("fpuReductionMax", "fpu_reduction"),
    ("lcbStdevs", "lcb_stdevs"),
    ("minVisitPropForLCB", "lcb_min_weight"),
    ("noResultUtilityForWhite", "no_result_utility"),
    ("noisePruneUtilityScale", "noise_prune_scale"),
    ("policyOptimism", "optimism"),
    ("rootDesiredPerChildVisitsCoeff", "forced_visits"),
    (
        "rootDirichletNoiseTotalConcentration",
        "root_noise_concentration",
    ),
    ("rootDirichletNoiseWeight", "root_noise_weight"),
    ("rootEndingBonusPoints", "root_ending_bonus"),
    ("rootFpuReductionMax", "root_fpu_reduction"),
    ("rootNumSymmetriesToSample", "root_symmetries"),
    ("rootPolicyOptimism", "root_optimism"),
    ("rootPolicyTemperature", "root_policy_temperature"),
    (
        "rootPolicyTemperatureEarly",
        "root_policy_temperature_early",
    ),
    ("rootPruneUselessMoves", "prune_useless_moves"),
    ("rootSymmetryPruning", "root_symmetry_pruning"),
    ("staticScoreUtilityFactor", "static_score_utility"),
    ("subtreeValueBiasFactor", "subtree_bias"),
    ("subtreeValueBiasWeightExponent", "subtree_bias_exponent"),
    ("uncertaintyCoeff", "uncertainty_coefficient"),
    ("uncertaintyMaxWeight", "uncertainty_max_weight"),
    ("useLcbForSelection", "lcb"),
    ("useUncertainty", "uncertainty_weighting"),
    ("valueWeightExponent", "value_weight_exponent"),
    ("wideRootNoise", "wide_root_noise"),
    ("winLossUtilityFactor", "win_loss_utility"),
];

fn names() -> impl Iterator<Item = &'static str> {
    let own = PARAMS.iter().map(|param| param.name);
    let katago = KATAGO.iter().map(|&(name, _)| name);
    own.chain(katago).chain(SearchParams::NAMES.iter().copied())
}

fn find(name: &str) -> Option<&'static Param> {
    PARAMS.iter().find(|param| param.name == name)
}

/// Our name of a constant, which may be given by KataGo's.
fn constant(name: &str) -> &str {
    let known = KATAGO.iter().find(|(katago, _)| *katago == name);
    known.map_or(name, |&(_, ours)| ours)
}

/// Where a parameter can be set, if there is one of this name.
pub(super) fn scope(name: &str) -> Option<Scope> {
    match find(name) {
        Some(param) => Some(param.scope),
        None => SearchParams::default()
            .get(constant(name))
            .map(|_| Scope::Search),
    }
}

impl Settings {
    /// Value of a parameter, if there is one of this name.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        match find(name) {
            Some(param) => Some((param.get)(self)),
            None => self.search.get(constant(name)),
        }
    }

    /// Sets a parameter.
    ///
    /// # Errors
    /// When there is none of this name, or it does not take such a value.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        // KataGo's temperature is also that of the beginning, unless another was set for that.
        let also_early = name == "rootPolicyTemperature"
            && self.search.root_policy_temperature == self.search.root_policy_temperature_early;
        let set = match find(name) {
            Some(param) => (param.set)(self, value),
            None if scope(name).is_none() => return Err(unknown(name)),
            None => set_search(&mut self.search, constant(name), value),
        };
        // By the name that was given, which need not be ours.
        set.map_err(|problem| Failure::new(format!("{name} {problem}")))?;
        if also_early {
            self.search.root_policy_temperature_early = self.search.root_policy_temperature;
        }
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
    let value = args.word("value")?;
    args.finish()?;
    session.settings.set(name, value)?;
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
        .map_err(|error| Failure::new(format!("syntax error: no JSON object: {error}")))?;
    let mut settings = session.settings.clone();
    for (name, value) in &all {
        settings.set(name, &text(value))?;
    }
    session.settings = settings;
    Ok(String::new())
}

fn unknown(name: &str) -> Failure {
    Failure::new(match spelling::nearest(name, names()) {
        Some(meant) => format!("there is no parameter '{name}'; did you mean '{meant}'?"),
        None => format!("there is no parameter '{name}'; 'kata-list-params' lists them"),
    })
}

/// Sets a constant of the search, by our name of it.
fn set_search(search: &mut SearchParams, ours: &str, value: &str) -> Read<()> {
    let set = search.set(ours, value).map_err(|error| error.to_string());
    set.map_err(|problem| match problem.strip_prefix(ours) {
        Some(rest) => rest.trim_start().to_owned(),
        None => problem,
    })
}

fn must_be(expected: &str, text: &str) -> String {
    format!("must be {expected}, not '{text}'")
}

fn number(text: &str, range: RangeInclusive<f64>, expected: &str) -> Read<f64> {
    let number = f64::from_word(text).filter(|number| range.contains(number));
    number.ok_or_else(|| must_be(&format!("a number {expected}"), text))
}

/// A whole number. Some clients write those with a point.
fn integer(text: &str, range: RangeInclusive<u64>, expected: &str) -> Read<u64> {
    let whole = f64::from_word(text).filter(|number| number.fract() == 0.0);
    let integer = whole.map(|number| number as u64);
    let integer = integer.filter(|integer| range.contains(integer));
    integer.ok_or_else(|| must_be(expected, text))
}

fn read_count(text: &str) -> Read<Option<u64>> {
    let count = integer(text, 1..=NO_VISITS, "an integer from 1 to 2^50")?;
    Ok((count < NO_VISITS).then_some(count))
}

fn write_count(limit: &Option<u64>) -> String {
    limit.unwrap_or(NO_VISITS).to_string()
}

/// KataGo does not count the first move of a variation; `pv_length` counts all.
fn read_pv_length(text: &str) -> Read<usize> {
    let length = integer(text, 1..=1000, "an integer from 1 to 1000")?;
    Ok(length as usize + 1)
}

fn write_pv_length(length: &usize) -> String {
    length.saturating_sub(1).to_string()
}

fn read_time(text: &str) -> Read<Option<Duration>> {
    let seconds = number(text, 0.0..=NO_TIME, "of seconds from 0 to 1e20")?;
    Ok((seconds < LONGEST).then(|| Duration::from_secs_f64(seconds)))
}

fn write_time(limit: &Option<Duration>) -> String {
    let none = || format!("{NO_TIME:e}");
    limit.as_ref().map_or_else(none, write_seconds)
}

fn read_lag(text: &str) -> Read<Duration> {
    number(text, 0.0..=LONGEST, "of seconds from 0 on").map(Duration::from_secs_f64)
}

fn write_seconds(time: &Duration) -> String {
    time.as_secs_f64().to_string()
}

/// As many as KataGo takes; of more than we can have in flight, so many.
fn read_threads(text: &str) -> Read<Option<usize>> {
    if text == "auto" {
        return Ok(None);
    }
    let threads = text
        .parse()
        .ok()
        .filter(|threads| (1..=4096).contains(threads));
    let threads = threads.ok_or_else(|| must_be("auto or an integer from 1 to 4096", text))?;
    Ok(Some(MOST_IN_FLIGHT.min(threads)))
}

fn write_threads(threads: &Option<usize>) -> String {
    threads.map_or_else(|| "auto".to_owned(), |threads| threads.to_string())
}

/// What a search takes, an analysis takes.
fn read_width(text: &str) -> Read<f64> {
    let mut search = SearchParams::default();
    set_search(&mut search, "wide_root_noise", text)?;
    Ok(search.wide_root_noise)
}

fn read_perspective(text: &str) -> Read<Perspective> {
    Perspective::named(text).ok_or_else(|| must_be("BLACK, WHITE or SIDETOMOVE", text))
}

fn write_perspective(perspective: &Perspective) -> String {
    perspective.name().to_owned()
}

fn read_doublings(text: &str) -> Read<f32> {
    number(text, -3.0..=3.0, "from -3 to 3").map(|doublings| doublings as f32)
}

fn read_player(text: &str) -> Read<Color> {
    let color = gtp::Color::from_word(text).map(words::color);
    color.ok_or_else(|| must_be("BLACK or WHITE", text))
}

fn write_player(color: &Color) -> String {
    color.to_string().to_uppercase()
}

fn read_bool(text: &str) -> Read<bool> {
    bool::from_word(text).ok_or_else(|| must_be("true or false", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_stand_for_something() {
        let mut seen = HashSet::new();
        for name in names() {
            assert!(seen.insert(name), "{name} is listed twice");
        }
        for (katago, ours) in KATAGO {
            assert!(SearchParams::NAMES.contains(ours), "{katago}: {ours}");
        }
    }

    #[test]
    fn every_parameter_takes_what_it_says() {
        let mut settings = Settings::default();
        for (name, value) in Settings::default().all() {
            settings.set(name, &value).unwrap();
            assert_eq!(settings.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn constants_of_the_search_can_be_told_from_other_parameters() {
        let mut settings = Settings::default();
        for name in ["cpuct", "cpuctExploration", "playoutDoublingAdvantage"] {
            settings.set_constant(name, "1.5").unwrap();
        }
        let search = &settings.search;
        assert_eq!((search.cpuct, search.advantage), (1.5, (Color::Black, 1.5)));
        for (name, says) in [("maxVisits", "no constant"), ("cpukt", "'cpuct'?")] {
            let failure = settings.set_constant(name, "1").unwrap_err().to_string();
            assert!(failure.contains(says), "{failure}");
        }
    }

    #[test]
    fn all_threads_of_katago_are_taken_and_as_many_used_as_can_be() {
        let mut settings = Settings::default();
        for (given, used) in [("1", "1"), ("128", "64"), ("4096", "64"), ("auto", "auto")] {
            settings.set("numSearchThreads", given).unwrap();
            assert_eq!(settings.get("batches_in_flight").as_deref(), Some(used));
        }
        for wrong in ["0", "4097", "-1", "some"] {
            let failure = settings.set("numSearchThreads", wrong).unwrap_err();
            assert!(failure.to_string().contains("1 to 4096"), "{failure}");
        }
        let more = (MOST_IN_FLIGHT + 1).to_string();
        assert!(settings.set("batches_in_flight", &more).is_err());
    }

    #[test]
    fn a_wrong_value_is_told_by_the_name_that_was_given() {
        for (name, value) in [
            ("maxTime", "-1"),
            ("analysisWideRootNoise", "10"),
            ("wideRootNoise", "10"),
            ("wide_root_noise", "10"),
            ("uncertaintyCoeff", "x"),
            ("lcb", "perhaps"),
            ("allowResignation", "perhaps"),
            ("maxVisitsPondering", "0"),
        ] {
            let failure = Settings::default().set(name, value).unwrap_err();
            let beginning = format!("{name} must be ");
            assert!(failure.to_string().starts_with(&beginning), "{failure}");
        }
    }

    #[test]
    fn a_temperature_of_the_policy_is_also_that_of_the_beginning() {
        let mut settings = Settings::default();
        let mut check = |name: &str, value: &str, expected: (f64, f64)| {
            settings.set(name, value).unwrap();
            let search = &settings.search;
            let found = (
                search.root_policy_temperature,
                search.root_policy_temperature_early,
            );
            assert_eq!(found, expected, "{name} {value}");
        };
        check("rootPolicyTemperature", "1.5", (1.5, 1.5));
        check("root_policy_temperature_early", "2", (1.5, 2.0));
        check("rootPolicyTemperature", "1.2", (1.2, 2.0));
        check("root_policy_temperature_early", "1.2", (1.2, 1.2));
        check("root_policy_temperature", "1.1", (1.1, 1.2));
    }

    #[test]
    fn values_have_types() {
        for (value, expected) in [
            ("30", "30"),
            ("1e20", "1e+20"),
            ("0.04", "0.04"),
            ("-3", "-3"),
            ("true", "true"),
            ("BLACK", "\"BLACK\""),
            ("auto", "\"auto\""),
            ("NaN", "\"NaN\""),
            ("16:1:50:0.1:1", "\"16:1:50:0.1:1\""),
        ] {
            assert_eq!(typed(value.into()).to_string(), expected);
        }
    }

    #[test]
    fn limits_are_numbers_or_none() {
        assert_eq!(read_count("100").unwrap(), Some(100));
        assert_eq!(read_count("100.0").unwrap(), Some(100));
        assert_eq!(read_count("1125899906842624").unwrap(), None);
        assert_eq!(read_time("1e20").unwrap(), None);
        assert_eq!(read_time("0.5").unwrap(), Some(Duration::from_millis(500)));
        for wrong in ["0", "-1", "2.7", "1e30", "1125899906842625", "x", "nan", ""] {
            let says = read_count(wrong).unwrap_err();
            assert!(says.contains("integer from 1 to 2^50"), "{says}");
        }
        assert!(read_time("1e21").is_err() && read_time("-1").is_err());
    }
}
