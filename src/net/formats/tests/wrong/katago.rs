//! KataGo's files with one thing wrong.

use crate::net::formats::tests::network;
use crate::net::formats::{encode, parse};

/// The name of a network, what is replaced in its text form the first time it occurs, by what, and the error that
/// reading it gives then.
type Wrong = (&'static str, &'static str, &'static str, &'static str);

/// Checks that reading fails as expected.
fn check(&(name, from, to, expected): &Wrong) {
    let file = format!("{name}.txt");
    let text = String::from_utf8(encode(&network(name), &file).expect("it can be written"))
        .expect("it is text");
    let changed = text.replacen(from, to, 1);
    assert!(text != changed, "{name} has no {from:?}");
    match parse(&file, changed.as_bytes()) {
        Ok(_) => panic!("{name} with {to:?} for {from:?} was accepted"),
        Err(problem) => assert!(
            problem.to_string().contains(expected),
            "{to:?} for {from:?}: {problem}"
        ),
    }
}

const HEADER: &[Wrong] = &[
    (
        "v8",
        "v8\n8\n",
        "v8\n7\n",
        "KataGo model version 7 is not supported; 8 to 17 are",
    ),
    (
        "v8",
        "v8\n8\n",
        "v8\n18\n",
        "KataGo model version 18 is not supported",
    ),
    (
        "v8",
        "v8\n8\n",
        "v8\neight\n",
        "this is not a network file: KataGo's have the version of the model second, here it is \"eight\"",
    ),
    ("v8", "v8\n8\n", "v/8\n8\n", "the network's name \"v/8\""),
    (
        "v8",
        "8\n22\n",
        "8\n18\n",
        "the number of input planes is 18",
    ),
    (
        "v8",
        "22\n19\n",
        "22\n0\n",
        "the number of global inputs is 0",
    ),
    (
        "v13",
        "\n20.0\n",
        "\n-20.0\n",
        "the output multiplier -20 is not positive",
    ),
    (
        "v15",
        "30.0\n0\n",
        "30.0\n2\n",
        "the metadata encoder's version is 2",
    ),
    (
        "v15",
        "30.0\n0\n0\n0\n",
        "30.0\n0\n0\n1\n",
        "a reserved field is 1; 0 to 0 are allowed",
    ),
];

const TRUNK: &[Wrong] = &[
    (
        "v8",
        "trunk\n2\n",
        "trunk\n3\n",
        "unknown kind of block \"tip\"",
    ),
    (
        "v8",
        "trunk\n2\n",
        "trunk\n0\n",
        "the number of blocks is 0",
    ),
    (
        "v8",
        "trunk\n2\n",
        "trunk\n99999999999999999999\n",
        "the number of blocks is \"99999999999999999999\"",
    ),
    (
        "v8",
        "trunk\n2\n6\n",
        "trunk\n2\n7\n",
        "layer input.conv: writes 6 channels, but the trunk has 7",
    ),
    (
        "v8",
        "input.conv\n3\n",
        "input.conv\n4\n",
        "layer input.conv: weights: \"input.globals\" is not a number",
    ),
    (
        "v8",
        "input.conv\n3\n",
        "input.conv\n21\n",
        "layer input.conv: the kernel's height is 21",
    ),
    (
        "v8",
        "22\n6\n1\n1\n",
        "22\n6\n1\n2\n",
        "layer input.conv: horizontal dilation is not supported",
    ),
    (
        "v8",
        "22\n6\n1\n1\n",
        "22\n8000\n1\n1\n",
        "layer input.conv: weights needs 1584000 values, more than",
    ),
    (
        "v8",
        "ordinary_block",
        "new_block",
        "layer block0: unknown kind of block \"new_block\"",
    ),
    (
        "v8",
        "blocks.0.conv1\n",
        "blocks.0.conv1\u{1}\n",
        "a layer's name: byte",
    ),
    (
        "v8",
        "blocks.0.conv1\n3\n3\n6\n6\n",
        "blocks.0.conv1\n3\n3\n7\n6\n",
        "is not a number",
    ),
    (
        "v11",
        "ACTIVATION_RELU",
        "ACTIVATION_GELU",
        "layer blocks.0.norm1: unknown activation \"ACTIVATION_GELU\"",
    ),
    (
        "v15-meta",
        "meta_encoder\n192\n",
        "meta_encoder\n193\n",
        "the number of metadata inputs is 193",
    ),
    (
        "v17-rms-tip",
        "1e-6\n0\n0\n",
        "1e-6\n0\n2\n",
        "layer tip: the size of channel groups is 2",
    ),
    (
        "v17-fixed-rope",
        "\n6\n10\n1\n",
        "\n6\n10\n0\n",
        "layer block1: feed-forward blocks without a gate",
    ),
    (
        "v17-fixed-rope",
        "100.0",
        "0.0",
        "the rope's base 0 is not positive",
    ),
    (
        "v17-fixed-rope",
        "block0\n4\n2\n",
        "block0\n4\n3\n",
        "4 query heads cannot share 3 key and value heads",
    ),
    (
        "v17-learned-rope",
        "blocks.0.rope\n4\n2\n",
        "blocks.0.rope\n4\n3\n",
        "the rope's pairs is 3; 2 to 2",
    ),
    (
        "v14-nested",
        "block0\n2\n",
        "block0\n0\n",
        "the number of inner blocks is 0",
    ),
];

const HEADS: &[Wrong] = &[
    (
        "v8",
        "value.ownership\n1\n1\n3\n",
        "value.ownership\n1\n1\n2\n",
        "more content after the last layer",
    ),
    (
        "v17",
        "policy_head\n2\n",
        "policy_head\n3\n",
        "layer policy.conv2: 3 policy channels; version 17 has 2 or 4",
    ),
    (
        "v17",
        "value_head\n0\n",
        "value_head\n1\n",
        "a reserved field is 1",
    ),
];

#[test]
fn katago_files() {
    [HEADER, TRUNK, HEADS].concat().iter().for_each(check);
}

/// Replaces the first weight of a layer.
#[test]
fn katago_weights() {
    let text = String::from_utf8(encode(&network("v8"), "a.txt").expect("it can be written"))
        .expect("it is text");
    let announcement = "blocks.1.pool_conv\n3\n3\n6\n2\n1\n1\n";
    let (head, tail) = text.split_once(announcement).expect("the layer is there");
    let (_, tail) = tail.split_once(' ').expect("it has weights");
    for (value, expected) in [
        (
            "nan",
            "layer blocks.1.pool_conv: weights: nan is not a finite number",
        ),
        (
            "-inf",
            "layer blocks.1.pool_conv: weights: -inf is not a finite number",
        ),
        (
            "1e39",
            "layer blocks.1.pool_conv: weights: 1e39 is not a finite number",
        ),
        (
            "0x1",
            "layer blocks.1.pool_conv: weights: \"0x1\" is not a number",
        ),
        (
            "@BIN@",
            "layer blocks.1.pool_conv: binary numbers where text was expected",
        ),
    ] {
        let changed = format!("{head}{announcement}{value} {tail}");
        let problem = parse("a.txt", changed.as_bytes())
            .expect_err(value)
            .to_string();
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn katago_names_that_say_something_else() {
    let v8 = network("v8");
    let binary = encode(&v8, "a.bin").expect("it can be written");
    let text = encode(&v8, "a.txt").expect("it can be written");
    let problem = parse("a.txt", &binary)
        .expect_err("binary numbers")
        .to_string();
    assert_eq!(
        problem,
        "layer input.conv: binary numbers where text was expected (by the file's name or its first block)"
    );
    let problem = parse("a.bin", &text).expect_err("text numbers").to_string();
    assert_eq!(
        problem,
        "layer input.conv: weights: no @BIN@ mark before binary numbers"
    );
}

#[test]
fn binary_weights_that_are_no_numbers() {
    let mut bytes = encode(&network("v8"), "a.bin").expect("it can be written");
    let first = bytes
        .windows(5)
        .position(|window| window == b"@BIN@")
        .expect("it is binary")
        + 5;
    bytes[first + 8..first + 12].copy_from_slice(&f32::INFINITY.to_le_bytes());
    let problem = parse("a.bin", &bytes)
        .expect_err("a weight is infinite")
        .to_string();
    assert_eq!(problem, "layer input.conv: value 2 of weights is inf");
}
