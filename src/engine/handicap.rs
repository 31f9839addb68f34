//! Commands that place handicap stones. All three give a starting position: the stones count as handicap for White's
//! bonus and for resigning, and cannot be taken back.

use gtp::Args;

use super::command::{Command, Failure};
use super::{Session, setup, words};
use crate::eval::{EvalOptions, Position};
use crate::go::{Color, Game, Move, Point, Size, Symmetry};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "fixed_handicap",
        arguments: "STONES",
        help: "places 2 to 9 handicap stones on the customary points and answers those",
        run: fixed_handicap,
    },
    Command {
        name: "place_free_handicap",
        arguments: "STONES",
        help: "places handicap stones where the engine likes them and answers the points",
        run: place_free_handicap,
    },
    Command {
        name: "set_free_handicap",
        arguments: "VERTEX VERTEX...",
        help: "places handicap stones on the given points",
        run: set_free_handicap,
    },
];

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
    let most = session.game.size().area() / 2;
    if !(2..=most).contains(&count) {
        return Err(Failure::new(format!(
            "invalid number of stones: it must be 2 to {most} on a {} board",
            session.game.size()
        )));
    }
    let points = chosen_points(session, count)?;
    start_with(session, &points)
}

fn set_free_handicap(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let size = session.game.size();
    let points = setup::read_points(args, size)
        .map_err(|failure| Failure::new(format!("bad vertex list: {failure}")))?;
    require_empty(session)?;
    let distinct = points.iter().collect::<std::collections::HashSet<_>>();
    if points.len() < 2 || distinct.len() < points.len() {
        return Err(Failure::new(
            "bad vertex list: at least two different points are needed",
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

/// Most stones with customary places: none below 7 lines, four where there is no middle line or too little room.
fn most_customary(size: Size) -> usize {
    let (width, height) = (size.width(), size.height());
    if width < 7 || height < 7 {
        0
    } else if width % 2 == 0 || height % 2 == 0 || width == 7 || height == 7 {
        4
    } else {
        9
    }
}

/// The customary points in the order the protocol's specification gives them.
fn customary_points(size: Size, count: usize) -> Option<Vec<Point>> {
    if !(2..=most_customary(size)).contains(&count) {
        return None;
    }
    // Columns and rows near the edge, in the middle, near the other edge; rows are counted from the top.
    let lines = |side: usize| {
        let margin = if side < 12 { 2 } else { 3 };
        [margin, side / 2, side - 1 - margin]
    };
    let (columns, rows) = (lines(size.width()), lines(size.height()));
    let (near, middle, far) = (0, 1, 2);
    let corners = [(near, far), (far, near), (near, near), (far, far)];
    let sides = [(near, middle), (far, middle), (middle, far), (middle, near)];
    let mut places: Vec<(usize, usize)> = Vec::new();
    places.extend(&corners[..count.min(4)]);
    if count >= 6 {
        places.extend(&sides[..if count >= 8 { 4 } else { 2 }]);
    }
    if count >= 5 && count % 2 == 1 {
        places.push((middle, middle));
    }
    places
        .into_iter()
        .map(|(column, row)| Point::new(columns[column], rows[row]))
        .collect()
}

/// Points that the evaluator likes best for Black, one after the other.
fn chosen_points(session: &mut Session, count: usize) -> Result<Vec<Point>, Failure> {
    let evaluator = session.thinker.evaluator_for(session.game.size())?;
    let (size, rules) = (session.game.size(), *session.game.rules());
    let mut points = Vec::new();
    while points.len() < count {
        let stones: Vec<(Color, Point)> =
            points.iter().map(|&point| (Color::Black, point)).collect();
        let game = Game::from_stones(size, rules, &stones, Color::Black)
            .map_err(|_| Failure::new("no room for that many stones"))?;
        let position = Position {
            game: &game,
            symmetry: Symmetry::IDENTITY,
            options: EvalOptions::default(),
        };
        let evaluations = evaluator.evaluate(&[position])?;
        let policy = evaluations
            .first()
            .map(|evaluation| &evaluation.policy[..])
            .unwrap_or_default();
        let best = size
            .points()
            .filter(|&point| game.check(Color::Black, Move::Play(point)).is_ok())
            .filter_map(|point| Some((policy.get(size.index_of(point))?, point)))
            .max_by(|a, b| a.0.total_cmp(b.0));
        match best {
            Some((_, point)) => points.push(point),
            None => return Err(Failure::new("no room for that many stones")),
        }
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What GNU Go 3.8 answers.
    #[test]
    fn customary_points_are_those_of_the_specification() {
        fn check(side: usize, count: usize, expected: &str) {
            let size = Size::square(side).unwrap();
            let points = customary_points(size, count).map(|points| words::vertices(&points, size));
            assert_eq!(
                points.as_deref().unwrap_or("none"),
                expected,
                "{count} on {side}"
            );
        }
        check(19, 2, "D4 Q16");
        check(19, 3, "D4 Q16 D16");
        check(19, 4, "D4 Q16 D16 Q4");
        check(19, 5, "D4 Q16 D16 Q4 K10");
        check(19, 6, "D4 Q16 D16 Q4 D10 Q10");
        check(19, 7, "D4 Q16 D16 Q4 D10 Q10 K10");
        check(19, 8, "D4 Q16 D16 Q4 D10 Q10 K4 K16");
        check(19, 9, "D4 Q16 D16 Q4 D10 Q10 K4 K16 K10");
        check(9, 5, "C3 G7 C7 G3 E5");
        check(11, 2, "C3 J9");
        check(12, 2, "D4 J9");
        check(7, 4, "C3 E5 C5 E3");
        check(7, 5, "none");
        check(8, 4, "C3 F6 C6 F3");
        check(18, 5, "none");
        check(6, 2, "none");
        check(19, 10, "none");
        check(19, 1, "none");
        check(19, 0, "none");
    }
}
