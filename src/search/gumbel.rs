//! The Gumbel root: sequential halving over moves sampled without replacement, and a policy that is improved by the
//! values found, however few the visits.
//!
//! "Policy improvement by planning with Gumbel" (Danihelka, Guez, Schrittwieser, Silver, ICLR 2022), sections 3 and 4.
//! Symbols as there: `g(a)` Gumbel noise, `logits(a)` the logarithm of the prior, `q(a)` the value of a move from 0 to 1,
//! `sigma(q) = (c_visit + max N) c_scale q`. Below the root the tree is searched as usual.

use rand::{Rng, RngExt};

use super::Search;
use super::choose::{Choice, temperature};
use super::math::{exp, ln};
use super::mirror::Lean;
use super::root::Root;
use super::tree::{Node, NodeId};
use super::value::{Stats, Sums, Utility};
use crate::go::Color;

/// Constants of the Gumbel root.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GumbelParams {
    /// Moves that are looked at, at most (`m` in the paper; 16 for Go).
    pub considered: usize,
    /// Playouts that the halving is planned for (`n`). Further ones go to the best two.
    pub playouts: usize,
    /// Visits that the values are worth before there are any (`c_visit`, 50).
    pub visit_scale: f64,
    /// Scale of the values against the logits (`c_scale`, 1 for Go).
    pub value_scale: f64,
    /// Scale of the noise: 1 samples moves by the policy, which makes the improvement sound; 0 takes the best, for play. In
    /// the choice of the move it is multiplied by the temperature.
    pub noise: f64,
}

impl Default for GumbelParams {
    fn default() -> GumbelParams {
        GumbelParams {
            considered: 16,
            playouts: 32,
            visit_scale: 50.0,
            value_scale: 1.0,
            noise: 1.0,
        }
    }
}

/// What one search at a root needs to remember.
#[derive(Debug)]
pub(super) struct GumbelRoot {
    params: GumbelParams,
    /// `g(a)`, by policy index.
    noise: Box<[f32]>,
    /// Visits that the moves had before this search, by policy index.
    before: Box<[u32]>,
    /// Visits that the root had then.
    visits_before: u32,
    /// Moves that take part in the halving.
    considered: usize,
    /// For each playout the visits, of this search, that its move must have had.
    schedule: Vec<u32>,
}

/// A move of the root as the Gumbel policy sees it.
#[derive(Clone, Copy, Debug)]
struct Action {
    /// Policy index of the move.
    index: u16,
    /// Place among the children, if it has been tried.
    place: Option<usize>,
    /// Whether it has been visited, in this search or before.
    visited: bool,
    /// Visits of this search, those under way included.
    visits: u32,
    logit: f64,
    /// `sigma` of the completed value.
    sigma: f64,
}

impl GumbelRoot {
    /// Draws the noise for the moves that may be searched, in the order of their index, and plans for a search that ends
    /// when the root has `most` visits, if there is such a limit.
    pub(super) fn new(
        params: GumbelParams,
        root: &Root,
        node: &Node,
        most: Option<u64>,
        rng: &mut impl Rng,
    ) -> GumbelRoot {
        let mut noise = vec![0.0; root.used.len()];
        for index in root.searchable() {
            let uniform: f64 = rng.random_range(f64::MIN_POSITIVE..1.0);
            noise[usize::from(index)] = (-params.noise * ln(-ln(uniform))) as f32;
        }
        let mut before = vec![0; root.used.len()];
        for child in &node.children {
            before[usize::from(child.index)] = child.stats.visits;
        }
        let moves = root.searchable().count();
        let mut gumbel = GumbelRoot {
            noise: noise.into(),
            before: before.into(),
            visits_before: node.stats.visits,
            considered: params.considered.min(moves),
            schedule: Vec::new(),
            params,
        };
        gumbel.plan(most);
        gumbel
    }

    /// Plans the halving again.
    fn plan(&mut self, most: Option<u64>) {
        let left = |most: u64| most.saturating_sub(u64::from(self.visits_before)) as usize;
        let playouts = self.params.playouts.min(most.map_or(usize::MAX, left));
        self.schedule = schedule(self.considered, playouts);
    }

    fn noise(&self, action: &Action) -> f64 {
        f64::from(self.noise[usize::from(action.index)])
    }

    /// The moves of the root with their completed values, for those who take them by `prior`.
    fn actions(
        &self,
        root: &Root,
        node: &Node,
        utility: &Utility,
        prior: impl Fn(u16) -> f32,
    ) -> Vec<Action> {
        let mut places = vec![None; root.used.len()];
        let mut most = 0;
        for (place, child) in node.children.iter().enumerate() {
            places[usize::from(child.index)] = Some(place);
            most = most.max(child.stats.visits);
        }
        let scale = (self.params.visit_scale + f64::from(most)) * self.params.value_scale;
        let value = |place: usize| {
            let child = &node.children[place];
            let utility_for_white = f64::from(child.stats.utility) + root.bonus_of(child, utility);
            unit(utility_for_white, node.to_move, utility)
        };
        let mixed = mixed_value(root, node, utility, value);
        let mut actions = Vec::new();
        for index in root.searchable() {
            let at = usize::from(index);
            let place = places[at];
            let child = place.map(|place| &node.children[place]);
            if child.is_some_and(|child| !child.is_possible()) {
                continue;
            }
            let visited = place.filter(|&place| node.children[place].stats.visits > 0);
            actions.push(Action {
                index,
                place,
                visited: visited.is_some(),
                visits: child.map_or(0, |child| {
                    child.stats.visits.saturating_sub(self.before[at]) + u32::from(child.in_flight)
                }),
                logit: ln(f64::from(prior(index)) + 1e-20),
                sigma: scale * visited.map_or(mixed, value),
            });
        }
        actions
    }

    /// The action that the next playout goes to.
    fn next(&self, actions: &[Action]) -> Option<Action> {
        let made: u64 = actions.iter().map(|action| u64::from(action.visits)).sum();
        let due = match self.schedule.get(made as usize) {
            Some(&due) if actions.iter().any(|action| action.visits == due) => due,
            // Beyond the plan, or a move turned out to be impossible: the best two in turn.
            _ => {
                let mut visits: Vec<u32> = actions.iter().map(|action| action.visits).collect();
                visits.sort_unstable_by(|a, b| b.cmp(a));
                *visits.get(1).or(visits.first())?
            }
        };
        let candidates = actions.iter().filter(|action| action.visits == due);
        self.best(candidates, 1.0)
    }

    /// The action to play: the best of those that survived the halving, by a share of the noise. With all of it moves are
    /// sampled by the improved policy to the end of the game, and what they throw away there is all that its result tells.
    /// Where this search has made no playout these are all that are known from before.
    fn winner(&self, actions: &[Action], share: f64) -> Option<Action> {
        let visited = || actions.iter().filter(|action| action.visited);
        let most = visited().map(|action| action.visits).max()?;
        self.best(visited().filter(|action| action.visits == most), share)
    }

    fn best<'a>(&self, actions: impl Iterator<Item = &'a Action>, share: f64) -> Option<Action> {
        let score = |action: &Action| share * self.noise(action) + action.logit + action.sigma;
        actions
            .copied()
            .max_by(|a, b| score(a).total_cmp(&score(b)).then(b.index.cmp(&a.index)))
    }
}

impl Search {
    /// Plans the halving of a Gumbel root, this one and the next, for a search that ends when it has `most` visits.
    pub(super) fn plan_halving(&mut self, most: Option<u64>) {
        self.most_visits = most;
        if let Some(gumbel) = self.root.as_mut().and_then(|root| root.gumbel.as_mut()) {
            gumbel.plan(most);
        }
    }

    /// The child that the next playout of a Gumbel root goes to. What is looked at goes by the prior with a share of the
    /// human policy, raised against a mirror; what is made of it goes by the prior alone.
    pub(super) fn pick_gumbel(&mut self, id: NodeId) -> Option<usize> {
        let root = self.root.as_mut()?;
        let node = self.tree.node(id);
        let gumbel = root.gumbel.as_ref()?;
        let people = match root.human() {
            Some(_) => self.params.human_root_weightless + self.params.human_root_weightful,
            None => 0.0,
        };
        let people = people.min(1.0) as f32;
        let lean = Lean::of(self.mirror, node, &root.game);
        let prior = |index: u16| {
            let own = root.prior(index);
            let mixed = own + people * (root.human_prior(index).max(0.0) - own);
            let lean = lean.as_ref();
            lean.map_or(mixed, |lean| lean.prior(index, mixed))
        };
        let action = gumbel.next(&gumbel.actions(root, node, &self.utility, prior))?;
        if action.place.is_some() {
            return action.place;
        }
        let position = node
            .candidates
            .iter()
            .position(|c| c.index() == action.index)?;
        root.mark_tried(action.index);
        let prior = root.prior(action.index);
        Some(self.tree.add_child(id, position, prior))
    }

    /// The improved policy `softmax(logits + sigma(completed q))` of a Gumbel root, by policy index; 0 where the search
    /// may not go.
    pub(super) fn improved_policy(&self) -> Option<Vec<f64>> {
        let (root, node) = self.evaluated_root()?;
        let gumbel = root.gumbel.as_ref()?;
        let actions = gumbel.actions(root, node, &self.utility, |index| root.prior(index));
        if actions.is_empty() {
            return None;
        }
        let score = |action: &Action| action.logit + action.sigma;
        let most = actions.iter().map(score).fold(f64::NEG_INFINITY, f64::max);
        let mut policy = vec![0.0; root.used.len()];
        for action in &actions {
            policy[usize::from(action.index)] = exp(score(action) - most);
        }
        let sum: f64 = policy.iter().sum();
        policy.iter_mut().for_each(|share| *share /= sum);
        Some(policy)
    }

    /// What a Gumbel root is worth if the improved policy plays on: the mean of its moves by that, those never visited being
    /// worth the root's own evaluation. The mean over the visits is too pessimistic for the player to move, as half of
    /// them are first looks at moves.
    pub fn improved_value(&self) -> Option<Stats> {
        let policy = self.improved_policy()?;
        let (_, node) = self.evaluated_root()?;
        let visited = node.children.iter().filter(|child| child.stats.visits > 0);
        let shares = visited.map(|child| (&child.stats, policy[usize::from(child.index)]));
        let mut sums = Sums::of(shares);
        sums.add(&node.raw, 1.0 - sums.weight);
        Some(Stats {
            weight: node.stats.weight,
            weight_sq: node.stats.weight_sq,
            ..sums.average(node.stats.visits)
        })
    }

    /// Gives the visited moves of a Gumbel root the weights of the improved policy, and the move to play the largest.
    pub(super) fn weigh_by_gumbel(&self, choices: &mut [Choice]) {
        let (Some(root), Some(policy)) = (&self.root, self.improved_policy()) else {
            return;
        };
        let Some(gumbel) = &root.gumbel else {
            return;
        };
        let node = self.tree.node(root.node);
        let actions = gumbel.actions(root, node, &self.utility, |index| root.prior(index));
        let winner = gumbel.winner(&actions, temperature(&root.game, &self.params));
        let total = f64::from(node.child_weight);
        let mut most = 0.0f64;
        for choice in choices.iter_mut() {
            choice.weight = total * policy[usize::from(node.children[choice.place].index)];
            most = most.max(choice.weight);
        }
        let place = winner.and_then(|winner| winner.place);
        if let Some(choice) = choices.iter_mut().find(|c| Some(c.place) == place) {
            // Strictly the largest.
            choice.weight = most * (1.0 + 1e-9) + f64::MIN_POSITIVE;
        }
    }
}

/// A utility for White as a value from 0 to 1 for the player to move.
fn unit(for_white: f64, to_move: Color, utility: &Utility) -> f64 {
    let value = for_white * f64::from(to_move.white_sign()) / utility.radius().max(1e-9);
    0.5 + 0.5 * value.clamp(-1.0, 1.0)
}

/// What an unvisited move is taken to be worth: the root's own value and the prior-weighted mean of those visited, by
/// visits (`v_mix`, the paper's appendix D).
fn mixed_value(root: &Root, node: &Node, utility: &Utility, value: impl Fn(usize) -> f64) -> f64 {
    let own = unit(f64::from(node.raw.utility), node.to_move, utility);
    let (mut visits, mut mass, mut sum) = (0.0, 0.0, 0.0);
    for (place, child) in node.children.iter().enumerate() {
        if child.stats.visits > 0 && root.may_visit(child) {
            // A move without prior still counts where it is all there is.
            let prior = f64::from(root.prior(child.index)).max(1e-12);
            visits += f64::from(child.stats.visits);
            mass += prior;
            sum += prior * value(place);
        }
    }
    if mass == 0.0 {
        return own;
    }
    (own + visits * sum / mass) / (1.0 + visits)
}

/// Sequential halving: for each of `playouts` the number of visits that its move has had before. All `considered` moves
/// share the playouts of a phase evenly; the better half goes on to the next, down to two.
fn schedule(considered: usize, playouts: usize) -> Vec<u32> {
    let mut sequence = Vec::with_capacity(playouts);
    if considered <= 1 {
        return (0..playouts as u32).collect();
    }
    let phases = considered.next_power_of_two().ilog2() as usize;
    let mut left = considered;
    let mut visits = vec![0u32; considered];
    while sequence.len() < playouts {
        let each = (playouts / (phases * left)).max(1);
        for _ in 0..each {
            for count in &mut visits[..left] {
                sequence.push(*count);
                *count += 1;
            }
        }
        left = (left / 2).max(2);
    }
    sequence.truncate(playouts);
    sequence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_playout_what_is_known_wins() {
        let action = |mv: u16, visited, visits, logit| Action {
            index: mv,
            place: Some(mv.into()),
            visited,
            visits,
            logit,
            sigma: 0.0,
        };
        let gumbel = GumbelRoot {
            params: GumbelParams::default(),
            noise: Box::new([0.0; 3]),
            before: Box::default(),
            visits_before: 9,
            considered: 4,
            schedule: Vec::new(),
        };
        let mut actions = [
            action(0, false, 0, 5.0),
            action(1, true, 0, 1.0),
            action(2, true, 0, 0.0),
        ];
        let winner = |actions: &[Action]| gumbel.winner(actions, 0.0).map(|action| action.index);
        assert_eq!(winner(&actions), Some(1));
        actions[2].visits = 1;
        assert_eq!(winner(&actions), Some(2), "halving decides");
        assert_eq!(winner(&actions[..1]), None);
    }

    #[test]
    fn halving_spends_the_playouts_on_ever_fewer_moves() {
        fn check(considered: usize, playouts: usize, expected: &[u32]) {
            assert_eq!(schedule(considered, playouts), expected);
        }
        check(1, 4, &[0, 1, 2, 3]);
        check(0, 2, &[0, 1]);
        check(2, 4, &[0, 0, 1, 1]);
        // Two phases of eight: two visits for each of four, then four for each of two.
        let four = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5];
        check(4, 16, &four);
        check(4, 9, &[0, 0, 0, 0, 1, 1, 2, 2, 3]);
        // Fewer playouts than moves: the first of them once.
        check(16, 3, &[0, 0, 0]);
        check(3, 7, &[0, 0, 0, 1, 1, 2, 2]);
        check(4, 0, &[]);
    }
}
