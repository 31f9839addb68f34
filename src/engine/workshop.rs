//! Making networks stronger from within a session: self-play, training, and matches between networks.
//!
//! The session knows only what it asks of a [`Workshop`], which the command line hands in. Games and steps are made on a
//! thread of their own, one job after the other, so that the session goes on answering; `train-status` tells how far
//! they are, and calls them off. So does the end of the session, which waits a moment for what can be kept, never for a
//! step.

mod queue;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gtp::Args;

use super::command::{Command, Failure, Run::Text};
use super::{EndedBy, Loaded, Session};
use crate::eval::Evaluator;
use crate::go::Game;
use crate::player::PlayParams;
use crate::search::{SearchParams, StopSignal};
pub(super) use queue::JobQueue;

/// Time that jobs which are called off have to end before the answer: a step of learning on a slow machine.
const CALLED_OFF: Duration = Duration::from_secs(5);
/// The most games or steps of one command.
const MOST: u64 = 1_000_000_000;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "selfplay",
        arguments: "GAMES",
        help: "plays games against itself on this board and under these rules, in the background, and keeps them to learn from; searches have a Gumbel root and the session's playouts or visits (64 if none) and constants, komi varies around an even game's. Games that are called off are gone on with by the next 'selfplay' on such a board under such rules with as many playouts",
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

/// What a job does: it tells how far it is, ends soon once it is to stop, and says what came of it or why it failed.
pub type JobFn =
    Box<dyn FnOnce(&(dyn Fn(String) + Sync), &StopSignal) -> Result<String, String> + Send>;

/// How the session plays, for those who play in its place.
#[derive(Clone)]
pub struct Setup {
    /// The position to begin from.
    pub game: Game,
    /// Constants of the search.
    pub search: SearchParams,
    /// Names of those that were set, to what they are as usual or not.
    pub set: BTreeSet<&'static str>,
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

    /// What makes steps of learning, from the network loaded now and the games there are when it begins, and leaves a network
    /// that [`Workshop::load`] knows. It fails with a sentence as for [`Workshop::self_play`].
    fn train(self: Arc<Self>, steps: u64) -> JobFn;

    /// Loads a network; training that is asked for from now on starts from it.
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
        search: session.settings.search.without_human(),
        set: session.settings.set.clone(),
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
    let work: JobFn =
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
    session
        .jobs
        .add(format!("train {steps}"), workshop.train(steps))?;
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
    let mut lines = session.jobs.shared.in_words();
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
