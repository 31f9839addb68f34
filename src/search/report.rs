//! What a search knows, as plain data.

use std::time::Duration;

use super::Search;
use super::bound::bound_radius;
use super::choose::{Choice, largest_weight};
use super::ownership::Owners;
use super::root::Root;
use super::tree::{NONE, Node, move_of};
use super::value::{Stats, Sums};
use crate::eval::{Chances, Score, Uncertainty, White};
use crate::go::{Color, Game, Move, Symmetry};

/// What the search knows of one move at the root.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveInfo {
    /// The move.
    pub mv: Move,
    /// Visits of the move.
    pub visits: u64,
    /// Total weight of these visits; differs from their number where evaluations count by their certainty.
    pub weight: f64,
    /// Those of the visits that count for the root: all but the weightless ones by the human policy.
    pub edge_visits: u64,
    /// Their weight.
    pub edge_weight: f64,
    /// Probability in the root's policy, before noise, with that of the moves that it is searched for by symmetry.
    pub prior: f32,
    /// What it is worth. Moves never visited carry what the search takes them to be worth.
    pub value: Assessment,
    /// Lower confidence bound of win minus loss for the player to move.
    pub lcb: f64,
    /// Lower confidence bound of the utility for the player to move.
    pub utility_lcb: f64,
    /// Weight by which moves are chosen; the chosen move has the largest.
    pub selection_weight: f64,
    /// Best continuation, this move first.
    pub pv: Vec<Move>,
    /// Visits of each move of `pv`.
    pub pv_visits: Vec<u64>,
    /// Those of them that count for the position before the move.
    pub pv_edge_visits: Vec<u64>,
    /// The move that was searched for this one, and the symmetry that makes it this one: for [`Report::with_copies`].
    pub copy_of: Option<(Move, Symmetry)>,
}

impl MoveInfo {
    /// A move that was not visited and of which nothing else is known.
    pub fn unvisited(mv: Move) -> MoveInfo {
        MoveInfo {
            mv,
            visits: 0,
            weight: 0.0,
            edge_visits: 0,
            edge_weight: 0.0,
            prior: 0.0,
            value: Assessment::default(),
            lcb: 0.0,
            utility_lcb: 0.0,
            selection_weight: 0.0,
            pv: vec![mv],
            pv_visits: vec![0],
            pv_edge_visits: vec![0],
            copy_of: None,
        }
    }
}

/// What a position or a move is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Assessment {
    /// How the game ends.
    pub chances: White<Chances>,
    /// Mean utility (win-loss and score terms).
    pub utility: White<f64>,
    /// The score, if the evaluator predicts it.
    pub score: Option<White<Score>>,
}

impl Assessment {
    /// Points by which a player leads, if the score is predicted.
    pub fn lead(&self, player: Color) -> Option<f32> {
        self.score.map(|score| score.view_of(player).lead)
    }
}

/// What the search knows of the root.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Who moves at the root.
    pub to_move: Color,
    /// Visits of the root.
    pub visits: u64,
    /// Total weight of these visits.
    pub weight: f64,
    /// Playouts of this search.
    pub playouts: u64,
    /// Duration of this search.
    pub elapsed: Duration,
    /// The root as the mean of the tree, with what exploration and noise spent on worse moves; a Gumbel root as what
    /// [`Search::improved_value`] says.
    pub mean: Assessment,
    /// The root as the mean of its own evaluation and of its moves by the weights that a choice goes by, before confidence
    /// bounds: without most of that. KataGo reports the same. A Gumbel root as `mean`, unless people choose.
    pub pruned: Assessment,
    /// Lower confidence bound of win minus loss for the player to move.
    pub lcb: f64,
    /// Short-term uncertainty of the root's own evaluation, if predicted.
    pub raw_uncertainty: Option<Uncertainty>,
    /// Variance time left of the root's own evaluation, in turns, if predicted.
    pub raw_variance_time: Option<f32>,
    /// Moves that may be searched, in the order of choice, best first; those never visited come last, by prior. What a kept
    /// tree has of other moves is in `visits` alone.
    pub moves: Vec<MoveInfo>,
    /// Symmetries by which moves were left out, the identity first; alone if none were.
    pub symmetries: Vec<Symmetry>,
    /// Expected owner of each point from the tree, if asked for and predicted.
    pub ownership: Option<Owners>,
}

impl Search {
    /// What is known of the root now; nothing at all before [`Search::set_root`].
    pub fn report(&self) -> Report {
        let mut report = Report {
            to_move: Color::Black,
            visits: 0,
            weight: 0.0,
            playouts: self.playouts,
            elapsed: self.elapsed,
            mean: Assessment::default(),
            pruned: Assessment::default(),
            lcb: -1.0,
            raw_uncertainty: None,
            raw_variance_time: None,
            moves: Vec::new(),
            symmetries: vec![Symmetry::IDENTITY],
            ownership: None,
        };
        if let Some(root) = &self.root {
            report.to_move = root.game.to_move();
        }
        let Some((root, node)) = self.evaluated_root() else {
            return report;
        };
        let stats = node.stats;
        report.visits = u64::from(stats.visits);
        report.weight = f64::from(stats.weight);
        // The mean over the visits of a Gumbel root is not what it is worth.
        let improved = self.improved_value();
        let mean = improved.unwrap_or(stats);
        report.mean = self.assessment(&mean);
        report.pruned = self.assessment(&match improved {
            Some(improved) if !self.chooses_as_human() => improved,
            _ => self.pruned(node),
        });
        let radius = bound_radius(&stats, &self.params, &self.utility);
        report.lcb = f64::from(root.game.to_move().white_sign() * mean.winloss)
            - self.utility.winloss_of(radius);
        let own = root.evaluation.as_ref();
        report.raw_uncertainty = own.and_then(|own| own.uncertainty);
        report.raw_variance_time = own.and_then(|own| own.variance_time);
        report.moves = self.move_infos(root, node);
        report.symmetries.clone_from(&root.symmetries);
        if self.params.ownership {
            report.ownership = self.owners(None);
        }
        report
    }

    /// The averages of [`Report::pruned`] by the weights of the moves.
    fn pruned(&self, node: &Node) -> Stats {
        let mut choices = self.explored_choices();
        if choices.is_empty() {
            return node.stats;
        }
        let least = match self.weigh_as_human(&mut choices) {
            true => 0.0,
            false => self
                .params
                .choice_prune
                .min(largest_weight(&choices) / 64.0),
        };
        let chosen = choices.iter().filter(|choice| choice.weight >= least);
        let of_moves = chosen.map(|choice| (&node.children[choice.place].stats, choice.weight));
        let own = (&node.raw, f64::from(node.raw.weight));
        Sums::of(of_moves.chain([own])).average(node.stats.visits)
    }

    fn assessment(&self, stats: &Stats) -> Assessment {
        let predicted = self.evaluator.description().score;
        Assessment {
            chances: stats.chances(),
            utility: White(f64::from(stats.utility)),
            score: predicted.then(|| stats.score()),
        }
    }

    fn move_infos(&self, root: &Root, node: &Node) -> Vec<MoveInfo> {
        let mut visited = vec![false; root.used.len()];
        let mut moves = Vec::new();
        for choice in self.choices() {
            let child = &node.children[choice.place];
            visited[usize::from(child.index)] = true;
            moves.push(self.visited(root, node, &choice));
        }
        let unvisited = root.searchable().map(usize::from);
        let mut unvisited: Vec<usize> = unvisited.filter(|&index| !visited[index]).collect();
        unvisited.sort_by(|&a, &b| root.merged[b].total_cmp(&root.merged[a]));
        let scorer = root.scorer(node, &self.params, &self.utility);
        let first_play = scorer.first_play_for_white();
        let unvisited = unvisited.into_iter();
        moves.extend(unvisited.map(|index| self.unvisited(root, node, index, first_play)));
        moves
    }

    fn visited(&self, root: &Root, node: &Node, choice: &Choice) -> MoveInfo {
        let child = &node.children[choice.place];
        let (stats, edge) = (self.whole(node, choice.place), &child.stats);
        let sign = f64::from(root.game.to_move().white_sign());
        let size = root.game.size();
        let mut variation = self.variation(node, choice.place);
        let moves = variation.iter();
        let moves = moves.map(|(node, place)| move_of(size, node.children[*place].index));
        let mut pv: Vec<Move> = moves.collect();
        pv.truncate(within_phase(&root.game, &pv));
        variation.truncate(pv.len());
        let of_each = |known: &dyn Fn(&Node, usize) -> u32| {
            let visits = variation.iter();
            visits
                .map(|&(node, place)| u64::from(known(node, place)))
                .collect()
        };
        MoveInfo {
            mv: choice.mv,
            visits: u64::from(stats.visits),
            weight: f64::from(stats.weight),
            edge_visits: u64::from(edge.visits),
            edge_weight: f64::from(edge.weight),
            prior: root.raw_prior(child.index),
            value: self.assessment(&stats),
            lcb: sign * f64::from(stats.winloss) - self.utility.winloss_of(choice.radius),
            utility_lcb: choice.bound(),
            selection_weight: choice.weight,
            pv,
            pv_visits: of_each(&|node, place| self.whole(node, place).visits),
            pv_edge_visits: of_each(&|node, place| node.children[place].stats.visits),
            copy_of: None,
        }
    }

    fn unvisited(&self, root: &Root, node: &Node, index: usize, utility: f64) -> MoveInfo {
        let sign = f64::from(node.to_move.white_sign());
        let radius = self.params.lcb_stdevs * self.utility.radius();
        MoveInfo {
            prior: root.raw_prior(index as u16),
            value: Assessment {
                utility: White(utility),
                ..self.assessment(&node.stats)
            },
            lcb: sign * f64::from(node.stats.winloss) - self.utility.winloss_of(radius),
            utility_lcb: sign * utility - radius,
            ..MoveInfo::unvisited(root.move_of(index as u16))
        }
    }

    /// The heaviest continuation of a move at a place of a node, that move first: positions and the places of the moves in
    /// them.
    fn variation<'a>(&'a self, node: &'a Node, place: usize) -> Vec<(&'a Node, usize)> {
        let mut moves = Vec::new();
        let mut next = Some((node, place));
        while let Some((node, place)) = next.filter(|_| moves.len() < self.params.pv_length.max(1))
        {
            moves.push((node, place));
            let below = node.children[place].node;
            next = (below != NONE)
                .then(|| self.tree.node(below))
                .and_then(|below| Some((below, heaviest_child(below)?)));
        }
        moves
    }
}

/// How many moves of a variation there are up to the end of the phase of a game: those of the clean-up phases behind it are
/// for the search alone.
fn within_phase(game: &Game, moves: &[Move]) -> usize {
    if !moves.contains(&Move::Pass) {
        return moves.len(); // Nothing else ends a phase.
    }
    let (phase, mut game) = (game.phase(), game.clone());
    let mut ends = |&mv: &Move| {
        let color = game.to_move();
        game.play_tolerant(color, mv).is_err() || game.phase() != phase
    };
    moves
        .iter()
        .position(&mut ends)
        .map_or(moves.len(), |last| last + 1)
}

/// The place of the child with the largest weight.
fn heaviest_child(node: &Node) -> Option<usize> {
    let children = node.children.iter().enumerate();
    let visited = children.filter(|(_, child)| child.stats.visits > 0);
    let heaviest = visited.max_by(|(_, a), (_, b)| a.stats.weight.total_cmp(&b.stats.weight));
    heaviest.map(|(place, _)| place)
}
