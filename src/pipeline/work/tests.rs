//! Runs that begin, and go on: with settings that somebody has edited, and with shards that are gone.

mod learning;

use std::ops::Range;
use std::path::PathBuf;

use super::*;
use crate::go::Size;
use crate::pipeline::books::Generation;
use crate::pipeline::settings::{GateMode, Machine};
use crate::record::tests::random_record;
use crate::record::write_shard;
use crate::train::checkpoint::{self, GenerationState};
use crate::train::net::Net;
use crate::train::trainer::{HEAD_WARMUP_STEPS, Trainer};

type Edit<'a> = &'a dyn Fn(&mut RunSettings);

fn settings(change: Edit<'_>) -> RunSettings {
    let mut settings = RunSettings::preset("5x5", Machine::processor(1)).expect("settings");
    (settings.net.blocks, settings.net.channels) = (2, 4);
    change(&mut settings);
    settings
}

fn begun(
    folder: &RunFolder,
    settings: RunSettings,
    first: Option<Network>,
) -> Result<RealWork, Failure> {
    let mut work = RealWork::new(
        folder.clone(),
        settings,
        [first, None],
        TorchSettings::default(),
        true,
        StopSignal::default(),
        Arc::new(|_| {}),
    );
    work.begin(&Books::default())?;
    Ok(work)
}

#[test]
fn a_run_has_a_folder_of_any_name() {
    let place = tempfile::tempdir().expect("a folder");
    for name in ["v1.5", ".hidden", &"x".repeat(90), "\u{fc}ber alles"] {
        let folder = RunFolder::open(&place.path().join(name)).expect("a folder");
        let seeded = |s: &mut RunSettings| s.seed = u64::MAX;
        let work = begun(&folder, settings(&seeded), None).expect(name);
        let metadata = formats::load(&folder.net(0)).expect(name).metadata;
        assert_eq!(metadata.run, work.metadata(0).run);
    }
}

#[test]
fn the_layers_of_a_run_that_has_begun_stay() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::open(&place.path().join("run")).expect("a folder");
    let again = |change: Edit<'_>| begun(&folder, settings(change), None);
    let work = again(&|_| {}).expect("a run");
    let told = |change: Edit<'_>| again(change).err().map(|error| error.to_string());
    let edited: [(Edit<'_>, &str); 4] = [
        (&|s| s.net.channels = 8, "channels = 4"),
        (&|s| s.net.blocks = 3, "blocks = 2"),
        (
            &|s| s.net.kind = BlockKind::NestedBottleneck,
            "kind = \"residual\"",
        ),
        (&|s| s.net.from = Some("default".into()), "put back kind"),
    ];
    let other_normalisation = |s: &mut RunSettings| s.net.normalise_all = false;
    assert_eq!(told(&other_normalisation), None, "nothing was learned yet");
    let start = formats::load(&folder.net(0)).expect("a network");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let net = Net::new(&start, Normalisation::Everywhere, &mut rng).expect("trainable");
    let trainer = Trainer::new(net, Default::default());
    let progress = GenerationState::default();
    checkpoint::save(&folder.checkpoint(), &trainer, &work.origin, &progress).expect("written");
    for (change, put_back) in edited {
        let told = told(change).expect(put_back);
        assert!(told.contains("[net]") && told.contains(put_back), "{told}");
    }
    let told_of_it = told(&other_normalisation).expect("refused");
    assert!(told_of_it.contains("normalise_all = true"), "{told_of_it}");
    assert_eq!(
        told(&|s| s.learn.batch = 8),
        None,
        "everything else may change"
    );
}

/// Whatever the settings say by now.
#[test]
fn heads_wait_where_the_start_has_learned() {
    for learned in [false, true] {
        let place = tempfile::tempdir().expect("a folder");
        let folder = RunFolder::open(&place.path().join("run")).expect("a folder");
        let work = begun(&folder, settings(&|_| {}), None).expect("a run");
        let mut first = work.random_network().expect("a network");
        (first.metadata.name, first.metadata.untrained) = ("other".into(), !learned);
        std::fs::remove_file(folder.net(0)).expect("removed");
        for from in [Some("other"), None] {
            let named = settings(&|s| s.net.from = from.map(str::to_owned));
            let work = begun(&folder, named, Some(first.clone())).expect("a run");
            let steps = if learned { HEAD_WARMUP_STEPS } else { 0 };
            assert_eq!(work.params(1.0).head_warmup_steps, steps, "{from:?}");
        }
    }
}

/// Work that a session begins, or goes on with, and the weighted rows it knows to have been played.
fn counted(root: &Path, books: &Books) -> (RealWork, f64) {
    let mut work = RealWork::new(
        RunFolder::open(root).expect("a folder"),
        RunSettings::preset("5x5", Machine::processor(1)).expect("settings"),
        [None, None],
        TorchSettings::default(),
        false,
        StopSignal::default(),
        Arc::new(|_| {}),
    );
    work.begin(books).expect("a start");
    let rows = work.window().expect("shards").total;
    (work, rows)
}

/// A shard with a game of each of these seeds: its file and its weighted rows.
fn shard(folder: &RunFolder, name: &str, seeds: Range<u64>) -> (PathBuf, f64) {
    let games: Vec<_> = seeds
        .map(|seed| random_record(Size::square(5).expect("a size"), seed))
        .collect();
    let path = folder.shards().join(name);
    let rows = write_shard(&path, &games).expect("there is room").weight;
    (path, rows)
}

#[test]
fn a_resumed_run_counts_the_rows_that_it_had_counted() {
    let place = tempfile::tempdir().expect("a folder");
    let run = place.path().join("run");
    let shard = |name: &str, seeds| shard(&RunFolder::at(&run), name, seeds);
    RunFolder::open(&run).expect("a folder");
    let ((old, first), (_, second)) = (shard("1.games", 0..4), shard("2.games", 4..6));
    let (mut work, played) = counted(&run, &Books::default());
    assert_eq!((played, work.backlog), (first + second, first + second));
    assert_eq!(work.count_games().expect("shards"), 6);

    // Its user removes the first shard, while it runs or after it was stopped.
    std::fs::remove_file(old).expect("it is there");
    assert_eq!(work.window().expect("shards").total, played);
    let mut books = Books {
        rows_seen: first,
        rows_played: played,
        ..Books::default()
    };
    books.generations.push(Generation {
        number: 1,
        steps: 1,
        games: 6,
        losses: Default::default(),
        validation: Default::default(),
        judgement: GateResult::unseen(0),
    });
    let (mut work, resumed) = counted(&run, &books);
    assert_eq!((resumed, work.backlog), (played, played));
    assert_eq!(work.count_games().expect("shards"), 6);
    let (_, third) = shard("3.games", 6..7);
    assert_eq!(work.window().expect("shards").total, played + third);

    // Books that know only what was accounted for.
    books.rows_played = 0.0;
    let (_, resumed) = counted(&run, &books);
    assert_eq!(resumed, first.max(second + third));
}

/// Work that learns from games that there are, in generations of so many small steps.
fn learning(folder: &RunFolder, steps: u64) -> RealWork {
    let small = |s: &mut RunSettings| {
        (s.learn.batch, s.learn.steps, s.learn.validation) = (4, steps, 0.0);
        s.learn.bf16 = false;
    };
    begun(folder, settings(&small), None).expect("a run")
}

/// Generations learn in turn from what was there at the beginning, and may be far behind what is removed.
#[test]
fn rows_that_were_removed_are_no_backlog() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::open(&place.path().join("run")).expect("a folder");
    let (old, removed) = shard(&folder, "1.games", 0..4);
    let (other, _) = shard(&folder, "2.games", 4..8);
    let mut work = learning(&folder, 1);
    std::fs::remove_file(old).expect("it is there");
    let learned = work.learn(1, 0.0, 0.0).expect("the other is there");
    assert!(learned.rows_seen > removed, "{}", learned.rows_seen);
    assert_eq!(learned.steps, 1);
    assert!(work.has_backlog(0.0).expect("shards"));
    std::fs::remove_file(other).expect("it is there");
    assert!(!work.has_backlog(0.0).expect("shards"));
}

#[test]
fn a_generation_whose_window_is_gone_goes_on_with_other_games() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::open(&place.path().join("run")).expect("a folder");
    let (old, _) = shard(&folder, "1.games", 0..4);
    let mut work = learning(&folder, 3);
    work.stop.stop();
    let stopped = work.learn(1, 0.0, 0.0).expect_err("after a step");
    assert!(matches!(stopped, Failure::Stopped), "{stopped}");
    std::fs::remove_file(old).expect("it is there");
    let before = std::fs::read(folder.checkpoint()).expect("a checkpoint");
    let told = learning(&folder, 3)
        .learn(1, 0.0, 0.0)
        .expect_err("no games");
    assert!(told.to_string().contains("there are no shards"), "{told}");
    let checkpoint = std::fs::read(folder.checkpoint()).expect("a checkpoint");
    assert!(checkpoint == before, "it is as it was");
    shard(&folder, "2.games", 4..8);
    let learned = learning(&folder, 3).learn(1, 0.0, 0.0).expect("games");
    assert_eq!(learned.steps, 4, "one of old games, three of new ones");
    assert!(!folder.checkpoint_before().exists(), "it is the first");
}

#[test]
fn where_there_is_nothing_to_learn_from_nothing_is_written() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::open(&place.path().join("run")).expect("a folder");
    let told = learning(&folder, 1).learn(1, 0.0, 0.0);
    let told = told.expect_err("no games").to_string();
    assert!(told.contains("there are no shards"), "{told}");
    assert!(!folder.checkpoint().exists());
}

/// A trained network against a random one.
#[test]
fn a_match_is_between_the_candidate_and_the_network_that_plays() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::open(&place.path().join("run")).expect("a folder");
    let small = |s: &mut RunSettings| (s.gate.mode, s.gate.playouts) = (GateMode::Match, 16);
    let mut work = begun(&folder, settings(&small), None).expect("a run");
    let trained = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/5x5.safetensors");
    std::fs::copy(&trained, folder.candidate(1)).expect("copied");
    let better = work.judge(1, 0, 10).expect("a match");
    assert!(
        better.accepted && better.results[0] > better.results[2],
        "{better:?}"
    );
}
