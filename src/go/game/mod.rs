//! A game: a board with rules, a past, phases and an end.
//!
//! [`Game::check`] and [`Game::play`] are the rules; the files beside this one hold one subject each: `ko`
//! (repetition), `pass` (passes and phase ends), `encore` (ko in the clean-up phases of territory scoring), `score`
//! (counting by the rules), `agreement` (counting with dead stones), `bonus` (komi, handicap) and `symmetries`; `types`
//! has what is said of games and moves. The rules are KataGo's (version 2); section numbers are those of
//! `docs/katago-format.md`.

mod agreement;
mod bonus;
mod encore;
mod history;
mod ko;
mod moves;
mod pass;
mod score;
mod symmetries;
mod types;

use std::sync::Arc;

pub use agreement::Agreed;
pub use types::{Illegal, Outcome, Phase, PlayedMove};

use super::{Board, Color, HalfPoints, Move, Point, PointSet, Rules, Size};
use encore::Encore;
use history::History;
use pass::Passes;

/// A board with rules and a past.
///
/// About 20 KB, most of it the current board and the two before it. [`Clone::clone_from`] into a game that has held as
/// many moves before allocates nothing: a search keeps one scratch game and replays its paths there.
#[derive(Debug)]
pub struct Game {
    start: Arc<Start>,
    rules: Rules,
    /// The boards of this turn and the last two, in a ring.
    boards: [Board; 3],
    moves: Vec<PlayedMove>,
    /// What held before each move and cannot be told from the moves.
    contexts: Vec<Context>,
    /// Keys of the situations since repetition was last forgiven, the current one included.
    history: History,
    passes: Passes,
    encore: Encore,
    state: State,
}

/// Everything about the present that is small.
#[derive(Clone, Copy, Debug)]
struct State {
    /// Which of the three boards is today's.
    board: u8,
    to_move: Color,
    phase: Phase,
    turns_in_phase: usize,
    /// Points that have ever held a stone: a move elsewhere that is no suicide repeats nothing.
    ever_occupied: PointSet,
    button_available: bool,
    white_bonus: HalfPoints,
    handicap_stones: u32,
    past_main_phase: bool,
    outcome: Option<Outcome>,
    // Settings, which outlive a reset.
    count_leading_moves: bool,
    stop_before_encore: bool,
    pass_alive_with_suicide: bool,
}

/// The position that a game starts from.
#[derive(Debug)]
struct Start {
    board: Board,
    to_move: Color,
    /// Number of Black's stones if White has none. Kept, as moves ask for it.
    black_alone: Option<u32>,
}

impl Start {
    fn new(board: Board, to_move: Color) -> Start {
        let [black, white] = Color::BOTH.map(|color| {
            let own = board.stones().filter(|&(of, _)| of == color);
            own.count() as u32
        });
        Start {
            board,
            to_move,
            black_alone: (white == 0).then_some(black),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Context {
    to_move: Color,
    stop_before_encore: bool,
    /// Whether the move passed for a ko, so that the board stayed as it was.
    passed_for_ko: bool,
}

impl Game {
    /// An empty board, Black to move.
    pub fn new(size: Size, rules: Rules) -> Game {
        Game::from_board(Board::new(size), rules, Color::Black)
    }

    /// A position without a past: stones, who moves next.
    ///
    /// Black stones without White ones are handicap stones (see [`Game::handicap_stones`]).
    ///
    /// # Errors
    /// The point of a chain that has no liberty, or of a stone that is off the board or set twice.
    pub fn from_stones(
        size: Size,
        rules: Rules,
        stones: &[(Color, Point)],
        to_move: Color,
    ) -> Result<Game, Point> {
        let board = Board::from_stones(size, stones)?;
        Ok(Game::from_board(board, rules, to_move))
    }

    /// An empty board with handicap stones for Black, White to move.
    ///
    /// # Errors
    /// A point that is off the board or named twice, or that has no liberty because the others fill the board.
    pub fn with_handicap(size: Size, rules: Rules, stones: &[Point]) -> Result<Game, Point> {
        let stones: Vec<(Color, Point)> = stones.iter().map(|&p| (Color::Black, p)).collect();
        Game::from_stones(size, rules, &stones, Color::White)
    }

    /// As [`Game::from_stones`], on a board that knows of prisoners, which territory scoring counts, and of no ko.
    pub fn from_board(board: Board, rules: Rules, to_move: Color) -> Game {
        let mut game = Game {
            rules,
            boards: [board.clone(), board.clone(), board.clone()],
            start: Arc::new(Start::new(board, to_move)),
            moves: Vec::new(),
            contexts: Vec::new(),
            history: History::new(),
            passes: Passes::default(),
            encore: Encore::default(),
            state: State::new(to_move),
        };
        game.reset();
        game
    }

    /// Goes back to the starting position; rules and settings stay.
    fn reset(&mut self) {
        self.boards[0].clone_from(&self.start.board);
        self.moves.clear();
        self.contexts.clear();
        self.passes.clear();
        self.encore.clear();
        self.state = State {
            ever_occupied: self.start.board.stones().map(|(_, point)| point).collect(),
            button_available: self.rules.has_button,
            white_bonus: self.starting_bonus(),
            handicap_stones: self.count_handicap_stones(),
            count_leading_moves: self.state.count_leading_moves,
            stop_before_encore: self.state.stop_before_encore,
            pass_alive_with_suicide: self.state.pass_alive_with_suicide,
            ..State::new(self.start.to_move)
        };
        self.history.clear();
        self.history.push(self.situation(self.state.to_move));
    }

    /// The current board.
    #[inline]
    pub fn board(&self) -> &Board {
        &self.boards[self.state.board as usize]
    }

    /// The board as it was `turns` turns ago (0 = now), as far back as moves of this phase are known and at most two;
    /// beyond that the oldest of them.
    pub fn board_before(&self, turns: usize) -> &Board {
        let back = turns.min(2).min(self.state.turns_in_phase);
        &self.boards[(self.state.board as usize + 3 - back) % 3]
    }

    /// Width and height.
    #[inline]
    pub fn size(&self) -> Size {
        self.board().size()
    }

    /// The rules, komi included.
    #[inline]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Changes the komi; an outcome that was counted is counted again.
    pub fn set_komi(&mut self, komi: HalfPoints) {
        self.rules.komi = komi;
        self.recount();
    }

    /// Changes the rules of the whole game: the moves are made again, tolerantly, under the new ones, suicides that these
    /// forbid included.
    ///
    /// # Errors
    /// If a move of a clean-up phase is no longer possible; nothing is changed then.
    pub fn set_rules(&mut self, rules: Rules) -> Result<(), Illegal> {
        let mut changed = self.clone();
        changed.rules = rules;
        changed.replay(self.moves.len())?;
        changed.state.to_move = self.state.to_move;
        if let Some(Outcome::Resignation(_)) = self.state.outcome {
            changed.state.outcome = self.state.outcome;
        }
        *self = changed;
        Ok(())
    }

    /// Who moves next.
    #[inline]
    pub fn to_move(&self) -> Color {
        self.state.to_move
    }

    /// Makes `color` the next to move; any move of the other colour was in effect skipped.
    pub fn set_to_move(&mut self, color: Color) {
        self.state.to_move = color;
    }

    /// Main phase or one of the encores.
    #[inline]
    pub fn phase(&self) -> Phase {
        self.state.phase
    }

    /// Moves made since the starting position, oldest first.
    #[inline]
    pub fn moves(&self) -> &[PlayedMove] {
        &self.moves
    }

    /// What each move of [`Game::moves`] put on the board, if anything: passes do not, and moves that pass for a ko.
    pub fn stones_played(&self) -> impl Iterator<Item = Option<(Color, Point)>> + '_ {
        let moves = self.moves.iter().zip(&self.contexts);
        moves.map(|(played, context)| match played.mv {
            Move::Play(point) if !context.passed_for_ko => Some((played.color, point)),
            _ => None,
        })
    }

    /// Number of moves made since this phase began; at most 1 once the game, or its main phase where encores are not
    /// played, is over (11.1). These are the last of [`Game::moves`].
    #[inline]
    pub fn turns_in_phase(&self) -> usize {
        self.state.turns_in_phase
    }

    /// The last moves of this phase, newest first, at most `limit`, as far as the players took turns (11.1).
    pub fn recent_turns(&self, limit: usize) -> impl Iterator<Item = PlayedMove> + '_ {
        let mut mover = self.state.to_move;
        let valid = self.state.turns_in_phase.min(limit);
        self.moves
            .iter()
            .rev()
            .take(valid)
            .copied()
            .take_while(move |turn| {
                mover = mover.opponent();
                turn.color == mover
            })
    }

    /// The position that the game started from, and who moved first.
    pub fn start(&self) -> (&Board, Color) {
        (&self.start.board, self.start.to_move)
    }

    /// How the game ended, if it has.
    #[inline]
    pub fn outcome(&self) -> Option<Outcome> {
        self.state.outcome
    }

    /// Ends the game by the resignation of `loser`.
    pub fn resign(&mut self, loser: Color) {
        self.state.outcome = Some(Outcome::Resignation(loser.opponent()));
    }

    /// Whether two passes of the main phase leave a game of territory scoring where it is, with
    /// [`Game::past_main_phase`] set, instead of starting the first encore: for players who count by agreement.
    pub fn set_stop_before_encore(&mut self, stop: bool) {
        self.state.stop_before_encore = stop;
    }

    /// Whether the main phase ended and the encore was not played ([`Game::set_stop_before_encore`]).
    #[inline]
    pub fn past_main_phase(&self) -> bool {
        self.state.past_main_phase
    }

    /// Whether half a point is still to be had for passing first.
    #[inline]
    pub fn button_available(&self) -> bool {
        self.state.button_available
    }
}

impl State {
    fn new(to_move: Color) -> State {
        State {
            board: 0,
            to_move,
            phase: Phase::Main,
            turns_in_phase: 0,
            ever_occupied: PointSet::EMPTY,
            button_available: false,
            white_bonus: HalfPoints(0),
            handicap_stones: 0,
            past_main_phase: false,
            outcome: None,
            count_leading_moves: false,
            stop_before_encore: false,
            pass_alive_with_suicide: false,
        }
    }
}

impl Clone for Game {
    fn clone(&self) -> Game {
        Game {
            start: self.start.clone(),
            rules: self.rules,
            boards: self.boards.clone(),
            moves: self.moves.clone(),
            contexts: self.contexts.clone(),
            history: self.history.clone(),
            passes: self.passes.clone(),
            encore: self.encore.clone(),
            state: self.state,
        }
    }

    fn clone_from(&mut self, source: &Game) {
        let Game {
            start,
            rules,
            boards,
            moves,
            contexts,
            history,
            passes,
            encore,
            state,
        } = source;
        if !Arc::ptr_eq(&self.start, start) {
            self.start.clone_from(start);
        }
        self.rules = *rules;
        for (board, from) in self.boards.iter_mut().zip(boards) {
            board.clone_from(from);
        }
        self.moves.clone_from(moves);
        self.contexts.clone_from(contexts);
        self.history.clone_from(history);
        self.passes.clone_from(passes);
        self.encore.clone_from(encore);
        self.state = *state;
    }
}
