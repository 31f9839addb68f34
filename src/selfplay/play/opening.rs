//! What comes before the first search: handicap stones, a fair komi, moves drawn from the policy, the first of a fork.

use std::sync::Arc;

use super::{KOMI_ROUNDS, Play, Stage};
use crate::eval::{Evaluation, White};
use crate::go::{Color, Game, Move};
use crate::record::{LeadSource, RootValue, Turn, TurnKind};
use crate::selfplay::draw::{round_komi, sample_policy};

impl Play<'_> {
    /// Takes the evaluation of the present position.
    pub(super) fn take_raw(&mut self, evaluation: &Evaluation) {
        match &mut self.stage {
            Stage::Handicap(left) => {
                *left -= 1;
                self.place_handicap_stone(evaluation);
            }
            Stage::Komi { rounds, .. } => {
                *rounds -= 1;
                let to_move = self.game.to_move();
                match evaluation.score {
                    Some(score) => {
                        let ahead = f64::from(score.to_white(to_move).0.lead);
                        let komi = f64::from(self.game.rules().komi.to_f32());
                        self.set_komi(komi - ahead);
                    }
                    // It stays as it was, with the noise that it has.
                    None if !self.turns.is_empty() => self.stage = Stage::Search,
                    None => {}
                }
            }
            Stage::Opening(left) => {
                *left -= 1;
                let temperature = self.params.opening.temperature;
                let (size, policy) = (self.game.size(), &evaluation.policy);
                match sample_policy(size, policy, temperature, &mut self.rng) {
                    Some(mv) => self.play_sampled(mv, evaluation),
                    None => *left = 0,
                }
            }
            Stage::Fork(_) | Stage::Search | Stage::Lead { .. } => {}
        }
    }

    /// Adds a stone where Black would play, as if White passed meanwhile.
    fn place_handicap_stone(&mut self, evaluation: &Evaluation) {
        let (size, rules) = (self.game.size(), *self.game.rules());
        let policy = &evaluation.policy;
        let Some(Move::Play(point)) = sample_policy(size, policy, 1.0, &mut self.rng) else {
            return;
        };
        let last = matches!(self.stage, Stage::Handicap(0));
        let to_move = if last { Color::White } else { Color::Black };
        let (before, _) = self.game.start();
        let stones: Vec<_> = before.stones().chain([(Color::Black, point)]).collect();
        match Game::from_stones(size, rules, &stones, to_move) {
            Ok(game) => self.game = game,
            Err(_) => self.game.set_to_move(to_move),
        }
    }

    /// Makes a move that was drawn from the policy.
    fn play_sampled(&mut self, mv: Move, evaluation: &Evaluation) {
        let to_move = self.game.to_move();
        let index = self.game.size().policy_index(mv);
        let prior = evaluation.policy.get(index).copied().unwrap_or(0.0);
        let rank = evaluation.policy.iter().filter(|&&p| p > prior).count();
        let score = evaluation.score.unwrap_or_default().to_white(to_move).0;
        let root = RootValue {
            chances: evaluation.chances.to_white(to_move).0,
            score: score.mean,
            lead: score.lead,
        };
        self.push_sampled(mv, rank.min(255) as u8, root);
    }

    /// Makes a move that no search has chosen.
    fn push_sampled(&mut self, mv: Move, rank: u8, root: RootValue) {
        let (color, net) = (self.game.to_move(), self.net());
        let turn = Turn {
            color,
            mv,
            kind: TurnKind::Sampled,
            net,
            rank,
            weight: 0.0,
            surprise: 0.0,
            root: White(root),
            lead_from: LeadSource::Nothing,
            candidates: Vec::new(),
        };
        self.push_turn(turn, root.chances.value());
    }

    /// Takes the evaluations of the positions that a fork could begin with, and begins with the best.
    pub(super) fn take_probe(&mut self, evaluations: &[Arc<Evaluation>]) {
        let Stage::Fork(choices) = std::mem::replace(&mut self.stage, Stage::Search) else {
            return;
        };
        // The evaluations are the opponent's: the worst of them is the best move. Where the game is decided all chances are
        // alike, and only the score tells moves apart (as in KataGo).
        let value = |e: &Arc<Evaluation>| e.score.map_or(e.chances.0.value(), |score| score.0.mean);
        let best = evaluations
            .iter()
            .zip(&choices)
            .min_by(|a, b| value(a.0).total_cmp(&value(b.0)));
        let Some((evaluation, (mv, _))) = best else {
            return;
        };
        let root = RootValue {
            chances: evaluation
                .chances
                .to_white(self.game.to_move().opponent())
                .0,
            ..RootValue::default()
        };
        self.push_sampled(*mv, 255, root);
        if self.deal.fair_after_opening {
            self.stage = self.komi_again();
        }
    }

    pub(super) fn komi_again(&self) -> Stage {
        Stage::Komi {
            rounds: KOMI_ROUNDS,
            noise: self.deal.komi_noise,
        }
    }

    pub(super) fn set_komi(&mut self, points: f64) {
        let komi = round_komi(points, self.game.size());
        self.game.set_komi(komi);
    }
}
