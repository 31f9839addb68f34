//! Game records gone through: what is written back, listed and drawn.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use df_console::engine::review::{Review, ReviewOptions, graph, record, review, table};
use df_console::eval::{Evaluator, Hashed, Mover, Score};
use df_console::go::{Color, Move, Point, Rules};
use df_console::search::{Limits, SearchParams, StopSignal};
use df_console::sgf::{Record, parse};

use crate::program::program;
use crate::readers::lizzieyzy;
use crate::support::{Changed, Limited};

const GAME: &str = "(;FF[4]GM[1]SZ[5]KM[0.5]PB[A <first>]PW[B]C[A friendly game.]\
    ;B[cc]C[Good.];W[bb];B[dd](;W[bc];B[];W[])(;W[ee]C[Or here.]))";

/// One that says little of itself.
#[test]
fn a_short_game_of_nobody_is_told_in_good_words() {
    let record = parse(b"(;SZ[5];B[cc])").expect("a record").remove(0);
    let evaluator: Arc<dyn Evaluator> = Arc::new(Hashed::default());
    let stop = StopSignal::default();
    let review = review(&record, &evaluator, &options(), &stop, &|_, _| {}).expect("a game");
    let text = table::table(&review);
    assert!(text.starts_with("Black against White\n"), "{text}");
    assert!(
        text.contains(", 1 move; judged") && text.contains("Black: 1 move, "),
        "{text}"
    );
    let drawn = graph::svg(&review);
    assert!(drawn.contains(">Black – White<"), "{drawn}");
    for label in ["25%", "50%", "75%"] {
        assert!(drawn.contains(&format!(">{label}<")), "{label}");
    }
}

/// The hashed evaluator, which besides thinks that White throws 9 points away at b3.
fn scored() -> Arc<dyn Evaluator> {
    let blunder = Point::new(1, 2).expect("a point");
    Arc::new(Changed::new(move |position, answer| {
        let lost = position.game.board().stone(blunder) == Some(Color::White);
        let lead = if lost { -9.0 } else { 0.0 } * position.game.to_move().white_sign();
        answer.score = Some(Mover(Score {
            mean: lead,
            lead,
            stdev: 1.0,
        }));
    }))
}

fn game() -> Record {
    parse(GAME.as_bytes()).expect("a record").remove(0)
}

fn options() -> ReviewOptions {
    ReviewOptions {
        rules: Rules::default(),
        search: SearchParams::default(),
        limits: Limits {
            visits: Some(12),
            ..Limits::default()
        },
        seed: 1,
        threads: 2,
    }
}

fn reviewed() -> Review {
    review(
        &game(),
        &scored(),
        &options(),
        &StopSignal::default(),
        &|_, _| {},
    )
    .expect("a game that can be replayed")
}

/// Values of a property along the main line, `None` where a node has none.
fn along(record: &Record, name: &str) -> Vec<Option<String>> {
    use sgf_parse::SgfProp;
    let line = record.main_line();
    let value = |&node: &usize| {
        let mut properties = record.properties(node).iter();
        let found = properties.find(|prop| prop.identifier() == name)?;
        let text = found.to_string();
        let value = text.strip_prefix(name)?.strip_prefix('[')?;
        Some(value.strip_suffix(']')?.to_owned())
    };
    line.iter().map(value).collect()
}

#[test]
fn every_position_of_the_main_line_is_judged() {
    let review = reviewed();
    let numbers: Vec<usize> = review.positions.iter().map(|p| p.number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(review.judged(), 7);
    for position in &review.positions {
        let judged = position.judged.as_ref().expect("judged");
        assert!(judged.visits >= 12 && (0.0..=1.0).contains(&judged.black_wins));
        assert_eq!(judged.ownership.as_ref().map(|o| o.len()), Some(25));
    }
}

#[test]
fn a_blunder_is_named_with_what_it_cost() {
    let review = reviewed();
    let worst = review.mistakes(5.0);
    assert_eq!(worst.len(), 1, "{worst:?}");
    assert_eq!((worst[0].color, worst[0].position), (Color::White, 4));
    assert_eq!(worst[0].mv, Move::Play(Point::new(1, 2).expect("a point")));
    assert!((6.0..=9.5).contains(&worst[0].points), "{worst:?}");
    let text = table::table(&review);
    assert!(text.contains("    4  White B3"), "{text}");
    assert!(
        text.contains("A <first> (Black) against B (White)"),
        "{text}"
    );
    assert!(text.contains("Black: 3 moves"), "{text}");
}

#[test]
fn what_was_found_is_in_the_properties_of_sabaki_and_lizzie() {
    let mut annotated = game();
    let review = reviewed();
    record::annotate(&mut annotated, &review);
    let read = parse(annotated.to_string().as_bytes()).expect("what is written can be read");
    let read = &read[0];
    for name in ["SBKV", "SBKS", "V"] {
        for value in along(read, name) {
            let value: f64 = value
                .expect("every node has one")
                .parse()
                .expect("a number");
            assert!((-30.0..=100.0).contains(&value), "{name}[{value}]");
        }
    }
    let shown = lizzieyzy::analyses(read);
    for position in &review.positions {
        let value = shown
            .get(&position.number)
            .expect("every position is shown");
        let (head, moves) = value.split_once('\n').expect("two lines");
        let head: Vec<&str> = head.split(' ').collect();
        let moved: f64 = head[1].parse().expect("a win rate");
        let judged = position.judged.as_ref().expect("judged");
        let black = 100.0 * judged.black_wins;
        let expected = if judged.to_move == Color::White {
            black
        } else {
            100.0 - black
        };
        assert!((moved - expected).abs() < 0.1, "the chance of who moved");
        assert_eq!(head[2].parse::<u64>().ok(), Some(judged.visits));
        for one in moves.split(" info ") {
            let words: Vec<&str> = one.split(' ').collect();
            assert_eq!(
                (words[0], words[2], words[4]),
                ("move", "visits", "winrate")
            );
            assert!(words[5].parse::<u32>().is_ok_and(|n| n <= 10_000), "{one}");
            assert_eq!(
                words[1], words[9],
                "the variation begins with its move: {one}"
            );
        }
    }
    for owners in along(read, "DFO") {
        assert_eq!(owners.expect("every node has one").len(), 25);
    }
}

/// A server marks the territory that it has counted, a teacher estimates the score.
#[test]
fn what_others_marked_stays() {
    let review = reviewed();
    let text = GAME.replace("B[dd](", "B[dd]V[B+3]TB[ab](");
    let text = text.replace("W[])", "W[]TB[aa]TW[ee]V[12.5])");
    let mut annotated = parse(text.as_bytes()).expect("a record").remove(0);
    record::annotate(&mut annotated, &review);
    let once = annotated.to_string();
    let theirs = [("TB", "ab", "aa"), ("V", "B+3", "12.5"), ("TW", "ee", "ee")];
    for (name, amid, last) in theirs {
        let values = along(&annotated, name);
        assert_eq!(values[6].as_deref(), Some(last), "{once}");
        assert!(name == "TW" || values[3].as_deref() == Some(amid), "{once}");
    }
    for (node, of_ours) in [(2, true), (3, false), (6, false)] {
        let values = along(&annotated, "DFO");
        assert_eq!(values[node].is_some(), of_ours, "{once}");
    }
    assert!(along(&annotated, "SBKS").iter().all(Option::is_some));
    // Read again, what is ours is still told from what is not.
    let mut again = parse(once.as_bytes()).expect("a record").remove(0);
    let read = again.to_string();
    record::annotate(&mut again, &review);
    let twice = parse(again.to_string().as_bytes()).expect("a record");
    assert_eq!(twice[0].to_string(), read);
}

/// An `LZ` before the first move, as older reviews wrote it, would move all that LizzieYzy shows.
#[test]
fn what_older_reviews_wrote_before_the_first_move_goes() {
    let mut annotated = game();
    annotated.add_value(0, "LZ", "0.7.4 50.0 1\n".into());
    record::annotate(&mut annotated, &reviewed());
    let line = annotated.main_line();
    let there = |node, name| annotated.value(node, name).is_some();
    assert!(there(line[0], "LZOP") && !there(line[0], "LZ"));
    assert!(there(line[1], "LZ") && !there(line[1], "LZOP"));
}

#[test]
fn comments_and_variations_stay_and_a_better_one_is_added() {
    let mut annotated = game();
    let review = reviewed();
    record::annotate(&mut annotated, &review);
    let line = annotated.main_line();
    let comment = |node| annotated.comment(node).unwrap_or_default().to_owned();
    assert!(comment(line[0]).starts_with("A friendly game.\n\ndf_console: Black wins"));
    assert!(comment(line[1]).starts_with("Good.\n\ndf_console: "));
    assert!(
        comment(line[4]).contains("B3 lost "),
        "{}",
        comment(line[4])
    );
    let text = annotated.to_string();
    assert!(text.contains("W[ee]C[Or here.]"), "{text}");
    let choices = annotated.children(line[3]);
    assert_eq!(choices[0], line[4], "the game stays the main line");
    let last = *choices.last().expect("choices");
    assert!(comment(last).contains("better by"), "{}", comment(last));

    // A second review replaces the first.
    let once = annotated.to_string();
    record::annotate(&mut annotated, &review);
    assert_eq!(annotated.to_string(), once);

    // Also where it finds something else, but not what somebody has written.
    let mut other = review.clone();
    for position in &mut other.positions {
        if let Some(judged) = &mut position.judged {
            judged.moves.clear();
        }
    }
    record::annotate(&mut annotated, &other);
    let text = annotated.to_string();
    assert!(!text.contains("better by"), "{text}");
    assert!(text.contains("W[ee]C[Or here.]"), "{text}");
    record::annotate(&mut annotated, &review);
    let mut edited = annotated.to_string();
    assert_eq!(edited, once);
    let at = edited.find("better by").expect("a better one");
    let end = at + edited[at..].find("]\n;").expect("it goes on") + 3;
    edited.insert_str(end, "C[Why?]");
    let mut edited = parse(edited.as_bytes()).expect("a record").remove(0);
    record::annotate(&mut edited, &other);
    let text = edited.to_string();
    assert!(
        text.contains("better by") && text.contains("C[Why?]"),
        "{text}"
    );
}

#[test]
fn what_people_wrote_around_the_words_of_a_review_stays() {
    let review = reviewed();
    let mut annotated = game();
    let line = annotated.main_line();
    let own =
        "It says\ndf_console: \"Black wins 9% (1 visits)\"\nExpected: E5\nB3 lost 9% of winning";
    annotated.set_comment(line[4], own);
    record::annotate(&mut annotated, &review);
    let comment = |record: &Record| record.comment(line[4]).unwrap_or_default().to_owned();
    let first = comment(&annotated);
    let words = first.strip_prefix(own).expect("all of it").to_owned();
    assert!(words.starts_with("\n\ndf_console: Black wins "), "{words}");
    assert!(words.contains("\nB3 lost "), "{words}");
    for below in ["\nNo.", "\n\nC3 lost me here.\nExpected: more"] {
        annotated.set_comment(line[4], &format!("{first}{below}"));
        for _ in 0..2 {
            record::annotate(&mut annotated, &review);
            let expected = format!("{own}{words}\n\n{}", below.trim_start());
            assert_eq!(comment(&annotated), expected);
        }
    }
}

#[test]
fn without_scores_all_is_in_percent() {
    let mut review = reviewed();
    review.scored = false;
    for position in &mut review.positions {
        if let Some(judged) = &mut position.judged {
            judged.black_wins = 0.5;
        }
    }
    let text = table::table(&review);
    let said = "No move lost a percent of winning or more.";
    assert!(text.contains(said), "{text}");
    let size = "viewBox=\"0 0 960 290\" width=\"960\" height=\"290\"";
    assert!(graph::svg(&review).contains(size));
}

#[test]
fn the_graph_is_one_picture_with_a_mark_for_the_blunder() {
    let picture = graph::svg(&reviewed());
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert_eq!(picture.matches("<svg").count(), 1);
    assert!(picture.contains("A &lt;first&gt;") && !picture.contains("A <first>"));
    assert!(picture.contains("move 4: White B3 lost"), "{picture}");
    assert!(
        !picture.contains("NaN") && !picture.contains("inf"),
        "{picture}"
    );
    // Every tag is closed.
    let opened = picture.matches('<').count();
    let closed = picture.matches("</").count();
    let alone = picture.matches("/>").count();
    assert_eq!(opened, 2 * closed + alone);
}

#[test]
fn what_was_found_before_a_stop_is_kept() {
    let stop = StopSignal::default();
    let evaluator: Arc<dyn Evaluator> = Arc::new(Hashed::default());
    let options = ReviewOptions {
        threads: 1,
        ..options()
    };
    let review = review(&game(), &evaluator, &options, &stop, &|done, of| {
        assert_eq!(of, 7);
        if done == 3 {
            stop.stop();
        }
    })
    .expect("a game");
    assert_eq!((review.judged(), review.positions.len()), (3, 7));
    assert!(table::table(&review).contains("4 positions were not judged"));
    let mut annotated = game();
    record::annotate(&mut annotated, &review);
    let found = along(&annotated, "SBKV");
    assert_eq!(found.iter().filter(|value| value.is_some()).count(), 3);
    graph::svg(&review);
}

/// Who is to move at each position, and how many stones there are.
fn course(text: &str, threads: usize) -> Vec<(Color, usize)> {
    let evaluator: Arc<dyn Evaluator> = Arc::new(Hashed::default());
    let mut record = parse(text.as_bytes()).expect("a record").remove(0);
    let options = ReviewOptions {
        threads,
        ..options()
    };
    let review = review(
        &record,
        &evaluator,
        &options,
        &StopSignal::default(),
        &|_, _| {},
    )
    .expect("a game");
    record::annotate(&mut record, &review);
    parse(record.to_string().as_bytes()).expect("what is written can be read");
    let of = |p: &df_console::engine::review::Position| {
        let judged = p.judged.as_ref().expect("judged");
        (judged.to_move, p.stones())
    };
    review.positions.iter().map(of).collect()
}

#[test]
fn games_of_every_kind_are_followed() {
    use Color::{Black, White};
    for (text, expected) in [
        ("(;SZ[5])", vec![(Black, 0)]),
        // Handicap set up, and as Black's first moves.
        (
            "(;SZ[9]HA[2]AB[cc][gg];W[ee])",
            vec![(White, 2), (Black, 3)],
        ),
        (
            "(;SZ[9]HA[2];B[cc];B[gg];W[ee])",
            vec![(Black, 0), (Black, 1), (White, 2), (Black, 3)],
        ),
        // Announced without points: the customary ones.
        ("(;SZ[9]HA[2];W[ee])", vec![(White, 2), (Black, 3)]),
        // Nodes without moves, stones set up in the middle, a player who moves twice.
        (
            "(;SZ[9];C[hello];B[cc];C[well];AW[dd][ee]PL[B];B[gg];B[fg];W[])",
            vec![
                (Black, 0),
                (Black, 1),
                (Black, 3),
                (Black, 4),
                (White, 5),
                (Black, 5),
            ],
        ),
        // Stones set up one after the other before the first move, which is a pass in words.
        (
            "(;SZ[9];AB[cc];AW[gg];W[pass];B[ee])",
            vec![(White, 0), (White, 1), (White, 2), (Black, 2), (White, 3)],
        ),
    ] {
        for threads in 1..=3 {
            assert_eq!(course(text, threads), expected, "{text}");
        }
    }
}

#[test]
fn the_program_writes_the_game_and_its_graph_beside_it() {
    let folder = tempfile::tempdir().expect("there is room");
    let game = folder.path().join("my game.sgf");
    std::fs::write(&game, GAME).expect("there is room");
    let run = |arguments: &[&std::ffi::OsStr]| {
        program()
            .args(["--evaluator", "hashed", "--seed", "1", "--visits", "5"])
            .arg("--analyze-sgf")
            .args(arguments)
            .output()
            .expect("the program runs")
    };
    let output = run(&[game.as_os_str()]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(
        text.contains("A <first> (Black) against B (White)"),
        "{text}"
    );
    assert!(text.contains("White: 3 moves"), "{text}");
    let written = std::fs::read(folder.path().join("my game-analyzed.sgf")).expect("a record");
    assert_eq!(parse(&written).expect("it can be read").len(), 1);
    assert!(folder.path().join("my game-analyzed.svg").exists());
    assert_eq!(
        std::fs::read_to_string(&game).expect("it is there"),
        GAME,
        "left as it was"
    );

    let other = folder.path().join("no such folder/x.sgf");
    let missing = folder.path().join("missing.sgf");
    let analyzed = std::ffi::OsStr::new("--analyzed");
    for arguments in [
        &[missing.as_os_str()][..],
        &[game.as_os_str(), analyzed, other.as_os_str()],
    ] {
        let refused = run(arguments);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        assert!(refused.stdout.is_empty());
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(
            said.contains("missing.sgf") || said.contains("x.sgf"),
            "{said}"
        );
    }
}

#[test]
fn a_review_fails_only_if_every_position_does() {
    let review = |calls| {
        let mut options = ReviewOptions {
            threads: 1,
            ..options()
        };
        options.limits.visits = Some(1);
        let evaluator: Arc<dyn Evaluator> = Limited::new(19, calls);
        let stop = StopSignal::default();
        review(&game(), &evaluator, &options, &stop, &|_, _| {})
    };
    let error = review(0).expect_err("there is nothing to tell").to_string();
    assert!(error.contains("the device is gone"), "{error}");
    let first = review(1).expect("a position was judged");
    assert_eq!(first.judged(), 1);
    let text = table::table(&first);
    assert!(!text.contains("No move lost"), "{text}");
    assert!(text.contains("Of no move it is known"), "{text}");
}

/// The thread that panics has no other positions any more, and the rest is told.
#[test]
fn a_panic_costs_no_position_that_was_judged() {
    let asked = AtomicUsize::new(0);
    let evaluator: Arc<dyn Evaluator> = Arc::new(Changed::new(move |_, _| {
        assert_ne!(asked.fetch_add(1, Ordering::SeqCst), 30, "out of order");
    }));
    let options = ReviewOptions {
        threads: 1,
        ..options()
    };
    let stop = StopSignal::default();
    let review = review(&game(), &evaluator, &options, &stop, &|_, _| {}).expect("a game");
    let judged = review.judged();
    assert!((1..7).contains(&judged), "{judged}");
    let mut before = review.positions.iter().take(judged);
    assert!(before.all(|position| position.judged.is_some()));
}

#[test]
fn a_game_that_cannot_be_replayed_is_refused() {
    let evaluator: Arc<dyn Evaluator> = Arc::new(Hashed::default());
    for (text, expected) in [
        ("(;SZ[5];B[cc];W[cc])", "move 2"),
        ("(;SZ[99])", "size"),
        ("(;SZ[5]AB[aa]AW[ab][ba])", ""),
    ] {
        let record = parse(text.as_bytes()).expect("a record").remove(0);
        let refused = review(
            &record,
            &evaluator,
            &options(),
            &StopSignal::default(),
            &|_, _| {},
        );
        let error = refused.map(|_| ()).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
