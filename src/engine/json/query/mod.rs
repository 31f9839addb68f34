//! Queries: one JSON object, checked field by field, becomes one job for each turn to analyse.

mod position;
mod search;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::JsonOptions;
use crate::engine::analyze::Perspective;
use crate::engine::analyze::seen::OwnerFields;
use crate::eval::Description;
use crate::features::InputVersion;
use crate::go::{Game, HalfPoints, Rules, Scoring, Tax};
use crate::search::{Limits, Restriction, SearchParams};
use position::{QueryGame, read_size};
use search::{read_restrictions, read_search};

/// What is asked about one game. Thousands of them may wait, so it holds no [`Game`].
#[derive(Debug)]
pub(super) struct Query {
    pub(super) id: Value,
    pub(super) game: QueryGame,
    /// Turns to analyse, each once, and their priorities: larger first.
    pub(super) turns: Vec<(usize, i64)>,
    pub(super) params: SearchParams,
    pub(super) limits: Limits,
    pub(super) restrictions: Vec<Restriction>,
    pub(super) perspective: Perspective,
    pub(super) include: Include,
    /// Time to the first partial report and between later ones, if there are any.
    pub(super) reports: Option<(Duration, Option<Duration>)>,
}

/// One position to analyse.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) query: Arc<Query>,
    pub(super) turn: usize,
    /// How often the cache had been cleared when it was asked for.
    pub(super) cleared: u64,
}

impl Job {
    /// The position, with the moves before it.
    pub(super) fn game(&self) -> Game {
        let game = self.query.game.at(self.turn);
        game.expect("the moves were made when the query was read")
    }
}

/// Which optional fields the results have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Include {
    /// In the position, and after each move.
    pub(super) ownership: OwnerFields,
    pub(super) moves_ownership: OwnerFields,
    pub(super) policy: bool,
    pub(super) pv_visits: bool,
    pub(super) no_result: bool,
    /// Ours: what the board counts, with stones dead, alive and in seki.
    pub(super) scoring: bool,
}

/// Why a query is refused.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) field: String,
    pub(super) message: String,
}

impl Refusal {
    /// What is answered.
    pub(super) fn to_json(&self, id: &Value) -> Value {
        json!({ "error": self.message, "field": self.field, "id": id })
    }
}

/// What is wrong with a query that is answered all the same: fields and messages.
pub(super) type Warnings = Vec<(String, String)>;

type Object = Map<String, Value>;

fn refuse<T>(field: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        field: field.to_owned(),
        message: message.into(),
    })
}

/// A whole number. Some clients write those with a point.
fn whole(value: &Value) -> Option<i64> {
    let with_point = || value.as_f64().filter(|number| number.fract() == 0.0);
    value.as_i64().or_else(|| with_point().map(|n| n as i64))
}

/// Fields of a query that are understood.
const FIELDS: &[&str] = &[
    "id",
    "moves",
    "initialStones",
    "initialPlayer",
    "rules",
    "komi",
    "whiteHandicapBonus",
    "boardXSize",
    "boardYSize",
    "analyzeTurns",
    "maxVisits",
    "rootPolicyTemperature",
    "rootFpuReductionMax",
    "analysisPVLen",
    "includeOwnership",
    "includeOwnershipStdev",
    "includeMovesOwnership",
    "includeMovesOwnershipStdev",
    "includePolicy",
    "includePVVisits",
    "includeNoResultValue",
    "includeScoring",
    "avoidMoves",
    "allowMoves",
    "overrideSettings",
    "reportDuringSearchEvery",
    "firstReportDuringSearchAfter",
    "priority",
    "priorities",
    // Of actions: some programs write `null` for what they leave out.
    "action",
    "terminateId",
    "turnNumbers",
];

/// What a query asks for, and warnings as field and message.
///
/// # Errors
/// At the first field that cannot be used.
pub(super) fn read(
    query: &Object,
    options: &JsonOptions,
    network: &Description,
) -> Result<(Query, Warnings), Refusal> {
    let mut warnings: Warnings = query
        .keys()
        .filter(|key| options.warn_unused && !FIELDS.contains(&key.as_str()))
        .map(|key| (key.clone(), "Unexpected or unused field".to_owned()))
        .collect();
    let size = read_size(query)?;
    let game = QueryGame::read(query, size)?;
    let turns = read_turns(query, game.moves())?;
    let priorities = read_priorities(query, turns.len())?;
    let restrictions = read_restrictions(query, size)?;
    let include = read_include(query)?;
    let reports = read_reports(query)?;
    let mut settings = options.settings.clone();
    read_search(query, network, &mut settings, &mut warnings)?;
    warnings.extend(unknown_rules(network, game.rules()));
    warnings.extend(unknown_owners(network, include));
    let mut params = settings.search;
    params.ownership |= include.ownership.any() || include.moves_ownership.any() || include.scoring;
    game.at(game.moves())?;
    let query = Query {
        id: query.get("id").cloned().unwrap_or(Value::Null),
        game,
        turns: once_each(&turns, &priorities),
        params,
        limits: settings.play.limits,
        restrictions,
        perspective: settings.analysis.perspective,
        include,
        reports,
    };
    Ok((query, warnings))
}

/// A warning where the network judges by other rules than those of the query, as it is told none.
fn unknown_rules(network: &Description, rules: &Rules) -> Option<(String, String)> {
    /// What networks of Leela Zero and ELF have learned.
    const KOMI: HalfPoints = HalfPoints(15);
    let plain = Rules {
        scoring: Scoring::Area,
        tax: Tax::None,
        has_button: false,
        ..*rules
    };
    let field = match network.input {
        Some(InputVersion::Agz) if *rules != plain => "rules",
        Some(InputVersion::Agz) if rules.komi != KOMI => "komi",
        _ => return None,
    };
    let message = format!(
        "{} is told neither rules nor komi: its winrates are those of area scoring with a komi of 7.5",
        network.name
    );
    Some((field.to_owned(), message))
}

/// A warning where the network predicts no owners of points, but they are asked for.
fn unknown_owners(network: &Description, include: Include) -> Option<(String, String)> {
    let (of_position, of_moves) = (include.ownership, include.moves_ownership);
    let asked = [
        ("includeOwnership", of_position.mean),
        ("includeOwnershipStdev", of_position.stdev),
        ("includeMovesOwnership", of_moves.mean),
        ("includeMovesOwnershipStdev", of_moves.stdev),
    ];
    let (field, _) = asked.into_iter().find(|&(_, asked)| asked)?;
    let message = format!(
        "{} does not predict whose points are: results are without ownership",
        network.name
    );
    (!network.ownership).then(|| (field.to_owned(), message))
}

/// The turns that an action is about; all of them if there are none.
///
/// # Errors
/// If they are no list of integers.
pub(super) fn read_turn_numbers(query: &Object) -> Result<Option<Vec<i64>>, Refusal> {
    let Some(value) = query.get("turnNumbers") else {
        return Ok(None);
    };
    let turns: Option<Vec<i64>> = value
        .as_array()
        .and_then(|list| list.iter().map(whole).collect());
    match turns {
        Some(turns) => Ok(Some(turns)),
        None => refuse(
            "turnNumbers",
            "Must be a list of integers, the turns to end; without it all are ended",
        ),
    }
}

fn read_turns(query: &Object, moves: usize) -> Result<Vec<usize>, Refusal> {
    let Some(value) = query.get("analyzeTurns") else {
        return Ok(vec![moves]);
    };
    let turn = |value: &Value| {
        let turn = usize::try_from(whole(value)?).ok()?;
        (turn <= moves).then_some(turn)
    };
    let turns = value
        .as_array()
        .and_then(|list| list.iter().map(turn).collect());
    turns.map_or_else(
        || {
            refuse(
                "analyzeTurns",
                format!("Must be a list of integers from 0 to {moves}"),
            )
        },
        Ok,
    )
}

/// Turns in the order they are given, one that is given again only once, with the last of its priorities.
fn once_each(turns: &[usize], priorities: &[i64]) -> Vec<(usize, i64)> {
    let mut jobs: Vec<(usize, i64)> = Vec::new();
    for (&turn, &priority) in turns.iter().zip(priorities) {
        match jobs.iter_mut().find(|(known, _)| *known == turn) {
            Some(job) => job.1 = priority,
            None => jobs.push((turn, priority)),
        }
    }
    jobs
}

fn read_priorities(query: &Object, turns: usize) -> Result<Vec<i64>, Refusal> {
    /// KataGo's bound.
    const LARGEST: i64 = (1 << 62) - 1;
    let priority =
        |value: &Value| whole(value).filter(|priority| (-LARGEST..=LARGEST).contains(priority));
    if let Some(value) = query.get("priorities") {
        if !query.contains_key("analyzeTurns") {
            return refuse("priorities", "Can only be given together with analyzeTurns");
        }
        if query.contains_key("priority") {
            return refuse("priority", "Cannot be given together with priorities");
        }
        let list: Option<Vec<i64>> = value
            .as_array()
            .and_then(|list| list.iter().map(priority).collect());
        return match list {
            Some(list) if list.len() == turns => Ok(list),
            _ => refuse(
                "priorities",
                "Must be a list of integers between -2^62 and 2^62, one for each turn",
            ),
        };
    }
    match query.get("priority").map(priority) {
        None => Ok(vec![0; turns]),
        Some(Some(priority)) => Ok(vec![priority; turns]),
        Some(None) => refuse("priority", "Must be an integer between -2^62 and 2^62"),
    }
}

fn read_include(query: &Object) -> Result<Include, Refusal> {
    let flag = |field: &str| match query.get(field) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => refuse(field, "Must be true or false"),
    };
    Ok(Include {
        ownership: OwnerFields {
            mean: flag("includeOwnership")?,
            stdev: flag("includeOwnershipStdev")?,
        },
        moves_ownership: OwnerFields {
            mean: flag("includeMovesOwnership")?,
            stdev: flag("includeMovesOwnershipStdev")?,
        },
        policy: flag("includePolicy")?,
        pv_visits: flag("includePVVisits")?,
        no_result: flag("includeNoResultValue")?,
        scoring: flag("includeScoring")?,
    })
}

fn read_reports(query: &Object) -> Result<Option<(Duration, Option<Duration>)>, Refusal> {
    /// KataGo's bounds. Results are long, and somebody has to read them.
    const SECONDS: RangeInclusive<f64> = 0.001..=1_000_000.0;
    let time = |field: &str| match query.get(field).map(Value::as_f64) {
        None => Ok(None),
        Some(Some(seconds)) if SECONDS.contains(&seconds) => {
            Ok(Some(Duration::from_secs_f64(seconds)))
        }
        Some(_) => refuse(field, "Must be a number of seconds from 0.001 to 1000000"),
    };
    let every = time("reportDuringSearchEvery")?;
    let first = time("firstReportDuringSearchAfter")?;
    Ok(first.or(every).map(|first| (first, every)))
}
