//! The options of a match.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::values::{real, some_seconds, whole};

/// Options of a match.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Matches")]
pub struct MatchArgs {
    /// Play a match between --a and --b
    #[arg(long = "match")]
    pub play_match: bool,

    /// One side: options of a player without dashes, such as "weights=g170e visits=200 cpuct=1.2", on top of those given
    /// for both; or another program, such as "gtp=gnugo --mode gtp --level 10", with send='COMMAND' for what it is told
    /// first and patience=SECONDS before gtp=. With name=NAME reports and game records call the side so
    #[arg(long, value_name = "PLAYER", default_value = "")]
    pub a: String,

    /// The other side
    #[arg(long, value_name = "PLAYER")]
    pub b: Option<String>,

    /// Games to play; both games of a pair share an opening, with colours swapped
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = whole::<u32>(1..=u64::MAX, 100))]
    pub games: u32,

    /// Games at once [default: 8 between networks, one for each core against programs, 1 with a clock]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=1024, 8))]
    pub parallel: Option<u32>,

    /// Handicap stones on the customary points; game records of --openings bring their own
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole::<usize>(0..=u64::MAX, 4))]
    pub handicap: usize,

    /// Clock of each player, in seconds, as kata-time_settings has it: "absolute 300", "byoyomi 60 10 3",
    /// "canadian 60 30 5" or "fischer 60 2"; our own players keep 0.1 seconds of each move back unless 'lag'
    /// says otherwise
    #[arg(long, value_name = "SETTINGS", default_value = "none")]
    pub clock: String,

    /// Where games begin: none, policy or policy:MOVES (moves drawn from the policy of a network), or game records: a
    /// file or a folder
    #[arg(long, value_name = "none|policy[:MOVES]|PATH", default_value = "none")]
    pub openings: String,

    /// Moves of a game record that make the opening [default: 20]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(0..=u64::MAX, 20))]
    pub opening_moves: Option<usize>,

    /// Moves after which a game is counted as it stands [default: 3 for each point of the board,
    /// after the opening]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(0..=u64::MAX, 200))]
    pub max_moves: Option<usize>,

    /// Decide a game when all players that say what they think give the same side at least this chance, in percent, for
    /// some turns in a row
    #[arg(long, value_name = "PERCENT[:TURNS]")]
    pub adjudicate: Option<String>,

    /// End the match when a sequential test decides between these two Elo differences of A over B
    #[arg(long, num_args = 2, value_names = ["ELO0", "ELO1"], allow_negative_numbers = true, value_parser = real("an Elo difference, such as 20"))]
    pub sprt: Option<Vec<f64>>,

    /// Probability with which the sequential test may wrongly decide for ELO1
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = real("a probability, such as 0.05"), requires = "sprt")]
    pub alpha: f64,

    /// Probability with which the sequential test may wrongly decide for ELO0
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = real("a probability, such as 0.05"), requires = "sprt")]
    pub beta: f64,

    /// Longest wait for an answer of a program, in seconds, unless its clock allows less [default: 300]
    #[arg(long, value_name = "SECONDS", value_parser = some_seconds)]
    pub patience: Option<Duration>,

    /// Folder for a game record of every game, numbered on from those that are there
    #[arg(long, value_name = "FOLDER")]
    pub sgf_dir: Option<PathBuf>,
}
