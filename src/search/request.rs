//! What is asked of the evaluator: options and symmetries, at the root and below it.

use super::Search;
use crate::eval::{EvalOptions, Profile};
use crate::go::{Color, Game, Hash, Symmetry};
use crate::hash::splitmix64;

impl Search {
    /// Options for a position `depth` moves below the root.
    pub(super) fn tree_options(&self, game: &Game, depth: usize) -> EvalOptions {
        EvalOptions {
            conservative_pass: false,
            passing_hacks: self.params.passing_hacks,
            history: self.history(depth),
            optimism: self.params.optimism,
            policy_temperature: 1.0,
            playout_doubling_advantage: self.advantage_of(game.to_move()),
            ownership: self.wants_ownership() || self.leans_on_center(game),
            profile: self.profile(),
            human: self.params.human_in_tree() && self.has_human(),
        }
    }

    pub(super) fn root_options(&self, game: &Game) -> EvalOptions {
        EvalOptions {
            conservative_pass: self.params.conservative_pass,
            passing_hacks: self.params.passing_hacks,
            history: self.history(0),
            optimism: self.params.root_optimism,
            policy_temperature: self.root_temperature(game) as f32,
            playout_doubling_advantage: self.advantage_of(game.to_move()),
            // The root's own ownership also tells settled points from open ones.
            ownership: self.evaluator.description().ownership,
            profile: self.profile(),
            human: self.has_human(),
        }
    }

    fn has_human(&self) -> bool {
        self.evaluator.description().has_human(self.params.profile)
    }

    /// Whom networks are told of. That is the same for those that are told nothing, so that their caches go on serving.
    fn profile(&self) -> Profile {
        let told = self.evaluator.description().has_profiles();
        let profile = self.params.profile.filter(|_| told);
        profile.unwrap_or_default()
    }

    fn history(&self, depth: usize) -> Option<usize> {
        self.params.ignore_pre_root_history.then_some(depth)
    }

    pub(super) fn wants_ownership(&self) -> bool {
        self.params.ownership && self.evaluator.description().ownership
    }

    fn advantage_of(&self, to_move: Color) -> f32 {
        // None is not to be -0.0, which caches would tell from it.
        0.0 + self.advantage.view_of(to_move)
    }

    /// Drawn from the position and the seed, so that it does not depend on the order of evaluations.
    pub(super) fn symmetry(&self, hash: Hash, game: &Game) -> Symmetry {
        if !self.params.random_symmetry {
            return Symmetry::IDENTITY;
        }
        let all = Symmetry::distinct(game.size());
        all[self.symmetry_draw(hash) % all.len()]
    }

    /// The symmetry of the position, and the others that the root is averaged over.
    pub(super) fn root_symmetries(&self, hash: Hash, game: &Game) -> Vec<Symmetry> {
        let all = Symmetry::distinct(game.size());
        let count = self.params.root_symmetries.clamp(1, all.len());
        let first = self.symmetry(hash, game).number() as usize;
        // Stepping by an odd number meets each of 4 or 8 once.
        let step = (self.symmetry_draw(hash) >> 8) | 1;
        (0..count)
            .map(|i| all[first.wrapping_add(i.wrapping_mul(step)) % all.len()])
            .collect()
    }

    fn symmetry_draw(&self, hash: Hash) -> usize {
        splitmix64(hash as u64 ^ (hash >> 64) as u64 ^ self.seed) as usize
    }
}
