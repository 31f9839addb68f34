//! Ogatak: in GTP mode every position is set up anew and analysed until the next; in its JSON mode one query runs at a
//! time, and the next goes out when the end of the last was confirmed.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::{Value, json};

use super::{blocks, pairs, recorded, without_id};
use crate::live::Live;
use crate::program::program;

/// What Ogatak keeps in mind of replies: which was the last, and whether more of it may come.
#[derive(Default)]
struct Replies {
    last: usize,
    open: bool,
}

impl Replies {
    /// # Panics
    /// Where Ogatak would take a line for a part of another reply, or of none.
    fn read(&mut self, line: &str) {
        if line.is_empty() {
            assert!(self.open, "an empty line ends nothing after {}", self.last);
            self.open = false;
        } else if let Some(reply) = line.strip_prefix(['=', '?']) {
            // It takes the digits for the number, and what follows the first blank for the text.
            let id = reply.split_once(' ').map_or(reply, |(id, _)| id);
            assert_eq!(
                id.parse(),
                Ok(self.last + 1),
                "{line:?} after {}",
                self.last
            );
            assert!(!self.open, "{line:?} begins before {} has ended", self.last);
            (self.last, self.open) = (self.last + 1, true);
        } else {
            assert!(self.open, "{line:?} belongs to no reply");
        }
    }
}

/// Its numbers begin with 1: of a reply 0 it would know nothing.
#[test]
fn replies_of_every_transcript_begin_and_end_in_order() {
    for (name, commands, text) in
        recorded(|number, line| format!("{} {}", number + 1, without_id(line)))
    {
        let mut replies = Replies::default();
        text.lines().for_each(|line| replies.read(line));
        assert_eq!(
            (replies.last, replies.open),
            (commands, false),
            "{name}: {text}"
        );
    }
}

/// A reader that accepts everything proves nothing.
#[test]
fn ogatak_stops_where_it_should() {
    let reads = |text: &'static str| {
        let read = move || {
            let mut replies = Replies::default();
            text.lines().for_each(|line| replies.read(line));
        };
        std::panic::catch_unwind(read).is_ok()
    };
    assert!(reads("=1 a\nb\n\n?2 no\n\n=3\ninfo\n\n"));
    for text in [
        "= a\n",
        "=2 a\n",
        "=1a\n",
        "=1 a\n=2 b\n",
        "=1 a\n\n\n",
        "=1 a\n\nb\n",
    ] {
        assert!(!reads(text), "{text:?} was read");
    }
}

#[test]
fn positions_follow_each_other_in_gtp() {
    let mut live = Live::hashed("");
    let mut id = 0;
    let mut send = |live: &mut Live, command: &str| {
        id += 1;
        live.send(&format!("{id} {command}"));
        id
    };
    for command in ["list_commands", "version"] {
        let id = send(&mut live, command);
        assert!(live.until("\n\n").starts_with(&format!("={id} ")));
    }
    for (size, moves) in [
        ("boardsize 9", 2),
        ("rectangular_boardsize 9 11", 3),
        ("boardsize 19", 0),
    ] {
        let plays = ["play B E5", "play W C3", "play B G7"];
        let setup = [
            size,
            "kata-set-rules Chinese",
            "kata-set-param analysisWideRootNoise 0.04",
            "komi 6.5",
            "clear_board",
        ];
        for command in setup.iter().chain(&plays[..moves]) {
            let id = send(&mut live, command);
            assert_eq!(live.until("\n\n"), format!("={id} \n\n"), "{command}");
        }
        let color = if moves % 2 == 0 { "b" } else { "w" };
        let id = send(&mut live, &format!("kata-analyze {color} 1 ownership true"));
        assert_eq!(live.until("\n"), format!("={id}\n"));
        for _ in 0..3 {
            let line = live.until("\n");
            let (moves, ownership) = line
                .trim_end()
                .split_once(" ownership ")
                .expect("it was asked for");
            let points = match size {
                "boardsize 9" => 81,
                "boardsize 19" => 361,
                _ => 99,
            };
            assert_eq!(ownership.split(' ').count(), points);
            for block in blocks(moves) {
                let (keys, variation) = pairs(block);
                assert!(!variation.is_empty(), "Ogatak would drop {block:?}");
                for key in ["winrate", "prior", "scoreLead", "lcb", "visits", "order"] {
                    assert!(keys[key].parse::<f64>().is_ok(), "{key} of {block:?}");
                }
            }
        }
        let id = send(&mut live, "name");
        live.close();
        assert_eq!(live.until("\n\n"), format!("={id} df_console\n\n"));
    }
}

#[test]
fn positions_follow_each_other_in_json() {
    // The command line that Ogatak builds, with files that exist.
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("there is room");
    let mut child = program()
        .args(["analysis", "--evaluator", "hashed", "-config"])
        .arg(&file)
        .arg("-model")
        .arg(&file)
        .arg("-quit-without-waiting")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("the input is piped");
    let mut lines = BufReader::new(child.stdout.take().expect("the output is piped")).lines();
    let mut send = |query: &Value| writeln!(input, "{query}").expect("the program reads");
    let mut next = || -> Value {
        let line = lines
            .next()
            .expect("the program goes on")
            .expect("lines are text");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?} is no JSON"))
    };

    send(&json!({ "id": "version", "action": "query_version" }));
    let version = next();
    let parts: Vec<u32> = version["version"]
        .as_str()
        .expect("a text")
        .split('.')
        .map(|part| part.parse().expect("a number"))
        .collect();
    assert_eq!(
        (version["action"].as_str(), parts.len()),
        (Some("query_version"), 3)
    );

    // Its probe for boards beyond 19, which is expected to fail.
    send(&query("probe", 29, &[]));
    let refused = next();
    assert!(
        refused["error"].is_string() && refused["id"] == "probe",
        "{refused}"
    );

    let moves = [["B", "Q16"], ["W", "D4"], ["B", "Q4"]];
    for known in 0..=moves.len() {
        let id = format!("position {known}");
        send(&query(&id, 19, &moves[..known]));
        for _ in 0..3 {
            check(&next(), &id);
        }
        send(&json!({ "id": "stop", "action": "terminate", "terminateId": id }));
        // Reports may still be on their way; the confirmation comes, and so does one last result, in either order.
        let (mut confirmed, mut ended) = (false, false);
        while !(confirmed && ended) {
            let answer = next();
            if answer["terminateId"] == id {
                confirmed = true;
            } else {
                check(&answer, &id);
                ended |= answer["isDuringSearch"] == false;
            }
        }
    }
    drop(input);
    assert!(child.wait().expect("the program ends").success());
}

fn query(id: &str, side: usize, moves: &[[&str; 2]]) -> Value {
    json!({
        "id": id,
        "rules": "Chinese",
        "komi": 6.5,
        "boardXSize": side,
        "boardYSize": side,
        "initialStones": [],
        "initialPlayer": "B",
        "moves": moves,
        "maxVisits": 1_000_000,
        "analysisPVLen": 32,
        "reportDuringSearchEvery": 0.02,
        "firstReportDuringSearchAfter": 0.01,
        "includePolicy": true,
        "includeOwnership": true,
        "includeMovesOwnership": true,
        "overrideSettings": { "reportAnalysisWinratesAs": "BLACK", "wideRootNoise": 0.0 },
    })
}

/// # Panics
/// Where Ogatak would raise an alert or find nothing to draw.
fn check(result: &Value, id: &str) {
    assert!(result["error"].is_null() && result["id"] == id, "{result}");
    assert!(result["rootInfo"]["visits"].is_u64(), "{result}");
    assert_eq!(result["ownership"].as_array().map(Vec::len), Some(361));
    assert_eq!(result["policy"].as_array().map(Vec::len), Some(362));
    let moves = result["moveInfos"].as_array().expect("a list");
    assert!(!moves.is_empty());
    for (order, info) in moves.iter().enumerate() {
        assert_eq!(info["order"], order);
        for key in ["visits", "winrate", "prior", "scoreLead", "lcb"] {
            assert!(info[key].is_number(), "{key} of {info}");
        }
        assert!(
            info["pv"]
                .as_array()
                .is_some_and(|variation| !variation.is_empty() && variation.len() <= 32)
        );
        assert_eq!(info["ownership"].as_array().map(Vec::len), Some(361));
    }
}
