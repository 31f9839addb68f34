//! The console: the commands of the protocol for people.
//!
//! A line goes through the same [`Session`] as one from a pipe. What is added is convenience: history and completion, a
//! point alone plays there, the board is drawn when it changed, and replies come without their frame. [`respond`] does
//! all of that without a terminal; [`run`] adds the terminal.

mod complete;
mod typed;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use gtp::{Args, Line};
use indicatif::{ProgressBar, ProgressStyle};
use rustyline::error::ReadlineError;
use rustyline::{
    Cmd, CompletionType, ConditionalEventHandler, Config, Editor, Event, EventContext,
    EventHandler, KeyEvent, RepeatCount,
};

use super::command::FailureKind;
use super::diagram::{self, Style};
use super::live::{self, Sight, Watcher};
use super::{Audience, EndedBy, Flow, Inbox, Session, command, words};
use crate::go::{Color, Game, Hash, Size};
use crate::threads::lock;
use complete::Assistant;
use typed::Typed;

/// Why the console does not ponder: it searches only while nobody types.
pub const NO_PONDERING: &str = "the console does not ponder; 'df_console gtp' does";

/// How the console looks and remembers.
#[derive(Clone, Debug, Default)]
pub struct ConsoleSettings {
    /// Whether to use colours.
    pub colors: bool,
    /// File of lines typed in earlier sessions.
    pub history: Option<PathBuf>,
    /// What `~` stands for in names of files.
    pub home: Option<PathBuf>,
    /// Whether searches are shown while they go on, on standard error, which is a terminal.
    pub live: bool,
}

impl ConsoleSettings {
    fn style(&self) -> Style {
        if self.colors {
            Style::Colored
        } else {
            Style::Plain
        }
    }
}

/// Reads lines from the terminal and carries them out until `quit` or Ctrl-D. Ctrl-C ends a running search (a signal, which
/// the caller turns into [`super::Inbox::interrupt`]) and discards a line half typed. Between lines the session is not
/// locked.
///
/// # Errors
/// When the terminal cannot be read.
pub fn run(session: &Mutex<Session>, settings: &ConsoleSettings) -> Result<(), ReadlineError> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .build();
    let mut editor: Editor<Assistant, _> = Editor::with_config(config)?;
    editor.set_helper(Some(Assistant::default()));
    let leave = EventHandler::Conditional(Box::new(Leave));
    editor.bind_sequence(KeyEvent::ctrl('D'), leave);
    let mut history = settings.history.as_deref();
    if let Some(path) = history {
        // Nothing is lost if there is none yet.
        let _ = editor.load_history(path);
    }
    println!("{}", greeting(&lock(session), settings));
    if settings.live {
        lock(session).watch(display());
    }
    let ended = loop {
        let game = lock(session).game().clone();
        if let Some(helper) = editor.helper_mut() {
            helper.look_at(&game, settings);
        }
        match editor.readline(&prompt(&game)) {
            Ok(text) => {
                for line in text.lines() {
                    let _ = editor.add_history_entry(line);
                }
                // At once: a signal that ends the program lets nobody do it later.
                history = history.filter(|path| keep_history(&mut editor, path));
                if carry_out(&mut lock(session), &text, settings) == Flow::Quit {
                    break Ok(());
                }
            }
            Err(ReadlineError::Interrupted) => println!("Ctrl-D or 'quit' leaves"),
            Err(ReadlineError::Eof) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    // Whoever leaves waits for no search.
    let mut session = lock(session);
    session.inbox.shut_down();
    session.end();
    ended
}

/// Carries out what was entered, a line or the lines that were pasted at once, and says whether there is to be more.
fn carry_out(session: &mut Session, entered: &str, settings: &ConsoleSettings) -> Flow {
    for line in entered.lines() {
        let (text, flow) = respond(session, line, settings);
        show(&text, &session.inbox, |line| println!("{line}"));
        if flow == Flow::Quit || session.inbox.is_shut_down() {
            return Flow::Quit;
        }
    }
    Flow::Continue
}

/// Prints the lines of an answer until Ctrl-C. Whoever ends the session still gets all of it.
fn show(text: &str, inbox: &Inbox, print: impl FnMut(&str)) {
    let printing = inbox.searching(EndedBy::Nothing);
    let goes_on = || !printing.is_stopped() || inbox.is_shut_down();
    text.lines().take_while(|_| goes_on()).for_each(print);
}

/// Adds the lines just typed to those of earlier sessions, and says whether that worked.
fn keep_history<H: rustyline::history::History>(
    editor: &mut Editor<Assistant, H>,
    path: &Path,
) -> bool {
    let kept = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .map_err(ReadlineError::from)
        .and_then(|()| editor.append_history(path));
    if let Err(error) = &kept {
        log::warn!(
            "the history is not kept: {} cannot be written: {error}",
            path.display()
        );
    }
    kept.is_ok()
}

fn greeting(session: &Session, settings: &ConsoleSettings) -> String {
    format!(
        "{}. A point such as d4 plays there, 'genmove' lets the engine move, 'undo' takes back.\n\
         'think' shows what it thinks, 'why d4' and 'tree' explain it, 'tree --html FILE' shows it in a browser.\n\
         'help' lists all commands, 'help sgf' those about records; Tab completes, Ctrl-C ends a search, Ctrl-D leaves.\n{}",
        session.options().title(),
        drawing(session.game(), settings.style())
    )
}

/// Shows searches while they go on: the best moves in a table that changes, and a bar of what the limits allow.
fn display() -> Watcher {
    /// Searches shorter than this would only flicker.
    const FIRST: Duration = Duration::from_millis(250);
    const PARTS: u64 = 1000;
    let mut next: Option<Instant> = None;
    let mut bar: Option<ProgressBar> = None;
    Box::new(move |sight| match sight {
        Sight::During(search) | Sight::Reported(search) => {
            let now = Instant::now();
            let due = *next.get_or_insert(now + FIRST);
            let Some(game) = search.root_game().filter(|_| now >= due) else {
                return;
            };
            next = Some(now + live::INTERVAL);
            let report = search.report();
            let share = live::progress(&report, search.limits());
            let bar = bar.get_or_insert_with(|| bar_for(share.is_some(), PARTS));
            bar.set_message(live::table(&report, game.size()));
            bar.set_position((PARTS as f64 * share.unwrap_or_default()) as u64);
        }
        Sight::End => {
            next = None;
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        }
    })
}

fn bar_for(limited: bool, parts: u64) -> ProgressBar {
    let bar = ProgressBar::new(parts);
    let template = if limited {
        "{msg}\n{wide_bar} {percent}%"
    } else {
        // In the first line: a small window shows no others.
        "{spinner} Ctrl-C ends it\n{msg}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn prompt(game: &Game) -> String {
    format!("{}> ", name_of(game.to_move()))
}

fn name_of(color: Color) -> &'static str {
    match color {
        Color::Black => "black",
        Color::White => "white",
    }
}

/// Carries out a line that was typed: what to print, and whether to go on.
pub fn respond(session: &mut Session, line: &str, settings: &ConsoleSettings) -> (String, Flow) {
    session.audience = Audience::People;
    let (command, arguments) = match typed::expand(line, session.game(), settings.home.as_deref()) {
        Typed::OfFiles(command, arguments) => (command, arguments),
        Typed::Line(line) => match gtp::parse_line(line.as_bytes()) {
            Line::Request(request) => (
                request.command().to_owned(),
                request.args().rest().to_owned(),
            ),
            Line::Blank | Line::Comment(_) => return (String::new(), Flow::Continue),
            Line::Invalid(invalid) => {
                return (failure(&invalid.to_string(), settings), Flow::Continue);
            }
        },
    };
    if command == "showboard" {
        return (drawing(session.game(), settings.style()), Flow::Continue);
    }
    let before = look(session.game());
    let pondered = session.settings.ponder;
    session.thinker.take_found();
    let answer = session.answer_to(&command, &mut Args::new(&arguments));
    let flow = session.flow();
    let mut parts = Vec::new();
    match answer {
        Ok(text) => {
            if look(session.game()) != before {
                parts.push(drawing(session.game(), settings.style()));
            }
            if command.contains("genmove") {
                parts.extend(session.thinker.take_found());
            }
            parts.push(text.trim_matches('\n').to_owned());
            if session.settings.ponder && !pondered {
                parts.push(NO_PONDERING.to_owned());
            }
        }
        Err(error) => {
            parts.push(failure(&error.to_string(), settings));
            match error.kind() {
                FailureKind::Syntax => {
                    let known = command::find(&command);
                    parts.extend(known.map(|known| format!("usage: {known}")));
                }
                FailureKind::OffBoard => {
                    let size = session.game().size();
                    let last = words::column(size.width() - 1);
                    parts.push(format!("its points are A1 to {last}{}", size.height()));
                }
                FailureKind::Other => {}
            }
            if line.split_whitespace().any(is_in_column_i) {
                parts.push("boards leave out the letter I: J comes after H".to_owned());
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    (parts.join("\n"), flow)
}

/// Whether a word would be a point if there were a column I.
fn is_in_column_i(word: &str) -> bool {
    let row = word.strip_prefix(['i', 'I']);
    row.is_some_and(|row| row.parse::<u8>().is_ok())
}

fn failure(message: &str, settings: &ConsoleSettings) -> String {
    if settings.colors {
        format!("\x1b[31m{message}\x1b[0m")
    } else {
        message.to_owned()
    }
}

/// What the drawing of a game shows.
fn look(game: &Game) -> (Hash, usize, Size) {
    (game.board().hash(), game.moves().len(), game.size())
}

/// The board and the facts about it.
fn drawing(game: &Game, style: Style) -> String {
    let mut lines = diagram::rows(game, style);
    lines.extend(diagram::facts(game));
    if let Some(last) = game.moves().last() {
        let vertex = words::vertex(last.mv, game.size());
        lines.push(format!("Last move: {} {vertex}.", last.color));
    }
    lines.join("\n")
}

/// Ctrl-D where nothing is typed, whatever the terminal takes for the end of input.
struct Leave;

impl ConditionalEventHandler for Leave {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, now: &EventContext<'_>) -> Option<Cmd> {
        now.line().is_empty().then_some(Cmd::EndOfFile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_ends_what_is_being_printed() {
        let inbox = Inbox::default();
        let printed = |end: fn(&Inbox)| {
            let mut printed = Vec::new();
            show("1\n2\n\n4\n5", &inbox, |line| {
                printed.push(line.to_owned());
                if printed.len() == 3 {
                    end(&inbox);
                }
            });
            printed.join(" ")
        };
        assert_eq!(printed(Inbox::interrupt), "1 2 ");
        assert_eq!(printed(|_| {}), "1 2  4 5");
        assert_eq!(printed(Inbox::shut_down), "1 2  4 5");
    }
}
