//! Files with one thing wrong: the error says what and where.

mod katago;

use super::network;
use crate::net::formats::{encode, parse};

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
