//! Positions that games end with.

use super::*;

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
