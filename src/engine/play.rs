//! Commands that make moves and take them back.

use gtp::Args;

use super::command::{Command, Failure, Run::Text};
use super::think::{Decided, MoveRequest};
use super::{Session, dump, tree, words};
use crate::go::{Color, Game, Move, Point, Rules, Scoring, Size, Tax};
use crate::player::resign::ResignParams;
use crate::player::{Decision, PlayParams};
use crate::search::{Limits, Report, SearchParams};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "play",
        arguments: "COLOR VERTEX",
        help: "makes a move; the same colour may move again, and repetitions are accepted",
        run: Text(play),
    },
    Command {
        name: "genmove",
        arguments: "COLOR",
        help: "searches, makes and answers a move: a point, pass or resign",
        run: Text(genmove),
    },
    Command {
        name: "genmove_debug",
        arguments: "COLOR",
        help: "as genmove, with the tree on standard error",
        run: Text(genmove_debug),
    },
    Command {
        name: "reg_genmove",
        arguments: "COLOR",
        help: "as genmove, but makes no move, does not resign and always answers the same; visits alone limit it",
        run: Text(reg_genmove),
    },
    Command {
        name: "kgs-genmove_cleanup",
        arguments: "COLOR",
        help: "as genmove, but does not pass while dead stones of the opponent can be captured",
        run: Text(genmove_cleanup),
    },
    Command {
        name: "undo",
        arguments: "",
        help: "takes one move back",
        run: Text(undo),
    },
    Command {
        name: "gg-undo",
        arguments: "[MOVES]",
        help: "takes several moves back, one if no number is given",
        run: Text(undo_several),
    },
];

/// Visits of `reg_genmove` if the user sets none: a limit of time would not always give the same answer.
const REGRESSION_VISITS: u64 = 200;

fn play(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let color = args.read("color")?;
    let vertex = args.read("vertex")?;
    args.finish()?;
    session.play(color, words::mv(vertex, session.game.size())?)?;
    Ok(String::new())
}

fn genmove(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let color = args.read("color")?;
    args.finish()?;
    find_and_play(session, color)
}

fn genmove_debug(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let answer = genmove(session, args)?;
    tree::log(session);
    Ok(answer)
}

/// Searches, makes a move and words it.
pub(super) fn find_and_play(session: &mut Session, color: Color) -> Result<String, Failure> {
    let move_request = MoveRequest::now();
    let root = session.game.continued(color);
    let decided = session.decide(&root, move_request, &mut |_| {})?;
    make_decided_move(session, color, &decided)
}

/// Makes the move that was decided on, and words it. The clock is charged from when the decision began.
pub(super) fn make_decided_move(
    session: &mut Session,
    color: Color,
    decided: &Decided,
) -> Result<String, Failure> {
    let thought = &decided.thought;
    session.tell_chat(thought);
    let before = dump::before_move(session, &thought.report);
    let answer = match thought.decision {
        Decision::Resign => "resign".to_owned(),
        Decision::Play(mv) => {
            let answer = make_own_move(session, color, mv)?;
            session.moved = true;
            answer
        }
    };
    dump::after_move(session, before, color, thought.decision, &answer);
    session.clocks.of_mut(color).spend(decided.began.elapsed());
    Ok(answer)
}

/// Decides as `genmove` does in a game that has just come to this position, but without clock, chance and resignation,
/// and from nothing that was found before.
fn reg_genmove(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let color = args.read("color")?;
    args.finish()?;
    let root = session.game.continued(color);
    let user = &session.settings.play;
    let visits = user.limits.visits.or(user.limits.playouts);
    let play = PlayParams {
        limits: Limits {
            visits: visits.or(Some(REGRESSION_VISITS)),
            ..Limits::default()
        },
        resign: ResignParams {
            enabled: false,
            ..user.resign
        },
        ..user.clone()
    };
    let params = SearchParams {
        temperature: 0.0,
        temperature_early: 0.0,
        temperature_below: 1.0,
        // How many batches overlap, and how devices share one, depends on the machine and the moment.
        batches_in_flight: Some(1),
        batch: Some(1),
        ..session.settings.move_params()
    };
    let thought = session.thinker.decide_afresh(&root, params, &play)?;
    Ok(match thought.decision {
        Decision::Play(mv) => words::word(mv, root.size()),
        Decision::Resign => "resign".to_owned(),
    })
}

/// Rules under which what is on the board when both pass is taken to live.
pub(super) fn cleanup_rules(rules: &Rules) -> Rules {
    Rules {
        scoring: Scoring::Area,
        tax: Tax::None,
        friendly_pass_ok: false,
        ..*rules
    }
}

/// In the clean-up that KGS asks for after a dispute, what is on the board when both pass is taken to live. Counting by
/// area, without agreement on dead stones, is the same, so the search knows by itself what has to be captured; it must
/// not assume, though, that the game goes on after its pass. Where territory counts, that hides from the search what a
/// move into one's own territory costs: only captures and answers to intrusions are worth it.
fn genmove_cleanup(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let color = args.read("color")?;
    args.finish()?;
    let move_request = MoveRequest {
        ownership: true,
        literal_pass: true,
        ..MoveRequest::now()
    };
    let mut game = session.game.clone();
    game.set_rules(cleanup_rules(game.rules()))
        .map_err(|illegal| Failure::new(illegal.to_string()))?;
    let root = game.continued(color);
    let mut decided = session.decide(&root, move_request, &mut |_| {})?;
    let thought = &mut decided.thought;
    let found = thought.decision;
    if found != Decision::Resign
        && session.game.rules().scoring == Scoring::Territory
        && !follows_intrusion(&game, color, &thought.report)
    {
        thought.decision = Decision::Play(Move::Pass);
    }
    if thought.decision == Decision::Play(Move::Pass) {
        let dead = dead_stones(&root, &thought.report);
        // First what the search likes best; in settled areas, where dead stones may still be, it looks at nothing.
        let searched = thought.report.moves.iter().map(|info| info.mv);
        let candidates = searched.chain(root.size().points().map(Move::Play));
        if let Some(mv) = capturing_move(&root, &dead, candidates) {
            thought.decision = Decision::Play(mv);
        }
    }
    if thought.decision != found {
        session.thinker.note(thought, &root);
    }
    make_decided_move(session, color, &decided)
}

fn undo(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    if let Some(moves) = args.take_if::<usize>() {
        return Err(Failure::syntax(format!(
            "undo takes one move back; 'gg-undo {moves}' takes back that many"
        )));
    }
    args.finish()?;
    take_back(session, 1)
}

fn undo_several(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let moves = args.optional("number of moves")?.unwrap_or(1);
    args.finish()?;
    take_back(session, moves)
}

/// Makes a move of the engine, and words it. What would be illegal is replaced by a pass.
fn make_own_move(session: &mut Session, color: Color, mv: Move) -> Result<String, Failure> {
    let mv = match session.game.continued(color).check(color, mv) {
        Err(illegal) => {
            let vertex = words::vertex(mv, session.game.size());
            log::error!("passes, as the move found is illegal: {vertex}, {illegal}");
            Move::Pass
        }
        Ok(()) => mv,
    };
    session.play(color, mv)?;
    Ok(words::word(mv, session.game.size()))
}

/// Stones of the opponent on points that the search expects to come to the player to move.
fn dead_stones(root: &Game, report: &Report) -> Vec<Point> {
    /// Below this an owner is in doubt.
    const SURE: f32 = 0.8;
    let color = root.to_move();
    let dead = root.board().stones().filter(|&(owner, point)| {
        owner != color && expected_owner(report, root.size(), point, color) > SURE
    });
    dead.map(|(_, point)| point).collect()
}

/// Whether the last move is a stone of the opponent where the search expects `color` to own the point: it has cost a
/// point, and so may the answer.
fn follows_intrusion(game: &Game, color: Color, report: &Report) -> bool {
    let last = game.moves().last().filter(|last| last.color != color);
    let point = last.and_then(|last| last.mv.point());
    point.is_some_and(|point| expected_owner(report, game.size(), point, color) > 0.0)
}

/// How far the search expects a point to come to `color`, from -1 to 1; 0 if it does not know.
fn expected_owner(report: &Report, size: Size, point: Point, color: Color) -> f32 {
    let owners = report.ownership.as_ref();
    owners.map_or(0.0, |owners| {
        owners.mean.0[size.index_of(point)] * color.white_sign()
    })
}

/// The first of these moves that takes a liberty of a dead stone without putting itself in atari.
fn capturing_move(
    root: &Game,
    dead: &[Point],
    candidates: impl IntoIterator<Item = Move>,
) -> Option<Move> {
    let (color, board) = (root.to_move(), root.board());
    candidates.into_iter().find(|&mv| {
        let Move::Play(point) = mv else {
            return false;
        };
        let mut after = board.clone();
        root.check(color, mv).is_ok()
            && board.neighbors(point).any(|next| dead.contains(&next))
            && after.play(color, point).is_some()
            && after.liberties(point) > 1
    })
}

fn take_back(session: &mut Session, moves: usize) -> Result<String, Failure> {
    let made = session.game.moves().len();
    match made.checked_sub(moves) {
        Some(left) if moves > 0 && session.game.undo_to(left) => {
            session.declared_over = false;
            session.thinker.position_changed();
            Ok(String::new())
        }
        _ if made == 0 => Err(Failure::new("cannot undo: no move was made")),
        _ => Err(Failure::new(format!("cannot undo {moves} moves of {made}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::words;

    /// Which of all moves captures, or begins to capture, the stones at `dead`, White to move.
    fn check(stones: &str, dead: &str, expected: Option<&str>) {
        let size = Size::square(5).unwrap();
        let point = |word: &str| words::point(word.parse().unwrap(), size).unwrap();
        let stones: Vec<(Color, Point)> = stones
            .split(' ')
            .map(|word| match word.split_at(1) {
                ("b", vertex) => (Color::Black, point(vertex)),
                (_, vertex) => (Color::White, point(vertex)),
            })
            .collect();
        let root = Game::from_stones(size, Rules::default(), &stones, Color::White).unwrap();
        let dead: Vec<Point> = dead.split(' ').map(point).collect();
        let all = size.points().map(Move::Play).chain([Move::Pass]);
        let found = capturing_move(&root, &dead, all).map(|mv| words::word(mv, size));
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn dead_stones_are_attacked_from_where_it_is_safe() {
        check("bC3 wC4 wB3 wD3", "C3", Some("C2"));
        check("bA1 wB2 wB3", "A1", Some("A2"));
        // A stone on A1 would be in atari, and the other liberty is taken.
        check("bA2 bB1 wA3 wB2 wC1", "A2 B1", Some("A1"));
        check("bA2 bB2 bA3 wE5", "A2 B2 A3", Some("A4"));
        check("bA1 bB2 bA3 bB4 bA5 wE5", "A1", None);
    }
}
