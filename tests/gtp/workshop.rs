//! Self-play, training and matches between networks from within a session.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use df_console::engine::workshop::{JobFn, Setup, Workshop};
use df_console::engine::{Inbox, Loaded, Loading, Session, serve};
use df_console::eval::{Evaluator, Hashed};
use df_console::search::StopSignal;

use crate::strict::{Reply, replies};
use crate::support::{done, options};

/// Notes what it is asked for, and does it until it is released or stopped; steps of learning notice neither.
#[derive(Default)]
struct Pretended {
    asked: Mutex<Vec<String>>,
    /// The network that was loaded last.
    network: Mutex<String>,
    released: AtomicBool,
}

impl Pretended {
    fn note(&self, text: String) {
        self.asked.lock().unwrap().push(text);
    }

    fn work(&self, until: impl Fn() -> bool) {
        let begun = Instant::now();
        while !self.released.load(Ordering::SeqCst) && !until() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "nobody released this"
            );
            std::thread::yield_now();
        }
    }
}

impl Workshop for Pretended {
    fn self_play(
        &self,
        games: u64,
        evaluator: Arc<dyn Evaluator>,
        setup: &Setup,
        told: &(dyn Fn(String) + Sync),
        stop: &StopSignal,
    ) -> Result<String, String> {
        self.note(format!(
            "{games} games with {} on {}",
            evaluator.description().name,
            setup.game.size()
        ));
        told("1 game".into());
        self.work(|| stop.is_stopped());
        Ok("all kept".into())
    }

    fn train(self: Arc<Self>, steps: u64) -> JobFn {
        let network = self.network.lock().unwrap().clone();
        Box::new(move |told, _| {
            self.note(format!("{steps} steps{network}"));
            assert_ne!(steps, 13, "an unlucky number of steps");
            told("step 1".into());
            self.work(|| false);
            Err("no games".into())
        })
    }

    fn load(&self, name: &str) -> Result<Loaded, String> {
        self.note(format!("load {name}"));
        if name.contains("bad") {
            return Err(format!("{name} is bad"));
        }
        *self.network.lock().unwrap() = format!(" of {name}");
        Ok(Loaded::new(Arc::new(Hashed::default())))
    }

    fn play_match(
        &self,
        names: [&str; 2],
        games: u64,
        setup: &Setup,
        stop: &StopSignal,
    ) -> Result<String, String> {
        self.note(format!("{names:?} {games} {}", setup.game.moves().len()));
        if games > 1000 {
            self.work(|| stop.is_stopped());
        }
        Ok(format!("{} wins", names[0]))
    }
}

/// What a session with this workshop answers to a client that waits for every answer.
fn run(workshop: &Arc<Pretended>, input: &str) -> Vec<Reply> {
    let inbox = Arc::new(Inbox::default());
    for line in input.lines() {
        inbox.push(gtp::parse_line(line.as_bytes()));
    }
    answers(workshop, &inbox)
}

/// What it answers to a client that sends everything at once, and how long that took.
fn run_at_once(workshop: &Arc<Pretended>, input: &str) -> (Vec<Reply>, Duration) {
    let inbox = Arc::new(Inbox::default());
    let begun = Instant::now();
    let replies = std::thread::scope(|scope| {
        scope.spawn(|| inbox.read_from(input.as_bytes()));
        answers(workshop, &inbox)
    });
    (replies, begun.elapsed())
}

fn answers(workshop: &Arc<Pretended>, inbox: &Arc<Inbox>) -> Vec<Reply> {
    let workshop = Arc::clone(workshop) as Arc<dyn Workshop>;
    let loading = Loading::ready(Arc::new(Hashed::default()));
    let mut session = Session::new(options("--seed 1 --visits 8"), loading, Arc::clone(inbox))
        .with_workshop(workshop);
    let mut output = Vec::new();
    serve(&mut session, inbox, &mut output).expect("a vector can be written");
    replies(&output)
}

#[test]
fn orders_are_carried_out_one_after_the_other_while_the_session_plays() {
    let workshop = Arc::new(Pretended::default());
    workshop.released.store(true, Ordering::SeqCst);
    let input = "boardsize 9\nselfplay 20\ntrain 300\ngenmove b\ntrain-status wait\nload_weights some net.bin.gz\n\
                 load_weights bad\ngenmove w\nmatch_weights a b 10\nquit\n";
    let replies = run(&workshop, input);
    let success: Vec<bool> = replies.iter().map(|reply| reply.success).collect();
    assert_eq!(
        success,
        [true, true, true, true, true, true, false, true, true, true]
    );
    assert_eq!(
        replies[4].text,
        "selfplay 20: all kept\ntrain 300 failed: no games"
    );
    assert_eq!(replies[6].text, "bad is bad");
    assert_eq!(replies[8].text, "a wins");
    let asked = workshop.asked.lock().unwrap();
    assert_eq!(
        *asked,
        [
            "20 games with hashed on 9x9",
            "300 steps",
            "load some net.bin.gz",
            "load bad",
            "[\"a\", \"b\"] 10 2",
        ]
    );
}

#[test]
fn a_job_that_panics_has_failed_and_the_next_is_done() {
    let workshop = Arc::new(Pretended::default());
    workshop.released.store(true, Ordering::SeqCst);
    let input = "train 13\nselfplay 20\ntrain-status wait\ntrain 300\ntrain-status wait\nquit\n";
    let replies = run(&workshop, input);
    let told: Vec<&str> = replies[4].text.lines().collect();
    assert!(
        told[0].starts_with("train 13 failed: this is a defect of this program: ")
            && replies[4].text.contains("an unlucky number of steps"),
        "{}",
        replies[4]
    );
    let others = ["selfplay 20: all kept", "train 300 failed: no games"];
    assert!(told.ends_with(&others), "{}", replies[4]);
}

#[test]
fn training_that_waits_is_of_the_network_that_was_loaded_when_it_was_asked_for() {
    let workshop = Arc::new(Pretended::default());
    let loading = Loading::ready(Arc::new(Hashed::default()));
    let mut session = Session::new(options("--size 9"), loading, Arc::default())
        .with_workshop(Arc::clone(&workshop) as Arc<dyn Workshop>);
    for line in ["load_weights a", "selfplay 5", "train 7", "load_weights b"] {
        done(&mut session, line);
    }
    workshop.released.store(true, Ordering::SeqCst);
    done(&mut session, "train 8");
    done(&mut session, "train-status wait");
    let asked = workshop.asked.lock().unwrap();
    let steps = |asked: &&String| asked.contains("steps");
    let trained: Vec<_> = asked.iter().filter(steps).collect();
    assert_eq!(trained, ["7 steps of a", "8 steps of b"]);
}

/// What runs ends with what it has, what waits never begins, and what is asked for later is done.
#[test]
fn jobs_are_called_off() {
    let workshop = Arc::new(Pretended::default());
    let loading = Loading::ready(Arc::new(Hashed::default()));
    let mut session = Session::new(options("--size 9"), loading, Arc::default())
        .with_workshop(Arc::clone(&workshop) as Arc<dyn Workshop>);
    for line in ["selfplay 5", "train 7", "selfplay 6"] {
        done(&mut session, line);
    }
    workshop.work(|| !workshop.asked.lock().unwrap().is_empty());
    let ended = "train 7: called off before it began\nselfplay 6: called off before it began\n\
                 selfplay 5: all kept";
    assert_eq!(done(&mut session, "train-status stop"), ended);
    workshop.released.store(true, Ordering::SeqCst);
    done(&mut session, "selfplay 8");
    let told = done(&mut session, "train-status wait");
    assert_eq!(told, format!("{ended}\nselfplay 8: all kept"));
    assert_eq!(workshop.asked.lock().unwrap().len(), 2);
}

/// Neither a step that does not end nor a match keeps the program from ending.
#[test]
fn quit_does_not_wait_for_steps_and_ends_waiting() {
    for input in [
        "train 1000\nquit\n",
        "selfplay 5\ntrain 1000\ntrain-status\nquit\n",
        "train 1000\ntrain-status wait\nquit\n",
        "match_weights a b 5000\nquit\n",
    ] {
        let workshop = Arc::new(Pretended::default());
        let (replies, time) = run_at_once(&workshop, input);
        workshop.released.store(true, Ordering::SeqCst);
        assert!(replies.iter().all(|reply| reply.success), "{input}");
        assert_eq!(replies.len(), input.lines().count());
        // The work itself would not end for 20 seconds.
        assert!(time < Duration::from_secs(10), "{input}: {time:?}");
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let workshop = Arc::new(Pretended::default());
    workshop.released.store(true, Ordering::SeqCst);
    let check = |line: &str, expected: &str| {
        let replies = run(&workshop, &format!("{line}\nquit\n"));
        assert!(
            !replies[0].success && replies[0].text.contains(expected),
            "{line}: {}",
            replies[0]
        );
    };
    check("selfplay", "number is missing");
    check("selfplay 0", "from 1 to");
    check("train -5", "syntax error");
    check("train 5 6", "syntax error");
    check("train-status now", "is neither 'wait' nor 'stop'");
    check("load_weights", "give a file");
    check("match_weights a 5", "number is missing");
    let status = run(&workshop, "train-status\nquit\n");
    assert!(status[0].text.contains("nothing was asked for"));
    for line in [
        "selfplay 5",
        "train 5",
        "load_weights x",
        "match_weights a b 2",
    ] {
        let replies = crate::support::run("", format!("{line}\n"));
        assert!(
            replies[0].text.contains("no place to make networks"),
            "{}",
            replies[0]
        );
    }
}
