//! What has happened in a run, as one small file that is replaced whole after each generation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize};

use super::Failure;
use crate::arena::ratings::{Pairing, ratings};
use crate::arena::stats::{Estimate, Tally};
use crate::files::{at, write_whole};

/// The layout that this program writes, and the only one it reads.
const FORMAT: u32 = 1;

/// The books of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Books {
    /// Version of the format.
    pub format: u32,
    /// The generation whose network plays: number of a file in `nets`.
    pub best: u64,
    /// Generations that have been judged, the first being number 1; 0 is the random start.
    pub generations: Vec<Generation>,
    /// Weighted rows that are accounted for: of those that had been played when the last generation had learned, all but what
    /// is left for the next ones. Those that there was no time for are among them.
    pub rows_seen: f64,
    /// Weighted rows that had been played then.
    #[serde(default)]
    pub rows_played: f64,
    /// Seconds of work in all.
    pub seconds: f64,
}

/// What came of a generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// Steps of learning made until then.
    pub steps: u64,
    /// Games there were.
    pub games: u64,
    /// Mean losses over the generation's steps, by name, unweighted; `total` is their weighted sum.
    pub losses: BTreeMap<String, f64>,
    /// The same of games that are not learned from, after the last step.
    pub validation: BTreeMap<String, f64>,
    /// How it was judged.
    pub judgement: GateResult,
}

/// How a candidate was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateResult {
    /// Whether it plays from now on.
    pub accepted: bool,
    /// Whom it played: a generation.
    pub opponent: u64,
    /// Games won, drawn and lost against it.
    pub results: [u64; 3],
    /// Elo difference with its interval of 95%, if games were played. Infinite where one side won all.
    #[serde(deserialize_with = "read_elo")]
    pub elo: Option<[f64; 3]>,
}

/// JSON has no infinity: it is written as null.
fn read_elo<'de, D: Deserializer<'de>>(input: D) -> Result<Option<[f64; 3]>, D::Error> {
    let elo: Option<[Option<f64>; 3]> = Option::deserialize(input)?;
    Ok(elo.map(|[value, low, high]| {
        let lost_all = low.is_none() && high.is_some();
        let infinite = if lost_all {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
        [
            value.unwrap_or(infinite),
            low.unwrap_or(f64::NEG_INFINITY),
            high.unwrap_or(f64::INFINITY),
        ]
    }))
}

impl GateResult {
    /// Accepted without a game.
    pub fn unseen(opponent: u64) -> GateResult {
        GateResult {
            accepted: true,
            opponent,
            results: [0; 3],
            elo: None,
        }
    }
}

impl Default for Books {
    fn default() -> Books {
        Books {
            format: FORMAT,
            best: 0,
            generations: Vec::new(),
            rows_seen: 0.0,
            rows_played: 0.0,
            seconds: 0.0,
        }
    }
}

impl Books {
    /// The books at `path`, empty ones if there are none.
    ///
    /// # Errors
    /// If they are damaged or from another version.
    pub fn read(path: &Path) -> Result<Books, Failure> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Books::default()),
            Err(error) => return Err(at(path)(error).into()),
        };
        let wrong = |why: String| Failure::Books {
            path: path.into(),
            why,
        };
        let value: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("the books of the run are damaged: {error}")))?;
        let format = value.get("format").and_then(serde_json::Value::as_u64);
        if format != Some(u64::from(FORMAT)) {
            return Err(wrong(format!(
                "a run of another version ({}); this program resumes version {FORMAT}: use the program that started it",
                format.map_or("unknown".into(), |format| format.to_string())
            )));
        }
        serde_json::from_value(value)
            .map_err(|error| wrong(format!("the books of the run are damaged: {error}")))
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// If it cannot be written; the old one stays then.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::Books {
            path: path.into(),
            why: error.to_string(),
        })?;
        Ok(write_whole(path, format!("{text}\n").as_bytes()).map_err(at(path))?)
    }

    /// Elo of the generations that matches connect with the newest one that played one, by one fit to all of these
    /// matches: relative to the oldest of them, which comes first, with the interval of 95% of that difference. None
    /// before the first match.
    pub fn ratings(&self) -> Vec<(u64, Estimate)> {
        let judged = |generation: &&Generation| generation.judgement.results != [0; 3];
        let judged: Vec<&Generation> = self.generations.iter().filter(judged).collect();
        let players = connected(&judged);
        let place = |number: u64| players.binary_search(&number).ok();
        let pairing = |generation: &&Generation| {
            let [wins, draws, losses] = generation.judgement.results;
            Some(Pairing {
                players: [
                    place(generation.number)?,
                    place(generation.judgement.opponent)?,
                ],
                tally: Tally {
                    wins,
                    draws,
                    losses,
                },
            })
        };
        let pairings: Vec<Pairing> = judged.iter().filter_map(pairing).collect();
        let found = ratings(players.len(), &pairings);
        players.into_iter().zip(found).collect()
    }

    /// The newest accepted generation up to this one; the start is accepted.
    pub fn accepted_by(&self, generation: u64) -> u64 {
        let mut newest = self.generations.iter().rev();
        let found = newest.find(|other| other.number <= generation && other.judgement.accepted);
        found.map_or(0, |found| found.number)
    }

    /// The generation in progress.
    pub fn current(&self) -> u64 {
        self.generations.len() as u64 + 1
    }
}

/// The generations that met the last of `judged`, those that these met, and so on, by number.
fn connected(judged: &[&Generation]) -> Vec<u64> {
    let last = judged.last().map(|generation| generation.number);
    let mut found = BTreeSet::from_iter(last);
    loop {
        let before = found.len();
        for generation in judged.iter().rev() {
            let pair = [generation.number, generation.judgement.opponent];
            if pair.iter().any(|number| found.contains(number)) {
                found.extend(pair);
            }
        }
        if found.len() == before {
            return found.into_iter().collect();
        }
    }
}

/// The generation that ratings are counted from, in words.
pub fn anchor(number: u64) -> String {
    match number {
        0 => "the start".into(),
        number => format!("generation {number}"),
    }
}
