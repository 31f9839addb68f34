//! Positions that games begin from and end with.

use super::super::query::Job;
use super::fields::read_query;
use super::*;
use crate::eval::Score;
use crate::go::{Color, Game, Size};

/// The game of the only job of a query.
fn game(more: &Value) -> Game {
    let query = Arc::new(read_query(more));
    let (turn, _) = query.turns[0];
    let cleared = 0;
    Job {
        query,
        turn,
        cleared,
    }
    .game()
}

/// The policy of the answer to a query.
fn policy(more: &Value) -> Vec<f64> {
    let mut more = more.clone();
    more["includePolicy"] = json!(true);
    let answer = one(&more);
    let policy = answer["policy"].as_array();
    let policy = policy.unwrap_or_else(|| panic!("{answer}"));
    policy.iter().filter_map(Value::as_f64).collect()
}

/// A game that is over is searched as if it went on from its board.
#[test]
fn a_finished_game_has_a_policy() {
    let moves = json!([["B", "E5"], ["W", "pass"], ["B", "pass"]]);
    for rules in ["tromp-taylor", "japanese"] {
        let policy = policy(&json!({ "moves": moves, "rules": rules }));
        let illegal = policy.iter().filter(|&&p| p < 0.0).count();
        assert_eq!((policy.len(), illegal), (82, 1), "{rules}: {policy:?}");
    }
}

/// The hashed evaluator, which besides says what the rules would count.
fn counting() -> Arc<dyn Evaluator> {
    Arc::new(changed(|position, answer| {
        let lead = position.game.score().to_f32() * position.game.to_move().white_sign();
        answer.score = Some(Mover(Score {
            mean: lead,
            stdev: 1.0,
            lead,
        }));
    }))
}

/// Handicap, prisoners and what must not repeat are those of the game, whether or not it is over.
#[test]
fn two_passes_change_neither_the_score_nor_what_is_forbidden() {
    let check = |rules: &str, moves: &str| {
        let moves: Vec<[&str; 2]> = moves
            .split(' ')
            .map(|word| word.split_at(1).into())
            .collect();
        let made = moves.len();
        let more = json!({
            "moves": moves, "rules": rules, "komi": 7, "maxVisits": 1, "includePolicy": true,
            "analyzeTurns": [made - 2, made],
        });
        let answers = answers_of(counting(), &options(1), &[query("a", &more)]);
        let at = |turn: usize| {
            let mut answers = answers.iter();
            let answer = answers.find(|answer| answer["turnNumber"] == turn);
            answer.unwrap_or_else(|| panic!("{turn}: {answers:?}"))
        };
        let lead = |turn: usize| at(turn)["rootInfo"]["scoreLead"].as_f64();
        assert!(lead(made).is_some(), "{rules}");
        assert_eq!(lead(made), lead(made - 2), "{rules}");
        at(made)["policy"][Size::square(9).unwrap().index_of(Point::at(1, 7))].as_f64()
    };
    check("chinese", "BA2 BB1 BB3 BC9 WD2 BH9 Wpass Bpass");
    // A ko that Black takes, and that White may retake after two passes only where that is no repetition.
    let ko = "BA2 WD2 BB1 WC1 BB3 WC3 BJ9 WB2 BC2 Wpass Bpass";
    assert_eq!(check("tromp-taylor", ko), Some(-1.0));
    assert!(check("japanese", ko) >= Some(0.0));
}

/// As KataGo places them: one after the other, as if they were played, where the last on a point counts.
#[test]
fn stones_are_placed_one_after_the_other() {
    let check = |stones: &Value, expected: &Value| {
        let board = |stones: &Value| game(&json!({ "initialStones": stones, "moves": [] }));
        let (found, expected) = (board(stones), board(expected));
        let listed = |game: &Game| game.board().stones().collect::<Vec<_>>();
        assert_eq!(listed(&found), listed(&expected), "{stones}");
        assert_eq!(found.to_move(), expected.to_move(), "{stones}");
    };
    let black = json!(["B", "D4"]);
    let white = json!(["W", "D4"]);
    check(&json!([black, black]), &json!([black]));
    check(&json!([black, white]), &json!([white]));
    check(&json!([white, black, white]), &json!([white]));
    // The corner is taken, or the stone in it is not placed.
    let around = [json!(["B", "A2"]), json!(["B", "B1"])];
    let corner = json!(["W", "A1"]);
    check(
        &json!([corner, around[0], around[1]]),
        &json!([around[0], around[1]]),
    );
    check(
        &json!([around[0], around[1], corner]),
        &json!([around[0], around[1]]),
    );
    // No ko keeps the second stone from its point.
    let ko = json!([
        ["B", "A2"],
        ["B", "B1"],
        ["W", "A3"],
        ["W", "B2"],
        ["W", "A1"],
        ["B", "A2"]
    ]);
    check(
        &ko,
        &json!([["W", "A3"], ["W", "B2"], ["B", "B1"], ["B", "A2"]]),
    );
    let taken = game(&json!({
        "rules": "japanese", "initialStones": [corner, around[0], around[1]], "moves": [],
    }));
    assert_eq!(taken.board().captured(Color::White), 1);
    assert!(taken.board().ko_point().is_none());
}
