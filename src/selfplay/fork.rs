//! Games that leave a finished one: the same moves up to a point, then another move that the network likes.
//!
//! After KataGo's documentation of its training methods: forks show positions that the players avoid, and what to do
//! there.

use rand::Rng;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use super::draw::{chance, exponential};
use super::{Finished, ForkParams};
use crate::go::{Game, Move, Point, Size};
use crate::record::{Fork, GameRecord, LeadSource, Turn, TurnKind};

/// The game that a fork leaves, and where.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The game; its moves end where the fork begins.
    record: GameRecord,
    /// Moves that the best is chosen of.
    choices: usize,
}

impl Origin {
    /// Whether a fork grows from this game, and where.
    pub(super) fn draw(
        finished: &Finished,
        params: &ForkParams,
        rng: &mut impl Rng,
    ) -> Option<Origin> {
        let record = &finished.record;
        let area = record.size.area() as f64;
        let early = chance(params.early, rng);
        let late = chance(params.late, rng);
        let turns = record.turns.len();
        let (at, most) = if early {
            let at = exponential(params.early_moves_per_area * area, rng);
            (at, params.early_choices)
        } else if late && turns > 0 {
            (rng.random_range(0..turns), params.late_choices)
        } else {
            return None;
        };
        let least = params.least_choices.max(1);
        let choices = rng.random_range(least..=most.max(least));
        if at >= turns {
            return None;
        }
        let mut record = record.clone();
        record.turns.truncate(at);
        Some(Origin { record, choices })
    }

    pub(super) fn size(&self) -> Size {
        self.record.size
    }

    pub(super) fn nets(&self) -> &[String] {
        &self.record.nets
    }

    pub(super) fn fork(&self) -> Fork {
        let turns = self.record.turns.len() as u32;
        match self.record.fork {
            // What was played since that one left the first game is none of its moves.
            Some(first) => Fork {
                turns: first.turns.min(turns),
                ..first
            },
            None => Fork {
                seed: self.record.seed,
                turns,
            },
        }
    }

    /// The position where the fork begins, and the moves that lead there, which are no rows of their own.
    pub(super) fn game(&self) -> Option<(Game, Vec<Turn>)> {
        let game = self.record.game_at(self.record.turns.len()).ok()?;
        let given = self.record.turns.iter().map(|turn| Turn {
            kind: TurnKind::Given,
            weight: 0.0,
            surprise: 0.0,
            candidates: Vec::new(),
            lead_from: LeadSource::Nothing,
            ..turn.clone()
        });
        Some((game, given.collect()))
    }

    /// Draws moves that the fork could begin with, and where they lead.
    pub(super) fn choices(&self, game: &Game, rng: &mut impl Rng) -> Vec<(Move, Game)> {
        let to_move = game.to_move();
        let mut points: Vec<Point> = game.legal_points(to_move).iter().collect();
        points.shuffle(rng);
        points.truncate(self.choices);
        let choices = points.into_iter().filter_map(|point| {
            let (mv, mut next) = (Move::Play(point), game.clone());
            next.play(to_move, mv).ok()?;
            next.outcome().is_none().then_some((mv, next))
        });
        choices.collect()
    }
}
