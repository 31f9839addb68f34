//! Commands that search: what ends them, what they may take, what they leave unchanged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use df_console::engine::{GRACE, Inbox, Loaded, Loading, Session};
use df_console::eval::cached::Statistics;
use df_console::eval::{Cached, Chances, Evaluator, Hashed, Mover};
use df_console::go::{Color, Move, Point};

use crate::live::{Counted, Live};
use crate::reports;
use crate::strict::Reply;
use crate::support::{
    Changed, all_of, done, options, run, run_patiently, run_patiently_with, run_with, session,
    texts,
};

#[test]
fn a_regression_move_is_always_the_same_and_changes_nothing() {
    let input = "boardsize 9\nplay b e5\nreg_genmove w\nshowboard\ngenmove w\nundo\nshowboard\nreg_genmove w\n";
    let replies = run("--visits 50", input);
    let texts = texts(&replies);
    assert_eq!(texts[2], texts[7]);
    assert_eq!(texts[3], texts[6]);
    assert!(texts[3].contains("Move 1."), "{}", texts[3]);
    let other_seed = run("--visits 50 --seed 7", input);
    assert_eq!(other_seed[2].text, texts[2]);
}

/// A cache answers with what another way to a position has shown the network.
#[test]
fn a_regression_move_neither_asks_nor_fills_the_cache() {
    let cache = Arc::new(Cached::new(Arc::new(Hashed::default()), 8));
    let inner: Arc<dyn Evaluator> = Arc::new(Hashed::default());
    let loaded = Loaded {
        uncached: inner,
        cache: Some(Arc::clone(&cache)),
        ..Loaded::new(cache.clone())
    };
    let loading = Loading::start(move || Ok(loaded));
    let mut session = Session::new(options("--size 9 --visits 20"), loading, Arc::default());
    done(&mut session, "reg_genmove b");
    assert_eq!(cache.statistics(), Statistics::default());
    done(&mut session, "genmove b");
    assert!(cache.statistics().misses > 0);
}

/// One seed, one game.
#[test]
fn the_same_seed_plays_the_same_game() {
    let input = format!("boardsize 7\n{}", "genmove b\ngenmove w\n".repeat(10));
    let game = |arguments: &str| -> Vec<String> {
        run(arguments, input.as_str())
            .into_iter()
            .map(|reply| reply.text)
            .collect()
    };
    assert_eq!(game("--visits 20"), game("--visits 20"));
}

/// No move takes more than its clock allows, and settings survive a new board.
#[test]
fn moves_are_made_in_time() {
    fn check(settings: &str, left: &str, moves: usize, limit: f64) {
        let genmoves = "genmove b\n".repeat(moves);
        let input = format!("{settings}\nboardsize 9\nkomi 6.5\nclear_board\n{left}\n{genmoves}");
        let lines = input.lines().filter(|line| !line.is_empty()).count();
        let play = || {
            let started = Instant::now();
            let replies = run_patiently("--lag 0.05 --time 3600 --no-resign", &input);
            assert!(replies.iter().all(|reply| reply.success));
            assert_eq!(replies.len(), lines);
            started.elapsed().as_secs_f64()
        };
        // A batch of this evaluator takes no time, but the machine may be busy, if not every time.
        let over = (0..4).any(|_| play() < limit + 0.5);
        assert!(over, "{settings}: longer than {limit} s");
    }
    check("time_settings 1 0 0", "", 8, 1.0);
    check("kata-time_settings byoyomi 0 0.2 1", "", 4, 0.8);
    check("kata-time_settings canadian 0 0.6 6", "", 6, 0.6);
    check("kata-time_settings fischer 0.2 0.1", "", 4, 0.6);
    check("kgs-time_settings absolute 0.3", "", 5, 0.3);
    check("time_settings 100 0 0", "time_left b 0 0", 2, 0.0);
    check("time_settings 100 0 0", "time_left b -5 0", 2, 0.0);
    check("time_settings 0 60 1", "time_left b 0.2 1", 1, 0.2);
}

/// What a command has waited for before it searches is off the clock, too.
#[test]
fn a_network_that_loads_slowly_takes_its_time_from_the_move() {
    let wait = Duration::from_secs(1);
    // Setting clocks waits for the network; a session that is opened has some set.
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("session.sgf").display().to_string();
    let mut saved = session("--size 9 --lag 0.5");
    done(&mut saved, "kgs-time_settings byoyomi 0 2.5 1");
    done(&mut saved, &format!("save {file}"));
    let elapsed = || {
        let loading = Loading::start(move || {
            std::thread::sleep(wait);
            Ok(Loaded::new(Arc::new(Hashed::default())))
        });
        let options = options("--seed 1 --lag 0.5 --size 9");
        let mut session = Session::new(options, loading, Arc::new(Inbox::default()));
        done(&mut session, &format!("open {file}"));
        let started = Instant::now();
        done(&mut session, "genmove b");
        started.elapsed()
    };
    // Alone, the move takes a second and a half. A busy machine may hold it up, but not every time.
    let in_time = (0..4).map(|_| elapsed()).any(|elapsed| {
        assert!(elapsed >= wait, "{elapsed:?}");
        elapsed < wait * 9 / 4
    });
    assert!(in_time, "the move took its time all the same");
}

#[test]
fn a_limit_of_time_is_used() {
    let started = Instant::now();
    run_patiently("--time 0.3", "boardsize 9\ngenmove b\n");
    // A batch that might come back late is not begun; on a busy machine that is some time before the end.
    assert!(started.elapsed() >= Duration::from_millis(200));
}

/// What is queued behind `quit` is not carried out, what is before it is, searches shortened.
#[test]
fn searches_before_quit_get_their_grace_each() {
    let elapsed = || {
        let started = Instant::now();
        let replies = run(
            "--time 3600 --size 9",
            "genmove b\ngenmove w\nname\nquit\nname\n",
        );
        assert_eq!(texts(&replies).len(), 4);
        started.elapsed()
    };
    // A busy machine may hold them up, but not every time.
    let in_time = (0..4).map(|_| elapsed()).any(|elapsed| {
        assert!(elapsed >= 2 * GRACE, "{elapsed:?}");
        elapsed < 6 * GRACE
    });
    assert!(in_time, "they got more than their grace");
}

/// A large network takes seconds for all symmetries of a position: an end is heeded between them, but what one says is told.
#[test]
fn symmetries_that_nobody_waits_for_are_left_out() {
    let evaluated = Arc::new(AtomicUsize::new(0));
    let each_takes = |time| {
        let evaluated = Arc::clone(&evaluated);
        Arc::new(Changed::new(move |_, _| {
            std::thread::sleep(time);
            evaluated.fetch_add(1, SeqCst);
        }))
    };
    let left_out =
        |reply: &Reply| !reply.success && reply.text.starts_with("not all was evaluated");
    let told = run_patiently_with(
        "--size 9",
        each_takes(Duration::ZERO),
        "kata-raw-nn all\n# interrupt\nkata-raw-nn 0\n# interrupt\nnn all\n",
    );
    assert!(
        left_out(&told[0]) && told[1].success && told[2].success,
        "{told:?}"
    );
    assert_eq!(evaluated.swap(0, SeqCst), 1 + 1 + 8);
    // The grace of a search before `quit` is time for two of these.
    let slow = each_takes(Duration::from_millis(250));
    let replies = run_with("--size 9", slow, "kata-raw-nn all\nquit\n");
    assert!(left_out(&replies[0]) && replies[1].success, "{replies:?}");
    let evaluated = evaluated.load(SeqCst);
    assert!((1..8).contains(&evaluated), "{evaluated} evaluations");
}

/// Stones placed by a handicap command are compensated for as the rules say, and so are moves that Black makes in a row
/// before White's first: some servers send them like that.
#[test]
fn white_is_compensated_for_handicap_stones() {
    let rules = r#"kata-set-rules {"ko":"SIMPLE","scoring":"AREA","whiteHandicapBonus":"N","friendlyPassOk":false}"#;
    let score = |stones: &str| {
        let end = "gogui-play_sequence w pass b pass\nfinal_score";
        let replies = run(
            "",
            format!("boardsize 9\n{rules}\nkomi 0.5\n{stones}\n{end}\n"),
        );
        texts(&replies)[5].to_owned()
    };
    assert_eq!(score("set_free_handicap c3 g7"), "B+78.5");
    assert_eq!(score("fixed_handicap 4"), "B+76.5");
    assert_eq!(score("place_free_handicap 3"), "B+77.5");
    assert_eq!(score("gogui-play_sequence b c3 b g7 b c7"), "B+77.5");
    for alone in ["play b c3", "set_free_handicap c3"] {
        assert_eq!(score(alone), "B+80.5", "{alone}");
    }
}

/// As analyses usually hide from the network how a position came about, what was found with that in sight is of no use to them;
/// where they do not hide it, they go on with what pondering found, with its owners if they were asked for before.
#[test]
fn an_analysis_goes_on_with_what_pondering_found_if_it_sees_the_same() {
    for (hides, owners, goes_on) in [
        (false, "", true),
        (true, "", false),
        (false, "ownership true", true),
    ] {
        let mut live = Live::hashed("--ponder --visits 20 --size 9");
        live.ask(&format!(
            "kata-set-param analysisIgnorePreRootHistory {hides}"
        ));
        live.ask(&format!("kata-genmove_analyze b 1000 {owners}"));
        std::thread::sleep(Duration::from_millis(500));
        let analysis = format!("kata-analyze w 1 rootInfo true {owners}");
        let report = live.analysis(&analysis, 1).remove(0);
        let (_, root) = report
            .split_once("rootInfo visits ")
            .expect("it was asked for");
        let visits: u32 = root
            .split(' ')
            .next()
            .and_then(|n| n.parse().ok())
            .expect("a number");
        assert_eq!(visits > 60, goes_on, "{hides}: {visits}");
    }
}

/// What the root of a report knows.
fn root_visits(report: &str) -> u64 {
    let root = reports::parse(report).root;
    reports::value(&root, "visits").parse().expect("a number")
}

/// The report of an analysis that has reached its visits.
fn whole_analysis(live: &mut Live, command: &str, visits: u64) -> String {
    live.send(command);
    live.until("=\n");
    let report = loop {
        let report = live.until("\n").trim_end().to_owned();
        if root_visits(&report) >= visits {
            break report;
        }
    };
    live.send("");
    live.close();
    report
}

/// Who steps to a move and back again finds what was known there.
#[test]
fn visits_survive_a_move_and_its_undo_between_analyses() {
    const VISITS: u64 = 2000;
    let mut live = Live::hashed(&format!("--size 9 --analysis-visits {VISITS}"));
    let report = whole_analysis(&mut live, "kata-analyze b 1 rootInfo true", VISITS);
    let best = reports::parse(&report).moves.remove(0);
    let known: u64 = reports::value(&best, "visits").parse().expect("a number");
    live.ask(&format!("play b {}", reports::value(&best, "move")));
    let first = live.analysis("kata-analyze w 1 rootInfo true", 1).remove(0);
    assert!(
        root_visits(&first) >= known,
        "{} of {known}",
        root_visits(&first)
    );
    live.ask("undo");
    let first = live.analysis("kata-analyze b 1 rootInfo true", 1).remove(0);
    assert!(root_visits(&first) >= VISITS, "{}", root_visits(&first));
}

/// The noise of analyses is a setting of its own, which moves have nothing of.
#[test]
fn noise_widens_an_analysis() {
    const VISITS: u64 = 300;
    let tried = |noise: &str| {
        let mut live = Live::hashed(&format!("--size 9 --analysis-visits {VISITS}"));
        live.ask(&format!("kata-set-param analysisWideRootNoise {noise}"));
        let report = whole_analysis(&mut live, "kata-analyze b 1 rootInfo true", VISITS);
        reports::parse(&report).moves.len()
    };
    let (none, some) = (tried("0"), tried("2"));
    assert!(
        some > none + 5,
        "{none} moves without noise, {some} with it"
    );
}

/// Pondering follows a move of the engine and nothing else. Lines that change nothing interrupt it, others end it for good.
#[test]
fn pondering_lasts_from_a_move_to_the_next_line_that_matters() {
    let device = Arc::new(Counted::default());
    let mut live = Live::start("--ponder --visits 20 --size 9", device.clone());
    let mut check = |line: &str, ponders: bool| {
        let reply = live.ask(line);
        assert!(reply.starts_with('='), "{line}: {reply:?}");
        let right = if ponders {
            device.works()
        } else {
            device.rests()
        };
        assert!(right, "{line}: pondering is not {ponders}");
    };
    check("kata-search b", false);
    check("kata-search_analyze b", false);
    check("genmove b", true);
    check("stop", false);
    check("play w e5", false);
    check("kata-genmove_analyze b", true);
    check("undo", false);
    check("lz-genmove_analyze b", true);
    for aside in [
        "name",
        "time_left w 60 0",
        "showboard",
        "kata-get-rules",
        "known_command play",
        "gomill-describe_engine",
        "gomill-explain_last_move",
        "gomill-cpu_time",
        "visits",
        "values",
        "pv",
        "gogui-pv",
        "tree",
        "why pass",
        "cache",
        "lz-memory_report",
    ] {
        check(aside, true);
    }
    check("komi 6.5", false);
    check("name", false);
    check("cgos-genmove_analyze w", true);
    check("kata-set-param ponderingEnabled false", false);
    check("genmove b", false);
    check("kata-set-param ponderingEnabled true", false);
    check("genmove w", true);
    check("clear_board", false);
    check("kata-set-param maxVisitsPondering 1", false);
    check("genmove b", false);
    check("kata-set-param maxVisitsPondering 1125899906842624", false);

    // Nothing is to come when both have passed.
    let passes = "lz-genmove_analyze w allow w pass 1";
    for rules in ["chinese", "japanese"] {
        check("clear_board", false);
        check(&format!("kata-set-rules {rules}"), false);
        check("play b e5", false);
        check(passes, true);
        check("play b pass", false);
        check(passes, false);
    }
    check("clear_board", false);

    live.analysis("kata-analyze b 1", 1);
    assert!(device.rests(), "an analysis goes on when it was ended");
    assert!(live.ask("genmove b").starts_with('='));
    live.send("");
    assert!(device.rests(), "an empty line does not end pondering");
}

/// All of the board is White's whatever anyone plays, so that the search looks at nothing but passing. Whoever counts
/// what is on the board still counts the black stone on a3.
#[test]
fn a_dead_stone_on_a_settled_board_is_taken_off() {
    const WHITE: &str = "b1 b2 b3 b4 b5 c3 d1 d2 d3 d4 d5";
    let check = |settings: &str, genmove: &str, expected: &[&str]| {
        let stones: String = (WHITE.split(' ').map(|at| format!("play w {at}\n"))).collect();
        let moves = "play b a3\nplay b pass";
        let input = format!("boardsize 5\n{settings}\n{stones}{moves}\n{genmove} w\n");
        let replies = run_with("", all_of(Color::White), input);
        let last = replies.last().expect("a move");
        assert!(
            expected.contains(&&*last.text),
            "{settings}, {genmove}: {last}"
        );
    };
    let beside = ["A2", "A4"];
    check("kata-set-rules tromp-taylor", "genmove", &beside);
    check("kata-set-rules chinese", "genmove", &["pass"]);
    check("kata-set-rules chinese", "kgs-genmove_cleanup", &beside);
    let never = "kata-set-rules tromp-taylor\nkata-set-param cleanupBeforePass false";
    check(never, "genmove", &["pass"]);
    check(never, "kgs-genmove_cleanup", &beside);
}

/// On CGOS suicide and the repetition of a position lose. The rules that the README gives keep the engine from both, even
/// where the network wants nothing else.
#[test]
fn what_loses_on_cgos_is_not_played() {
    let readme = include_str!("../../README.md");
    let line = readme.lines().find(|line| line.contains("--rules {"));
    let rules = line.and_then(|line| line.split_whitespace().last());
    let rules = rules.expect("CGOS's rules");
    let move_at = |rules: &str, wanted: Point, position: &str, color: &str| {
        let wants = Changed::new(move |position, answer| {
            let wanted = position.game.size().policy_index(Move::Play(wanted));
            if answer.policy[wanted] >= 0.0 {
                (answer.policy.iter_mut()).for_each(|prior| *prior = prior.min(0.0));
                answer.policy[wanted] = 1.0;
            }
            answer.chances = Mover(Chances {
                win: 0.5,
                loss: 0.5,
                no_result: 0.0,
            });
        });
        let input = format!("boardsize 5\nkata-set-rules {rules}\n{position}\ngenmove {color}\n");
        let replies = run_with("--no-resign", Arc::new(wants), input);
        texts(&replies).pop().expect("a move").to_owned()
    };
    let a2 = Point::new(0, 3).expect("a point");
    let suicide = "set_position b a1 w b1 w b2 w a3";
    assert_eq!(move_at("tromp-taylor", a2, suicide, "b"), "A2");
    assert_ne!(move_at(rules, a2, suicide, "b"), "A2");
    // White has taken one stone and lost two; taking that back would bring the first position again.
    let a1 = Point::new(0, 4).expect("a point");
    let superko = "set_position b a2 b b2 b c1 w a1 w c2 w d1\nplay w b1\nplay b c1";
    let simple = rules.replace("POSITIONAL", "SIMPLE");
    assert_eq!(move_at(&simple, a1, superko, "w"), "A1");
    assert_ne!(move_at(rules, a1, superko, "w"), "A1");
}
