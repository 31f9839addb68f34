//! Settings as text: a file that changes a preset, and the values in force.

use super::gate::GAMES_TO_DECIDE;
use super::{Machine, RunSettings};
use crate::pipeline::Failure;

/// Settings that a file has changed.
struct Changed {
    settings: RunSettings,
    /// What they were before.
    base: toml::Table,
    /// What the file says.
    changes: toml::Table,
}

impl RunSettings {
    /// A preset, named by the argument or the file and sized for the machine, changed by the text of a file.
    ///
    /// # Errors
    /// If the text is not TOML, has a key that is not known or does nothing, or values that make no sense.
    pub fn parse(
        preset: Option<&str>,
        text: &str,
        machine: Machine,
    ) -> Result<RunSettings, Failure> {
        let Changed {
            settings,
            base,
            changes,
        } = RunSettings::change(preset, text, machine)?;
        settings.check_changes(&base, &changes)?;
        Ok(settings)
    }

    fn change(preset: Option<&str>, text: &str, machine: Machine) -> Result<Changed, Failure> {
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::Settings(format!("the settings of the run: {error}"))
        };
        let changes: toml::Table = text
            .parse()
            .map_err(|error| wrong(&in_a_line(&error, text)))?;
        let named = changes.get("preset").and_then(toml::Value::as_str);
        let mut preset = RunSettings::preset(preset.or(named).unwrap_or("9x9"), machine)?;
        let playouts = changes.get("play").and_then(|play| play.get("playouts"));
        if let Some(playouts) = playouts.and_then(toml::Value::as_integer) {
            let playouts = usize::try_from(playouts).unwrap_or(0);
            preset.play = preset.play.with_playouts(playouts);
        }
        let mode = changes.get("gate").and_then(|gate| gate.get("mode"));
        if mode.and_then(toml::Value::as_str) == Some("match") {
            preset.gate.games = GAMES_TO_DECIDE;
        }
        let base = toml::Table::try_from(&preset).map_err(|error| wrong(&error))?;
        let mut table = base.clone();
        leave_out_what_is_listed_anew(&mut table, &changes);
        merge(&mut table, changes.clone());
        table.insert("preset".into(), preset.preset.into());
        let settings: RunSettings = table
            .try_into()
            .map_err(|error| wrong(&in_a_line(&error, text)))?;
        settings.check()?;
        settings.games()?;
        settings.actor_params()?;
        Ok(Changed {
            settings,
            base,
            changes,
        })
    }

    /// Those in force in a run that has begun, from its [`RunSettings::to_text`], which says everything itself; what an
    /// older version did not know is the preset's, sized for the machine that there is.
    ///
    /// # Errors
    /// As [`RunSettings::parse`], but that keys may do nothing.
    pub fn in_force(text: &str, machine: Machine) -> Result<RunSettings, Failure> {
        Ok(RunSettings::change(None, text, machine)?.settings)
    }

    /// All values by their keys.
    ///
    /// # Errors
    /// As [`RunSettings::to_text`].
    pub(super) fn to_table(&self) -> Result<toml::Table, Failure> {
        toml::Table::try_from(self).map_err(|error| Failure::Settings(error.to_string()))
    }

    /// As a file that [`RunSettings::in_force`] reads.
    ///
    /// # Errors
    /// Never, unless a value cannot be written as TOML.
    pub fn to_text(&self) -> Result<String, Failure> {
        toml::to_string_pretty(self).map_err(|error| Failure::Settings(error.to_string()))
    }
}

/// What is wrong with TOML, without the picture of it that takes several lines.
fn in_a_line(error: &toml::de::Error, text: &str) -> String {
    if let Some(place) = error.span() {
        let line = 1 + text[..place.start.min(text.len())].matches('\n').count();
        return format!("line {line}: {}", error.message().replace('\n', "; "));
    }
    let told = error.to_string();
    let lines: Vec<&str> = told
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join(" ")
}

/// Boards and rules are lists: whoever names some wants those and not the preset's beside them.
fn leave_out_what_is_listed_anew(table: &mut toml::Table, changes: &toml::Table) {
    let games = |table: &toml::Table| table.get("games").and_then(toml::Value::as_table).cloned();
    let Some(changed) = games(changes) else {
        return;
    };
    if let Some(toml::Value::Table(own)) = table.get_mut("games") {
        for list in ["boards", "rules"] {
            if changed.contains_key(list) {
                own.insert(list.into(), toml::Table::new().into());
            }
        }
    }
}

/// Replaces values by those of `changes`, table by table.
fn merge(table: &mut toml::Table, changes: toml::Table) {
    for (key, change) in changes {
        match (table.get_mut(&key), change) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(change)) => merge(inner, change),
            (_, change) => {
                table.insert(key, change);
            }
        }
    }
}
