//! Constants by our names or KataGo's.

use super::SearchParams;
use super::named::NameError;

/// KataGo's only temperature of the root's policy, where we have one for the beginning of a game, too.
const ROOT_TEMPERATURE: &str = "rootPolicyTemperature";

impl SearchParams {
    /// Our name of a constant, which may be given by KataGo's.
    pub fn own_name(name: &str) -> &str {
        let known = SearchParams::KATAGO
            .iter()
            .find(|&&(katago, _)| katago == name);
        known.map_or(name, |&(_, ours)| ours)
    }

    /// As [`SearchParams::set`], by our name or KataGo's. KataGo's temperature of the root's policy is also that of the
    /// beginning, unless another was set for that.
    ///
    /// # Errors
    /// As there.
    pub fn set_by_any_name(&mut self, name: &str, value: &str) -> Result<(), NameError> {
        let also_early = name == ROOT_TEMPERATURE
            && self.root_policy_temperature == self.root_policy_temperature_early;
        self.set(SearchParams::own_name(name), value)?;
        if also_early {
            self.root_policy_temperature_early = self.root_policy_temperature;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_set_by_either_name() {
        let mut params = SearchParams::default();
        params.set_by_any_name("cpuctExploration", "1.5").unwrap();
        assert_eq!(params.cpuct, 1.5);
        params.set_by_any_name("cpuct-log", "0.25").unwrap();
        assert_eq!(params.cpuct_log, 0.25);
        let temperatures = |params: &SearchParams| {
            let late = params.root_policy_temperature;
            (params.root_policy_temperature_early, late)
        };
        params.set_by_any_name(ROOT_TEMPERATURE, "1.5").unwrap();
        assert_eq!(temperatures(&params), (1.5, 1.5));
        params
            .set_by_any_name("root_policy_temperature_early", "2")
            .unwrap();
        params.set_by_any_name(ROOT_TEMPERATURE, "1.25").unwrap();
        assert_eq!(temperatures(&params), (2.0, 1.25));
        let unknown = params.set_by_any_name("cpuctExplorer", "1");
        assert_eq!(unknown, Err(NameError::Unknown));
    }
}
