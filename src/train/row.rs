//! From a move of a record to what a network should have said before it.
//!
//! Everything is as the player to move sees it. Targets follow KataGo's training rows (Wu, "Accelerating Self-Play
//! Learning in Go", 2019, and its later `cpp/dataio/trainingwrite`), with the differences told at each.

use crate::eval::{Chances, White};
use crate::features::{Input, v7};
use crate::go::{Color, Game, Outcome};
use crate::net::spec::NetSpec;
use crate::record::{GameRecord, LeadSource, ReplayError, Turn};

/// Horizons of temporal-difference targets: long, middle, short.
pub const HORIZONS: usize = 3;
/// What the area of the board is multiplied with to give each horizon in turns (KataGo's `nowFactor`): about 64, 20 and
/// 6 turns on 19x19.
pub const HORIZON_FACTORS: [f64; HORIZONS] = [0.176, 0.056, 0.016];
/// The same for leads that are learned from scores: about half of one is the final score at the first move of a game. Over a
/// shorter horizon it would be learned from what networks said that did not know it yet.
pub const LEAD_FACTOR: f64 = 1.0;

/// Power of soft policy targets: a temperature of 4.
pub const SOFT_POWER: f64 = 0.25;
/// Given to every move before that, so that none is impossible.
pub const SOFT_FLOOR: f64 = 1e-7;

/// A position and its targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What the network reads.
    pub input: Input,
    /// The policy target of the search (`[area + 1]`); `None` after a cheap search.
    pub policy: Option<Vec<f32>>,
    /// The same of the opponent's next move, if that came from a full search and the opponent is learned from.
    pub opponent: Option<Vec<f32>>,
    /// How the game ended.
    pub value: Chances,
    /// Average of the values of this and later searches, and of the end, over each horizon.
    pub td_value: [Chances; HORIZONS],
    /// The same of scores, in points; `None` if there is no score at all, or the game ended without result.
    pub td_score: [Option<f32>; HORIZONS],
    /// Final score in points; `None` if the game was not counted.
    pub score: Option<f32>,
    /// Points by which the player leads, as searches for the komi of an even game found it. Where the network could not tell
    /// yet, or nobody searches, it is the mean of later scores over a horizon of about a game. `None` where it is not learned,
    /// as in a game without result.
    pub lead: Option<f32>,
    /// Sum over later turns of how far ahead each is, in turns, times the square of the change of value there, as in KataGo.
    pub variance_time: f32,
    /// Who owns each point in the end (`[area]`), 1 for the player to move; `None` if the game was not counted.
    pub ownership: Option<Vec<f32>>,
}

/// One value or score after each turn as White sees it, for the averages over horizons.
struct Trajectory {
    /// The turn that it begins with, and who makes it.
    now: usize,
    to_move: Color,
    /// Of the board.
    area: usize,
    /// Chances of each searched turn with the turn's number, and of the end.
    values: Vec<(usize, Chances)>,
    /// Scores of the same; none in a game without result.
    scores: Vec<(usize, f32)>,
}

/// As a network of these layers reads positions when it plays.
pub fn as_in_play(spec: &NetSpec) -> v7::Options {
    v7::Options {
        pass_alive_with_suicide: spec.pass_alive_with_suicide(),
        ..v7::Options::default()
    }
}

/// A policy target at a high temperature, as `loss` makes it of a batch.
pub fn soften(target: &[f32]) -> Vec<f32> {
    let soft = |&share: &f32| (f64::from(share) + SOFT_FLOOR).powf(SOFT_POWER);
    let sum: f64 = target.iter().map(soft).sum();
    let share = |target| (soft(target) / sum) as f32;
    target.iter().map(share).collect()
}

/// What of the distribution of the score a score stands for, as `loss` makes it of a batch: the middles of bins of a point,
/// which are between whole points, and the shares that they get.
pub fn score_density(score: f32) -> Vec<(f32, f32)> {
    let bins = [
        score.floor() - 0.5,
        score.floor() + 0.5,
        score.floor() + 1.5,
    ];
    let shares = bins.map(|middle| (middle, 1.0 - (score - middle).abs()));
    shares
        .into_iter()
        .filter(|&(_, share)| share > 0.0)
        .collect()
}

impl Row {
    /// The row of move number `turn`, from 0, for a network that reads positions like this.
    ///
    /// # Errors
    /// If the record has no such move, or is no game that the rules allow.
    pub fn new(
        record: &GameRecord,
        turn: usize,
        options: &v7::Options,
    ) -> Result<Row, ReplayError> {
        let mut game = record.game_at(turn)?;
        let Some(this) = record.turns.get(turn) else {
            return Err(ReplayError::Short(record.turns.len()));
        };
        game.set_to_move(this.color);
        Ok(Row::of_game(record, turn, &game, options))
    }

    fn of_game(record: &GameRecord, turn: usize, game: &Game, options: &v7::Options) -> Row {
        let (this, to_move) = (&record.turns[turn], record.turns[turn].color);
        let reply = record
            .turns
            .get(turn + 1)
            .filter(|next| next.color != to_move && is_learned_from(record, next.color));
        let trajectory = Trajectory::of(record, turn);
        Row {
            input: v7::encode(game, options),
            policy: this.policy_target(record.size),
            opponent: reply.and_then(|next| next.policy_target(record.size)),
            value: record.result().view_of(to_move),
            td_value: HORIZON_FACTORS.map(|factor| trajectory.value_over(factor)),
            td_score: HORIZON_FACTORS.map(|factor| trajectory.score_over(factor)),
            score: final_score(record).map(|score| score.view_of(to_move)),
            lead: match this.lead_from {
                _ if record.outcome == Outcome::NoResult => None,
                LeadSource::Nothing => None,
                LeadSource::Searches => Some(this.root.view_of(to_move).lead),
                LeadSource::Scores => trajectory.score_over(LEAD_FACTOR),
            },
            variance_time: trajectory.variance_time(),
            ownership: record.owners.as_ref().map(|owners| {
                let sign = to_move.white_sign();
                owners
                    .iter()
                    .map(|&owner| sign * f32::from(owner))
                    .collect()
            }),
        }
    }
}

/// Whether what a player's searches say is learned from: not that of another actor, none of whose
/// turns is. Single turns without a weight say nothing of it: the game was decided there, or brought no surprise.
fn is_learned_from(record: &GameRecord, player: Color) -> bool {
    let [black, white] = &record.actors;
    let own = |turn: &&Turn| turn.color == player;
    black == white
        || record
            .turns
            .iter()
            .filter(own)
            .any(|turn| turn.weight > 0.0)
}

fn final_score(record: &GameRecord) -> Option<White<f32>> {
    match record.outcome {
        Outcome::Score(score) => Some(White(score.to_f32())),
        Outcome::Resignation(_) | Outcome::Repetition(_) | Outcome::NoResult => None,
    }
}

impl Trajectory {
    /// From a turn on. Turns without a search say nothing, nor do those of a player who is not learned from.
    fn of(record: &GameRecord, now: usize) -> Trajectory {
        let learned_from = Color::BOTH.map(|player| is_learned_from(record, player));
        let searched = record.turns.iter().enumerate().skip(now);
        let searched = searched
            .filter(|(_, turn)| turn.kind.is_searched() && learned_from[turn.color.index()]);
        let (mut values, mut scores) = (Vec::new(), Vec::new());
        for (number, turn) in searched {
            values.push((number, turn.root.0.chances));
            scores.push((number, turn.root.0.score));
        }
        values.push((record.turns.len(), record.result().0));
        if let Some(White(score)) = final_score(record) {
            scores.push((record.turns.len(), score));
        }
        // As in KataGo: a network's raw scores are those of games that have a result (format document, section 7.3).
        if record.outcome == Outcome::NoResult {
            scores.clear();
        }
        Trajectory {
            now,
            to_move: record.turns[now].color,
            area: record.size.area(),
            values,
            scores,
        }
    }

    /// Average of the values over the horizon of a factor.
    fn value_over(&self, factor: f64) -> Chances {
        let parts = |c: &Chances| [c.win, c.loss, c.no_result].map(f64::from);
        let trajectory = self
            .values
            .iter()
            .map(|(at, chances)| (*at, parts(chances)));
        let mean = average(trajectory, self.now, decay(factor, self.area));
        let [win, loss, no_result] = mean.unwrap_or_default();
        let white = White(Chances {
            win: win as f32,
            loss: loss as f32,
            no_result: no_result as f32,
        });
        white.view_of(self.to_move)
    }

    /// Average of the scores over the horizon of a factor; `None` if there is no score at all.
    fn score_over(&self, factor: f64) -> Option<f32> {
        let trajectory = self
            .scores
            .iter()
            .map(|&(at, score)| (at, [f64::from(score)]));
        let mean = average(trajectory, self.now, decay(factor, self.area));
        mean.map(|[score]| White(score as f32).view_of(self.to_move))
    }

    /// Turns until each change of the value that is still to come times its square, summed up.
    fn variance_time(&self) -> f32 {
        let changes = self.values.windows(2).map(|pair| {
            let [(_, before), (at, after)] = [pair[0], pair[1]];
            let change = f64::from(after.value() - before.value());
            (at - self.now) as f64 * change.powi(2)
        });
        changes.sum::<f64>() as f32
    }
}

/// Share of the weight that each turn leaves to those after it, for the horizon of a factor.
fn decay(factor: f64, area: usize) -> f64 {
    1.0 - 1.0 / (1.0 + factor * area as f64)
}

/// Exponential average of a trajectory from turn `now` on: each turn leaves a share `decay` of the weight to those after
/// it. What is known at a turn also stands for those after it of which nothing is known, the last for all to come.
fn average<const N: usize>(
    trajectory: impl Iterator<Item = (usize, [f64; N])>,
    now: usize,
    decay: f64,
) -> Option<[f64; N]> {
    let mut trajectory = trajectory.peekable();
    let (mut sum, mut total) = ([0.0; N], 0.0);
    while let Some((at, parts)) = trajectory.next() {
        let weight_from = |turn: usize| decay.powi((turn - now) as i32);
        let after = trajectory
            .peek()
            .map_or(0.0, |&(next, _)| weight_from(next));
        let weight = weight_from(at) - after;
        total += weight;
        for (sum, part) in sum.iter_mut().zip(parts) {
            *sum += weight * part;
        }
    }
    (total > 0.0).then(|| sum.map(|sum| sum / total))
}
