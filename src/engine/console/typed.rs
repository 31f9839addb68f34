//! What people type otherwise than the protocol has it.

use std::path::Path;

use gtp::{Argument, Vertex};

use super::name_of;
use crate::engine::command;
use crate::go::Game;

/// A line that was typed, completed.
#[derive(Debug)]
pub(super) enum Typed {
    /// To be read as the protocol has it.
    Line(String),
    /// A command that takes a file, and its arguments. Files may have a `#` in their names, where the protocol knows only
    /// comments.
    OfFiles(String, String),
}

/// What a line stands for. A point alone is a move of the player whose turn it is, also with a blank in it, and so is `play` or `genmove` without a
/// colour; names of commands may have capitals, and names of files quotes, `~` and `#`, as in a shell.
pub(super) fn expand(line: &str, game: &Game, home: Option<&Path>) -> Typed {
    let color = name_of(game.to_move());
    let line = line.trim();
    let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let name = first.to_ascii_lowercase();
    let words: Vec<&str> = rest.split_whitespace().collect();
    let is_point = |word: &str| word.parse::<Vertex>().is_ok();
    Typed::Line(match (name.as_str(), &words[..]) {
        (_, []) if is_point(first) => format!("play {color} {first}"),
        (_, [word]) if gtp::Color::from_word(first).is_some() && is_point(word) => {
            format!("play {first} {word}")
        }
        (letter, [row]) if letter.len() == 1 && is_point(&format!("{letter}{row}")) => {
            format!("play {color} {letter}{row}")
        }
        ("play", [word]) if is_point(word) => format!("play {color} {word}"),
        ("genmove" | "genmove_debug" | "reg_genmove" | "kgs-genmove_cleanup", []) => {
            format!("{name} {color}")
        }
        _ => match command::find(&name) {
            Some(command) if ["FILE", "PREFIX"].iter().any(|word| command.takes(word)) => {
                let rest = rest.replace('\t', " ");
                let words = without_quotes(&without_escapes(without_comment(&rest).trim()));
                return Typed::OfFiles(name, with_home(&words, home));
            }
            Some(_) => format!("{name} {rest}"),
            None => line.to_owned(),
        },
    })
}

/// Arguments up to a `#` that begins a word, outside quotes: a comment.
fn without_comment(text: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in text.char_indices() {
        let escaped = before == '\\';
        let begins = before == ' ' && quote.is_none();
        match c {
            '#' if begins => return &text[..at],
            '"' | '\'' if begins && text[at + 1..].contains(c) => quote = Some(c),
            _ if quote == Some(c) && !escaped => quote = None,
            _ => {}
        }
        // What is escaped is a letter like others: it neither ends a word nor escapes the next.
        before = if escaped { 'a' } else { c };
    }
    text
}

/// Arguments without the backslashes that Tab puts before blanks and other characters with a meaning to shells. Others are
/// parts of names.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escaped)) = rest.split_once('\\') {
        plain += before;
        rest = escaped;
        let special = |c: char| c.is_ascii_whitespace() || c.is_ascii_punctuation();
        match escaped.chars().next().filter(|&c| special(c)) {
            Some(c) => {
                plain.push(c);
                rest = &escaped[1..];
            }
            None => plain.push('\\'),
        }
    }
    plain + rest
}

/// Arguments without the quotes around one of them.
fn without_quotes(text: &str) -> String {
    let quoted = text.char_indices().find_map(|(at, quote)| {
        let (before, after) = (&text[..at], text[at..].strip_prefix(['"', '\''])?);
        let (name, rest) = after.split_once(quote)?;
        let whole = (before.is_empty() || before.ends_with(' '))
            && (rest.is_empty() || rest.starts_with(' '));
        whole.then(|| format!("{before}{name}{rest}"))
    });
    quoted.unwrap_or_else(|| text.to_owned())
}

/// Arguments with the user's folder in place of a `~` that one of them begins with.
fn with_home(text: &str, home: Option<&Path>) -> String {
    let tilde = if text.starts_with("~/") {
        Some(0)
    } else {
        text.find(" ~/").map(|blank| blank + 1)
    };
    match (tilde, home.and_then(Path::to_str)) {
        (Some(at), Some(home)) => format!("{}{home}{}", &text[..at], &text[at + 1..]),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::{Rules, Size};

    #[test]
    fn lines_are_completed_to_what_the_protocol_has() {
        let game = Game::new(Size::square(9).unwrap(), Rules::default());
        for (typed, expected) in [
            ("C3", "play black C3"),
            ("w pass", "play w pass"),
            ("D 4", "play black d4"),
            ("b 4", "play black b4"),
            ("b c4", "play b c4"),
            ("d 99", "play black d99"),
            ("PLAY c3", "play black c3"),
            ("Genmove", "genmove black"),
            ("HELP Komi", "help Komi"),
            ("nonsense C3", "nonsense C3"),
            ("1 name", "1 name"),
            ("loadsgf g 1.sgf 3", "loadsgf g 1.sgf 3"),
            (r"loadsgf game\ \(1\).sgf 3", "loadsgf game (1).sgf 3"),
            (r"loadsgf C:\games\g.sgf", r"loadsgf C:\games\g.sgf"),
            ("loadsgf \"g 1.sgf\"", "loadsgf g 1.sgf"),
            ("LoadSGF  'g 1.sgf' 3 ", "loadsgf g 1.sgf 3"),
            ("save it's", "save it's"),
            ("save \"it", "save \"it"),
            ("save ~/a.sgf", "save /home/me/a.sgf"),
            ("dump \"~/a b\"", "dump /home/me/a b"),
            ("tree 3 --html ~/a.html", "tree 3 --html /home/me/a.html"),
            ("printsgf a~/b", "printsgf a~/b"),
            (
                "load_weights ~/net.bin.gz",
                "load_weights /home/me/net.bin.gz",
            ),
            ("save \"Game #1.sgf\" # the first", "save Game #1.sgf"),
            ("save game#1.sgf #", "save game#1.sgf"),
            (r"loadsgf \#1.sgf 3 #4", "loadsgf #1.sgf 3"),
            (r"save a\ #1.sgf", "save a #1.sgf"),
            ("save it's #1", "save it's"),
            ("save \"it #1", "save \"it"),
            ("dump '#1'", "dump #1"),
            ("save # nowhere", "save "),
            ("komi 5 # 6", "komi 5 # 6"),
            ("kgs-chat game me \"~/a\"", "kgs-chat game me \"~/a\""),
        ] {
            let line = match expand(typed, &game, Some(Path::new("/home/me"))) {
                Typed::Line(line) => line,
                Typed::OfFiles(name, arguments) => format!("{name} {arguments}"),
            };
            assert_eq!(line, expected, "{typed}");
        }
    }
}
