//! Moves after a search, with the search for the lead that some of them wait for.

use rand::RngExt as _;

use super::{Pending, Play, Stage};
use crate::go::{Game, Scoring};
use crate::player::resign::Outlook;
use crate::record::{LeadSource, Stop, Turn};
use crate::selfplay::draw::chance;
use crate::selfplay::lead::{LeadSearch, LeadStep};
use crate::selfplay::turn::{FoundTurn, SearchPlan, Step};
use crate::selfplay::{Actor, LeadParams, Refresh};

impl<'a> Play<'a> {
    /// Goes on with the search of the player to move; true if it waits for an evaluation.
    pub(super) fn step(&mut self) -> bool {
        let slot = self.slot();
        let actor = self.actor();
        let searcher = &mut self.searchers[slot];
        if !searcher.is_searching() {
            if self.params.refresh == Refresh::EachMove {
                searcher.refresh(actor);
            }
            searcher.restrict(self.params.first_pass_per_area, &self.game);
            let plan = SearchPlan::draw(&actor.params, &self.turns, &mut self.rng);
            searcher.begin(&actor.params, &self.game, plan);
        }
        match searcher.step(&actor.params) {
            Step::Evaluate(leaf) => {
                self.pending = Pending::Leaf(leaf);
                true
            }
            Step::Played(found) => {
                self.playouts += found.playouts;
                if self.resigns(&found.turn) {
                    // The search counts; the move it would have made is not made.
                    self.game.resign(found.turn.color);
                    self.stop = Some(Stop::Resignation);
                } else {
                    self.make(found);
                }
                false
            }
        }
    }

    /// Makes the turn found, or first looks how far ahead a player is.
    fn make(&mut self, found: FoundTurn) {
        let FoundTurn {
            turn, raw_value, ..
        } = found;
        let net = self.net();
        let mut turn = Turn { net, ..turn };
        let LeadParams {
            probability,
            playouts,
        } = self.params.lead;
        if probability == 0.0 {
            turn.lead_from = LeadSource::Scores;
        }
        if turn.weight == 0.0 || !chance(probability, &mut self.rng) {
            return self.push_turn(turn, raw_value);
        }
        let (actor, seed) = (self.actor(), self.rng.random());
        let mut searcher = self.searchers[self.slot()].beside(&actor.params, seed);
        searcher.restrict(self.params.first_pass_per_area, &self.game);
        let search = LeadSearch::new(searcher, playouts, &self.game, turn.root.0.lead);
        self.stage = Stage::Lead {
            search: Box::new(search),
            turn,
            raw_value,
        };
    }

    /// Goes on with the search for the lead; true if it waits for an evaluation.
    pub(super) fn step_lead(&mut self) -> bool {
        let actor = self.actor();
        let Stage::Lead {
            search,
            turn,
            raw_value,
        } = &mut self.stage
        else {
            return false;
        };
        match search.step(&actor.params) {
            LeadStep::Evaluate(leaf) => {
                self.pending = Pending::Leaf(leaf);
                true
            }
            LeadStep::Over(lead, playouts) => {
                let (mut turn, raw_value) = (turn.clone(), *raw_value);
                turn.lead_from = match lead {
                    Some(_) => LeadSource::Searches,
                    None => LeadSource::Scores,
                };
                turn.root.0.lead = lead.unwrap_or(turn.root.0.lead);
                self.playouts += playouts;
                self.stage = Stage::Search;
                self.push_turn(turn, raw_value);
                false
            }
        }
    }

    /// Whether who would make this turn resigns instead.
    fn resigns(&mut self, turn: &Turn) -> bool {
        let outlook = outlook(turn, &self.game);
        let resigner = &mut self.resigners[turn.color.index()];
        resigner.should_resign(&outlook, &self.resign) && self.deal.may_resign
    }

    /// The number of the network that evaluates for the player to move.
    pub(super) fn net(&mut self) -> u8 {
        let name = self.evaluator().description().name.clone();
        let known = self.nets.iter().position(|net| *net == name);
        let number = known.unwrap_or_else(|| {
            self.nets.push(name);
            self.nets.len() - 1
        });
        number.min(254) as u8
    }

    /// Makes a move, before which the network alone gave White this win minus loss, and looks whether the game is over.
    pub(super) fn push_turn(&mut self, turn: Turn, raw_value: f32) {
        let played = self.game.play(turn.color, turn.mv);
        played.expect("searches and policies choose legal moves");
        self.turns.push(turn);
        self.raw_values.push(raw_value);
        let limit = self.params.most_moves_per_area * self.game.size().area() as f64;
        self.stop = if self.game.outcome().is_some() {
            Some(Stop::Rules)
        } else if self.turns.len() as f64 >= limit.max(1.0) {
            Some(Stop::Length)
        } else if self.params.end_when_settled && is_settled(&self.game) {
            Some(Stop::Settled)
        } else {
            None
        };
    }

    /// Who is to move.
    fn actor(&self) -> &'a Actor {
        &self.actors[self.job.players[self.game.to_move().index()]]
    }
}

/// What a player thinks at a turn of this game.
pub(super) fn outlook(turn: &Turn, game: &Game) -> Outlook {
    let value = turn.root.view_of(turn.color);
    Outlook {
        player: turn.color,
        value: f64::from(value.chances.value()),
        lead: Some(f64::from(value.lead)),
        moves_played: game.moves().len(),
        area: game.size().area(),
        // Komi is fair, or noise: nobody has to catch up.
        black_head_start: 0.0,
    }
}

/// Whether nothing that anyone plays changes the count. Not asked while half a point is to be had for passing, nor under
/// territory scoring, where playing on inside costs points.
fn is_settled(game: &Game) -> bool {
    game.rules().scoring == Scoring::Area
        && !game.button_available()
        && game.board().stones().next().is_some()
        && game.all_pass_alive()
}
