//! Passes, and the ends of phases and games (11.3).

use super::{Game, Outcome, Phase};
use crate::go::{Color, HalfPoints, Hash, KoRule, Scoring};

/// What is remembered of the passes of a phase.
#[derive(Debug, Default)]
pub(super) struct Passes {
    /// Passes at the end of the move list that count towards ending the phase.
    pub(super) consecutive: u32,
    /// Situations in which each colour has passed in this phase.
    situations: [Vec<Hash>; 2],
}

impl Passes {
    pub(super) fn clear(&mut self) {
        self.consecutive = 0;
        self.situations.iter_mut().for_each(Vec::clear);
    }
}

impl Clone for Passes {
    fn clone(&self) -> Passes {
        let mut clone = Passes::default();
        clone.clone_from(self);
        clone
    }

    fn clone_from(&mut self, source: &Passes) {
        let Passes {
            consecutive,
            situations,
        } = source;
        self.consecutive = *consecutive;
        self.situations.clone_from(situations);
    }
}

impl Game {
    /// Whether a pass by `color` now would end the phase: it is the second in a row (which does not count under Spight
    /// ko), or, under simple and Spight ko and in the encores, `color` has passed in this situation before. Taking the
    /// button never does. Global feature 14 of KataGo's inputs, before any suppression (11.2).
    pub fn pass_would_end_phase(&self, color: Color) -> bool {
        !self.state.button_available
            && (self.consecutive_after_pass() >= 2
                || self.pass_repeats(color, self.situation(color)))
    }

    /// Whether a pass by the player to move would end the game.
    pub fn pass_would_end_game(&self) -> bool {
        self.in_last_phase() && self.pass_would_end_phase(self.state.to_move)
    }

    /// Whether a pass by `color` would end the phase by repetition rather than as the second in a row (11.2 b).
    pub fn pass_would_repeat(&self, color: Color) -> bool {
        !self.state.button_available && self.pass_repeats(color, self.situation(color))
    }

    /// Whether a pass by the player to move answers one under friendly passing: dead stones need not have been taken off, so
    /// that the count does not say what the board is worth (11.2).
    pub fn pass_is_friendly(&self) -> bool {
        self.rules().passes_friendly()
            && self.consecutive_passes() == 1
            && !self.pass_would_repeat(self.state.to_move)
    }

    /// Passes just made that count towards ending the phase: 0 or 1 in a running game.
    pub fn consecutive_passes(&self) -> u32 {
        self.passes.consecutive
    }

    /// Whether the end of this phase is the end of the game.
    pub fn in_last_phase(&self) -> bool {
        self.rules.scoring == Scoring::Area || self.state.phase == Phase::Encore2
    }

    /// Whether a pass in a situation where the passer has passed before ends the phase, and passes forgive repetition.
    fn passes_forgive(&self) -> bool {
        self.state.phase != Phase::Main || matches!(self.rules.ko, KoRule::Simple | KoRule::Spight)
    }

    fn pass_repeats(&self, color: Color, situation: Hash) -> bool {
        self.passes_forgive() && self.passes.situations[color.index()].contains(&situation)
    }

    fn consecutive_after_pass(&self) -> u32 {
        if self.rules.ko == KoRule::Spight {
            0
        } else {
            self.passes.consecutive + 1
        }
    }

    /// A copy with `color` to move, to be searched. If this game is over, or its main phase is, the copy goes on as if
    /// nobody had passed at its end: the board with its prisoners, the bonuses and what must not repeat stay. Taking moves
    /// of the copy back ends it again.
    pub fn continued(&self, color: Color) -> Game {
        let mut game = self.clone();
        if game.state.outcome.take().is_some() || game.state.past_main_phase {
            game.state.past_main_phase = false;
            game.state.turns_in_phase = 0;
            game.passes.clear();
        }
        game.set_to_move(color);
        game
    }

    /// Everything a pass does but handing over the turn; whether it ends the phase. `situation` is the key of the
    /// present with `color` to move.
    pub(super) fn apply_pass(&mut self, color: Color, situation: Hash) -> bool {
        self.board_mut().clear_ko();
        if self.state.button_available {
            self.take_button(color);
            return false;
        }
        let ends = self.consecutive_after_pass() >= 2 || self.pass_repeats(color, situation);
        self.passes.consecutive = self.consecutive_after_pass();
        self.passes.situations[color.index()].push(situation);
        if self.passes_forgive() {
            self.history.clear();
        }
        ends
    }

    /// Half a point, White's positive, for the player to move if he can still take the button.
    pub(super) fn button_left(&self) -> HalfPoints {
        match self.state.button_available {
            true => button(self.state.to_move),
            false => HalfPoints(0),
        }
    }

    /// A position with the button and the same without are different: nothing before can repeat.
    fn take_button(&mut self, color: Color) {
        self.state.button_available = false;
        self.state.white_bonus = self.state.white_bonus + button(color);
        self.passes.clear();
        self.history.clear();
    }

    /// Moves on to the next phase, or counts.
    pub(super) fn end_phase(&mut self) {
        if self.in_last_phase() {
            self.state.outcome = Some(Outcome::Score(self.score()));
        } else if self.state.phase == Phase::Main && self.state.stop_before_encore {
            self.state.past_main_phase = true;
        } else {
            self.begin_encore();
        }
    }

    fn begin_encore(&mut self) {
        self.state.phase = match self.state.phase {
            Phase::Main => Phase::Encore1,
            Phase::Encore1 | Phase::Encore2 => Phase::Encore2,
        };
        self.state.turns_in_phase = 0;
        self.passes.clear();
        self.encore.clear();
        if self.state.phase == Phase::Encore2 {
            let board = &self.boards[self.state.board as usize];
            self.encore.set_start(board);
        }
        self.history.clear();
        self.history.push(self.situation(self.state.to_move));
    }
}

/// What the button is worth to White when `color` takes it.
fn button(color: Color) -> HalfPoints {
    match color {
        Color::Black => HalfPoints(-1),
        Color::White => HalfPoints(1),
    }
}
