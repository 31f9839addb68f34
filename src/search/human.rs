//! Choosing moves as people do: by what the network for people says, as far as the search has nothing against it.

use super::choose::Choice;
use super::math::exp;
use super::root::Root;
use super::tree::{NONE, Node};
use super::value::Stats;
use super::{Search, SearchParams};
use crate::go::Move;

/// A move, by its policy index, as the choice sees it.
struct Weighed {
    index: u16,
    weight: f64,
    /// Mean utility for the player to move, if the search has been there.
    utility: Option<f64>,
}

impl SearchParams {
    /// The same for judging a position, whoever plays: nothing of the choices of people.
    #[must_use]
    pub fn without_human(&self) -> SearchParams {
        SearchParams {
            human_choice: 0.0,
            human_root_weightless: 0.0,
            human_root_weightful: 0.0,
            human_own_weightless: 0.0,
            human_own_weightful: 0.0,
            human_opponent_weightless: 0.0,
            human_opponent_weightful: 0.0,
            ..self.clone()
        }
    }

    /// The same for judging a position and who owns it: nothing of the choices of people, no noise, no first looks for their
    /// own sake, nothing against what repeats.
    #[must_use]
    pub fn for_judging(&self) -> SearchParams {
        SearchParams {
            ownership: true,
            wide_root_noise: 0.0,
            root_noise: false,
            gumbel: None,
            avoid_repeated_pattern_utility: None,
            ..self.without_human()
        }
    }

    /// Whether playouts take the two players for different people, so that the tree of one root does not serve another's.
    pub(super) fn tells_sides_apart(&self) -> bool {
        self.human_own_weightless != self.human_opponent_weightless
            || self.human_own_weightful != self.human_opponent_weightful
    }

    /// Whether playouts go by the human policy below the root.
    pub(super) fn human_in_tree(&self) -> bool {
        let sides = [
            self.human_own_weightless,
            self.human_own_weightful,
            self.human_opponent_weightless,
            self.human_opponent_weightful,
        ];
        sides.iter().any(|&share| share > 0.0)
    }
}

impl Search {
    /// Whether moves are chosen by the human policy, or partly so.
    pub(super) fn chooses_as_human(&self) -> bool {
        self.params.human_choice > 0.0
            && self
                .evaluated_root()
                .is_some_and(|(root, _)| root.human().is_some())
    }

    /// The weights of all moves that people could choose: those visited, as the search weighs them, and all others.
    /// `None` if moves are not chosen so.
    pub(super) fn human_choices(&self, choices: &[Choice]) -> Option<Vec<(Move, f64)>> {
        let (root, node) = self.evaluated_root().filter(|_| self.chooses_as_human())?;
        let mut moves = self.weighed(root, node, choices);
        let known: Vec<u16> = moves.iter().map(|mv| mv.index).collect();
        let others = root.searchable().filter(|index| !known.contains(index));
        moves.extend(others.map(|index| Weighed {
            index,
            weight: 0.0,
            utility: None,
        }));
        let chosen = self.mix_in_human(root, &mut moves);
        let weights = moves.iter().map(|mv| (root.move_of(mv.index), mv.weight));
        chosen.then(|| weights.collect())
    }

    /// Gives visited moves the weights with which people choose them, if moves are chosen so; whether they are.
    pub(super) fn weigh_as_human(&self, choices: &mut [Choice]) -> bool {
        let Some((root, node)) = self.evaluated_root().filter(|_| self.chooses_as_human()) else {
            return false;
        };
        let mut moves = self.weighed(root, node, choices);
        let mixed = self.mix_in_human(root, &mut moves);
        for (choice, mv) in choices.iter_mut().zip(moves) {
            choice.weight = mv.weight;
        }
        mixed
    }

    fn weighed(&self, root: &Root, node: &Node, choices: &[Choice]) -> Vec<Weighed> {
        let sign = f64::from(root.game.to_move().white_sign());
        let weighed = |choice: &Choice| Weighed {
            index: node.children[choice.place].index,
            weight: choice.weight,
            utility: Some(sign * f64::from(self.whole(node, choice.place).utility)),
        };
        choices.iter().map(weighed).collect()
    }

    /// A child's averages with the visits that do not count for its parent.
    pub(super) fn whole(&self, node: &Node, place: usize) -> Stats {
        let child = &node.children[place];
        match node.human {
            Some(_) if child.node != NONE => self.tree.node(child.node).stats,
            _ => child.stats,
        }
    }

    /// Mixes the human policy into the weights by [`SearchParams::human_choice`]: `p(move) * exp((u - best) / lambda)`, scaled
    /// to the sum of the weights, where moves that were not visited count as the mean of the others. After KataGo; the
    /// exponential is that of piKL (Jacob et al., "Modeling strong and human-like gameplay with KL-regularized search",
    /// 2022). False if people would choose none of the moves.
    fn mix_in_human(&self, root: &Root, moves: &mut [Weighed]) -> bool {
        let params = &self.params;
        self.prune(root, moves);
        let utilities: Vec<f64> = moves.iter().filter_map(|mv| mv.utility).collect();
        let mean = utilities.iter().sum::<f64>() / utilities.len().max(1) as f64;
        let best = utilities.into_iter().fold(mean, f64::max);
        let mut shares: Vec<f64> = moves
            .iter()
            .map(|mv| {
                let loss = mv.utility.unwrap_or(mean) - best;
                f64::from(root.human_prior(mv.index).max(0.0))
                    * exp(loss / params.human_choice_lambda)
            })
            .collect();
        let total: f64 = shares.iter().sum();
        let weights: f64 = moves.iter().map(|mv| mv.weight).sum();
        if total <= 0.0 || weights <= 0.0 {
            return false;
        }
        shares.iter_mut().for_each(|share| *share /= total);
        if params.human_choice_ignores_pass {
            let pass = root.game.size().policy_index(Move::Pass) as u16;
            let is_pass: Vec<bool> = moves.iter().map(|mv| mv.index == pass).collect();
            let of_passes = |values: &mut dyn Iterator<Item = f64>| {
                let both = values.zip(&is_pass);
                both.filter(|(_, pass)| **pass)
                    .map(|(value, _)| value)
                    .sum::<f64>()
            };
            let passing = of_passes(&mut moves.iter().map(|mv| mv.weight)) / weights;
            let human_pass = of_passes(&mut shares.iter().copied());
            if human_pass < 1.0 {
                for (share, &pass) in shares.iter_mut().zip(&is_pass) {
                    *share = match pass {
                        true => passing,
                        false => *share / (1.0 - human_pass) * (1.0 - passing),
                    };
                }
            }
        }
        for (mv, share) in moves.iter_mut().zip(shares) {
            mv.weight += params.human_choice * (weights * share - mv.weight);
        }
        true
    }

    /// Takes out what is too light to be drawn without people, whose moves need no visits. Where nothing has any weight the
    /// policy stands for it.
    fn prune(&self, root: &Root, moves: &mut [Weighed]) {
        let most = moves.iter().map(|mv| mv.weight).fold(0.0, f64::max);
        if most <= 0.0 {
            for mv in &mut *moves {
                mv.weight = f64::from(root.raw_prior(mv.index));
            }
        }
        let least = self.params.choice_prune.min(most / 64.0);
        for mv in moves.iter_mut().filter(|mv| mv.weight < least) {
            mv.weight = 0.0;
        }
    }
}
