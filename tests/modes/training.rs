//! Training as a user starts it: what is learned, what survives, what is said.

#![cfg(all(unix, feature = "torch"))]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use df_console::pipeline::books::Books;
use df_console::pipeline::folder::RunFolder;
use df_console::record::list_shards;

use crate::program::{kill, program};

/// A network and games so small that a generation takes a second or two.
const TINY: &str = r#"
preset = "5x5"
[net]
blocks = 2
channels = 16
[games.boards]
3x3 = 1.0
[play]
first_games = 40
games = 40
playouts = 8
parallel = 40
threads = 1
shard_games = 10
[learn]
batch = 32
steps = 60
uses = 12.0
rate = 0.003
warm_up = 20
bf16 = false
checkpoint_every = 10
[gate]
mode = "skip"
"#;

/// Replaces parts of a file that have to be there.
fn edit(path: &Path, changes: &[(&str, &str)]) {
    let mut text = fs::read_to_string(path).expect("settings");
    for (from, to) in changes {
        assert!(text.contains(from), "{from} in {text}");
        text = text.replace(from, to);
    }
    fs::write(path, text).expect("written");
}

pub fn train(run: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    // Every machine computes the same, whatever it is faster in.
    command
        .args(["--train", "--threads", "1", "--precision", "f32", "--run"])
        .arg(run)
        .args(arguments)
        .stdin(Stdio::null());
    command
}

pub fn done(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    stderr
}

pub fn refused(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    assert!(!status.success(), "{stderr}");
    stderr
}

/// A folder and a file of settings in it: the tiny ones, more of `play` and more tables.
pub fn run_with(more: &str, play: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let place = tempfile::tempdir().expect("a folder");
    let config = place.path().join("tiny.toml");
    let tiny = TINY.replace("[play]\n", &format!("[play]\n{play}"));
    fs::write(&config, format!("{tiny}{more}")).expect("written");
    (place, config)
}

pub fn books(run: &Path) -> Books {
    Books::read(&run.join("books.json")).expect("intact books")
}

/// Games in shards, all of which have to be intact.
pub fn games_of(run: &Path) -> u64 {
    let Ok(shards) = list_shards(&run.join("shards")) else {
        return 0;
    };
    assert!(shards.broken.is_empty(), "{:?}", shards.broken);
    shards.games()
}

#[test]
fn a_tiny_run_beats_its_random_start() {
    // One thing after the other: every machine plays the same games.
    let (place, config) = run_with("[stop]\ngenerations = 12\n", "overlap = false\n");
    let run = place.path().join("run");
    done(train(&run, &["--config"]).arg(&config));
    let books = books(&run);
    assert_eq!((books.best, books.generations.len()), (12, 12));
    let loss = |number: usize| books.generations[number - 1].validation["total"];
    assert!(loss(12) < 0.7 * loss(1), "{books:?}");
    let net = |number: u64| {
        let path = run.join(format!("nets/{number:05}.safetensors"));
        format!("weights={}", path.display())
    };
    // Whoever wins with Black has the whole board.
    let report = place.path().join("report.json");
    let mut command = program();
    command
        .args([
            "--match", "--size", "3", "--komi", "8", "--rules", "chinese",
        ])
        .args(["--visits", "2", "--games", "20", "--seed", "3"])
        // With two visits, which of the symmetric moves are left out would count for more than what was learned.
        .args(["--set", "root_symmetry_pruning=false"])
        .args([
            "--precision",
            "f32",
            "--threads",
            "1",
            "--a",
            &net(12),
            "--b",
            &net(0),
            "--json",
        ])
        .arg(&report);
    done(&mut command);
    let text = fs::read_to_string(&report).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let wins = report["score"]["wins"].as_u64().expect("a number");
    assert!(wins >= 15, "{text}");
}

/// Matches decide who plays; later ones are for the record.
#[test]
fn candidates_are_judged_by_real_games() {
    let (place, config) = run_with("games = 12\n[stop]\ngenerations = 3\n", "");
    edit(
        &config,
        &[("mode = \"skip\"", "mode = \"match\"\nevery = 0")],
    );
    let run = place.path().join("run");
    done(train(&run, &["--config"]).arg(&config));
    let mut best = 0;
    for generation in books(&run).generations {
        let (number, judgement) = (generation.number, generation.judgement);
        assert_eq!(judgement.opponent, best, "{judgement:?}");
        let [wins, draws, losses] = judgement.results;
        assert!((1..=12).contains(&(wins + draws + losses)));
        let elo = judgement.elo.expect("a difference")[0];
        assert_eq!(judgement.accepted, elo >= 0.0, "{judgement:?}");
        let net = run.join(format!("nets/{number:05}.safetensors"));
        assert_eq!(net.exists(), judgement.accepted);
        if judgement.accepted {
            best = number;
        }
    }
    let values = run.join("values.toml");
    let text = fs::read_to_string(&values).expect("values");
    let watched = text
        .replace("mode = \"match\"\nevery = 0", "mode = \"watch\"\nevery = 5")
        .replace("games_between = 10", "games_between = 4")
        .replace("generations = 3", "generations = 5");
    fs::write(&values, watched).expect("written");
    done(&mut train(&run, &[]));
    let generations = books(&run).generations;
    for (generation, games) in generations[3..].iter().zip([4, 12]) {
        let judgement = &generation.judgement;
        assert_eq!(judgement.results.iter().sum::<u64>(), games);
        assert_eq!((judgement.accepted, judgement.opponent), (true, 0));
    }
}

/// Those between large ones may be cut short: the generation counts.
#[test]
fn a_stop_ends_a_match_for_the_record() {
    let (place, config) = run_with("games_between = 2000\n[stop]\ngenerations = 2\n", "");
    edit(
        &config,
        &[
            ("mode = \"skip\"", "mode = \"watch\""),
            ("steps = 60", "steps = 5"),
        ],
    );
    let run = place.path().join("run");
    let mut stopped = train(&run, &["--config"])
        .arg(&config)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut told = BufReader::new(stopped.stderr.take().expect("a pipe")).lines();
    // Beside other parts, or alone.
    let of_match = |line: String| line.contains("; match ") || line.contains(", match ");
    let under_way = told.any(|line| of_match(line.expect("text")));
    assert!(under_way, "it ended before");
    let rest = std::thread::spawn(move || told.count());
    kill(&stopped.id().to_string(), "TERM");
    assert!(stopped.wait().expect("an end").success());
    rest.join().expect("read to its end");
    let generations = books(&run).generations;
    assert_eq!(generations.len(), 1);
    let judgement = &generations[0].judgement;
    let games: u64 = judgement.results.iter().sum();
    assert!(
        judgement.accepted && (1..2000).contains(&games),
        "{judgement:?}"
    );
}

#[test]
fn a_run_learns_from_games_that_another_process_plays() {
    let (place, config) = run_with("[stop]\ngenerations = 1\n", "");
    let run = place.path().join("run");
    // The hours are for a learner that never has enough.
    let learner = train(&run, &["--no-selfplay", "--hours", "0.05", "--config"])
        .arg(&config)
        .stderr(Stdio::piped())
        .spawn();
    let mut learner = learner.expect("the program starts");
    while !run.join("nets/00000.safetensors").exists() {
        assert!(learner.try_wait().expect("a child").is_none(), "it waits");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut player = program();
    player
        .args(["--selfplay", "--selfplay-games", "50", "--seed", "77"])
        .args(["--threads", "1", "--run"])
        .arg(&run);
    done(&mut player);
    let output = learner.wait_with_output().expect("an end");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert_eq!(books(&run).generations.len(), 1, "{stderr}");
    assert!(games_of(&run) >= 50);
    // The names of shards tell the seed of who wrote them.
    for shard in fs::read_dir(run.join("shards")).expect("a folder") {
        let name = shard.expect("an entry").file_name();
        assert!(
            name.to_string_lossy().contains("-000000000000004d-"),
            "{name:?}"
        );
    }
}

/// Whatever `--weights` takes is a network for the opponent, whoever plays.
#[test]
fn the_opponent_may_have_a_network_of_its_own() {
    let opponent =
        "[stop]\ngenerations = 1\n[opponent]\nshare = 1.0\nplayouts = 2\nweights = \"default\"\n";
    let (place, config) = run_with(opponent, "");
    edit(
        &config,
        &[("games = 40", "games = 4"), ("steps = 60", "steps = 2")],
    );
    let run = place.path().join("run");
    done(train(&run, &["--config"]).arg(&config));
    let player = || {
        let mut player = program();
        player
            .args(["--selfplay", "--selfplay-games", "4", "--seed", "77"])
            .args(["--threads", "1", "--run"])
            .arg(&run);
        player
    };
    done(&mut player());
    let shards = list_shards(&run.join("shards")).expect("shards");
    let games = df_console::record::read_games(shards.entries.iter().map(|shard| &shard.path));
    let own = |game: &df_console::record::GameRecord| {
        let inside = |net: &String| net.starts_with("union-");
        game.nets.iter().any(inside) && !game.nets.iter().all(inside)
    };
    assert!(games.len() >= 8 && games.iter().all(own));
    // Two players with one seed would play the same games.
    let folder = RunFolder::open(&run).expect("a folder");
    let _lock = folder.lock_seed(77).expect("a lock");
    let stderr = refused(&mut player());
    assert!(stderr.contains("another --seed"), "{stderr}");
}

/// Whether a run begins, goes on, or is played into; with the right device it works then.
#[test]
fn a_device_that_is_not_there_is_named_before_anything_changes() {
    let (place, config) = run_with("[stop]\ngenerations = 1\n", "");
    edit(
        &config,
        &[("games = 40", "games = 4"), ("steps = 60", "steps = 2")],
    );
    let run = place.path().join("run");
    let missing = ["--device", "cuda:63"];
    let named = |command: &mut Command| {
        let stderr = refused(command);
        let errors: Vec<&str> = stderr
            .lines()
            .filter(|line| line.contains("error"))
            .collect();
        assert_eq!(errors.len(), 1, "{stderr}");
        assert!(errors[0].contains("--device: "), "{stderr}");
    };
    named(train(&run, &missing).arg("--config").arg(&config));
    assert!(!run.exists());
    done(train(&run, &["--device", "cpu", "--config"]).arg(&config));
    let values = run.join("values.toml");
    let before = fs::read_to_string(&values).expect("values");
    let games = games_of(&run);
    named(&mut train(&run, &missing));
    let mut player = program();
    player.args(["--selfplay", "--run"]).arg(&run).args(missing);
    named(&mut player);
    assert_eq!(fs::read_to_string(&values).expect("values"), before);
    assert_eq!(games_of(&run), games);
}

/// Keys of a version that the run has not been on yet are written when it goes on.
#[test]
fn values_say_what_is_in_force_after_every_start() {
    let (place, config) = run_with("[stop]\ngenerations = 1\n", "");
    edit(
        &config,
        &[("games = 40", "games = 4"), ("steps = 60", "steps = 2")],
    );
    let run = place.path().join("run");
    done(train(&run, &["--config"]).arg(&config));
    let values = run.join("values.toml");
    let before = fs::read_to_string(&values).expect("values");
    let older = before.replace("games_between = 10\n", "");
    assert_ne!(older, before);
    fs::write(&values, older).expect("written");
    let stderr = done(&mut train(&run, &[]));
    assert!(stderr.contains("gate.games_between = 10"), "{stderr}");
    assert_eq!(fs::read_to_string(&values).expect("values"), before);
}

/// Without overlap a stop changes nothing: games that were there when a session began do not stand for those to come.
#[test]
fn games_of_a_session_that_was_stopped_are_part_of_a_generation() {
    let (place, config) = run_with("[stop]\ngenerations = 1\n", "overlap = false\n");
    edit(&config, &[("steps = 60", "steps = 2")]);
    let run = place.path().join("run");
    done(train(&run, &["--config"]).arg(&config));
    let mut player = program();
    player
        .args(["--selfplay", "--selfplay-games", "20", "--seed", "77"])
        .args(["--threads", "1", "--run"])
        .arg(&run);
    done(&mut player);
    let values = run.join("values.toml");
    edit(&values, &[("generations = 1", "generations = 2")]);
    done(&mut train(&run, &[]));
    let games: Vec<u64> = books(&run).generations.iter().map(|g| g.games).collect();
    // Forks come on top.
    assert!(games[1] >= games[0] + 40, "{games:?}");
}

#[test]
fn nested_bottlenecks_are_trained() {
    let (place, config) = run_with("[stop]\ngenerations = 1\n", "");
    edit(
        &config,
        &[
            ("[net]\n", "[net]\nkind = \"nested_bottleneck\"\n"),
            ("steps = 60", "steps = 5"),
        ],
    );
    let run = place.path().join("run");
    done(train(&run, &["--config"]).arg(&config));
    let net = run.join("nets/00001.safetensors");
    let network = df_console::net::formats::load(&net).expect("a network");
    assert_eq!(network.metadata.name, "run-seed1-b2c16nbt-g00001");
    assert!(!network.metadata.untrained);
    let advantage = df_console::net::advantage::is_known(&network);
    assert!(!advantage, "no game told it what an advantage is");
    assert_eq!(network.metadata.parent, "run-seed1-b2c16nbt-g00000");
    assert_eq!(network.metadata.sides, Some([3, 3]));
    let made = df_console::net::spec::Metadata::made_on(df_console::date::today());
    assert_eq!(network.metadata.author, made.author);
    assert_eq!(network.metadata.created.len(), made.created.len());
}

#[test]
fn a_run_begins_with_a_network_that_has_learned() {
    let (place, config) = run_with("[stop]\ngenerations = 3\n", "overlap = false\n");
    let run = place.path().join("run");
    done(train(&run, &["--config"]).arg(&config));
    let first = books(&run);
    let learned = run.join("nets/00003.safetensors");
    let text = fs::read_to_string(&config).expect("settings");
    let from = |network: &str| {
        let text = text.replace("[net]\n", &format!("[net]\nfrom = {network:?}\n"));
        fs::write(&config, text.replace("generations = 3", "generations = 1")).expect("written");
    };
    let other = place.path().join("other");
    for wrong in ["no-such-network", config.to_str().expect("a path")] {
        from(wrong);
        let stderr = refused(train(&other, &["--config"]).arg(&config));
        assert!(stderr.contains("net.from") && !other.exists(), "{stderr}");
    }
    from(learned.to_str().expect("a path"));
    done(train(&other, &["--config"]).arg(&config));
    let load = |path: &Path| df_console::net::formats::load(path).expect("a network");
    let (parent, start) = (load(&learned), load(&other.join("nets/00000.safetensors")));
    assert_eq!(start.metadata.parent, parent.metadata.name);
    assert_eq!(start.weights, parent.weights);
    assert!(!start.metadata.untrained);
    let values = fs::read_to_string(other.join("values.toml")).expect("values");
    assert!(values.contains("channels = 16"), "{values}");
    // It goes on learning where the other was, not from the start.
    // Over all steps, as few games are kept from learning; of the policy, as heads that only training has begin anew.
    let loss = |books: &Books, number: usize| books.generations[number - 1].losses["policy"];
    let (start, end) = (loss(&first, 1), loss(&first, 3));
    let gained = loss(&books(&other), 1);
    assert!(
        gained < 0.5 * (start + end),
        "{start} to {end}, then {gained}"
    );
}

#[test]
fn runs_that_cannot_go_on_say_why() {
    let (place, config) = run_with("[stop]\ngenerations = 1\n", "");
    let run = place.path().join("run");
    let check = |what: &str, arguments: &[&str], parts: &[&str]| {
        let stderr = refused(&mut train(&run, arguments));
        for part in parts {
            assert!(stderr.contains(part), "{what}: no {part:?} in {stderr}");
        }
    };
    let config = config.to_str().expect("a path");
    let folder = RunFolder::open(&run).expect("a folder");
    let lock = folder.lock().expect("a lock");
    check(
        "two trainers",
        &["--config", config],
        &["another trainer is at work", "one trainer"],
    );
    assert!(
        !run.join("values.toml").exists(),
        "who is refused changes nothing"
    );
    drop(lock);
    done(&mut train(
        &run,
        &["--config", config, "--no-selfplay", "--hours", "0.0001"],
    ));
    check(
        "other settings",
        &["--preset", "7x7"],
        &["has settings already", "[stop] in"],
    );
    fs::write(run.join("shards/bad.games"), "no shard").expect("written");
    let stderr = done(&mut train(&run, &[]));
    assert!(
        stderr.contains("bad.games"),
        "a broken shard is named: {stderr}"
    );
    let text = fs::read_to_string(run.join("books.json")).expect("books");
    fs::write(run.join("books.json"), text.replacen("1", "99", 1)).expect("written");
    check("another version", &[], &["another version (99)"]);
    fs::write(run.join("books.json"), text).expect("written");
    let values = fs::read_to_string(run.join("values.toml")).expect("values");
    fs::write(run.join("values.toml"), format!("future = 1\n{values}")).expect("written");
    check(
        "settings of another version",
        &[],
        &["values.toml", "future", "version of the program"],
    );
    fs::write(run.join("values.toml"), values).expect("written");
    let checkpoint = run.join("checkpoints/latest.safetensors");
    let generations = |count: u64| {
        let values = run.join("values.toml");
        let text = fs::read_to_string(&values).expect("values");
        let before = format!("generations = {}", count - 1);
        fs::write(
            &values,
            text.replace(&before, &format!("generations = {count}")),
        )
        .expect("written");
        fs::write(&checkpoint, "torn").expect("written");
    };
    let whole = fs::read(&checkpoint).expect("a checkpoint");
    generations(2);
    check(
        "a torn checkpoint",
        &[],
        &["no intact checkpoint", "latest.safetensors", "shards"],
    );
    fs::remove_file(&checkpoint).expect("removed");
    check(
        "no checkpoint",
        &[],
        &["the checkpoint is gone", "put it back"],
    );
    fs::write(&checkpoint, whole).expect("written");
    done(&mut train(&run, &[]));
    generations(3);
    let stderr = done(&mut train(&run, &[]));
    assert!(stderr.contains("resumes from"), "the one before: {stderr}");
    assert_eq!(books(&run).generations.len(), 3);
}
