//! Which settings make sense.

use super::{GameSettings, GateMode, LearnSettings, PlaySettings, RunSettings};
use crate::pipeline::Failure;
use crate::record::MAX_GAMES;

/// A rule and whether it holds; it names the keys that it is about.
type Rule = (bool, &'static str);

impl RunSettings {
    /// # Errors
    /// If a rule does not hold: the first.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let rules = self.own_rules().into_iter();
        let rules = rules
            .chain(games(&self.games))
            .chain(play(&self.play))
            .chain(learn(&self.learn));
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Failure::Settings(format!(
                "the settings of the run: {rule}"
            ))),
            None => Ok(()),
        }
    }

    fn own_rules(&self) -> [Rule; 9] {
        let (gate, opponent, stop) = (&self.gate, &self.opponent, &self.stop);
        let machine = &self.machine;
        [
            (
                (1..=1000).contains(&self.net.blocks) && (4..=4096).contains(&self.net.channels),
                "net: 1 to 1000 blocks of 4 to 4096 channels",
            ),
            (
                share(opponent.share) && opponent.playouts != Some(0),
                "opponent.share: from 0 to 1; opponent.playouts: at least 1",
            ),
            (
                gate.games >= 1 && gate.playouts >= 1 && parallel(gate.parallel),
                "gate: games and playouts, at least 1; parallel, from 1 to 65536",
            ),
            (
                gate.elo[0] < gate.elo[1] && gate.elo.iter().all(|elo| elo.is_finite()),
                "gate.elo: two numbers, the first below the second",
            ),
            (
                [gate.alpha, gate.beta].iter().all(|x| *x > 0.0 && *x < 0.5),
                "gate: alpha and beta, more than 0 and less than 0.5",
            ),
            (
                gate.every >= 1 || gate.mode != GateMode::Watch,
                "gate.every: at least 1 to watch",
            ),
            (stop.hours.is_none_or(not_negative), "stop.hours: from 0 on"),
            (gate.opening <= 1000, "gate.opening: at most 1000 moves"),
            (
                parallel(machine.threads) && machine.gpus <= 1 << 16,
                "machine: threads, from 1 to 65536; gpus, at most 65536",
            ),
        ]
    }
}

fn games(games: &GameSettings) -> [Rule; 10] {
    let (komi, forks, opening) = (&games.komi, &games.forks, &games.opening);
    [
        (
            less_than_one(games.never_resign) && less_than_one(games.resign.false_positives),
            "games.never_resign and games.resign.false_positives: from 0 to less than 1",
        ),
        (
            (-1.0..=1.0).contains(&games.resign.threshold) && games.resign.consecutive_turns >= 1,
            "games.resign: threshold, from -1 to 1; consecutive_turns, at least 1",
        ),
        (
            games.most_moves_per_area > 0.0 && games.most_moves_per_area <= 100.0,
            "games.most_moves_per_area: more than 0, at most 100",
        ),
        (
            (0.0..=1.0).contains(&games.first_pass_per_area),
            "games.first_pass_per_area: from 0 to 1",
        ),
        (
            [komi.fair, komi.wide, komi.after_opening]
                .into_iter()
                .all(share)
                && [komi.stdev, komi.wide_stdev].into_iter().all(not_negative),
            "games.komi: fair, wide and after_opening, from 0 to 1; stdev and wide_stdev, from 0 on",
        ),
        (
            share(games.handicap.probability) && share(games.handicap.compensate),
            "games.handicap: probability and compensate, from 0 to 1",
        ),
        (
            not_negative(opening.moves_per_area)
                && opening.temperature > 0.0
                && opening.temperature.is_finite(),
            "games.opening: moves_per_area, from 0 on; temperature, more than 0",
        ),
        // Forks have forks: with 1 there would be no end.
        (
            share(forks.compensate)
                && forks.early >= 0.0
                && forks.late >= 0.0
                && forks.early + forks.late <= 0.9,
            "games.forks: early and late, from 0 on, together at most 0.9; compensate, from 0 to 1",
        ),
        (
            share(games.lead.probability) && games.lead.playouts >= 1,
            "games.lead: probability, from 0 to 1; playouts, at least 1",
        ),
        (
            share(games.surprise.policy)
                && share(games.surprise.value)
                && games.surprise.policy + games.surprise.value <= 1.0,
            "games.surprise: policy and value, from 0 on, together at most 1",
        ),
    ]
}

fn play(play: &PlaySettings) -> [Rule; 9] {
    [
        (
            play.games >= 1 && play.first_games >= 1 && (1..=MAX_GAMES).contains(&play.shard_games),
            "play: games and first_games, at least 1; shard_games, from 1 to 1000",
        ),
        (
            play.playouts >= 1 && play.considered >= 1,
            "play: playouts and considered, at least 1",
        ),
        (
            play.visit_scale
                .is_none_or(|scale| (0.0..=10_000.0).contains(&scale))
                && play
                    .value_scale
                    .is_none_or(|scale| (0.0..=1000.0).contains(&scale)),
            "play: visit_scale, from 0 to 10000; value_scale, from 0 to 1000",
        ),
        (
            (1..=1024).contains(&play.threads) && parallel(play.parallel),
            "play: threads, from 1 to 1024; parallel, from 1 to 65536",
        ),
        (
            play.batch.is_none_or(|batch| (1..=4096).contains(&batch)),
            "play.batch: from 1 to 4096",
        ),
        (
            play.cheap_share.is_none_or(less_than_one) && play.cheap_playouts != Some(0),
            "play: cheap_share, from 0 to less than 1; cheap_playouts, at least 1",
        ),
        (
            play.decided_playouts >= 1 && share(play.decided_weight),
            "play.decided_playouts: at least 1; play.decided_weight: from 0 to 1",
        ),
        (
            play.score_utility.is_none_or(not_negative)
                && play.noise.is_none_or(share)
                && play.forced_visits.is_none_or(not_negative),
            "play: score_utility and forced_visits, from 0 on; noise, from 0 to 1",
        ),
        (
            play.temperature
                .is_none_or(|both| both.into_iter().all(not_negative)),
            "play.temperature: two numbers from 0 on",
        ),
    ]
}

fn learn(learn: &LearnSettings) -> [Rule; 9] {
    let decay = &learn.weight_decay;
    [
        (
            learn.batch >= 1 && learn.steps >= 1 && learn.checkpoint_every >= 1,
            "learn: batch, steps and checkpoint_every, at least 1",
        ),
        (
            learn.uses > 0.0 && learn.uses.is_finite(),
            "learn.uses: more than 0",
        ),
        (
            learn.rate > 0.0 && learn.rate <= 1.0,
            "learn.rate: more than 0, at most 1",
        ),
        (
            less_than_one(learn.validation) && less_than_one(learn.averaging),
            "learn.validation and learn.averaging: from 0 to less than 1",
        ),
        (
            share(learn.decay_to) && share(learn.cool_down),
            "learn.decay_to and learn.cool_down: from 0 to 1, as a share of the rate and of the run",
        ),
        (
            [decay.hidden, decay.outer, decay.scale, decay.bias]
                .into_iter()
                .all(|decay| (0.0..=10.0).contains(&decay))
                && not_negative(learn.clip),
            "learn.weight_decay: from 0 to 10; learn.clip: from 0 on",
        ),
        (
            learn
                .losses
                .values()
                .all(|weight| (0.0..=1000.0).contains(weight)),
            "learn.losses: weights from 0 to 1000",
        ),
        (
            (1..=1024).contains(&learn.threads),
            "learn.threads: from 1 to 1024",
        ),
        (
            learn.window_rows > 0.0
                && learn.window_rows <= learn.window_most
                && learn.window_most.is_finite()
                && learn.window_exponent > 0.0
                && learn.window_exponent <= 1.0,
            "learn: window_rows, more than 0 and at most window_most; window_exponent, from 0 to 1",
        ),
    ]
}

fn share(x: f64) -> bool {
    (0.0..=1.0).contains(&x)
}

fn less_than_one(x: f64) -> bool {
    (0.0..1.0).contains(&x)
}

fn not_negative(x: f64) -> bool {
    x >= 0.0 && x.is_finite()
}

fn parallel(games: usize) -> bool {
    (1..=1 << 16).contains(&games)
}
