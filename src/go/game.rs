//! A game: a board with rules, a past, phases and an end.
//! (skeleton: signatures agreed, bodies to come)
#![allow(unused_variables, clippy::todo)]

use super::{Board, Color, HalfPoints, Hash, Move, Point, Rules, Size};

/// Which part of the game is being played. Area scoring knows only `Main`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Ordinary play.
    Main,
    /// First clean-up phase of territory scoring.
    Encore1,
    /// Second clean-up phase, after which the board is counted.
    Encore2,
}

/// How a game ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Counted: White's points minus Black's, komi and bonuses included.
    Score(HalfPoints),
    /// One side won by the other's resignation.
    Resignation(Color),
    /// One side won because the other repeated a position ([`super::KoRule::RepeaterLoses`]).
    Repetition(Color),
    /// A repetition under which nobody wins.
    NoResult,
}

/// A move that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayedMove {
    /// Who made it.
    pub color: Color,
    /// What it was.
    pub mv: Move,
}

/// Why a move may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// The point is not on this board.
    #[error("the point is not on the board")]
    OffBoard,
    /// There is a stone on the point.
    #[error("the point is occupied")]
    Occupied,
    /// The stone would die and the rules forbid suicide (always forbidden for a single stone).
    #[error("the move is suicide")]
    Suicide,
    /// Retakes a ko at once.
    #[error("the move retakes a ko")]
    Ko,
    /// Recreates an earlier position that the ko rule forbids.
    #[error("the move repeats an earlier position")]
    Superko,
    /// The game is over.
    #[error("the game is over")]
    GameOver,
}

/// A board with rules and a past.
#[derive(Clone, Debug)]
pub struct Game {
    board: Board,
    rules: Rules,
    to_move: Color,
}

impl Game {
    /// An empty board, Black to move.
    pub fn new(size: Size, rules: Rules) -> Game {
        todo!()
    }

    /// A position without a past: stones, who moves next. Fails with the point of a chain that has no liberty or of
    /// a stone that is off the board or set twice.
    pub fn from_stones(
        size: Size,
        rules: Rules,
        stones: &[(Color, Point)],
        to_move: Color,
    ) -> Result<Game, Point> {
        todo!()
    }

    /// The current board.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The board as it was `turns` turns ago (0 = now), as far back as moves of this phase are known and at most two;
    /// beyond that the oldest of them.
    pub fn board_before(&self, turns: usize) -> &Board {
        todo!()
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.board.size()
    }

    /// The rules, komi included.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Who moves next.
    pub fn to_move(&self) -> Color {
        self.to_move
    }

    /// Makes `color` the next to move; any move of the other colour was in effect skipped.
    pub fn set_to_move(&mut self, color: Color) {
        todo!()
    }

    /// Main phase or one of the encores.
    pub fn phase(&self) -> Phase {
        todo!()
    }

    /// Moves made since the starting position, oldest first.
    pub fn moves(&self) -> &[PlayedMove] {
        todo!()
    }

    /// Whether `color` may make this move now under the rules, superko and encore ko rules included.
    pub fn check(&self, color: Color, mv: Move) -> Result<(), Illegal> {
        todo!()
    }

    /// Makes a move the rules allow. Any colour may move; the other then has the turn.
    pub fn play(&mut self, color: Color, mv: Move) -> Result<(), Illegal> {
        todo!()
    }

    /// Makes a move as game records and GUIs send them: ko and superko bans and the end of the game are ignored;
    /// occupied points, points off the board and forbidden suicide still refused.
    pub fn play_tolerant(&mut self, color: Color, mv: Move) -> Result<(), Illegal> {
        todo!()
    }

    /// Takes back the last move; false at the starting position.
    pub fn undo(&mut self) -> bool {
        todo!()
    }

    /// How the game ended, if it has.
    pub fn outcome(&self) -> Option<Outcome> {
        todo!()
    }

    /// Whether a pass by the player to move would end the game.
    pub fn pass_would_end_game(&self) -> bool {
        todo!()
    }

    /// Score of the board as it stands (all stones alive unless the rules' counting says otherwise): White's points
    /// minus Black's, komi and bonuses included. KataGo format document, section 13.5.
    pub fn score(&self) -> HalfPoints {
        todo!()
    }

    /// As [`Game::score`] with the given stones taken off as dead first.
    pub fn score_with_dead(&self, dead: &[Point]) -> HalfPoints {
        todo!()
    }

    /// Hash of everything that the future of the game depends on: stones, player to move, ko bans, phase state, pass
    /// state, rules and komi; not the way that led here.
    pub fn hash(&self) -> Hash {
        todo!()
    }
}
