//! Looking into records: a shard, a game, or a position with its planes and targets; and games as SGF.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;

use crate::cli::values::whole;
use crate::cli::{answer, cannot};
use crate::engine::showboard;
use crate::features::{InputVersion, v7};
use crate::files::{make_folder, write_whole};
use crate::go::{Color, Size};
use crate::net::formats;
use crate::pipeline::folder::RunFolder;
use crate::record::{GameRecord, ShardInfo, parse_elf, read_shard};
use crate::sgf::result_text;
use crate::train::row::{Row, as_in_play, score_density, soften};
use crate::words;

/// Arguments of the inspection.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// Print what is in a shard of games, or in JSON of ELF OpenGo, and exit
    #[arg(long, value_name = "FILE")]
    pub inspect: Option<PathBuf>,

    /// The game to print, from 0
    #[arg(long, value_name = "N", value_parser = whole::<usize>(0..=u64::MAX, 0))]
    pub game: Option<usize>,

    /// The move of that game before which to print planes and targets, from 0
    #[arg(long, value_name = "N", value_parser = whole::<usize>(0..=u64::MAX, 0), requires = "game", conflicts_with = "sgf")]
    pub turn: Option<usize>,

    /// Write the games as SGF into this folder
    #[arg(long, value_name = "FOLDER")]
    pub sgf: Option<PathBuf>,
}

/// What to look into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectConfig {
    file: PathBuf,
    look: Look,
}

/// What to look at; games and turns count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Look {
    /// What games there are.
    Shard,
    /// A game.
    Game(usize),
    /// A game before a turn.
    Position { game: usize, turn: usize },
    /// A game, or all, into a folder.
    Export {
        game: Option<usize>,
        folder: PathBuf,
    },
}

impl InspectConfig {
    /// What the arguments ask for of a file.
    pub fn new(file: &Path, args: &InspectArgs) -> InspectConfig {
        let look = match (args.sgf.clone(), args.game, args.turn) {
            (Some(folder), game, _) => Look::Export { game, folder },
            (None, Some(game), Some(turn)) => Look::Position { game, turn },
            (None, Some(game), None) => Look::Game(game),
            (None, None, _) => Look::Shard,
        };
        InspectConfig {
            file: file.to_owned(),
            look,
        }
    }
}

/// Prints what was asked for on standard output.
pub fn run(config: &InspectConfig) -> ExitCode {
    answer(inspect(config).map(|text| format!("{}\n", text.trim_end())))
}

fn inspect(InspectConfig { file, look }: &InspectConfig) -> Result<String> {
    let games = read(file)?;
    let game = |number: usize| {
        let missing = || match games.len() {
            0 => anyhow!("{} holds no games", file.display()),
            count => anyhow!("{} has games 0 to {}", file.display(), count - 1),
        };
        games.get(number).ok_or_else(missing)
    };
    match look {
        Look::Shard => Ok(shard(&games)),
        Look::Game(number) => Ok(whole_game(game(*number)?)),
        Look::Position { game: number, turn } => position(game(*number)?, *turn, &options_of(file)),
        Look::Export { game: None, folder } => export(games.iter().enumerate(), folder),
        Look::Export {
            game: Some(number),
            folder,
        } => export([(*number, game(*number)?)], folder),
    }
}

fn read(path: &Path) -> Result<Vec<GameRecord>> {
    if path.is_dir() {
        bail!(
            "{} is a folder: name one of the .games files in it, or below shards/ in that of a run",
            path.display()
        );
    }
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let text = std::fs::read_to_string(path).map_err(cannot("read", path))?;
        return parse_elf(&text).with_context(|| path.display().to_string());
    }
    Ok(read_shard(path)?)
}

fn export<'a>(
    games: impl IntoIterator<Item = (usize, &'a GameRecord)>,
    folder: &Path,
) -> Result<String> {
    make_folder(folder).context("--sgf")?;
    let mut written = 0;
    for (i, game) in games {
        let path = folder.join(format!("{i:05}-{:016x}.sgf", game.seed));
        let record = game.to_sgf().with_context(|| format!("game {i}"))?;
        write_whole(&path, record.to_string().as_bytes()).map_err(cannot("write", &path))?;
        written += 1;
    }
    Ok(format!("wrote {written} games into {}", folder.display()))
}

// Writing to a string cannot fail, so what it returns is let go below.

fn shard(games: &[GameRecord]) -> String {
    let info = ShardInfo::of(games);
    let mut text = format!(
        "{} games, {} moves, {} rows of weight {:.1}\n",
        info.games, info.turns, info.rows, info.weight
    );
    for (i, game) in games.iter().enumerate() {
        let _ = writeln!(text, "{i:5} {}", summary(game));
    }
    text
}

fn summary(game: &GameRecord) -> String {
    let mut text = format!(
        "{} {} moves {:3} {:8} {:?} seed {:016x} {}",
        game.size,
        game.rules,
        game.turns.len(),
        result_text(game.outcome),
        game.stop,
        game.seed,
        game.nets.join(",")
    );
    if !game.stones.is_empty() {
        let _ = write!(text, " {} stones", game.stones.len());
    }
    if let Some(fork) = game.fork {
        let _ = write!(text, " fork of {:016x} at {}", fork.seed, fork.turns);
    }
    text
}

fn whole_game(game: &GameRecord) -> String {
    let mut text = summary(game);
    let [black, white] = &game.actors;
    let _ = write!(text, "\nBlack {black}, White {white}");
    let may = if game.resignation.allowed {
        "may"
    } else {
        "may not"
    };
    let _ = writeln!(
        text,
        "; players {may} resign below {:.2}",
        game.resignation.threshold
    );
    for (i, turn) in game.turns.iter().enumerate() {
        let name = words::word(turn.mv, game.size);
        let comment = game.comment(turn).replace('\n', "\n        ");
        let _ = writeln!(text, "{i:4} {} {name:4} {comment}", turn.color);
    }
    if let Some(owners) = &game.owners {
        let signs: Vec<f32> = owners.iter().map(|&owner| f32::from(owner)).collect();
        let _ = writeln!(text, "owners, White's:\n{}", grid(game.size, &signs));
    }
    text
}

/// How the networks of the run that a shard lies in read positions; as usual where it lies in none, has no network yet, or
/// one that cannot be read, which is told.
fn options_of(shard: &Path) -> v7::Options {
    let found = options_of_run(shard).unwrap_or_else(|error| {
        log::warn!("{error:#}; shows positions as most networks read them");
        None
    });
    found.unwrap_or_default()
}

fn options_of_run(shard: &Path) -> Result<Option<v7::Options>> {
    // Or the folder of a file that is named from within it would have none around it.
    let shard = std::path::absolute(shard)?;
    let run = shard.parent().and_then(Path::parent).map(RunFolder::at);
    let newest = run.map(|run| run.newest_net()).transpose()?.flatten();
    let network = newest.map(|path| formats::load(&path)).transpose()?;
    Ok(network.map(|network| as_in_play(&network.spec)))
}

/// A position, and the row that training makes of it.
fn position(game: &GameRecord, turn: usize, options: &v7::Options) -> Result<String> {
    let row = Row::new(game, turn, options)?;
    let before = game.game_at(turn)?;
    let size = game.size;
    let mut text = showboard(&before);
    let (color, weight) = game
        .turns
        .get(turn)
        .map_or((Color::Black, 0.0), |turn| (turn.color, turn.weight));
    let _ = writeln!(
        text,
        "\nweight {weight}: {}",
        match weight > 0.0 {
            true =>
                "how often training sees it when it goes through all games, in any symmetry, now and then with less history",
            false => "training does not use it",
        }
    );
    let _ = writeln!(
        text,
        "all that follows is as {color} sees it; planes that are empty are left out"
    );
    for plane in 0..InputVersion::V7.planes() {
        let bit = |word: &u32| (word >> plane & 1) as f32;
        let values: Vec<f32> = row.input.planes.iter().map(bit).collect();
        if values.iter().any(|&value| value != 0.0) {
            let name = InputVersion::V7.plane_name(plane);
            let _ = writeln!(text, "plane {plane}, {name}\n{}", grid(size, &values));
        }
    }
    let _ = writeln!(text, "globals {:?}", row.input.globals);
    text.push_str(&targets(&row, size));
    Ok(text)
}

/// What a network should say.
fn targets(row: &Row, size: Size) -> String {
    let mut text = String::new();
    let soft = |policy: &Option<Vec<f32>>| policy.as_deref().map(soften);
    for (name, policy) in [
        ("policy", &row.policy),
        ("opponent's policy", &row.opponent),
        ("soft policy", &soft(&row.policy)),
        ("opponent's soft policy", &soft(&row.opponent)),
    ] {
        let Some(policy) = policy else {
            let _ = writeln!(text, "{name}: none");
            continue;
        };
        let pass = policy.last().copied().unwrap_or(0.0);
        let _ = writeln!(text, "{name}, pass {pass}\n{}", grid(size, policy));
    }
    let _ = writeln!(text, "value {:?}", row.value);
    let _ = writeln!(text, "value over each horizon {:?}", row.td_value);
    let _ = writeln!(text, "score over each horizon {:?}", row.td_score);
    let _ = writeln!(text, "score {:?}, lead {:?}", row.score, row.lead);
    match row.score.map(score_density) {
        Some(bins) => {
            let bins = bins
                .iter()
                .map(|(middle, share)| format!("{share} at {middle}"));
            let bins: Vec<String> = bins.collect();
            let _ = writeln!(text, "distribution of the score: {}", bins.join(", "));
        }
        None => text.push_str("distribution of the score: none\n"),
    }
    let _ = writeln!(text, "variance time {}", row.variance_time);
    match &row.ownership {
        Some(owners) => {
            let _ = writeln!(text, "ownership\n{}", grid(size, owners));
        }
        None => text.push_str("ownership: none\n"),
    }
    text
}

/// The values of a board, so that they are read back as they are; 0 as a dot.
fn grid(size: Size, values: &[f32]) -> String {
    let number = |&value: &f32| match value {
        0.0 => ".".into(),
        _ => value.to_string(),
    };
    let numbers: Vec<String> = values.iter().take(size.area()).map(number).collect();
    let width = 1 + numbers.iter().map(String::len).max().unwrap_or(0).max(2);
    let rows = numbers.chunks(size.width());
    let rows: Vec<String> = rows
        .map(|row| {
            row.iter()
                .map(|number| format!("{number:>width$}"))
                .collect()
        })
        .collect();
    rows.join("\n")
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng as _;

    use super::*;
    use crate::net::sample::{BlockRecipe, KataRecipe, kata};
    use crate::net::spec::Body;
    use crate::record::tests::random_record;

    /// The words behind each line that begins so, to the next line that begins with a letter.
    fn numbers(text: &str, beginning: &str) -> Vec<f32> {
        let (_, rest) = text.split_once(beginning).expect("it is there");
        let rows = rest.lines().skip(1);
        let rows = rows.take_while(|line| !line.starts_with(|c: char| c.is_ascii_alphabetic()));
        let words = rows.flat_map(str::split_whitespace);
        words
            .map(|word| match word {
                "." => 0.0,
                number => number.parse().expect("a number"),
            })
            .collect()
    }

    #[test]
    fn a_position_shows_what_a_row_holds_to_the_last_bit() {
        let size = Size::square(5).expect("a size");
        let mut game = random_record(size, 4);
        let turn = game
            .turns
            .iter()
            .position(|turn| turn.policy_target(size).is_some());
        let turn = turn.expect("a full search");
        game.turns[turn].weight = 1.5;
        let options = v7::Options::default();
        let row = Row::new(&game, turn, &options).expect("a row");
        let text = position(&game, turn, &options).expect("a position");
        let policy = row.policy.expect("looked for above");
        assert_eq!(numbers(&text, "\npolicy, "), policy[..size.area()]);
        assert_eq!(
            numbers(&text, "\nsoft policy, "),
            soften(&policy)[..size.area()]
        );
        assert!(text.contains("\nweight 1.5: "), "{text}");
        let time = format!("\nvariance time {}\n", row.variance_time);
        assert!(text.contains(&time), "{text}");
    }

    #[test]
    fn positions_of_a_run_are_shown_as_its_networks_read_them() {
        let run = tempfile::tempdir().expect("a folder");
        let folder = RunFolder::open(run.path()).expect("a run");
        let shard = folder.shards().join("a.games");
        let with_suicide = |shard: &Path| options_of(shard).pass_alive_with_suicide;
        assert!(!with_suicide(&shard));
        let recipe = KataRecipe::new("net", 15, 4, vec![BlockRecipe::Ordinary]);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut network = kata(&recipe, &mut rng).expect("a network");
        if let Body::Kata(body) = &mut network.spec.body {
            body.pass_alive_with_suicide = true;
        }
        formats::save(&network, &folder.net(1)).expect("there is room");
        assert!(with_suicide(&shard));
        std::fs::write(folder.net(2), "no network").expect("there is room");
        assert!(!with_suicide(&shard), "as usual, whatever lies there");
    }
}
