//! Constants of searches, from a run's settings to its games.

use std::sync::{Arc, Mutex};

use super::parse;
use crate::eval::{Evaluator, Hashed};
use crate::pipeline::folder::RunFolder;
use crate::pipeline::settings::{InForce, RunSettings};
use crate::search::{SearchParams, StopSignal};
use crate::selfplay::{Fixed, Unit};

/// How the player and the opponent search.
fn searches(text: &str) -> Vec<SearchParams> {
    let settings = parse(Some("5x5"), text).expect("good settings");
    let nets = Arc::new(Fixed(Arc::new(Hashed::default()) as Arc<dyn Evaluator>));
    let actors = settings.actors(nets, None).expect("players").into_iter();
    actors.map(|actor| actor.params.search).collect()
}

#[test]
fn constants_have_the_names_of_parameters() {
    let [player] = &searches(
        "[play]\nvisit_scale = 30\nvalue_scale = 0.5\n[play.constants]\ncpuct = 1.5\n\
         rootPolicyTemperature = 1.25\ntemperature_half_life = 7\nroot_symmetries = 2\nuncertainty-weighting = true",
    )[..] else {
        panic!("one player");
    };
    let gumbel = player.gumbel.expect("a Gumbel root");
    assert_eq!(
        (gumbel.visit_scale, gumbel.value_scale, gumbel.playouts),
        (30.0, 0.5, 32)
    );
    assert_eq!((player.cpuct, player.temperature_half_life), (1.5, 7.0));
    assert_eq!(
        (
            player.root_policy_temperature,
            player.root_policy_temperature_early
        ),
        (1.25, 1.25)
    );
    assert!(player.root_symmetries == 2 && player.uncertainty_weighting);
}

/// What the opponent is not given is the player's.
#[test]
fn the_opponent_has_constants_of_its_own() {
    let [player, opponent] = &searches(
        "[play]\nsearch = \"puct\"\nnoise = 0.1\n[play.constants]\ncpuct = 1.5\nroot_noise_concentration = 5.0\n\
         root_noise_weight = 0.2\n[opponent]\nshare = 0.5\n[opponent.constants]\ncpuctExploration = 0.7",
    )[..] else {
        panic!("two players");
    };
    assert_eq!((player.cpuct, opponent.cpuct), (1.5, 0.7));
    for search in [player, opponent] {
        assert_eq!(search.root_noise_concentration, 5.0);
        assert_eq!(search.root_noise_weight, 0.2, "over the key of its own");
    }
}

#[test]
fn constants_that_are_none_are_refused() {
    let told = |text: &str| {
        let error = parse(None, text).expect_err(text);
        error.to_string()
    };
    for (constant, says) in [
        ("cpukt = 1.0", "'cpukt'; did you mean 'cpuct'?"),
        ("nonsense = 1", "there are win_loss_utility, "),
        ("cpuct = \"high\"", "cpuct must be a number from 0 to 100"),
        (
            "root_symmetries = 9",
            "root_symmetries must be a whole number from 1 to 8",
        ),
        ("lcb = 1", "true or false"),
        ("gumbel = \"8\"", "play.search, considered"),
        ("batch = 8", "do not go by it"),
        (
            "humanSLCpuctExploration = 2.0",
            "a run has no network for people",
        ),
        (
            "cpuct = 1.0\ncpuctExploration = 1.0",
            "cpuct and cpuctExploration are one constant",
        ),
        (
            "cpuct_log = 1.0\ncpuct-log = 1.0",
            "cpuct-log and cpuct_log are one constant",
        ),
    ] {
        let of_player = told(&format!("[play.constants]\n{constant}"));
        let begin = "the settings of the run: play.constants: ";
        assert!(of_player.starts_with(begin), "{of_player}");
        assert!(of_player.contains(says), "{of_player}");
        let of_opponent = told(&format!(
            "[opponent]\nshare = 0.5\n[opponent.constants]\n{constant}"
        ));
        let begin = "the settings of the run: opponent.constants: ";
        assert!(of_opponent.starts_with(begin), "{of_opponent}");
    }
}

/// The moves of a game of self-play.
fn game(settings: &RunSettings) -> Vec<String> {
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::open(place.path()).expect("a folder");
    let nets = Arc::new(Fixed(Arc::new(Hashed::default()) as Arc<dyn Evaluator>));
    let play = settings.self_play(nets, None, &folder, "a".into());
    let moves = Mutex::new(Vec::new());
    let observe = |finished: &crate::selfplay::Finished| {
        let turns = finished.record.turns.iter();
        *moves.lock().expect("no panic") = turns.map(|turn| format!("{turn:?}")).collect();
    };
    let stop = StopSignal::default();
    let played = play
        .expect("players")
        .run(Unit::alone(1, 3), &observe, &stop);
    played.expect("a game");
    moves.into_inner().expect("no panic")
}

/// And a run that goes on has them still.
#[test]
fn games_are_played_with_the_constants() {
    let small = "[play]\nsearch = \"puct\"\nplayouts = 8\nthreads = 1\nparallel = 1\n[games.boards]\n3x3 = 1.0\n";
    let settings = |constants: &str| {
        let text = format!("{small}{constants}");
        parse(Some("5x5"), &text).expect("good settings")
    };
    let usual = game(&settings(""));
    assert_eq!(game(&settings("")), usual);
    let other = settings("[play.constants]\ncpuct = 9.0\n");
    assert_ne!(game(&other), usual);
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::at(place.path());
    std::fs::write(folder.values_file(), other.to_text().expect("text")).expect("written");
    let again = InForce::of_run(&folder, super::MACHINE).expect("good settings");
    assert_eq!(again.expect("a run").settings, other);
}
