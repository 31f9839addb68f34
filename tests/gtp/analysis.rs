//! Analysis as the strictest clients read it.

use std::sync::Arc;

use df_console::eval::{Chances, Evaluator, Mover, Score, Uncertainty, Uniform};

use crate::live::Live;
use crate::reports::{keys, parse, value, values};
use crate::support::Changed;

#[test]
fn both_dialects_have_their_keys_in_order_and_their_numbers() {
    let mut live = Live::hashed("--size 9");
    for line in live.analysis("lz-analyze b 1", 3) {
        let parsed = parse(&line);
        for (order, block) in parsed.moves.iter().enumerate() {
            assert_eq!(
                keys(block),
                ["move", "visits", "winrate", "prior", "lcb", "order", "pv"]
            );
            for key in ["visits", "winrate", "prior", "lcb"] {
                assert!(value(block, key).parse::<u32>().is_ok(), "{key} in {line}");
            }
            assert_eq!(value(block, "order"), order.to_string());
            assert_eq!(value(block, "pv"), value(block, "move"));
        }
    }
    for line in live.analysis("kata-analyze w interval 1", 3) {
        let parsed = parse(&line);
        let expected = "move visits edgeVisits utility winrate scoreMean scoreStdev scoreLead scoreSelfplay prior lcb \
                        utilityLcb weight order pv";
        for block in &parsed.moves {
            let known = keys(block).into_iter().filter(|key| *key != "isSymmetryOf");
            assert_eq!(known.clone().collect::<Vec<_>>().join(" "), expected);
            for key in known {
                let integer = ["move", "visits", "edgeVisits", "order", "pv"].contains(&key);
                let number = value(block, key);
                assert_eq!(number.contains('.'), !integer, "{key} {number}");
                assert!(!number.contains('e'), "{key} {number}");
            }
        }
        assert!(parsed.root.is_empty() && parsed.ownership.is_empty());
    }
}

#[test]
fn what_is_asked_for_is_reported_and_nothing_else() {
    let mut live = Live::hashed("--size 9x7");
    let command = "kata-analyze 1 b rootInfo true ownership true ownershipStdev true movesOwnership true \
                   movesOwnershipStdev true pvVisits true pvEdgeVisits true noResultValue true maxmoves 3";
    let lines = live.analysis(command, 3);
    let parsed = parse(&lines[2]);
    assert_eq!(
        (parsed.ownership.len(), parsed.ownership_stdev.len()),
        (63, 63)
    );
    assert!(
        parsed
            .ownership
            .iter()
            .all(|owner| (-1.0..=1.0).contains(owner))
    );
    assert!(
        parsed
            .ownership_stdev
            .iter()
            .all(|stdev| (0.0..=1.0).contains(stdev))
    );
    assert_eq!(
        keys(&parsed.root).join(" "),
        "visits utility winrate scoreMean scoreStdev scoreLead scoreSelfplay weight rawStWrError rawStScoreError \
         rawVarTimeLeft"
    );
    assert!(parsed.moves.len() <= 3);
    for block in &parsed.moves {
        let count = |key: &str| {
            let found = block.iter().find(|(name, _)| name == key);
            found.map_or(0, |(_, values)| values.len())
        };
        assert_eq!(count("pv"), count("pvVisits"));
        assert_eq!(count("pv"), count("pvEdgeVisits"));
        assert_eq!(
            (count("movesOwnership"), count("movesOwnershipStdev")),
            (63, 63)
        );
        assert!(keys(block).contains(&"noResultValue"));
    }
}

/// As in KataGo: errors are of values, not of win rates, and what is not predicted is -1.
#[test]
fn what_the_network_expects_to_be_wrong_by_is_told() {
    fn check(evaluator: Arc<dyn Evaluator>, expected: [&str; 3]) {
        let mut live = Live::start("--size 9", evaluator);
        let line = live.analysis("kata-analyze b 1 rootInfo true", 1).remove(0);
        let root = parse(&line).root;
        let keys = ["rawStWrError", "rawStScoreError", "rawVarTimeLeft"];
        assert_eq!(keys.map(|key| value(&root, key)), expected);
    }
    let sure = Changed::new(|_, answer| {
        answer.uncertainty = Some(Uncertainty {
            winloss: 0.25,
            score: 2.5,
        });
        answer.variance_time = Some(7.5);
    });
    check(Arc::new(sure), ["0.25", "2.5", "7.5"]);
    check(Arc::new(Uniform::default()), ["-1.0", "-1.0", "-1.0"]);
}

#[test]
fn chances_points_and_owners_are_told_as_they_are_for_one_player() {
    // Black wins nine times in ten and by 20 points, and everything is Black's.
    let blacks = Changed::new(|position, answer| {
        let game = position.game;
        let sign = -game.to_move().white_sign();
        answer.chances = Mover(Chances {
            win: 0.5 + 0.4 * sign,
            loss: 0.5 - 0.4 * sign,
            no_result: 0.0,
        });
        answer.score = Some(Mover(Score {
            mean: 20.0 * sign,
            stdev: 5.0,
            lead: 20.0 * sign,
        }));
        answer.ownership = Some(Mover(vec![sign; game.size().area()].into()));
    });
    let mut live = Live::start("--size 9", Arc::new(blacks));
    live.ask("play b e5");
    let mut check = |view: &str, color: &str, sign: f64| {
        live.ask(&format!("kata-set-param reportAnalysisWinratesAs {view}"));
        let command =
            format!("kata-analyze {color} 1 rootInfo true ownership true movesOwnership true");
        let line = live.analysis(&command, 3).remove(2);
        let parsed = parse(&line);
        for block in parsed.moves.iter().chain([&parsed.root]) {
            for (key, middle, least) in [
                ("winrate", 0.5, 0.35),
                ("utility", 0.0, 0.7),
                ("scoreLead", 0.0, 15.0),
                ("scoreMean", 0.0, 15.0),
            ] {
                let found: f64 = value(block, key).parse().expect("a number");
                assert!(
                    sign * (found - middle) > least,
                    "{view} {color} {key}: {line}"
                );
            }
        }
        // The first is visited, of the others some may still wait to be.
        let of_moves = parsed
            .moves
            .iter()
            .map(|block| values(block, "movesOwnership"));
        let owners = of_moves.collect::<Vec<_>>().join(" ");
        assert!(owners.len() > 81, "{line}");
        let mut owners = owners
            .split_whitespace()
            .map(|owner| owner.parse().expect("a number"));
        assert!(
            owners.all(|owner: f64| sign * owner > 0.8),
            "{view} {color}: {line}"
        );
        assert_eq!(parsed.ownership.len(), 81);
        let mut owners = parsed.ownership.iter();
        assert!(
            owners.all(|owner| sign * owner > 0.8),
            "{view} {color}: {line}"
        );
        let line = live.analysis(&format!("lz-analyze {color} 1"), 1).remove(0);
        for block in &parse(&line).moves {
            let found: f64 = value(block, "winrate").parse().expect("a number");
            assert!(sign * (found - 5000.0) > 3500.0, "{view} {color}: {line}");
        }
    };
    for (view, of_black, of_white) in [
        ("BLACK", 1.0, 1.0),
        ("WHITE", -1.0, -1.0),
        ("SIDETOMOVE", 1.0, -1.0),
    ] {
        check(view, "b", of_black);
        check(view, "w", of_white);
    }
}

/// What these moves of a 9x9 board become under each of its symmetries.
fn images(moves: &str) -> Vec<String> {
    const COLUMNS: &str = "ABCDEFGHJ";
    (0..8)
        .map(|symmetry| {
            let moved = moves.split(' ').map(|mv| {
                let Some(mut x) = COLUMNS.find(&mv[..1]).filter(|_| mv != "pass") else {
                    return mv.to_owned();
                };
                let mut y = mv[1..].parse::<usize>().expect("a row") - 1;
                if symmetry & 1 != 0 {
                    y = 8 - y;
                }
                if symmetry & 2 != 0 {
                    x = 8 - x;
                }
                if symmetry & 4 != 0 {
                    (x, y) = (y, x);
                }
                format!("{}{}", &COLUMNS[x..=x], y + 1)
            });
            moved.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn moves_that_are_the_same_by_symmetry_follow_the_one_that_was_searched() {
    let mut live = Live::hashed("--size 9");
    let own = ["move", "order", "pv", "isSymmetryOf", "movesOwnership"];
    for command in [
        "kata-analyze b 1 minmoves 82 pvVisits true movesOwnership true",
        "lz-analyze b 1 minmoves 82",
    ] {
        let kata = command.starts_with("kata");
        let lines = live.analysis(command, 4);
        let parsed = parse(&lines[3]);
        let mut original = &parsed.moves[0];
        let mut copies = 0;
        for (order, block) in parsed.moves.iter().enumerate() {
            assert_eq!(value(block, "order"), order.to_string());
            let is_copy = if kata {
                keys(block).contains(&"isSymmetryOf")
            } else {
                order > 0
                    && images(value(original, "move")).contains(&value(block, "move").to_owned())
            };
            if !is_copy {
                original = block;
                continue;
            }
            copies += 1;
            for key in keys(original).into_iter().filter(|key| !own.contains(key)) {
                assert_eq!(values(block, key), values(original, key), "{key}");
            }
            let pv = values(block, "pv");
            assert!(images(&values(original, "pv")).contains(&pv), "{pv}");
            assert!(pv.starts_with(value(block, "move")), "{pv}");
            if kata {
                assert_eq!(value(block, "isSymmetryOf"), value(original, "move"));
                let place = keys(block).iter().position(|key| *key == "isSymmetryOf");
                let place = place.expect("it is there");
                assert_eq!(
                    (keys(block)[place - 1], keys(block)[place + 1]),
                    ("weight", "order")
                );
                let sorted = |block| {
                    let owners = values(block, "movesOwnership");
                    let mut owners: Vec<String> = owners.split(' ').map(str::to_owned).collect();
                    owners.sort();
                    owners
                };
                assert_eq!(sorted(block), sorted(original), "the same owners elsewhere");
            }
        }
        assert_eq!((parsed.moves.len(), copies), (82, 66), "{command}");
    }
    let few = live.analysis("kata-analyze b 1 maxmoves 2", 3);
    let few = parse(&few[2]).moves;
    assert_eq!(few.len(), 2);
    for command in [
        "kata-analyze b 1 minmoves 82 avoid b A1 1",
        "kata-analyze b 1 minmoves 82 allow b A1,J9 1",
    ] {
        assert!(!live.analysis(command, 2)[1].contains("isSymmetryOf"));
    }
    assert_eq!(
        live.ask("kata-set-param rootSymmetryPruning false"),
        "= \n\n"
    );
    assert!(!live.analysis("kata-analyze b 1", 2)[1].contains("isSymmetryOf"));
}

#[test]
fn moves_can_be_forbidden_allowed_and_asked_for() {
    let mut live = Live::hashed("--size 9");
    let moves = |live: &mut Live, command: &str| -> Vec<String> {
        let lines = live.analysis(command, 4);
        let parsed = parse(&lines[3]);
        parsed
            .moves
            .iter()
            .map(|block| value(block, "move").to_owned())
            .collect()
    };
    assert_eq!(moves(&mut live, "kata-analyze b 1 allow b D4 1"), ["D4"]);
    let free = moves(&mut live, "kata-analyze b 1 avoid b A1:J8 1");
    assert!(
        free.iter().all(|mv| mv.ends_with('9') || mv == "pass"),
        "{free:?}"
    );
    // What is forbidden to White does not bind Black.
    assert_eq!(
        moves(&mut live, "lz-analyze b 1 allow w A1,A2 1 allow b B2,C3 1").len(),
        2
    );
    assert_eq!(moves(&mut live, "kata-analyze b 1 minmoves 82").len(), 82);
    assert_eq!(moves(&mut live, "kata-analyze b 1 maxmoves 1").len(), 1);
    // As in KataGo, who wants to hear of no moves hears nothing.
    live.send("kata-analyze b 1 maxmoves 0");
    assert_eq!(live.until("=\n"), "=\n");
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(live.ask("name"), "\n= df_console\n\n");
    // Nothing of it stays.
    live.ask("kata-set-param maxVisits 100");
    assert!(
        live.ask("kata-genmove_analyze b minmoves 82")
            .contains("info move")
    );
}

#[test]
fn wrong_arguments_fail_before_anything_is_written() {
    let mut live = Live::hashed("--size 9");
    for command in [
        "lz-analyze b 1x",
        "lz-analyze b 10 ownership true",
        "kata-analyze red",
        "kata-analyze 1 avoid b Z9 1",
        "kata-genmove_analyze b 1 allow b D4",
        "cgos-genmove_analyze",
    ] {
        assert!(live.ask(command).starts_with("? "), "{command}");
    }
}
