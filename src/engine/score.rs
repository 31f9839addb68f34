//! Commands about the end of the game: the score, and which stones live.

use std::time::Duration;

use gtp::Args;

use super::command::{Command, Failure, Run::Text};
use super::{Session, words};
use crate::go::{Game, HalfPoints, Outcome};
use crate::player::status::{self, Judgement, Status};
use crate::sgf::result_text;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "final_score",
        arguments: "",
        help: "the score: B+points, W+points or 0; dead stones are found by search, an unfinished game is estimated",
        run: Text(final_score),
    },
    Command {
        name: "final_status_list",
        arguments: "alive|dead|seki",
        help: "the stones of that status, one chain per line; once a game by area without friendlyPassOk is over, as its score counts them",
        run: Text(final_status_list),
    },
];

/// Longest time for the search that tells dead stones from living ones. Ours: clients wait for `final_score`.
const JUDGING_TIME: Duration = Duration::from_secs(3);

/// A judgement, the expected lead it came with, and the position that it is about.
pub struct JudgedEnd {
    game: GameKey,
    judgement: Judgement,
    /// White's expected lead in points.
    lead: Option<f32>,
}

/// What tells positions of the session apart.
#[derive(Clone, Copy, PartialEq, Eq)]
struct GameKey {
    hash: crate::go::Hash,
    moves: usize,
    handicap: HalfPoints,
}

impl GameKey {
    fn of(game: &Game) -> GameKey {
        GameKey {
            hash: game.hash(),
            moves: game.moves().len(),
            handicap: game.handicap_bonus(),
        }
    }
}

fn final_score(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    final_result(session)
}

/// How the game ends, or would if it ended now.
///
/// # Errors
/// When nobody can say, because the game is open or was won without counting.
pub(super) fn final_result(session: &mut Session) -> Result<String, Failure> {
    match session.game.outcome() {
        Some(Outcome::NoResult) => return Ok("0".into()),
        Some(Outcome::Resignation(winner) | Outcome::Repetition(winner)) => {
            return Err(Failure::new(format!(
                "cannot score: {winner} won without counting"
            )));
        }
        Some(Outcome::Score(_)) | None => {}
    }
    let over = status::is_over(&session.game);
    let whole = session.game.rules().scores_are_whole();
    let judged = judge(session);
    if over || judged.judgement.settled {
        return Ok(result_text(Outcome::Score(judged.judgement.score)));
    }
    judged
        .lead
        .map(|lead| result_text(Outcome::Score(nearest_score(lead, whole))))
        .ok_or_else(|| Failure::new("cannot score: the game is not over"))
}

/// The result of a game that is over, as `final_score` counts it; nothing of an open game, and of a board that nobody can
/// judge.
pub(super) fn result_if_over(session: &mut Session) -> Option<String> {
    let over = status::is_over(&session.game);
    over.then(|| final_result(session).ok()).flatten()
}

fn final_status_list(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let word = args.word("status")?;
    let status = match word.to_ascii_lowercase().as_str() {
        "alive" => Status::Alive,
        "dead" => Status::Dead,
        "seki" => Status::Seki,
        _ => {
            return Err(Failure::syntax(format!(
                "status must be alive, dead or seki, not '{word}'"
            )));
        }
    };
    args.finish()?;
    let size = session.game.size();
    let lines: Vec<String> = judge(session)
        .judgement
        .with_status(status)
        .map(|chain| words::vertices(&chain.points, size))
        .collect();
    Ok(lines.join("\n"))
}

/// Judges the position as it is counted, or else by a search; the same position only once.
fn judge(session: &mut Session) -> &JudgedEnd {
    let key = GameKey::of(&session.game);
    let known = session.judged.take().filter(|judged| judged.game == key);
    let counted = || {
        Some(JudgedEnd {
            game: key,
            judgement: Judgement::as_counted(&session.game)?,
            lead: None,
        })
    };
    let judged = known.or_else(counted);
    let judged = judged.unwrap_or_else(|| search_and_judge(session, key));
    session.judged.insert(judged)
}

/// Judges the position by a search, or by what is certain on the board where nobody can search: boards beyond the
/// network, and positions that the evaluator fails on.
fn search_and_judge(session: &mut Session, key: GameKey) -> JudgedEnd {
    let root = session.game.continued(session.game.to_move());
    let (params, limits) = status::judging(&session.settings.search, JUDGING_TIME);
    let searched = session.thinker.search_afresh(&root, params, &limits);
    let (ownership, score) = match searched {
        Ok(report) => {
            if report.ownership.is_none() {
                warn_of_dead_stones(session);
            }
            (report.ownership, report.mean.score)
        }
        Err(failure) => {
            log::warn!("stones are judged without a search: {failure}");
            (None, None)
        }
    };
    let ownership = ownership.as_ref().map(|ownership| &ownership.mean.0[..]);
    JudgedEnd {
        game: key,
        judgement: Judgement::of(&session.game, ownership),
        lead: score.map(|score| score.0.lead),
    }
}

/// Says, once in a game, that dead stones count as alive, where there are any that could be.
fn warn_of_dead_stones(session: &mut Session) {
    if session.game.board().stones().next().is_none()
        || std::mem::replace(&mut session.told_of_dead_stones, true)
    {
        return;
    }
    let evaluator = session.thinker.source.loaded();
    let name = evaluator.map_or_else(
        |_| "the evaluator".to_owned(),
        |loaded| loaded.evaluator.description().name.clone(),
    );
    log::warn!(
        "{name} does not predict whose points are, so that dead stones count as alive unless they stand in areas that \
         are alive for certain: capture them before both pass, or choose a network that predicts owners, as KataGo's \
         do, with --weights"
    );
}

/// The possible score next to an expected one: of whole or half points.
fn nearest_score(lead: f32, whole: bool) -> HalfPoints {
    let lead = lead.clamp(-2000.0, 2000.0);
    if whole {
        HalfPoints::points(lead.round() as i32)
    } else {
        HalfPoints(2 * lead.floor() as i32 + 1)
    }
}
