//! How a query is searched: moves left out, limits, and constants of the search.

use serde_json::Value;

use super::position::{read_color, read_move};
use super::{Object, Refusal, Warnings, refuse, whole};
use crate::engine::SessionSettings;
use crate::engine::params;
use crate::eval::Description;
use crate::go::Size;
use crate::search::Restriction;

pub(super) fn read_restrictions(query: &Object, size: Size) -> Result<Vec<Restriction>, Refusal> {
    let mut restrictions = Vec::new();
    for (field, only) in [("avoidMoves", false), ("allowMoves", true)] {
        let Some(value) = query.get(field) else {
            continue;
        };
        let list = value.as_array().map(Vec::as_slice);
        for value in list.map_or_else(|| no_restrictions(field), Ok)? {
            restrictions.push(restriction(field, value, size, only)?);
        }
    }
    match Restriction::conflict(&restrictions) {
        Some(_) => refuse(
            "allowMoves",
            "Can be given once for each player, and avoidMoves beside it for pass only",
        ),
        None => Ok(restrictions),
    }
}

fn no_restrictions<T>(field: &str) -> Result<T, Refusal> {
    refuse(
        field,
        "Must be a list of objects with player, moves and untilDepth",
    )
}

/// One of the list `field`; what is wrong in it is told by the name it has there, as KataGo does.
fn restriction(field: &str, value: &Value, size: Size, only: bool) -> Result<Restriction, Refusal> {
    let [Some(player), Some(moves), Some(depth)] =
        ["player", "moves", "untilDepth"].map(|key| value.get(key))
    else {
        return no_restrictions(field);
    };
    let Some(color) = read_color(player) else {
        return refuse("player", "Must be B or W");
    };
    let Some(listed) = moves.as_array() else {
        return refuse("moves", "Must be a list of vertices such as \"C4\"");
    };
    let mut moves = Vec::new();
    for mv in listed {
        match read_move(mv, size) {
            Some(mv) => moves.push(mv),
            None => {
                let location = params::text(mv);
                return refuse(
                    "moves",
                    format!("Could not parse board location: {location}"),
                );
            }
        }
    }
    let depth = whole(depth).and_then(|depth| usize::try_from(depth).ok());
    let Some(depth) = depth.filter(|&depth| depth > 0) else {
        return refuse("untilDepth", "Must be a positive integer");
    };
    Ok(Restriction {
        color,
        moves,
        only,
        depth,
    })
}

/// Why a setting that a query names changes nothing.
fn without_effect(name: &str) -> String {
    if SessionSettings::has(name, false) {
        return format!("{name}: has no effect on analysis");
    }
    match SessionSettings::nearest(name).filter(|meant| SessionSettings::has(meant, true)) {
        Some(meant) => format!("{name}: there is no such setting here; did you mean {meant}?"),
        None => format!("{name}: there is no such setting here"),
    }
}

/// Limits and constants of the search, which have fields of their own or are among the settings. The fields come last, as
/// KataGo has it: they count more, and are numbers.
pub(super) fn read_search(
    query: &Object,
    network: &Description,
    settings: &mut SessionSettings,
    warnings: &mut Warnings,
) -> Result<(), Refusal> {
    const OWN: [&str; 4] = [
        "maxVisits",
        "rootPolicyTemperature",
        "rootFpuReductionMax",
        "analysisPVLen",
    ];
    match query.get("overrideSettings") {
        None => {}
        Some(Value::Object(given)) => {
            for (name, value) in given {
                if !SessionSettings::has(name, true) {
                    warnings.push(("overrideSettings".into(), without_effect(name)));
                    continue;
                }
                params::set_for_network(
                    settings,
                    SessionSettings::set_for_analysis,
                    (name, &params::text(value)),
                    || Ok(network.clone()),
                )
                .or_else(|failure| refuse("overrideSettings", failure.to_string()))?;
            }
        }
        Some(_) => return refuse("overrideSettings", "Must be an object"),
    }
    for field in OWN {
        match query.get(field) {
            None => {}
            Some(value) if !value.is_number() => return refuse(field, "Must be a number"),
            Some(value) => settings
                .set_for_analysis(field, &params::text(value))
                .or_else(|failure| refuse(field, failure.to_string()))?,
        }
    }
    if query.contains_key("rootPolicyTemperature") {
        // Whatever the settings say of the beginning.
        settings.search.root_policy_temperature_early = settings.search.root_policy_temperature;
    }
    Ok(())
}
