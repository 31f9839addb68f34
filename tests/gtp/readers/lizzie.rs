//! Lizzie 0.7: standard error and standard output are one stream; every reply's first line is parsed for its number, and
//! reading ends for good at the first that has none.

use std::io::{BufRead, BufReader, Write, pipe};
use std::process::{Child, ChildStdin, Stdio};

use super::{blocks, pairs, recorded, without_id};
use crate::live::Live;
use crate::program::program;
use crate::reports::parse;

/// What Lizzie knows after some lines.
#[derive(Default)]
struct Lizzie {
    /// Number of the last reply seen.
    current: Option<usize>,
    /// Texts of the first two replies.
    name: Option<String>,
    version: Option<String>,
    reports: usize,
}

impl Lizzie {
    /// # Panics
    /// Where Lizzie's reader would end, or warn the user.
    fn read(&mut self, line: &str) {
        if let Some(reply) = line.strip_prefix(['=', '?']) {
            let (id, text) = reply.split_once(' ').unwrap_or((reply, ""));
            let id = id
                .parse()
                .unwrap_or_else(|_| panic!("Lizzie stops reading at {line:?}"));
            assert!(
                self.current.is_none_or(|current| id == current + 1),
                "{line:?} after {:?}",
                self.current
            );
            self.current = Some(id);
            if !text.is_empty() && self.name.is_none() {
                self.name = Some(text.to_owned());
            } else if !text.is_empty() && self.version.is_none() {
                self.version = Some(text.to_owned());
                self.check_version(text);
            }
        } else if line.starts_with("info") {
            self.report(line);
        } else {
            assert!(
                !line.contains(" -> "),
                "Lizzie would read {line:?} as a line of Leela Zero's statistics"
            );
        }
    }

    fn is_katago(&self) -> bool {
        self.name
            .as_ref()
            .is_some_and(|name| name.starts_with("KataGo"))
    }

    fn check_version(&self, version: &str) {
        let mut parts = version.split('.').map(|part| part.parse::<u32>());
        let (_, second) = (parts.next(), parts.next());
        let second = second.unwrap_or_else(|| panic!("{version} has no second part"));
        let second = second.unwrap_or_else(|_| panic!("Lizzie stops reading at version {version}"));
        assert!(
            self.is_katago() || second >= 15,
            "Lizzie asks for a newer engine than {version}"
        );
    }

    fn report(&mut self, line: &str) {
        self.reports += 1;
        let (moves, ownership) = match line.split_once(" ownership ") {
            Some((moves, ownership)) => (moves, Some(ownership)),
            None => (line, None),
        };
        for block in blocks(moves) {
            let (keys, variation) = pairs(block);
            assert!(!variation.is_empty(), "{block:?}");
            let integer = |key: &str| keys[key].parse::<u32>().is_ok();
            let number = |key: &str| keys[key].contains('.') && keys[key].parse::<f64>().is_ok();
            assert!(integer("visits") && integer("order"), "{block:?}");
            for key in ["winrate", "prior", "lcb"] {
                let fits = if self.is_katago() {
                    number(key)
                } else {
                    integer(key)
                };
                assert!(fits, "{key} of {block:?}");
            }
            if self.is_katago() {
                assert!(number("scoreMean") && number("scoreStdev"), "{block:?}");
            }
        }
        if let Some(ownership) = ownership {
            let owners: Vec<f64> = ownership
                .split_whitespace()
                .map(|owner| owner.parse().expect("a number"))
                .collect();
            assert_eq!(owners.len(), 81, "{line:?}");
        }
    }
}

#[test]
fn numbers_are_on_every_reply_of_every_transcript() {
    for (name, commands, text) in recorded(|number, line| format!("{number} {}", without_id(line)))
    {
        let mut lizzie = Lizzie {
            // What the transcripts ask for is not always what Lizzie asks for first.
            name: Some("KataGo".to_owned()),
            version: Some(String::new()),
            ..Lizzie::default()
        };
        text.lines().for_each(|line| lizzie.read(line));
        assert_eq!(lizzie.current, commands.checked_sub(1), "{name}: {text}");
    }
}

/// The program as Lizzie starts it.
struct Engine {
    child: Child,
    input: ChildStdin,
    output: BufReader<std::io::PipeReader>,
    lizzie: Lizzie,
    sent: usize,
}

impl Engine {
    fn start(arguments: &[&str]) -> Engine {
        let (output, merged) = pipe().expect("the system has pipes");
        let mut child = program()
            .args([
                "--evaluator",
                "hashed",
                "--seed",
                "1",
                "--size",
                "9",
                "--visits",
                "40",
                "--log",
                "trace",
            ])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(merged.try_clone().expect("the system has pipes"))
            .stderr(merged)
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take().expect("the input is piped");
        Engine {
            child,
            input,
            output: BufReader::new(output),
            lizzie: Lizzie::default(),
            sent: 0,
        }
    }

    fn send(&mut self, command: &str) -> usize {
        let id = self.sent;
        writeln!(self.input, "{id} {command}").expect("the program reads");
        self.sent += 1;
        id
    }

    /// Reads on until `enough`.
    fn until(&mut self, enough: impl Fn(&Lizzie) -> bool) {
        while !enough(&self.lizzie) {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).expect("lines are text");
            assert!(read > 0, "the program ended early");
            self.lizzie.read(line.trim_end_matches('\n'));
        }
    }

    /// Analyses as Lizzie does after every command: the next one waits for some reports.
    fn analyze(&mut self, command: &str) {
        let before = self.lizzie.reports;
        self.send(command);
        self.until(|lizzie| lizzie.reports >= before + 3);
    }

    fn end(mut self) {
        let last = self.send("quit");
        self.until(|lizzie| lizzie.current == Some(last));
        assert!(self.child.wait().expect("the program ends").success());
    }
}

#[test]
fn a_whole_session_is_read_with_all_that_is_logged() {
    for (arguments, analysis) in [
        (&[][..], "lz-analyze 1"),
        (
            &["--gtp-name", "KataGo", "--gtp-version", "1.2"],
            "kata-analyze 1 ownership true",
        ),
    ] {
        let mut engine = Engine::start(arguments);
        for command in ["name", "version", "boardsize 9", "komi 0"] {
            engine.send(command);
        }
        engine.analyze(analysis);
        engine.send("play B D4");
        engine.analyze(analysis);
        engine.send("play W E5");
        // A part of the board, as people mark it.
        engine.analyze(&format!(
            "{} avoid b A1,B2 30 avoid w A1,B2 30",
            analysis.split(" own").next().unwrap_or(analysis)
        ));
        engine.send("undo");
        engine.send("name");
        engine.send("time_settings 0 1 1");
        let moved = engine.send("genmove W");
        engine.until(|lizzie| lizzie.current == Some(moved));
        engine.analyze(analysis);
        for command in [
            "clear_board",
            "fixed_handicap 2",
            "boardsize 9 13",
            "no_such_command",
            "play b Z99",
        ] {
            engine.send(command);
        }
        engine.end();
    }
}

/// A reader that accepts everything proves nothing.
#[test]
fn lizzie_stops_where_it_should() {
    for line in [
        "= name without a number",
        "=1a df_console",
        "info move D4 visits 1.0 winrate 5000 prior 1 lcb 1 order 0 pv D4",
        "info move D4 visits 1 winrate 0.5 prior 1 lcb 1 order 0 pv D4",
        "info move D4 visits 1 winrate 5000 prior 1 lcb 1 order 0",
        "info string something",
        "D4 -> 12 (V: 50%)",
    ] {
        assert!(
            std::panic::catch_unwind(|| Lizzie::default().read(line)).is_err(),
            "{line:?} was read"
        );
    }
    let session = |lines: [&'static str; 2]| {
        std::panic::catch_unwind(move || {
            let mut lizzie = Lizzie::default();
            lines.into_iter().for_each(|line| lizzie.read(line));
        })
    };
    assert!(session(["=1 df_console", "=2 0.20.0"]).is_ok());
    assert!(session(["=1 KataGo", "=2 1.2"]).is_ok());
    assert!(session(["=1 df_console", "=2 1.2.0"]).is_err());
    assert!(session(["=1 df_console", "=2 0.3-dev"]).is_err());
    assert!(session(["=1 df_console", "=3 0.20"]).is_err());
}

/// Lizzie numbers every command and reads the number back from every line that begins like a reply.
#[test]
fn ids_are_on_every_reply_and_lines_are_whole() {
    let mut live = Live::hashed("--size 9 --visits 20");
    let commands = [
        "name",
        "version",
        "boardsize 9",
        "komi 0",
        "lz-analyze 1",
        "play B D4",
        "lz-analyze 1 avoid w A1,B2 30",
        "name",
        "undo",
        "lz-analyze 1",
        "time_settings 0 1 1",
        "genmove B",
    ];
    for (id, command) in commands.iter().enumerate() {
        live.send(&format!("{id} {command}"));
        if command.starts_with("lz-analyze") {
            live.until("\ninfo ");
        }
    }
    live.until(&format!("={} ", commands.len() - 1));
    live.until("\n\n");
    let text = String::from_utf8(live.output.lock().clone()).expect("replies are UTF-8");
    let ids: Vec<usize> = text
        .lines()
        .filter(|line| line.starts_with(['=', '?']))
        .map(|line| {
            line[1..]
                .split(' ')
                .next()
                .and_then(|id| id.parse().ok())
                .expect("an id")
        })
        .collect();
    assert!(ids.into_iter().eq(0..commands.len()), "{text}");
    assert!(text.lines().all(|line| !line.contains(" -> ")));
    text.lines()
        .filter(|line| line.starts_with("info"))
        .for_each(|line| drop(parse(line)));
}
