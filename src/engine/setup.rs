//! Commands that set the board up: its size, komi, and positions without a history.

use gtp::{Args, ArgumentError, Vertex};

use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use super::{Session, diagram, words};
use crate::go::{Board, Color, Game, HalfPoints, MAX_KOMI, Point, Size};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "boardsize",
        arguments: "SIZE|WIDTH HEIGHT|WIDTH:HEIGHT",
        help: "sets the size, 2 to 25, and empties the board; komi and time settings stay",
        run: Text(boardsize),
    },
    Command {
        name: "rectangular_boardsize",
        arguments: "WIDTH HEIGHT",
        help: "sets the size, 2 to 25, and empties the board; komi and time settings stay",
        run: Text(boardsize),
    },
    Command {
        name: "query_boardsize",
        arguments: "",
        help: "the size, as one number if the board is square",
        run: Aside(query_boardsize),
    },
    Command {
        name: "clear_board",
        arguments: "",
        help: "empties the board; komi, rules and time settings stay",
        run: Text(clear_board),
    },
    Command {
        name: "komi",
        arguments: "POINTS",
        help: "sets the points White is given, in halves from -400 to 400",
        run: Text(komi),
    },
    Command {
        name: "get_komi",
        arguments: "",
        help: "the points White is given",
        run: Aside(|session, _| Ok(session.game.rules().komi.to_string())),
    },
    Command {
        name: "set_position",
        arguments: "[COLOR VERTEX]...",
        help: "starts from these stones, without a history, Black to move",
        run: Text(set_position),
    },
    Command {
        name: "showboard",
        arguments: "",
        help: "draws the board",
        run: Aside(|session, _| Ok(diagram::showboard(&session.game))),
    },
];

fn boardsize(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let (width, height) = match args.peek().and_then(|word| word.split_once(':')) {
        Some((width, height)) => {
            let _ = args.word("size");
            (
                Args::new(width).read("width")?,
                Args::new(height).read("height")?,
            )
        }
        None => {
            let width: usize = args.read("size")?;
            (width, args.optional("height")?.unwrap_or(width))
        }
    };
    args.finish()?;
    let size = Size::new(width, height)
        .map_err(|error| Failure::new(format!("unacceptable size: {error}")))?;
    session.set_game(Game::new(size, *session.game.rules()));
    session.thinker.source.size_chosen(size);
    Ok(String::new())
}

fn query_boardsize(session: &mut Session, _: &mut Args<'_>) -> Result<String, Failure> {
    let size = session.game.size();
    Ok(if size.width() == size.height() {
        size.width().to_string()
    } else {
        format!("{} {}", size.width(), size.height())
    })
}

fn clear_board(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    session.set_game(Game::new(session.game.size(), *session.game.rules()));
    Ok(String::new())
}

fn komi(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let points: f64 = args.read("komi")?;
    args.finish()?;
    session.game.set_komi(read_komi(points)?);
    Ok(String::new())
}

/// A komi that clients may set.
///
/// # Errors
/// When it is not a whole or half number, or beyond the limit.
pub(super) fn read_komi(points: f64) -> Result<HalfPoints, Failure> {
    HalfPoints::komi(points).ok_or_else(|| {
        Failure::new(format!(
            "unacceptable komi: it must be a whole or half number from -{MAX_KOMI} to {MAX_KOMI}"
        ))
    })
}

fn set_position(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let stones = read_stones(args, session.game.size())?;
    let game = with_stones(session, &stones, Color::Black, [0, 0])?;
    session.set_game(game);
    Ok(String::new())
}

/// Reads colours and points up to the end of the line.
pub(super) fn read_stones(args: &mut Args<'_>, size: Size) -> Result<Vec<(Color, Point)>, Failure> {
    let mut stones = Vec::new();
    while !args.is_empty() {
        let color = args.read("color")?;
        let vertex: Vertex = args.read("vertex")?;
        stones.push((color, words::point(vertex, size)?));
    }
    Ok(stones)
}

/// A game under the session's rules that starts from these stones, and as many of each colour captured.
pub(super) fn with_stones(
    session: &Session,
    stones: &[(Color, Point)],
    to_move: Color,
    captured: [u32; 2],
) -> Result<Game, Failure> {
    let size = session.game.size();
    let mut board = Board::from_stones(size, stones).map_err(|point| {
        Failure::new(format!(
            "illegal position: the stone at {} is set twice or has no liberty",
            words::vertices(&[point], size)
        ))
    })?;
    board.set_captured(captured);
    Ok(Game::from_board(board, *session.game.rules(), to_move))
}

/// Reads points up to the end of the line; passes are refused.
pub(super) fn read_points(args: &mut Args<'_>, size: Size) -> Result<Vec<Point>, Failure> {
    let vertices: Result<Vec<Vertex>, ArgumentError> = args.list("vertex");
    vertices?
        .into_iter()
        .map(|vertex| Ok(words::point(vertex, size)?))
        .collect()
}
