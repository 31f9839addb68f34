//! The settings of a run that has begun: its `values.toml`, on the machine that the run goes on on.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Machine, RunSettings};
use crate::files::{at, take_name, write_whole};
use crate::pipeline::Failure;
use crate::pipeline::folder::RunFolder;

/// Settings in force here.
#[derive(Clone, Debug, PartialEq)]
pub struct InForce {
    /// The settings.
    pub settings: RunSettings,
    /// What `values.toml` does not say, or says otherwise, each as `key = value`: keys that the version that wrote it did
    /// not know, and sizes for another machine.
    pub news: Vec<String>,
    /// What `values.toml` says, if this program would write it otherwise: somebody edited it, or another version wrote it.
    text: Option<String>,
}

impl InForce {
    /// Those of the run of a folder on a machine; `None` where none has begun. Sizes that were those of the machine that it
    /// has been on are those of this one; sizes stay that the user named in `run.toml`, or changed in `values.toml`.
    ///
    /// # Errors
    /// If a file cannot be read, or has what this version does not know.
    pub fn of_run(folder: &RunFolder, machine: Machine) -> Result<Option<InForce>, Failure> {
        let path = folder.values_file();
        let Some(text) = read(&path)? else {
            return Ok(None);
        };
        let asked_in = folder.run_file();
        let asked = read(&asked_in)?.unwrap_or_default();
        let asked = asked.parse().map_err(|error| bad(asked_in, &error))?;
        let settings = RunSettings::in_force(&text, machine);
        let settings = settings.map_err(|error| bad(path, &error))?;
        let fitted = settings.fitted(&asked, machine)?;
        let said = text.parse().unwrap_or_default();
        let news = news(&said, &settings.to_table()?, &fitted.to_table()?);
        let own = text == settings.to_text()?;
        Ok(Some(InForce {
            settings: fitted,
            news,
            text: (!own).then_some(text),
        }))
    }

    /// Has `values.toml` say what is in force. It stays as it is where it says that already; otherwise what it was before is
    /// kept beside it, where that may have the user's own comments.
    ///
    /// # Errors
    /// If another trainer is at work, or a file cannot be written.
    pub fn write(&self, folder: &RunFolder) -> Result<(), Failure> {
        if self.news.is_empty() {
            return Ok(());
        }
        let _lock = folder.lock()?;
        let path = folder.values_file();
        let mut told = format!("{} says now: {}", path.display(), self.news.join(", "));
        if let Some(text) = &self.text {
            let first = folder.values_before(1);
            let before = take_name(1, |number| folder.values_before(number)).map_err(at(&first))?;
            write_whole(&before.path, text.as_bytes()).map_err(at(&before.path))?;
            told.push_str(&format!("; what it was is in {}", before.path.display()));
        }
        write_whole(&path, self.settings.to_text()?.as_bytes()).map_err(at(&path))?;
        log::info!("{told}");
        Ok(())
    }
}

/// The text of a file; `None` if it is not there.
fn read(path: &Path) -> Result<Option<String>, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error).into()),
    }
}

fn bad(path: PathBuf, error: &dyn std::fmt::Display) -> Failure {
    Failure::Books {
        path,
        why: format!("{error}; correct it, or go on with the version of the program that wrote it"),
    }
}

/// The values of `now` whose keys a file has not `said`, or that are others than `before`. What the file says is not compared
/// with, as numbers have several spellings.
fn news(said: &toml::Table, before: &toml::Table, now: &toml::Table) -> Vec<String> {
    let [said, before, now] = [said, before, now].map(flat);
    let is_new = |key: &String, value: &toml::Value| {
        !said.contains_key(key) || before.get(key) != Some(value)
    };
    let new = now.iter().filter(|(key, value)| is_new(key, value));
    new.map(|(key, value)| format!("{key} = {value}")).collect()
}

/// All values of a table of tables, by their keys with dots.
fn flat(table: &toml::Table) -> BTreeMap<String, toml::Value> {
    let mut all = BTreeMap::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => {
                let inner = flat(inner).into_iter();
                all.extend(inner.map(|(rest, value)| (format!("{key}.{rest}"), value)));
            }
            value => {
                all.insert(key.clone(), value.clone());
            }
        }
    }
    all
}
