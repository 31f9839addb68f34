//! Tables `play.constants` and `opponent.constants`: constants of searches, by the names of GTP's parameters.

use std::collections::BTreeMap;

use crate::search::{NameError, SearchParams};
use crate::spelling;

/// Constants by our names or KataGo's; numbers, words, `true` and `false`.
pub type Constants = BTreeMap<String, toml::Value>;

/// Constants that cannot be set here, and why.
const ELSEWHERE: [(&str, &str); 5] = [
    (
        "gumbel",
        "play.search, considered, playouts, visit_scale and value_scale say that",
    ),
    ("batch", IDLE),
    ("batches_in_flight", IDLE),
    ("visits_per_in_flight", IDLE),
    ("pv_length", IDLE),
];

/// Why a constant of this name, which is ours, cannot be set here; `None` if it can.
fn elsewhere(name: &str) -> Option<&'static str> {
    if name.starts_with("human_") {
        return Some("a run has no network for people");
    }
    let found = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == name);
    found.map(|&(_, why)| why)
}

/// Of what only searches have that fill batches of their own, or are shown.
const IDLE: &str = "searches of self-play do not go by it";

/// Our name of a constant in any spelling.
pub(super) fn own_name(name: &str) -> String {
    SearchParams::own_name(name).replace('-', "_")
}

/// Sets constants of a search.
///
/// # Errors
/// Why the first that cannot be set, or stands there twice, cannot.
pub(super) fn set_all(constants: &Constants, search: &mut SearchParams) -> Result<(), String> {
    let mut given = BTreeMap::new();
    for (name, value) in constants {
        let own = own_name(name);
        if let Some(why) = elsewhere(&own) {
            return Err(format!("{name}: {why}"));
        }
        if let Some(other) = given.insert(own, name) {
            return Err(format!("{other} and {name} are one constant: name it once"));
        }
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        search
            .set_by_any_name(name, &text)
            .map_err(|error| match error {
                NameError::Unknown => unknown(name),
                NameError::Value(problem) => format!("{name} {problem}"),
            })?;
    }
    Ok(())
}

/// What there is in place of a constant that is none.
fn unknown(name: &str) -> String {
    let ours = SearchParams::NAMES.iter().copied();
    let katago = SearchParams::KATAGO.iter().map(|&(katago, _)| katago);
    let settable = |name: &&str| elsewhere(name).is_none();
    let ours = ours.filter(settable);
    match spelling::nearest(name, ours.clone().chain(katago)) {
        Some(meant) => format!("there is no constant '{name}'; did you mean '{meant}'?"),
        None => {
            let names: Vec<&str> = ours.collect();
            format!(
                "there is no constant '{name}'; there are {}",
                names.join(", ")
            )
        }
    }
}
