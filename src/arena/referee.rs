//! Counts finished games.
//!
//! Players seldom capture every dead stone before they pass, so somebody has to say which stones are dead: a search
//! that expects an owner for each point, as `final_score` of the GTP session does it, or else players who agree.

use std::sync::Arc;
use std::time::Duration;

use crate::eval::{EvalError, Evaluator};
use crate::go::{Game, HalfPoints};
use crate::player::status::{self, Judgement};
use crate::search::{Search, SearchParams, StopSignal};

/// Who or what a score is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedBy {
    /// The board as it stands: the rules leave nothing to agree on.
    Rules,
    /// A search told dead stones from living ones.
    Search,
    /// Both players said the same.
    Players,
    /// Only stones in the opponent's unconditional areas were taken off, as there was nobody to ask.
    Certainty,
}

/// Counts games with the network of a player, if there is one.
#[derive(Clone, Default)]
pub struct Referee {
    evaluator: Option<Arc<dyn Evaluator>>,
}

/// Longest time for the search that tells dead stones from living ones.
const JUDGING_TIME: Duration = Duration::from_secs(30);

impl Referee {
    /// A referee that judges with the first of `evaluators` that predicts ownership, if one does.
    pub fn new(evaluators: impl IntoIterator<Item = Arc<dyn Evaluator>>) -> Referee {
        Referee {
            evaluator: evaluators.into_iter().find(|e| e.description().ownership),
        }
    }

    /// White's points minus Black's in a game that is over or is not to go on, and where that comes from. `claims` are
    /// the scores that the players give.
    pub fn count(&self, game: &Game, claims: [Option<HalfPoints>; 2]) -> (HalfPoints, CountedBy) {
        if let Some(score) = status::counted(game) {
            return (score, CountedBy::Rules);
        }
        if let Some(evaluator) = &self.evaluator {
            match judge(evaluator, game) {
                Ok(judgement) => return (judgement.score, CountedBy::Search),
                Err(error) => log::error!("the referee cannot search: {error}"),
            }
        }
        match claims {
            [Some(black), Some(white)] if black == white => (black, CountedBy::Players),
            _ => (Judgement::of(game, None).score, CountedBy::Certainty),
        }
    }
}

/// Judges a game by a short search of the position as if the game went on.
fn judge(evaluator: &Arc<dyn Evaluator>, game: &Game) -> Result<Judgement, EvalError> {
    let (params, limits) = status::judging(&SearchParams::default(), JUDGING_TIME);
    let mut search = Search::new(Arc::clone(evaluator), params, 0);
    search.set_root(&game.continued(game.to_move()));
    search.run(&limits, &StopSignal::default())?;
    let report = search.report();
    let ownership = report.ownership.as_ref().map(|owners| &owners.mean.0[..]);
    Ok(Judgement::of(game, ownership))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Hashed, Uniform};
    use crate::go::{Rules, Size};

    #[test]
    fn whoever_predicts_ownership_judges_on_whichever_side() {
        let (knows, does_not) = (Hashed::default(), Uniform::default());
        let (knows, does_not): (Arc<dyn Evaluator>, Arc<dyn Evaluator>) =
            (Arc::new(knows), Arc::new(does_not));
        let rules = Rules::named("japanese").unwrap();
        let game = Game::new(Size::square(5).unwrap(), rules);
        let check = |evaluators: &[&Arc<dyn Evaluator>], expected| {
            let referee = Referee::new(evaluators.iter().map(|&e| Arc::clone(e)));
            assert_eq!(referee.count(&game, [None; 2]).1, expected);
        };
        check(&[&knows, &does_not], CountedBy::Search);
        check(&[&does_not, &knows], CountedBy::Search);
        check(&[&does_not], CountedBy::Certainty);
    }
}
