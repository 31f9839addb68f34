//! The game of a query: board, rules, stones and moves.

use gtp::Vertex;
use serde_json::Value;

use super::{Object, Refusal, refuse};
use crate::engine::words;
use crate::go::{Board, Color, Game, HalfPoints, MAX_KOMI, Move, Rules, Size};

pub(super) fn read_size(query: &Object) -> Result<Size, Refusal> {
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

pub(super) fn read_rules(query: &Object) -> Result<Rules, Refusal> {
    let text = match query.get("rules") {
        Some(Value::String(name)) => name.clone(),
        Some(object @ Value::Object(_)) => object.to_string(),
        _ => return refuse("rules", "Must specify rules, a name or an object"),
    };
    let rules = Rules::parse_with_usual_komi(&text);
    let mut rules = rules.or_else(|error| refuse("rules", error.to_string()))?;
    if let Some(bonus) = query.get("whiteHandicapBonus") {
        let bonus = bonus
            .as_str()
            .map_or_else(|| bonus.to_string(), str::to_owned);
        rules = rules
            .with("whiteHandicapBonus", &bonus)
            .or_else(|error| refuse("whiteHandicapBonus", error.to_string()))?;
    }
    if let Some(komi) = query.get("komi") {
        match komi.as_f64().and_then(HalfPoints::komi) {
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

pub(super) fn read_color(value: &Value) -> Option<Color> {
    let color: gtp::Color = gtp::Args::new(value.as_str()?).read("color").ok()?;
    Some(words::color(color))
}

pub(super) fn read_move(value: &Value, size: Size) -> Option<Move> {
    let vertex: Vertex = value.as_str()?.parse().ok()?;
    words::mv(vertex, size).ok()
}

fn read_pairs(query: &Object, field: &str, size: Size) -> Result<Vec<(Color, Move)>, Refusal> {
    let Some(value) = query.get(field) else {
        return Ok(Vec::new());
    };
    let pair = |value: &Value| {
        let [color, vertex] = value.as_array()?.as_slice() else {
            return None;
        };
        Some((read_color(color)?, read_move(vertex, size)?))
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

pub(super) fn read_moves(query: &Object, size: Size) -> Result<Vec<(Color, Move)>, Refusal> {
    if !query.contains_key("moves") {
        return refuse("moves", "Must specify a list of moves");
    }
    read_pairs(query, "moves", size)
}

/// The board of `initialStones`, placed as KataGo places them: as if they were played one after the other, so that what has
/// no liberty any more is taken. A stone that would die alone is left out, and of two on a point the last counts.
fn read_stones(query: &Object, size: Size) -> Result<Board, Refusal> {
    let mut board = Board::new(size);
    for (color, mv) in read_pairs(query, "initialStones", size)? {
        let Some(point) = mv.point() else {
            return refuse("initialStones", "A stone needs a point");
        };
        let replaced = board.stone(point).filter(|&there| there != color);
        if replaced.is_some() {
            board.remove_stone(point);
        }
        // Where a stone is replaced, no chain of several kills itself either.
        if board.can_place(color, point, replaced.is_none()) {
            board.play(color, point);
        }
    }
    board.clear_ko();
    Ok(board)
}

/// The position that the moves begin from; `first` makes the first of them.
pub(super) fn read_start(
    query: &Object,
    size: Size,
    rules: Rules,
    first: Option<Color>,
) -> Result<Game, Refusal> {
    let board = read_stones(query, size)?;
    let given = match query.get("initialPlayer") {
        None => None,
        Some(value) => match read_color(value) {
            Some(color) => Some(color),
            None => return refuse("initialPlayer", "Must be B or W"),
        },
    };
    // Black stones alone are a handicap, after which White begins.
    let handicap =
        board.stones().count() >= 2 && board.stones().all(|(color, _)| color == Color::Black);
    let usual = if handicap { Color::White } else { Color::Black };
    let to_move = given.or(first).unwrap_or(usual);
    let mut game = Game::from_board(board, rules, to_move);
    game.set_stop_before_encore(true);
    game.set_count_leading_moves(true);
    Ok(game)
}

/// The game before each move and after the last.
pub(super) fn positions(start: Game, moves: &[(Color, Move)]) -> Result<Vec<Game>, Refusal> {
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
