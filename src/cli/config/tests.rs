use std::time::Duration;

use clap::Parser;

use super::*;
use crate::cli::katago;
use crate::cli::modes::matches::side::SideConfig;
use crate::engine::json::JsonOptions;
use crate::engine::{AnalysisParams, Perspective, SessionSettings};
use crate::go::{HalfPoints, Size};

fn args(arguments: &str) -> Result<Args, String> {
    let arguments = format!("df_console {arguments}");
    let translated = katago::translate(arguments.split_whitespace().map(Into::into));
    let translated = translated.map_err(|e| e.to_string())?;
    let mut args = Args::try_parse_from(translated.arguments).map_err(|e| e.to_string())?;
    args.katago = translated.settings;
    Ok(args)
}

fn mode(arguments: &str, stdin_is_terminal: bool) -> Result<Mode, String> {
    let environment = Environment {
        stdin_is_terminal,
        ..Environment::default()
    };
    Mode::new(&args(arguments)?, &environment).map_err(|e| e.to_string())
}

/// A session on a pipe.
fn session(arguments: &str) -> Result<SessionConfig, String> {
    match mode(arguments, false)? {
        Mode::Gtp(session) => Ok(*session),
        other => panic!("{arguments}: {other:?}"),
    }
}

fn queries(arguments: &str) -> Result<JsonOptions, String> {
    match mode(arguments, false)? {
        Mode::Analysis(analysis) => Ok(analysis.json),
        other => panic!("{arguments}: {other:?}"),
    }
}

/// Settings in whatever mode.
fn settings(arguments: &str) -> SessionSettings {
    super::settings(&args(arguments).unwrap()).unwrap()
}

#[test]
fn the_mode_follows_from_arguments_and_terminal() {
    fn check(arguments: &str, terminal: bool, expected: fn(&Mode) -> bool) {
        let found = mode(arguments, terminal).unwrap();
        assert!(expected(&found), "{arguments}: {found:?}");
    }
    check("", false, |mode| matches!(mode, Mode::Gtp(_)));
    check("", true, |mode| matches!(mode, Mode::Console(_)));
    for arguments in ["gtp", "gtp --visits 5", "gtp --komi -0.5", "--visits 5 gtp"] {
        check(arguments, true, |mode| matches!(mode, Mode::Gtp(_)));
    }
    check("analysis", true, |mode| matches!(mode, Mode::Analysis(_)));
    check("--analyze-sgf a.sgf", true, |mode| {
        matches!(mode, Mode::Review(_))
    });
    check("--inspect a", false, |mode| {
        matches!(mode, Mode::Inspect(_))
    });
    check("--convert a.bin.gz b.txt", false, |mode| match mode {
        Mode::Convert(ConvertConfig { input, output, .. }) => {
            (input.to_str(), output.to_str()) == (Some("a.bin.gz"), Some("b.txt"))
        }
        _ => false,
    });
}

#[test]
fn clients_learn_which_protocol_is_spoken() {
    let usual = session("gtp").unwrap().options.version;
    assert_eq!(usual, env!("CARGO_PKG_VERSION"));
    assert_eq!(queries("analysis").unwrap().version, "1.17.2");
    let named = queries("analysis --gtp-version 1.9").unwrap();
    assert_eq!(named.version, "1.9");
}

#[test]
fn a_person_with_the_built_in_network_begins_on_9x9() {
    for (arguments, person, side) in [
        ("", true, 9),
        ("--size 13", true, 13),
        ("-override-config defaultBoardSize=13", true, 13),
        ("", false, 19),
        ("gtp", true, 19),
        ("--weights x.bin.gz", true, 19),
        ("--evaluator hashed", true, 19),
    ] {
        let (Mode::Gtp(begun) | Mode::Console(begun)) = mode(arguments, person).unwrap() else {
            panic!("{arguments}: no session");
        };
        assert_eq!(begun.options.size, Size::square(side).unwrap());
    }
}

#[cfg(unix)]
#[test]
fn the_path_of_a_network_need_not_be_text() {
    use std::os::unix::ffi::OsStringExt as _;
    let path = OsString::from_vec(b"n\xff.bin.gz".to_vec());
    let arguments = ["df_console".into(), "--weights".into(), path.clone()];
    let args = Args::try_parse_from(arguments).expect("any path will do");
    let found = evaluator(&args, &Environment::default());
    assert_eq!(found.weights, path);
}

#[test]
fn values_reach_the_evaluator() {
    let found = session("--batch 7 --threads 3 --cache 5 --batch-wait 0.0005 --human-model x");
    let found = found.unwrap().evaluator;
    let waits = Duration::from_micros(500);
    assert_eq!((found.batch, found.batch_wait), (Some(7), waits));
    assert_eq!((found.threads, found.cache_mebibytes), (Some(3), 5));
    assert_eq!(found.human_weights, Some("x".into()));
    let usual = session("").unwrap().evaluator;
    assert_eq!((usual.batch, usual.batch_wait), (None, Duration::ZERO));
}

#[test]
fn values_reach_the_session() {
    let begun = session(
        "--size 9x13 --rules japanese --komi -0.5 --time 0.5 --resign 10 --seed 7 --memory 64 -v 100 \
         --analysis-visits 9 --analysis-time 1.5 --wide-root-noise 0.1 --report-as Black",
    );
    let options = begun.unwrap().options;
    assert_eq!(options.size, Size::new(9, 13).unwrap());
    assert_eq!(options.rules.name(), Some("japanese"));
    assert_eq!(options.rules.komi, HalfPoints(-1));
    assert_eq!(
        options.settings.play.limits.time,
        Some(Duration::from_millis(500))
    );
    assert_eq!(options.settings.play.limits.visits, Some(100));
    assert_eq!(options.settings.play.resign.threshold, -0.8);
    assert_eq!(options.settings.search.memory_limit, 64 << 20);
    assert_eq!(options.seed, 7);
    let analysis = AnalysisParams {
        wide_root_noise: 0.1,
        ignore_pre_root_history: true,
        max_visits: Some(9),
        max_time: Some(Duration::from_millis(1500)),
        perspective: Perspective::Black,
    };
    assert_eq!(options.settings.analysis, analysis);
}

#[test]
fn settings_for_people_need_a_network_for_them() {
    let given = "-override-config humanSLProfile=preaz_5k,humanSLChosenMoveProp=0.5,\
                 chosenMoveTemperatureOnlyBelowProb=0.01";
    let with = session(&format!("gtp -human-model people.bin.gz {given}")).unwrap();
    assert_eq!(with.evaluator.human_weights, Some("people.bin.gz".into()));
    let search = with.options.settings.search;
    assert_eq!(search.profile, "preaz_5k".parse().ok());
    assert_eq!((search.human_choice, search.temperature_below), (0.5, 0.01));
    // The only network may be one that is told whom to imitate.
    let search = settings("gtp --set profile=rank_3d").search;
    assert_eq!(
        search.profile.map(|profile| profile.to_string()),
        Some("rank_3d".into())
    );
    for without in [
        format!("gtp {given}"),
        "analysis --set human_root_weightless=0.5".to_owned(),
        "--match --a human_choice=1 --b visits=1".to_owned(),
    ] {
        let refusal = mode(&without, false).err().unwrap_or_default();
        assert!(
            refusal.contains("needs a second network"),
            "{without}: {refusal}"
        );
    }
    mode(
        "--match --human-model x --a human_choice=1 --b visits=1",
        false,
    )
    .unwrap();
    let wrong = session("gtp -override-config humanSLProfile=rank_31k").err();
    assert!(wrong.is_some_and(|wrong| wrong.contains("humanSLProfile must be a profile")));
}

#[test]
fn katagos_configuration_is_applied_and_our_options_count_more() {
    let given = "-override-config maxVisits=13,maxTime=2,ponderingEnabled=true,analysisWideRootNoise=0.1,\
                 reportAnalysisWinratesAs=WHITE,rules=japanese,numAnalysisThreads=3,allowResignation=false,cpuctExploration=2";
    let found = |more: &str| format!("{more} {given}");
    let gtp = session(&found("gtp")).unwrap();
    let settings = &gtp.options.settings;
    let play = &settings.play;
    assert_eq!(play.limits.visits, Some(13));
    assert_eq!(play.limits.time, Some(Duration::from_secs(2)));
    assert!(settings.ponder && !play.resign.enabled);
    assert_eq!(settings.analysis.perspective, Perspective::White);
    assert_eq!(settings.search.cpuct, 2.0);
    let noise = |settings: &SessionSettings| {
        [
            settings.analysis.wide_root_noise,
            settings.search.wide_root_noise,
        ]
    };
    assert_eq!(noise(settings), [0.1, 0.0]);
    assert_eq!(gtp.options.rules.name(), Some("japanese"));

    let queries = queries(&found("analysis")).unwrap();
    let settings = &queries.settings;
    assert_eq!(queries.threads, 3);
    assert_eq!(settings.play.limits.visits, Some(13));
    assert_eq!(settings.analysis.perspective, Perspective::White);
    assert_eq!(noise(settings), [0.1, 0.1]);
    assert!(!settings.ponder);

    let own = "--visits 7 --report-as black --rules chinese --analysis-threads 5 --resign 10 --set cpuct=3";
    let threads = analysis_threads(&args(&found(own)).unwrap());
    assert_eq!(threads, Ok(5));
    let own = session(&found(own)).unwrap();
    let settings = &own.options.settings;
    assert_eq!(settings.play.limits.visits, Some(7));
    assert_eq!(settings.analysis.perspective, Perspective::Black);
    assert_eq!(own.options.rules.name(), Some("chinese"));
    assert!(settings.play.resign.enabled);
    assert_eq!(settings.search.cpuct, 3.0);
}

#[test]
fn single_rules_of_katagos_configuration_are_put_together() {
    let rules = |given: &str| {
        let begun = session(&format!("gtp -override-config {given}"));
        begun.map(|begun| begun.options.rules.to_string())
    };
    let check = |given: &str, expected: &str| {
        assert_eq!(rules(given).as_deref(), Ok(expected), "{given}");
    };
    check(
        "koRule=SIMPLE,scoringRule=AREA,taxRule=NONE,multiStoneSuicideLegal=false,hasButton=false,\
         whiteHandicapBonus=N,friendlyPassOk=true",
        "koSIMPLEscoreAREAtaxNONEsui0whbNfpok1komi7.5",
    );
    check(
        "koRule=SIMPLE,scoringRule=TERRITORY,multiStoneSuicideLegal=false",
        "koSIMPLEscoreTERRITORYtaxSEKIsui0komi6.5",
    );
    check(
        "koRule=SITUATIONAL,scoringRule=AREA,taxRule=ALL,hasButton=true",
        "koSITUATIONALscoreAREAtaxALLsui1button1komi7",
    );
    check(
        "koRule=SIMPLE --rules aga",
        "koSITUATIONALscoreAREAtaxNONEsui0whbN-1fpok1komi7.5",
    );
    for (wrong, says) in [
        ("rules=aga,koRule=SIMPLE", "not both"),
        ("koRule=EASY", "KataGo's configuration"),
        ("scoringRule=TERRITORY,hasButton=true", "hasButton"),
    ] {
        let refusal = rules(wrong).unwrap_err();
        assert!(refusal.contains(says), "{refusal}");
    }
}

#[test]
fn settings_with_options_of_ours_are_those() {
    let found = |more: &str| session(&format!("gtp {more}")).unwrap();
    let given = found(
        "-override-config resignThreshold=-0.5,resignConsecTurns=7,ogsChatToStderr=true,defaultBoardSize=13,\
         defaultBoardYSize=9,searchRandSeed=42",
    );
    let resign = &given.options.settings.play.resign;
    assert_eq!((resign.threshold, resign.consecutive_turns), (-0.5, 7));
    assert!(given.ogs_chat);
    assert_eq!(given.options.size, Size::new(13, 9).unwrap());
    assert_eq!(given.options.seed, 42);

    let own = found(
        "--size 5 --seed 3 --resign 10 -override-config resignThreshold=-0.5,defaultBoardSize=13,searchRandSeed=42",
    );
    assert_eq!(own.options.settings.play.resign.threshold, -0.8);
    assert_eq!(own.options.size, Size::square(5).unwrap());
    assert_eq!(own.options.seed, 3);

    let seed = |text| {
        found(&format!("-override-config searchRandSeed={text}"))
            .options
            .seed
    };
    assert_eq!(seed("abc"), seed("abc"));
    assert_ne!(seed("abc"), seed("abd"));
    assert_eq!(
        found("-override-config defaultBoardXSize=9").options.size,
        Size::square(19).unwrap()
    );
}

#[test]
fn an_analysis_mode_has_a_view_of_its_own() {
    let view = |arguments: &str| settings(arguments).analysis.perspective;
    assert_eq!(view("gtp"), Perspective::SideToMove);
    assert_eq!(view("analysis"), Perspective::Black);
    assert_eq!(
        view("analysis --report-as sidetomove"),
        Perspective::SideToMove
    );
    // KataGo's where there is a file for it.
    let folder = tempfile::tempdir().unwrap();
    let (bare, white) = (folder.path().join("bare"), folder.path().join("white"));
    std::fs::write(&bare, "").unwrap();
    std::fs::write(&white, "reportAnalysisWinratesAs = WHITE").unwrap();
    let (bare, white) = (bare.display(), white.display());
    for (given, expected) in [
        (format!("-config {bare}"), Perspective::SideToMove),
        (format!("-config {white}"), Perspective::White),
        (
            format!("-config {bare} --report-as black"),
            Perspective::Black,
        ),
        (
            format!("-override-config reportAnalysisWinratesAs=WHITE -config {bare}"),
            Perspective::White,
        ),
        ("-override-config maxVisits=5".into(), Perspective::Black),
    ] {
        assert_eq!(view(&format!("analysis {given}")), expected, "{given}");
    }
}

#[test]
fn variations_of_queries_are_as_long_as_katagos() {
    let length = |arguments: &str| settings(arguments).search.pv_length;
    assert_eq!(length("analysis"), 16);
    assert_eq!(length("analysis -override-config analysisPVLen=9"), 10);
    assert_eq!(length("analysis --set pv_length=9"), 9);
}

#[test]
fn limits_and_width_reach_the_analysis() {
    let check = |arguments: &str, limits: (Option<u64>, Option<u64>, Option<f64>), noise| {
        let settings = settings(arguments);
        let found = analysis_limits(&settings, 500);
        let time = found.time.map(|time| time.as_secs_f64());
        assert_eq!((found.visits, found.playouts, time), limits, "{arguments}");
        assert_eq!(settings.search.wide_root_noise, noise, "{arguments}");
    };
    check("analysis", (Some(500), None, None), 0.04);
    check("--analyze-sgf a.sgf", (Some(500), None, None), 0.0);
    check("analysis --time 2", (None, None, Some(2.0)), 0.04);
    check("analysis --playouts 9", (None, Some(9), None), 0.04);
    check(
        "analysis -v 9 --analysis-visits 7 --analysis-time 2 --time 3",
        (Some(7), None, Some(2.0)),
        0.04,
    );
    let usual = (Some(500), None, None);
    check("analysis --wide-root-noise 0.1", usual, 0.1);
    check("--analyze-sgf a.sgf --wide-root-noise 0.1", usual, 0.1);
    check("analysis --set wide_root_noise=0.2", usual, 0.2);
    // Elsewhere it is for analysis, not for moves.
    check("gtp --wide-root-noise 0.1", usual, 0.0);
    assert_eq!(settings("gtp").analysis.wide_root_noise, 0.04);
    let given = queries("analysis --analysis-visits 7").unwrap();
    assert_eq!(given.settings.play.limits.visits, Some(7));
}

#[test]
fn katagos_warnings_of_unused_fields_can_be_turned_off() {
    let warned = |given: &str| {
        let queries = queries(&format!("analysis {given}"))?;
        assert!(queries.finish_queries);
        Ok(queries.warn_unused)
    };
    assert_eq!(warned(""), Ok(true));
    let off = "-override-config warnUnusedFields=false";
    assert_eq!(warned(off), Ok(false));
    let wrong: String = warned("-override-config warnUnusedFields=no").unwrap_err();
    assert!(wrong.contains("true or false, not 'no'"), "{wrong}");
}

#[test]
fn what_came_before_a_position_is_hidden_from_analyses_alone() {
    let hidden = |arguments: &str| settings(arguments).search.ignore_pre_root_history;
    assert!(hidden("analysis") && hidden("--analyze-sgf a.sgf") && !hidden("gtp"));
    assert!(!hidden(
        "analysis -override-config ignorePreRootHistory=false"
    ));
    assert!(!hidden("analysis --set ignore_pre_root_history=false"));
    assert!(!hidden(
        "analysis -override-config analysisIgnorePreRootHistory=false"
    ));
    assert!(settings("gtp").analysis.ignore_pre_root_history);
}

#[test]
fn what_cannot_be_used_is_refused_with_what_can() {
    fn check(arguments: &str, advice: &str) {
        let error = mode(arguments, false).map(|_| ()).unwrap_err();
        assert!(error.contains(advice), "{arguments}: {error}");
    }
    check("--size 26", "from 2 to 25");
    check("--size 9x", "9x13");
    check("--komi 6.3", "whole or half number");
    check("--komi 1e9", "-400 to 400");
    check("--rules klingon", "japanese");
    check("--time -1", "give seconds");
    check("--time nan", "give seconds");
    check("--wide-root-noise 6", "from 0 to 5");
    check("--wide-root-noise nan", "from 0 to 5");
    check("--set score_center_scale=-1", "from 0.01 to 100");
    check("--report-as green", "black, white or sidetomove");
    check(
        "gtp -override-config maxVisits=0",
        "maxVisits must be an integer",
    );
    check(
        "analysis -override-config numAnalysisThreads=x",
        "from 1 to 16384",
    );
    check(
        "gtp -override-config defaultBoardSize=99",
        "KataGo's configuration: board size",
    );
    check(
        "gtp -override-config ogsChatToStderr=yes",
        "ogsChatToStderr must be true or false",
    );
    check("--analysis-time -1", "give seconds");
    check("--analysis-visits 0", "--analysis-visits");
    check("--resign 101", "0 to 100");
    check("--visits 0", "give a whole number from 1, such as 200");
    check("--visits -3", "give a whole number from 1, such as 200");
    check("analysis --visits -5", "invalid value '-5'");
    check("--seed x", "give a whole number from 0, such as 1");
    check(
        "--threads 2000",
        "give a whole number from 1 to 1024, such as 4",
    );
    check("--komi x", "give points, such as 6.5");
    check("--time soon", "give seconds, such as 5 or 0.5");
    check(
        "--match --games 0 --b x",
        "give a whole number from 1, such as 100",
    );
    check("--match", "--match needs an opponent: --b");
    check("--selfplay", "--selfplay needs a folder: --run");
    check("gtp --time -1", "give seconds");
    check("--set cpuctt=1", "did you mean 'cpuct'?");
    check("--no-resign --resign 3", "cannot be used with");
    check("--log loud", "--log");
    check("--genmove", "unexpected argument");
    check("analyse", "unrecognized subcommand");
}

/// The referee of a match keeps the clocks in the process of its own players.
#[test]
fn players_of_a_match_keep_little_time_back() {
    let lags = |arguments: &str| {
        let Mode::Match(config) = mode(arguments, false).unwrap() else {
            panic!("{arguments}: no match");
        };
        config.sides.map(|side| match side {
            SideConfig::Own { play, .. } => play.clock.lag.as_millis(),
            SideConfig::Program(_) => panic!("no program"),
        })
    };
    assert_eq!(lags("--match --a visits=1 --b visits=2"), [100, 100]);
    assert_eq!(lags("--match --a lag=2 --b lag=0"), [2000, 0]);
    assert_eq!(lags("--match --lag 0.5 --a visits=1 --b lag=0"), [500, 0]);
}
