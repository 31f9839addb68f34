//! Constants of the search, each with its source.
//!
//! "KataGo" means the defaults of KataGo 1.17 for play, as its documentation and configuration files give them.

use super::GumbelParams;
use crate::eval::{Profile, White};
use crate::go::Color;

/// A player's advantage of more playouts; the other has the opposite.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Advantage {
    /// Whose it is; that of the player for whose move the search is, if not given. KataGo `playoutDoublingAdvantagePla`.
    pub player: Option<Color>,
    /// By how many doublings, -3 to 3. If not given there is none, but for what a handicap calls for in a game. KataGo
    /// `playoutDoublingAdvantage`.
    pub doublings: Option<f32>,
}

impl Advantage {
    /// Doublings that White has in a search for a move of `player`, if they are given.
    pub fn of_white(self, player: Color) -> Option<White<f32>> {
        let sign = self.player.unwrap_or(player).white_sign();
        self.doublings.map(|doublings| White(sign * doublings))
    }
}

/// Constants of the search. [`SearchParams::default`] is for play and analysis; [`SearchParams::self_play`] for making
/// training games.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchParams {
    // Utility: what a position is worth to White.
    /// Weight of win minus loss in the utility. KataGo `winLossUtilityFactor`.
    pub win_loss_utility: f64,
    /// Weight of the saturating score term around zero. KataGo `staticScoreUtilityFactor`.
    pub static_score_utility: f64,
    /// Weight of the saturating score term around the expected score. KataGo `dynamicScoreUtilityFactor`.
    pub dynamic_score_utility: f64,
    /// How far the centre of the dynamic term is pulled from the expected score to zero, 0 to 1. KataGo
    /// `dynamicScoreCenterZeroWeight`.
    pub score_center_zero_weight: f64,
    /// Width of the dynamic term, and the furthest its centre may lie from the expected score, in units of the square
    /// root of the board's area. KataGo `dynamicScoreCenterScale`.
    pub score_center_scale: f64,
    /// Utility, for White, of a repetition without winner. KataGo `noResultUtilityForWhite`.
    pub no_result_utility: f64,

    // Selection: which child a playout visits.
    /// Constant part of the exploration factor. KataGo `cpuctExploration`; the PUCT formula itself is AlphaGo Zero's.
    pub cpuct: f64,
    /// Growth of the exploration factor with the logarithm of the weight searched. KataGo `cpuctExplorationLog`; the
    /// form is AlphaZero's.
    pub cpuct_log: f64,
    /// Weight at which the logarithm begins to grow. KataGo `cpuctExplorationBase`.
    pub cpuct_log_base: f64,
    /// How strongly exploration follows the spread of the utilities seen below a node, 0 to 1. KataGo
    /// `cpuctUtilityStdevScale`.
    pub cpuct_stdev_scale: f64,
    /// Standard deviation of the utility that is expected before anything is known. KataGo `cpuctUtilityStdevPrior`.
    pub cpuct_stdev_prior: f64,
    /// Visits that expectation is worth. KataGo `cpuctUtilityStdevPriorWeight`.
    pub cpuct_stdev_prior_weight: f64,
    /// How much worse than its parent an unvisited child is taken to be, times the root of the policy mass already
    /// visited. KataGo `fpuReductionMax`; the idea is Leela Zero's.
    pub fpu_reduction: f64,
    /// The same at the root; without effect while root noise is on. KataGo `rootFpuReductionMax`.
    pub root_fpu_reduction: f64,
    /// The parent's value for that purpose is its search average by the visited policy mass to this power, its own
    /// evaluation by the rest. KataGo `fpuParentWeightByVisitedPolicyPow`.
    pub fpu_parent_power: f64,
    /// Weight of the lost games that a playout under way stands for, beside counting as a visit. With 0 others keep away
    /// by the visit alone: on 13x13 about as strong at 64 visits (50 games won, 43 lost, 8 drawn against the default), and
    /// weaker at 200 (21, 43, 3). KataGo's `numVirtualLossesPerThread` is 1, which was no stronger at 64 (47, 52, 11).
    pub virtual_loss: f64,

    // Backup: how the values of children make the value of their parent.
    /// Whether evaluations count by how certain the evaluator is of them, where it says. KataGo `useUncertainty`.
    pub uncertainty_weighting: bool,
    /// Utility error at which an evaluation weighs about 1. KataGo `uncertaintyCoeff`.
    pub uncertainty_coefficient: f64,
    /// The most an evaluation can weigh. KataGo `uncertaintyMaxWeight`.
    pub uncertainty_max_weight: f64,
    /// Power of the probability that a child is not the worse one by which its weight is multiplied; 0 takes children
    /// by plain weight. KataGo `valueWeightExponent`.
    pub value_weight_exponent: f64,
    /// Utility gap over which weight beyond twice the policy's share is discarded; 0 keeps all. KataGo
    /// `noisePruneUtilityScale`.
    pub noise_prune_scale: f64,

    /// Share of what searches found amiss in the evaluations of similar positions by which an evaluation is corrected; 0
    /// corrects nothing. KataGo `subtreeValueBiasFactor`.
    pub subtree_bias: f64,
    /// Power of the weight below a position by which it counts for that. KataGo `subtreeValueBiasWeightExponent`.
    pub subtree_bias_exponent: f64,

    // Evaluation: what is asked of the evaluator.
    /// Share of the optimistic policy below the root. KataGo `policyOptimism`.
    pub optimism: f32,
    /// Share of the optimistic policy at the root. KataGo `rootPolicyOptimism`.
    pub root_optimism: f32,
    /// Temperature of the root's policy late in the game. KataGo `rootPolicyTemperature`.
    pub root_policy_temperature: f64,
    /// Temperature of the root's policy at the first move; approaches the late one with the half-life of
    /// [`SearchParams::temperature_half_life`]. KataGo `rootPolicyTemperatureEarly`.
    pub root_policy_temperature_early: f64,
    /// Symmetries of which the root's evaluation is the mean, 1 to 8. KataGo `rootNumSymmetriesToSample`.
    pub root_symmetries: usize,
    /// Whether positions are evaluated under a symmetry drawn from their hash, rather than as they stand. AlphaGo Zero.
    pub random_symmetry: bool,
    /// Whether the evaluator is not shown the moves before the root: for analysis, where a position is worth the same
    /// whichever way led to it. Leela Zero's networks see them all the same. KataGo `ignorePreRootHistory`.
    pub ignore_pre_root_history: bool,
    /// Advantage in playouts that evaluations assume.
    pub advantage: Advantage,
    /// Whom networks imitate that are told; [`Profile::default`], or nobody where a network for people stands beside the
    /// evaluator, if not given. KataGo `humanSLProfile`.
    pub profile: Option<Profile>,
    /// Whether the owner of each point is evaluated everywhere in the tree, for [`super::Report::ownership`]. Costs a
    /// byte for each point and node.
    pub ownership: bool,

    // Root.
    /// Whether there is noise in the root's policy, as in self-play. KataGo `rootNoiseEnabled`.
    pub root_noise: bool,
    /// Its share (0.25 as in AlphaGo Zero). KataGo `rootDirichletNoiseWeight`.
    pub root_noise_weight: f64,
    /// Sum of the Dirichlet distribution's parameters: 0.03 * 361. KataGo `rootDirichletNoiseTotalConcentration`.
    pub root_noise_concentration: f64,
    /// Widens the search at the root for analysis: flattens the policy and adds random bonuses. KataGo
    /// `wideRootNoise` (0.04 in analysis).
    pub wide_root_noise: f64,
    /// Every root move gets at least the root of this times policy times weight visits; self-play 2. KataGo
    /// `rootDesiredPerChildVisitsCoeff`, paper section 3.2 (forced playouts).
    pub forced_visits: f64,

    /// Sequential halving at the root, instead of PUCT with noise, forced visits and confidence bounds; the temperatures of
    /// the choice are then shares of its noise. Danihelka et al. 2022.
    pub gumbel: Option<GumbelParams>,

    // Passing and the end of the game.
    /// Whether the root judges a pass as if the game went on. KataGo `conservativePass`.
    pub conservative_pass: bool,
    /// Whether evaluators hide that a pass would end and lose the game, and cap the probability of passing. KataGo
    /// `enablePassingHacks`.
    pub passing_hacks: bool,
    /// Points by which the root discourages moves without purpose once ownership is settled. KataGo
    /// `rootEndingBonusPoints`.
    pub root_ending_bonus: f64,
    /// Whether the root leaves out moves inside unconditionally settled areas, but where moves are restricted and in clean-up
    /// phases. KataGo `rootPruneUselessMoves`, which waits until the opponent has passed four times in a row.
    pub prune_useless_moves: bool,
    /// Whether, of root moves that are the same by a symmetry of the position, only one is searched. Without effect on a
    /// Gumbel root, and where moves are restricted. KataGo `rootSymmetryPruning`.
    pub root_symmetry_pruning: bool,
    /// Whether neutral points are filled before a pass under territory scoring. KataGo `fillDameBeforePass`.
    pub fill_dame_before_pass: bool,
    /// Whether, under area scoring without friendly passing, dead stones are taken off before a pass. KataGo
    /// `cleanupBeforePass`.
    pub cleanup_before_pass: bool,

    /// Whether the search works against an opponent who mirrors, where the last moves show one (see `mirror`); a change while
    /// one does clears the tree. A Gumbel root takes moves to look at by the priors that this raises, and gives no bonus. If
    /// not given, not here; sessions give it for moves. KataGo `antiMirror`.
    pub anti_mirror: Option<bool>,

    /// Utility that it costs the player whom the search is for to move where and as it has moved before in the game: at the
    /// same point, or its image by a symmetry of the board, between the same stones (see `patterns`). Below 0 it gains as
    /// much. Unless it is 0, a search for the other player's move begins anew. If not given, 0 here; in games with handicap
    /// who decides on moves has another. KataGo `avoidRepeatedPatternUtility`.
    pub avoid_repeated_pattern_utility: Option<f64>,

    // Choice of the move.
    /// Whether the move is chosen by its lower confidence bound. KataGo `useLcbForSelection`; the idea is Leela Zero's.
    pub lcb: bool,
    /// Standard errors below the mean at which the bound lies. KataGo `lcbStdevs`.
    pub lcb_stdevs: f64,
    /// Share of the largest weight that a move needs to be chosen by its bound. KataGo `minVisitPropForLCB`.
    pub lcb_min_weight: f64,
    /// Temperature of the choice late in the game; 0 takes the best. KataGo `chosenMoveTemperature`.
    pub temperature: f64,
    /// Temperature of the choice at the first move. KataGo `chosenMoveTemperatureEarly`.
    pub temperature_early: f64,
    /// Moves in which the temperature covers half of its way, on 19x19; scaled by the side on other boards. KataGo
    /// `chosenMoveTemperatureHalflife`.
    pub temperature_half_life: f64,
    /// Moves that are likelier than this are drawn as they are; the temperature acts on the others alone. KataGo
    /// `chosenMoveTemperatureOnlyBelowProb`.
    pub temperature_below: f64,
    /// Moves of less weight than this are not drawn. KataGo `chosenMovePrune`.
    pub choice_prune: f64,

    // People: by what a network says that stands beside the evaluator. A playout that goes by the human policy counts where
    // it leaves that (weightful) or only below (weightless).
    /// How much of the choice of a move is by the human policy, 0 to 1. KataGo `humanSLChosenMoveProp`.
    pub human_choice: f64,
    /// Whether how likely a pass is, is left to the search. KataGo `humanSLChosenMoveIgnorePass`.
    pub human_choice_ignores_pass: bool,
    /// Utility that a move has to cost for people to be taken to choose it e times more seldom. KataGo
    /// `humanSLChosenMovePiklLambda`.
    pub human_choice_lambda: f64,
    /// Constant part of the exploration factor of the human policy. KataGo `humanSLCpuctExploration`.
    pub human_cpuct: f64,
    /// Its growth with the root of the weight searched. KataGo `humanSLCpuctPermanent`.
    pub human_cpuct_permanent: f64,
    /// Share of playouts that are weightless and by the human policy at the root. At a Gumbel root all playouts count, and
    /// this and the next together are the share of the human policy in that by which it takes moves to look at. KataGo
    /// `humanSLRootExploreProbWeightless`.
    pub human_root_weightless: f64,
    /// The same, weightful. KataGo `humanSLRootExploreProbWeightful`.
    pub human_root_weightful: f64,
    /// The same below the root for the player to move there, weightless. KataGo `humanSLPlaExploreProbWeightless`.
    pub human_own_weightless: f64,
    /// The same, weightful. KataGo `humanSLPlaExploreProbWeightful`.
    pub human_own_weightful: f64,
    /// The same for the opponent, weightless. KataGo `humanSLOppExploreProbWeightless`.
    pub human_opponent_weightless: f64,
    /// The same, weightful. KataGo `humanSLOppExploreProbWeightful`.
    pub human_opponent_weightful: f64,

    // Resources.
    /// Positions in one call of the evaluator; the number it prefers if not given.
    pub batch: Option<usize>,
    /// Batches under way at once; as many as keep the evaluator busy if not given. With 1 it is called from the
    /// searching thread; with more, each batch from a thread of its own while the tree is walked for the next.
    pub batches_in_flight: Option<usize>,
    /// Visits the root must have for each playout under way beyond one for each batch: playouts under way know nothing of
    /// each other, which small searches pay for most: of 138 games on 13x13 with 64 visits one playout at a time won 79, lost
    /// 46 and drew 13 against the default, while 16 visits for each were no better than 8 (39, 42, 8). KataGo gives each
    /// thread 8 playouts at least.
    pub visits_per_in_flight: usize,
    /// Bytes that the tree may take. At the limit the least visited parts are forgotten and the search goes on.
    pub memory_limit: usize,
    /// Moves of a variation in reports. KataGo `analysisPVLen`, which does not count the first.
    pub pv_length: usize,
}

impl Default for SearchParams {
    fn default() -> SearchParams {
        SearchParams {
            win_loss_utility: 1.0,
            static_score_utility: 0.1,
            dynamic_score_utility: 0.3,
            score_center_zero_weight: 0.2,
            score_center_scale: 0.75,
            no_result_utility: 0.0,
            cpuct: 1.0,
            cpuct_log: 0.45,
            cpuct_log_base: 500.0,
            cpuct_stdev_scale: 0.85,
            cpuct_stdev_prior: 0.4,
            cpuct_stdev_prior_weight: 2.0,
            fpu_reduction: 0.2,
            root_fpu_reduction: 0.1,
            fpu_parent_power: 2.0,
            virtual_loss: 0.25,
            uncertainty_weighting: true,
            uncertainty_coefficient: 0.25,
            uncertainty_max_weight: 8.0,
            value_weight_exponent: 0.25,
            noise_prune_scale: 0.15,
            subtree_bias: 0.45,
            subtree_bias_exponent: 0.85,
            optimism: 1.0,
            root_optimism: 0.2,
            root_policy_temperature: 1.0,
            root_policy_temperature_early: 1.0,
            root_symmetries: 1,
            random_symmetry: true,
            ignore_pre_root_history: false,
            advantage: Advantage::default(),
            profile: None,
            ownership: false,
            root_noise: false,
            root_noise_weight: 0.25,
            root_noise_concentration: 10.83,
            wide_root_noise: 0.0,
            forced_visits: 0.0,
            gumbel: None,
            conservative_pass: true,
            passing_hacks: true,
            root_ending_bonus: 0.5,
            prune_useless_moves: true,
            root_symmetry_pruning: true,
            fill_dame_before_pass: true,
            cleanup_before_pass: true,
            anti_mirror: None,
            avoid_repeated_pattern_utility: None,
            lcb: true,
            lcb_stdevs: 5.0,
            lcb_min_weight: 0.15,
            temperature: 0.1,
            temperature_early: 0.5,
            temperature_half_life: 19.0,
            temperature_below: 1.0,
            choice_prune: 1.0,
            human_choice: 0.0,
            human_choice_ignores_pass: false,
            human_choice_lambda: 1e9,
            human_cpuct: 1.0,
            human_cpuct_permanent: 0.0,
            human_root_weightless: 0.0,
            human_root_weightful: 0.0,
            human_own_weightless: 0.0,
            human_own_weightful: 0.0,
            human_opponent_weightless: 0.0,
            human_opponent_weightful: 0.0,
            batch: None,
            batches_in_flight: None,
            visits_per_in_flight: 8,
            memory_limit: 2 << 30,
            pv_length: 15,
        }
    }
}

impl SearchParams {
    /// For training games: noise, forced visits, averaged symmetries, all moves and a warmer choice (KataGo
    /// `selfplay1.cfg`).
    pub fn self_play() -> SearchParams {
        SearchParams {
            cpuct: 1.1,
            cpuct_log: 0.0,
            static_score_utility: 0.0,
            dynamic_score_utility: 0.4,
            score_center_zero_weight: 0.25,
            score_center_scale: 0.5,
            value_weight_exponent: 0.5,
            // KataGo has it here, too; what presets were compared by was played without.
            subtree_bias: 0.0,
            root_policy_temperature: 1.1,
            root_policy_temperature_early: 1.25,
            root_symmetries: 4,
            root_noise: true,
            forced_visits: 2.0,
            // A policy has to learn every move.
            root_symmetry_pruning: false,
            // A network that knows nothing is sure of nothing: the end of a game would outweigh it twenty times, and games
            // would shrink to two passes.
            uncertainty_weighting: false,
            lcb: false,
            temperature: 0.15,
            temperature_early: 0.75,
            ..SearchParams::default()
        }
    }
}
