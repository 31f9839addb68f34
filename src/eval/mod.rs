//! What an evaluation is, and everything that makes one without a network.
//!
//! [`Evaluator`] is the narrow waist of the engine: the search above it does not know whether values come from a
//! network, a hash or a cache.

mod average;
pub mod batcher;
pub mod cached;
mod difference;
#[cfg(test)]
pub(crate) mod fake;
pub mod hashed;
mod legal;
mod paired;
mod perspective;
pub mod profile;
pub mod uniform;

use std::sync::Arc;

pub use average::average;
pub use cached::Cached;
pub use difference::{Difference, Differences};
pub use hashed::Hashed;
pub use legal::mark_legal;
pub use paired::Paired;
pub use perspective::{Flip, Mover, White};
pub use profile::Profile;
pub use uniform::Uniform;

use crate::features::InputVersion;
use crate::go::{Game, MAX_SIDE, Move, Size, Symmetry};
use crate::threads::StopSignal;

/// Probabilities of how a game ends for the player whose view it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chances {
    /// Winning.
    pub win: f32,
    /// Losing.
    pub loss: f32,
    /// A repetition under which nobody wins.
    pub no_result: f32,
}

impl Chances {
    /// Win minus loss, from -1 to 1.
    pub fn value(self) -> f32 {
        self.win - self.loss
    }

    /// Share of games won, from 0 to 1; a game without result counts as half won.
    pub fn winrate(self) -> f64 {
        winrate(self.value().into())
    }
}

/// Win minus loss as a share of games won.
pub fn winrate(value: f64) -> f64 {
    0.5 * (1.0 + value)
}

/// Predicted final score in points for the player whose view it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Expected score at the end of self-play.
    pub mean: f32,
    /// Standard deviation of that score, in points.
    pub stdev: f32,
    /// Points by which the player is ahead: the komi change that would make the game even.
    pub lead: f32,
}

/// How far a search is expected to move the values below this position.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Uncertainty {
    /// Expected short-term change of win minus loss.
    pub winloss: f32,
    /// Expected short-term change of the score, in points.
    pub score: f32,
}

/// What an evaluator says of one position.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Probability of each move, by policy index (`[area + 1]`, see [`Size::policy_index`]), summing to 1; -1 where the
    /// move is illegal.
    pub policy: Box<[f32]>,
    /// How the game ends.
    pub chances: Mover<Chances>,
    /// The score, from evaluators that predict it.
    pub score: Option<Mover<Score>>,
    /// Short-term uncertainty, from evaluators that predict it.
    pub uncertainty: Option<Uncertainty>,
    /// Variance time left, in turns, from evaluators that predict it.
    pub variance_time: Option<f32>,
    /// Expected owner of each point (`[area]`, by rows from the top left, 1 = the side to move), if asked for and known.
    pub ownership: Option<Mover<Box<[f32]>>>,
    /// What the network for people says that stands beside the evaluator, if there is one and it was asked; see [`Paired`].
    pub human: Option<Arc<Evaluation>>,
}

impl Evaluation {
    /// One of an evaluator that predicts no more than a policy and how the game ends.
    pub fn plain(policy: Box<[f32]>, chances: Mover<Chances>) -> Evaluation {
        Evaluation {
            policy,
            chances,
            score: None,
            uncertainty: None,
            variance_time: None,
            ownership: None,
            human: None,
        }
    }

    /// The probability of a move on the board that was evaluated; -1 where it is illegal.
    pub fn prior(&self, size: Size, mv: Move) -> f32 {
        self.policy[size.policy_index(mv)]
    }
}

/// What an evaluation depends on besides the game and the symmetry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvalOptions {
    /// The position is a search root and a pass is to be judged as if the game went on.
    pub conservative_pass: bool,
    /// Hide from the network that a pass ends the game when it would not win, and cap the probability of passing.
    pub passing_hacks: bool,
    /// The most turns before the position that the network is shown; as many as it knows how to read if not given. What
    /// they forbid, as in a ko, counts all the same.
    pub history: Option<usize>,
    /// Share of the optimistic policy, 0 to 1, for networks that have one.
    pub optimism: f32,
    /// Temperature of the policy.
    pub policy_temperature: f32,
    /// Assumed advantage of the side to move, in doublings of playouts (-3 to 3).
    pub playout_doubling_advantage: f32,
    /// Whether ownership is wanted.
    pub ownership: bool,
    /// Whom networks imitate that are told.
    pub profile: Profile,
    /// Whether [`Evaluation::human`] is wanted.
    pub human: bool,
}

impl Default for EvalOptions {
    fn default() -> EvalOptions {
        EvalOptions {
            conservative_pass: false,
            passing_hacks: false,
            history: None,
            optimism: 0.0,
            policy_temperature: 1.0,
            playout_doubling_advantage: 0.0,
            ownership: false,
            profile: Profile::default(),
            human: false,
        }
    }
}

/// A position to evaluate.
#[derive(Clone, Copy, Debug)]
pub struct Position<'a> {
    /// The game; its player to move is the mover of the evaluation.
    pub game: &'a Game,
    /// Symmetry applied before, and undone after, the network.
    pub symmetry: Symmetry,
    /// Everything else.
    pub options: EvalOptions,
    /// Once this is raised nobody waits for the evaluation: evaluators that let positions queue for a device answer
    /// those whose turn has not come with [`EvalError::Stopped`].
    pub stop: Option<&'a StopSignal>,
}

impl<'a> Position<'a> {
    /// A game's position as it stands, with the usual options.
    pub fn new(game: &'a Game) -> Position<'a> {
        Position {
            game,
            symmetry: Symmetry::IDENTITY,
            options: EvalOptions::default(),
            stop: None,
        }
    }
}

/// What an evaluator predicts and accepts.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Name of the network or evaluator, one word.
    pub name: String,
    /// The path or name by which the user asked for it, if that is known.
    pub asked_for: Option<String>,
    /// Version of the network's file format, if there is a network.
    pub version: Option<u32>,
    /// The planes that the network reads, if there is one.
    pub input: Option<InputVersion>,
    /// Whether it computes with numbers of 16 bits.
    pub half: bool,
    /// Longest board side it evaluates.
    pub max_side: usize,
    /// The only board size it evaluates, for networks bound to one.
    pub only_size: Option<Size>,
    /// The shortest and the longest side of the boards that a network was trained on, where that is known.
    pub learned_sides: Option<[usize; 2]>,
    /// Whether [`Evaluation::score`] is present.
    pub score: bool,
    /// Whether [`Evaluation::uncertainty`] is present.
    pub uncertainty: bool,
    /// Whether [`Evaluation::ownership`] can be asked for.
    pub ownership: bool,
    /// Whether it has learned that pass-alive groups withstand suicide even where the rules forbid it, so that searches
    /// count by that ([`Game::set_pass_alive_with_suicide`]).
    pub pass_alive_with_suicide: bool,
    /// Whether it has learned from games in which [`EvalOptions::playout_doubling_advantage`] was not always 0.
    pub advantage: bool,
    /// Whether it imitates people: a network that is told who plays.
    pub human: bool,
    /// The network for people beside it, if there is one; see [`Paired`].
    pub beside: Option<Box<Description>>,
    /// Number of positions per call at which it works best.
    pub preferred_batch: usize,
    /// Number of such calls, from as many threads, that keep it busy; 1 if it computes on the thread that calls.
    pub parallel_calls: usize,
}

impl Description {
    /// Of an evaluator without a network that takes every board and predicts policies and winners alone.
    pub fn plain(name: &str) -> Description {
        Description {
            name: name.into(),
            asked_for: None,
            version: None,
            input: None,
            half: false,
            max_side: MAX_SIDE,
            only_size: None,
            learned_sides: None,
            score: false,
            uncertainty: false,
            ownership: false,
            pass_alive_with_suicide: false,
            advantage: false,
            human: false,
            beside: None,
            preferred_batch: 1,
            parallel_calls: 1,
        }
    }

    /// Whether it, or the network beside it, is told whom to imitate.
    pub fn has_profiles(&self) -> bool {
        self.human || self.beside.as_ref().is_some_and(|beside| beside.human)
    }

    /// Whether [`Evaluation::human`] can be asked for under a profile, or without one.
    pub fn has_human(&self, profile: Option<Profile>) -> bool {
        let beside = self.beside.as_ref();
        beside.is_some_and(|beside| profile.is_some() || !beside.human)
    }

    /// Whether boards of this size are evaluated, and if not, a sentence on what to do.
    ///
    /// # Errors
    /// [`EvalError::Size`] when they are not.
    pub fn check_size(&self, size: Size) -> Result<(), EvalError> {
        if let Some(beside) = &self.beside {
            beside.check_size(size)?;
        }
        let advice = match self.only_size {
            Some(only) if only != size => {
                format!("it was made for {only}: choose that size or another network")
            }
            _ if size.width().max(size.height()) > self.max_side => format!(
                "networks end at {side}x{side}: choose a smaller size",
                side = self.max_side
            ),
            _ => return Ok(()),
        };
        Err(EvalError::Size {
            evaluator: self.name.clone(),
            size,
            advice,
        })
    }

    /// As [`Description::check_size`]; where they are, a sentence for whoever has it, or the network beside it, play on boards
    /// that it has not learned on.
    ///
    /// # Errors
    /// As there.
    pub fn fits(&self, size: Size) -> Result<Option<String>, EvalError> {
        self.check_size(size)?;
        let beside = self.beside.as_ref();
        let strange = [
            self.strange_size(size, "--weights"),
            beside.and_then(|beside| beside.strange_size(size, "--human-model")),
        ];
        let told: Vec<String> = strange.into_iter().flatten().collect();
        Ok((!told.is_empty()).then(|| told.join("; ")))
    }

    /// What to say of a network named by `option` that has not learned on such boards.
    fn strange_size(&self, size: Size, option: &str) -> Option<String> {
        let [shortest, longest] = self.learned_sides?;
        let sides = [size.width(), size.height()];
        let strange = sides
            .iter()
            .any(|side| !(shortest..=longest).contains(side));
        strange.then(|| {
            let learned = match shortest == longest {
                true => format!("{shortest}x{shortest} only"),
                false => format!("boards from {shortest}x{shortest} to {longest}x{longest}"),
            };
            format!(
                "{} was trained on {learned}; on {size} it plays and judges badly. Choose a board of a size it was trained on, or \
                 another network with {option} (`cargo xtask nets` fetches some)",
                self.name
            )
        })
    }
}

/// Why positions could not be evaluated.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EvalError {
    /// The evaluator does not take boards of this size.
    #[error("{evaluator} does not evaluate {size} boards; {advice}")]
    Size {
        /// Who refuses.
        evaluator: String,
        /// The board.
        size: Size,
        /// What to do.
        advice: String,
    },
    /// The device or the network failed; the positions were not evaluated.
    #[error("evaluation failed: {0}")]
    Device(String),
    /// There are too few or too many results, or some that are none.
    #[error("the evaluator answered wrongly: {0}")]
    Answer(String),
    /// Nobody waited any more before the positions' turn came; see [`Position::stop`].
    #[error("the evaluation was called off")]
    Stopped,
}

/// Anything that evaluates positions.
pub trait Evaluator: Send + Sync {
    /// What it predicts and accepts.
    fn description(&self) -> &Description;

    /// Evaluates positions, in any mix of sizes and rules; result `i` belongs to `positions[i]`. Called from several
    /// threads at once.
    ///
    /// # Errors
    /// If a position is not accepted (see [`Description::check_size`]) or the device fails; there are no results then.
    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError>;

    /// Evaluates one position.
    ///
    /// # Errors
    /// As [`Evaluator::evaluate`].
    fn evaluate_one(&self, position: Position<'_>) -> Result<Arc<Evaluation>, EvalError> {
        let evaluation = self.evaluate(&[position])?.into_iter().next();
        evaluation.ok_or_else(|| EvalError::Answer("no evaluation came back".into()))
    }
}

#[cfg(test)]
mod tests;
