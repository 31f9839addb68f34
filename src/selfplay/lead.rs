//! By how many points a player leads: the change of the komi that would make the game even.
//!
//! Short searches of one position at several komis find the one below which Black wins and above which White does, as
//! KataGo does for some of its rows (`PlayUtils::computeLead`). The mean of later scores is another number: noise and
//! exploration cost the leader more than its opponent.

use std::sync::Arc;

use super::params::ActorParams;
use super::turn::{SearchPlan, Searcher, Step};
use crate::eval::{EvalError, Evaluation, Evaluator};
use crate::go::{Game, HalfPoints, Scoring};
use crate::search::Leaf;

/// How much better Black's win minus loss must be at the lowest komi looked at than at the highest. What a network finds
/// that has not learned yet what the komi is for means nothing.
const TELLING: f64 = 1.0;
/// Half points between the first komis on either side of where the fair one is expected.
const FIRST_STEP: i32 = 2;

/// A search for the fair komi of a position.
pub(super) struct LeadSearch {
    game: Game,
    searcher: Searcher,
    playouts: usize,
    /// Playouts so far.
    made: u64,
    crossing: Crossing,
}

/// What it needs next.
pub(super) enum LeadStep {
    Evaluate(Box<Leaf>),
    /// White's lead in points, or that the network cannot tell; the playouts that it took.
    Over(Option<f32>, u64),
}

impl LeadSearch {
    /// In searches of so many playouts, where White is thought to lead by `lead`.
    pub(super) fn new(searcher: Searcher, playouts: usize, game: &Game, lead: f32) -> LeadSearch {
        LeadSearch {
            crossing: Crossing::near(game.rules().komi.to_f32() - lead, game),
            game: game.clone(),
            searcher,
            playouts,
            made: 0,
        }
    }

    pub(super) fn evaluator(&self) -> &Arc<dyn Evaluator> {
        self.searcher.evaluator()
    }

    /// Goes on until a position has to be evaluated or the lead is found.
    pub(super) fn step(&mut self, params: &ActorParams) -> LeadStep {
        loop {
            let komi = self.game.rules().komi;
            let (at, roughly) = match self.crossing.next() {
                Next::At { komi, roughly } => (HalfPoints(komi), roughly),
                Next::Found(fair) => {
                    let lead = |fair| (f64::from(komi.0) - fair) / 2.0;
                    let lead = fair.map(|fair| lead(fair) as f32);
                    return LeadStep::Over(lead, self.made);
                }
            };
            if !self.searcher.is_searching() {
                let mut game = self.game.clone();
                game.set_komi(at);
                let playouts = if roughly { 0 } else { self.playouts };
                let plan = SearchPlan::of_value(playouts as u64);
                self.searcher.begin(params, &game, plan);
            }
            match self.searcher.step(params) {
                Step::Evaluate(leaf) => return LeadStep::Evaluate(leaf),
                Step::Played(found) => {
                    self.made += found.playouts;
                    let white = found.turn.root.0.chances.value();
                    self.crossing.take(-f64::from(white));
                }
            }
        }
    }

    /// Takes the evaluations of a leaf.
    pub(super) fn apply(
        &mut self,
        leaf: Leaf,
        evaluations: &[Arc<Evaluation>],
    ) -> Result<(), EvalError> {
        self.searcher.apply(leaf, evaluations)
    }
}

/// Looks for the komi, in half points, at which Black's value, falling as the komi grows, passes 0.
struct Crossing {
    /// Where it is expected.
    guess: i32,
    /// The lowest and the highest komi that are looked at.
    ends: [i32; 2],
    /// The highest of all; its opposite is the lowest.
    most: i32,
    /// Whether White wins at the highest, and Black at the lowest, whatever happens.
    decided: bool,
    /// Whether results mostly come in steps of two points.
    coarse: bool,
    /// Black's values by searches.
    known: Vec<(i32, f64)>,
    state: State,
}

enum State {
    /// Asks at the lowest komi.
    Lowest,
    /// Asks at the highest; Black's value at the lowest is known.
    Highest(f64),
    /// Asks at `at`, between a komi where Black is ahead and one where it is not.
    Between {
        low: (i32, f64),
        high: (i32, f64),
        at: i32,
        step: i32,
    },
    /// Asks half a point below `low` and then, knowing Black's value there, above `high`, half a point above `low`.
    Around {
        low: (i32, f64),
        high: (i32, f64),
        below: Option<f64>,
    },
    Over(Option<f64>),
}

/// What a [`Crossing`] asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Next {
    /// Black's value at this komi; if `roughly`, the network's own will do.
    At { komi: i32, roughly: bool },
    /// It is here, or nowhere.
    Found(Option<f64>),
}

impl Crossing {
    /// Expected at `guess` points in a game.
    fn near(guess: f32, game: &Game) -> Crossing {
        let (size, rules) = (game.size(), game.rules());
        let plain = game.bonuses() == rules.komi && !game.button_available();
        // Half a point more than the whole board makes up for.
        let most = 2 * size.area() as i32 + 1;
        // Two points for each line of the board to either side.
        let span = 2 * (size.width() + size.height()) as i32;
        let guess = ((2.0 * guess).round() as i32).clamp(1 - most, most - 1);
        Crossing {
            guess,
            ends: [(guess - span).max(-most), (guess + span).min(most)],
            most,
            decided: plain && rules.scoring == Scoring::Area,
            coarse: rules.scoring == Scoring::Area && !rules.has_button,
            known: Vec::new(),
            state: State::Lowest,
        }
    }

    fn next(&mut self) -> Next {
        loop {
            let (komi, roughly) = match self.state {
                State::Lowest => (self.ends[0], true),
                State::Highest(_) => (self.ends[1], true),
                State::Between { at, .. } => (at, false),
                State::Around { low, high, below } => {
                    let komi = below.map_or(low.0 - 1, |_| high.0 + 1);
                    (komi.clamp(-self.most, self.most), false)
                }
                State::Over(found) => return Next::Found(found),
            };
            if let Some(&(_, value)) = self.known.iter().find(|known| !roughly && known.0 == komi) {
                self.take(value);
                continue;
            }
            // Networks have not seen such komis, and need not.
            if !self.decided || komi.abs() < self.most {
                return Next::At { komi, roughly };
            }
            self.take(-f64::from(komi.signum()));
        }
    }

    /// Takes Black's value at the komi that was asked for.
    fn take(&mut self, value: f64) {
        let [lowest, highest] = self.ends;
        self.state = match self.state {
            State::Lowest => State::Highest(value),
            State::Highest(at_lowest) => {
                let passes = at_lowest > 0.0 && value <= 0.0;
                if passes && at_lowest - value >= TELLING {
                    State::Between {
                        low: (lowest, at_lowest),
                        high: (highest, value),
                        at: self.guess,
                        step: FIRST_STEP,
                    }
                } else {
                    State::Over(None)
                }
            }
            State::Between {
                mut low,
                mut high,
                at,
                step,
            } => {
                self.known.push((at, value));
                let ahead = value > 0.0;
                *(if ahead { &mut low } else { &mut high }) = (at, value);
                let middle = (low.0 + high.0).div_euclid(2);
                if high.0 - low.0 > 1 {
                    // The guess is mostly good: steps away from it, and halves once it is between two of them.
                    let at = if ahead {
                        middle.min(at + step)
                    } else {
                        middle.max(at - step)
                    };
                    State::Between {
                        low,
                        high,
                        at,
                        step: 2 * step,
                    }
                } else {
                    let fair = f64::from(low.0) + low.1 / (low.1 - high.1);
                    // A whole number of points is the result that both players expect.
                    if self.coarse && fair % 2.0 != 0.0 {
                        let below = None;
                        State::Around { low, high, below }
                    } else {
                        State::Over(Some(fair))
                    }
                }
            }
            State::Around { low, high, below } => match below {
                None => State::Around {
                    low,
                    high,
                    below: Some(value),
                },
                Some(below) => {
                    let past_low = smoothed([below, low.1, high.1, value]);
                    State::Over(Some(f64::from(low.0) + past_low))
                }
            },
            State::Over(found) => State::Over(found),
        };
    }
}

/// Where Black's value passes 0, in half points from the second of four komis, each half a point above the one before; it does
/// between that and the third. Each of these two is averaged with the next but one. Where results come in steps of two
/// points all komis between two of them are alike, and the least doubt would move the fair one by a point (as in KataGo).
fn smoothed([below, low, high, above]: [f64; 4]) -> f64 {
    let (low, high) = (0.5 * (below + high), 0.5 * (low + above));
    if low - high < 1e-9 {
        return 0.5;
    }
    (low / (low - high)).clamp(-1.0, 2.0)
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::eval::fake::{changed, even};
    use crate::go::{Move, Rules, Size};
    use crate::selfplay::{Actor, Fixed};

    /// What is found where Black's value is `value` of the komi in points, and how many komis were looked at.
    fn found(side: usize, guess: f32, value: impl Fn(f64) -> f64) -> (Option<f64>, usize) {
        let game = Game::new(Size::square(side).expect("a size"), Rules::default());
        let mut crossing = Crossing::near(guess, &game);
        let mut searched = HashSet::new();
        for asked in 0.. {
            match crossing.next() {
                Next::At { komi, roughly } => {
                    assert!(roughly || searched.insert(komi), "{komi} again");
                    crossing.take(value(f64::from(komi) / 2.0));
                }
                Next::Found(fair) => return (fair.map(|fair| fair / 2.0), asked),
            }
        }
        unreachable!("it ends")
    }

    /// What a network that plays without mistakes makes of a game that Black wins by so many points.
    fn certain(points: f64) -> f64 {
        match points {
            0.0 => 0.0,
            points => points.signum(),
        }
    }

    #[test]
    fn the_komi_of_an_even_game_is_found() {
        for lead in [-25.0, -3.0, 0.0, 9.0, 24.0, 25.0] {
            for off in [-9.0, -1.0, -0.3, 0.0, 0.6, 2.0, 9.0] {
                let (fair, asked) = found(5, (lead + off) as f32, |komi| certain(lead - komi));
                assert_eq!(fair, Some(lead), "{lead} {off}");
                assert!(asked <= if off.abs() <= 1.0 { 6 } else { 12 }, "{asked}");
            }
        }
        // Nobody asks what cannot be.
        let (fair, _) = found(5, 25.0, |komi| {
            assert!(komi.abs() <= 25.0);
            1.0
        });
        assert_eq!(fair, Some(25.25));
    }

    #[test]
    fn between_komis_the_values_tell() {
        let doubtful = |komi: f64| ((6.2 - komi) / 10.0).clamp(-1.0, 1.0);
        let (fair, _) = found(19, 5.0, doubtful);
        let fair = fair.expect("a komi");
        assert!((fair - 6.2).abs() < 1e-6, "{fair}");
    }

    #[test]
    fn what_does_not_depend_on_the_komi_tells_nothing() {
        for value in [-1.0, -0.2, 0.0, 0.2, 1.0] {
            assert_eq!(found(9, 3.0, |_| value), (None, 2), "{value}");
        }
        assert_eq!(found(9, 3.0, |komi| (3.0 - komi) / 100.0).0, None);
        // It cannot be that Black does better where it gives more.
        assert_eq!(found(9, 3.0, |komi| certain(komi - 3.0)).0, None);
    }

    /// Black wins by 7 or by 9 points, so that all komis between are nearly fair.
    #[test]
    fn between_two_results_the_lead_hardly_depends_on_chance() {
        for by_seven in [0.48, 0.5, 0.52] {
            let value =
                |komi| by_seven * certain(7.0 - komi) + (1.0 - by_seven) * certain(9.0 - komi);
            for guess in [6.0, 7.5, 8.0, 10.0] {
                let fair = found(9, guess, value).0.expect("a komi");
                assert!((fair - 8.0).abs() < 0.1, "{fair} from {guess}");
            }
        }
        // It is one of the two that is fair where there is little doubt.
        let value = |komi| 0.9 * certain(7.0 - komi) + 0.1 * certain(9.0 - komi);
        let (fair, _) = found(9, 8.0, value);
        assert!((fair.expect("a komi") - 7.0).abs() < 0.3, "{fair:?}");
    }

    /// Who wins by the komi, and by the stones on the board.
    fn judges(lead: f32) -> Arc<dyn Evaluator> {
        Arc::new(changed(move |position, evaluation| {
            let game = position.game;
            let doubt = evaluation.chances.0.value();
            let black = (lead - game.rules().komi.to_f32()) / 8.0;
            let value = (0.5 * doubt - game.to_move().white_sign() * black).clamp(-1.0, 1.0);
            evaluation.chances = even(game, value).chances;
        }))
    }

    /// The lead of the empty board, and the first moves that were looked at at each komi.
    fn lead(params: &ActorParams, seed: u64) -> (Option<f32>, HashMap<HalfPoints, HashSet<Move>>) {
        let actor = Actor {
            nets: Arc::new(Fixed(judges(5.0))),
            params: params.clone(),
        };
        let game = Game::new(Size::square(7).expect("a size"), Rules::default());
        let mut search = LeadSearch::new(Searcher::new(&actor, seed), 10, &game, 0.0);
        let mut looked: HashMap<_, HashSet<_>> = HashMap::new();
        loop {
            match search.step(params) {
                LeadStep::Over(lead, _) => return (lead, looked),
                LeadStep::Evaluate(leaf) => {
                    let positions: Vec<_> = leaf.positions().collect();
                    for game in positions.iter().map(|position| position.game) {
                        if let [first] = game.moves() {
                            looked
                                .entry(game.rules().komi)
                                .or_default()
                                .insert(first.mv);
                        }
                    }
                    let evaluations = search.evaluator().evaluate(&positions);
                    let evaluations = evaluations.expect("evaluations");
                    search.apply(*leaf, &evaluations).expect("those asked for");
                }
            }
        }
    }

    /// No noise is in it: who draws other numbers finds the same.
    #[test]
    fn a_lead_is_a_number_of_its_position_alone() {
        for params in [ActorParams::gumbel(32), ActorParams::puct(32)] {
            let leads = [1, 2, 3, 4].map(|seed| lead(&params, seed).0);
            assert!(leads[0].is_some(), "{}", params.name);
            assert_eq!(leads, [leads[0]; 4], "{}", params.name);
        }
    }

    #[test]
    fn a_search_for_a_lead_looks_at_few_moves_several_times() {
        let (_, looked) = lead(&ActorParams::gumbel(32), 1);
        assert!(looked.len() > 2, "komis");
        assert!(looked.values().all(|moves| moves.len() == 4), "{looked:?}");
    }
}
