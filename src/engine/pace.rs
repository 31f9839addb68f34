//! The pace of a bot that people play against: a move found at once is held back for a while, an unexpected one for longer.

use std::time::{Duration, Instant};

use rand::Rng;
use rand_distr::{Distribution, Gamma};

use super::inbox::Searching;
use crate::go::Move;
use crate::player::clock::GameStage;
use crate::player::{Decision, Situation, Thought};
use crate::search::Search;

/// How long moves are held back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Seconds that a move waits on average for which the policy has 0.4; 0 holds nothing back. KataGo `delayMoveScale`.
    pub scale: f64,
    /// The longest wait. KataGo `delayMoveMax`.
    pub most: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            scale: 0.0,
            most: Duration::from_secs(1_000_000),
        }
    }
}

impl Pace {
    /// How long a move with this prior waits: by a gamma distribution of shape 2 around `0.5 * scale / (prior + 0.1)`, as
    /// with KataGo.
    fn draw(&self, prior: f64, rng: &mut impl Rng) -> Duration {
        let mean = 0.5 * self.scale / (prior + 0.1);
        let seconds = Gamma::new(2.0, mean / 2.0).map_or(0.0, |waits| waits.sample(rng));
        let wait = Duration::try_from_secs_f64(seconds).unwrap_or(self.most);
        wait.min(self.most)
    }

    /// Holds a move of `search` back that was begun to be looked for at `began`, when the clock of the situation was read.
    /// Together with the search that takes no more than the clock allows; what ends a search ends the wait.
    pub(super) fn keep(
        &self,
        thought: &Thought,
        search: &Search,
        situation: &Situation<'_>,
        began: Instant,
        searching: &Searching<'_>,
        rng: &mut impl Rng,
    ) {
        let Decision::Play(mv) = thought.decision else {
            return;
        };
        if self.scale <= 0.0 {
            return;
        }
        let mut wait = self.draw(prior(search, mv), rng);
        let stage = GameStage::of(situation.game);
        if let Some(allowed) = situation.clock.think_time(&stage, &situation.params.clock) {
            wait = wait.min(allowed.time.saturating_sub(began.elapsed()));
        }
        // A message or none, the move is due.
        let _ = searching.ended().recv_timeout(wait);
    }
}

/// What the policy had for a move: that of people, where the search has one.
fn prior(search: &Search, mv: Move) -> f64 {
    let own = || search.prior_of(mv).map(|(prior, _)| prior);
    let root = search.root_human().zip(search.root_game());
    let of_human = root.map(|(human, game)| human.prior(game.size(), mv));
    f64::from(of_human.or_else(own).unwrap_or(0.0).max(0.0))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::eval::{Evaluator, Hashed, Paired, Uniform};
    use crate::go::{Game, Rules, Size};
    use crate::search::{Limits, SearchParams, StopSignal};
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// Everybody finds the move as good as any other, whatever the search thinks of it.
    #[test]
    fn what_people_expect_counts_where_it_is_known() {
        let people = Paired::new(Arc::new(Hashed::default()), Arc::new(Uniform::default()));
        let game = Game::new(Size::square(5).unwrap(), Rules::default());
        let prior_with = |evaluator: Arc<dyn Evaluator>| {
            let mut search = Search::new(evaluator, SearchParams::default(), 1);
            search.set_root(&game);
            let limits = Limits {
                visits: Some(4),
                ..Limits::default()
            };
            search.run(&limits, &StopSignal::default()).unwrap();
            let mv = search.choose().unwrap();
            (prior(&search, mv), search.prior_of(mv).unwrap().0)
        };
        let (expected, own) = prior_with(Arc::new(people));
        assert!((expected - 1.0 / 26.0).abs() < 1e-6, "{expected}");
        assert_ne!(expected as f32, own);
        let (expected, own) = prior_with(Arc::new(Hashed::default()));
        assert_eq!(expected as f32, own);
    }

    #[test]
    fn waits_are_long_for_unexpected_moves_and_never_too_long() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut check = |scale: f64, prior: f64, mean: f64| {
            let pace = Pace {
                scale,
                most: Duration::from_secs(60),
            };
            let waits: Vec<f64> = (0..2000)
                .map(|_| pace.draw(prior, &mut rng).as_secs_f64())
                .collect();
            let found = waits.iter().sum::<f64>() / 2000.0;
            assert!((found - mean).abs() <= 0.06 * mean, "{found} for {mean}");
            // Below half of the mean lies a quarter of such waits, near 0 few.
            let short = waits.iter().filter(|&&wait| wait < 0.5 * mean).count();
            assert!(mean == 0.0 || (450..610).contains(&short), "{short}");
        };
        check(1.0, 0.4, 1.0);
        check(1.0, 0.0, 5.0);
        check(2.0, 0.9, 1.0);
        check(0.0, 0.5, 0.0);
        let pace = Pace {
            scale: 10_000.0,
            most: Duration::from_millis(3),
        };
        assert_eq!(pace.draw(0.0, &mut rng), pace.most);
    }
}
