//! Whose the values are that are acted on and written down: told by evaluators to which the players are not alike.

use std::sync::Arc;
use std::time::Duration;

use df_console::engine::review::{Review, ReviewOptions, graph, record, review, table};
use df_console::eval::{Chances, Evaluator, Mover, Score};
use df_console::go::{Color, Point, Rules};
use df_console::search::{Limits, SearchParams, StopSignal};
use df_console::sgf::{Record, parse};

use crate::support::{Changed, done, run_patiently_with, session_with, texts, won_by};

/// One engine plays both sides. Scores count as well where a least difference is set.
#[test]
fn who_loses_resigns_and_who_wins_plays_on() {
    for winner in Color::BOTH {
        for setting in ["", "kata-set-param resignMinScoreDifference 10\n"] {
            let moves = "genmove b\ngenmove w\n".repeat(3);
            let input = format!("{setting}boardsize 9\n{moves}");
            let replies = run_patiently_with("", won_by(winner), &input);
            let texts = texts(&replies);
            let moves = &texts[texts.len() - 6..];
            let resigned: Vec<bool> = moves.iter().map(|&text| text == "resign").collect();
            let (black, white) = (winner == Color::White, winner == Color::Black);
            let expected = [false, false, false, false, black, white];
            assert_eq!(resigned, expected, "{winner} wins: {setting}{moves:?}");
        }
    }
}

/// Clocks count what the engine used even if the client never sends `time_left`.
#[test]
fn a_move_is_charged_to_who_made_it() {
    let slow = Changed::new(|_, _| std::thread::sleep(Duration::from_millis(20)));
    let mut session = session_with("--size 9 --visits 4", Arc::new(slow));
    let mut left_after = |line: &str| {
        done(&mut session, line);
        let clocks = done(&mut session, "kata-debug-print-tc");
        let left = clocks.lines().skip(1).map(|line| {
            let seconds = line.split(' ').nth(1).expect("a time");
            seconds.parse().expect("a number")
        });
        <[f64; 2]>::try_from(left.collect::<Vec<f64>>()).expect("two clocks")
    };
    assert_eq!(left_after("time_settings 60 0 0"), [60.0; 2]);
    let first = left_after("genmove b");
    assert!(first[0] <= 59.98 && first[1] == 60.0, "{first:?}");
    let second = left_after("genmove w");
    assert!(second[0] == first[0] && second[1] <= 59.98, "{second:?}");
    assert_eq!(left_after("play b a1"), second);
}

fn reviewed(record: &Record, evaluator: Arc<dyn Evaluator>, visits: u64) -> Review {
    let options = ReviewOptions {
        rules: Rules::default(),
        search: SearchParams::default(),
        limits: Limits {
            visits: Some(visits),
            ..Limits::default()
        },
        seed: 1,
        threads: 1,
    };
    let stop = StopSignal::default();
    review(record, &evaluator, &options, &stop, &|_, _| {}).expect("a game")
}

/// Black wins three times in four and by 20 points, and owns all but the two columns on the right.
fn blacks() -> Arc<dyn Evaluator> {
    Arc::new(Changed::new(|position, answer| {
        let (size, sign) = (position.game.size(), -position.game.to_move().white_sign());
        answer.chances = Mover(Chances {
            win: 0.5 + 0.25 * sign,
            loss: 0.5 - 0.25 * sign,
            no_result: 0.0,
        });
        answer.score = Some(Mover(Score {
            mean: 20.0 * sign,
            stdev: 5.0,
            lead: 20.0 * sign,
        }));
        let owners = size
            .points()
            .map(|point| if point.x() < 3 { sign } else { -sign });
        answer.ownership = Some(Mover(owners.collect()));
    }))
}

#[test]
fn a_review_tells_of_black_whoever_moves() {
    let mut game = parse(b"(;SZ[5]KM[0.5];B[cc];W[dd];B[cd])")
        .expect("a record")
        .remove(0);
    let review = reviewed(&game, blacks(), 12);
    record::annotate(&mut game, &review);
    let line = game.main_line();
    assert_eq!(line.len(), 4);
    for (number, &node) in line.iter().enumerate() {
        let value = |name: &str| game.value(node, name).unwrap_or_default();
        assert_eq!(value("SBKV"), "75.00");
        assert_eq!([value("SBKS"), value("V")], ["20.00"; 2]);
        assert_eq!(value("DFO"), "+++AA".repeat(5));
        let comment = game.comment(node).expect("words");
        let words = "df_console: Black wins 75.0%, Black leads by 20.0 (12 visits)";
        assert!(comment.starts_with(words), "{comment}");
        // Of who has moved, then of who is to move.
        let black_moves = number % 2 == 0;
        let (moved, chance, score) = match black_moves {
            true => ("0.7.4 25.0 12\n", "winrate 7500", "scoreMean 20.00"),
            false => ("0.7.4 75.0 12\n", "winrate 2500", "scoreMean -20.00"),
        };
        let shown = value(if number == 0 { "LZOP" } else { "LZ" });
        assert!(shown.starts_with(moved), "{number}: {shown}");
        let first = shown.split(" pv ").next().unwrap_or_default();
        assert!(first.contains(chance) && first.ends_with(score), "{first}");
    }
    let text = game.to_string();
    let last = &text[text.find("B[cd]").expect("the last move")..];
    // Stones count for who has put them there, unless they are expected to be lost.
    let black = "TB[aa][ba][ca][ab][bb][cb][ac][bc][ad][bd][ae][be][ce]";
    let white = "TW[da][ea][db][eb][dc][ec][ed][de][ee]";
    assert!(last.contains(black) && last.contains(white), "{last}");
    let table = table::table(&review);
    let end = "At the end Black wins 75.0%, Black leads by 20.0\n";
    assert!(table.contains(end), "{table}");
    // A quarter of the panel from its top, and at the top of the other, whose scale ends there.
    let drawn = graph::svg(&review);
    for curve in ["<path d=\"M64.0,121.0 L", "<path d=\"M64.0,298.0 L"] {
        assert!(drawn.contains(curve), "{curve}: {drawn}");
    }
}

/// Each position is judged by its own evaluation alone: 9 points and 30% lost by White at b3, 4 and 10% by Black at d2.
#[test]
fn both_players_mistakes_are_theirs() {
    let evaluator = Arc::new(Changed::new(|position, answer| {
        let stone = |x, y, color| {
            let point = Point::new(x, y).expect("a point");
            let there = position.game.board().stone(point) == Some(color);
            f32::from(u8::from(there))
        };
        let (first, second) = (stone(1, 2, Color::White), stone(3, 3, Color::Black));
        let sign = -position.game.to_move().white_sign();
        let lead = sign * (9.0 * first - 4.0 * second);
        let value = sign * (0.3 * first - 0.1 * second);
        answer.chances = Mover(Chances {
            win: 0.5 + value,
            loss: 0.5 - value,
            no_result: 0.0,
        });
        answer.score = Some(Mover(Score {
            mean: lead,
            stdev: 5.0,
            lead,
        }));
    }));
    let game = parse(b"(;SZ[5]KM[0.5];B[cc];W[bc];B[dd];W[ee])")
        .expect("a record")
        .remove(0);
    let review = reviewed(&game, evaluator, 1);
    let costs = review.costs();
    let rounded = |value: f64| (1e4 * value).round() / 1e4;
    let found: Vec<(Color, f64, f64)> = costs
        .iter()
        .map(|cost| (cost.color, rounded(cost.points), rounded(cost.wins)))
        .collect();
    let expected = [
        (Color::Black, 0.0, 0.0),
        (Color::White, 9.0, 0.3),
        (Color::Black, 4.0, 0.1),
        (Color::White, 0.0, 0.0),
    ];
    assert_eq!(found, expected);
    let dearest: Vec<usize> = review
        .mistakes(1.0)
        .iter()
        .map(|cost| cost.position)
        .collect();
    assert_eq!(dearest, [2, 3]);
    let text = table::table(&review);
    for row in [
        "    2  White B3       9.0    -30.0%",
        "    3  Black D2       4.0    -10.0%",
    ] {
        assert!(text.contains(row), "{text}");
    }
}
