//! Whether to answer the opponent's pass with a pass although there is a move to make.
//!
//! A pass can be right because dead stones may stay on the board (friendly passing, after KataGo's), or because the move
//! gives points away that are easily counted. Either way it depends on what comes behind the pass and behind the move, where
//! the opponent could go on: two small searches look there.

use std::time::Duration;

use super::status::Judgement;
use crate::eval::EvalError;
use crate::go::{Color, Game, Move, Point, life};
use crate::search::{DECIDED, Limits, Search, StopSignal};

/// Share of the time for a move that its search has; the looks take the rest. Ours.
const FOR_THE_SEARCH: f64 = 0.8;
/// Looks take this part each of what the search had; there are two at most. Ours.
const OF_THE_SEARCH: u32 = 8;
/// Visits of the least look, and with which the search of the move has its own opinion. KataGo's, for the former.
const LOOKED_AT: u32 = 8;

/// Utility and points that a pass may cost against the preferred move under friendly passing. KataGo's bounds.
const FRIENDLY_TOLERANCE: (f64, f64) = (0.1, 0.25);
/// Points of lead by which an evaluator may be wrong about a move that costs points by the count. Ours: beyond a point or
/// two it sees something that the count does not.
const MISTAKEN: f32 = 3.0;
/// Win minus loss by which a move has to be better than a pass that loses. Ours: less is the noise of a short look.
const TURNING: f32 = 0.1;

/// What the player could answer the opponent's pass with a pass for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Courtesy {
    /// Dead stones need not be taken off under these rules.
    Friendly,
    /// The players agree on dead stones then, and count territory.
    Agreement,
}

impl Courtesy {
    /// What there is to ask at the root of a search of `game`: somebody has to tell dead stones from living ones.
    pub(super) fn of(search: &Search, game: &Game) -> Option<Courtesy> {
        let player = game.to_move();
        let last = game.moves().last()?;
        let may_answer = last.mv == Move::Pass
            && last.color != player
            && search.evaluator().description().ownership
            && search.allows(player, Move::Pass, 0);
        if !may_answer {
            None
        } else if after(game, Move::Pass).past_main_phase() {
            Some(Courtesy::Agreement)
        } else {
            game.rules().passes_friendly().then_some(Courtesy::Friendly)
        }
    }

    /// What is left of the time for a move to search it.
    pub(super) fn time_for_search(time: Duration) -> Duration {
        time.mul_f64(FOR_THE_SEARCH)
    }

    /// Whether to pass instead of making the `preferred` move of a search of `game` that has ended, which had these limits.
    pub(super) fn passes(
        self,
        search: &Search,
        game: &Game,
        preferred: Move,
        limits: &Limits,
        stop: &StopSignal,
    ) -> bool {
        let Move::Play(point) = preferred else {
            return false;
        };
        let small = Limits {
            visits: Some(u64::from(LOOKED_AT) + limits.visits.unwrap_or(u64::MAX).min(10_000) / 10),
            time: limits.time.map(|time| time / OF_THE_SEARCH),
            ..*limits
        };
        let looker = Looker {
            search,
            game,
            limits: small,
            stop,
        };
        let passes = match self {
            Courtesy::Friendly => looker.pass_is_as_good(point),
            Courtesy::Agreement => looker.move_costs_points(preferred),
        };
        passes.unwrap_or_else(|error| {
            log::error!("plays on, because the stones could not be judged: {error}");
            false
        })
    }
}

/// Looks behind the moves of a search that has ended.
struct Looker<'a> {
    search: &'a Search,
    game: &'a Game,
    /// Of one look.
    limits: Limits,
    stop: &'a StopSignal,
}

/// What is seen behind a move, as its player sees it.
struct Look {
    /// Expected owner of each point, 1 = White.
    owners: Box<[f32]>,
    /// Points that are expected.
    lead: f32,
    /// Win minus loss.
    value: f32,
}

impl Looker<'_> {
    /// What comes of a position behind a move, if anything is seen in time.
    fn look(&self, behind: &Game) -> Result<Option<Look>, EvalError> {
        let report = self.search.look_at(behind, &self.limits, self.stop)?;
        let player = self.game.to_move();
        Ok(report.ownership.map(|owners| Look {
            owners: owners.mean.0,
            lead: report.mean.lead(player).unwrap_or(0.0),
            value: report.mean.chances.view_of(player).value(),
        }))
    }

    /// Whether passing is as good as a move to `point`, so that the game can end with dead stones on the board.
    fn pass_is_as_good(&self, point: Point) -> Result<bool, EvalError> {
        let (game, preferred) = (self.game, Move::Play(point));
        let Some(passed) = self.look(&after(game, Move::Pass))? else {
            return Ok(false);
        };
        if !touches_only_the_dead(game, point, &passed.owners) || !is_enclosed(game, &passed.owners)
        {
            return Ok(false);
        }
        let cost = match self.cost_of_passing(preferred) {
            Some(cost) => Some(cost),
            // A small search has few visits to spare for a pass that the policy thinks nothing of.
            None => self.look(&after(game, preferred))?.map(|played| {
                let difference = |played: f32, passed: f32| f64::from(played) - f64::from(passed);
                (
                    difference(played.value, passed.value),
                    difference(played.lead, passed.lead),
                )
            }),
        };
        Ok(cost.is_some_and(|(utility, points)| {
            utility < FRIENDLY_TOLERANCE.0 && points < FRIENDLY_TOLERANCE.1
        }))
    }

    /// What passing costs against `preferred`, in utility and in points, if the search knows both.
    fn cost_of_passing(&self, preferred: Move) -> Option<(f64, f64)> {
        let root = self.search.root_node()?;
        let stats = |mv: Move| {
            let view = root.moves().find(|view| view.mv == mv)?;
            (view.stats.visits >= LOOKED_AT).then_some(view.stats)
        };
        let (play, pass) = (stats(preferred)?, stats(Move::Pass)?);
        let sign = f64::from(root.to_move().white_sign());
        Some((
            sign * f64::from(play.utility - pass.utility),
            sign * f64::from(play.lead - pass.lead),
        ))
    }

    /// Whether everybody's points are known, and fewer are the player's after the `preferred` move than after a pass.
    /// Networks can be wrong by a point that is easily counted; where they see more, they see something else. The opponent
    /// may go on behind either, so that a move that is needed, or gains anything, is seen for what it is.
    fn move_costs_points(&self, preferred: Move) -> Result<bool, EvalError> {
        let player = self.game.to_move();
        // With points by the count.
        let look = |mv: Move| -> Result<Option<(Look, f32)>, EvalError> {
            let behind = after(self.game, mv).continued(player.opponent());
            let counted = |look: Look| {
                let judged = Judgement::of(&behind, Some(&look.owners));
                let points = judged.score.to_f32() * player.white_sign();
                judged.settled.then_some((look, points))
            };
            Ok(self.look(&behind)?.and_then(counted))
        };
        let Some((passed, without)) = look(Move::Pass)? else {
            return Ok(false);
        };
        let Some((played, with)) = look(preferred)? else {
            return Ok(false);
        };
        // Who has lost by the count has nothing to lose.
        let may_turn = without <= 0.0 && played.value > passed.value + TURNING;
        let gains = played.lead - passed.lead >= MISTAKEN;
        Ok(with < without && !may_turn && !gains)
    }
}

fn after(game: &Game, mv: Move) -> Game {
    let mut after = game.clone();
    // A move that was searched is legal.
    let _ = after.play_tolerant(game.to_move(), mv);
    after
}

/// Whether all stones of the opponent that a stone here touches, or takes, are lost anyway. KataGo never passes instead
/// of a capture; here dead stones in atari need not be taken either, as players among whom they may stay on the board
/// ask of each other: that they are sure to be dead, and that the pass costs next to nothing, is asked all the same.
fn touches_only_the_dead(game: &Game, point: Point, owners: &[f32]) -> bool {
    let (board, to_move) = (game.board(), game.to_move());
    board
        .neighbors(point)
        .filter(|&n| board.stone(n) == Some(to_move.opponent()))
        .all(|n| {
            let owner = owners[game.size().index_of(n)] * to_move.white_sign();
            // Stones in atari could get away.
            owner > if board.liberties(n) > 1 { 0.0 } else { DECIDED }
        })
}

/// Whether, dead stones taken off, every point that is decided is counted for its owner.
fn is_enclosed(game: &Game, owners: &[f32]) -> bool {
    let size = game.size();
    let owner = |point: Point| owners[size.index_of(point)];
    let dead: Vec<Point> = size
        .points()
        .filter(|&point| {
            let color = game.board().stone(point);
            color.is_some_and(|color| owner(point) * color.white_sign() < -DECIDED)
        })
        .collect();
    let mut board = game.board().clone();
    dead.iter().for_each(|&point| board.remove_stone(point));
    let counted = life::area(&board, game.rules().suicide);
    size.points().all(|point| {
        let expected = match owner(point) {
            o if o > DECIDED => Color::White,
            o if o < -DECIDED => Color::Black,
            _ => return true,
        };
        counted.get(point) == Some(expected)
    })
}

#[cfg(test)]
mod tests;
