//! Settings of runs: presets, what a file changes, what is in force.

use std::path::Path;
use std::sync::Arc;

use super::{MACHINE, parse};
use crate::eval::{Evaluator, Hashed, Uniform};
use crate::pipeline::folder::RunFolder;
use crate::pipeline::settings::{Machine, RunSettings};
use crate::selfplay::{Fixed, PRESETS, SelfPlayParams};

#[test]
fn settings_are_a_preset_and_changes() {
    let settings = parse(None, "preset = \"7x7\"\n[learn]\nbatch = 64").expect("good");
    assert_eq!(
        (settings.preset.as_str(), settings.learn.batch),
        ("7x7", 64)
    );
    assert_eq!(
        settings.net,
        RunSettings::preset("7x7", MACHINE).expect("a preset").net
    );
    let text = settings.to_text().expect("text");
    assert_eq!(
        RunSettings::in_force(&text, MACHINE).expect("good"),
        settings
    );
    for (text, part) in [
        ("[learn]\nbach = 64", "bach"),
        ("[learn]\nbatch = 0", "learn: batch, steps"),
        ("[learn]\noptimiser = \"x\"", "muon"),
        ("[learn.losses]\nscore = 1.0", "score_mean"),
        ("preset = \"6x6\"", "5x5, 7x7"),
        ("seed = \"x\"", "invalid type"),
        ("seed =", "settings"),
        ("[opponent]\nshare = 2.0", "opponent.share"),
        ("[play]\nthreads = 100000", "from 1 to 1024"),
        ("[play]\nvisit_scale = -1.0", "visit_scale"),
        (
            "[play]\nvalue_scale = 1001.0",
            "value_scale, from 0 to 1000",
        ),
        ("[play]\ncheap_playouts = 4", "set play.cheap_share too"),
        ("[games.lead]\nplayouts = 0", "games.lead: probability"),
        ("[games.forks]\nearly = 1.0", "together at most 0.9"),
        ("[games]\nmost_moves_per_area = -1.0", "most_moves_per_area"),
        ("[games]\nfirst_pass_per_area = nan", "from 0 to 1"),
        ("[games.surprise]\npolicy = nan", "games.surprise"),
        ("[games.resign]\nthreshold = nan", "threshold"),
        ("[gate]\ngames = 0", "gate: games"),
        ("[gate]\nalpha = 0.0", "gate: alpha and beta"),
        ("[gate]\nbeta = 0.5", "gate: alpha and beta"),
        ("[learn]\nclip = -1.0", "learn.clip"),
        ("[learn]\nwindow_most = -1.0", "window_most"),
        ("[stop]\nhours = nan", "stop.hours"),
    ] {
        let error = parse(None, text).expect_err(part).to_string();
        assert!(error.contains(part), "{error}");
    }
}

/// Those of shorter searches follow unless the user names them, too.
#[test]
fn playouts_are_scaled_together() {
    let play = |text: &str| {
        let play = parse(Some("5x5"), text).expect(text).play;
        [
            Some(play.playouts),
            Some(play.decided_playouts),
            play.cheap_playouts,
        ]
    };
    assert_eq!(play(""), [Some(32), Some(8), None]);
    let short = "[play]\ncheap_share = 0.5\ncheap_playouts = 6\n";
    let four_times = format!("{short}playouts = 128");
    assert_eq!(play(&four_times), [Some(128), Some(32), Some(6)]);
    let named = "[play]\nplayouts = 64\ndecided_playouts = 5";
    assert_eq!(play(named), [Some(64), Some(5), None]);
    let settings = parse(Some("5x5"), &four_times).expect("settings");
    let fewer = settings.play.with_playouts(40);
    assert_eq!(
        (fewer.decided_playouts, fewer.cheap_playouts),
        (10, Some(1))
    );
    assert_eq!(fewer.with_playouts(1).decided_playouts, 1);
}

/// A key that does nothing is a mistake of whoever names it; values in force name all of them.
#[test]
fn keys_that_do_nothing_are_refused() {
    // What stands before it, the key that does nothing, and what that would need.
    let refused = [
        ("", "opponent.playouts = 8", "opponent.share"),
        ("", "opponent.learned = true", "opponent.share"),
        ("", "machine = { threads = 3 }", "play.threads"),
        ("", "games.resign.threshold = -0.7", "resign.enabled"),
        ("", "games.never_resign = 0.5", "resign.enabled"),
        ("", "play.noise = 0.1", "play.search"),
        ("", "play.forced_visits = 1.0", "play.search"),
        ("", "play.prune_targets = false", "play.search"),
        (
            "",
            "play.constants = { root_noise_weight = 0.1 }",
            "to puct",
        ),
        (
            "",
            "play.constants = { rootFpuReductionMax = 0.3 }",
            "to puct",
        ),
        (
            "",
            "play.constants = { root_symmetry_pruning = true }",
            "to puct",
        ),
        ("", "play.constants = { lcb = true }", "to puct"),
        ("", "play.constants = { lcb_stdevs = 4.0 }", "to puct"),
        (
            "",
            "play.constants = { minVisitPropForLCB = 0.1 }",
            "to puct",
        ),
        (
            "opponent.share = 0.5\nopponent.search = \"gumbel\"\nplay.search = \"puct\"",
            "opponent.constants = { rootDirichletNoiseTotalConcentration = 5.0 }",
            "to puct",
        ),
        (
            "play.search = \"puct\"",
            "play.considered = 4",
            "play.search",
        ),
        (
            "play.search = \"puct\"",
            "play.value_scale = 0.1",
            "play.search",
        ),
        ("", "opponent.constants = { cpuct = 1.0 }", "opponent.share"),
        ("gate.mode = \"skip\"", "gate.games = 8", "gate.mode"),
        ("gate.mode = \"skip\"", "gate.every = 2", "gate.mode"),
        ("gate.mode = \"skip\"", "gate.playouts = 8", "gate.mode"),
        ("gate.mode = \"skip\"", "gate.parallel = 3", "gate.mode"),
        ("gate.mode = \"skip\"", "gate.opening = 3", "gate.mode"),
        (
            "gate.mode = \"match\"",
            "gate.games_between = 8",
            "\"watch\"",
        ),
        ("", "gate.elo = [0.0, 10.0]", "\"match\""),
        ("", "gate.alpha = 0.1", "\"match\""),
        ("", "gate.beta = 0.1", "\"match\""),
        ("", "games.handicap.most_stones = 3", "handicap.probability"),
        (
            "",
            "games.handicap.compensate = 0.1",
            "handicap.probability",
        ),
        ("", "games.handicap.least_area = 25", "handicap.probability"),
        (
            "games.handicap.probability = 0.1",
            "games.handicap.most_stones = 1",
            "to 2 or more",
        ),
        (
            "games.handicap.probability = 0.1",
            "games.handicap.least_area = 26",
            "to the area of one",
        ),
        (
            "games.lead.probability = 0.0",
            "games.lead.playouts = 8",
            "lead.probability",
        ),
        (
            "games.forks.early = 0.0",
            "games.forks.early_choices = 8",
            "forks.early",
        ),
        (
            "games.forks.early = 0.0",
            "games.forks.early_moves_per_area = 0.1",
            "forks.early",
        ),
        (
            "games.forks.late = 0.0",
            "games.forks.late_choices = 8",
            "forks.late",
        ),
        (
            "games.forks.early = 0.0\ngames.forks.late = 0.0",
            "games.forks.compensate = 0.1",
            "no forks",
        ),
        (
            "games.komi.wide = 0.0",
            "games.komi.wide_stdev = 9.0",
            "komi.wide",
        ),
        (
            "games.opening.moves_per_area = 0.0",
            "games.opening.temperature = 0.5",
            "moves_per_area",
        ),
        ("", "learn.decay_over = 9", "learn.decay_from"),
        (
            "learn.cool_down = 0.0",
            "learn.decay_to = 0.5",
            "learn.cool_down",
        ),
    ];
    for (before, idle, condition) in refused {
        let error = parse(Some("5x5"), &format!("{before}\n{idle}"));
        let error = error.expect_err(idle).to_string();
        let key = idle.split(' ').next().expect("a key");
        let begin = format!("the settings of the run: {key}: ");
        assert!(
            error.starts_with(&begin) && error.contains(condition),
            "{error}"
        );
    }
    let accepted = [
        "opponent = { share = 0.5, playouts = 8, learned = true }",
        "games.never_resign = 0.5\ngames.resign = { enabled = true, threshold = -0.7 }",
        "play = { search = \"puct\", noise = 0.1, forced_visits = 1.0, prune_targets = false, cheap_playouts = 3 }",
        "play = { search = \"puct\", constants = { lcb = true, root_fpu_reduction = 0.3 } }",
        // The opponent is somebody, too.
        "opponent = { share = 0.5, search = \"puct\" }\nplay = { noise = 0.1, cheap_playouts = 3 }",
        "opponent = { share = 0.5, search = \"gumbel\" }\nplay = { search = \"puct\", considered = 4 }",
        // Said of a key that does nothing is what it is anyway.
        "play = { search = \"puct\", considered = 16 }",
        "gate = { mode = \"skip\", games = 60 }",
        "gate = { mode = \"match\", alpha = 0.1, beta = 0.1 }",
        "gate = { mode = \"match\", games = 8, every = 2, playouts = 8, parallel = 3, opening = 3, elo = [0.0, 10.0] }",
        "gate = { games = 8, every = 2, games_between = 8, playouts = 8, parallel = 3, opening = 3 }",
        "games.handicap = { probability = 0.1, most_stones = 3, compensate = 0.1 }",
        "games.handicap = { probability = 0.1, least_area = 25 }",
        "games.lead.playouts = 8",
        "games.forks = { late = 0.0, early_choices = 8, early_moves_per_area = 0.1, compensate = 0.1 }",
        "games.forks = { early = 0.0, late_choices = 8, least_choices = 2 }",
        "games.komi.wide_stdev = 9.0",
        "games.opening.temperature = 0.5",
        "learn = { decay_from = 10, decay_over = 9, decay_to = 0.5, cool_down = 0.0 }",
        "learn.decay_to = 0.5",
    ];
    for does_something in accepted {
        let settings = parse(Some("5x5"), does_something);
        settings.expect(does_something);
    }
    let mut settings = RunSettings::preset("5x5", MACHINE).expect("a preset");
    (settings.play.noise, settings.play.cheap_playouts) = (Some(0.1), Some(3));
    settings.games.resign.threshold = -0.7;
    let text = settings.to_text().expect("text");
    assert_eq!(
        RunSettings::in_force(&text, MACHINE).expect("a run goes on"),
        settings
    );
}

/// Who lets players resign need not know how to make that safe.
#[test]
fn resignation_is_calibrated_unless_the_user_says_otherwise() {
    for preset in PRESETS {
        let accepted = |text: &str| {
            let settings = parse(Some(preset), text).expect("good settings");
            let games = settings.games().expect("games");
            (games.resign.enabled, games.false_positives)
        };
        assert_eq!(accepted("games.resign.enabled = true"), (true, 0.05));
        let fixed = "games.resign = { enabled = true, false_positives = 0.0 }";
        assert_eq!(accepted(fixed), (true, 0.0));
        assert!(!accepted("").0);
    }
}

#[test]
fn values_in_force_say_everything() {
    for name in PRESETS {
        let settings = RunSettings::preset(name, MACHINE).expect("a preset");
        let of_preset = SelfPlayParams::preset(name).expect("a preset");
        let games = settings.games().expect("games");
        let sorted = |mut weights: Vec<(String, f64)>| {
            weights.sort_by(|a, b| a.0.cmp(&b.0));
            weights
        };
        let rules = |params: &SelfPlayParams| {
            let rules = params.rules.iter();
            sorted(
                rules
                    .map(|(rules, weight)| (rules.to_string(), *weight))
                    .collect(),
            )
        };
        let boards = |params: &SelfPlayParams| {
            let boards = params.boards.iter();
            sorted(
                boards
                    .map(|(size, weight)| (size.to_string(), *weight))
                    .collect(),
            )
        };
        assert_eq!(rules(&games), rules(&of_preset), "{name}");
        assert_eq!(boards(&games), boards(&of_preset), "{name}");
        assert_eq!(settings.games.boards.len(), of_preset.boards.len());
        assert_eq!(settings.learn.losses.len(), 17);
    }
    let named = parse(Some("9x9"), "[games.boards]\n7x7 = 1.0").expect("good settings");
    assert_eq!(Vec::from_iter(named.games.boards.keys()), ["7x7"]);
    assert!(named.games.rules.len() > 1, "the others stay");
}

/// Only games in shards count, and a shard appears when it is full.
#[test]
fn a_shard_has_no_more_games_than_a_generation() {
    for (text, games) in [
        ("", 50),
        ("games = 20", 20),
        ("first_games = 5", 5),
        ("games = 20\nfirst_games = 70\nshard_games = 8", 8),
    ] {
        let text = format!("[play]\n{text}");
        let settings = parse(Some("5x5"), &text).expect("good settings");
        assert_eq!(settings.play.games_of_a_shard(), games, "{text}");
        let place = RunFolder::at(Path::new("run"));
        let nets = Arc::new(Fixed(Arc::new(Hashed::default()) as Arc<dyn Evaluator>));
        let play = settings.self_play(nets, None, &place, "a".into());
        assert_eq!(play.expect("players").shards.games, games, "{text}");
    }
}

/// Searches of others say that every score is 0.
#[test]
fn games_of_networks_without_scores_are_not_learned_from() {
    let uniform = || Arc::new(Uniform::default()) as Arc<dyn Evaluator>;
    let told = |player: Arc<dyn Evaluator>, text: &str| {
        let settings = parse(Some("5x5"), text).expect("good settings");
        let (place, nets) = (RunFolder::at(Path::new("run")), Arc::new(Fixed(player)));
        let play = settings.self_play(nets, Some(uniform()), &place, "a".into());
        play.err().map(|error| error.to_string())
    };
    let refused = told(uniform(), "").expect("a player that is learned from");
    assert!(
        refused.starts_with("uniform predicts no scores"),
        "{refused}"
    );
    assert!(refused.contains("--weights"), "{refused}");
    let hashed = || Arc::new(Hashed::default()) as Arc<dyn Evaluator>;
    let learned = "[opponent]\nshare = 0.5\nlearned = true";
    let refused = told(hashed(), learned).expect("an opponent that is learned from");
    assert!(refused.contains("opponent.learned = false"), "{refused}");
    assert_eq!(told(hashed(), "[opponent]\nshare = 0.5"), None);
}

#[test]
fn presets_fit_the_machine() {
    let sizes = |name: &str, machine| {
        let settings = RunSettings::preset(name, machine).expect("a preset");
        settings.games().expect("games");
        let play = settings.play;
        let batch = play.batch.expect("a batch");
        assert!(play.threads * play.parallel >= 2 * batch, "{name}");
        (play.threads, batch, play.parallel, settings.learn.bf16)
    };
    let gpu = Machine {
        threads: 16,
        gpus: 1,
        half_precision: true,
    };
    assert_eq!(sizes("9x9", MACHINE), (2, 37, 74, false));
    assert_eq!(sizes("9x9", gpu), (16, 512, 96, false));
    for name in PRESETS {
        sizes(name, Machine::processor(1));
        sizes(name, gpu);
    }
}

#[test]
fn an_opponent_has_what_the_player_has_but_for_what_is_said() {
    let actors = |text: &str| {
        let settings = parse(Some("5x5"), text).expect("good settings");
        let nets = Arc::new(Fixed(Arc::new(Uniform::default()) as Arc<dyn Evaluator>));
        let opponent = settings.opponent.network().map(|path| {
            assert_eq!(path, Path::new("old.safetensors"));
            Arc::new(Hashed::default()) as Arc<dyn Evaluator>
        });
        let actors = settings.actors(nets, opponent).expect("players");
        let actors = actors.into_iter();
        let told = actors.map(|actor| {
            let net = actor.nets.newest().description().name.clone();
            let params = actor.params;
            let decided = params.decided.expect("shorter searches").playouts;
            assert_eq!(decided, params.playouts / 4);
            (params.name, net, params.learned)
        });
        told.collect::<Vec<_>>()
    };
    let is = |search: &str, net: &str, learned| (search.to_owned(), net.to_owned(), learned);
    assert_eq!(actors(""), [is("gumbel-32", "uniform", true)]);
    assert_eq!(
        actors("[opponent]\nshare = 0.5\nplayouts = 8\nlearned = true"),
        [
            is("gumbel-32", "uniform", true),
            is("opponent-gumbel-8", "uniform", true)
        ]
    );
    assert_eq!(
        actors("[opponent]\nshare = 1.0\nsearch = \"puct\"\nweights = \"old.safetensors\"")[1],
        is("opponent-puct-32", "hashed", false)
    );
    let mut nobody = RunSettings::preset("5x5", MACHINE).expect("a preset");
    nobody.opponent.weights = Some("old.safetensors".into());
    assert_eq!(nobody.opponent.network(), None, "it plays in no game");
    // Games that were left tell the two apart by their names.
    assert_eq!(
        actors("[opponent]\nshare = 1.0\nweights = \"old.safetensors\""),
        [
            is("gumbel-32", "uniform", true),
            is("opponent-gumbel-32", "hashed", false)
        ]
    );
}
