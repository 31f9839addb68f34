//! A game record gone through move by move: what the search thinks of every position, and what each move cost.
//!
//! [`review`] searches the positions of a record's main line; [`record`](mod@record) writes what it finds back into the
//! record, [`table`] lists the mistakes, [`graph`] draws win rate and score. Nothing here reads or writes files.
//! Start reading at [`review`].

pub mod graph;
pub mod record;
pub mod table;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::eval::{Description, EvalError, Evaluator};
use crate::go::{Color, Game, Move, PointSet, Rules, Size};
use crate::search::{Limits, MemoryPool, Report, Search, SearchParams, StopSignal};
use crate::sgf::{GameInfo, NodeId, Positions, Record, SgfError, Step};
use crate::threads::{lock, panic_text};

/// How a record is gone through.
#[derive(Clone, Debug)]
pub struct ReviewOptions {
    /// Rules of records that name none.
    pub rules: Rules,
    /// Constants of the search. All trees together stay within the memory that they allow one.
    pub search: SearchParams,
    /// What each position is given.
    pub limits: Limits,
    /// Where everything random comes from.
    pub seed: u64,
    /// Positions searched at once.
    pub threads: usize,
}

/// A game that was gone through.
#[derive(Clone, Debug)]
pub struct Review {
    /// Who played.
    pub info: GameInfo,
    /// Its board.
    pub size: Size,
    /// Its rules, komi included.
    pub rules: Rules,
    /// Who judged it.
    pub network: String,
    /// Whether the network predicts scores; without them moves are judged by win rate alone.
    pub scored: bool,
    /// The positions, from the start on.
    pub positions: Vec<Position>,
}

/// A position of the main line.
#[derive(Clone, Debug)]
pub struct Position {
    /// Its node in the record.
    pub node: NodeId,
    /// The move that led to it.
    pub played: Option<(Color, Move)>,
    /// How many moves of the record have been made.
    pub number: usize,
    /// What the search found; nothing where it was stopped or failed.
    pub judged: Option<JudgedPosition>,
    /// By [`Color::index`].
    stones: [PointSet; 2],
}

/// What the search found in a position.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedPosition {
    /// Who moves.
    pub to_move: Color,
    /// Visits of the position.
    pub visits: u64,
    /// Black's chance to win, 0 to 1.
    pub black_wins: f64,
    /// Points by which Black leads; 0 without prediction.
    pub black_leads: f64,
    /// Whether there is a prediction.
    pub scored: bool,
    /// The best moves, the best first.
    pub moves: Vec<Candidate>,
    /// Who comes to own each point (`[area]`, 1 = Black), if predicted.
    pub ownership: Option<Box<[f32]>>,
}

/// A move that could be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its visits.
    pub visits: u64,
    /// Chance to win for the player to move, 0 to 1.
    pub wins: f64,
    /// Points by which that player leads.
    pub leads: f64,
    /// The move and the best continuation.
    pub variation: Vec<Move>,
}

/// What a move cost the player who made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// Which position it led to.
    pub position: usize,
    /// Who made it.
    pub color: Color,
    /// The move.
    pub mv: Move,
    /// Points that it lost; negative where the search liked it better than what it had thought of.
    pub points: f64,
    /// Chance of winning that it lost, 0 to 1.
    pub wins: f64,
    /// Whether it was the move that the search would have made.
    pub best: bool,
    /// What the search would have done instead.
    pub instead: Vec<Move>,
}

impl Position {
    fn of(step: &Step<'_>) -> Position {
        Position {
            node: step.node,
            played: step.played,
            number: step.number,
            judged: None,
            stones: stones_of(step.game),
        }
    }

    /// How many stones are on the board.
    pub fn stones(&self) -> usize {
        self.stones.iter().map(PointSet::len).sum()
    }
}

impl Review {
    /// What each move cost, where the positions before and after it are known.
    pub fn costs(&self) -> Vec<Cost> {
        let steps = self.positions.windows(2).enumerate();
        steps
            .filter_map(|(before, pair)| {
                let (color, mv) = pair[1].played?;
                let (was, is) = (pair[0].judged.as_ref()?, pair[1].judged.as_ref()?);
                let sign = -f64::from(color.white_sign());
                let instead = was.moves.first().map(|best| best.variation.clone());
                let instead = instead.unwrap_or_default();
                Some(Cost {
                    position: before + 1,
                    color,
                    mv,
                    points: sign * (was.black_leads - is.black_leads),
                    wins: sign * (was.black_wins - is.black_wins),
                    // A player who moves out of turn had no choice to compare with.
                    best: was.to_move == color && instead.first() == Some(&mv),
                    instead: if was.to_move == color {
                        instead
                    } else {
                        Vec::new()
                    },
                })
            })
            .collect()
    }

    /// Costs of at least this much, the dearest first: in points, or in percent of winning without scores.
    pub fn mistakes(&self, least: f64) -> Vec<Cost> {
        let mut costs = self.costs();
        costs.retain(|cost| self.loss(cost) >= least && !cost.best);
        costs.sort_by(|a, b| self.loss(b).total_cmp(&self.loss(a)));
        costs
    }

    /// What a move cost: points, or percent of winning where the network predicts no scores.
    pub fn loss(&self, cost: &Cost) -> f64 {
        if self.scored {
            cost.points
        } else {
            100.0 * cost.wins
        }
    }

    /// Black and White, by name where they have one.
    fn players(&self) -> [String; 2] {
        Color::BOTH.map(|color| {
            let name = self.info.players[color.index()].as_ref();
            name.map_or_else(|| color.to_string(), |name| format!("{name} ({color})"))
        })
    }

    /// How many positions were judged.
    pub fn judged(&self) -> usize {
        let judged = self.positions.iter();
        judged.filter(|position| position.judged.is_some()).count()
    }
}

/// Searches every position of a record's main line. `done` hears, from any thread, how many positions of how many have
/// been searched; `stop` ends it, and what was found by then is kept. A position that fails is left out, with a warning; one
/// whose search panics, and those that its thread has left, with an error in the log.
///
/// # Errors
/// When the record holds no game that can be replayed, or the evaluator does not take its board, or fails wherever it is
/// asked.
pub fn review(
    record: &Record,
    evaluator: &Arc<dyn Evaluator>,
    options: &ReviewOptions,
    stop: &StopSignal,
    done: &(dyn Fn(usize, usize) + Sync),
) -> Result<Review, ReviewError> {
    let beginning = record.positions(&options.rules)?;
    let mut positions = Vec::new();
    let mut replay = beginning.clone();
    while let Some(step) = replay.advance()? {
        positions.push(Position::of(&step));
    }
    let description: Description = evaluator.description().clone();
    // The same for all of them.
    let (size, rules) = (replay.game().size(), *replay.game().rules());
    if let Some(warning) = description.fits(size)? {
        log::warn!("{warning}");
    }
    let count = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let params = SearchParams {
        ownership: true,
        // Players choose any corner: each is judged as the move it was, and its tree serves the next position.
        root_symmetry_pruning: false,
        ..options.search.clone()
    };
    // Each thread takes a stretch of the game, so that the tree of one position serves the next.
    let total = positions.len();
    let stretch = total.div_ceil(options.threads.max(1)).max(1);
    let pool = Arc::new(MemoryPool::new(params.memory_limit, options.threads));
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for (begin, positions) in (0..).step_by(stretch).zip(positions.chunks_mut(stretch)) {
            let (params, count, pool, failure) = (params.clone(), &count, &pool, &failure);
            let mut replay = beginning.clone();
            threads.push(scope.spawn(move || {
                let mut search = Search::new(Arc::clone(evaluator), params, options.seed);
                search.share_memory(pool);
                for _ in 0..begin {
                    let _ = replay.advance();
                }
                let count = || done(count.fetch_add(1, Ordering::SeqCst) + 1, total);
                let limits = &options.limits;
                let failed = judge_stretch(&mut search, replay, positions, limits, stop, count);
                if let Some(error) = failed {
                    lock(failure).get_or_insert(error);
                }
            }));
        }
        for panic in threads.into_iter().filter_map(|thread| thread.join().err()) {
            let text = panic_text(&*panic).unwrap_or("it left no message");
            log::error!("positions are left out, by a defect of this program: {text}");
        }
    });
    let review = Review {
        info: record.info(),
        size,
        rules,
        network: description.name,
        scored: description.score,
        positions,
    };
    match lock(&failure).take() {
        Some(error) if review.judged() == 0 => Err(error.into()),
        _ => Ok(review),
    }
}

/// Why a record could not be gone through.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The record.
    #[error(transparent)]
    Record(#[from] SgfError),
    /// The evaluator.
    #[error(transparent)]
    Evaluator(#[from] EvalError),
}

/// The points of each player's stones, by [`Color::index`].
fn stones_of(game: &Game) -> [PointSet; 2] {
    Color::BOTH.map(|player| {
        let stones = game.board().stones();
        let own = stones.filter(|&(color, _)| color == player);
        own.map(|(_, point)| point).collect()
    })
}

/// Judges positions, which are the next ones of `replay`, until `stop` is raised; `done` hears of each. One that fails is
/// left out; the first failure is returned.
fn judge_stretch(
    search: &mut Search,
    mut replay: Positions<'_>,
    positions: &mut [Position],
    limits: &Limits,
    stop: &StopSignal,
    done: impl Fn(),
) -> Option<EvalError> {
    let mut failure = None;
    for position in positions {
        // There was no error the first time.
        let Ok(Some(step)) = replay.advance() else {
            break;
        };
        if stop.is_stopped() {
            break;
        }
        match judge(search, step.game, limits, stop) {
            Ok(judged) => position.judged = judged,
            Err(error) => {
                log::warn!("move {}: left out: {error}", position.number);
                failure.get_or_insert(error);
            }
        }
        done();
    }
    failure
}

fn judge(
    search: &mut Search,
    game: &Game,
    limits: &Limits,
    stop: &StopSignal,
) -> Result<Option<JudgedPosition>, EvalError> {
    search.set_root(&game.continued(game.to_move()));
    search.run(limits, stop)?;
    let report = search.report();
    Ok((report.visits > 0).then(|| judged(&report)))
}

/// What a report says, in numbers that do not depend on who moves.
pub(super) fn judged(report: &Report) -> JudgedPosition {
    let player = report.to_move;
    let black = report.pruned.chances.view_of(Color::Black);
    let lead = report.pruned.lead(Color::Black);
    let visited = report.moves.iter().filter(|info| info.visits > 0);
    JudgedPosition {
        to_move: player,
        visits: report.visits,
        black_wins: black.winrate(),
        black_leads: lead.map_or(0.0, f64::from),
        scored: lead.is_some(),
        moves: visited
            .map(|info| Candidate {
                visits: info.visits,
                wins: info.value.chances.view_of(player).winrate(),
                leads: info.value.lead(player).map_or(0.0, f64::from),
                variation: info.pv.clone(),
            })
            .collect(),
        ownership: report
            .ownership
            .as_ref()
            .map(|owners| owners.mean.0.iter().map(|owner| -owner).collect()),
    }
}
