//! ELF OpenGo's self-play records: JSON with moves as SGF and visits of a bordered board in a byte each.
//!
//! Twenty million such games are public. Visits are scaled so that the most visited move has 255, which is all that can be
//! had of them; values are of Black's view. Rules and board are ELF's own: 19x19, komi 7.5, a repetition loses.

use serde::Deserialize;

use super::{
    Candidate, GameRecord, LeadSource, Resignation, RootValue, Stop, TARGET_WHOLE, Turn, TurnKind,
};
use crate::eval::{Chances, White};
use crate::go::{Color, Game, HalfPoints, Move, Outcome, Point, Rules, Size};
use crate::sgf;

/// Side of ELF's board.
const SIDE: usize = 19;
/// Side of the board with its border, one point on each side.
const BORDERED: usize = SIDE + 2;

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ElfError(String);

#[derive(Deserialize)]
struct ElfRecord {
    request: Request,
    result: GameResult,
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    thread_id: u64,
}

#[derive(Deserialize)]
struct Request {
    vers: Versions,
    #[serde(default)]
    client_ctrl: Control,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    black_ver: i64,
    #[serde(default)]
    white_ver: i64,
}

#[derive(Default, Deserialize)]
struct Control {
    #[serde(default)]
    black_resign_thres: f32,
}

#[derive(Deserialize)]
struct GameResult {
    reward: f64,
    content: String,
    #[serde(default)]
    black_never_resign: bool,
    #[serde(default)]
    white_never_resign: bool,
    #[serde(default)]
    using_models: Vec<i64>,
    #[serde(default)]
    policies: Vec<Policy>,
    #[serde(default)]
    values: Vec<f32>,
}

/// Bytes, either as a list or within an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum Policy {
    Plain(Vec<u8>),
    Wrapped { prob: Vec<u8> },
}

impl Policy {
    fn bytes(&self) -> &[u8] {
        match self {
            Policy::Plain(bytes) | Policy::Wrapped { prob: bytes } => bytes,
        }
    }
}

/// The games of a JSON text: one record, or a list of them.
///
/// # Errors
/// If it is something else, or a game in it is impossible; the message says which.
pub fn parse_elf(text: &str) -> Result<Vec<GameRecord>, ElfError> {
    let records: Vec<ElfRecord> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text)
    } else {
        serde_json::from_str(text).map(|record| vec![record])
    }
    .map_err(|error| ElfError(format!("no record of ELF OpenGo: {error}")))?;
    let convert = |(i, record): (usize, &ElfRecord)| {
        convert(record).map_err(|why| ElfError(format!("game {i}: {why}")))
    };
    records.iter().enumerate().map(convert).collect()
}

fn convert(record: &ElfRecord) -> Result<GameRecord, String> {
    let size = Size::square(SIDE).map_err(|error| error.to_string())?;
    let rules = Rules::named("elf").map_err(|error| error.to_string())?;
    let result = &record.result;
    let mut game = Game::new(size, rules);
    let mut turns = Vec::new();
    for (color, mv) in moves(&result.content, size)? {
        let i = turns.len();
        let candidates = result
            .policies
            .get(i)
            .map_or_else(Vec::new, |p| candidates(p, size));
        let value = result
            .values
            .get(i)
            .copied()
            .filter(|value| value.is_finite());
        turns.push(turn(color, mv, value, candidates));
        game.play(color, mv)
            .map_err(|why| format!("move {}: {why}", i + 1))?;
    }
    let versions = &record.request.vers;
    let nets = match result.using_models.as_slice() {
        [] => vec![format!("elf-{}", versions.black_ver)],
        models => models
            .iter()
            .take(255)
            .map(|model| format!("elf-{model}"))
            .collect(),
    };
    let (outcome, stop) = outcome(&game, result.reward);
    let player = |version: i64| match version {
        -1 => "self-play".to_string(),
        _ => format!("elf-{version}"),
    };
    Ok(GameRecord {
        size,
        rules,
        stones: Vec::new(),
        first: Color::Black,
        seed: record.thread_id << 32 | record.seq & 0xFFFF_FFFF,
        nets,
        actors: [player(versions.black_ver), player(versions.white_ver)],
        fork: None,
        turns,
        resignation: Resignation {
            allowed: !(result.black_never_resign && result.white_never_resign),
            // ELF counts from the lowest value, -1.
            threshold: record.request.client_ctrl.black_resign_thres - 1.0,
        },
        outcome,
        stop,
        owners: None,
    })
}

/// The moves of ELF's own SGF, which counts rows from the bottom and so is upside down.
fn moves(content: &str, size: Size) -> Result<Vec<(Color, Move)>, String> {
    let records = sgf::parse(content.as_bytes()).map_err(|error| error.to_string())?;
    let record = records.first().ok_or("it has no moves")?;
    let mut moves = Vec::new();
    for node in record.main_line() {
        for (color, mv) in record.moves(node, size)? {
            let turned = match mv {
                Move::Pass => Some(Move::Pass),
                Move::Play(point) => Point::new(point.x(), SIDE - 1 - point.y()).map(Move::Play),
            };
            moves.push((color, turned.ok_or("a move is off the board")?));
        }
    }
    Ok(moves)
}

fn turn(color: Color, mv: Move, value: Option<f32>, candidates: Vec<Candidate>) -> Turn {
    let black = value.unwrap_or(0.0).clamp(-1.0, 1.0);
    let full = !candidates.is_empty();
    let kind = match (full, value) {
        (true, _) => TurnKind::Full,
        (false, Some(_)) => TurnKind::Cheap,
        (false, None) => TurnKind::Given,
    };
    Turn {
        color,
        mv,
        kind,
        net: 0,
        rank: 255,
        weight: f32::from(full),
        surprise: 0.0,
        root: White(RootValue {
            chances: Chances {
                win: 0.5 - 0.5 * black,
                loss: 0.5 + 0.5 * black,
                no_result: 0.0,
            },
            ..RootValue::default()
        }),
        lead_from: LeadSource::Nothing,
        candidates,
    }
}

/// The bytes that are not 0: index 0 is a pass, the others are points of the bordered board, by rows from the lower
/// left.
fn candidates(policy: &Policy, size: Size) -> Vec<Candidate> {
    let bytes = policy.bytes();
    let sum: f64 = bytes.iter().map(|&byte| f64::from(byte)).sum();
    let index = |place: usize| {
        let (x, y) = (place % BORDERED, place / BORDERED);
        let inside = (1..=SIDE).contains(&x) && (1..=SIDE).contains(&y);
        match place {
            0 => Some(size.policy_index(Move::Pass)),
            // ELF counts rows from the bottom.
            _ if inside => Point::new(x - 1, SIDE - y).map(|point| size.index_of(point)),
            _ => None,
        }
    };
    let mut candidates: Vec<Candidate> = bytes
        .iter()
        .enumerate()
        .filter(|&(_, &byte)| byte > 0)
        .filter_map(|(place, &byte)| {
            Some(Candidate {
                index: index(place)? as u16,
                visits: u16::from(byte),
                target: (f64::from(byte) / sum * f64::from(TARGET_WHOLE)).round() as u16,
            })
        })
        .collect();
    candidates.sort_by_key(|candidate| candidate.index);
    candidates
}

/// ELF's reward is Black's: the score, or 1 either way where the game was not counted.
fn outcome(game: &Game, reward: f64) -> (Outcome, Stop) {
    match game.outcome() {
        Some(outcome) => (outcome, Stop::Rules),
        None if reward.abs() == 1.0 => {
            let winner = if reward > 0.0 {
                Color::Black
            } else {
                Color::White
            };
            (Outcome::Resignation(winner), Stop::Resignation)
        }
        None => {
            let score = HalfPoints::from_f64(-reward).unwrap_or_else(|| game.score());
            (Outcome::Score(score), Stop::Length)
        }
    }
}
