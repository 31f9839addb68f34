//! KataGo's configuration files.

use std::fs;
use std::path::{Path, PathBuf};

/// What files say, later lines after earlier ones.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Names and values.
    pub(super) settings: Vec<(String, String)>,
    /// Lines that are neither settings nor comments, with where they stand.
    pub(super) not_understood: Vec<String>,
    /// What was read, by its whole path.
    read: Vec<PathBuf>,
}

/// What a line is.
enum Line<'a> {
    Nothing,
    Setting(String, String),
    Include(&'a str),
    NotUnderstood,
}

impl Files {
    /// Whether any file was read.
    pub(super) fn any(&self) -> bool {
        !self.read.is_empty()
    }

    /// Reads a file and those it includes; whether it can be read.
    ///
    /// # Errors
    /// When one that it includes cannot be read, or is read already.
    pub(super) fn read(&mut self, path: &Path) -> Result<bool, String> {
        let Ok(text) = fs::read_to_string(path) else {
            return Ok(false);
        };
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if self.read.contains(&whole) {
            return Err(format!(
                "{} is included where it was read already: name each file once",
                path.display()
            ));
        }
        self.read.push(whole);
        for (index, text) in text.lines().enumerate() {
            let place = || format!("line {} of {}", index + 1, path.display());
            match Line::of(text) {
                Line::Nothing => {}
                Line::Setting(name, value) => self.settings.push((name, value)),
                Line::NotUnderstood => {
                    self.not_understood
                        .push(format!("{} ({:?})", place(), text.trim()))
                }
                Line::Include(file) => {
                    let included = path.parent().unwrap_or_else(|| Path::new("")).join(file);
                    if !self.read(&included)? {
                        return Err(format!(
                            "{} includes {}, which cannot be read",
                            place(),
                            included.display()
                        ));
                    }
                }
            }
        }
        Ok(true)
    }
}

impl Line<'_> {
    fn of(text: &str) -> Line<'_> {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            return Line::Nothing;
        }
        if let Some(file) = text.strip_prefix("@include") {
            let file = file.split('#').next().unwrap_or_default();
            let begins = file.starts_with([' ', '\t', '=']);
            let file = file.trim_matches([' ', '\t', '=']);
            let file = file.trim_matches('\'').trim_matches('"');
            return match file {
                _ if !begins => Line::NotUnderstood,
                "" => Line::NotUnderstood,
                file => Line::Include(file),
            };
        }
        match setting(text) {
            Some((name, value)) if !value.is_empty() => Line::Setting(name, value),
            _ => Line::NotUnderstood,
        }
    }
}

/// A setting as a line of a file or the command line has it, if it is one. The value may be empty.
pub(super) fn setting(text: &str) -> Option<(String, String)> {
    let (name, value) = text.trim().split_once('=')?;
    let name = name.trim_end();
    let of_names = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(of_names) {
        return None;
    }
    let value = value.trim();
    let value = match value.strip_prefix('"') {
        Some(quoted) => unquoted(quoted)?,
        None => value.split('#').next()?.trim().to_owned(),
    };
    // KataGo takes both names.
    let name = match name {
        "numSearchThreadsPerAnalysisThread" => "numSearchThreads",
        name => name,
    };
    Some((name.to_owned(), value))
}

/// What stands before the closing quote, `\"` and `\\` for what they stand for; nothing but a comment may follow.
fn unquoted(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => break,
            '\\' => value.push(chars.next()?),
            c => value.push(c),
        }
    }
    let rest = chars.as_str().trim();
    (rest.is_empty() || rest.starts_with('#')).then_some(value)
}
