//! Repetition: keys of situations, superko bans, and the hash of a whole position (11.3, 11.4).

use super::{Game, Outcome, Phase};
use crate::go::{Color, Hash, KoRule, Point, PointSet, zobrist};

/// Key families of [`zobrist::key`], beside those of the stones.
mod tag {
    pub const TO_MOVE: u32 = 16;
    pub const PHASE: u32 = 17;
    pub const KO: u32 = 18;
    pub const BONUS: u32 = 19;
    pub const RULES: u32 = 20;
    pub const OUTCOME: u32 = 21;
    pub const SIZE: u32 = 22;
}

const WHITE_TO_MOVE: Hash = zobrist::key(tag::TO_MOVE, 1);

fn to_move_key(color: Color) -> Hash {
    match color {
        Color::Black => 0,
        Color::White => WHITE_TO_MOVE,
    }
}

impl Game {
    /// What must not repeat: stones; with the side to move under simple and situational ko; in the encores with the
    /// side to move and the ko captures that may not be answered.
    pub(super) fn situation(&self, to_move: Color) -> Hash {
        let stones = self.board().hash();
        if self.state.phase != Phase::Main {
            stones ^ to_move_key(to_move) ^ self.encore.blocked_hash
        } else {
            self.main_situation(stones, to_move)
        }
    }

    fn main_situation(&self, stones: Hash, to_move: Color) -> Hash {
        match self.rules.ko {
            KoRule::Simple | KoRule::Situational => stones ^ to_move_key(to_move),
            KoRule::Positional | KoRule::Spight | KoRule::RepeaterLoses => stones,
        }
    }

    /// Whether superko forbids `color` to play on `point`, which is then empty and otherwise playable. The point of a
    /// simple ko is not asked about.
    pub(super) fn is_superko(&self, color: Color, point: Point) -> bool {
        let forbids = matches!(
            self.rules.ko,
            KoRule::Positional | KoRule::Situational | KoRule::Spight
        );
        forbids && self.would_repeat(color, point)
    }

    /// Whether a legal stone of `color` on `point` brings back an earlier situation of the main phase.
    fn would_repeat(&self, color: Color, point: Point) -> bool {
        if self.state.phase != Phase::Main || !self.may_repeat(color, point) {
            return false;
        }
        self.board().hash_after(color, point).is_some_and(|stones| {
            self.history
                .contains(self.main_situation(stones, color.opponent()))
        })
    }

    /// False where a stone of `color` certainly makes a position that was never there: it stays on the board, on a
    /// point that never held one. Nearly all moves stop here.
    #[inline]
    fn may_repeat(&self, color: Color, point: Point) -> bool {
        self.state.ever_occupied.contains(point)
            || self.rules.suicide && self.board().is_suicide(color, point)
    }

    /// The point where `color` may not retake a ko at once. Its neighbours are stones of the player who took the ko, who
    /// may fill it if it is his move again.
    pub(super) fn simple_ko(&self, color: Color) -> Option<Point> {
        let board = self.board();
        let point = board.ko_point()?;
        let mut around = board.neighbors(point);
        around
            .all(|next| board.stone(next) != Some(color))
            .then_some(point)
    }

    /// Points where the ko rules alone forbid `color` to play now: the simple-ko point; points that superko forbids; in
    /// the encores ko captures that `color` has made in this position before. For the player to move this is plane 6 of
    /// KataGo's inputs.
    pub fn ko_prohibited(&self, color: Color) -> PointSet {
        if self.state.phase != Phase::Main {
            return self.repeated_ko_captures(color);
        }
        let mut points = match self.rules.ko {
            KoRule::Simple | KoRule::RepeaterLoses => PointSet::EMPTY,
            KoRule::Positional | KoRule::Situational | KoRule::Spight => self.repetitions(color),
        };
        if let Some(point) = self.simple_ko(color) {
            points.insert(point);
        }
        points
    }

    /// Points where a stone of `color`, legal but for superko, brings back an earlier situation of the main phase.
    fn repetitions(&self, color: Color) -> PointSet {
        let board = self.board();
        let repeats = |&point: &Point| {
            board.is_empty(point)
                && self.may_repeat(color, point)
                && board.can_place(color, point, self.rules.suicide)
                && self.would_repeat(color, point)
        };
        let mut candidates = self.state.ever_occupied;
        if self.rules.suicide {
            // What dies at once has no empty neighbour.
            let all = PointSet::all(self.size());
            let never = all.without(&candidates);
            candidates = all.without(&never.with_neighbors());
        }
        candidates.iter().filter(repeats).collect()
    }

    /// Hash of everything that the future of the game depends on: board size, stones, player to move, ko bans, phase state,
    /// pass state, rules and komi; not the way that led here. Of the past only the bans now in force count.
    pub fn hash(&self) -> Hash {
        let state = &self.state;
        let to_move = state.to_move;
        let mut hash = self.board().hash() ^ to_move_key(to_move) ^ self.rules_key();
        let (width, height) = (self.size().width(), self.size().height());
        hash ^= zobrist::key(tag::SIZE, (width << 8 | height) as u64);
        for point in self.bans().iter() {
            hash ^= zobrist::key(tag::KO, point.cell() as u64);
        }
        let flags = [
            state.button_available,
            state.past_main_phase,
            state.stop_before_encore,
            self.passes.consecutive > 0,
            self.pass_would_end_phase(Color::Black),
            self.pass_would_end_phase(Color::White),
        ];
        let flags = flags
            .iter()
            .fold(state.phase as u64, |bits, &flag| bits << 1 | flag as u64);
        hash ^= zobrist::key(tag::PHASE, flags);
        let bonus = self.white_bonus() + self.handicap_bonus();
        hash ^= zobrist::key(tag::BONUS, bonus.0 as u32 as u64);
        if state.phase != Phase::Main {
            hash ^= self.encore.blocked_hash ^ self.encore.start_hash;
        }
        match state.outcome {
            None => hash,
            Some(outcome) => hash ^ zobrist::key(tag::OUTCOME, outcome_number(outcome)),
        }
    }

    /// Points where ko and repetition tell the player to move from other players: what is prohibited, or what would lose.
    pub(super) fn bans(&self) -> PointSet {
        let to_move = self.state.to_move;
        let mut bans = self.ko_prohibited(to_move);
        if self.rules.ko == KoRule::RepeaterLoses {
            for point in self.repetitions(to_move).iter() {
                bans.insert(point);
            }
        }
        bans
    }

    fn rules_key(&self) -> Hash {
        let rules = &self.rules;
        let fields = [
            rules.ko as u64,
            rules.scoring as u64,
            rules.tax as u64,
            rules.suicide as u64,
            rules.has_button as u64,
            rules.handicap_bonus as u64,
            rules.friendly_pass_ok as u64,
        ];
        let number = fields
            .iter()
            .fold(rules.komi.0 as u32 as u64, |bits, field| bits << 3 | field);
        zobrist::key(tag::RULES, number)
    }
}

fn outcome_number(outcome: Outcome) -> u64 {
    match outcome {
        Outcome::Score(score) => score.0 as u32 as u64,
        Outcome::Resignation(winner) => 1 << 32 | winner as u64,
        Outcome::Repetition(winner) => 1 << 33 | winner as u64,
        Outcome::NoResult => 1 << 34,
    }
}
