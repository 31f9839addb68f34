//! The constants of the search by name, for users who try others.

use super::{GumbelParams, SearchParams};

/// A kind of value that a constant can have, as text.
trait Value: Sized {
    /// What such values look like.
    const LOOKS: &'static str;

    fn read(text: &str) -> Option<Self>;
    fn write(&self) -> String;
}

macro_rules! parsed_values {
    ($($kind:ty: $looks:literal if $valid:expr;)*) => {$(
        impl Value for $kind {
            const LOOKS: &'static str = $looks;

            fn read(text: &str) -> Option<$kind> {
                text.parse().ok().filter($valid)
            }

            fn write(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

parsed_values! {
    f64: "a number" if |value: &f64| value.is_finite();
    f32: "a number" if |value: &f32| value.is_finite();
    bool: "true or false" if |_| true;
    usize: "a whole number" if |_| true;
}

impl Value for Option<usize> {
    const LOOKS: &'static str = "a whole number or auto";

    fn read(text: &str) -> Option<Option<usize>> {
        match text {
            "auto" => Some(None),
            _ => usize::read(text).map(Some),
        }
    }

    fn write(&self) -> String {
        self.map_or_else(|| "auto".into(), |value| value.to_string())
    }
}

/// The fields of [`GumbelParams`] in their order, separated by colons; those left out at the end keep their defaults.
impl Value for Option<GumbelParams> {
    const LOOKS: &'static str =
        "off or CONSIDERED:PLAYOUTS:VISIT_SCALE:VALUE_SCALE:NOISE, as many of them as you like";

    fn read(text: &str) -> Option<Option<GumbelParams>> {
        if text == "off" {
            return Some(None);
        }
        let mut params = GumbelParams::default();
        for (place, part) in text.split(':').enumerate() {
            match place {
                0 => params.considered = usize::read(part)?,
                1 => params.playouts = usize::read(part)?,
                2 => params.visit_scale = f64::read(part)?,
                3 => params.value_scale = f64::read(part)?,
                4 => params.noise = f64::read(part)?,
                _ => return None,
            }
        }
        Some(Some(params))
    }

    fn write(&self) -> String {
        self.map_or_else(
            || "off".into(),
            |params| {
                let GumbelParams {
                    considered,
                    playouts,
                    visit_scale,
                    value_scale,
                    noise,
                } = params;
                format!("{considered}:{playouts}:{visit_scale}:{value_scale}:{noise}")
            },
        )
    }
}

/// A name or a value that cannot be used, in a sentence that says what can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(String);

macro_rules! named {
    ($($name:ident),* $(,)?; $($other:ident),*) => {
        impl SearchParams {
            /// Names of the constants that can be set by name, in the order of their documentation.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Sets a constant, in the spelling of its field; `-` stands for `_`.
            ///
            /// # Errors
            /// When there is no such constant, or it does not take such a value.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), NameError> {
                match name.replace('-', "_").as_str() {
                    $(stringify!($name) => set(&mut self.$name, name, value),)*
                    _ => Err(NameError(format!(
                        "{name} is no constant of the search; there are {}",
                        SearchParams::NAMES.join(", ")
                    ))),
                }
            }

            /// Value of a constant as text; `None` if there is none of this name.
            pub fn get(&self, name: &str) -> Option<String> {
                match name.replace('-', "_").as_str() {
                    $(stringify!($name) => Some(self.$name.write()),)*
                    _ => None,
                }
            }

            /// Fails to compile when a constant is missing from the list below.
            #[allow(dead_code)]
            fn all_named(self) {
                let SearchParams { $($name: _,)* $($other: _),* } = self;
            }
        }
    };
}

fn set<T: Value>(field: &mut T, name: &str, value: &str) -> Result<(), NameError> {
    *field = T::read(value)
        .ok_or_else(|| NameError(format!("{name} must be {}, not '{value}'", T::LOOKS)))?;
    Ok(())
}

// After the semicolon, what depends on the game and is not for users to set.
named! {
    win_loss_utility, static_score_utility, dynamic_score_utility, score_center_zero_weight, score_center_scale,
    no_result_utility, cpuct, cpuct_log, cpuct_log_base, cpuct_stdev_scale, cpuct_stdev_prior,
    cpuct_stdev_prior_weight, fpu_reduction, root_fpu_reduction, fpu_parent_power, virtual_loss,
    uncertainty_weighting, uncertainty_coefficient, uncertainty_max_weight, value_weight_exponent, noise_prune_scale,
    optimism, root_optimism, root_policy_temperature, root_policy_temperature_early, root_symmetries,
    random_symmetry, ownership, root_noise_weight, root_noise_concentration, wide_root_noise, forced_visits,
    gumbel,
    conservative_pass, passing_hacks, root_ending_bonus, prune_useless_moves, fill_dame_before_pass,
    cleanup_before_pass, lcb, lcb_stdevs,
    lcb_min_weight, temperature, temperature_early, temperature_half_life, choice_prune, batch, batches_in_flight,
    visits_per_in_flight, memory_limit, pv_length;
    advantage
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
    fn wrong_names_and_values_are_told() {
        fn check(name: &str, value: &str, says: &str) {
            let error = SearchParams::default().set(name, value).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
        check("cpukt", "1", "there are win_loss_utility, ");
        check("cpuct", "one", "cpuct must be a number, not 'one'");
        check("cpuct", "inf", "a number");
        check("lcb", "1", "true or false");
        check("batch", "-1", "whole number or auto");
        check("gumbel", "on", "off or CONSIDERED");
        check("advantage", "1", "no constant");
    }
}
