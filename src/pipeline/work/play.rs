//! Self-play of a run: before learning, or all the time on a thread of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Event, RealWork};
use crate::eval::Evaluator;
use crate::hash::derive_seed;
use crate::pipeline::{Failure, check_stop, failed};
use crate::record::recover;
use crate::search::StopSignal;
use crate::selfplay::{self, Fixed, NetSource, RunError, SelfPlay, Unit};
use crate::threads::lock;

/// How often shards are looked through for the games of others.
const LOOK: Duration = Duration::from_secs(1);

/// Self-play that goes on until it is dropped. Games that are not finished then are left for the next time.
pub(super) struct Background {
    nets: Arc<Newest>,
    stop: StopSignal,
    /// A message for each game; closed when the thread ends.
    finished: Receiver<()>,
    thread: Option<JoinHandle<Result<u64, RunError>>>,
}

/// The network that games begin with, by generation.
struct Newest(Mutex<(u64, Arc<dyn Evaluator>)>);

impl NetSource for Newest {
    fn newest(&self) -> Arc<dyn Evaluator> {
        Arc::clone(&lock(&self.0).1)
    }
}

impl RealWork {
    /// Sees to it that there are `games` games in shards, and returns how many there are.
    pub(super) fn play_until(&mut self, best: u64, games: u64) -> Result<u64, Failure> {
        if self.background.is_none() {
            recover(&self.folder.shards()).map_err(failed)?;
        }
        if self.plays && self.settings.play.overlap {
            self.keep_playing(best)?;
            return self.wait_for(games);
        }
        let have = self.count_games()?;
        if have >= games {
            return Ok(have);
        }
        if !self.plays {
            return self.wait_for(games);
        }
        let nets = Arc::new(Fixed(self.evaluator(&self.folder.net(best))?));
        let (play, unit) = self.self_play(nets, have, games - have)?;
        let told = self.told(have, Some(games));
        play.run(unit, &told, &self.stop).map_err(failed)?;
        check_stop(&self.stop)?;
        self.count_games()
    }

    /// Starts to play on a thread of its own, or gives that thread a newer network.
    pub(super) fn keep_playing(&mut self, best: u64) -> Result<(), Failure> {
        if let Some(background) = &mut self.background
            && background.has_ended()
        {
            return Err(background.failure());
        }
        if let Some(background) = &self.background {
            if background.nets.generation() != best {
                let evaluator = self.evaluator(&self.folder.net(best))?;
                background.nets.set(best, evaluator);
            }
            return Ok(());
        }
        let have = self.count_games()?;
        let evaluator = self.evaluator(&self.folder.net(best))?;
        let nets = Arc::new(Newest(Mutex::new((best, evaluator))));
        let source = Arc::clone(&nets) as Arc<dyn NetSource>;
        let (play, unit) = self.self_play(source, have, u64::MAX)?;
        let told = self.told(have, None);
        let (sender, finished) = mpsc::channel();
        let stop = StopSignal::default();
        let signal = stop.clone();
        let serve = move || {
            let observe = |finished: &selfplay::Finished| {
                told(finished);
                // Nobody listens at the end.
                let _ = sender.send(());
            };
            play.run(unit, &observe, &signal)
        };
        let thread = std::thread::Builder::new().name("self-play".into());
        self.background = Some(Background {
            nets,
            stop,
            finished,
            thread: Some(thread.spawn(serve).map_err(failed)?),
        });
        Ok(())
    }

    /// Tells the observer of each game; there are `have` games already, and there will be `of`.
    fn told(
        &self,
        have: u64,
        of: Option<u64>,
    ) -> impl Fn(&selfplay::Finished) + Send + Sync + use<> {
        let (observe, played) = (Arc::clone(&self.observe), AtomicU64::new(have));
        move |finished| {
            // Forks come on top of the games that there will be.
            let counts = u64::from(of.is_none() || finished.record.fork.is_none());
            observe(&Event::Game {
                games: counts + played.fetch_add(counts, Ordering::Relaxed),
                of,
                finished,
            });
        }
    }

    /// What is played with the newest of `nets`, after the `have` games that there are.
    fn self_play(
        &self,
        nets: Arc<dyn NetSource>,
        have: u64,
        games: u64,
    ) -> Result<(SelfPlay, Unit), Failure> {
        let opponent = self.opponent.as_ref();
        let opponent = opponent.map(|network| self.evaluator_of(network));
        let writer = format!("trainer-{}", std::process::id());
        let play = self
            .settings
            .self_play(nets, opponent.transpose()?, &self.folder, writer)?;
        let seed = derive_seed(self.settings.seed, have);
        let share = self.settings.opponent.share;
        Ok((play, Unit { games, seed, share }))
    }

    /// Waits until there are `games` games in shards, whoever plays them.
    fn wait_for(&mut self, games: u64) -> Result<u64, Failure> {
        let mut told = self.plays;
        loop {
            let have = self.count_games()?;
            if have >= games {
                return Ok(have);
            }
            if !told {
                log::info!("waits until others have played {games} games; there are {have}");
                told = true;
            }
            let looked = Instant::now();
            while looked.elapsed() < LOOK {
                check_stop(&self.stop)?;
                let Some(background) = &mut self.background else {
                    std::thread::sleep(LOOK / 4);
                    continue;
                };
                if let Err(RecvTimeoutError::Disconnected) =
                    background.finished.recv_timeout(LOOK / 4)
                {
                    return Err(background.failure());
                }
            }
        }
    }
}

impl Newest {
    fn generation(&self) -> u64 {
        lock(&self.0).0
    }

    fn set(&self, generation: u64, evaluator: Arc<dyn Evaluator>) {
        *lock(&self.0) = (generation, evaluator);
    }
}

impl Background {
    fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Why it ended.
    fn failure(&mut self) -> Failure {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(Err(error))) => failed(error),
            _ => failed("self-play ended without a reason; start again to go on"),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            match thread.join() {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => log::error!("{error}"),
                Err(_) => log::error!("self-play ended by a defect of this program"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Observer;
    use super::*;
    use crate::eval::Uniform;
    use crate::net::torch::TorchSettings;
    use crate::pipeline::folder::RunFolder;
    use crate::pipeline::settings::{Machine, RunSettings};
    use crate::record::Fork;
    use crate::selfplay::tests::random_game;

    fn work(root: &Path, observe: Observer) -> RealWork {
        RealWork::new(
            RunFolder::open(root).expect("a folder"),
            RunSettings::preset("5x5", Machine::processor(1)).expect("settings"),
            [None, None],
            TorchSettings::default(),
            true,
            StopSignal::default(),
            observe,
        )
    }

    #[test]
    fn forks_come_on_top_of_the_games_that_there_will_be() {
        let place = tempfile::tempdir().expect("a folder");
        let counts = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&counts);
        let observe: Observer = Arc::new(move |event| {
            if let Event::Game { games, .. } = event {
                lock(&seen).push(*games);
            }
        });
        let work = work(place.path(), observe);
        let counted = |of| {
            let told = work.told(7, of);
            for turns in [None, Some(2), None] {
                let mut finished = random_game();
                finished.record.fork = turns.map(|turns| Fork { seed: 3, turns });
                told(&finished);
            }
            std::mem::take(&mut *lock(&counts))
        };
        assert_eq!(counted(Some(9)), [8, 8, 9]);
        assert_eq!(counted(None), [8, 9, 10]);
    }

    #[test]
    fn a_run_does_not_go_on_without_its_own_games() {
        let place = tempfile::tempdir().expect("a folder");
        let mut work = work(place.path(), Arc::new(|_| {}));
        let thread = std::thread::spawn(|| Err(RunError::Begin(7)));
        while !thread.is_finished() {
            std::thread::yield_now();
        }
        let evaluator: Arc<dyn Evaluator> = Arc::new(Uniform::default());
        work.background = Some(Background {
            nets: Arc::new(Newest(Mutex::new((0, evaluator)))),
            stop: StopSignal::default(),
            finished: mpsc::channel().1,
            thread: Some(thread),
        });
        // There are as many as are wanted.
        let failure = work.play_until(0, 0).expect_err("nobody plays");
        assert!(failure.to_string().contains("game 7"), "{failure}");
    }
}
