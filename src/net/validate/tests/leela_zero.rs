//! Leela Zero's networks of sizes that are not read.

use crate::features::InputVersion;
use crate::net::spec::{Body, LeelaZeroBody, NetSpec};
use crate::net::validate::Problem;

#[test]
fn leela_zero_sizes_are_bounded() {
    type Change = fn(&mut LeelaZeroBody);
    let changes: [(Change, &str); 8] = [
        (
            |b| b.version = 3,
            "Leela Zero version 3 is not supported; 1 and 2 are",
        ),
        (|b| b.channels = 0, "layer input: 0 channels"),
        (
            |b| b.channels = usize::MAX,
            "channels; 1 to 8192 are allowed",
        ),
        (|b| b.channels = 8192, "at most 268435456 are allowed"),
        (|b| b.blocks = 5000, "5000 blocks; at most 1024 are allowed"),
        (|b| b.policy_channels = 0, "layer policy.conv: 0 channels"),
        (
            |b| b.value_channels = 9999,
            "layer value.conv: 9999 channels",
        ),
        (
            |b| b.value_hidden = 0,
            "layer value.linear1: 0 hidden values",
        ),
    ];
    let good = LeelaZeroBody {
        version: 1,
        channels: 4,
        blocks: 2,
        policy_channels: 2,
        value_channels: 1,
        value_hidden: 8,
    };
    let spec = |input, body| NetSpec {
        input,
        body: Body::LeelaZero(body),
    };
    for (change, expected) in changes {
        let mut body = good.clone();
        change(&mut body);
        let checked = spec(InputVersion::Agz, body).validate();
        let problem = checked.expect_err(expected).to_string();
        assert!(
            problem.contains(expected),
            "{problem}\nexpected: {expected}"
        );
    }
    let expected = Problem::new("networks of this family read Agz planes, not V7");
    assert_eq!(spec(InputVersion::V7, good).validate(), Err(expected));
}
