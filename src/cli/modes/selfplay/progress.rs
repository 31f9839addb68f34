//! How self-play goes, on standard error and in the run's statistics.

use std::time::Instant;

use anyhow::Result;

use super::SelfPlayConfig;
use crate::cli::progress::{self, Advance, INTERVAL, Part};
use crate::pipeline::books::Books;
use crate::pipeline::folder::RunFolder;
use crate::pipeline::statistics::{PlayEntry, Recorder};
use crate::selfplay::{Finished, SelfPlay};

/// What is shown of it.
const PLAY: Part = (0, "play");

/// What has been played, as it is shown.
pub(super) struct PlayProgress {
    begun: Instant,
    /// When the generation was looked up.
    looked: Instant,
    shown: progress::ProgressDisplay,
    generation: String,
    /// Games there will be, forks not counted.
    of: Option<u64>,
    /// Those there are.
    done: u64,
    consecutive_turns: usize,
    played: PlayEntry,
    recorder: Recorder,
    run: RunFolder,
}

impl PlayProgress {
    /// Before the first game.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub(super) fn new(config: &SelfPlayConfig, play: &SelfPlay) -> Result<PlayProgress> {
        let run = RunFolder::open(&config.folder)?;
        let writer = format!("selfplay-{:016x}-{}", config.seed, std::process::id());
        let consecutive_turns = play.params.resign.consecutive_turns;
        let parallel = play.layout.games;
        let mut progress = PlayProgress {
            begun: Instant::now(),
            looked: Instant::now(),
            shown: progress::ProgressDisplay::new(),
            generation: String::new(),
            of: config.games,
            done: 0,
            consecutive_turns,
            played: PlayEntry::default(),
            recorder: Recorder::new(&run.statistics(), &writer, consecutive_turns, parallel),
            run,
        };
        progress.look_up_generation();
        Ok(progress)
    }

    /// Games count for the generation that the trainer, if there is one, is at.
    fn look_up_generation(&mut self) {
        match Books::read(&self.run.books_file()) {
            Ok(books) => {
                self.recorder.set_generation(books.current());
                self.generation = format!("generation {}", books.current());
            }
            Err(error) => log::warn!("{error}"),
        }
        self.looked = Instant::now();
    }

    /// A game has ended.
    pub(super) fn add(&mut self, finished: &Finished) {
        self.played.add(finished, self.consecutive_turns);
        self.recorder.game(finished, false);
        if self.looked.elapsed() >= INTERVAL {
            self.look_up_generation();
        }
        self.done += u64::from(finished.record.fork.is_none());
        let moves = finished.record.turns.len() as u64;
        let advance = Advance {
            part: PLAY,
            done: self.done,
            of: self.of,
            more: [moves, finished.evaluations],
        };
        self.shown
            .set_frame([self.generation.clone(), self.played.games.to_string()]);
        self.shown.add(&advance, |[games, positions, evaluations]| {
            format!(
                "{games:.2} games/s, {positions:.0} positions/s, {evaluations:.0} evaluations/s"
            )
        });
    }

    /// What was played in all; nothing more is shown.
    pub(super) fn report(mut self) {
        self.shown.close();
        let seconds = self.begun.elapsed().as_secs_f64().max(1e-3);
        let PlayEntry {
            games,
            playouts,
            evaluations,
            ..
        } = &self.played;
        log::info!(
            "{:.0} games/h, {:.0} moves/s, {:.0} playouts/s, {:.0} evaluations/s: {}",
            3600.0 * games.games as f64 / seconds,
            games.moves as f64 / seconds,
            *playouts as f64 / seconds,
            *evaluations as f64 / seconds,
            games
        );
    }
}
