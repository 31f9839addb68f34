//! Matches against programs that fail in every way: who is at fault, and that the next game goes on.

#![cfg(unix)]

use std::time::Duration;

use df_console::arena::game_loop::{Conditions, End, play_game};
use df_console::arena::player::{FaultKind, Player};
use df_console::arena::program::{Program, ProgramSettings};
use df_console::arena::referee::{CountedBy, Referee};
use df_console::go::{Color, Game, HalfPoints, Rules, Size};
use df_console::search::StopSignal;
use gtp::TimeSettings;

/// An engine that passes always. `$1` names a command at which it does what `$2` says instead.
const ENGINE: &str = r#"
while read -r line; do
    set -- $line
    id=$1 command=$2 color=$3
    if [ "$command" = "$TRIGGER" ]; then eval "$ACTION"; continue; fi
    case $command in
        list_commands) printf '=%s name\ntime_settings\ntime_left\nfinal_score\nset_free_handicap\n\n' "$id" ;;
        name) printf '=%s Script\n\n' "$id" ;;
        version) printf '=%s 1\n\n' "$id" ;;
        genmove) printf '=%s pass\n\n' "$id" ;;
        final_score) printf '=%s W+0.5\n\n' "$id" ;;
        quit) printf '=%s\n\n' "$id"; exit 0 ;;
        *) printf '=%s\n\n' "$id" ;;
    esac
done
"#;

const PASSES: (&str, &str) = ("", "");

fn program((trigger, action): (&str, &str), patience: Duration) -> Program {
    let quoted = |text: &str| text.replace('\'', r#"'"'"'"#);
    let script = format!("TRIGGER={trigger}; ACTION='{}'\n{ENGINE}", quoted(action));
    let settings = ProgramSettings {
        name: None,
        command: format!("sh -c '{}'", quoted(&script)),
        setup: Vec::new(),
        patience,
    };
    Program::new(settings, StopSignal::default().flag())
}

fn game() -> Game {
    let rules = Rules {
        komi: HalfPoints(1),
        ..Rules::named("chinese").unwrap()
    };
    Game::new(Size::square(5).unwrap(), rules)
}

fn play(black: &mut dyn Player, white: &mut dyn Player, time: TimeSettings) -> End {
    let conditions = Conditions {
        time,
        max_moves: Some(50),
        adjudication: None,
    };
    let (referee, stop) = (Referee::default(), StopSignal::default());
    play_game([black, white], game(), [0, 1], &conditions, &referee, &stop).end
}

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_peaceful_game_is_counted_as_both_say() {
    let (mut black, mut white) = (program(PASSES, PATIENCE), program(PASSES, PATIENCE));
    let expected = End::Counted {
        score: HalfPoints(1),
        by: CountedBy::Players,
        move_limit: false,
    };
    assert_eq!(play(&mut black, &mut white, TimeSettings::None), expected);
    assert_eq!(black.name(), "Script 1");
    // The same process plays the next game.
    assert_eq!(play(&mut white, &mut black, TimeSettings::None), expected);
}

#[test]
fn the_failing_program_loses_and_is_started_again() {
    /// A program that does `action` at `trigger` loses as White by a fault of this kind, and so it does in the next game
    /// unless that is one more wait.
    fn check(trigger: &str, action: &str, kind: FaultKind, says: &str) {
        // The patience is what a silent program takes; a shell has to start within it.
        let (patience, games) = match kind {
            FaultKind::NoAnswer => (Duration::from_secs(1), 1),
            _ => (PATIENCE, 2),
        };
        let mut good = program(PASSES, PATIENCE);
        let mut bad = program((trigger, action), patience);
        for _ in 0..games {
            let end = play(&mut good, &mut bad, TimeSettings::None);
            let End::Fault {
                loser,
                kind: found,
                detail,
            } = &end
            else {
                panic!("{trigger} {action}: {end:?}");
            };
            assert_eq!(
                (*loser, *found),
                (Color::White, kind),
                "{trigger} {action}: {detail}"
            );
            assert!(detail.contains(says), "{detail}");
            assert_eq!(detail.lines().count(), 1);
        }
    }
    check("genmove", "echo oops >&2; exit 3", FaultKind::Crash, "oops");
    check("play", "exit 0", FaultKind::Crash, "play b pass");
    check(
        "genmove",
        "printf '=%s I9\\n\\n' $id",
        FaultKind::Protocol,
        "I9",
    );
    check(
        "genmove",
        "printf '=%s T19\\n\\n' $id",
        FaultKind::IllegalMove,
        "T19 is not on the board",
    );
    check(
        "genmove",
        "printf '=%s D4 E5\\n\\n' $id",
        FaultKind::Protocol,
        "D4 E5",
    );
    check("genmove", "printf 'hello\\n'", FaultKind::Protocol, "hello");
    check("genmove", ":", FaultKind::NoAnswer, "genmove w");
    check(
        "komi",
        "printf '?%s no komi\\n\\n' $id",
        FaultKind::Refusal,
        "no komi",
    );
    check(
        "play",
        "printf '?%s illegal move\\n\\n' $id",
        FaultKind::Refusal,
        "illegal move",
    );
    check("list_commands", "exit 1", FaultKind::Crash, "list_commands");
}

#[test]
fn a_lost_clock_is_told_from_a_slow_answer() {
    // The clock holds 50 ms; the program answers after 100.
    let mut slow = program(
        ("genmove", "sleep 0.1; printf '=%s pass\\n\\n' $id"),
        PATIENCE,
    );
    let mut good = program(PASSES, PATIENCE);
    let time = TimeSettings::Absolute {
        main: Duration::from_millis(50),
    };
    let end = play(&mut slow, &mut good, time);
    assert!(
        matches!(
            end,
            End::Fault {
                loser: Color::Black,
                kind: FaultKind::Time,
                ..
            }
        ),
        "{end:?}"
    );
    let end = play(&mut slow, &mut good, TimeSettings::None);
    assert!(matches!(end, End::Counted { .. }), "{end:?}");
}

#[test]
fn clocks_that_a_program_cannot_set_are_refused() {
    let (mut black, mut white) = (program(PASSES, PATIENCE), program(PASSES, PATIENCE));
    let time = TimeSettings::Fischer {
        main: Duration::from_secs(10),
        increment: Duration::from_secs(1),
        main_limit: None,
        move_limit: None,
    };
    let end = play(&mut black, &mut white, time);
    assert!(
        matches!(&end, End::Fault { loser: Color::Black, kind: FaultKind::Refusal, detail } if detail.contains("another clock")),
        "{end:?}"
    );
}

#[test]
fn a_program_that_does_not_exist_is_a_crash() {
    let settings = ProgramSettings {
        name: None,
        command: "df-console-no-such-program".into(),
        setup: Vec::new(),
        patience: PATIENCE,
    };
    let mut missing = Program::new(settings, StopSignal::default().flag());
    let end = play(
        &mut program(PASSES, PATIENCE),
        &mut missing,
        TimeSettings::None,
    );
    assert!(
        matches!(&end, End::Fault { loser: Color::White, kind: FaultKind::Crash, detail } if detail.contains("cannot be started")),
        "{end:?}"
    );
}
