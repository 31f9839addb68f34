//! Making networks stronger from within a session: self-play, training, and matches between networks.
//!
//! The session knows only what it asks of a [`Workshop`], which the command line hands in. Games and steps are made on a
//! thread of their own, one job after the other, so that the session goes on answering; `train-status` tells how far
//! they are, and calls them off. So does the end of the session, which waits a moment for what can be kept, never for a
//! step.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use gtp::Args;

use super::command::{Command, Failure, Run::Text};
use super::{EndedBy, Loaded, Session};
use crate::eval::Evaluator;
use crate::go::Game;
use crate::player::PlayParams;
use crate::search::{SearchParams, StopSignal};
use crate::threads::{lock, panic_text};

/// Time that the end of a session leaves to what is being made, to put away what it has.
const PUT_AWAY: Duration = Duration::from_millis(300);
/// Time that jobs which are called off have to end before the answer: a step of learning on a slow machine.
const CALLED_OFF: Duration = Duration::from_secs(5);
/// How often somebody who waits looks whether it is to stop.
const LOOK_UP: Duration = Duration::from_millis(20);
/// The most games or steps of one command.
const MOST: u64 = 1_000_000_000;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "selfplay",
        arguments: "GAMES",
        help: "plays games against itself on this board and under these rules, in the background, and keeps them to learn from: with the loaded network, a Gumbel root, the session's playouts or visits (64 where it has neither), and the constants of the search that were set",
        run: Text(self_play),
    },
    Command {
        name: "train",
        arguments: "STEPS",
        help: "learns from the games kept, in the background, starting from the loaded network",
        run: Text(train),
    },
    Command {
        name: "train-status",
        arguments: "[wait|stop]",
        help: "how far self-play and training in the background are; with 'wait', after they are done; with 'stop', after they were called off, and what they keep",
        run: Text(status),
    },
    Command {
        name: "load_weights",
        arguments: "FILE|NAME",
        help: "plays on with another network: a file, a name as --weights takes it, or one that 'train' made",
        run: Text(load_weights),
    },
    Command {
        name: "match_weights",
        arguments: "NAME NAME GAMES",
        help: "has two networks play each other from this position, with the limits of the session, colours in turn",
        run: Text(match_weights),
    },
];

/// How the session plays, for those who play in its place.
#[derive(Clone)]
pub struct Setup {
    /// The position to begin from.
    pub game: Game,
    /// Constants of the search.
    pub search: SearchParams,
    /// Limits, time management and resignation.
    pub play: PlayParams,
    /// Where everything random comes from.
    pub seed: u64,
}

/// What can be made. Each call goes on until it is done or `stop` is raised, then soon ends with what there is; `told` is
/// given a sentence on how far it is, now and then. What comes of it, and why it failed, is a sentence too.
pub trait Workshop: Send + Sync {
    /// Plays games on the board and under the rules of `setup`, from the empty board.
    ///
    /// # Errors
    /// A sentence on what is wrong and what to do.
    fn self_play(
        &self,
        games: u64,
        evaluator: Arc<dyn Evaluator>,
        setup: &Setup,
        told: &(dyn Fn(String) + Sync),
        stop: &StopSignal,
    ) -> Result<String, String>;

    /// Makes steps of learning from the games there are, and leaves a network that [`Workshop::load`] knows.
    ///
    /// # Errors
    /// As for [`Workshop::self_play`].
    fn train(
        &self,
        steps: u64,
        told: &(dyn Fn(String) + Sync),
        stop: &StopSignal,
    ) -> Result<String, String>;

    /// Loads a network; training starts from it from now on.
    ///
    /// # Errors
    /// As for [`Workshop::self_play`].
    fn load(&self, name: &str) -> Result<Loaded, String>;

    /// Has two networks play.
    ///
    /// # Errors
    /// As for [`Workshop::self_play`].
    fn play_match(
        &self,
        names: [&str; 2],
        games: u64,
        setup: &Setup,
        stop: &StopSignal,
    ) -> Result<String, String>;
}

type Work = Box<dyn FnOnce(&(dyn Fn(String) + Sync), &StopSignal) -> Result<String, String> + Send>;

/// A job that waits.
struct Job {
    name: String,
    work: Work,
}

/// The job being done.
struct Running {
    name: String,
    /// What was last said of it.
    told: String,
    /// Ends it, and no other.
    stop: StopSignal,
}

/// What is made in the background.
#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// Whether there is a thread that does the jobs.
    served: bool,
    running: Option<Running>,
    /// What became of the jobs done, oldest first.
    done: VecDeque<String>,
}

/// Sentences about jobs that are done which are kept.
const REMEMBERED: usize = 20;

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The workshop of a session with its one worker.
#[derive(Default)]
pub(super) struct JobQueue {
    workshop: Option<Arc<dyn Workshop>>,
    shared: Arc<Shared>,
}

impl State {
    fn is_idle(&self) -> bool {
        !self.served && self.waiting.is_empty()
    }

    /// Keeps a sentence about a job that is done.
    fn note(&mut self, ended: String) {
        self.done.push_back(ended);
        if self.done.len() > REMEMBERED {
            self.done.pop_front();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Does the jobs until there are none. One that panics fails alone: the next has its turn, and whoever waits is told.
    fn serve(&self) {
        loop {
            let stop = StopSignal::default();
            let job = {
                let mut state = self.lock();
                let next = state.waiting.pop_front();
                state.running = next.as_ref().map(|job| Running {
                    name: job.name.clone(),
                    told: "begins".into(),
                    stop: stop.clone(),
                });
                state.served = next.is_some();
                next
            };
            self.changed.notify_all();
            let Some(Job { name, work }) = job else {
                return;
            };
            let told = |text: String| {
                if let Some(running) = &mut self.lock().running {
                    running.told = text;
                }
            };
            // What a job shares with others is sound between any two statements, as for `lock`.
            let worked = catch_unwind(AssertUnwindSafe(|| work(&told, &stop)));
            let worked = worked.unwrap_or_else(|panic| {
                Err(format!(
                    "this is a defect of this program: {}",
                    panic_text(&*panic).unwrap_or("it left no message")
                ))
            });
            let ended = match worked {
                Ok(text) => format!("{name}: {text}"),
                Err(text) => {
                    log::error!("{name}: {text}");
                    format!("{name} failed: {text}")
                }
            };
            let mut state = self.lock();
            state.running = None;
            state.note(ended);
        }
    }

    /// Has the job being done end soon, with what there is, and those that wait never begin.
    fn call_off(&self) {
        let mut state = self.lock();
        while let Some(job) = state.waiting.pop_front() {
            state.note(format!("{}: called off before it began", job.name));
        }
        if let Some(running) = &state.running {
            running.stop.stop();
        }
    }

    fn is_idle(&self) -> bool {
        self.lock().is_idle()
    }

    /// Waits until all is done, or `enough` says that it was long enough.
    fn wait(&self, enough: impl Fn() -> bool) {
        let mut state = self.lock();
        while !state.is_idle() && !enough() {
            // Told of every change, and looks for itself now and then.
            let waited = self.changed.wait_timeout(state, LOOK_UP);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl JobQueue {
    pub(super) fn new(workshop: Arc<dyn Workshop>) -> JobQueue {
        JobQueue {
            workshop: Some(workshop),
            shared: Arc::default(),
        }
    }

    fn workshop(&self) -> Result<Arc<dyn Workshop>, Failure> {
        self.workshop.clone().ok_or_else(|| {
            Failure::new(
                "this session has no place to make networks: run 'df_console' or 'df_console gtp'",
            )
        })
    }

    fn add(&self, name: String, work: Work) -> Result<(), Failure> {
        let mut state = self.shared.lock();
        if !state.served {
            let shared = Arc::clone(&self.shared);
            let worker = thread::Builder::new().name("workshop".into());
            worker.spawn(move || shared.serve())?;
            state.served = true;
        }
        state.waiting.push_back(Job { name, work });
        Ok(())
    }
}

impl Drop for JobQueue {
    fn drop(&mut self) {
        self.shared.call_off();
        let begun = Instant::now();
        self.shared.wait(|| begun.elapsed() >= PUT_AWAY);
    }
}

fn count(args: &mut Args<'_>) -> Result<u64, Failure> {
    let number: u64 = args.read("number")?;
    if (1..=MOST).contains(&number) {
        Ok(number)
    } else {
        Err(Failure::new(format!("give a number from 1 to {MOST}")))
    }
}

fn setup(session: &Session) -> Setup {
    Setup {
        game: session.game.clone(),
        search: session.settings.search.without_people(),
        play: session.settings.play.clone(),
        seed: session.options().seed,
    }
}

fn self_play(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let games = count(args)?;
    args.finish()?;
    let workshop = session.jobs.workshop()?;
    let evaluator = session.thinker.source.uncached_for(session.game.size())?;
    let setup = setup(session);
    let work: Work =
        Box::new(move |told, stop| workshop.self_play(games, evaluator, &setup, told, stop));
    session.jobs.add(format!("selfplay {games}"), work)?;
    Ok(format!(
        "plays {games} games in the background; 'train-status' tells how far it is"
    ))
}

fn train(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let steps = count(args)?;
    args.finish()?;
    let workshop = session.jobs.workshop()?;
    let work: Work = Box::new(move |told, stop| workshop.train(steps, told, stop));
    session.jobs.add(format!("train {steps}"), work)?;
    Ok(format!(
        "learns for {steps} steps in the background; 'train-status' tells how far it is"
    ))
}

fn status(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let mut interrupted = false;
    match args.rest().trim() {
        "" => {}
        asked @ ("wait" | "stop") => {
            let begun = Instant::now();
            let stop = asked == "stop";
            if stop {
                session.jobs.shared.call_off();
            }
            let waiting = session.inbox.searching(EndedBy::Nothing);
            let late = || stop && begun.elapsed() >= CALLED_OFF;
            session.jobs.shared.wait(|| waiting.is_stopped() || late());
            interrupted = waiting.is_stopped() && !session.jobs.shared.is_idle();
        }
        other => {
            return Err(Failure::new(format!(
                "'{other}' is neither 'wait' nor 'stop'"
            )));
        }
    }
    let state = session.jobs.shared.lock();
    let mut lines: Vec<String> = state.done.iter().cloned().collect();
    lines.extend(state.running.iter().map(
        |Running { name, told, stop }| match stop.is_stopped() {
            false => format!("{name}: under way, {told}"),
            true => format!("{name}: called off, and soon to end; {told}"),
        },
    ));
    lines.extend(
        state
            .waiting
            .iter()
            .map(|job| format!("{}: waits", job.name)),
    );
    if interrupted {
        lines.push("waits no longer: the input has ended, or somebody asked for an end".into());
    }
    if lines.is_empty() {
        lines.push("nothing was asked for; 'selfplay GAMES' and 'train STEPS' do".into());
    }
    Ok(lines.join("\n"))
}

fn load_weights(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let name = args.rest().trim().to_owned();
    if name.is_empty() {
        return Err(Failure::new("give a file or the name of a network"));
    }
    let loaded = session.jobs.workshop()?.load(&name).map_err(Failure::new)?;
    let said = format!("plays with {}", loaded.evaluator.description().name);
    session.thinker.replace_evaluator(loaded);
    session.judged = None;
    Ok(said)
}

fn match_weights(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let a: String = args.read("network")?;
    let b: String = args.read("network")?;
    let games = count(args)?;
    args.finish()?;
    let workshop = session.jobs.workshop()?;
    let playing = session.inbox.searching(EndedBy::Nothing);
    let played = workshop.play_match([&a, &b], games, &setup(session), playing.stop());
    played.map_err(Failure::new)
}
