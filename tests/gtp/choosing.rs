//! Searches for a move that report on the way, or make none.

use crate::live::Live;
use crate::reports::{parse, value};

#[test]
fn moves_come_with_at_least_one_report() {
    let mut live = Live::hashed("--size 9 --visits 60");
    for command in [
        "lz-genmove_analyze b 100000",
        "kata-genmove_analyze w",
        "kata-genmove_analyze b 2147483647",
        "kata-genmove_analyze w 1 ownership true",
        " 12  lz-genmove_analyze   b 10",
    ] {
        live.send(command);
        // A line that comes meanwhile waits.
        live.send("protocol_version");
        let reply = live.until("\n\n");
        let lines: Vec<&str> = reply.trim_end().lines().collect();
        assert!(lines[0].starts_with('='), "{reply}");
        assert!(lines.len() >= 3, "{reply}");
        lines[1..lines.len() - 1]
            .iter()
            .for_each(|line| drop(parse(line)));
        let last = lines[lines.len() - 1];
        let played = last
            .strip_prefix("play ")
            .unwrap_or_else(|| panic!("{reply}"));
        assert!(played.parse::<gtp::Vertex>().is_ok(), "{played}");
        let visits: u32 = parse(lines[lines.len() - 2])
            .moves
            .iter()
            .map(|block| value(block, "visits").parse::<u32>().expect("a number"))
            .sum();
        assert!(visits >= 30, "{reply}");
        assert_eq!(live.until("\n\n"), "= 2\n\n");
    }
}

/// Where nothing may be searched the move is a pass, and the report is about that.
#[test]
fn a_pass_for_want_of_moves_comes_with_a_report() {
    let mut live = Live::hashed("--size 9 --visits 20 --no-resign");
    live.ask("play b D4");
    for command in [
        "kata-genmove_analyze w 10 allow w D4 1",
        "lz-genmove_analyze w allow w D4 1 avoid w pass 1",
        "kata-search_analyze w allow w D4 1",
    ] {
        let reply = live.ask(command);
        let lines: Vec<&str> = reply.trim_end().lines().collect();
        assert_eq!((lines.len(), lines[2]), (3, "play pass"), "{reply}");
        let report = parse(lines[1]);
        assert_eq!(report.moves.len(), 1, "{reply}");
        assert_eq!(value(&report.moves[0], "move"), "pass");
        assert_eq!(value(&report.moves[0], "pv"), "pass");
    }
}

/// Whoever names the moves to search gets one of them, though it is in an area that is settled.
#[test]
fn a_settled_point_that_alone_is_allowed_is_played() {
    let mut live = Live::hashed("--size 5 --visits 20 --no-resign");
    let position = "set_position b A4 b B4 b C4 b D4 b E4 b B5 b D5 w A1 w B2";
    for allowed in ["A5", "C5"] {
        live.ask(position);
        let reply = live.ask(&format!("lz-genmove_analyze b 10000 allow b {allowed} 1"));
        let played = format!("\nplay {allowed}\n");
        assert!(reply.contains(&played), "{reply}");
    }
}

#[test]
fn searches_can_leave_the_board_alone_and_be_cancelled() {
    let mut live = Live::hashed("--size 9 --visits 50");
    let before = live.ask("showboard");
    assert!(
        live.ask("kata-search b")
            .trim_start_matches("= ")
            .trim_end()
            .parse::<gtp::Vertex>()
            .is_ok()
    );
    assert!(live.ask("kata-search_analyze w").contains("\nplay "));
    assert!(live.ask("kata-search_cancellable b").len() > 4);
    assert_eq!(live.ask("showboard"), before);

    let mut live = Live::hashed("--size 9 --time 20");
    // The status is there long before the first report, or nobody who waits for it could cancel.
    live.send("7 kata-search_analyze_cancellable b 100000");
    assert_eq!(live.until("\n"), "=7\n");
    live.send("name");
    assert!(live.until("\n\n").ends_with("\nplay cancelled\n\n"));
    live.until("= df_console\n\n");
    live.send("kata-search_analyze_cancellable b 1");
    live.until("\ninfo ");
    live.send("name");
    assert!(live.until("\n\n").ends_with("\nplay cancelled\n\n"));
    live.until("= df_console\n\n");
    live.send("kata-search_cancellable b");
    live.send("");
    assert_eq!(live.until("\n\n"), "= cancelled\n\n");
}

#[test]
fn cgos_gets_its_json() {
    let mut live = Live::hashed("--size 9 --visits 50");
    let reply = live.ask("cgos-genmove_analyze b");
    let lines: Vec<&str> = reply.trim_end().lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "="), "{reply}");
    let json: serde_json::Value = serde_json::from_str(lines[1]).expect("it is JSON");
    assert!(
        json["winrate"]
            .as_f64()
            .is_some_and(|rate| (0.0..=1.0).contains(&rate))
    );
    assert!(json["visits"].as_u64() >= Some(50));
    assert_eq!(json["ownership"].as_str().map(str::len), Some(81));
    let first = &json["moves"][0];
    for key in ["move", "pv"] {
        assert!(first[key].is_string(), "{json}");
    }
    assert!(lines[2].starts_with("play "));
}
