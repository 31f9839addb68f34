//! The reader in docs/records.md reads what self-play writes.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use df_console::eval::Hashed;
use df_console::go::{Color, Outcome, Rules, Size};
use df_console::record::{GameRecord, LeadSource, ShardSettings, read_shard, write_shard};
use df_console::search::StopSignal;
use df_console::selfplay::{
    Actor, ActorParams, Finished, Fixed, Layout, Resume, SelfPlay, SelfPlayParams, Unit,
};
use half::f16;
use serde_json::{Value, json};

use crate::program::{df_console, program};
use crate::skipped::skipped;

/// What Python prints of each game.
const PRINT: &str = r#"
import json, sys
for game in read_shard(sys.argv[1]):
    bits = lambda values: struct.unpack(f"<{len(values)}H", struct.pack(f"<{len(values)}e", *values))
    print(json.dumps({
        "size": [game["width"], game["height"]], "seed": game["seed"], "rules": game["rules"],
        "nets": game["nets"], "actors": game["actors"], "stones": [point for color, point in game["stones"]],
        "score": game["score"], "how": game["how"], "fork": game["fork_turns"],
        "leads": [kind >> 3 for kind in game["kind"]],
        "moves": game["move"], "white": [kind >> 2 & 1 for kind in game["kind"]], "kinds": [kind & 3 for kind in game["kind"]],
        "counts": game["count"], "index": game["index"], "visits": game["visits"],
        "target": game["target"], "ranks": game["rank"], "owners": [owner for row in game["owners"] for owner in row],
        "floats": [[number & 0x7FFF for number in bits(game[name])] for name in
                   ["weight", "surprise", "win", "no_result", "score_mean", "lead"]],
    }))
"#;

fn games() -> Vec<GameRecord> {
    let mut params = SelfPlayParams::on(Size::new(5, 4).unwrap(), Rules::named("chinese").unwrap());
    params.boards.push((Size::square(17).unwrap(), 0.3));
    (params.handicap.probability, params.handicap.least_area) = (0.3, 0);
    params.forks.late = 0.5;
    params.most_moves_per_area = 0.8;
    let actor = Actor {
        nets: Arc::new(Fixed(Arc::new(Hashed::default()))),
        params: ActorParams::puct(8),
    };
    let folder = tempfile::tempdir().unwrap();
    let play = SelfPlay {
        actors: vec![actor],
        params,
        layout: Layout {
            threads: 1,
            games: 4,
        },
        shards: ShardSettings {
            folder: folder.path().into(),
            games: 100,
            writer: "test".into(),
        },
        resume: Resume::Nothing,
    };
    let games = Mutex::new(Vec::new());
    let observe = |game: &Finished| games.lock().unwrap().push(game.record.clone());
    play.run(Unit::alone(12, 5), &observe, &StopSignal::default())
        .unwrap();
    let mut games = games.into_inner().unwrap();
    // Such networks cannot tell.
    for turn in games
        .iter_mut()
        .flat_map(|game| game.turns.iter_mut().step_by(3))
    {
        turn.lead_from = LeadSource::Searches;
    }
    games
}

fn expected(game: &GameRecord) -> Value {
    let turns = &game.turns;
    let size = game.size;
    let candidates = || turns.iter().flat_map(|turn| &turn.candidates);
    // Bits without the sign, as zeros come with both.
    let float = |value: f32| f16::from_f32(value).to_bits() & 0x7FFF;
    let floats: [Vec<u16>; 6] = [
        turns.iter().map(|t| float(t.weight)).collect(),
        turns.iter().map(|t| float(t.surprise)).collect(),
        turns.iter().map(|t| float(t.root.0.chances.win)).collect(),
        turns
            .iter()
            .map(|t| float(t.root.0.chances.no_result))
            .collect(),
        turns.iter().map(|t| float(t.root.0.score)).collect(),
        turns.iter().map(|t| float(t.root.0.lead)).collect(),
    ];
    let (how, score) = match game.outcome {
        Outcome::Score(score) => (0, score.0),
        Outcome::Resignation(_) => (1, 0),
        Outcome::Repetition(_) => (2, 0),
        Outcome::NoResult => (3, 0),
    };
    json!({
        "size": [size.width(), size.height()],
        "seed": game.seed,
        "rules": game.rules.to_string(),
        "nets": game.nets,
        "actors": game.actors,
        "stones": game.stones.iter().map(|s| size.index_of(s.1)).collect::<Vec<_>>(),
        "score": score,
        "how": how,
        "fork": game.fork.map_or(u32::MAX, |fork| fork.turns),
        "leads": turns.iter().map(|t| t.lead_from as u8).collect::<Vec<_>>(),
        "moves": turns.iter().map(|t| size.policy_index(t.mv)).collect::<Vec<_>>(),
        "white": turns.iter().map(|t| u8::from(t.color == Color::White)).collect::<Vec<_>>(),
        "kinds": turns.iter().map(|t| t.kind as u8).collect::<Vec<_>>(),
        "counts": turns.iter().map(|t| t.candidates.len()).collect::<Vec<_>>(),
        "index": candidates().map(|c| c.index).collect::<Vec<_>>(),
        "visits": candidates().map(|c| c.visits).collect::<Vec<_>>(),
        "target": candidates().map(|c| c.target).collect::<Vec<_>>(),
        "ranks": turns.iter().map(|t| t.rank).collect::<Vec<_>>(),
        "owners": game.owners.clone().unwrap_or_default(),
        "floats": floats,
    })
}

/// The block of Python in the page.
fn reader() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/records.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page
        .split_once("```python\n")
        .expect("the page has a program");
    rest.split_once("```").expect("which ends").0.to_string()
}

#[test]
fn python_reads_what_we_write() {
    let python = |code: &str, argument: &Path| {
        let output = Command::new("python3")
            .arg("-c")
            .arg(code)
            .arg(argument)
            .output();
        output.ok()
    };
    let here = Path::new(".");
    if python("", here).is_none_or(|output| !output.status.success()) {
        skipped("python_reads_what_we_write: there is no python3");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.games");
    write_shard(&path, &games()).unwrap();
    let output = python(&(reader() + PRINT), &path).unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    let read: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let games = read_shard(&path).unwrap();
    assert!(games.len() > 12 && games.iter().any(|game| !game.stones.is_empty()));
    assert_eq!(read, games.iter().map(expected).collect::<Vec<_>>());
}

fn said(arguments: &[&str]) -> (bool, String, String) {
    let output = df_console(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn self_play_started_again_plays_other_games() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        "--selfplay --preset 5x5 --selfplay-games 3 --evaluator hashed --playouts 6 --seed 1 --run";
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    arguments.push(folder.path().to_str().unwrap());
    let shards = folder.path().join("shards");
    let moved = folder.path().join("moved");
    for session in 0..3 {
        let (success, _, log) = said(&arguments);
        assert!(success, "{log}");
        if session == 1 {
            fs::rename(&shards, &moved).unwrap();
        }
    }
    let files = [shards, moved].map(|folder| fs::read_dir(folder).unwrap());
    let files = files.into_iter().flatten();
    let games = files.flat_map(|shard| read_shard(&shard.unwrap().path()).unwrap());
    let mut seeds: Vec<u64> = games.map(|game| game.seed).collect();
    let all = seeds.len();
    seeds.sort_unstable();
    seeds.dedup();
    assert!(all >= 9);
    assert_eq!(seeds.len(), all);
}

/// How its networks read positions is looked for around the shard, from wherever that is named.
#[test]
fn a_shard_that_is_named_from_within_its_folder_has_its_run_around_it() {
    let run = tempfile::tempdir().unwrap();
    let [shards, nets] = ["shards", "nets"].map(|part| run.path().join(part));
    for part in [&shards, &nets] {
        fs::create_dir(part).unwrap();
    }
    write_shard(&shards.join("a.games"), &games()).unwrap();
    fs::write(nets.join("00001.safetensors"), "no network").unwrap();
    let output = program()
        .args("--inspect a.games --game 0 --turn 0".split(' '))
        .current_dir(&shards)
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let told = "shows positions as most networks read them";
    assert!(
        log.contains("00001.safetensors") && log.contains(told),
        "{log}"
    );
}

/// From the command to the games, and back to planes and targets.
#[test]
fn self_play_makes_what_inspect_shows() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().to_str().unwrap();
    let arguments =
        "--selfplay --preset 5x5 --selfplay-games 3 --evaluator hashed --playouts 6 --seed 1 --run";
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    arguments.push(run);
    let (success, stdout, log) = said(&arguments);
    assert!(success && stdout.is_empty(), "{stdout} {log}");
    assert!(log.contains("games/h") && log.contains("games "), "{log}");
    let shards: Vec<_> = fs::read_dir(folder.path().join("shards"))
        .unwrap()
        .collect();
    assert_eq!(shards.len(), 1, "one shard and no journal");
    let shard = shards[0].as_ref().unwrap().path();
    let file = shard.to_str().unwrap();
    let games = read_shard(&shard).unwrap();
    assert!(games.len() >= 3);

    let sgf = folder.path().join("sgf");
    let sgf = sgf.to_str().unwrap();
    let checks: [(&[&str], &str); 6] = [
        (&["--inspect", file], "0 5x5 ko"),
        (
            &["--inspect", file, "--game", "0"],
            "full search; White wins",
        ),
        (
            &["--inspect", file, "--game", "0", "--turn", "1"],
            "policy, pass",
        ),
        (
            &["--inspect", file, "--game", "0", "--turn", "1"],
            "plane 0, on the board\n  1  1  1  1  1",
        ),
        (
            &["--inspect", file, "--game", "0", "--turn", "0"],
            "value over each horizon",
        ),
        (&["--inspect", file, "--sgf", sgf], "wrote"),
    ];
    for (arguments, expected) in checks {
        let (success, stdout, log) = said(arguments);
        assert!(
            success && stdout.contains(expected),
            "{arguments:?}: {stdout} {log}"
        );
    }
    let files = fs::read_dir(sgf).unwrap().count();
    assert_eq!(files, games.len());
    let numbers = format!("has games 0 to {}", games.len() - 1);
    let empty = folder.path().join("empty.json");
    fs::write(&empty, "[]").unwrap();
    let empty = empty.to_str().unwrap();
    for (arguments, advice) in [
        (vec!["--inspect", file, "--game", "999"], &*numbers),
        (
            vec!["--inspect", file, "--game", "0", "--turn", "9999"],
            "only",
        ),
        (vec!["--inspect", empty, "--game", "0"], "holds no games"),
        (
            vec!["--inspect", file, "--game=0", "--turn=1", "--sgf", sgf],
            "cannot be used with",
        ),
        (vec!["--inspect", "nowhere.games"], "nowhere.games"),
        (
            vec!["--inspect", "docs"],
            "docs is a folder: name one of the .games files",
        ),
        (
            vec!["--inspect", "Cargo.toml"],
            "Cargo.toml is no shard of games: give a .games file",
        ),
        (
            vec!["--inspect", file, "--sgf", file],
            "is a file: name a folder",
        ),
        (vec!["--selfplay"], "--run"),
        (
            vec!["--selfplay", "--run", run, "--preset", "8x8"],
            "5x5, 7x7",
        ),
        (vec!["--selfplay", "--run", "no-run"], "no run in no-run"),
        (
            vec![
                "--selfplay",
                "--run",
                run,
                "--preset",
                "5x5",
                "--evaluator",
                "uniform",
            ],
            "uniform predicts no scores",
        ),
        (
            vec!["--selfplay", "--run", run, "--search", "best"],
            "gumbel, puct",
        ),
    ] {
        let (success, _, log) = said(&arguments);
        assert!(!success && log.contains(advice), "{arguments:?}: {log}");
    }
}
