//! The constants of the search by name, for users who try others.

use std::ops::RangeInclusive;

use super::{GumbelParams, SearchParams};
use crate::eval::Profile;

/// A kind of value that a constant can have, as text.
trait Value: Sized {
    /// Which of them one constant takes.
    type Range;

    /// The value that the text stands for, if the constant takes it.
    fn read(text: &str, range: &Self::Range) -> Option<Self>;
    fn write(&self) -> String;
    /// What the constant takes.
    fn looks(range: &Self::Range) -> String;
}

macro_rules! numbers {
    ($($kind:ty: $looks:literal;)*) => {$(
        impl Value for $kind {
            type Range = RangeInclusive<$kind>;

            fn read(text: &str, range: &Self::Range) -> Option<$kind> {
                // What is no number at all lies in no range.
                text.parse().ok().filter(|value| range.contains(value))
            }

            fn write(&self) -> String {
                self.to_string()
            }

            fn looks(range: &Self::Range) -> String {
                format!("{} from {} to {}", $looks, range.start(), range.end())
            }
        }
    )*};
}

numbers! {
    f64: "a number";
    f32: "a number";
    usize: "a whole number";
}

impl Value for bool {
    type Range = ();

    fn read(text: &str, (): &()) -> Option<bool> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }

    fn looks((): &()) -> String {
        "true or false".into()
    }
}

/// None is the search's own choice.
impl<T: Value> Value for Option<T> {
    type Range = T::Range;

    fn read(text: &str, range: &T::Range) -> Option<Option<T>> {
        match text {
            "auto" => Some(None),
            _ => T::read(text, range).map(Some),
        }
    }

    fn write(&self) -> String {
        self.as_ref().map_or_else(|| "auto".into(), T::write)
    }

    fn looks(range: &T::Range) -> String {
        format!("auto or {}", T::looks(range))
    }
}

/// None is an empty word, or as KataGo's users also write it, an underscore.
impl Value for Option<Profile> {
    type Range = ();

    fn read(text: &str, (): &()) -> Option<Option<Profile>> {
        match text {
            "" | "_" => Some(None),
            _ => text.parse().ok().map(Some),
        }
    }

    fn write(&self) -> String {
        self.map_or_else(String::new, |profile| profile.to_string())
    }

    fn looks((): &()) -> String {
        format!("{}, or _ for none", Profile::LOOKS)
    }
}

macro_rules! gumbel {
    ($($field:ident: $kind:ty,)*) => {
        /// What each field of [`GumbelParams`] takes.
        struct GumbelRange {
            $($field: RangeInclusive<$kind>,)*
        }

        /// The fields of [`GumbelParams`] in this order, separated by colons; those left out at the end keep their
        /// defaults.
        impl Value for Option<GumbelParams> {
            type Range = GumbelRange;

            fn read(text: &str, range: &GumbelRange) -> Option<Option<GumbelParams>> {
                if text == "off" {
                    return Some(None);
                }
                let mut params = GumbelParams::default();
                let mut parts = text.split(':');
                $(if let Some(part) = parts.next() {
                    params.$field = <$kind>::read(part, &range.$field)?;
                })*
                parts.next().is_none().then_some(Some(params))
            }

            fn write(&self) -> String {
                self.map_or_else(|| "off".into(), |GumbelParams { $($field),* }| {
                    [$($field.write()),*].join(":")
                })
            }

            fn looks(range: &GumbelRange) -> String {
                let names = [$(stringify!($field)),*].join(":").to_uppercase();
                let ranges = [$(<$kind>::looks(&range.$field)),*].join(", ");
                format!("off or {names}, as many of them as you like: {ranges}")
            }
        }
    };
}

gumbel! {
    considered: usize,
    playouts: usize,
    visit_scale: f64,
    value_scale: f64,
    noise: f64,
}

/// Why a constant was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is none of this name.
    #[error("is no constant of the search")]
    Unknown,
    /// It does not take such a value: the end of a sentence that begins with the name, and says what it takes.
    #[error("{0}")]
    Value(String),
}

/// What a change of a constant makes out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing that is kept.
    Nothing,
    /// The root's own evaluation.
    Root,
    /// All averages, which are recomputed from what is stored: utilities, and weights of children.
    Averages,
    /// As `Averages`; but where evaluations weigh by how uncertain they are, their weights, which are stored with the nodes.
    Weights,
    /// The evaluations of the tree, or what nodes have from the beginning or never.
    Evaluations,
}

macro_rules! named {
    (
        $($name:ident: $range:expr => $effect:ident $(, $katago:literal)?;)*;
        $($other:ident => $other_effect:ident),*
    ) => {
        impl SearchParams {
            /// Names of the constants that can be set by name, in the order of their documentation.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// KataGo's names of constants, each with ours.
            pub const KATAGO: &'static [(&'static str, &'static str)] =
                &[$($(($katago, stringify!($name)),)?)*];

            /// Sets a constant, in the spelling of its field; `-` stands for `_`.
            ///
            /// # Errors
            /// When there is no such constant, or it does not take such a value; the range of a number is then named.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), NameError> {
                match name.replace('-', "_").as_str() {
                    $(stringify!($name) => set(&mut self.$name, value, &$range),)*
                    _ => Err(NameError::Unknown),
                }
            }

            /// Value of a constant as text; `None` if there is none of this name.
            pub fn get(&self, name: &str) -> Option<String> {
                match name.replace('-', "_").as_str() {
                    $(stringify!($name) => Some(self.$name.write()),)*
                    _ => None,
                }
            }

            /// The constants that are not as usual, with their values as text.
            pub fn changed(&self) -> Vec<(&'static str, String)> {
                let usual = SearchParams::default();
                let mut changed = Vec::new();
                $(if self.$name != usual.$name {
                    changed.push((stringify!($name), self.$name.write()));
                })*
                changed
            }

            /// Whether a constant whose change has this effect is another than in `before`. Fails to compile when a
            /// constant is missing from the list below.
            pub(super) fn changes(&self, before: &SearchParams, effect: Effect) -> bool {
                let SearchParams { $($name,)* $($other),* } = before;
                $(Effect::$effect == effect && self.$name != *$name)||*
                    $(|| Effect::$other_effect == effect && self.$other != *$other)*
            }
        }
    };
}

fn set<T: Value>(field: &mut T, value: &str, range: &T::Range) -> Result<(), NameError> {
    *field = T::read(value, range)
        .ok_or_else(|| NameError::Value(format!("must be {}, not '{value}'", T::looks(range))))?;
    Ok(())
}

// Each constant with the least and the most that it may be, beyond which the search divides by nothing or nobody has a use
// for it, with what its change makes out of date, and with KataGo's name where it has one; `Search::set_params` has what
// depends on more than the constant. After the lone semicolon, what depends on the game and is not for users to set;
// `Search::set_root` sees to the advantage.
named! {
    // What is uncertain of the score or the winner weighs by what these are worth.
    win_loss_utility: 0.0..=10.0 => Weights, "winLossUtilityFactor";
    static_score_utility: 0.0..=10.0 => Weights, "staticScoreUtilityFactor";
    dynamic_score_utility: 0.0..=10.0 => Weights, "dynamicScoreUtilityFactor";
    score_center_zero_weight: 0.0..=1.0 => Averages, "dynamicScoreCenterZeroWeight";
    score_center_scale: 0.01..=100.0 => Weights, "dynamicScoreCenterScale";
    no_result_utility: -10.0..=10.0 => Averages, "noResultUtilityForWhite";
    cpuct: 0.0..=100.0 => Nothing, "cpuctExploration";
    cpuct_log: 0.0..=100.0 => Nothing, "cpuctExplorationLog";
    cpuct_log_base: 1.0..=1e9 => Nothing, "cpuctExplorationBase";
    // Above 1 little spread would make the factor of exploration negative.
    cpuct_stdev_scale: 0.0..=1.0 => Nothing, "cpuctUtilityStdevScale";
    cpuct_stdev_prior: 0.001..=10.0 => Nothing, "cpuctUtilityStdevPrior";
    cpuct_stdev_prior_weight: 0.0..=1000.0 => Nothing, "cpuctUtilityStdevPriorWeight";
    fpu_reduction: 0.0..=10.0 => Nothing, "fpuReductionMax";
    root_fpu_reduction: 0.0..=10.0 => Nothing, "rootFpuReductionMax";
    fpu_parent_power: 0.0..=10.0 => Nothing, "fpuParentWeightByVisitedPolicyPow";
    virtual_loss: 0.0..=100.0 => Nothing;
    uncertainty_weighting: () => Weights, "useUncertainty";
    uncertainty_coefficient: 0.0001..=100.0 => Weights, "uncertaintyCoeff";
    uncertainty_max_weight: 1.0..=1000.0 => Weights, "uncertaintyMaxWeight";
    value_weight_exponent: 0.0..=5.0 => Averages, "valueWeightExponent";
    noise_prune_scale: 0.0..=100.0 => Averages, "noisePruneUtilityScale";
    // From or to 0 the tree is cleared: nodes are in buckets from the beginning, or never.
    subtree_bias: 0.0..=1.0 => Averages, "subtreeValueBiasFactor";
    subtree_bias_exponent: 0.0..=1.0 => Averages, "subtreeValueBiasWeightExponent";
    optimism: 0.0..=1.0 => Evaluations, "policyOptimism";
    root_optimism: 0.0..=1.0 => Root, "rootPolicyOptimism";
    root_policy_temperature: 0.01..=100.0 => Root, "rootPolicyTemperature";
    root_policy_temperature_early: 0.01..=100.0 => Root, "rootPolicyTemperatureEarly";
    root_symmetries: 1..=8 => Root, "rootNumSymmetriesToSample";
    random_symmetry: () => Evaluations;
    // Switched on it clears the tree: nodes have owners from the beginning, or never.
    ownership: () => Nothing;
    profile: () => Evaluations, "humanSLProfile";
    root_noise: () => Nothing, "rootNoiseEnabled";
    root_noise_weight: 0.0..=1.0 => Nothing, "rootDirichletNoiseWeight";
    root_noise_concentration: 0.001..=10_000.0 => Nothing, "rootDirichletNoiseTotalConcentration";
    wide_root_noise: 0.0..=5.0 => Nothing, "wideRootNoise";
    forced_visits: 0.0..=100.0 => Nothing, "rootDesiredPerChildVisitsCoeff";
    gumbel: GumbelRange {
        considered: 1..=1000,
        playouts: 0..=1_000_000,
        visit_scale: 0.0..=10_000.0,
        value_scale: 0.0..=1000.0,
        noise: 0.0..=100.0,
    } => Nothing;
    conservative_pass: () => Root, "conservativePass";
    passing_hacks: () => Evaluations, "enablePassingHacks";
    ignore_pre_root_history: () => Evaluations, "ignorePreRootHistory";
    root_ending_bonus: -10.0..=10.0 => Nothing, "rootEndingBonusPoints";
    prune_useless_moves: () => Nothing, "rootPruneUselessMoves";
    root_symmetry_pruning: () => Nothing, "rootSymmetryPruning";
    fill_dame_before_pass: () => Nothing, "fillDameBeforePass";
    cleanup_before_pass: () => Nothing, "cleanupBeforePass";
    // Where somebody mirrors the tree is cleared.
    anti_mirror: () => Nothing, "antiMirror";
    // `Search::set_root` sees to it.
    avoid_repeated_pattern_utility: -3.0..=3.0 => Nothing, "avoidRepeatedPatternUtility";
    lcb: () => Nothing, "useLcbForSelection";
    lcb_stdevs: 0.1..=100.0 => Nothing, "lcbStdevs";
    lcb_min_weight: 0.0..=1.0 => Nothing, "minVisitPropForLCB";
    temperature: 0.0..=100.0 => Nothing, "chosenMoveTemperature";
    temperature_early: 0.0..=100.0 => Nothing, "chosenMoveTemperatureEarly";
    temperature_half_life: 0.0..=1e6 => Root, "chosenMoveTemperatureHalflife";
    temperature_below: 0.0..=1.0 => Nothing, "chosenMoveTemperatureOnlyBelowProb";
    choice_prune: 0.0..=1e10 => Nothing, "chosenMovePrune";
    human_choice: 0.0..=1.0 => Nothing, "humanSLChosenMoveProp";
    human_choice_ignores_pass: () => Nothing, "humanSLChosenMoveIgnorePass";
    human_choice_lambda: 0.000001..=1e9 => Nothing, "humanSLChosenMovePiklLambda";
    human_cpuct: 0.0..=1000.0 => Nothing, "humanSLCpuctExploration";
    human_cpuct_permanent: 0.0..=1000.0 => Nothing, "humanSLCpuctPermanent";
    human_root_weightless: 0.0..=1.0 => Nothing, "humanSLRootExploreProbWeightless";
    human_root_weightful: 0.0..=1.0 => Nothing, "humanSLRootExploreProbWeightful";
    // Nodes have the human policy from the beginning, or never.
    human_own_weightless: 0.0..=1.0 => Evaluations, "humanSLPlaExploreProbWeightless";
    human_own_weightful: 0.0..=1.0 => Evaluations, "humanSLPlaExploreProbWeightful";
    human_opponent_weightless: 0.0..=1.0 => Evaluations, "humanSLOppExploreProbWeightless";
    human_opponent_weightful: 0.0..=1.0 => Evaluations, "humanSLOppExploreProbWeightful";
    // As many as may be under way.
    batch: 1..=4096 => Nothing;
    // Each has a thread of its own.
    batches_in_flight: 1..=64 => Nothing;
    visits_per_in_flight: 1..=1_000_000 => Nothing;
    memory_limit: 1 << 20..=16 << 40 => Nothing;
    pv_length: 2..=1001 => Nothing;
    ;
    advantage => Nothing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constant_can_be_read_and_set() {
        for name in SearchParams::NAMES {
            let mut params = SearchParams::self_play();
            let value = SearchParams::default().get(name).unwrap();
            params.set(name, &value).unwrap();
            assert_eq!(params.get(name).unwrap(), value, "{name}");
        }
        let mut params = SearchParams::default();
        params.set("cpuct-log", "0.5").unwrap();
        assert_eq!(params.cpuct_log, 0.5);
        params.set("batch", "12").unwrap();
        assert_eq!(params.batch, Some(12));
        params.set("gumbel", "8:100").unwrap();
        let gumbel = params.gumbel.unwrap();
        assert_eq!(
            (gumbel.considered, gumbel.playouts, gumbel.noise),
            (8, 100, 1.0)
        );
        let written = params.get("gumbel").unwrap();
        params.set("gumbel", &written).unwrap();
        assert_eq!(params.gumbel, Some(gumbel));
    }

    #[test]
    fn constants_that_are_not_as_usual_are_listed() {
        let mut params = SearchParams::default();
        assert_eq!(params.changed(), []);
        params.set("lcb", "false").unwrap();
        params.set("cpuct", "1.5").unwrap();
        let changed = [("cpuct", "1.5".into()), ("lcb", "false".into())];
        assert_eq!(params.changed(), changed);
    }

    #[test]
    fn wrong_names_and_values_are_told() {
        fn check(name: &str, value: &str, says: &str) {
            let error = SearchParams::default().set(name, value).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
        check("cpukt", "1", "no constant");
        check("cpuct", "one", "must be a number from 0 to 100, not 'one'");
        check("cpuct", "inf", "a number");
        check("cpuct", "nan", "a number");
        check("score-center-scale", "-1", "from 0.01 to 100, not '-1'");
        check("lcb", "1", "true or false");
        check("profile", "5k", "rank_20k to rank_9d");
        check("batch", "-1", "auto or a whole number from 1 to 4096");
        check("gumbel", "on", "off or CONSIDERED");
        check("gumbel", "0", "a whole number from 1 to 1000, ");
        check("gumbel", "16:99999999999999", "0 to 1000000");
        check("gumbel", "16:32:50:1:1:1", "off or CONSIDERED");
        check("advantage", "1", "no constant");
    }
}
