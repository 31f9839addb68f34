//! Parameters that clients read and set while the program runs: limits, analysis, and the constants of the search.
//!
//! What KataGo has too goes by KataGo's name; every constant of the search also goes by our own.

use std::ops::RangeBounds;
use std::time::Duration;

use gtp::{Args, Argument};
use serde_json::{Map, Value};

use super::Session;
use super::analyze::Perspective;
use super::command::{Command, Failure, Run::Text};
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

/// Parameters that are no constants of the search.
const OWN: &[&str] = &[
    "maxVisits",
    "maxPlayouts",
    "maxTime",
    "analysisMaxVisits",
    "analysisMaxTime",
    "analysisWideRootNoise",
    "reportAnalysisWinratesAs",
    "playoutDoublingAdvantage",
    "playoutDoublingAdvantagePla",
    "ponderingEnabled",
    "lagBuffer",
];

/// KataGo's names of constants, and ours.
pub(super) const KATAGO: &[(&str, &str)] = &[
    ("analysisPVLen", "pv_length"),
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
    // Each of them is a call of the evaluator under way, as each batch in flight is here.
    ("numSearchThreads", "batches_in_flight"),
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
    let katago = KATAGO.iter().map(|&(name, _)| name);
    let own = OWN.iter().copied().chain(katago);
    own.chain(SearchParams::NAMES.iter().copied())
}

/// Our name of a constant, which may be given by KataGo's.
pub(super) fn constant(name: &str) -> &str {
    let known = KATAGO.iter().find(|(katago, _)| *katago == name);
    known.map_or(name, |&(_, ours)| ours)
}

/// Whether [`set_constant`] knows a constant of this name.
pub(super) fn is_constant(name: &str) -> bool {
    matches!(
        name,
        "playoutDoublingAdvantage" | "playoutDoublingAdvantagePla"
    ) || SearchParams::default().get(constant(name)).is_some()
}

/// The constants that are not as usual, by our names.
pub(super) fn changed_constants(params: &SearchParams) -> String {
    let changed = params.changed().into_iter();
    let changed: Vec<String> = changed
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if changed.is_empty() {
        "as usual".into()
    } else {
        changed.join(", ")
    }
}

/// All parameters and their values.
pub(super) fn all(session: &mut Session) -> Vec<(&'static str, String)> {
    names()
        .filter_map(|name| Some((name, get(session, name)?)))
        .collect()
}

fn get_param(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let name = args.word("name")?;
    args.finish()?;
    get(session, name).ok_or_else(|| unknown(name))
}

fn set_param(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let name = args.word("name")?;
    let value = args.word("value")?;
    args.finish()?;
    set(session, name, value)?;
    Ok(String::new())
}

fn get_params(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let all: Map<String, Value> = all(session)
        .into_iter()
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

fn set_params(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let all: Map<String, Value> = serde_json::from_str(args.rest())
        .map_err(|error| Failure::new(format!("syntax error: no JSON object: {error}")))?;
    let before: Vec<(String, Option<String>)> = all
        .keys()
        .map(|name| (name.clone(), get(session, name)))
        .collect();
    for (name, value) in &all {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if let Err(failure) = set(session, name, &text) {
            for (name, value) in before {
                // What was read can be set; what is unknown was never set.
                let _ = value.map(|value| set(session, &name, &value));
            }
            return Err(failure);
        }
    }
    Ok(String::new())
}

fn unknown(name: &str) -> Failure {
    Failure::new(match spelling::nearest(name, names()) {
        Some(meant) => format!("there is no parameter '{name}'; did you mean '{meant}'?"),
        None => format!("there is no parameter '{name}'; 'kata-list-params' lists them"),
    })
}

fn get(session: &mut Session, name: &str) -> Option<String> {
    let count = |limit: Option<u64>| limit.unwrap_or(NO_VISITS).to_string();
    let time = |limit: Option<Duration>| match limit {
        Some(limit) => limit.as_secs_f64().to_string(),
        None => format!("{NO_TIME:e}"),
    };
    let limits = session.thinker.play_params().limits;
    let (player, doublings) = session.thinker.params().advantage;
    Some(match name {
        "maxVisits" => count(limits.visits),
        "maxPlayouts" => count(limits.playouts),
        "maxTime" => time(limits.time),
        "analysisMaxVisits" => count(session.analysis.max_visits),
        "analysisMaxTime" => time(session.analysis.max_time),
        "analysisWideRootNoise" => session.analysis.wide_root_noise.to_string(),
        "reportAnalysisWinratesAs" => session.analysis.perspective.name().to_owned(),
        "playoutDoublingAdvantage" => doublings.to_string(),
        "playoutDoublingAdvantagePla" => player.to_string().to_uppercase(),
        "ponderingEnabled" => session.pondering().to_string(),
        "lagBuffer" => session.thinker.play().clock.lag.as_secs_f64().to_string(),
        _ => session.thinker.params().get(constant(name))?,
    })
}

pub(super) fn set(session: &mut Session, name: &str, value: &str) -> Result<(), Failure> {
    match name {
        "maxVisits" => session.thinker.play_params().limits.visits = count(value)?,
        "maxPlayouts" => session.thinker.play_params().limits.playouts = count(value)?,
        "maxTime" => session.thinker.play_params().limits.time = time(value)?,
        "analysisMaxVisits" => session.analysis.max_visits = count(value)?,
        "analysisMaxTime" => session.analysis.max_time = time(value)?,
        "analysisWideRootNoise" => {
            // What a search takes, an analysis takes.
            let mut params = SearchParams::default();
            set_constant(&mut params, "wideRootNoise", value)?;
            session.analysis.wide_root_noise = params.wide_root_noise;
        }
        "reportAnalysisWinratesAs" => {
            session.analysis.perspective = Perspective::named(value).ok_or_else(|| {
                Failure::new(format!(
                    "it must be BLACK, WHITE or SIDETOMOVE, not '{value}'"
                ))
            })?;
        }
        "ponderingEnabled" => {
            let pondering = bool::from_word(value)
                .ok_or_else(|| Failure::new(format!("it must be true or false, not '{value}'")))?;
            session.set_pondering(pondering);
        }
        "lagBuffer" => {
            let seconds = number(value, 0.0..=1e9, "of seconds from 0 on")?;
            session.thinker.play_params().clock.lag = Duration::from_secs_f64(seconds);
        }
        _ => {
            let mut params = session.thinker.params().clone();
            set_constant(&mut params, name, value)?;
            session.thinker.set_params(params);
        }
    }
    Ok(())
}

/// Sets a constant of the search by our name or KataGo's.
pub fn set_constant(params: &mut SearchParams, name: &str, value: &str) -> Result<(), Failure> {
    match name {
        "playoutDoublingAdvantage" => {
            params.advantage.1 = number(value, -3.0..=3.0, "from -3 to 3")? as f32;
        }
        "playoutDoublingAdvantagePla" => {
            params.advantage.0 = match value.to_ascii_uppercase().as_str() {
                "BLACK" | "B" => Color::Black,
                "WHITE" | "W" => Color::White,
                _ => {
                    return Err(Failure::new(format!(
                        "it must be BLACK or WHITE, not '{value}'"
                    )));
                }
            };
        }
        _ => {
            if !is_constant(name) {
                return Err(unknown(name));
            }
            params.set(constant(name), value)?;
        }
    }
    Ok(())
}

fn number(text: &str, range: impl RangeBounds<f64>, expected: &str) -> Result<f64, Failure> {
    let number = f64::from_word(text).filter(|number| range.contains(number));
    number.ok_or_else(|| Failure::new(format!("it must be a number {expected}, not '{text}'")))
}

fn count(text: &str) -> Result<Option<u64>, Failure> {
    // Some clients write whole numbers with a point.
    let number = number(text, 1.0.., "from 1 on")?;
    Ok((number < NO_VISITS as f64).then_some(number as u64))
}

fn time(text: &str) -> Result<Option<Duration>, Failure> {
    /// Nobody waits longer for a move.
    const LONGEST: f64 = 1e9;
    let seconds = number(text, 0.0.., "of seconds from 0 on")?;
    Ok((seconds < LONGEST).then(|| Duration::from_secs_f64(seconds)))
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
        assert_eq!(count("100").unwrap(), Some(100));
        assert_eq!(count("100.0").unwrap(), Some(100));
        assert_eq!(count("1125899906842624").unwrap(), None);
        assert_eq!(time("1e20").unwrap(), None);
        assert_eq!(time("0.5").unwrap(), Some(Duration::from_millis(500)));
        for wrong in ["0", "-1", "x", "nan", ""] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }
}
