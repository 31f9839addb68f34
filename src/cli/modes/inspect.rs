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
use crate::record::{GameRecord, ShardInfo, parse_elf, read_shard};
use crate::sgf::result_text;
use crate::train::row::Row;
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
        Look::Position { game: number, turn } => position(game(*number)?, *turn),
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
    let [black, white] = &game.settings;
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
        let _ = writeln!(text, "owners, White's:\n{}", grid(game.size, &signs, 0));
    }
    text
}

fn position(game: &GameRecord, turn: usize) -> Result<String> {
    let row = Row::new(game, turn, &v7::Options::default())?;
    let before = game.game_at(turn)?;
    let size = game.size;
    let mut text = showboard(&before);
    let color = game.turns.get(turn).map_or(Color::Black, |turn| turn.color);
    let _ = writeln!(
        text,
        "\nall that follows is as {color} sees it; planes that are empty are left out"
    );
    for plane in 0..InputVersion::V7.planes() {
        let bit = |word: &u32| (word >> plane & 1) as f32;
        let values: Vec<f32> = row.input.planes.iter().map(bit).collect();
        if values.iter().any(|&value| value != 0.0) {
            let name = InputVersion::V7.plane_name(plane);
            let _ = writeln!(text, "plane {plane}, {name}\n{}", grid(size, &values, 0));
        }
    }
    let _ = writeln!(text, "globals {:?}", row.input.globals);
    for (name, policy) in [
        ("policy", &row.policy),
        ("opponent's policy", &row.opponent),
    ] {
        let Some(policy) = policy else {
            let _ = writeln!(text, "{name}: none");
            continue;
        };
        let pass = policy.last().copied().unwrap_or(0.0);
        let _ = writeln!(text, "{name}, pass {pass:.3}\n{}", grid(size, policy, 3));
    }
    let _ = writeln!(text, "value {:?}", row.value);
    let _ = writeln!(text, "value over each horizon {:?}", row.td_value);
    let _ = writeln!(text, "score over each horizon {:?}", row.td_score);
    let _ = writeln!(text, "score {:?}, lead {:?}", row.score, row.lead);
    let _ = writeln!(text, "variance time {:.1}", row.variance_time);
    match &row.ownership {
        Some(owners) => {
            let _ = writeln!(text, "ownership\n{}", grid(size, owners, 0));
        }
        None => text.push_str("ownership: none\n"),
    }
    Ok(text)
}

/// The values of a board, each with `decimals` decimals; 0 as a dot.
fn grid(size: Size, values: &[f32], decimals: usize) -> String {
    let width = if decimals == 0 { 3 } else { decimals + 3 };
    let rows = values.chunks(size.width()).take(size.height());
    let number = |&value: &f32| match value {
        0.0 => format!("{:>width$}", "."),
        _ => format!("{value:>width$.decimals$}"),
    };
    let rows: Vec<String> = rows.map(|row| row.iter().map(number).collect()).collect();
    rows.join("\n")
}
