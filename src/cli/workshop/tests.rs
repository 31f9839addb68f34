//! Networks by name, and what becomes of self-play and matches.

use std::collections::BTreeSet;

use clap::Parser;

use super::*;
use crate::arena::referee::CountedBy;
use crate::cli::args::Args;
use crate::cli::config::{self, Environment};
use crate::eval::fake::{Fake, even};
use crate::eval::{EvalError, Hashed, Uniform};
use crate::go::{Game, Rules, Size};
use crate::player::PlayParams;
use crate::record::tests::{games_in, left_in};
use crate::record::{Unfinished, leave};

fn setup(playouts: u64) -> Setup {
    let size = Size::square(5).expect("a size");
    let rules = Rules::named("chinese").expect("they are known");
    let mut play = PlayParams::default();
    play.limits.playouts = Some(playouts);
    Setup {
        game: Game::new(size, rules),
        search: SearchParams::default(),
        set: BTreeSet::new(),
        play,
        seed: 1,
    }
}

fn workshop() -> (tempfile::TempDir, OwnWorkshop) {
    let args = Args::try_parse_from(["df_console"]).expect("no arguments are needed");
    let config = config::evaluator(&args, &Environment::default());
    let folder = tempfile::tempdir().expect("there is room");
    let workshop = OwnWorkshop::new(folder.path().to_owned(), config);
    (folder, workshop)
}

#[test]
fn a_device_that_fails_is_nobodys_defeat() {
    let fails = Fake::new(|p| match p.game.moves().len() {
        0..6 => Ok(even(p.game, 0.0)),
        _ => Err(EvalError::Device("out of memory".into())),
    });
    let networks: [Arc<dyn Evaluator>; 2] = [Arc::new(Hashed::default()), Arc::new(fails)];
    let [a, b] = &networks;
    for networks in [[a, b], [b, a]] {
        let ended = contest(networks, 40, &setup(2), &StopSignal::default());
        let told = ended.expect_err("a device failed");
        assert!(told.contains("the match failed"), "{told}");
        assert!(told.contains("out of memory"), "{told}");
    }
    let ended = contest([a, a], 2, &setup(2), &StopSignal::default());
    assert_eq!(ended.map(|tally| tally.games()), Ok(2));
}

#[test]
fn a_match_that_a_defect_cuts_short_has_no_result() {
    let panics = Fake::new(|p| match p.game.moves().len() {
        0..6 => Ok(even(p.game, 0.0)),
        _ => panic!("out of order"),
    });
    let network: Arc<dyn Evaluator> = Arc::new(panics);
    let ended = contest([&network; 2], 2, &setup(2), &StopSignal::default());
    let told = ended.expect_err("no game has ended");
    assert!(told.contains("defect"), "{told}");
}

#[test]
fn whichever_network_can_counts_the_games() {
    let networks: [Arc<dyn Evaluator>; 2] =
        [Arc::new(Uniform::default()), Arc::new(Hashed::default())];
    let [a, b] = &networks;
    let mut setup = setup(2);
    let rules = Rules::named("japanese").expect("they are known");
    setup.game = Game::new(setup.game.size(), rules);
    for networks in [[a, b], [b, a]] {
        let referee = plan(networks, 2, &setup).referee;
        let (_, counted_by) = referee.count(&setup.game, [None; 2]);
        assert_eq!(counted_by, CountedBy::Search);
    }
}

#[test]
fn no_more_games_are_told_than_were_asked_for() {
    let (_folder, workshop) = workshop();
    let told = Mutex::new(Vec::new());
    let tell = |text| lock(&told).push(text);
    let (evaluator, stop) = (Arc::new(Hashed::default()), StopSignal::default());
    let done = workshop.self_play(30, evaluator, &setup(2), &tell, &stop);
    let done = done.expect("they are played");
    let (played, _) = done.split_once(' ').expect("a number");
    let played: u64 = played.parse().expect("a number");
    assert!(played > 30, "without a fork nothing is tested: {done}");
    let expected = (1..=30).map(|ended| format!("{ended} of 30 games"));
    assert_eq!(*lock(&told), expected.collect::<Vec<_>>());
}

#[test]
fn networks_that_are_not_there_are_told_without_an_argument_that_nobody_gave() {
    let (_folder, workshop) = workshop();
    let failure = workshop.load("foo").err().expect("there is none");
    assert!(failure.starts_with("no network \"foo\": "), "{failure}");
    let failure = workshop.load_for_match("foo").err().map(sentence);
    let failure = failure.expect("likewise");
    assert!(failure.starts_with("no network \"foo\": "), "{failure}");
    assert_eq!(
        workshop.with_network(DEFAULT).expect("it is").weights,
        DEFAULT
    );
}

#[test]
fn networks_go_by_the_names_that_they_are_shown_with() {
    let (folder, workshop) = workshop();
    let inside = default_network().expect("it is whole").metadata.name;
    let nets = folder.path().join(NETS);
    make_folder(&nets).expect("there is room");
    let made = ["s100", "s200"].map(|steps| format!("{inside}-{steps}"));
    let [first, second] = made.clone().map(|name| nets.join(name + ".safetensors"));
    for path in [&first, &second] {
        std::fs::write(path, "").expect("there is room");
    }
    let found = |name: &str| workshop.with_network(name).map(|found| found.weights);
    assert_eq!(found(&inside).ok(), Some(DEFAULT.into()));
    assert_eq!(found(&made[0]).ok(), Some(first.into()));
    assert_eq!(found(&format!("{inside}-s2")).ok(), Some(second.into()));
    for name in [format!("{inside}-s"), "foo".to_owned()] {
        let told = sentence(found(&name).expect_err("it is not one"));
        assert!(told.contains(&made.join(", ")), "{told}");
    }
}

#[test]
fn no_games_are_made_to_learn_from_without_scores() {
    let (_folder, workshop) = workshop();
    let play = |evaluator: Arc<dyn Evaluator>| {
        workshop.self_play(2, evaluator, &setup(2), &|_| {}, &StopSignal::default())
    };
    let refusal = play(Arc::new(Uniform::default())).expect_err("it predicts no scores");
    assert!(refusal.contains("predicts no scores"), "{refusal}");
    play(Arc::new(Hashed::default())).expect("this one does");
}

#[cfg(feature = "torch")]
#[test]
fn training_that_waits_begins_with_the_network_that_was_loaded_when_it_was_asked_for() {
    let (_folder, workshop) = workshop();
    let workshop = Arc::new(workshop);
    lock(&workshop.config).kind = EvaluatorKind::Hashed;
    let work = Arc::clone(&workshop).train(1);
    lock(&workshop.config).kind = EvaluatorKind::Net;
    let told = work(&|_| {}, &StopSignal::default()).expect_err("nothing learns");
    assert!(told.contains("there is no network to learn"), "{told}");
}

#[test]
fn games_are_those_of_the_preset_for_the_board() {
    let preset = SelfPlayParams::preset("5x5").expect("there is one");
    let mut setup = setup(40);
    let games = as_in_preset(&setup);
    assert_eq!(games.rules, [(*setup.game.rules(), 1.0)]);
    assert!(!games.resign.enabled, "resigned games have no owners");
    let like_preset = SelfPlayParams {
        rules: preset.rules.clone(),
        resign: preset.resign,
        ..games
    };
    assert_eq!(like_preset, preset);
    let plain = actor(&setup);
    assert_eq!(
        (
            plain.playouts,
            plain.decided.map(|decided| decided.playouts)
        ),
        (40, Some(10))
    );
    assert!(!plain.search.lcb && SearchParams::default().lcb);
    setup.search.memory_limit = 64 << 20;
    setup.search.cpuct = 2.0;
    setup.set.extend(["lcb", "gumbel"]);
    let search = actor(&setup).search;
    assert!(search.lcb, "it was set, if to the usual value");
    assert!(search.gumbel.is_some(), "moves of the session need none");
    assert_eq!(search.cpuct, 2.0);
    assert!(2 * SIDE_BY_SIDE * search.memory_limit <= 64 << 20);
}

#[test]
fn games_that_are_called_off_are_gone_on_with() {
    let (folder, workshop) = workshop();
    let shards = ShardSettings {
        folder: folder.path().join(GAMES),
        games: SHARD_GAMES,
        writer: "test".into(),
    };
    let play = |games, setup: &Setup, stop: &StopSignal, ends: bool| {
        let tell = |_| {
            if ends {
                stop.stop()
            }
        };
        let done = workshop.self_play(games, Arc::new(Hashed::default()), setup, &tell, stop);
        done.expect("they are played");
    };
    play(40, &setup(8), &StopSignal::default(), true);
    let left = left_in(&shards);
    let seeds = |games: &[Unfinished]| -> BTreeSet<u64> {
        games.iter().map(|game| game.record.seed).collect()
    };
    let waiting = seeds(&left);
    assert!(!waiting.is_empty());
    leave(&shards, &left).expect("there is room");

    // Neither another board nor other rules take them up or lose them.
    let sizes = [(6, "chinese"), (5, "japanese")];
    for (side, rules) in sizes {
        let size = Size::square(side).expect("a size");
        let rules = Rules::named(rules).expect("they are known");
        let elsewhere = Setup {
            game: Game::new(size, rules),
            ..setup(8)
        };
        play(1, &elsewhere, &StopSignal::default(), false);
        let left = left_in(&shards);
        assert!(seeds(&left).is_superset(&waiting), "{side} {rules:?}");
        leave(&shards, &left).expect("there is room");
    }
    play(
        waiting.len() as u64,
        &setup(8),
        &StopSignal::default(),
        false,
    );
    let played: BTreeSet<u64> = games_in(&shards.folder)
        .iter()
        .map(|game| game.seed)
        .collect();
    assert!(played.is_superset(&waiting));
}
