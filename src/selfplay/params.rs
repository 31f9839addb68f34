//! How games are made, as plain data; each constant with its source.
//!
//! "KataGo" means the small official recipe of KataGo 1.17, `selfplay1.cfg`.

use serde::{Deserialize, Serialize};

use crate::go::{Rules, Size};
use crate::player::resign::ResignParams;
use crate::search::{GumbelParams, SearchParams};

/// What games are played, whoever plays them.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfPlayParams {
    /// Boards and how often each is drawn, relative to the others.
    pub boards: Vec<(Size, f64)>,
    /// Rules, with the komi that games start from, and how often each is drawn.
    pub rules: Vec<(Rules, f64)>,
    /// How the komi is found.
    pub komi: KomiParams,
    /// Handicap games.
    pub handicap: HandicapParams,
    /// Openings sampled from the policy.
    pub opening: OpeningParams,
    /// Games that leave an earlier one.
    pub forks: ForkParams,
    /// Searches for how far ahead a player is.
    pub lead: LeadParams,
    /// When players resign.
    pub resign: ResignParams,
    /// Share of the games in which nobody may resign, to see how often resigning would have been wrong (ELF: 0.1).
    pub never_resign: f64,
    /// Accepted share of won games that resigning would have lost. The threshold for resigning follows it, by the games in
    /// which nobody may resign (ELF: 0.05), so that games depend on those before them; 0 leaves it where it is.
    pub false_positives: f64,
    /// How rows that taught the search something gain weight.
    pub surprise: SurpriseParams,
    /// Moves after which a game is counted as it stands, in units of the board's area.
    pub most_moves_per_area: f64,
    /// Moves before which nobody passes who has another move to search, in units of the board's area (ELF `ply_pass_enabled`). A
    /// random network under PUCT soon finds that whoever is ahead wins by passing, and learns of little else. Until then no
    /// tree is kept from move to move.
    pub first_pass_per_area: f64,
    /// Whether a game ends when every point belongs to somebody beyond doubt. Area scoring only.
    pub end_when_settled: bool,
    /// When players take up a newer network.
    pub refresh: Refresh,
}

/// When players take up a newer network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// A game is finished by the networks that began it; one that was stopped goes on with the newest, as its record says.
    BetweenGames,
    /// Each move is made by the newest network.
    EachMove,
}

/// How the komi of a game is found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KomiParams {
    /// Probability that the komi is moved to where the evaluator sees an even game.
    pub fair: f64,
    /// Standard deviation of the noise that is added, in points (KataGo `komiStdev`, 1). The same on every board, where
    /// KataGo's shrinks with the side: on 5x5 a quarter of a point would be lost when the komi is rounded to half points.
    pub stdev: f64,
    /// Probability of much more noise (KataGo `komiBigStdevProb`, 0.06).
    pub wide: f64,
    /// Standard deviation of much noise on 19x19, in points; less on smaller boards by their side (KataGo `komiBigStdev`, 12).
    pub wide_stdev: f64,
    /// Probability that the komi is made fair again after an opening that was sampled (KataGo
    /// `compensateAfterPolicyInitProb`, 0.2).
    pub after_opening: f64,
}

/// Games in which Black begins with several stones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandicapParams {
    /// How often (KataGo `handicapProb`, 0.1), on boards that are large enough.
    pub probability: f64,
    /// Least area of a board for it, in points: on smaller ones a few stones are the whole board (KataGo has none up to 10x10).
    pub least_area: usize,
    /// Most stones on 19x19; fewer on smaller boards, by their area.
    pub most_stones: usize,
    /// Probability that the komi makes up for the stones (KataGo `handicapCompensateKomiProb`, 0.5).
    pub compensate: f64,
}

/// Moves at the beginning that are drawn from the policy without a search.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningParams {
    /// How many, on average, in units of the board's area; exponentially distributed (KataGo
    /// `policyInitAreaProp`, 0.04).
    pub moves_per_area: f64,
    /// Temperature of the policy that they are drawn from.
    pub temperature: f64,
}

/// Games that continue a finished one from a move that was not played there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForkParams {
    /// Probability of a fork near the beginning (KataGo `earlyForkGameProb`, 0.04).
    pub early: f64,
    /// Mean number of moves before an early fork, in units of the board's area (KataGo
    /// `earlyForkGameExpectedMoveProp`, 0.025).
    pub early_moves_per_area: f64,
    /// Probability of a fork anywhere (KataGo `forkGameProb`, 0.01).
    pub late: f64,
    /// Least number of moves that the best is chosen of (KataGo `forkGameMinChoices`, 3).
    pub least_choices: usize,
    /// Largest number for an early fork (KataGo `earlyForkGameMaxChoices`, 12).
    pub early_choices: usize,
    /// Largest number for any other (KataGo `forkGameMaxChoices`, 36).
    pub late_choices: usize,
    /// Probability that the komi is made fair after the fork (KataGo `forkCompensateKomiProb`, 0.8).
    pub compensate: f64,
}

/// Searches for the komi that would make a position even, for the network to learn from how far ahead a player is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeadParams {
    /// Probability of one at a move that is learned from (KataGo `estimateLeadProb`, 0.05, beside searches twenty times as
    /// long as ours). 0: the lead is learned from the scores of later searches and of the end.
    pub probability: f64,
    /// Playouts at each komi that is looked at, of which there are about seven (KataGo `estimateLeadVisits`, 10).
    pub playouts: usize,
}

/// Which part of the weight of a game's rows goes where the search was surprised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurpriseParams {
    /// By how far the policy target is from the policy (KataGo `policySurpriseDataWeight`, 0.5).
    pub policy: f64,
    /// By how far the value after the search is from that before (KataGo `valueSurpriseDataWeight`, 0.1).
    pub value: f64,
}

/// How one player searches.
#[derive(Clone, Debug, PartialEq)]
pub struct ActorParams {
    /// Name of the actor, for the record.
    pub name: String,
    /// Constants of a full search.
    pub search: SearchParams,
    /// Playouts of a full search.
    pub playouts: usize,
    /// Short searches in between, whose moves are no policy targets (KataGo's paper, section 3.1).
    pub cheap: Option<CheapParams>,
    /// Fewer playouts where the game is decided.
    pub decided: Option<DecidedParams>,
    /// Whether targets leave out visits that noise and forced visits caused (KataGo's paper, section 3.2).
    pub prune_targets: bool,
    /// Whether the tree below the moves made is kept for the next search.
    pub keep_tree: bool,
    /// Whether training learns from this player's moves.
    pub learned: bool,
}

/// Short searches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheapParams {
    /// How often (KataGo `cheapSearchProb`, 0.75).
    pub probability: f64,
    /// Playouts (KataGo `cheapSearchVisits`: a sixth of the full number).
    pub playouts: usize,
}

/// Shorter searches where a game is decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecidedParams {
    /// Win minus loss, either way, that the last turns all exceeded (KataGo `reduceVisitsThreshold`, 0.9).
    pub threshold: f64,
    /// How many turns (KataGo `reduceVisitsThresholdLookback`, 3).
    pub turns: usize,
    /// Playouts when there is no doubt at all; the full number is
    /// reduced by the square of how far the turns were beyond the threshold.
    pub playouts: usize,
    /// Training weight when there is no doubt at all (KataGo `reducedVisitsWeight`, 0.1).
    pub weight: f64,
}

impl CheapParams {
    /// Cheap searches with this probability, beside full ones of `playouts`.
    pub fn beside(playouts: usize, probability: f64) -> CheapParams {
        CheapParams {
            probability,
            playouts: (playouts / 6).max(2),
        }
    }
}

impl DecidedParams {
    /// KataGo's bounds, with this number of playouts and this weight.
    pub fn new(playouts: usize, weight: f64) -> DecidedParams {
        DecidedParams {
            threshold: 0.9,
            turns: 3,
            playouts,
            weight,
        }
    }
}

impl Default for KomiParams {
    fn default() -> KomiParams {
        KomiParams {
            fair: 1.0,
            stdev: 1.0,
            wide: 0.06,
            wide_stdev: 12.0,
            after_opening: 0.2,
        }
    }
}

impl Default for HandicapParams {
    fn default() -> HandicapParams {
        HandicapParams {
            probability: 0.1,
            least_area: 121,
            most_stones: 5,
            compensate: 0.5,
        }
    }
}

impl Default for OpeningParams {
    fn default() -> OpeningParams {
        OpeningParams {
            moves_per_area: 0.04,
            temperature: 1.0,
        }
    }
}

impl Default for ForkParams {
    fn default() -> ForkParams {
        ForkParams {
            early: 0.04,
            early_moves_per_area: 0.025,
            late: 0.01,
            least_choices: 3,
            early_choices: 12,
            late_choices: 36,
            compensate: 0.8,
        }
    }
}

impl Default for LeadParams {
    fn default() -> LeadParams {
        LeadParams {
            probability: 0.1,
            playouts: 10,
        }
    }
}

impl SelfPlayParams {
    /// The recipe on one board with one set of rules.
    pub fn on(size: Size, rules: Rules) -> SelfPlayParams {
        SelfPlayParams {
            boards: vec![(size, 1.0)],
            rules: vec![(rules, 1.0)],
            komi: KomiParams::default(),
            handicap: HandicapParams::default(),
            opening: OpeningParams::default(),
            forks: ForkParams::default(),
            lead: LeadParams::default(),
            resign: ResignParams {
                consecutive_turns: 2,
                ..ResignParams::default()
            },
            never_resign: 0.1,
            false_positives: 0.0,
            surprise: SurpriseParams {
                policy: 0.5,
                value: 0.1,
            },
            most_moves_per_area: 3.0,
            first_pass_per_area: 0.0,
            end_when_settled: true,
            refresh: Refresh::EachMove,
        }
    }
}

impl ActorParams {
    /// Gumbel root with sequential halving and improved-policy targets: what few playouts do best with.
    pub fn gumbel(playouts: usize) -> ActorParams {
        ActorParams {
            name: format!("gumbel-{playouts}"),
            search: SearchParams {
                gumbel: Some(GumbelParams {
                    playouts,
                    ..GumbelParams::default()
                }),
                root_noise: false,
                forced_visits: 0.0,
                root_policy_temperature: 1.0,
                root_policy_temperature_early: 1.0,
                ..ActorParams::base()
            },
            playouts,
            cheap: None,
            decided: None,
            prune_targets: true,
            keep_tree: true,
            learned: true,
        }
    }

    /// PUCT with noise, forced visits, pruned targets and short searches in between.
    pub fn puct(playouts: usize) -> ActorParams {
        ActorParams {
            name: format!("puct-{playouts}"),
            search: ActorParams::base(),
            playouts,
            cheap: Some(CheapParams::beside(playouts, 0.75)),
            decided: None,
            prune_targets: true,
            keep_tree: false,
            learned: true,
        }
    }

    /// One tree of many: small, without the courtesies of play against people, every position evaluated once.
    fn base() -> SearchParams {
        SearchParams {
            optimism: 0.0,
            root_optimism: 0.0,
            root_symmetries: 1,
            lcb: false,
            conservative_pass: false,
            passing_hacks: false,
            fill_dame_before_pass: false,
            cleanup_before_pass: false,
            memory_limit: 16 << 20,
            ..SearchParams::self_play()
        }
    }
}
