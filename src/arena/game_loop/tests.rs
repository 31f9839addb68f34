use std::collections::VecDeque;

use super::*;
use crate::go::{Rules, Size};

/// What a scripted player does with a turn.
#[derive(Clone, Debug)]
enum Act {
    Play(&'static str),
    /// Plays after this number of milliseconds.
    Late(&'static str, u64),
    /// Plays, and thinks that it wins with this probability.
    Thinks(&'static str, f64),
    Resign,
    Fail(FaultKind),
}
use Act::{Fail, Late, Play, Resign, Thinks};

/// Plays from a list, and passes at its end.
#[derive(Default)]
struct Scripted {
    acts: VecDeque<Act>,
    refuses: Option<&'static str>,
    fails_at_start: bool,
    claim: Option<f64>,
    /// How it fails when it is asked for the score, if it does.
    fails_to_count: Option<Fault>,
    seen: Vec<String>,
}

impl Player for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn start(&mut self, _: &NewGame<'_>) -> Result<(), Fault> {
        if self.fails_at_start {
            return Err(Fault::own(FaultKind::Crash, "will not start"));
        }
        Ok(())
    }

    fn play(&mut self, _: Color, mv: Move) -> Result<(), Fault> {
        let vertex = words::word(mv, size());
        if self.refuses == Some(vertex.as_str()) {
            return Err(Fault::own(FaultKind::Refusal, vertex));
        }
        self.seen.push(vertex);
        Ok(())
    }

    fn genmove(&mut self, _: Color, _: &Clock) -> Result<Answer, Fault> {
        let (decision, millis, win) = match self.acts.pop_front() {
            None => (Decision::Play(Move::Pass), 0, None),
            Some(Play(word)) => (decision(word), 0, None),
            Some(Late(word, millis)) => (decision(word), millis, None),
            Some(Thinks(word, win)) => (decision(word), 0, Some(win)),
            Some(Resign) => (Decision::Resign, 0, None),
            Some(Fail(kind)) => return Err(Fault::own(kind, "as told")),
        };
        Ok(Answer {
            decision,
            elapsed: Duration::from_millis(millis),
            opinion: win.map(|win| Opinion {
                win,
                lead: None,
                visits: 1,
            }),
        })
    }

    fn final_score(&mut self) -> Result<Option<HalfPoints>, Fault> {
        match &self.fails_to_count {
            Some(fault) => Err(fault.clone()),
            None => Ok(self.claim.and_then(HalfPoints::from_f64)),
        }
    }
}

fn size() -> Size {
    Size::square(5).unwrap()
}

fn decision(word: &str) -> Decision {
    Decision::Play(words::mv(word.parse().unwrap(), size()).unwrap())
}

fn scripted(acts: &[Act]) -> Scripted {
    Scripted {
        acts: acts.iter().cloned().collect(),
        ..Scripted::default()
    }
}

fn conditions() -> Conditions {
    Conditions {
        time: TimeSettings::Absolute {
            main: Duration::from_secs(1),
        },
        max_moves: Some(30),
        adjudication: None,
    }
}

fn play(black: &mut Scripted, white: &mut Scripted, conditions: &Conditions) -> Played {
    let rules = Rules {
        komi: HalfPoints(1),
        ..Rules::named("chinese").unwrap()
    };
    let game = Game::new(size(), rules);
    let (referee, stop) = (Referee::default(), StopSignal::default());
    play_game([black, white], game, [0, 1], conditions, &referee, &stop)
}

/// How a game between scripts ends, in a word or two.
fn check(black: &[Act], white: &[Act], conditions: &Conditions, expected: &str) {
    let played = play(&mut scripted(black), &mut scripted(white), conditions);
    let found = match &played.end {
        End::Counted {
            score, move_limit, ..
        } => format!("{score}{}", if *move_limit { " at the limit" } else { "" }),
        End::Resigned(color) => format!("{color} resigns"),
        End::Adjudicated(color) => format!("{color} adjudged"),
        End::Fault { loser, kind, .. } => format!("{loser}: {kind}"),
        other => format!("{other:?}"),
    };
    assert_eq!(found, expected, "{black:?} {white:?}");
}

#[test]
fn games_end_as_the_rules_or_the_players_say() {
    let plain = conditions();
    check(&[], &[], &plain, "0.5");
    check(&[Play("C3")], &[], &plain, "-24.5");
    check(&[Play("C3")], &[Resign], &plain, "White resigns");
    check(&[Resign], &[], &plain, "Black resigns");
    let short = Conditions {
        max_moves: Some(2),
        ..plain
    };
    check(&[Play("C3")], &[Play("C4")], &short, "0.5 at the limit");
}

#[test]
fn who_fails_loses() {
    let plain = conditions();
    check(&[Play("C3")], &[Play("C3")], &plain, "White: illegal move");
    check(&[Fail(FaultKind::Crash)], &[], &plain, "Black: crash");
    check(
        &[Play("C3"), Fail(FaultKind::NoAnswer)],
        &[],
        &plain,
        "Black: no answer",
    );
    // Two moves of 0.6 s each do not fit into a second; three of 0.3 s by the opponent do.
    let slow = [Late("A1", 600), Late("B2", 600)];
    let fast = [Late("C1", 300), Late("C2", 300), Late("C3", 300)];
    check(&fast, &slow, &plain, "White: time");
    // Resigning late is losing on time.
    check(&[Play("C3")], &[Late("A1", 1001)], &plain, "White: time");
}

#[test]
fn who_refuses_a_legal_move_is_at_fault() {
    let mut black = scripted(&[Play("C3")]);
    let mut white = Scripted {
        refuses: Some("C3"),
        ..Scripted::default()
    };
    let end = play(&mut black, &mut white, &conditions()).end;
    assert!(
        matches!(&end, End::Fault { loser: Color::White, kind: FaultKind::Refusal, detail } if detail == "C3"),
        "{end:?}"
    );
    let mut white = Scripted {
        fails_at_start: true,
        ..Scripted::default()
    };
    let end = play(&mut scripted(&[]), &mut white, &conditions()).end;
    assert_eq!(end.winner(), Some(Color::Black));
}

#[test]
fn both_players_know_every_move_and_are_asked_for_the_score() {
    let mut black = scripted(&[Play("C3")]);
    let mut white = Scripted {
        claim: Some(-24.5),
        ..scripted(&[Play("B2")])
    };
    let played = play(&mut black, &mut white, &conditions());
    assert_eq!(black.seen, ["B2", "pass"]);
    assert_eq!(white.seen, ["C3", "pass"]);
    assert_eq!(played.claims, [None, HalfPoints::from_f64(-24.5)]);
    assert_eq!(played.turns.len(), played.game.moves().len());
    assert_eq!(
        played.end,
        End::Counted {
            score: HalfPoints(1),
            by: CountedBy::Certainty,
            move_limit: false
        }
    );
}

#[test]
fn players_who_agree_on_a_score_are_believed_when_nobody_else_knows() {
    let mut players = [(); 2].map(|()| Scripted {
        claim: Some(7.5),
        ..Scripted::default()
    });
    let [black, white] = &mut players;
    let end = play(black, white, &conditions()).end;
    assert_eq!(
        end,
        End::Counted {
            score: HalfPoints(15),
            by: CountedBy::Players,
            move_limit: false
        }
    );
}

/// Without the claims of both the score could be another: here of players that agree on 7.5.
#[test]
fn a_game_has_no_score_if_the_match_stops_while_a_player_counts() {
    let check = |fault: Fault, expected: Option<CountedBy>| {
        let mut black = Scripted {
            claim: Some(7.5),
            ..Scripted::default()
        };
        let mut white = Scripted {
            fails_to_count: Some(fault),
            ..Scripted::default()
        };
        let played = play(&mut black, &mut white, &conditions());
        let counted_by = match played.end {
            End::Counted { by, .. } => Some(by),
            End::Stopped => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(counted_by, expected);
    };
    check(Fault::Stopped, None);
    let own = Fault::own(FaultKind::Crash, "as told");
    check(own, Some(CountedBy::Certainty));
}

#[test]
fn decided_games_are_adjudged_when_everybody_agrees() {
    let rule = Conditions {
        adjudication: Some(Adjudication { win: 0.9, turns: 2 }),
        ..conditions()
    };
    let (sure, lost) = (Thinks("A1", 0.95), Thinks("E5", 0.05));
    let black = [sure.clone(), Thinks("A2", 0.95), Thinks("A3", 0.95)];
    check(
        &black,
        &[lost.clone(), Thinks("E4", 0.08)],
        &rule,
        "Black adjudged",
    );
    // White does not agree at its second turn, so that Black's first two count no more.
    let white = [lost, Thinks("E4", 0.5), Thinks("E3", 0.05)];
    check(&black, &white, &rule, "0.5");
    // A player that says nothing has no say.
    let silent = [Play("E5"), Play("E4"), Play("E3")];
    check(&black, &silent, &rule, "Black adjudged");
    check(&black, &silent, &conditions(), "0.5");
}

#[test]
fn nobody_decides_a_game_before_the_other_has_had_a_turn() {
    let rule = Conditions {
        adjudication: Some(Adjudication { win: 0.9, turns: 1 }),
        ..conditions()
    };
    let black = [Thinks("A1", 0.95), Thinks("A2", 0.5)];
    check(&black, &[Thinks("E5", 0.5)], &rule, "-0.5");
    check(&black, &[Thinks("E5", 0.05)], &rule, "Black adjudged");
    let sure = [Thinks("A1", 0.95), Thinks("A2", 0.95)];
    check(&sure, &[Play("E5")], &rule, "Black adjudged");
}

#[test]
fn a_stopped_match_ends_its_games() {
    let stop = StopSignal::default();
    stop.stop();
    let game = Game::new(size(), Rules::named("chinese").unwrap());
    let (mut black, mut white) = (scripted(&[]), scripted(&[]));
    let played = play_game(
        [&mut black, &mut white],
        game,
        [0, 1],
        &conditions(),
        &Referee::default(),
        &stop,
    );
    assert_eq!(played.end, End::Stopped);
    assert_eq!(played.end.winner(), None);
}
