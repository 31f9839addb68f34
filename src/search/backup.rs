//! How the values of children make the value of their parent.

use super::SearchParams;
use super::bias::Buckets;
use super::math::{ValueWeights, exp, pow};
use super::tree::{NONE, Node, NodeId, Tree};
use super::value::{Stats, Sums, Utility};

/// Nodes that are recomputed between two looks at the clock.
const BETWEEN_LOOKS: usize = 1024;

/// The constants of the backup, and its working memory.
#[derive(Debug)]
pub(crate) struct Backup {
    subtree_bias: f64,
    subtree_bias_exponent: f64,
    noise_prune_scale: f64,
    value_weights: ValueWeights,
    weights: Vec<f64>,
}

impl Backup {
    pub(crate) fn new(params: &SearchParams) -> Backup {
        Backup {
            subtree_bias: params.subtree_bias,
            subtree_bias_exponent: params.subtree_bias_exponent,
            noise_prune_scale: params.noise_prune_scale,
            value_weights: ValueWeights::new(params.value_weight_exponent),
            weights: Vec::new(),
        }
    }

    /// Recomputes a node's averages, with what it costs that its move repeats an earlier one.
    pub(crate) fn recompute(&mut self, tree: &mut Tree, id: NodeId) {
        let (node, buckets, patterns) = tree.node_and_learnt(id);
        let stats = self.average(node, buckets);
        node.stats = patterns.charged(node.pattern, &stats);
    }

    /// Averages over a node's own evaluation and its children. Tells its bucket how far the two are apart; what the bucket
    /// then knows corrects the evaluation.
    ///
    /// The children's weights are first cut where they look like noise, then shifted towards the better ones; see
    /// [`Backup::prune_noise`] and [`Backup::favor_good`]. So the value of a node is not simply the mean over its
    /// visits: playouts spent on moves that turned out badly count less.
    fn average(&mut self, node: &mut Node, buckets: &mut Buckets) -> Stats {
        let children = &node.children;
        node.child_weight = 0.0;
        node.visited_mass = 0.0;
        let mut visits = node.own.visits;
        let mut weight = 0.0;
        for child in children.iter().filter(|child| child.stats.visits > 0) {
            visits = visits.saturating_add(child.stats.visits);
            weight += f64::from(child.stats.weight);
            node.visited_mass += child.prior;
        }
        node.child_weight = weight as f32;
        if visits == node.own.visits {
            return self.corrected(node, buckets);
        }
        let sign = f64::from(node.to_move.white_sign());
        self.prune_noise(node, sign);
        self.favor_good(node, sign);
        let mut sums = self.sum_children(node);
        if self.corrects(node) && sums.weight > 0.0 {
            let error = sums.utility / sums.weight - f64::from(node.own.utility);
            let weight = pow(weight, self.subtree_bias_exponent);
            buckets.tell(&mut node.bias, error, weight);
        }
        let own = self.corrected(node, buckets);
        sums.add(&own, f64::from(own.weight));
        sums.average(visits)
    }

    /// Whether a node's evaluation is corrected by what is known of others like it.
    fn corrects(&self, node: &Node) -> bool {
        self.subtree_bias > 0.0 && node.own_is_raw
    }

    /// The part of a node's averages that does not come from its children; corrected, if it is an evaluation.
    fn corrected(&self, node: &Node, buckets: &Buckets) -> Stats {
        let mut own = node.own;
        let by = match self.corrects(node) {
            true => (self.subtree_bias * buckets.mean(&node.bias)) as f32,
            false => 0.0,
        };
        if by != 0.0 {
            own.utility += by;
            own.utility_sq = own.utility * own.utility;
        }
        own
    }

    /// Plain weights, less what looks like noise: a child that is worse than the mean of those before it, which had
    /// higher priors, and has more than twice the weight that its prior gave it, loses `1 - exp(-gap / scale)` of the
    /// excess.
    fn prune_noise(&mut self, node: &Node, sign: f64) {
        let (mut utilities, mut weights, mut priors) = (0.0, 0.0, 0.0);
        self.weights.clear();
        for child in &node.children {
            let mut weight = f64::from(child.stats.weight);
            if child.stats.visits > 0 {
                let utility = sign * f64::from(child.stats.utility);
                let prior = f64::from(child.prior);
                if self.noise_prune_scale > 0.0 && weights > 0.0 && priors > 0.0 {
                    let gap = utilities / weights - utility;
                    let lenient = 2.0 * weights * prior / priors;
                    if gap > 0.0 && weight > lenient {
                        weight -= (weight - lenient) * (1.0 - exp(-gap / self.noise_prune_scale));
                    }
                }
                utilities += utility * weight;
                weights += weight;
                priors += prior;
            }
            self.weights.push(weight);
        }
    }

    /// Multiplies each weight by the probability, to a small power, that the child is not worse than the mean of all,
    /// where the utility of a child of weight `w` is taken to be certain to within `(1.5 sqrt w)^(-1/2)`. Their sum
    /// stays the same.
    fn favor_good(&mut self, node: &Node, sign: f64) {
        if self.value_weights.exponent() == 0.0 || node.children.len() < 2 {
            return;
        }
        let (mut sum, mut total) = (0.0, 0.0);
        for (child, &weight) in node.children.iter().zip(&self.weights) {
            sum += weight * f64::from(child.stats.utility);
            total += weight;
        }
        if total <= 0.0 {
            return;
        }
        let mean = sum / total;
        let mut shifted = 0.0;
        for (child, weight) in node.children.iter().zip(&mut self.weights) {
            let precision = (1.5 * weight.sqrt()).sqrt();
            let z = sign * (f64::from(child.stats.utility) - mean) * precision;
            *weight *= self.value_weights.factor(z);
            shifted += *weight;
        }
        let scale = total / shifted;
        self.weights.iter_mut().for_each(|weight| *weight *= scale);
    }

    /// The children under the present weights.
    fn sum_children(&self, node: &Node) -> Sums {
        let children = node.children.iter().zip(&self.weights);
        let visited = children.filter(|(child, _)| child.stats.visits > 0);
        Sums::of(visited.map(|(child, &weight)| (&child.stats, weight)))
    }

    /// Brings the averages above a node up to date with it.
    pub(crate) fn update_ancestors(&mut self, tree: &mut Tree, mut id: NodeId) {
        loop {
            let Node { parent, stats, .. } = *tree.node(id);
            if parent == NONE {
                return;
            }
            let node = tree.node_mut(parent);
            if let Some(place) = node.children.iter().position(|child| child.node == id) {
                node.children[place].stats = node.counted(place, &stats);
            }
            self.recompute(tree, parent);
            id = parent;
        }
    }

    /// Recomputes all averages at and below `id` under the present centre of the utility, from the leaves up; false if
    /// `ended` stopped it before `id`.
    pub(crate) fn recenter(
        &mut self,
        tree: &mut Tree,
        id: NodeId,
        utility: &Utility,
        ended: &dyn Fn() -> bool,
    ) -> bool {
        for (done, &id) in tree.subtree(id).iter().rev().enumerate() {
            if done % BETWEEN_LOOKS == 0 && ended() {
                return false;
            }
            for place in 0..tree.node(id).children.len() {
                let child = tree.node(id).children[place];
                let stats = if child.node != NONE {
                    tree.node(id).counted(place, &tree.node(child.node).stats)
                } else if child.stats.visits > 0 {
                    utility.recentered(&child.stats)
                } else {
                    continue;
                };
                tree.node_mut(id).children[place].stats = stats;
            }
            let node = tree.node_mut(id);
            node.raw = utility.recentered(&node.raw);
            node.own = match node.own_is_raw {
                true => node.raw,
                false => utility.recentered(&node.own),
            };
            self.recompute(tree, id);
        }
        true
    }
}

/// Adds one more visit like `raw` to averages over such visits: a finished game seen again.
pub(crate) fn add_visit(own: &mut Stats, raw: &Stats) {
    let visits = own.visits.saturating_add(1);
    // A sum in single precision would stop growing after some millions of visits.
    let sum = |one: f32| (f64::from(visits) * f64::from(one)) as f32;
    *own = Stats {
        visits,
        weight: sum(raw.weight),
        weight_sq: sum(raw.weight_sq),
        ..*raw
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_of_a_finished_game_weigh_alike_however_many_they_are() {
        let one = Stats {
            visits: 1,
            weight: 8.0,
            weight_sq: 64.0,
            utility: 0.5,
            ..Stats::default()
        };
        let check = |before: u32, added: u32, visits: u32| {
            let mut own = Stats {
                visits: before,
                weight: before as f32 * 8.0,
                weight_sq: before as f32 * 64.0,
                ..one
            };
            (0..added).for_each(|_| add_visit(&mut own, &one));
            let expected = Stats {
                visits,
                weight: visits as f32 * 8.0,
                weight_sq: visits as f32 * 64.0,
                ..one
            };
            assert_eq!(own, expected);
        };
        check(0, 3, 3);
        check(1 << 24, 64, (1 << 24) + 64);
        check(u32::MAX - 1, 2, u32::MAX);
    }
}
