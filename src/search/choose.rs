//! Which move to play: weights, [bounds](super::bound), temperature.

use rand::RngExt;

use super::bound::{bound_radius, prefer_best_bound};
use super::math::{exp, ln};
use super::root::{Root, annealed};
use super::tree::{Child, Node};
use super::{Search, SearchParams};
use crate::go::{Color, Game, Move};

/// A move that could be chosen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    /// Place among the root's children.
    pub(super) place: usize,
    pub(super) mv: Move,
    pub(super) visits: u32,
    pub(super) prior: f64,
    /// Weight by which the move is chosen.
    pub(super) weight: f64,
    /// Mean utility for the player to move.
    pub(super) utility: f64,
    /// How far below that the confidence bound lies.
    pub(super) radius: f64,
}

impl Choice {
    /// Lower confidence bound of the utility for the player to move.
    pub(super) fn bound(&self) -> f64 {
        self.utility - self.radius
    }
}

impl Search {
    /// The move to play: by visits and confidence bounds, with the temperature of the parameters. `None` before
    /// [`Search::set_root`] or if restrictions leave no move; without any visit the best by policy, or any legal move.
    pub fn choose(&mut self) -> Option<Move> {
        let choices = self.searched_choices();
        let mv = if choices.is_empty() && !self.chooses_as_human() {
            self.choose_without_visits()?
        } else {
            self.draw_choice(&choices)?
        };
        if mv == Move::Pass {
            return Some(self.instead_of_passing(&choices).unwrap_or(mv));
        }
        Some(mv)
    }

    fn draw_choice(&mut self, choices: &[Choice]) -> Option<Move> {
        let mut temperature = temperature(&self.root.as_ref()?.game, &self.params);
        let below = self.params.temperature_below;
        let (weighed, least) = match self.human_choices(choices) {
            // What people choose needs no visits.
            Some(weighed) => (weighed, 0.0),
            None => {
                if self.params.gumbel.is_some() {
                    temperature = 0.0; // Its noise has done it.
                }
                let own = choices.iter().map(|choice| (choice.mv, choice.weight));
                (own.collect(), self.params.choice_prune)
            }
        };
        let weights: Vec<f64> = weighed.iter().map(|&(_, weight)| weight).collect();
        let drawn = draw(&weights, (temperature, below), least, self.rng.random());
        weighed.get(drawn).map(|&(mv, _)| mv)
    }

    /// The visited moves of the root, best first, in the order that KataGo gives them: by weight, of equal ones by visits and
    /// then by prior.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let mut choices = self.searched_choices();
        if self.weigh_as_human(&mut choices) {
            sort(&mut choices);
        }
        choices
    }

    /// The same by what the search thinks of them alone.
    fn searched_choices(&self) -> Vec<Choice> {
        let mut choices = self.explored_choices();
        if self.params.gumbel.is_some() {
            self.weigh_by_gumbel(&mut choices);
        } else if self.params.lcb
            && let Some(heaviest) = heaviest(&choices)
        {
            prefer_best_bound(&mut choices, heaviest, &self.params);
        }
        sort(&mut choices);
        choices
    }

    /// The visited moves of the root by what exploration left them, in the order of their first visit.
    pub(super) fn explored_choices(&self) -> Vec<Choice> {
        let Some((root, node)) = self.evaluated_root() else {
            return Vec::new();
        };
        let sign = f64::from(root.game.to_move().white_sign());
        let children = node.children.iter().enumerate();
        let searched = children
            .filter(|&(place, child)| root.may_visit(child) && self.whole(node, place).visits > 0);
        let choice = |(place, child): (usize, &Child)| Choice {
            place,
            mv: root.move_of(child.index),
            visits: child.stats.visits,
            prior: f64::from(root.unwidened_prior(child, &self.params)),
            weight: f64::from(child.stats.weight),
            utility: sign * (f64::from(child.stats.utility) + root.bonus_of(child, &self.utility)),
            radius: bound_radius(&child.stats, &self.params, &self.utility),
        };
        let mut choices: Vec<Choice> = searched.map(choice).collect();
        if let Some(heaviest) = heaviest(&choices) {
            self.discount_exploration(&mut choices, heaviest, root, node);
        }
        choices
    }

    /// Takes from all moves but the heaviest the weight that selection would not give them, knowing what they are worth
    /// now: what noise, a widened root, forced visits and early optimism spent on them. KataGo's paper, section 3.2 (policy
    /// target pruning).
    fn discount_exploration(
        &self,
        choices: &mut [Choice],
        heaviest: usize,
        root: &Root,
        node: &Node,
    ) {
        let scorer = root.scorer(node, &self.params, &self.utility);
        let score_of = |choice: &Choice| {
            let child = &node.children[choice.place];
            let child = Child {
                in_flight: 0,
                prior: root.unwidened_prior(child, &self.params),
                ..*child
            };
            (child, root.bonus_of(&child, &self.utility))
        };
        let (child, bonus) = score_of(&choices[heaviest]);
        let best = scorer.adjusted(&child, bonus);
        for (i, choice) in choices.iter_mut().enumerate() {
            if i != heaviest {
                let (child, bonus) = score_of(choice);
                choice.weight = scorer.weight_for(&child, bonus, best);
            }
        }
    }

    /// Whether no other move can become the best within another `playouts`: none can gain the weight that a choice needs,
    /// which with confidence bounds is a small share of the heaviest's. With uncertainty weighting that is an estimate:
    /// later playouts may weigh more than those so far, up to [`SearchParams::uncertainty_max_weight`].
    pub(super) fn is_decided(&self, playouts: u64) -> bool {
        let Some((root, node)) = self.evaluated_root() else {
            return false;
        };
        if root.searchable().count() <= 1 {
            return true;
        }
        // What the halving finds is not known before it is through, and people may choose anything.
        if self.params.gumbel.is_some() || self.chooses_as_human() {
            return false;
        }
        let choices = self.choices();
        let Some(best) = choices.first() else {
            return false;
        };
        let weight = |choice: &Choice| f64::from(node.children[choice.place].stats.weight);
        let share = if self.params.lcb {
            self.params.lcb_min_weight
        } else {
            1.0
        };
        // The weight of the best can fall a little when what lies below it turns out to be noise.
        let enough = 0.9 * share * weight(best);
        let gain = playouts as f64 * largest_playout_weight(node);
        let others = choices.iter().skip(1).map(weight).fold(0.0, f64::max);
        others + gain < enough && choices.iter().all(|choice| weight(choice) <= weight(best))
    }

    fn choose_without_visits(&mut self) -> Option<Move> {
        let root = self.root.as_ref()?;
        if root.evaluation.is_some() {
            let moves = root.searchable();
            let best = moves.max_by(|&a, &b| root.prior(a).total_cmp(&root.prior(b)));
            return best.map(|index| root.move_of(index));
        }
        let legal: Vec<Move> = legal_moves(&root.game)
            .filter(|&mv| self.allows(root.game.to_move(), mv, 0))
            .collect();
        if legal.is_empty() {
            let pass = self.allows(root.game.to_move(), Move::Pass, 0);
            return pass.then_some(Move::Pass);
        }
        legal.get(self.rng.random_range(0..legal.len())).copied()
    }

    /// Whether the restrictions let a move be made `depth` plies below the root.
    pub fn allows(&self, color: Color, mv: Move, depth: usize) -> bool {
        self.restrictions
            .iter()
            .filter(|r| r.color == color && depth < r.depth)
            .all(|r| r.moves.contains(&mv) == r.only)
    }
}

/// Best first; see [`Search::choices`].
fn sort(choices: &mut [Choice]) {
    choices.sort_by(|a, b| {
        let by_weight = b.weight.total_cmp(&a.weight);
        let by_visits = by_weight.then(b.visits.cmp(&a.visits));
        by_visits.then(b.prior.total_cmp(&a.prior))
    });
}

/// The largest weight of a choice; 0 if there is none.
pub(super) fn largest_weight(choices: &[Choice]) -> f64 {
    let weights = choices.iter().map(|choice| choice.weight);
    weights.fold(0.0, f64::max)
}

/// The most that a playout weighs at this node, judging by those so far: the largest mean of a move. The bound that
/// uncertainty weighting has is several times that, and would have searches end far later.
fn largest_playout_weight(node: &Node) -> f64 {
    let visited = node.children.iter().filter(|child| child.stats.visits > 0);
    visited
        .map(|child| f64::from(child.stats.weight) / f64::from(child.stats.visits))
        .fold(1.0, f64::max)
}

/// Legal board moves that do not fill a one-point eye.
pub(super) fn legal_moves(game: &Game) -> impl Iterator<Item = Move> + '_ {
    let (board, to_move) = (game.board(), game.to_move());
    game.size()
        .points()
        .filter(move |&p| board.neighbors(p).any(|n| board.stone(n) != Some(to_move)))
        .map(Move::Play)
        .filter(move |&mv| game.check(to_move, mv).is_ok())
}

/// The choice with the largest weight, after taking off one visit, which may have been a lucky one, and adding a little for
/// its prior (KataGo); among equals the one with the higher utility.
pub(super) fn heaviest(choices: &[Choice]) -> Option<usize> {
    let sound = |choice: &Choice| {
        let visits = f64::from(choice.visits.max(1));
        choice.weight * (visits - 1.0) / visits + 2.0 * choice.prior
    };
    (0..choices.len()).max_by(|&a, &b| {
        let (a, b) = (&choices[a], &choices[b]);
        (sound(a).total_cmp(&sound(b))).then(a.utility.total_cmp(&b.utility))
    })
}

/// Temperature of the choice at this point of the game.
pub(super) fn temperature(game: &Game, params: &SearchParams) -> f64 {
    let (early, late) = (params.temperature_early, params.temperature);
    annealed(game, params.temperature_half_life, early, late)
}

/// Place of the weight drawn with a number from 0 to 1: proportionally to the weights to the power of one over the
/// temperature, but those whose share of all is above `below` as they are. None below `least` is drawn, unless all are.
fn draw(weights: &[f64], (temperature, below): (f64, f64), least: f64, random: f64) -> usize {
    const COLDEST: f64 = 1e-4;
    let most = weights.iter().copied().fold(0.0, f64::max);
    let best = weights.iter().position(|&weight| weight == most);
    let best = best.unwrap_or(0);
    if temperature < COLDEST && below >= 1.0 || most <= 0.0 {
        return best;
    }
    let total: f64 = weights.iter().sum();
    // The logarithm of the weight up to which the temperature acts, as that of a share of the largest.
    let bound = (ln(below.max(1e-50)) + ln(total / most)).min(0.0);
    let chance = |&weight: &f64| {
        if weight < least.min(most) || weight <= 0.0 {
            return 0.0;
        }
        match ln(weight / most) {
            above if above > bound => exp(above),
            log => exp((log - bound) / temperature.max(COLDEST) + bound),
        }
    };
    let mut left = random * weights.iter().map(chance).sum::<f64>();
    for (i, weight) in weights.iter().enumerate() {
        left -= chance(weight);
        if left < 0.0 {
            return i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lucky_visit_is_not_the_heaviest() {
        let of = |visits: u32, weight: f64, prior: f64| Choice {
            place: 0,
            mv: Move::Pass,
            visits,
            prior,
            weight,
            utility: 0.0,
            radius: 0.1,
        };
        assert_eq!(heaviest(&[of(1, 8.0, 0.1), of(4, 6.0, 0.1)]), Some(1));
        assert_eq!(heaviest(&[of(4, 8.0, 0.1), of(4, 6.0, 0.1)]), Some(0));
        // Two visits' weight for the whole policy.
        assert_eq!(heaviest(&[of(10, 10.0, 0.1), of(9, 9.5, 0.7)]), Some(1));
    }

    #[test]
    fn draws_follow_the_temperature() {
        let weights = [60.0, 30.0, 0.9];
        for (temperature, random, expected) in [
            (0.0, 0.99, 0),
            (1.0, 0.0, 0),
            (1.0, 0.66, 0),
            (1.0, 0.67, 1),
            (1.0, 0.9999, 1), // The last has less than a visit.
            (0.5, 0.79, 0),
            (0.5, 0.81, 1),
            (0.1, 0.99, 0),
        ] {
            let drawn = draw(&weights, (temperature, 1.0), 1.0, random);
            assert_eq!(drawn, expected, "temperature {temperature}, {random}");
        }
        assert_eq!(
            draw(&weights[2..], (1.0, 1.0), 1.0, 0.5),
            0,
            "light, but alone"
        );
    }

    /// Of 64, 32 and 4, the temperature acts below a quarter, which is 25: on the last alone, of which at 0.5 there is left
    /// 4 * 4 / 25.
    #[test]
    fn likely_moves_are_drawn_as_they_are() {
        let weights = [64.0, 32.0, 4.0];
        let last = (4.0 * 4.0 / 25.0) / (64.0 + 32.0 + 4.0 * 4.0 / 25.0);
        for (random, expected) in [
            (0.66 * (1.0 - last), 0),
            (0.67 * (1.0 - last), 1),
            (1.0 - 1.01 * last, 1),
            (1.0 - 0.99 * last, 2),
        ] {
            assert_eq!(
                draw(&weights, (0.5, 0.25), 0.0, random),
                expected,
                "{random}"
            );
        }
        assert_eq!(
            draw(&weights, (0.0, 0.25), 0.0, 0.999),
            1,
            "none of the last"
        );
    }
}
