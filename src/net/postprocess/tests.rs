//! Tables computed by hand from section 7 of the format document; two rows are KataGo's own answers for the empty board.

use std::f64::consts::LN_2;

use super::*;

#[track_caller]
fn close(what: &str, got: impl IntoIterator<Item = f32>, expected: &[f64]) {
    let got: Vec<f32> = got.into_iter().collect();
    assert_eq!(got.len(), expected.len(), "{what}: {got:?}");
    for (g, e) in got.iter().zip(expected) {
        assert!(
            (f64::from(*g) - e).abs() <= 2e-6 * e.abs().max(1.0),
            "{what}: {got:?}, expected {expected:?}"
        );
    }
}

#[test]
fn errors_follow_the_version() {
    let table: [(u32, [f32; 2], [f64; 2]); 9] = [
        (9, [0.0, 0.0], [LN_2, 10.0 * LN_2]),
        (9, [-3.88009, -5.711015], [0.02043867, 0.03303848]),
        (10, [0.0, 0.0], [0.4162773, 4.560089]),
        (13, [2.5, 1.0], [0.8029461, 6.276771]),
        (14, [0.0, 0.0], [0.3465736, 3.796523]),
        (14, [-3.88009, -5.711015], [0.06713321, 0.3063566]),
        (15, [2.5, 1.0], [0.7509645, 5.335239]),
        (16, [2.5, 1.0], [0.7509645, 5.335239]),
        (17, [2.5, 1.0], [0.7509645, 5.335239]),
    ];
    for (version, [winloss, score], expected) in table {
        let raw = [0.0, 0.0, 0.0, 0.0, winloss, score];
        let (time, errors) = errors(version, &raw, &Multipliers::default());
        let errors = errors.expect("versions above 8 predict errors");
        close(
            &format!("version {version}"),
            [errors.winloss, errors.score],
            &expected,
        );
        close("variance time", time, &[40.0 * LN_2]);
    }
    assert_eq!(errors(8, &[0.0; 4], &Multipliers::default()), (None, None));
}

#[test]
fn a_network_with_too_few_outputs_is_an_error_and_no_panic() {
    let (_, errors) = errors(17, &[0.0; 4], &Multipliers::default());
    assert!(check_finite("uncertainty", errors.map(|e| e.winloss)).is_err());
}

#[test]
fn scores_scale_and_shrink_with_no_result() {
    let table: [([f32; 3], f32, [f64; 3]); 3] = [
        ([0.5, 1.0, -0.25], 0.0, [10.0, 26.265233, -5.0]),
        ([0.5, 1.0, -0.25], 0.25, [7.5, 23.154846, -3.75]),
        // g170-b6c96 on the empty board: KataGo prints 0.497 and 0.032 for White, and 975.291 = mean^2 + stdev^2.
        (
            [-0.024855, 1.325732, -0.001588],
            0.0,
            [-0.4971, 31.2257, -0.03176],
        ),
    ];
    for (raw, no_result, expected) in table {
        let score = score(&raw, &Multipliers::default(), no_result);
        close(
            &format!("{raw:?}"),
            [score.mean, score.stdev, score.lead],
            &expected,
        );
    }
}

#[test]
fn no_result_counts_only_where_the_rules_allow_it() {
    let table: [([f32; 3], bool, [f64; 3]); 4] = [
        ([1.0, 2.0, -1.0], false, [0.26894142, 0.73105858, 0.0]),
        ([1.0, 2.0, -1.0], true, [0.25949646, 0.70538451, 0.03511903]),
        // g170-b6c96 on the empty board: 0.527430 for White.
        (
            [2.883143, 2.992974, -5.918481],
            false,
            [0.47256982, 0.52743018, 0.0],
        ),
        ([500.0, -500.0, 900.0], false, [1.0, 0.0, 0.0]),
    ];
    for (logits, possible, expected) in table {
        let c = chances(logits, possible);
        close(
            &format!("{logits:?}"),
            [c.win, c.loss, c.no_result],
            &expected,
        );
    }
}

#[test]
fn softmax_skips_illegal_moves_and_sharpens_with_temperature() {
    let legal = [true, true, true, false];
    let table: [(f32, [f64; 4]); 2] = [
        (1.0, [0.09003057, 0.24472847, 0.66524096, -1.0]),
        (0.5, [0.01587624, 0.11731043, 0.86681333, -1.0]),
    ];
    for (temperature, expected) in table {
        let mut logits = [0.0, 1.0, 2.0, 99.0];
        softmax(&mut logits, &legal, temperature);
        close(&format!("temperature {temperature}"), logits, &expected);
    }
}

#[test]
fn passing_is_capped_at_95_percent() {
    let table: [([f32; 4], [f64; 4]); 4] = [
        ([0.005, 0.015, -1.0, 0.98], [0.0125, 0.0375, -1.0, 0.95]),
        ([0.02, 0.03, -1.0, 0.95], [0.02, 0.03, -1.0, 0.95]),
        ([-1.0, -1.0, -1.0, 1.0], [-1.0, -1.0, -1.0, 1.0]),
        ([0.5, 0.3, 0.1, 0.1], [0.5, 0.3, 0.1, 0.1]),
    ];
    for (mut policy, expected) in table {
        cap_pass(&mut policy);
        close("capped", policy, &expected);
    }
}

#[test]
fn softplus_neither_overflows_nor_underflows() {
    close(
        "softplus",
        [-100.0, 0.0, 1.0, 50.0, 1e30].map(softplus),
        &[0.0, LN_2, 1.31326169, 50.0, 1e30],
    );
}
