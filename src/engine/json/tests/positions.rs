//! Positions that games begin from and end with.

use super::fields::job;
use super::*;
use crate::go::{Color, Game};

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

/// As KataGo places them: one after the other, as if they were played, where the last on a point counts.
#[test]
fn stones_are_placed_one_after_the_other() {
    let check = |stones: &Value, expected: &Value| {
        let board = |stones: &Value| job(&json!({ "initialStones": stones, "moves": [] })).game;
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
    let taken = job(&json!({
        "rules": "japanese", "initialStones": [corner, around[0], around[1]], "moves": [],
    }));
    assert_eq!(taken.game.board().captured(Color::White), 1);
    assert!(taken.game.board().ko_point().is_none());
}
