//! Runs that were killed, whose disk was full, or whose learning diverged, as a user finds them.

#![cfg(all(unix, feature = "torch"))]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use df_console::net::formats::load;
use df_console::net::resolve::networks;
use df_console::pipeline::books::Generation;
use df_console::pipeline::folder::RunFolder;
use df_console::pipeline::settings::{InForce, Machine};
use df_console::record::{list_shards, read_games, recover};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::training::{books, done, games_of, refused, run_with, train};

/// Every way to accept a network, as settings: all play and are judged, all are judged and winners play, all play.
const GATES: [&str; 3] = [
    "mode = \"watch\"\nevery = 1\n",
    "mode = \"match\"\nevery = 0\n",
    "mode = \"skip\"\nevery = 1\n",
];

/// Longest wait for anything that a run does, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(600);

#[test]
fn kills_at_any_moment_cost_nothing_that_was_finished() {
    let kills = std::env::var("DF_CONSOLE_TEST_KILLS").ok();
    let kills = kills.map_or(3, |kills| kills.parse().expect("a number of kills"));
    let (place, config) = run_with("games = 20\nplayouts = 2\n", "");
    let text = fs::read_to_string(&config).expect("settings");
    let judged = text.replace("mode = \"skip\"\n", GATES[0]);
    fs::write(&config, judged.replace("steps = 60", "steps = 30")).expect("written");
    let run = place.path().join("run");
    let start = || {
        let mut command = train(&run, &["--config"]);
        command.arg(&config).stderr(Stdio::null());
        command.spawn().expect("a start")
    };
    // While the run is made, most likely.
    for part in ["", "run.toml"] {
        kill_after(|| run.join(part).exists(), Duration::ZERO, start());
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let (mut games, mut generations) = (0, 0);
    for kill in 0..kills {
        let gate = kill % GATES.len();
        if kill > 0 {
            set_gate(&run, GATES[gate]);
        }
        let millis = Duration::from_millis(rng.random_range(0..1000));
        let next = |folder: &str| {
            let name = format!("{:05}.safetensors", generations + 1);
            changed(run.join(folder).join(name))
        };
        match gate {
            // It plays, and a match goes on, but the books do not know of it yet.
            0 => kill_after(next("nets"), millis / 2, start()),
            // It is judged, and may have played already when the session before was killed.
            1 => kill_after(next("candidates"), millis, start()),
            // Mostly while something is being done, now and then before anything is.
            _ => kill_after(|| true, 2 * millis, start()),
        }
        recover(&run.join("shards")).expect("recovered");
        check_accounts(&run);
        let (now, then) = (games_of(&run), games);
        assert!(now >= then, "kill {kill}: {now} games, {then} before");
        let books = books(&run);
        assert!(books.generations.len() >= generations, "kill {kill}");
        check_nets(&run, &books.generations[generations..]);
        (games, generations) = (now, books.generations.len());
    }
    let enough = (generations + 2).to_string();
    let values = run.join("values.toml");
    set_gate(&run, GATES[1]);
    let text = fs::read_to_string(&values).expect("values");
    let text = text.replace("[stop]", &format!("[stop]\ngenerations = {enough}"));
    fs::write(&values, text).expect("written");
    done(&mut train(&run, &[]));
    let books = books(&run);
    let numbers: Vec<u64> = books.generations.iter().map(|g| g.number).collect();
    assert_eq!(numbers, (1..=generations as u64 + 2).collect::<Vec<_>>());
    let steps: Vec<u64> = books.generations.iter().map(|g| g.steps).collect();
    assert!(steps.is_sorted(), "{steps:?}");
    check_accounts(&run);
    let accepted = check_nets(&run, &books.generations);
    let nets = networks(&run.join("nets")).expect("a folder");
    assert_eq!(nets.len(), 1 + accepted, "with the start: {nets:?}");
}

/// Kills a session so long after something has happened.
fn kill_after(happened: impl Fn() -> bool, delay: Duration, mut child: Child) {
    let started = Instant::now();
    while !happened() {
        assert!(child.try_wait().expect("a child").is_none(), "it works on");
        if started.elapsed() > PATIENCE {
            child.kill().expect("killed");
            panic!("what was waited for has not happened");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(delay);
    assert!(child.try_wait().expect("a child").is_none(), "it works on");
    child.kill().expect("killed");
    child.wait().expect("gone");
}

/// Whether a file is another than now.
fn changed(path: PathBuf) -> impl Fn() -> bool {
    let written = move || fs::metadata(&path).and_then(|data| data.modified()).ok();
    let before = written();
    move || written() != before
}

/// Has networks be accepted in another way from now on.
fn set_gate(run: &Path, gate: &str) {
    let values = run.join("values.toml");
    let text = fs::read_to_string(&values).expect("values");
    let text = GATES
        .iter()
        .fold(text, |text, other| text.replace(other, gate));
    assert!(text.contains(gate), "{text}");
    fs::write(&values, text).expect("written");
}

/// Every network that was accepted is there and whole, and is the one of its generation. Returns how many there are.
fn check_nets(run: &Path, generations: &[Generation]) -> usize {
    let accepted = generations
        .iter()
        .filter(|generation| generation.judgement.accepted);
    let check = |generation: &Generation| {
        let network = load(&RunFolder::at(run).net(generation.number)).expect("a network");
        let number = format!("-g{:05}", generation.number);
        assert!(network.metadata.name.ends_with(&number), "{number}");
    };
    accepted.map(check).count()
}

/// What holds between two sessions, however the first of them ended: no game twice, none in the books that is in no shard,
/// and no more steps than the rows that are accounted for are worth.
fn check_accounts(run: &Path) {
    let shards = list_shards(&run.join("shards")).expect("shards");
    let games = read_games(shards.entries.iter().map(|entry| &entry.path));
    assert_eq!(games.len() as u64, games_of(run), "all are intact");
    let seeds: BTreeSet<u64> = games.iter().map(|game| game.seed).collect();
    assert_eq!(seeds.len(), games.len(), "no game is there twice");
    let books = books(run);
    let Some(last) = books.generations.last() else {
        return;
    };
    assert!(last.games <= shards.games(), "{books:?}");
    let error = 1e-6 * shards.weight();
    assert!(books.rows_played <= shards.weight() + error, "{books:?}");
    let in_force = InForce::of_run(&RunFolder::at(run), Machine::processor(1));
    let learn = in_force.expect("settings").expect("a run").settings.learn;
    let steps_per_row = learn.uses * (1.0 - learn.validation) / learn.batch as f64;
    // A generation makes a step even where none is due.
    assert!(
        books.rows_seen <= books.rows_played + 1.0 / steps_per_row + error,
        "{books:?}"
    );
    assert!(
        last.steps as f64 <= (books.rows_seen + error) * steps_per_row,
        "{books:?}"
    );
}

/// The program in a mode, on the run, where files may have so many blocks.
fn limited(blocks: usize, mode: &[&str], run: &Path) -> Command {
    let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut limited = Command::new("sh");
    limited
        .args(["-c", &limit, "sh"])
        .arg(env!("CARGO_BIN_EXE_df_console"))
        .args(mode)
        .args(["--threads", "1", "--run"])
        .arg(run)
        .stdin(Stdio::null());
    limited
}

/// Files may be so large and no larger, which fails in the same places as a full disk, on every system.
#[test]
fn a_full_disk_ends_a_run_with_a_sentence_and_costs_nothing() {
    let (place, config) = run_with("[stop]\ngenerations = 2\n", "");
    let run = place.path().join("run");
    done(train(&run, &["--config"]).arg(&config));
    let (games, generations) = (games_of(&run), books(&run).generations);
    let values = run.join("values.toml");
    let text = fs::read_to_string(&values).expect("values");
    fs::write(&values, text.replace("generations = 2", "generations = 3")).expect("written");
    // In blocks of 512 bytes: shards are smaller than this, checkpoints are larger.
    let stderr = refused(&mut limited(40, &["--train"], &run));
    let room = "make room there and start again";
    assert!(
        stderr.contains("checkpoints") && stderr.contains(room),
        "{stderr}"
    );
    assert_eq!(books(&run).generations, generations);
    assert!(games_of(&run) >= games);
    // Some games are larger than this, in a journal, and then in a shard, or in neither.
    for blocks in [3, 1] {
        let games = games_of(&run);
        let plays = ["--selfplay", "--selfplay-games", "50", "--seed", "77"];
        let stderr = refused(&mut limited(blocks, &plays, &run));
        let (_, error) = stderr.rsplit_once("error: ").expect("why it ended");
        assert!(error.contains("shards") && error.contains(room), "{stderr}");
        let (_, ended) = stderr.rsplit_once(": games ").expect("a report");
        let ended = ended.split(',').next().map(str::parse::<u64>);
        recover(&run.join("shards")).expect("recovered");
        let kept = games_of(&run) - games;
        // Those that met the end of the disk are not reported.
        let ended = ended.expect("a field").expect("a number");
        assert!(ended <= kept, "{kept}: {stderr}");
        check_accounts(&run);
    }
    done(&mut train(&run, &[]));
    assert_eq!(books(&run).generations.len(), 3);
}

/// Weights explode some steps before a loss is no number, and checkpoints in between have them.
#[test]
fn a_run_that_diverged_recovers_with_a_smaller_rate() {
    let (place, config) = run_with("[stop]\ngenerations = 1\n", "overlap = false\n");
    let text = fs::read_to_string(&config).expect("settings");
    let sgd = "[learn]\noptimiser = \"sgd\"\nclip = 0.0\n";
    let text = text
        .replace("[net]\n", "[net]\nnormalise_all = false\n")
        .replace("[learn]\n", sgd)
        .replace("checkpoint_every = 10", "checkpoint_every = 1")
        .replace("warm_up = 20", "warm_up = 0")
        .replace("rate = 0.003", "rate = 1.0");
    fs::write(&config, text).expect("written");
    let run = place.path().join("run");
    let values = run.join("values.toml");
    let change = |from: &str, to: &str| {
        let text = fs::read_to_string(&values).expect("values");
        assert!(text.contains(from), "{text}");
        fs::write(&values, text.replace(from, to)).expect("written");
    };
    let diverged = |command: &mut Command, origin: &str| {
        let stderr = refused(command);
        let parts = [
            "diverged at step",
            origin,
            "learn.rate in values.toml smaller",
        ];
        for part in parts {
            assert!(stderr.contains(part), "no {part:?} in {stderr}");
        }
    };
    diverged(
        train(&run, &["--config"]).arg(&config),
        "Generation 1 begins anew from",
    );
    let games = games_of(&run);
    assert!(games >= 40, "they are played before anything is learned");
    change("rate = 1.0", "rate = 0.0001");
    done(&mut train(&run, &[]));
    assert_eq!((books(&run).best, games_of(&run)), (1, games));

    change("generations = 1", "generations = 2");
    change("rate = 0.0001", "rate = 1.0");
    diverged(&mut train(&run, &[]), "checkpoints/before.safetensors");
    let steps = books(&run).generations[0].steps;
    change("rate = 1.0", "rate = 0.0001");
    done(&mut train(&run, &[]));
    let books = books(&run);
    assert_eq!(books.best, 2);
    assert!(books.generations[1].steps > steps, "{books:?}");
    check_accounts(&run);
}
