//! What Tab completes.

use std::borrow::Cow;

use rustyline::completion::{Completer, FilenameCompleter};
use rustyline::highlight::Highlighter;
use rustyline::{Context, Helper, Hinter, Validator};

use super::ConsoleSettings;
use crate::engine::{command, params, words};
use crate::go::{Game, Move, Rules};

/// Completes words; knows what can be said about the current game.
#[derive(Default, Helper, Hinter, Validator)]
pub(super) struct Assistant {
    vertices: Vec<String>,
    colors: bool,
}

impl Assistant {
    pub(super) fn look_at(&mut self, game: &Game, settings: &ConsoleSettings) {
        let points = game
            .size()
            .points()
            .filter(|&point| game.board().is_empty(point));
        self.vertices = points
            .map(|point| words::word(Move::Play(point), game.size()))
            .chain(["pass".to_owned()])
            .collect();
        self.colors = settings.colors;
    }

    /// Words that may stand at the end of `line`, and where the last word begins.
    fn candidates(&self, line: &str) -> (usize, Vec<String>) {
        let start = line.rfind(' ').map_or(0, |blank| blank + 1);
        let typed = &line[start..];
        let mut earlier = line[..start].split_whitespace();
        let owned = |words: &[&str]| {
            words
                .iter()
                .map(|&word| word.to_owned())
                .collect::<Vec<_>>()
        };
        let names = || command::all().map(|command| command.name.to_owned());
        let words: Vec<String> = match (earlier.next(), earlier.next()) {
            (None, _) => names().chain(self.vertices.iter().cloned()).collect(),
            (Some("help" | "known_command"), None) => names().collect(),
            (Some("tree"), _) => owned(&["--at", "--json", "--dot", "--html"])
                .into_iter()
                .chain(self.vertices.iter().cloned())
                .collect(),
            (Some("final_status_list"), None) => owned(&["alive", "dead", "seki"]),
            (Some("kata-set-rules" | "kgs-rules"), None) => {
                Rules::names().map(str::to_owned).collect()
            }
            (Some("kata-get-param" | "kata-set-param"), None) => {
                params::names().map(str::to_owned).collect()
            }
            (Some(name), None) if takes(name, "COLOR") => owned(&["black", "white"]),
            (Some(name), _) if takes(name, "VERTEX") => self.vertices.clone(),
            _ => Vec::new(),
        };
        let begins = |word: &String| {
            word.get(..typed.len())
                .is_some_and(|beginning| beginning.eq_ignore_ascii_case(typed))
        };
        (start, words.into_iter().filter(begins).collect())
    }
}

/// Whether the arguments of a command mention this word.
fn takes(name: &str, word: &str) -> bool {
    command::find(name).is_some_and(|command| command.takes(word))
}

impl Completer for Assistant {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..position).unwrap_or(line);
        let (start, words) = self.candidates(before);
        let command = line.split_whitespace().next();
        let named = ["--json", "--dot", "--html"];
        let is_file = before[..start]
            .split_whitespace()
            .next_back()
            .is_some_and(|option| named.contains(&option));
        let may_be_file = words.is_empty() && command.is_some_and(|name| takes(name, "FILE"));
        if start == 0 || !(is_file || may_be_file) {
            return Ok((start, words));
        }
        let (start, files) = FilenameCompleter::new().complete_path(line, position)?;
        Ok((
            start,
            files.into_iter().map(|file| file.replacement).collect(),
        ))
    }
}

impl Highlighter for Assistant {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        if self.colors {
            format!("\x1b[1m{prompt}\x1b[0m").into()
        } else {
            prompt.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::go::{Color, Size};

    #[test]
    fn names_of_files_are_completed_where_there_may_be_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("game.sgf"), "").unwrap();
        let begun = folder.path().join("ga");
        let begun = begun.to_str().unwrap();
        let history = rustyline::history::DefaultHistory::new();
        let complete = |command: &str| {
            let line = format!("{command} {begun}");
            let context = Context::new(&history);
            Assistant::default()
                .complete(&line, line.len(), &context)
                .unwrap()
                .1
        };
        let whole = format!("{begun}me.sgf");
        for command in ["loadsgf", "save", "tree --html", "load_weights"] {
            assert_eq!(complete(command).join(" "), whole, "{command}");
        }
        assert!(complete("komi").is_empty());
    }

    #[test]
    fn words_are_completed_by_what_may_stand_there() {
        let mut game = Game::new(Size::new(3, 2).unwrap(), Rules::default());
        let corner = Move::Play(game.size().points().next().unwrap());
        game.play(Color::Black, corner).unwrap();
        let mut assistant = Assistant::default();
        assistant.look_at(&game, &ConsoleSettings::default());
        let check = |line: &str, at: usize, expected: &str| {
            let (start, words) = assistant.candidates(line);
            assert_eq!(
                (start, words.join(" ").as_str()),
                (at, expected),
                "{line:?}"
            );
        };
        let free = "B2 C2 A1 B1 C1 pass";
        check("showb", 0, "showboard");
        check("FIXED", 0, "fixed_handicap");
        check("b1", 0, "B1");
        check("nonsense", 0, "");
        check("help kom", 5, "komi");
        check("known_command undo", 14, "undo");
        check("help komi un", 10, "");
        check("play ", 5, "black white");
        check("play B", 5, "black");
        check("play b ", 7, free);
        check("genmove w", 8, "white");
        check("set_free_handicap ", 18, free);
        check("set_free_handicap b1 c", 21, "C2 C1");
        check("why a", 4, "A1");
        check("komi ", 5, "");
        check("final_status_list ", 18, "alive dead seki");
        check("final_status_list dead ", 23, "");
        check("tree --", 5, "--at --json --dot --html");
        check("tree 2 --at c", 12, "C2 C1");
        check("kata-get-param maxV", 15, "maxVisits maxVisitsPondering");
        check("kata-set-param lagBuffer ", 25, "");
        check("kata-set-rules chinese-o", 15, "chinese-ogs");
        check("kgs-rules jap", 10, "japanese");
        // A letter that is no byte, and a word that is typed otherwise than it is written.
        check("play b \u{fc}", 7, "");
        check("help \u{130}", 5, "");
    }
}
