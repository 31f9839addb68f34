//! The advantage in playouts that evaluations assume: the user's, and that of handicap games.

use std::sync::{Arc, Mutex};

use df_console::engine::{Inbox, Loading, Session};

use crate::support::{Changed, done, options};

struct Table {
    session: Session,
    /// The advantages that evaluations were asked for with, as White has them.
    seen: Arc<Mutex<Vec<f32>>>,
}

impl Table {
    /// A game with an evaluator that has learned what an advantage is, or not.
    fn new(advantage: bool) -> Table {
        let seen: Arc<Mutex<Vec<f32>>> = Arc::default();
        let mut evaluator = Changed::new({
            let seen = Arc::clone(&seen);
            move |position, _| {
                let sign = position.game.to_move().white_sign();
                let white = position.options.playout_doubling_advantage * sign;
                seen.lock().expect("no panic").push(white);
            }
        });
        evaluator.description.advantage = advantage;
        let options = options("--seed 1 --size 9 --visits 30 --rules japanese --komi 0.5");
        let loading = Loading::ready(Arc::new(evaluator));
        Table {
            session: Session::new(options, loading, Arc::new(Inbox::default())),
            seen,
        }
    }

    fn say(&mut self, line: &str) -> String {
        done(&mut self.session, line)
    }

    /// White's advantage, the same in every evaluation that `act` asks for.
    fn during(&mut self, act: impl FnOnce(&mut Session)) -> f32 {
        self.seen.lock().expect("no panic").clear();
        act(&mut self.session);
        let seen = self.seen.lock().expect("no panic");
        assert!(!seen.is_empty());
        assert!(seen.iter().all(|white| *white == seen[0]), "{seen:?}");
        seen[0]
    }

    fn check(&mut self, line: &str, white: f32) {
        let found = self.during(|session| drop(done(session, line)));
        assert_eq!(found, white, "{line}");
    }
}

#[test]
fn what_the_user_sets_is_the_searching_players() {
    let mut table = Table::new(false);
    table.say("kata-set-param playoutDoublingAdvantage 2");
    assert_eq!(
        table.say("kata-get-param playoutDoublingAdvantagePla"),
        "auto"
    );
    table.check("kata-search w", 2.0);
    table.check("kata-search b", -2.0);
    table.check("kata-raw-nn w 0", 2.0);
    table.check("kata-raw-nn b all", -2.0);
    for line in ["nn", "policy", "heatmap"] {
        table.check(line, -2.0);
    }
    table.say("kata-set-param playoutDoublingAdvantagePla BLACK");
    for line in ["kata-search w", "kata-raw-nn w 0", "nn"] {
        table.check(line, -2.0);
    }
}

#[test]
fn a_handicap_calls_for_one_in_the_game_alone() {
    let mut table = Table::new(true);
    table.say("fixed_handicap 2");
    table.check("genmove w", 2.5);
    table.say("kata-set-param ponderingEnabled true");
    table.say("kata-set-param maxVisitsPondering 60");
    table.say("kata-set-param analysisMaxVisits 60");
    table.say("play b a1");
    let made = table.during(|session| drop(done(session, "genmove w")));
    let pondered = table.during(Session::ponder);
    // Each search for a move finds the game open, and so assumes a step less.
    assert_eq!((made, pondered), (2.375, 2.25));
    table.say("play b b1");
    table.check("genmove w", pondered);
    table.check("think 5", 0.0);
    table.check("nn", 0.0);
    table.say("kata-set-param playoutDoublingAdvantage 0");
    table.check("genmove w", 0.0);

    table.say("kata-set-param playoutDoublingAdvantage auto");
    table.say("clear_board");
    table.say("fixed_handicap 2");
    table.check("genmove w", 2.5);

    let mut unlearned = Table::new(false);
    unlearned.say("fixed_handicap 2");
    unlearned.check("genmove w", 0.0);
}

#[test]
fn a_saved_session_goes_on_with_the_handicaps() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("game.sgf");
    let mut table = Table::new(true);
    table.say("fixed_handicap 2");
    table.say(&format!("save {}", file.display()));
    table.say(&format!("open {}", file.display()));
    table.check("genmove w", 2.5);
}

#[test]
fn a_trace_goes_into_the_tree_of_the_game() {
    let mut table = Table::new(true);
    table.say("fixed_handicap 2");
    table.say("genmove w");
    table.say("undo");
    let traced = table.say("trace 1");
    assert!(!traced.contains("is evaluated"), "{traced}");
    table.say("kata-set-param avoidRepeatedPatternUtility 0.1");
    let traced = table.say("trace 1");
    assert!(traced.contains("is evaluated"), "{traced}");
    table.say("kata-set-param playoutDoublingAdvantage 1");
    let traced = table.say("trace 1");
    assert!(traced.contains("is evaluated"), "{traced}");
}

/// There the opponent is to move, who has the opposite.
#[test]
fn looking_behind_a_pass_keeps_it() {
    let mut table = Table::new(false);
    for line in [
        "boardsize 3",
        "kata-set-rules chinese",
        "kata-set-param playoutDoublingAdvantage 1",
        "kata-set-param maxVisits 300",
        "play w b2",
        "play b pass",
    ] {
        table.say(line);
    }
    table.check("genmove w", 1.0);
}
