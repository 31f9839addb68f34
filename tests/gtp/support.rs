//! Sessions in this process.

use std::io::Cursor;
use std::sync::Arc;

use clap::Parser;
use df_console::cli::args::Args;
use df_console::cli::config;
use df_console::engine::{Inbox, Loaded, Loading, Options, Session, serve};
use df_console::eval::{
    Chances, Description, EvalError, Evaluation, Evaluator, Hashed, Mover, Position, Score,
};
use df_console::go::Color;
use gtp::Line;

use crate::strict::{Reply, replies};

/// How a session plays that is started with these arguments.
pub fn options(arguments: &str) -> Options {
    let words = ["df_console"]
        .into_iter()
        .chain(arguments.split_whitespace());
    let args = Args::try_parse_from(words).expect("arguments are valid");
    config::options(&args, 19).expect("values are valid")
}

/// What a session with the hashed evaluator answers to `input`, byte for byte. Its searches are small and have a seed,
/// unless `arguments` say otherwise.
pub fn run(arguments: &str, input: impl Into<Vec<u8>>) -> Vec<Reply> {
    run_with(arguments, Arc::new(Hashed::default()), input)
}

/// As [`run`], with another evaluator.
pub fn run_with(
    arguments: &str,
    evaluator: Arc<dyn Evaluator>,
    input: impl Into<Vec<u8>>,
) -> Vec<Reply> {
    replies(&raw_with(arguments, evaluator, input))
}

/// As [`run`], as it was written.
pub fn raw(arguments: &str, input: impl Into<Vec<u8>>) -> Vec<u8> {
    raw_with(arguments, Arc::new(Hashed::default()), input)
}

fn raw_with(arguments: &str, evaluator: Arc<dyn Evaluator>, input: impl Into<Vec<u8>>) -> Vec<u8> {
    let input = Cursor::new(input.into());
    let inbox = Arc::new(Inbox::default());
    std::thread::scope(|scope| {
        scope.spawn(|| inbox.read_from(input));
        answers(arguments, evaluator, &inbox)
    })
}

/// As [`run`], from a client that neither quits nor goes away before everything is answered.
pub fn run_patiently(arguments: &str, input: &str) -> Vec<Reply> {
    run_patiently_with(arguments, Arc::new(Hashed::default()), input)
}

/// As [`run_patiently`], with another evaluator.
pub fn run_patiently_with(
    arguments: &str,
    evaluator: Arc<dyn Evaluator>,
    input: &str,
) -> Vec<Reply> {
    let inbox = Arc::new(Inbox::default());
    for line in input.lines().chain(["quit"]) {
        inbox.push(gtp::parse_line(line.as_bytes()));
    }
    let mut answered = replies(&answers(arguments, evaluator, &inbox));
    answered.pop();
    answered
}

fn answers(arguments: &str, evaluator: Arc<dyn Evaluator>, inbox: &Arc<Inbox>) -> Vec<u8> {
    let mut options = options(&format!("--seed 1 {arguments}"));
    let limits = &mut options.settings.play.limits;
    if limits.visits.or(limits.playouts).is_none() && limits.time.is_none() {
        limits.visits = Some(8);
    }
    let mut session = Session::new(options, Loading::ready(evaluator), Arc::clone(inbox));
    let mut output = Vec::new();
    serve(&mut session, inbox, &mut output).expect("a vector can be written");
    output
}

/// A session in hand, without a client.
pub fn session(arguments: &str) -> Session {
    session_with(arguments, Arc::new(Hashed::default()))
}

/// As [`session`], with another evaluator.
pub fn session_with(arguments: &str, evaluator: Arc<dyn Evaluator>) -> Session {
    let options = options(&format!("--seed 1 {arguments}"));
    let inbox = Arc::new(Inbox::default());
    Session::new(options, Loading::ready(evaluator), inbox)
}

/// What a command answers, whether it succeeds or not.
pub fn ask(session: &mut Session, line: &str) -> Result<String, String> {
    match gtp::parse_line(line.as_bytes()) {
        Line::Request(request) => session.answer(&request).map_err(|error| error.to_string()),
        other => panic!("{line:?} is no request: {other:?}"),
    }
}

/// What a command answers that succeeds.
pub fn done(session: &mut Session, line: &str) -> String {
    ask(session, line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// As [`session`], after a search.
pub fn searched() -> Session {
    let mut session = session("--size 9 --visits 200");
    done(&mut session, "play b e5");
    done(&mut session, "kata-search w");
    session
}

/// The texts of replies, all of which must be successes.
pub fn texts(replies: &[Reply]) -> Vec<&str> {
    replies
        .iter()
        .map(|reply| {
            assert!(reply.success, "{reply}");
            reply.text.as_str()
        })
        .collect()
}

/// The hashed evaluator within the limits of a network, failing from a certain call on.
pub struct Limited {
    inner: Hashed,
    description: Description,
    calls_left: std::sync::atomic::AtomicUsize,
}

impl Limited {
    /// An evaluator for boards up to `max_side`, whose device fails after `calls` calls.
    pub fn new(max_side: usize, calls: usize) -> Arc<Limited> {
        let inner = Hashed::default();
        let description = Description {
            name: "limited".into(),
            max_side,
            ..inner.description().clone()
        };
        Arc::new(Limited {
            inner,
            description,
            calls_left: calls.into(),
        })
    }

    /// An evaluator without such limits that imitates people.
    pub fn human() -> Arc<Limited> {
        Limited::described(|description| description.human = true)
    }

    /// One that describes itself otherwise than the hashed evaluator.
    pub fn described(change: impl FnOnce(&mut Description)) -> Arc<Limited> {
        let inner = Hashed::default();
        let mut description = inner.description().clone();
        change(&mut description);
        Arc::new(Limited {
            inner,
            description,
            calls_left: usize::MAX.into(),
        })
    }
}

/// Hashed evaluations, and beside them those of a network that imitates people and is told whom.
pub fn beside_people() -> Loading {
    let loaded = Loaded::new(Arc::new(Hashed::default()));
    Loading::start(|| Ok(loaded.beside(Loaded::new(Limited::human()))))
}

impl Evaluator for Limited {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        use std::sync::atomic::Ordering::SeqCst;
        let left = self
            .calls_left
            .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(_) => self.inner.evaluate(positions),
            Err(_) => Err(EvalError::Device("the device is gone".into())),
        }
    }
}

/// The hashed evaluator, with what a function makes of its answers.
pub struct Changed<F> {
    hashed: Hashed,
    pub description: Description,
    change: F,
}

impl<F: Fn(&Position<'_>, &mut Evaluation) + Send + Sync> Changed<F> {
    pub fn new(change: F) -> Changed<F> {
        let hashed = Hashed::default();
        Changed {
            description: hashed.description().clone(),
            hashed,
            change,
        }
    }
}

impl<F: Fn(&Position<'_>, &mut Evaluation) + Send + Sync> Evaluator for Changed<F> {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        let mut answers = self.hashed.evaluate(positions)?;
        for (position, answer) in positions.iter().zip(&mut answers) {
            (self.change)(position, Arc::make_mut(answer));
        }
        Ok(answers)
    }
}

/// The hashed evaluator, which besides is nearly sure that one player wins, by 20 points.
pub fn won_by(color: Color) -> Arc<dyn Evaluator> {
    Arc::new(Changed::new(move |position, answer| {
        let sign = position.game.to_move().white_sign() * color.white_sign();
        answer.chances = Mover(Chances {
            win: 0.5 + 0.49 * sign,
            loss: 0.5 - 0.49 * sign,
            no_result: 0.0,
        });
        answer.score = Some(Mover(Score {
            mean: 20.0 * sign,
            stdev: 5.0,
            lead: 20.0 * sign,
        }));
    }))
}

/// The hashed evaluator, which besides takes all points to come to one player.
pub fn all_of(color: Color) -> Arc<dyn Evaluator> {
    Arc::new(Changed::new(move |position, answer| {
        let owner = position.game.to_move().white_sign() * color.white_sign();
        let owners = vec![owner; position.game.size().area()];
        answer.ownership = Some(Mover(owners.into()));
    }))
}
