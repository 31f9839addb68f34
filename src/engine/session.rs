//! The state that commands work on, and the loop that carries them out.

use std::io::{self, Write};
use std::sync::Arc;

use gtp::{Args, Line, Request, Response};

use super::analyze::Reply;
use super::chat;
use super::clock::Clocks;
use super::command::{self, Run};
use super::dialogue::Traced;
use super::dump::{self, Dump};
use super::live::{self, Watcher};
use super::score::JudgedEnd;
use super::think::Thinker;
use super::workshop::{JobQueue, Workshop};
use super::{Failure, Inbox, Loading, Options, SessionSettings};
use crate::go::{Color, Game, Illegal, Move};
use crate::player::Thought;

/// Whether there is a next command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// End the program.
    Quit,
}

/// Who reads the answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Other programs, which expect the forms that they know.
    #[default]
    Programs,
    /// Somebody at the console.
    People,
}

/// Takes a line that is said in the chat of a server.
type Chat = Box<dyn FnMut(&str) + Send>;

/// One game with its clocks and its search. Commands carry the subject's logic, in the files beside this one; the session
/// holds what they share.
pub struct Session {
    options: Options,
    pub(super) inbox: Arc<Inbox>,
    pub(super) game: Game,
    pub(super) clocks: Clocks,
    pub(super) thinker: Thinker,
    pub(super) judged: Option<JudgedEnd>,
    /// The client has said that the game is over: moves do not show a resignation or a lost clock.
    pub(super) declared_over: bool,
    /// Whether it was said in this game that dead stones are not told from living ones.
    pub(super) told_of_dead_stones: bool,
    /// The settings in force.
    pub(super) settings: SessionSettings,
    /// Where games are being written.
    pub(super) dump: Option<Dump>,
    /// Draws searches for GoGui, until that is asked for.
    graphics: Option<Watcher>,
    /// Takes what is said in the chat of a server.
    chat: Option<Chat>,
    /// What is made in the background.
    pub(super) jobs: JobQueue,
    /// Who reads the answers.
    pub(super) audience: Audience,
    /// The last that was done to the game is a move of the engine: the only time to ponder.
    pub(super) moved: bool,
    pub(super) flow: Flow,
}

impl Session {
    /// A session with an empty board. Input that `inbox` receives ends its searches.
    pub fn new(options: Options, evaluator: Loading, inbox: Arc<Inbox>) -> Session {
        let mut session = Session {
            game: Game::new(options.size, options.rules),
            clocks: Clocks::default(),
            thinker: Thinker::new(evaluator, options.seed, Arc::clone(&inbox)),
            judged: None,
            declared_over: false,
            told_of_dead_stones: false,
            settings: options.settings.clone(),
            dump: None,
            graphics: None,
            chat: None,
            jobs: JobQueue::default(),
            audience: Audience::default(),
            moved: false,
            options,
            inbox,
            flow: Flow::Continue,
        };
        session.set_game(Game::new(session.options.size, session.options.rules));
        session
    }

    /// The session with a place to make networks in.
    #[must_use]
    pub fn with_workshop(mut self, workshop: Arc<dyn Workshop>) -> Session {
        self.jobs = JobQueue::new(workshop);
        self
    }

    /// Carries out one request and writes its reply.
    ///
    /// Commands that report while they run write as they go, all others answer in one piece.
    ///
    /// # Errors
    /// When the reply cannot be written.
    fn execute(&mut self, request: &Request, output: &mut impl Write) -> io::Result<()> {
        let command = command::find(request.command());
        self.moved &= command.is_some_and(|command| matches!(command.run, Run::Aside(_)));
        if let Some(Run::Stream(run)) = command.map(|command| command.run) {
            let mut reply = Reply::to(output, request.id());
            let result = run(self, &mut request.args(), &mut reply);
            return reply.finish(result);
        }
        Response::from_result(self.answer(request))
            .with_id(request.id())
            .write_to(output)
    }

    /// Carries out one request and answers in one piece.
    ///
    /// # Errors
    /// When the command is unknown or fails; the game, the rules and the clocks are then as before.
    pub fn answer(&mut self, request: &Request) -> Result<String, Failure> {
        self.answer_to(request.command(), &mut request.args())
    }

    /// As [`Session::answer`], of a command and arguments that need not be a line of the protocol.
    pub(super) fn answer_to(&mut self, name: &str, args: &mut Args<'_>) -> Result<String, Failure> {
        let command = command::find(name).ok_or_else(|| command::unknown(name))?;
        match command.run {
            Run::Text(run) | Run::Aside(run) => run(self, args),
            Run::Stream(run) => {
                let mut reply = Reply::collected();
                run(self, args, &mut reply)?;
                Ok(reply.into_text())
            }
        }
    }

    /// Writes what is not on disk yet, and puts away what is being made in the background, when no further command will
    /// come.
    pub fn end(&mut self) {
        dump::end_game(self);
        self.dump = None;
        self.jobs = JobQueue::default();
    }

    /// How the session began.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The game so far.
    pub fn game(&self) -> &Game {
        &self.game
    }

    /// Whether a command has asked the program to end.
    pub fn flow(&self) -> Flow {
        self.flow
    }

    /// Waits until commands that search can be carried out without delay. What ends a search ends this.
    ///
    /// # Errors
    /// When the evaluator cannot be loaded, or somebody asked for an end before it was.
    pub fn wait_for_evaluator(&mut self) -> Result<(), Failure> {
        self.thinker.source.loaded().map(drop)
    }

    /// Gives loading up to [`GRACE`](super::GRACE) to finish, so that a bad file is still reported.
    pub fn finish_loading(&self) {
        self.thinker.source.finish_loading();
    }

    /// Adds a watcher of searches.
    pub fn watch(&mut self, watcher: Watcher) {
        self.thinker.watchers.add(watcher);
    }

    /// Sets where drawings for GoGui go, in case the client says that it is GoGui.
    pub fn set_graphics(&mut self, graphics: impl FnMut(&str) + Send + 'static) {
        self.graphics = Some(live::gogui_graphics(graphics));
    }

    /// Starts drawing searches for GoGui, unless that has started already or there is nowhere to draw.
    pub(super) fn start_graphics(&mut self) {
        if let Some(graphics) = self.graphics.take() {
            self.watch(graphics);
        }
    }

    /// Has what the engine decides on in the game told to the chat of a server, in lines that gtp2ogs reads.
    pub fn set_chat(&mut self, chat: impl FnMut(&str) + Send + 'static) {
        self.chat = Some(Box::new(chat));
    }

    /// Tells the chat, if there is one, what was decided on.
    pub(super) fn tell_chat(&mut self, thought: &Thought) {
        let Some(chat) = &mut self.chat else {
            return;
        };
        if let Some(line) = chat::line(
            thought,
            self.settings.analysis.perspective,
            self.game.size(),
        ) {
            chat(&line);
        }
    }

    /// Ponders until a line comes, if pondering is on and nothing but [`Run::Aside`] commands came since the engine's move.
    /// Any other command, even a search, ends that for good: otherwise `stop` would have no effect.
    pub fn ponder(&mut self) {
        if self.moved && self.settings.ponder && self.inbox.is_idle() {
            self.thinker.ponder(&self.game, &self.settings);
        }
    }

    /// Replaces the game by one that starts now.
    pub(super) fn set_game(&mut self, mut game: Game) {
        // GUIs send handicap stones as ordinary moves.
        game.set_count_leading_moves(true);
        dump::end_game(self);
        self.game = game;
        self.end_as_set();
        self.clocks.refill();
        self.judged = None;
        self.declared_over = false;
        self.told_of_dead_stones = false;
        self.thinker.position_changed();
    }

    /// Has the game end with the main phase or not, as the settings say; one that has ended stays so.
    pub(super) fn end_as_set(&mut self) {
        let prevent = self.settings.prevent_cleanup_phase;
        self.game.set_stop_before_encore(prevent);
    }

    /// Makes a move as clients send them: a repetition is noted, not refused, and suicide that the rules forbid is taken, as
    /// the other side may play by other rules.
    ///
    /// # Errors
    /// When there is a stone on the point, or a single stone would have no liberty there.
    pub(super) fn play(&mut self, color: Color, mv: Move) -> Result<(), Failure> {
        if let Err(illegal @ (Illegal::Ko | Illegal::Superko)) = self.game.check(color, mv) {
            log::info!("{}: {illegal}", super::words::vertex(mv, self.game.size()));
        }
        self.game
            .play_tolerant(color, mv)
            .map_err(|illegal| Failure::new(format!("illegal move: {illegal}")))?;
        self.declared_over = false;
        Ok(())
    }
}

/// Carries out what the inbox receives until `quit`, the end of the input or a shut-down.
///
/// # Errors
/// When a reply cannot be written: the client is gone.
pub fn serve(session: &mut Session, inbox: &Inbox, output: &mut impl Write) -> io::Result<()> {
    let _end = ShutDown(inbox);
    let mut output = Traced::new(output);
    let mut served = Ok(());
    while served.is_ok() && session.flow == Flow::Continue {
        session.ponder();
        let Some(line) = inbox.next() else {
            break;
        };
        session.moved &= matches!(line, Line::Request(_));
        served = match line {
            Line::Blank | Line::Comment(_) => Ok(()),
            Line::Invalid(invalid) => Response::from(invalid).write_to(&mut output),
            Line::Request(request) => session.execute(&request, &mut output),
        };
    }
    session.end();
    served
}

/// Lets go of the thread that reads, however the session ends.
struct ShutDown<'a>(&'a Inbox);

impl Drop for ShutDown<'_> {
    fn drop(&mut self) {
        self.0.shut_down();
    }
}
