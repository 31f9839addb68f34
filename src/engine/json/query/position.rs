//! The game of a query: board, rules, stones and moves.

use gtp::Vertex;
use serde_json::Value;

use super::{Object, Refusal, refuse, whole};
use crate::engine::{params, words};
use crate::go::{Board, Color, Game, HalfPoints, MAX_KOMI, Move, Point, Rules, Size};

pub(super) fn read_size(query: &Object) -> Result<Size, Refusal> {
    let side = |field: &str| match query.get(field).map(whole) {
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
    let rules = Rules::parse_with_usual_komi(&text);
    let mut rules = rules.or_else(|error| refuse("rules", error.to_string()))?;
    if let Some(bonus) = query.get("whiteHandicapBonus") {
        rules = rules
            .with("whiteHandicapBonus", &params::text(bonus))
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
    gtp::Args::new(value.as_str()?).take_if()
}

pub(super) fn read_move(value: &Value, size: Size) -> Option<Move> {
    let vertex: Vertex = value.as_str()?.parse().ok()?;
    words::mv(vertex, size).ok()
}

fn read_pairs(query: &Object, field: &str, size: Size) -> Result<Vec<(Color, Move)>, Refusal> {
    let Some(value) = query.get(field) else {
        return Ok(Vec::new());
    };
    let Some(list) = value.as_array() else {
        return refuse(field, "Must be a list of pairs such as [\"B\",\"C4\"]");
    };
    let pairs = list.iter().map(|value| {
        read_pair(value, size)
            .or_else(|why| refuse(field, format!("Could not parse {value}: {why}")))
    });
    pairs.collect()
}

/// A colour and a vertex, or why the value is none.
fn read_pair(value: &Value, size: Size) -> Result<(Color, Move), String> {
    const PAIR: &str = "it must be a pair such as [\"B\",\"C4\"]";
    let Some([color, vertex]) = value.as_array().map(Vec::as_slice) else {
        return Err(PAIR.into());
    };
    let (Some(color), Some(word)) = (read_color(color), vertex.as_str()) else {
        return Err(PAIR.into());
    };
    let vertex: Vertex = word
        .parse()
        .map_err(|_| format!("{word} is no point such as C4, and no pass"))?;
    let mv = words::mv(vertex, size).map_err(|off_board| off_board.to_string())?;
    Ok((color, mv))
}

fn read_moves(query: &Object, size: Size) -> Result<Vec<(Color, Move)>, Refusal> {
    if !query.contains_key("moves") {
        return refuse("moves", "Must specify a list of moves");
    }
    read_pairs(query, "moves", size)
}

fn read_stones(query: &Object, size: Size) -> Result<Vec<(Color, Point)>, Refusal> {
    read_pairs(query, "initialStones", size)?
        .into_iter()
        .map(|(color, mv)| match mv.point() {
            Some(point) => Ok((color, point)),
            None => refuse("initialStones", "A stone needs a point"),
        })
        .collect()
}

/// A game as a query tells it. A [`Game`] with its boards takes ten times the memory.
#[derive(Debug)]
pub(in crate::engine::json) struct QueryGame {
    size: Size,
    rules: Rules,
    stones: Vec<(Color, Point)>,
    first_to_move: Color,
    moves: Vec<(Color, Move)>,
}

impl QueryGame {
    /// The game of a query about a board of this size. Whether its moves can be made, [`QueryGame::at`] says.
    pub(super) fn read(query: &Object, size: Size) -> Result<QueryGame, Refusal> {
        let rules = read_rules(query)?;
        let moves = read_moves(query, size)?;
        let stones = read_stones(query, size)?;
        let given = match query.get("initialPlayer") {
            None => None,
            Some(value) => match read_color(value) {
                Some(color) => Some(color),
                None => return refuse("initialPlayer", "Must be B or W"),
            },
        };
        let first = moves.first().map(|&(color, _)| color);
        let mut game = QueryGame {
            size,
            rules,
            stones,
            first_to_move: Color::Black,
            moves,
        };
        // Black stones alone are a handicap, after which White begins.
        let board = game.board();
        let handicap =
            board.stones().count() >= 2 && board.stones().all(|(color, _)| color == Color::Black);
        let usual = if handicap { Color::White } else { Color::Black };
        game.first_to_move = given.or(first).unwrap_or(usual);
        Ok(game)
    }

    pub(in crate::engine::json) fn size(&self) -> Size {
        self.size
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How many moves were made.
    pub(super) fn moves(&self) -> usize {
        self.moves.len()
    }

    /// The board of `initialStones`, placed as KataGo places them: as if they were played one after the other, so that what
    /// has no liberty any more is taken. A stone that would die alone is left out, and of two on a point the last counts.
    fn board(&self) -> Board {
        let mut board = Board::new(self.size);
        for &(color, point) in &self.stones {
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
        board
    }

    /// The game after the first `turn` moves.
    ///
    /// # Errors
    /// At the first of them that cannot be made.
    pub(super) fn at(&self, turn: usize) -> Result<Game, Refusal> {
        let mut game = Game::from_board(self.board(), self.rules, self.first_to_move);
        game.set_stop_before_encore(true);
        game.set_count_leading_moves(true);
        for (number, &(color, mv)) in self.moves.iter().take(turn).enumerate() {
            if let Err(illegal) = game.play_tolerant(color, mv) {
                let vertex = words::vertex(mv, self.size);
                return refuse(
                    "moves",
                    format!("Illegal move {number}: {vertex}: {illegal}"),
                );
            }
        }
        Ok(game)
    }
}
