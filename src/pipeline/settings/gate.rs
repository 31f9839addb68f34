//! Table `gate`: how a candidate becomes the network that plays.

use serde::{Deserialize, Serialize};

use crate::arena::series::Ended;
use crate::arena::stats::{Sprt, Tally, Verdict};

/// Most games of a match that decides, where the user does not say: as in KataGo's gatekeeper. The test has mostly decided
/// by then where one side wins two games in three.
pub(super) const GAMES_TO_DECIDE: usize = 200;

/// How a candidate becomes the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateMode {
    /// Always.
    Skip,
    /// Always; but every [`GateSettings::every`] generations there is a match with the one as many before, for the record,
    /// and a small one between, with the last of these.
    Watch,
    /// By a match.
    Match,
}

/// Judging.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateSettings {
    /// Whether there is a match: `skip`, `watch` or `match`.
    pub mode: GateMode,
    /// With `watch`: generations between matches. With `match`: the first generations up to this one need no match.
    pub every: u64,
    /// Most games of it; with `match`, where the user does not say, [`GAMES_TO_DECIDE`].
    pub games: usize,
    /// With `watch`: games of the small matches between; 0 for none.
    pub games_between: usize,
    /// Playouts of a move.
    pub playouts: u64,
    /// Games at once.
    pub parallel: usize,
    /// Moves drawn from the policy before each pair of games.
    pub opening: usize,
    /// Elo differences between which the test decides.
    pub elo: [f64; 2],
    /// Probability of the test to accept a network that is no stronger than the first of these.
    pub alpha: f64,
    /// Probability of the test to refuse one that is stronger by the second.
    pub beta: f64,
}

impl GateSettings {
    /// The test that ends a match; a match for the record alone has none, and the number of games that it was given.
    pub fn test(&self) -> Option<Sprt> {
        let sprt = Sprt {
            elo0: self.elo[0],
            elo1: self.elo[1],
            alpha: self.alpha,
            beta: self.beta,
        };
        (self.mode == GateMode::Match).then_some(sprt)
    }
}

/// Whether a candidate plays from now on, after a match that `ended` so and brought it this: what the test says, or, where
/// it does not decide, whether the candidate has half of the points. As KataGo's gatekeeper, which takes it at half, too:
/// on small boards one colour may win every game.
pub fn accepts(ended: Ended, tally: &Tally) -> bool {
    match ended {
        Ended::Decided(Verdict::AcceptAlternative) => true,
        Ended::Decided(Verdict::AcceptNull) => false,
        Ended::Decided(Verdict::Undecided)
        | Ended::Played
        | Ended::Stopped
        | Ended::GaveUp
        | Ended::Failed => tally.win_rate().value >= 0.5,
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::pipeline::settings::{Machine, RunSettings};

    fn gate(text: &str) -> GateSettings {
        let settings = RunSettings::parse(Some("9x9"), text, Machine::processor(2));
        settings.expect("good settings").gate
    }

    #[test]
    fn the_test_says_who_plays_or_half_of_the_points_do() {
        let tally = |wins, draws, losses| Tally {
            wins,
            draws,
            losses,
        };
        let (ahead, even, behind) = (tally(6, 0, 4), tally(4, 2, 4), tally(4, 1, 5));
        for tally in [ahead, even, behind] {
            let decided = |verdict| accepts(Ended::Decided(verdict), &tally);
            assert!(decided(Verdict::AcceptAlternative));
            assert!(!decided(Verdict::AcceptNull));
        }
        let undecided = Ended::Decided(Verdict::Undecided);
        for ended in [
            undecided,
            Ended::Played,
            Ended::Stopped,
            Ended::GaveUp,
            Ended::Failed,
        ] {
            let accepted = [ahead, even, behind].map(|tally| accepts(ended, &tally));
            assert_eq!(accepted, [true, true, false], "{ended:?}");
        }
    }

    #[test]
    fn only_matches_that_decide_have_a_test() {
        let told =
            gate("gate = { mode = \"match\", elo = [-10.0, 20.0], alpha = 0.1, beta = 0.2 }");
        let sprt = Sprt {
            elo0: -10.0,
            elo1: 20.0,
            alpha: 0.1,
            beta: 0.2,
        };
        assert_eq!(told.test(), Some(sprt));
        assert_eq!(gate("").test(), None);
    }

    /// How many of 200 matches the test has decided within so many games, each of which the candidate wins with a
    /// probability of `rate`.
    fn decided(gate: &GateSettings, rate: f64) -> usize {
        let sprt = gate.test().expect("a test");
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let mut decides = || {
            let mut pairs = [0; 5];
            (0..gate.games / 2).any(|_| {
                let points: usize = (0..2)
                    .map(|_| 2 * usize::from(rng.random::<f64>() < rate))
                    .sum();
                pairs[points] += 1;
                sprt.verdict(&pairs) != Verdict::Undecided
            })
        };
        (0..200).filter(|_| decides()).count()
    }

    #[test]
    fn a_match_has_enough_games_to_decide_where_the_difference_is_clear() {
        let usual = gate("gate.mode = \"match\"");
        assert_eq!(usual.games, GAMES_TO_DECIDE);
        assert!(decided(&usual, 0.65) >= 180);
        assert!(decided(&usual, 0.35) >= 190);
        // As many as a match for the record has.
        let short = gate("gate = { mode = \"match\", games = 60 }");
        assert_eq!((short.games, gate("").games), (60, 60));
        assert!(decided(&short, 0.65) < 100);
    }
}
