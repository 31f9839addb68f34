//! Queries: one JSON object, checked field by field, becomes one job for each turn to analyse.

use std::time::Duration;

use gtp::Vertex;
use serde_json::{Map, Value, json};

use super::JsonOptions;
use crate::engine::analyze::Perspective;
use crate::engine::{params, words};
use crate::go::{Color, Game, HalfPoints, MAX_KOMI, Move, Rules, Scoring, Size};
use crate::search::{Limits, Restriction, SearchParams};

/// One position to analyse.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) id: Value,
    pub(super) turn: usize,
    pub(super) game: Game,
    /// Larger first.
    pub(super) priority: i64,
    pub(super) params: SearchParams,
    pub(super) limits: Limits,
    pub(super) restrictions: Vec<Restriction>,
    pub(super) perspective: Perspective,
    pub(super) include: Include,
    /// Time to the first partial report and between later ones, if there are any.
    pub(super) reports: Option<(Duration, Option<Duration>)>,
}

/// Which optional fields the results have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Include {
    pub(super) ownership: bool,
    pub(super) ownership_stdev: bool,
    pub(super) moves_ownership: bool,
    pub(super) moves_ownership_stdev: bool,
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

/// What is wrong with a query that is answered all the same: fields and messages.
pub(super) type Warnings = Vec<(String, String)>;

type Object = Map<String, Value>;

fn refuse<T>(field: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        field: field.to_owned(),
        message: message.into(),
    })
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
];

/// The jobs that a query asks for, and warnings as field and message.
///
/// # Errors
/// At the first field that cannot be used.
pub(super) fn read(query: &Object, options: &JsonOptions) -> Result<(Vec<Job>, Warnings), Refusal> {
    let mut warnings: Warnings = query
        .keys()
        .filter(|key| !FIELDS.contains(&key.as_str()))
        .map(|key| (key.clone(), "Unexpected or unused field".to_owned()))
        .collect();
    let id = query.get("id").cloned().unwrap_or(Value::Null);
    let size = read_size(query)?;
    let rules = read_rules(query)?;
    let start = read_start(query, size, rules)?;
    let moves = read_moves(query, size)?;
    let turns = read_turns(query, moves.len())?;
    let priorities = read_priorities(query, turns.len())?;
    let mut job = Job {
        id,
        turn: 0,
        game: start.clone(),
        priority: 0,
        params: options.search.clone(),
        limits: options.limits.clone(),
        restrictions: read_restrictions(query, size)?,
        perspective: options.perspective,
        include: read_include(query)?,
        reports: read_reports(query)?,
    };
    read_search(query, &mut job, &mut warnings)?;
    let include = job.include;
    job.params.ownership |= include.ownership
        || include.ownership_stdev
        || include.moves_ownership
        || include.moves_ownership_stdev
        || include.scoring;
    let games = positions(start, &moves)?;
    let jobs = once_each(&turns, &priorities)
        .into_iter()
        .map(|(turn, priority)| Job {
            turn,
            game: games[turn].clone(),
            priority,
            ..job.clone()
        })
        .collect();
    Ok((jobs, warnings))
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
        .and_then(|list| list.iter().map(Value::as_i64).collect());
    match turns {
        Some(turns) => Ok(Some(turns)),
        None => refuse(
            "turnNumbers",
            "Must be a list of integers, the turns to end; without it all are ended",
        ),
    }
}

fn read_size(query: &Object) -> Result<Size, Refusal> {
    let side = |field: &str| match query.get(field).map(Value::as_u64) {
        Some(Some(side)) if (2..=25).contains(&side) => Ok(side as usize),
        Some(_) => refuse(field, "Must be an integer from 2 to 25"),
        None => refuse(
            field,
            "Must specify the board size as an integer from 2 to 25",
        ),
    };
    let (width, height) = (side("boardXSize")?, side("boardYSize")?);
    Size::new(width, height).or_else(|error| refuse("boardXSize", error.to_string()))
}

fn read_rules(query: &Object) -> Result<Rules, Refusal> {
    let text = match query.get("rules") {
        Some(Value::String(name)) => name.clone(),
        Some(object @ Value::Object(_)) => object.to_string(),
        _ => return refuse("rules", "Must specify rules, a name or an object"),
    };
    // What rules do not say themselves depends on how they count.
    let usual = |rules: &Rules| match rules.scoring {
        _ if rules.has_button => HalfPoints(14),
        Scoring::Area => HalfPoints(15),
        Scoring::Territory => HalfPoints(13),
    };
    let parse =
        |komi| Rules::parse(&text, komi).or_else(|error| refuse("rules", error.to_string()));
    let mut rules = parse(Rules::default().komi)?;
    rules = parse(usual(&rules))?;
    if let Some(bonus) = query.get("whiteHandicapBonus") {
        let bonus = bonus
            .as_str()
            .map_or_else(|| bonus.to_string(), str::to_owned);
        rules = rules
            .with("whiteHandicapBonus", &bonus)
            .or_else(|error| refuse("whiteHandicapBonus", error.to_string()))?;
    }
    if let Some(komi) = query.get("komi") {
        let points = komi.as_f64().and_then(HalfPoints::from_f64);
        match points.filter(|komi| komi.0.abs() <= MAX_KOMI.0) {
            Some(komi) => rules.komi = komi,
            None => {
                return refuse(
                    "komi",
                    format!("Must be an integer or half-integer from -{MAX_KOMI} to {MAX_KOMI}"),
                );
            }
        }
    }
    Ok(rules)
}

fn read_color(value: &Value) -> Option<Color> {
    let color: gtp::Color = gtp::Args::new(value.as_str()?).read("color").ok()?;
    Some(words::color(color))
}

fn read_pairs(query: &Object, field: &str, size: Size) -> Result<Vec<(Color, Move)>, Refusal> {
    let Some(value) = query.get(field) else {
        return Ok(Vec::new());
    };
    let pair = |value: &Value| {
        let [color, vertex] = value.as_array()?.as_slice() else {
            return None;
        };
        let vertex: Vertex = vertex.as_str()?.parse().ok()?;
        Some((read_color(color)?, words::mv(vertex, size).ok()?))
    };
    let pairs = value.as_array().map(|list| {
        list.iter()
            .map(|value| pair(value).ok_or(value))
            .collect::<Result<Vec<_>, _>>()
    });
    match pairs {
        Some(Ok(pairs)) => Ok(pairs),
        Some(Err(value)) => refuse(
            field,
            format!("Could not parse {value}: it must be a pair such as [\"B\",\"C4\"]"),
        ),
        None => refuse(field, "Must be a list of pairs such as [\"B\",\"C4\"]"),
    }
}

fn read_moves(query: &Object, size: Size) -> Result<Vec<(Color, Move)>, Refusal> {
    if !query.contains_key("moves") {
        return refuse("moves", "Must specify a list of moves");
    }
    read_pairs(query, "moves", size)
}

fn read_start(query: &Object, size: Size, rules: Rules) -> Result<Game, Refusal> {
    let pairs = read_pairs(query, "initialStones", size)?;
    let mut stones = Vec::new();
    for (color, mv) in pairs {
        match mv.point() {
            Some(point) => stones.push((color, point)),
            None => return refuse("initialStones", "A stone needs a point"),
        }
    }
    let given = match query.get("initialPlayer") {
        None => None,
        Some(value) => match read_color(value) {
            Some(color) => Some(color),
            None => return refuse("initialPlayer", "Must be B or W"),
        },
    };
    let first = read_pairs(query, "moves", size)?
        .first()
        .map(|&(color, _)| color);
    // Black stones alone are a handicap, after which White begins.
    let handicap = stones.len() >= 2 && stones.iter().all(|&(color, _)| color == Color::Black);
    let usual = if handicap { Color::White } else { Color::Black };
    let to_move = given.or(first).unwrap_or(usual);
    let mut game = Game::from_stones(size, rules, &stones, to_move)
        .or_else(|_| refuse("initialStones", "Stones overlap or have no liberties"))?;
    game.set_stop_before_encore(true);
    game.set_count_leading_moves(true);
    Ok(game)
}

/// The game before each move and after the last.
fn positions(start: Game, moves: &[(Color, Move)]) -> Result<Vec<Game>, Refusal> {
    let mut games = vec![start.clone()];
    let mut game = start;
    for (number, &(color, mv)) in moves.iter().enumerate() {
        if let Err(illegal) = game.play_tolerant(color, mv) {
            let vertex = words::vertex(mv, game.size());
            return refuse(
                "moves",
                format!("Illegal move {number}: {vertex}: {illegal}"),
            );
        }
        games.push(game.clone());
    }
    Ok(games)
}

fn read_turns(query: &Object, moves: usize) -> Result<Vec<usize>, Refusal> {
    let Some(value) = query.get("analyzeTurns") else {
        return Ok(vec![moves]);
    };
    let turn = |value: &Value| {
        let turn = usize::try_from(value.as_u64()?).ok()?;
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
    let whole = |value: &Value| value.as_i64().or_else(|| value.as_f64().map(|n| n as i64));
    if let Some(value) = query.get("priorities") {
        let list: Option<Vec<i64>> = value
            .as_array()
            .and_then(|list| list.iter().map(whole).collect());
        return match list {
            Some(list) if list.len() == turns => Ok(list),
            _ => refuse(
                "priorities",
                "Must be a list of integers, one for each turn",
            ),
        };
    }
    match query.get("priority").map(whole) {
        None => Ok(vec![0; turns]),
        Some(Some(priority)) => Ok(vec![priority; turns]),
        Some(None) => refuse("priority", "Must be an integer"),
    }
}

fn read_include(query: &Object) -> Result<Include, Refusal> {
    let flag = |field: &str| match query.get(field) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => refuse(field, "Must be true or false"),
    };
    Ok(Include {
        ownership: flag("includeOwnership")?,
        ownership_stdev: flag("includeOwnershipStdev")?,
        moves_ownership: flag("includeMovesOwnership")?,
        moves_ownership_stdev: flag("includeMovesOwnershipStdev")?,
        policy: flag("includePolicy")?,
        pv_visits: flag("includePVVisits")?,
        no_result: flag("includeNoResultValue")?,
        scoring: flag("includeScoring")?,
    })
}

fn read_reports(query: &Object) -> Result<Option<(Duration, Option<Duration>)>, Refusal> {
    /// A millisecond: results are long, and somebody has to read them.
    const SHORTEST: f64 = 0.001;
    const LONGEST: f64 = 1e9;
    let time = |field: &str| match query.get(field).map(Value::as_f64) {
        None => Ok(None),
        Some(Some(seconds)) if seconds >= 0.0 => Ok(Some(Duration::from_secs_f64(
            seconds.clamp(SHORTEST, LONGEST),
        ))),
        Some(_) => refuse(field, "Must be a number of seconds"),
    };
    let every = time("reportDuringSearchEvery")?;
    let first = time("firstReportDuringSearchAfter")?;
    Ok(first.or(every).map(|first| (first, every)))
}

fn read_restrictions(query: &Object, size: Size) -> Result<Vec<Restriction>, Refusal> {
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
    let mv = |value: &Value| {
        let vertex: Vertex = value.as_str()?.parse().ok()?;
        words::mv(vertex, size).ok()
    };
    Some(Restriction {
        color: read_color(value.get("player")?)?,
        moves: value
            .get("moves")?
            .as_array()?
            .iter()
            .map(mv)
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
fn read_search(query: &Object, job: &mut Job, warnings: &mut Warnings) -> Result<(), Refusal> {
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

impl Refusal {
    /// What is answered.
    pub(super) fn to_json(&self, id: &Value) -> Value {
        json!({ "error": self.message, "field": self.field, "id": id })
    }
}
