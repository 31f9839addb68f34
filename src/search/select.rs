//! Which move of a node a playout tries: PUCT.
//!
//! A move is worth `u + explore * prior / (1 + w)`: its mean utility for the player to move, and a bonus that falls
//! with its weight `w`. See [`Scorer::new`] for `explore` and for what an untried move is taken to be worth.

use super::SearchParams;
use super::math::{ln, pow};
use super::tree::{Child, Node};
use super::value::Utility;

/// Weight of children that a node without any is explored as if it had. KataGo's.
const PRIOR_WEIGHT: f64 = 0.01;
/// Weight that the value of a child counts with, at least, against playouts under way, as a move without weight yet still stands
/// for something. KataGo's.
const LEAST_KNOWN: f64 = 0.25;

/// Scores the moves of one node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scorer {
    /// 1 if White is to move, else -1.
    sign: f64,
    explore: f64,
    first_play: f64,
    virtual_loss: f64,
    radius: f64,
}

impl Scorer {
    /// `fpu_reduction`: how much worse than its parent an untried move is, at most.
    ///
    /// `explore = c(W) * sqrt(W + 0.01) * f` with `c(W) = cpuct + cpuct_log * ln((W + base) / base)` and the spread
    /// factor `f` of [`spread_factor`]; `W` is the weight of all children. An untried move is worth its parent less
    /// `fpu_reduction * sqrt(m)`, `m` being the sum of the priors of the moves tried; of the parent's own evaluation
    /// and its mean from the search the latter counts by `m^power`. KataGo has `m` count moves on their first playout, too,
    /// which made no difference at 64 visits on 13x13 (103 games won, 99 lost, 18 drawn).
    pub(crate) fn new(
        node: &Node,
        params: &SearchParams,
        utility: &Utility,
        fpu_reduction: f64,
    ) -> Scorer {
        let weight = f64::from(node.child_weight);
        let cpuct = params.cpuct
            + params.cpuct_log * ln((weight + params.cpuct_log_base) / params.cpuct_log_base);
        let explore = cpuct * (weight + PRIOR_WEIGHT).sqrt() * spread_factor(node, params);
        let mass = f64::from(node.visited_mass);
        Scorer::exploring(node, params, utility, fpu_reduction, (explore, mass))
    }

    /// For the human policy: `explore = (human_cpuct + human_cpuct_permanent * sqrt(W)) * sqrt(W + 0.01)`, where the second
    /// term keeps every move that people may play in view. `weight` is `W`, `mass` the human policy of the moves tried.
    pub(crate) fn of_human(
        node: &Node,
        params: &SearchParams,
        utility: &Utility,
        fpu_reduction: f64,
        weight: f64,
        mass: f64,
    ) -> Scorer {
        let cpuct = params.human_cpuct + params.human_cpuct_permanent * weight.sqrt();
        let explore = cpuct * (weight + PRIOR_WEIGHT).sqrt();
        Scorer::exploring(node, params, utility, fpu_reduction, (explore, mass))
    }

    /// With this factor of exploration, where moves with `mass` of the policy have been tried.
    fn exploring(
        node: &Node,
        params: &SearchParams,
        utility: &Utility,
        fpu_reduction: f64,
        (explore, mass): (f64, f64),
    ) -> Scorer {
        let sign = f64::from(node.to_move.white_sign());
        let mass = mass.clamp(0.0, 1.0);
        let searched = if params.fpu_parent_power == 2.0 {
            mass * mass
        } else {
            pow(mass, params.fpu_parent_power)
        };
        let parent = searched * f64::from(node.stats.utility)
            + (1.0 - searched) * f64::from(node.raw.utility);
        Scorer {
            sign,
            explore,
            first_play: sign * parent - fpu_reduction * mass.sqrt(),
            virtual_loss: params.virtual_loss,
            radius: utility.radius(),
        }
    }

    /// Score of a move that has been tried or is being tried. Each playout under way counts as a visit, and for so
    /// many lost games.
    #[inline]
    pub(crate) fn child(&self, child: &Child) -> f64 {
        self.adjusted(child, 0.0)
    }

    /// As [`Scorer::child`], with a bonus on White's utility.
    #[inline]
    pub(crate) fn adjusted(&self, child: &Child, white_bonus: f64) -> f64 {
        let mut weight = f64::from(child.stats.weight);
        let mut value = self.value(child, white_bonus);
        if child.in_flight > 0 {
            let under_way = f64::from(child.in_flight);
            let lost = self.virtual_loss * under_way;
            let known = weight.max(LEAST_KNOWN);
            value = (value * known - self.radius * lost) / (known + lost);
            weight += under_way;
        }
        value + self.explore * f64::from(child.prior) / (1.0 + weight)
    }

    /// Mean utility of a child for the player to move (Q), or what it is taken to be worth before its first visit (FPU).
    #[inline]
    fn value(&self, child: &Child, white_bonus: f64) -> f64 {
        if child.stats.visits > 0 {
            self.sign * (f64::from(child.stats.utility) + white_bonus)
        } else {
            self.first_play
        }
    }

    /// The terms of [`Scorer::adjusted`]: the value of a child, and its bonus for being little explored (U), less what
    /// playouts under way cost.
    pub(crate) fn terms(&self, child: &Child, white_bonus: f64) -> (f64, f64) {
        let value = self.value(child, white_bonus);
        (value, self.adjusted(child, white_bonus) - value)
    }

    /// Score of a move that has not been tried.
    #[inline]
    pub(crate) fn untried(&self, prior: f64) -> f64 {
        self.first_play + self.explore * prior
    }

    /// What an untried move is taken to be worth to White.
    pub(crate) fn first_play_for_white(&self) -> f64 {
        self.sign * self.first_play
    }

    /// The weight at which a child would score `score`: what it should have been searched, looking back. The child's
    /// own weight if it is worth more than that anyway.
    pub(crate) fn weight_for(&self, child: &Child, white_bonus: f64, score: f64) -> f64 {
        let weight = f64::from(child.stats.weight);
        let value = self.sign * (f64::from(child.stats.utility) + white_bonus);
        let missing = score - value;
        if missing <= 0.0 {
            return weight;
        }
        let wanted = self.explore * f64::from(child.prior) / missing - 1.0;
        wanted.clamp(0.0, weight)
    }
}

/// Explores more where the values below a node are spread widely: `1 + scale * (sigma / prior - 1)`, where `sigma` is
/// the standard deviation of the utilities, estimated with `prior` as if it had been seen on a few visits before. The mean
/// has a share in it, as in KataGo, whose constants were tuned with that: a won or lost position is explored more.
fn spread_factor(node: &Node, params: &SearchParams) -> f64 {
    let weight = f64::from(node.stats.weight);
    if weight <= 1.0 || params.cpuct_stdev_scale == 0.0 {
        return 1.0;
    }
    let mean = f64::from(node.stats.utility);
    let variance = (f64::from(node.stats.utility_sq) - mean * mean).max(0.0);
    let (expected, worth) = (params.cpuct_stdev_prior, params.cpuct_stdev_prior_weight);
    let variance =
        (worth * expected * expected + weight * variance + mean * mean) / (worth + weight - 1.0);
    1.0 + params.cpuct_stdev_scale * (variance.sqrt() / expected - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::Color;
    use crate::search::tree::{NONE, Tree};
    use crate::search::value::Stats;

    const PARAMS: fn() -> SearchParams = || SearchParams {
        virtual_loss: 1.0,
        ..SearchParams::default()
    };

    fn stats(visits: u32, utility: f32) -> Stats {
        Stats {
            visits,
            weight: visits as f32,
            weight_sq: visits as f32,
            utility,
            utility_sq: utility * utility,
            ..Stats::default()
        }
    }

    fn child(visits: u32, utility: f32, prior: f32, in_flight: u16) -> Child {
        Child {
            stats: stats(visits, utility),
            in_flight,
            ..Child::new(0, prior)
        }
    }

    /// A scorer for a node with these averages and this weight and mass of children.
    fn scorer(to_move: Color, own: f32, mean: f32, weight: f32, mass: f32) -> Scorer {
        let mut tree = Tree::default();
        let id = tree.create(NONE, 0, to_move);
        let node = tree.node_mut(id);
        node.raw = stats(1, own);
        // The variance that leaves the spread factor at 1: sigma = 0.4.
        node.stats = Stats {
            utility_sq: mean * mean + (0.16 * weight - mean * mean) / (weight + 1.0),
            ..stats(weight as u32 + 1, mean)
        };
        node.child_weight = weight;
        node.visited_mass = mass;
        let params = PARAMS();
        Scorer::new(
            node,
            &params,
            &Utility::new(&params, 361, true, false),
            params.fpu_reduction,
        )
    }

    fn check(ours: f64, by_hand: f64) {
        assert!((ours - by_hand).abs() < 1e-5, "{ours} against {by_hand}");
    }

    #[test]
    fn visited_children_by_utility_and_bonus() {
        // W = 99: c = 1 + 0.45 ln(599/500) = 1.081293, times sqrt(99.01) = 9.950377.
        let explore = 1.081_293 * 9.950_377;
        let white = scorer(Color::White, 0.1, 0.1, 99.0, 0.75);
        check(
            white.child(&child(9, 0.3, 0.2, 0)),
            0.3 + explore * 0.2 / 10.0,
        );
        let black = scorer(Color::Black, 0.1, 0.1, 99.0, 0.75);
        check(
            black.child(&child(9, 0.3, 0.2, 0)),
            -0.3 + explore * 0.2 / 10.0,
        );
        check(
            black.adjusted(&child(9, 0.3, 0.2, 0), -0.1),
            -0.2 + explore * 0.2 / 10.0,
        );
    }

    #[test]
    fn playouts_under_way_count_as_lost() {
        let explore = 1.081_293 * 9.950_377;
        let white = scorer(Color::White, 0.1, 0.1, 99.0, 0.75);
        // Three games lost by the whole radius, 1.4, beside nine at 0.3.
        let value = (9.0 * 0.3 - 3.0 * 1.4) / 12.0;
        check(
            white.child(&child(9, 0.3, 0.2, 3)),
            value + explore * 0.2 / 13.0,
        );
    }

    #[test]
    fn untried_moves_are_a_little_worse_than_their_parent() {
        let explore = 1.081_293 * 9.950_377;
        // Mass 0.75: 0.5625 of the mean, 0.4375 of the own evaluation, less 0.2 * sqrt(0.75).
        let parent = 0.5625 * 0.5 + 0.4375 * 0.1;
        let white = scorer(Color::White, 0.1, 0.5, 99.0, 0.75);
        check(white.untried(0.01), parent - 0.173_205 + explore * 0.01);
        let black = scorer(Color::Black, 0.1, 0.5, 99.0, 0.75);
        check(black.untried(0.01), -parent - 0.173_205 + explore * 0.01);
        // A child that is being tried for the first time is such a move with lost games on it.
        let tried = child(0, 0.0, 0.01, 1);
        let value = ((parent - 0.173_205) * 0.25 - 1.4) / 1.25;
        check(white.child(&tried), value + explore * 0.01 / 2.0);
    }

    #[test]
    fn spread_of_utilities_scales_exploration() {
        let mut tree = Tree::default();
        let id = tree.create(NONE, 0, Color::White);
        let node = tree.node_mut(id);
        node.stats = Stats {
            utility_sq: 0.01 + 0.04,
            ..stats(10, 0.1)
        };
        // (2 * 0.16 + 10 * 0.04 + 0.01) / 11 = 0.066364; its root 0.257612.
        check(
            spread_factor(node, &PARAMS()),
            1.0 + 0.85 * (0.257_612 / 0.4 - 1.0),
        );
        node.stats = stats(1, 0.1);
        check(spread_factor(node, &PARAMS()), 1.0);
    }

    #[test]
    fn weight_for_is_the_inverse_of_the_score() {
        let white = scorer(Color::White, 0.1, 0.1, 99.0, 0.75);
        let searched = child(40, 0.05, 0.2, 0);
        let lower = child(25, 0.05, 0.2, 0);
        check(white.weight_for(&searched, 0.0, white.child(&lower)), 25.0);
        check(
            white.weight_for(&searched, 0.0, white.child(&searched) - 0.01),
            40.0,
        );
        check(white.weight_for(&searched, 0.0, 1e6), 0.0);
        check(white.weight_for(&searched, 0.5, 0.3), 40.0);
    }
}
