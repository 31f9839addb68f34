//! How a query is searched: moves left out, limits, and constants of the search.

use serde_json::Value;

use super::position::{read_color, read_move};
use super::{Object, Refusal, Warnings, refuse};
use crate::engine::params;
use crate::engine::{Failure, Settings};
use crate::go::{Color, Size};
use crate::search::Restriction;

pub(super) fn read_restrictions(query: &Object, size: Size) -> Result<Vec<Restriction>, Refusal> {
    let mut restrictions = Vec::new();
    for (field, only) in [("avoidMoves", false), ("allowMoves", true)] {
        let Some(value) = query.get(field) else {
            continue;
        };
        let list = value.as_array().and_then(|list| {
            list.iter()
                .map(|value| restriction(value, size, only))
                .collect::<Option<Vec<_>>>()
        });
        match list {
            Some(list) => restrictions.extend(list),
            None => {
                return refuse(
                    field,
                    "Must be a list of objects with player, moves and untilDepth",
                );
            }
        }
    }
    for color in [Color::Black, Color::White] {
        let of_color = || restrictions.iter().filter(|r| r.color == color);
        let allowed = of_color().filter(|r| r.only).count();
        if allowed > 1 || allowed == 1 && of_color().any(|r| !r.only) {
            return refuse(
                "allowMoves",
                "Can be given once for each player, and not together with avoidMoves",
            );
        }
    }
    Ok(restrictions)
}

fn restriction(value: &Value, size: Size, only: bool) -> Option<Restriction> {
    Some(Restriction {
        color: read_color(value.get("player")?)?,
        moves: value
            .get("moves")?
            .as_array()?
            .iter()
            .map(|mv| read_move(mv, size))
            .collect::<Option<_>>()?,
        only,
        depth: usize::try_from(
            value
                .get("untilDepth")?
                .as_u64()
                .filter(|&depth| depth > 0)?,
        )
        .ok()?,
    })
}

/// Limits and constants of the search, which have fields of their own or are among the settings. The fields come last, as
/// KataGo has it: they count more, and are numbers.
pub(super) fn read_search(
    query: &Object,
    settings: &mut Settings,
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
                if !Settings::has(name, true) {
                    let message = format!("{name}: there is no such setting");
                    warnings.push(("overrideSettings".into(), message));
                } else if let Err(failure) = set(settings, name, value) {
                    return refuse("overrideSettings", failure.to_string());
                }
            }
        }
        Some(_) => return refuse("overrideSettings", "Must be an object"),
    }
    for field in OWN {
        match query.get(field) {
            None => {}
            Some(value) if !value.is_number() => return refuse(field, "Must be a number"),
            Some(value) => {
                set(settings, field, value).or_else(|failure| refuse(field, failure.to_string()))?
            }
        }
    }
    if query.contains_key("rootPolicyTemperature") {
        // Whatever the settings say of the beginning.
        settings.search.root_policy_temperature_early = settings.search.root_policy_temperature;
    }
    Ok(())
}

fn set(settings: &mut Settings, name: &str, value: &Value) -> Result<(), Failure> {
    settings.set_for_analysis(name, &params::text(value))
}
