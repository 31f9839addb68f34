//! Files with one thing wrong: the error says what and where.

use super::network;
use crate::net::formats::{encode, parse};

/// Replaces the first `from` in the text form of a network by `to`, and checks that reading it fails as expected.
fn check(name: &str, from: &str, to: &str, expected: &str) {
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

#[test]
fn katago_files() {
    for (name, from, to, expected) in [
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
            "v8",
            "value.ownership\n1\n1\n3\n",
            "value.ownership\n1\n1\n2\n",
            "more content after the last layer",
        ),
        (
            "v11",
            "ACTIVATION_RELU",
            "ACTIVATION_GELU",
            "layer blocks.0.norm1: unknown activation \"ACTIVATION_GELU\"",
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
    ] {
        check(name, from, to, expected);
    }
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

#[test]
fn leela_zero_files() {
    let text =
        String::from_utf8(encode(&network("leela-zero-v1"), "a.txt").expect("it can be written"));
    let text = text.expect("it is text");
    let lines: Vec<&str> = text.lines().collect();
    let without = |line: usize| [&lines[..line], &lines[line + 1..]].concat().join("\n");
    let changed = |line: usize, content: &str| {
        [&lines[..line], &[content], &lines[line + 1..]]
            .concat()
            .join("\n")
    };
    for (file, expected) in [
        (changed(0, "3"), "the first line is not version 1 or 2"),
        (
            without(5),
            "33 lines of weights; a network of n blocks has 18 + 8 n",
        ),
        (without(lines.len() - 1), "33 lines of weights"),
        (
            changed(2, "1 2"),
            "layer input: 486 weights in line 2, which is not 162 for each of 2 biases",
        ),
        (
            changed(3, "1 2"),
            "layer input: 2 means in line 4 where 3 are needed",
        ),
        (
            changed(4, "1 -1 1"),
            "layer input: channel 1 has variance -1",
        ),
        (changed(4, "1 x 1"), "a number: \"x\" is not a number"),
        (
            changed(4, "1 NaN 1"),
            "a number: NaN is not a finite number",
        ),
        (
            changed(9, "1 2 3"),
            "layer blocks.0.conv2: 3 weights in line 10",
        ),
        (
            changed(26, "0 0"),
            "layer policy.linear: 130682 weights in line 26, which is not 361 for each of 2 biases",
        ),
        (
            changed(33, "1 2"),
            "layer value.linear2: 2 weights in line 34, which is not 4 for each of 1 biases",
        ),
    ] {
        let problem = parse("a.txt", file.as_bytes())
            .expect_err(expected)
            .to_string();
        assert!(
            problem.starts_with(expected),
            "{problem}\nexpected: {expected}"
        );
    }
}

#[test]
fn own_files() {
    let bytes = encode(&network("v17"), "a.safetensors").expect("it can be written");
    let start = 8 + u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let header = String::from_utf8(bytes[8..start].to_vec()).expect("the header is text");
    let data = &bytes[start..];
    for (from, to, expected) in [
        (
            "df_console.spec",
            "df_console.spex",
            "unknown key \"df_console.spex\" in the header",
        ),
        (
            "\"df_console.format\":\"1\"",
            "\"df_console.format\":\"2\"",
            "format \"2\" is newer than this program",
        ),
        (
            "\"df_console.format\":\"1\"",
            "\"df_console.format\":\"1\",\"x\":\"\"",
            "unknown key \"x\" in the header",
        ),
        (
            "tip.scale",
            "tap.scale",
            "the checksum is wrong: the file is damaged",
        ),
        (
            "\\\"version\\\":17",
            "\\\"version\\\":16",
            "the checksum is wrong: the file is damaged",
        ),
        ("{", "[", "not a whole safetensors file"),
        (
            "\"__metadata__\":{",
            "\"__metadata__\":{\"a\":1,",
            "not a whole safetensors file",
        ),
    ] {
        let changed = header.replacen(from, to, 1);
        assert_ne!(header, changed, "the header has no {from}");
        let file = [
            &(changed.len() as u64).to_le_bytes()[..],
            changed.as_bytes(),
            data,
        ]
        .concat();
        let problem = parse("a.safetensors", &file).expect_err(to).to_string();
        assert!(problem.starts_with(expected), "{to}: {problem}");
    }
    let mut absurd = bytes.clone();
    absurd[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let problem = parse("a.safetensors", &absurd)
        .expect_err("no header is that long")
        .to_string();
    assert_eq!(
        problem,
        "the header's length 18446744073709551615 is absurd"
    );
    let longer = [&bytes[..], b"x"].concat();
    let problem = parse("a.safetensors", &longer)
        .expect_err("a byte too many")
        .to_string();
    assert!(
        problem.starts_with("not a whole safetensors file"),
        "{problem}"
    );
}

/// Networks that are whole files of our own but make no sense are found by the checks that all formats share.
#[test]
fn networks_that_do_not_fit_together() {
    type Change = fn(&mut crate::net::spec::Network);
    let changes: [(&str, Change, &str); 4] = [
        (
            "a missing tensor",
            |n| drop(n.weights.remove("tip.bias")),
            "layer tip: tensor .bias is missing",
        ),
        (
            "an unknown tensor",
            |n| {
                let copy = n.weights["tip.bias"].clone();
                n.weights.insert("top.bias".to_owned(), copy);
            },
            "tensor top.bias belongs to no layer",
        ),
        (
            "a misshapen tensor",
            |n| n.weights.get_mut("tip.bias").expect("it is there").shape = vec![1, 6],
            "layer tip: tensor .bias has shape [1, 6], but the layer needs [6]",
        ),
        (
            "a short tensor",
            |n| {
                n.weights
                    .get_mut("tip.bias")
                    .expect("it is there")
                    .values
                    .truncate(5)
            },
            "layer tip: tensor .bias has 5 values, but its shape [6] needs 6",
        ),
    ];
    for (what, change, expected) in changes {
        let mut network = network("v17");
        change(&mut network);
        // Written without the checks that `encode` makes first.
        let Ok(bytes) = crate::net::formats::own::write(&network) else {
            panic!("{what} cannot be written");
        };
        let problem = parse("a.safetensors", &bytes).expect_err(what).to_string();
        if what != "a short tensor" {
            assert_eq!(problem, expected, "{what}");
        }
        assert_eq!(
            network.validate().expect_err(what).to_string(),
            expected,
            "{what}"
        );
    }
}

/// What no layer needs, or not in this shape, is refused for that, whatever its numbers are: it is not converted first.
#[test]
fn tensors_that_are_not_needed_are_not_read() {
    type Change = fn(&mut crate::net::spec::Network);
    let changes: [(&str, Change, &str); 2] = [
        (
            "top.bias",
            |n| {
                let copy = n.weights["tip.bias"].clone();
                n.weights.insert("top.bias".to_owned(), copy);
            },
            "tensor top.bias belongs to no layer",
        ),
        (
            "tip.bias",
            |n| n.weights.get_mut("tip.bias").expect("it is there").shape = vec![1, 6],
            "layer tip: tensor .bias has shape [1, 6], but the layer needs [6]",
        ),
    ];
    for (tensor, change, expected) in changes {
        let mut network = network("v17");
        change(&mut network);
        let mut bytes = crate::net::formats::own::write(&network).expect("it can be written");
        let entry = format!("\"{tensor}\":{{");
        let find = |bytes: &[u8], text: &str| {
            bytes
                .windows(text.len())
                .position(|at| at == text.as_bytes())
        };
        let entry = find(&bytes, &entry).expect("the header names it");
        let kind = find(&bytes[entry..], "\"F").expect("it has floats");
        // Integers of the same size.
        bytes[entry + kind + 1] = b'I';
        let problem = parse("a.safetensors", &bytes)
            .expect_err(tensor)
            .to_string();
        assert_eq!(problem, expected);
    }
}
