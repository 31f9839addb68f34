//! Small files written by hand, so that reading is checked against the format and not against our own writing.

use std::fmt::Write as _;

use crate::net::formats::parse;
use crate::net::spec::{Activation, Block, Body, KataBody, LeelaZeroBody, Multipliers, Network};

/// `count` numbers 0, 1, 2 ...: each value says where in the file it was.
fn counting(count: usize) -> String {
    let numbers: Vec<String> = (0..count).map(|number| number.to_string()).collect();
    numbers.join(" ")
}

/// A version 8 network of one block: 2 trunk channels, kernels of one row and three columns at first.
fn version_8() -> String {
    let mut file = String::from("hand-made\n8\n22\n19\ntrunk\n1 2 2 2 2 2\n");
    let conv = |name: &str, y: usize, x: usize, inputs: usize, outputs: usize| {
        let numbers = counting(y * x * inputs * outputs);
        format!("{name}\n{y} {x} {inputs} {outputs} 1 1\n{numbers}\n")
    };
    let norm = |name: &str| format!("{name}\n2 0.25 0 1\n3 5\n0.75 3.75\n10 20\n{name}/act\n");
    let matmul = |name: &str, inputs: usize, outputs: usize| {
        format!(
            "{name} {inputs} {outputs}\n{}\n",
            counting(inputs * outputs)
        )
    };
    let bias = |name: &str, channels: usize| format!("{name} {channels} {}\n", counting(channels));
    file += &conv("conv1", 1, 3, 22, 2);
    file += &matmul("ginputw", 19, 2);
    file += "ordinary_block\nrconv1\n";
    file += &norm("n1");
    file += &conv("w1", 3, 1, 2, 2);
    file += &norm("n2");
    file += &conv("w2", 1, 1, 2, 2);
    file += "tip\n2 1e-20 1 1\n0 0\n1 1\n2 3\n4 5\nrelu\n";
    file += "policyhead\n";
    file += &conv("p1", 1, 1, 2, 2);
    file += &conv("g1", 1, 1, 2, 2);
    file += &norm("g1n");
    file += &matmul("g2w", 6, 2);
    file += &norm("p1n");
    file += &conv("p2", 1, 1, 2, 1);
    file += &matmul("matmulpass", 6, 1);
    file += "valuehead\n";
    file += &conv("v1", 1, 1, 2, 2);
    file += &norm("v1n");
    file += &matmul("v2w", 6, 4);
    file += &bias("v2b", 4);
    file += "v2act\n";
    file += &matmul("v3w", 4, 3);
    file += &bias("v3b", 3);
    file += &matmul("sv3w", 4, 4);
    file += &bias("sv3b", 4);
    file + &conv("vo", 1, 1, 2, 1)
}

fn kata_body(network: &Network) -> &KataBody {
    match &network.spec.body {
        Body::Kata(body) => body,
        Body::LeelaZero(_) => panic!("not a KataGo network"),
    }
}

fn values<'a>(network: &'a Network, key: &str) -> &'a [f32] {
    let weights = network.weights.get(key);
    &weights.unwrap_or_else(|| panic!("no tensor {key}")).values
}

#[test]
fn a_version_8_text_file() {
    let network =
        parse("a.txt", version_8().as_bytes()).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(network.metadata.name, "hand-made");
    let body = kata_body(&network);
    assert_eq!(body.version, 8);
    assert_eq!(body.multipliers, Multipliers::default());
    assert_eq!(body.tip_activation, Activation::Relu);
    assert_eq!(body.policy.channels, 1);
    assert_eq!(body.value.score.outputs, 4);
    let [Block::Ordinary(block)] = &body.blocks[..] else {
        panic!("not one ordinary block: {:?}", body.blocks);
    };
    assert_eq!((block.conv1.kernel_y, block.conv1.kernel_x), (3, 1));
}

#[test]
fn kernels_are_turned_from_y_x_in_out_to_out_in_y_x() {
    let network =
        parse("a.txt", version_8().as_bytes()).unwrap_or_else(|problem| panic!("{problem}"));
    for (key, [y_side, x_side, inputs, outputs]) in [
        ("conv1.weight", [1, 3, 22, 2]),
        ("w1.weight", [3, 1, 2, 2]),
        ("p2.weight", [1, 1, 2, 1]),
    ] {
        let weight = &network.weights[key];
        assert_eq!(weight.shape, [outputs, inputs, y_side, x_side], "{key}");
        let mut expected = Vec::new();
        for output in 0..outputs {
            for input in 0..inputs {
                for y in 0..y_side {
                    for x in 0..x_side {
                        expected
                            .push((((y * x_side + x) * inputs + input) * outputs + output) as f32);
                    }
                }
            }
        }
        assert_eq!(weight.values, expected, "{key}");
    }
}

#[test]
fn batch_norms_are_folded() {
    let network =
        parse("a.txt", version_8().as_bytes()).unwrap_or_else(|problem| panic!("{problem}"));
    // Variances 0.75 and 3.75 with epsilon 0.25, no scale, biases 10 and 20, means 3 and 5.
    assert_eq!(values(&network, "n1.scale"), [1.0, 0.5]);
    assert_eq!(values(&network, "n1.bias"), [7.0, 17.5]);
    // Already folded.
    assert_eq!(values(&network, "tip.scale"), [2.0, 3.0]);
    assert_eq!(values(&network, "tip.bias"), [4.0, 5.0]);
}

#[test]
fn layers_of_one_name_are_told_apart() {
    let file = version_8().replace("\nw2\n", "\nw1\n");
    let network = parse("a.txt", file.as_bytes()).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(network.weights["w1.weight"].shape, [2, 2, 3, 1]);
    assert_eq!(network.weights["w1#2.weight"].shape, [2, 2, 1, 1]);
}

/// A Leela Zero network of no blocks with one channel: the input convolution and the heads.
fn leela_zero() -> String {
    let mut file = String::from("1\n");
    let mut line = |numbers: &str| {
        let _ = writeln!(file, "{numbers}");
    };
    // Input: bias 3, mean 1, variance 4 - 1e-5.
    for numbers in [&counting(18 * 9), "3", "1", "3.99999"] {
        line(numbers);
    }
    for numbers in [
        "1",
        "0",
        "0",
        "0.99999",
        &counting(362 * 361),
        &counting(362),
    ] {
        line(numbers);
    }
    for numbers in [
        "1",
        "0",
        "0",
        "0.99999",
        &counting(2 * 361),
        "8 9",
        "6 7",
        "5",
    ] {
        line(numbers);
    }
    file
}

#[test]
fn a_leela_zero_file() {
    let network =
        parse("my net.txt", leela_zero().as_bytes()).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(network.metadata.name, "my-net");
    let expected = LeelaZeroBody {
        version: 1,
        channels: 1,
        blocks: 0,
        policy_channels: 1,
        value_channels: 1,
        value_hidden: 2,
    };
    assert_eq!(network.spec.body, Body::LeelaZero(expected));
    // Convolutions are already [out, in, y, x]; a standard deviation of 2 halves them.
    assert_eq!(values(&network, "input.weight")[..4], [0.0, 0.5, 1.0, 1.5]);
    assert_eq!(values(&network, "input.bias"), [1.0]);
    // Linear layers are turned from [out, in] to [in, out].
    let policy = &network.weights["policy.linear.weight"];
    assert_eq!(policy.shape, [361, 362]);
    assert_eq!(policy.values[..3], [0.0, 361.0, 722.0]);
    let value = &network.weights["value.linear1.weight"];
    assert_eq!(value.shape, [361, 2]);
    assert_eq!(value.values[..4], [0.0, 361.0, 1.0, 362.0]);
    assert_eq!(values(&network, "value.linear2.weight"), [6.0, 7.0]);
    assert_eq!(values(&network, "value.linear2.bias"), [5.0]);
}

#[test]
fn windows_line_ends_and_blank_lines_at_the_end_do_no_harm() {
    let unix = leela_zero();
    let windows = unix.replace('\n', "\r\n") + "\r\n \r\n";
    assert_eq!(
        parse("a.txt", unix.as_bytes()),
        parse("a.txt", windows.as_bytes())
    );
    let unix = version_8();
    let windows = unix.replace('\n', "\r\n") + "\r\n";
    assert_eq!(
        parse("a.txt", unix.as_bytes()),
        parse("a.txt", windows.as_bytes())
    );
}
