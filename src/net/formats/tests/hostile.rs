//! Damaged and malicious files: no panic, no hang, no memory beyond what the file's size allows.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{file_names, network, networks, same_bits};
use crate::net::formats::{encode, parse};
use crate::net::sample::{BlockRecipe, KataRecipe, RopeRecipe, kata};
use crate::net::spec::Network;

/// Reads a damaged file. Whatever is accepted is a valid network; where the format carries a checksum, the same one.
fn check_damaged(original: &Network, file: &str, bytes: &[u8], what: &str) {
    let Ok(read) = parse(file, bytes) else {
        return;
    };
    assert_eq!(
        read.validate(),
        Ok(()),
        "{file}, {what}: accepted and invalid"
    );
    if file.ends_with(".gz") || file.ends_with(".safetensors") {
        assert!(
            same_bits(original, &read),
            "{file}, {what}: accepted and changed"
        );
    }
}

/// The content of the file.
fn written(network: &Network, file: &str) -> Vec<u8> {
    encode(network, file).expect("it can be written")
}

/// Flips a random bit in each of the bytes at `positions` of the file.
fn check_flips(network: &Network, file: &str, bytes: &[u8], positions: Vec<usize>) {
    let mut bytes = bytes.to_vec();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    for position in positions {
        let bit = 1 << rng.random_range(0..8);
        bytes[position] ^= bit;
        check_damaged(network, file, &bytes, &format!("byte {position} ^ {bit}"));
        bytes[position] ^= bit;
    }
}

/// Cuts the file to the lengths `lengths`. Nothing but white space may be missing from what is accepted.
fn check_cuts(network: &Network, file: &str, bytes: &[u8], lengths: Vec<usize>) {
    for length in lengths {
        if let Ok(read) = parse(file, &bytes[..length]) {
            let missing = &bytes[length..];
            assert!(
                missing.iter().all(u8::is_ascii_whitespace),
                "{file} cut to {length} bytes"
            );
            assert!(same_bits(network, &read), "{file} cut to {length} bytes");
        }
    }
}

/// `count` numbers below `most`, the first and last few hundred among them.
fn sample(most: usize, count: usize) -> Vec<usize> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let edge = count / 4;
    let mut numbers: Vec<usize> = (0..edge.min(most))
        .chain(most.saturating_sub(edge)..most)
        .collect();
    numbers.extend((0..count / 2).map(|_| rng.random_range(0..most)));
    numbers
}

/// One byte in this many is damaged.
const STRIDE: usize = if cfg!(optimised) { 1 } else { 29 };
/// One in this many of the damages to other networks is done.
const SHARE: usize = if cfg!(optimised) { 1 } else { 5 };
/// Bytes that a bomb unpacks to; small files may unpack to 16 MiB and a little more.
const BOMB: usize = if cfg!(optimised) { 48 << 20 } else { 20 << 20 };

/// A network so small that each of its bytes can be damaged.
fn tiniest() -> Network {
    let attention = BlockRecipe::Attention {
        heads: 2,
        kv_heads: 1,
        qk_dim: 2,
        v_dim: 1,
        rope: RopeRecipe::Learned,
    };
    let nested = BlockRecipe::Nested(vec![attention, BlockRecipe::FeedForward(1)]);
    let recipe = KataRecipe {
        spread: 0.2,
        ..KataRecipe::new("tiniest", 17, 1, vec![nested, BlockRecipe::GlobalPooling])
    };
    kata(&recipe, &mut Xoshiro256PlusPlus::seed_from_u64(4)).expect("the recipe is right")
}

#[test]
fn any_byte_flipped_and_length_cut_in_each_format() {
    let network = tiniest();
    for file in ["a.bin.gz", "a.safetensors", "a.bin", "a.txt"] {
        let bytes = written(&network, file);
        let places: Vec<usize> = (0..bytes.len()).step_by(STRIDE).collect();
        check_flips(&network, file, &bytes, places.clone());
        check_cuts(&network, file, &bytes, places);
    }
}

#[test]
fn what_follows_a_compressed_network_is_told_from_one_that_is_cut_off() {
    let (katago, leela_zero) = (tiniest(), network("leela-zero-v1"));
    for (network, file) in [(katago, "a.bin.gz"), (leela_zero, "a.txt.gz")] {
        let whole = written(&network, file);
        let told = |bytes: &[u8]| {
            let problem = parse(file, bytes).expect_err("it is damaged");
            problem.to_string()
        };
        let junk = "what is compressed ends 4 bytes before the file does";
        assert_eq!(told(&[&whole[..], b"junk"].concat()), junk);
        for cut in [4, 100] {
            let told = told(&whole[..whole.len() - cut]);
            assert!(told.ends_with("the compressed file is cut off"), "{told}");
        }
    }
}

#[test]
fn some_bytes_flipped_and_lengths_cut_in_every_network() {
    for network in networks() {
        let leela_zero = network.metadata.name.starts_with("leela");
        let count = if leela_zero { 8 } else { 40 } / SHARE;
        for file in file_names(network) {
            let bytes = written(network, &file);
            check_flips(network, &file, &bytes, sample(bytes.len(), count));
            // Leela Zero's own writer ends no line, so the last number may lose digits unseen unless it is compressed.
            let spared = if leela_zero && file.ends_with(".txt") {
                16
            } else {
                0
            };
            let lengths = sample(bytes.len() - spared, count);
            check_cuts(network, &file, &bytes, lengths);
        }
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(content).expect("memory takes all");
    gzip.finish().expect("memory takes all")
}

/// A file is refused before memory is spent on what it only announces or on what it unpacks to.
#[test]
fn bombs_are_refused_at_once() {
    let header = "bomb\n8\n22\n19\ntrunk\n1 8192 1 1 1 1\nconv1\n19 19 22 8192 1 1\n";
    let zeros = |start: &str, zero: &str| {
        let content = start.to_owned() + &zero.repeat(BOMB / zero.len());
        gzip(content.as_bytes())
    };
    let too_much = "which is more than a file of this size can hold";
    for (what, file, bytes, expected) in [
        (
            "text weights",
            "a.txt.gz",
            zeros(header, "0 "),
            "more than the file can hold",
        ),
        (
            "binary weights",
            "a.bin.gz",
            zeros(&format!("{header}@BIN@"), "\0"),
            "more than the file can hold",
        ),
        (
            "a line without end",
            "a.txt.gz",
            zeros("1\n0 0\n", &format!("{} ", "0".repeat(15))),
            too_much,
        ),
        (
            "lines without end",
            "a.txt.gz",
            zeros("1\n0 0\n", "\n"),
            "more lines than 1024 blocks have",
        ),
        (
            "spaces without end",
            "a.txt.gz",
            zeros("1\n0 0\n", " "),
            "a long run of white space",
        ),
        (
            "a word without end",
            "a.bin.gz",
            zeros("", "a"),
            "a word of more than 256 characters",
        ),
        (
            "weights announced, not there",
            "a.bin",
            header.as_bytes().to_vec(),
            "the file ends before weights",
        ),
        (
            "weights announced, few there",
            "a.bin",
            format!("{header}@BIN@0000").into_bytes(),
            "more than the file can hold",
        ),
    ] {
        match parse(file, &bytes) {
            Ok(_) => panic!("{what}: accepted"),
            Err(problem) => assert!(problem.to_string().contains(expected), "{what}: {problem}"),
        }
    }
}

/// A text of zeros unpacks to many more values than bytes: their number has a bound of its own.
#[test]
fn a_file_holds_a_few_values_for_each_of_its_bytes() {
    let most = |length: usize| (4 << 20) + 4 * length;
    // Behind the zeros comes what does not compress.
    let padding = vec![0; if cfg!(optimised) { 8 << 20 } else { 1 << 16 }];
    let mut bytes =
        gzip(format!("1\n0 0\n{}", "0 ".repeat(most(padding.len()) + (1 << 20))).as_bytes());
    bytes.extend(padding);
    let problem = parse("a.txt.gz", &bytes).expect_err("a bomb").to_string();
    let expected = format!("more than {} weights, which", most(bytes.len()));
    assert!(problem.contains(&expected), "{problem}");
}

/// Blocks within blocks within blocks, as deep as a file can say.
#[test]
fn nesting_is_bounded() {
    let v14 = network("v14-nested");
    let text =
        String::from_utf8(encode(&v14, "a.txt").expect("it can be written")).expect("it is text");
    let (head, tail) = text
        .split_once("nested_bottleneck_block\nblock0\n2\n")
        .expect("it is nested");
    let (layers, _) = tail
        .split_once("ordinary_block")
        .expect("a block is inside");
    let deep = format!("nested_bottleneck_block\nblock\n1\n{layers}").repeat(10_000);
    let problem = parse("a.txt", format!("{head}{deep}").as_bytes())
        .expect_err("too deep")
        .to_string();
    assert_eq!(problem, "layer block: blocks are nested more than 4 deep");

    let own = encode(&v14, "a.safetensors").expect("it can be written");
    let start = 8 + u64::from_le_bytes(own[..8].try_into().expect("eight bytes")) as usize;
    let header = String::from_utf8(own[8..start].to_vec()).expect("the header is text");
    let deep = r#"[{\"inner\":"#.repeat(100_000);
    let header = header.replacen(r#"\"blocks\":["#, &format!(r#"\"blocks\":[{deep}"#), 1);
    let file = [
        &(header.len() as u64).to_le_bytes()[..],
        header.as_bytes(),
        &own[start..],
    ]
    .concat();
    assert!(parse("a.safetensors", &file).is_err());
}
