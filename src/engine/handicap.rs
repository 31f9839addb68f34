//! Commands that place handicap stones. All three give a starting position: the stones count as handicap for White's
//! bonus and for resigning, but for a single one, and cannot be taken back.

use gtp::Args;

use super::command::{Command, Failure, Run::Text};
use super::{EndedBy, Session, setup, words};
use crate::eval::Position;
use crate::go::handicap::{customary_points, most_customary};
use crate::go::{Color, Game, Move, Point};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "fixed_handicap",
        arguments: "STONES",
        help: "places 2 to 9 handicap stones on the customary points and answers them",
        run: Text(fixed_handicap),
    },
    Command {
        name: "place_free_handicap",
        arguments: "STONES",
        help: "places handicap stones where the engine likes, at most 30 and on a quarter of the board, and answers them",
        run: Text(place_free_handicap),
    },
    Command {
        name: "set_free_handicap",
        arguments: "VERTEX...",
        help: "places handicap stones on the given points",
        run: Text(set_free_handicap),
    },
];

/// The smallest number of handicap stones that the engine places.
const FEWEST: usize = 2;
/// The most that the engine places by itself, beside a quarter of the board; as KataGo has it.
const MOST_CHOSEN: usize = 30;

fn fixed_handicap(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let count = args.read("number of stones")?;
    args.finish()?;
    require_empty(session)?;
    let size = session.game.size();
    let points = customary_points(size, count).ok_or_else(|| {
        Failure::new(match most_customary(size) {
            0 => {
                format!("invalid number of stones: a {size} board has no customary handicap points")
            }
            most => format!("invalid number of stones: it must be 2 to {most} on a {size} board"),
        })
    })?;
    start_with(session, &points)
}

fn place_free_handicap(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let count: usize = args.read("number of stones")?;
    args.finish()?;
    require_empty(session)?;
    if count < FEWEST {
        return Err(Failure::new(format!(
            "invalid number of stones: it must be at least {FEWEST}"
        )));
    }
    // Nobody can play against more, and the protocol lets the engine place fewer.
    let most = (session.game.size().area() / 4).clamp(FEWEST, MOST_CHOSEN);
    let points = chosen_points(session, count.min(most))?;
    start_with(session, &points)
}

fn set_free_handicap(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let size = session.game.size();
    let points =
        setup::read_points(args, size).map_err(|failure| failure.behind("bad vertex list"))?;
    require_empty(session)?;
    let distinct = points.iter().collect::<std::collections::HashSet<_>>();
    // One is enough, as for KataGo and Leela Zero, though not for the protocol: with one LizGoban finds out whether there is
    // this command.
    if points.is_empty() || distinct.len() < points.len() {
        return Err(Failure::new(
            "bad vertex list: one or more points are needed, and none of them twice",
        ));
    }
    start_with(session, &points)?;
    Ok(String::new())
}

fn require_empty(session: &Session) -> Result<(), Failure> {
    if session.game.board().stones().next().is_some() {
        return Err(Failure::new(
            "board not empty: handicap stones come first, after clear_board",
        ));
    }
    Ok(())
}

/// Starts a game with these handicap stones, and lists them.
fn start_with(session: &mut Session, points: &[Point]) -> Result<String, Failure> {
    let size = session.game.size();
    let game = Game::with_handicap(size, *session.game.rules(), points)
        .map_err(|_| Failure::new("bad vertex list: the stones would leave no liberty"))?;
    session.set_game(game);
    Ok(words::vertices(points, size))
}

/// Points that the evaluator likes best for Black, one after the other; fewer when input ends the choice.
fn chosen_points(session: &mut Session, count: usize) -> Result<Vec<Point>, Failure> {
    let evaluator = session.thinker.source.evaluator_for(session.game.size())?;
    let (size, rules) = (session.game.size(), *session.game.rules());
    let mut points = Vec::new();
    let searching = session.inbox.searching(EndedBy::Nothing);
    while points.len() < count && !(points.len() >= FEWEST && searching.is_stopped()) {
        let stones: Vec<(Color, Point)> =
            points.iter().map(|&point| (Color::Black, point)).collect();
        let game = Game::from_stones(size, rules, &stones, Color::Black)
            .map_err(|_| Failure::new("no room for that many stones"))?;
        let evaluation = evaluator.evaluate_one(Position::new(&game))?;
        let best = size
            .points()
            .filter(|&point| game.check(Color::Black, Move::Play(point)).is_ok())
            .map(|point| (evaluation.prior(size, Move::Play(point)), point))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((_, point)) => points.push(point),
            None => return Err(Failure::new("no room for that many stones")),
        }
    }
    Ok(points)
}
