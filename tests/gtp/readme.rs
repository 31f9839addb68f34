//! What the README tells people to paste is accepted by the program.

use clap::Parser;
use df_console::cli::args::Args;

/// The arguments of the program in the README's code, with the line they stand on.
fn command_lines(readme: &str) -> Vec<(&str, Vec<String>)> {
    let code = readme.lines().filter(|line| line.starts_with("    "));
    let found = code.flat_map(|line| {
        line.match_indices("df_console ").map(move |(at, name)| {
            let arguments = &line[at + name.len()..];
            // Another program's argument may hold ours.
            let inner = line[..at].contains('"').then(|| arguments.find('"'));
            let end = inner.flatten().unwrap_or(arguments.len());
            (line, words(&arguments[..end]))
        })
    });
    found
        .filter(|(_, arguments)| !arguments.is_empty())
        .collect()
}

/// Words, or what stands between quotation marks that begin one, up to a comment of the shell.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && !rest.starts_with('#') {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_at(rest.find(' ').unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[test]
fn every_command_line_is_understood() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).expect("the README exists");
    let lines = command_lines(&readme);
    assert!(lines.len() >= 7, "{lines:?}");
    for (line, arguments) in lines {
        let words = std::iter::once("df_console".to_owned()).chain(arguments);
        Args::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

#[test]
fn command_lines_are_found_alone_and_between_quotation_marks() {
    let text = "    df_console --visits 5\ndf_console is not code\n    tool -a \"df_console --size 9\" -b \"df_console --log off\"\n    Name = df_console\n    df_console --komi 7 # seven\n    df_console --a \"visits=5 size=9\" --rules {\"ko\":\"SIMPLE\"}\n";
    let found: Vec<String> = command_lines(text)
        .iter()
        .map(|(_, arguments)| arguments.join("|"))
        .collect();
    assert_eq!(
        found,
        [
            "--visits|5",
            "--size|9",
            "--log|off",
            "--komi|7",
            "--a|visits=5 size=9|--rules|{\"ko\":\"SIMPLE\"}"
        ]
    );
}
