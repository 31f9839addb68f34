//! How a query is searched: moves left out, limits, and constants of the search.

use std::time::Duration;

use serde_json::Value;

use super::position::{read_color, read_move};
use super::{Job, Object, Refusal, Warnings, refuse};
use crate::engine::analyze::Perspective;
use crate::engine::params;
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
/// KataGo has it: they count more.
pub(super) fn read_search(
    query: &Object,
    job: &mut Job,
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
        Some(Value::Object(settings)) => {
            for (name, value) in settings {
                if !is_setting(name) {
                    let message = format!("{name}: there is no such setting");
                    warnings.push(("overrideSettings".into(), message));
                } else if let Err(message) = setting(job, name, value) {
                    return refuse("overrideSettings", format!("{name}: {message}"));
                }
            }
        }
        Some(_) => return refuse("overrideSettings", "Must be an object"),
    }
    for field in OWN {
        if let Some(value) = query.get(field)
            && let Err(message) = setting(job, field, value)
        {
            return refuse(field, message);
        }
    }
    Ok(())
}

/// Settings of [`setting`] that are no constants of the search.
const SETTINGS: &[&str] = &[
    "maxVisits",
    "maxPlayouts",
    "maxTime",
    "reportAnalysisWinratesAs",
    "analysisWideRootNoise",
];

fn is_setting(name: &str) -> bool {
    SETTINGS.contains(&name) || params::is_constant(name)
}

fn setting(job: &mut Job, name: &str, value: &Value) -> Result<(), String> {
    let count = || {
        let count = value.as_f64().filter(|&n| n >= 1.0).map(|n| n as u64);
        count.ok_or_else(|| format!("it must be a number of at least 1, not {value}"))
    };
    match name {
        "maxVisits" => job.limits.visits = Some(count()?),
        "maxPlayouts" => job.limits.playouts = Some(count()?),
        "maxTime" => {
            let seconds = value.as_f64().filter(|&n| n >= 0.0);
            let seconds =
                seconds.ok_or_else(|| format!("it must be a number of seconds, not {value}"))?;
            job.limits.time = (seconds < 1e9).then(|| Duration::from_secs_f64(seconds));
        }
        "reportAnalysisWinratesAs" => {
            let named = value.as_str().and_then(Perspective::named);
            job.perspective = named
                .ok_or_else(|| format!("it must be BLACK, WHITE or SIDETOMOVE, not {value}"))?;
        }
        "analysisPVLen" => {
            let length = value
                .as_str()
                .map_or_else(|| value.as_u64(), |text| text.parse().ok())
                .filter(|length| (1..=1000).contains(length));
            let length = length.ok_or("it must be a whole number from 1 to 1000")?;
            job.params.pv_length = length as usize;
        }
        // Early in the game, too, if nothing else is said of that; settings come in the order of their names.
        "rootPolicyTemperature" => {
            setting(job, "root_policy_temperature", value)?;
            setting(job, "root_policy_temperature_early", value)?;
        }
        _ => {
            // Every search here is an analysis.
            let name = match name {
                "analysisWideRootNoise" => "wideRootNoise",
                _ => name,
            };
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            params::set_constant(&mut job.params, name, &text)
                .map_err(|failure| failure.to_string())?;
        }
    }
    Ok(())
}
