//! What programs at the other end are told beside replies: GoGui's drawings, the chat of OGS, Leela Zero's lines.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use df_console::engine::{Inbox, Loading, Session};
use df_console::eval::{Chances, Hashed, Mover};

use crate::support::{
    Changed, Limited, ask, beside_people, done, options, run_with, session, texts,
};

#[test]
fn gogui_gets_drawings_once_it_says_that_it_is_there() {
    let drawn: Arc<Mutex<String>> = Arc::default();
    let mut session = session("--size 9 --time 0.4");
    // As GoGui's menu has it.
    let menu = done(&mut session, "gogui-analyze_commands");
    assert!(menu.contains("/kata-search %c"), "{menu}");
    assert!(
        menu.contains("\nnone/") && menu.contains("/kata-analyze %c"),
        "{menu}"
    );
    session.set_graphics({
        let drawn = Arc::clone(&drawn);
        move |text| drawn.lock().expect("nobody panics").push_str(text)
    });
    done(&mut session, "genmove b");
    assert_eq!(*drawn.lock().expect("nobody panics"), "", "nobody asked");
    done(&mut session, "gogui-version 1.6.0");
    for search in ["genmove w", "kata-search white"] {
        drawn.lock().expect("nobody panics").clear();
        done(&mut session, search);
        check_drawings(&drawn.lock().expect("nobody panics"), search);
    }
}

#[test]
fn gogui_sees_an_analysis_as_often_as_it_is_reported() {
    const SETS: usize = 3;
    let inbox = Arc::new(Inbox::default());
    let options = options("--seed 1 --size 9");
    let evaluator = Loading::ready(Arc::new(Hashed::default()));
    let mut session = Session::new(options, evaluator, Arc::clone(&inbox));
    let drawn: Arc<Mutex<String>> = Arc::default();
    session.set_graphics({
        let (drawn, inbox) = (Arc::clone(&drawn), Arc::clone(&inbox));
        move |text| {
            let mut drawn = drawn.lock().expect("nobody panics");
            drawn.push_str(text);
            if drawn.matches("gogui-gfx:\n").count() == SETS {
                inbox.push(gtp::parse_line(b"# interrupt"));
            }
        }
    });
    // Without drawings it would not end.
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(20));
        inbox.interrupt();
    });
    done(&mut session, "gogui-version 1.6.0");
    let reply = done(&mut session, "kata-analyze w 30");
    // The tree is back once the analysis has ended.
    done(&mut session, "tree");
    let drawn = drawn.lock().expect("nobody panics");
    check_drawings(&drawn, "kata-analyze");
    // None came later, and every one with a report.
    assert_eq!(drawn.matches("gogui-gfx:\n").count(), SETS, "{drawn}");
    let reports = reply.lines().filter(|line| line.starts_with("info move "));
    assert!(reports.count() >= SETS, "{reply}");
}

fn check_drawings(drawn: &str, search: &str) {
    assert!(drawn.ends_with("gogui-gfx: CLEAR\n"), "{search}: {drawn}");
    let sets: Vec<&str> = drawn.split("gogui-gfx:\n").skip(1).collect();
    assert!(!sets.is_empty());
    for set in sets {
        let lines: Vec<&str> = set.lines().collect();
        assert!(lines[0].starts_with("VAR w "), "{set}");
        assert!(
            lines[1].starts_with("INFLUENCE ") && lines[2].starts_with("LABEL "),
            "{set}"
        );
        assert!(lines[3].starts_with("TEXT White to move, "), "{set}");
        assert_eq!(lines[4], "");
        assert!(!set.contains(" -> "), "some clients stumble over that");
    }
}

/// By the rules with which LizzieYzy reads it.
#[test]
fn a_heatmap_has_a_row_of_numbers_for_each_of_the_board() {
    let mut session = session("--size 5");
    done(&mut session, "rectangular_boardsize 5 3");
    done(&mut session, "play b A1");
    let text = done(&mut session, "heatmap");
    let numbers = |line: &str| -> Vec<u32> {
        let words = line.split_whitespace();
        words.map(|word| word.parse().expect("a number")).collect()
    };
    let rows: Vec<Vec<u32>> = text
        .lines()
        .filter(|line| line.starts_with(' '))
        .map(numbers)
        .collect();
    assert_eq!(rows.len(), 3, "{text}");
    assert!(rows.iter().all(|row| row.len() == 5), "{text}");
    assert_eq!(rows[2][0], 0, "a stone is there");
    let after = |name: &str| {
        text.split_once(name)
            .and_then(|(_, rest)| rest.lines().next())
    };
    let pass: u32 = after("pass: ")
        .and_then(|pass| pass.parse().ok())
        .expect("a number");
    let sum = rows.iter().flatten().sum::<u32>() + pass;
    // Each is rounded down.
    assert!((1000 - 15..=1000).contains(&sum), "{sum}");
    let winrate: f64 = after("winrate: ")
        .and_then(|rate| rate.parse().ok())
        .expect("a number");
    assert!((0.0..=1.0).contains(&winrate));
}

/// As Leela Zero has it.
#[test]
fn heatmaps_are_of_one_symmetry_of_all_or_their_mean() {
    let of_symmetry = Changed::new(|position, answer| {
        let win = 0.1 * position.symmetry.number() as f32;
        answer.chances = Mover(Chances {
            win,
            loss: 1.0 - win,
            no_result: 0.0,
        });
    });
    let evaluator = Arc::new(of_symmetry);
    let rates = |form: &str| -> Vec<String> {
        let line = format!("heatmap {form}\n");
        let replies = run_with("--size 5", evaluator.clone(), line);
        let lines = texts(&replies)[0].lines();
        lines
            .filter_map(|line| line.strip_prefix("winrate: "))
            .map(str::to_owned)
            .collect()
    };
    let every = [0, 1, 2, 3, 4, 5, 6, 7].map(|number| format!("0.{number}00000"));
    assert_eq!(rates(""), every[..1]);
    for (number, rate) in every.iter().enumerate() {
        assert_eq!(rates(&number.to_string()), [rate.as_str()]);
    }
    assert_eq!(rates("all"), every);
    for mean in ["average", "AVG"] {
        assert_eq!(rates(mean), ["0.350000"], "{mean}");
    }
    let mut session = session("--size 5");
    for wrong in ["8", "none", "average 3"] {
        let refused = ask(&mut session, &format!("heatmap {wrong}"));
        assert!(refused.is_err(), "{wrong}");
    }
}

/// By the expression with which gtp2ogs reads lines of KataGo.
#[test]
fn the_chat_of_a_server_gets_a_line_for_each_move() {
    let said: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut session = session("--size 9 --visits 30");
    session.set_chat({
        let said = Arc::clone(&said);
        move |line| said.lock().expect("nobody panics").push(line.to_owned())
    });
    let black = done(&mut session, "genmove b");
    done(&mut session, "kata-genmove_analyze w");
    done(&mut session, "kata-search_analyze b");
    let said = said.lock().expect("nobody panics").clone();
    assert_eq!(said.len(), 2, "{said:?}");
    for line in &said {
        let (head, pv) = line.split_once(" PV ").expect("moves end it");
        let words: Vec<&str> = head.split(' ').collect();
        let [
            visits_of,
            _visits,
            winrate_of,
            winrate,
            lead_of,
            lead,
            stdev_of,
            stdev,
        ] = words[..]
        else {
            panic!("{line}");
        };
        assert_eq!(
            [visits_of, winrate_of, lead_of, stdev_of],
            ["MALKOVICH:Visits", "Winrate", "ScoreLead", "ScoreStdev"]
        );
        let decimals = |number: &str| number.split_once('.').map(|(_, digits)| digits.len());
        assert_eq!(
            decimals(winrate.strip_suffix('%').expect("percent")),
            Some(2)
        );
        assert_eq!((decimals(lead), decimals(stdev)), (Some(1), Some(1)));
        assert!(!pv.is_empty());
    }
    assert!(said[0].contains(&format!(" PV {black}")), "{said:?}");
}

/// What is shown of the network is what a search begins with.
#[test]
fn the_policy_is_as_optimistic_as_that_of_a_root() {
    let optimism = |lines: &str| {
        let asked: Arc<Mutex<Option<f32>>> = Arc::default();
        let noted = Changed::new({
            let asked = Arc::clone(&asked);
            move |position, _| *asked.lock().unwrap() = Some(position.options.optimism)
        });
        texts(&run_with("--size 5", Arc::new(noted), format!("{lines}\n")));
        *asked.lock().unwrap()
    };
    for look in ["kata-raw-nn 0", "policy", "heatmap", "nn", "gogui-policy"] {
        let set = "kata-set-param rootPolicyOptimism 0.5\n";
        assert_eq!(optimism(look), Some(0.2), "{look}");
        assert_eq!(optimism(&format!("{set}{look}")), Some(0.5), "{look}");
    }
    assert_eq!(optimism("kata-raw-nn 0 0"), Some(0.0));
}

#[test]
fn a_human_network_says_as_such_what_it_says() {
    let asked = "boardsize 5\nkata-raw-nn w 3\nkata-raw-human-nn w 3\n";
    let human = run_with("", Limited::human(), asked);
    let human = texts(&human);
    let kept = |line: &&str| {
        let other = ["whiteLead", "varTimeLeft"];
        !other.iter().any(|name| line.starts_with(name))
    };
    let expected: Vec<&str> = human[1].lines().filter(kept).collect();
    let expected = expected.join("\n").replace("Selfplay", "");
    assert_eq!(human[2].trim_end(), expected.trim_end());
    let [_, _, other] = &run_with("", Arc::new(Hashed::default()), asked)[..] else {
        panic!("three answers");
    };
    let katago = "Cannot run kata-raw-human-nn, -human-model was not provided";
    assert!(!other.success && other.text.starts_with(katago), "{other}");
}

#[test]
fn a_network_for_people_stands_beside_the_other() {
    let options = options("--seed 1 --size 5 --visits 8");
    let mut session = Session::new(options, beside_people(), Arc::new(Inbox::default()));
    let mut ask = |line: &str| {
        let request = gtp::Request::parse(line).expect("a request");
        session
            .answer(&request)
            .map_err(|failure| failure.to_string())
    };
    let models = ask("kata-get-models").expect("two networks");
    assert_eq!(models.matches("usesHumanSLProfile").count(), 2, "{models}");
    let unset = ask("kata-raw-human-nn 0").expect_err("nobody was named");
    assert!(
        unset.contains("humanSLProfile parameter was not set"),
        "{unset}"
    );
    let wrong = ask("kata-set-param humanSLProfile rank_30k").expect_err("there is no such rank");
    assert!(
        wrong.contains("humanSLProfile must be a profile: rank_20k"),
        "{wrong}"
    );

    assert_eq!(
        ask("kata-set-param humanSLProfile rank_5k").as_deref(),
        Ok("")
    );
    assert_eq!(
        ask("kata-get-param humanSLProfile").as_deref(),
        Ok("rank_5k")
    );
    let raw = ask("kata-raw-human-nn 0").expect("the second network");
    assert!(
        raw.contains("whiteScore ") && !raw.contains("whiteLead"),
        "{raw}"
    );
    for setting in [
        "humanSLChosenMoveProp 1",
        "humanSLRootExploreProbWeightless 0.5",
    ] {
        assert_eq!(ask(&format!("kata-set-param {setting}")).as_deref(), Ok(""));
    }
    assert!(ask("genmove b").is_ok());
    assert_eq!(
        ask("kata-set-param humanSLProfile").as_deref(),
        Ok(""),
        "taken back"
    );
    assert!(ask("kata-raw-human-nn 0").is_err());
}

#[test]
fn settings_for_people_are_refused_without_a_network_for_them() {
    let asked = "kata-set-param humanSLChosenMoveProp 1\nkata-set-params {\"humanSLProfile\":\"rank_5k\"}\n\
                 kata-get-param humanSLChosenMoveProp\nkata-set-param humanSLProfile _\n";
    let [share, profile, kept, none] = &run_with("", Arc::new(Hashed::default()), asked)[..] else {
        panic!("four answers");
    };
    assert!(
        !share.success
            && share
                .text
                .contains("needs a second network: start with --human-model")
    );
    assert!(
        !profile.success && profile.text.contains("hashed imitates nobody"),
        "{profile}"
    );
    assert_eq!((kept.text.as_str(), none.success), ("0", true));
}

#[test]
fn moves_are_explained_by_the_searches_that_they_were_made_for() {
    let mut session = session("--size 9 --visits 30");
    let mut explained = |line: &str| {
        done(&mut session, line);
        done(&mut session, "gomill-explain_last_move")
    };
    let none = "no search for a move of this game is remembered";
    assert_eq!(explained("kata-search b"), none);
    let why = explained("genmove b");
    assert!(why.contains("visits: Black wins"), "{why}");
    for asked in [
        "kata-search w",
        "reg_genmove w",
        "think 0.01",
        "play w pass",
    ] {
        assert_eq!(explained(asked), why, "{asked}");
    }
    assert!(explained("gomill-genmove_ex w").contains("White wins"));
    assert_eq!(explained("undo"), none);
}

/// Whoever asks during the game is the opponent, or may be his friend.
#[test]
fn the_chat_tells_nothing_of_a_game_that_goes_on() {
    let mut session = session("--size 9 --visits 30");
    let mut chat = |line: &str| {
        done(&mut session, line);
        done(&mut session, "kgs-chat game guest who is winning")
    };
    let harmless = chat("boardsize 9");
    assert!(harmless.contains("df_console"), "{harmless}");
    assert_eq!(chat("genmove b"), harmless);
    assert_eq!(chat("play w pass"), harmless);
    let told = chat("play b pass");
    assert!(told.contains("visits"), "{told}");
    // Another game that is over, of which nothing is known.
    assert_eq!(chat("clear_board"), harmless);
    assert_eq!(chat("gogui-play_sequence b pass w pass"), harmless);
    // A resignation shows on no board; the client tells of it.
    assert_eq!(chat("clear_board"), harmless);
    assert_eq!(chat("genmove b"), harmless);
    let told = chat("kgs-game_over");
    assert!(told.contains("visits"), "{told}");
    // The game goes on after all, or the next one begins.
    assert_eq!(chat("genmove w"), harmless);
    assert_ne!(chat("kgs-game_over"), harmless);
    for goes_on in ["undo", "clear_board"] {
        done(&mut session, "kgs-game_over");
        done(&mut session, goes_on);
        done(&mut session, "reg_genmove b");
        let chat = done(&mut session, "kgs-chat game guest who is winning");
        assert_eq!(chat, harmless, "{goes_on}");
    }
}
