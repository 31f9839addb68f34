//! Networks with one thing wrong: the error says what and where.

mod leela_zero;
mod versions;

use super::network_name;
use crate::net::sample::{BlockRecipe, KataRecipe, RopeRecipe, TipRecipe, catalogue, kata};
use crate::net::spec::{Block, Body, KataBody, NestedBottleneck, Network, Rope, TipNorm};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// A version 17 network with a block of each kind: ordinary, pooling, nested, attention, feed-forward.
fn everything() -> Network {
    let attention = BlockRecipe::Attention {
        heads: 4,
        kv_heads: 2,
        qk_dim: 4,
        v_dim: 3,
        rope: RopeRecipe::Learned,
    };
    let blocks = vec![
        BlockRecipe::Ordinary,
        BlockRecipe::GlobalPooling,
        BlockRecipe::Nested(vec![BlockRecipe::Ordinary]),
        attention,
        BlockRecipe::FeedForward(5),
    ];
    let recipe = KataRecipe {
        meta_encoder: true,
        tip: TipRecipe::Rms { spatial: true },
        ..KataRecipe::new("everything", 17, 8, blocks)
    };
    kata(&recipe, &mut Xoshiro256PlusPlus::seed_from_u64(5)).expect("the recipe is right")
}

fn body(network: &mut Network) -> &mut KataBody {
    match &mut network.spec.body {
        Body::Kata(body) => body,
        Body::LeelaZero(_) => panic!("not a KataGo network"),
    }
}

fn check(what: &str, network: &Network, expected: &str) {
    let problem = network.validate().expect_err(what).to_string();
    assert!(
        problem.contains(expected),
        "{what}: {problem}\nexpected: {expected}"
    );
}

#[test]
fn the_catalogue_is_valid() {
    for network in catalogue(1).expect("recipes are right") {
        assert_eq!(network.validate(), Ok(()), "{}", network.metadata.name);
    }
    assert_eq!(everything().validate(), Ok(()));
}

#[test]
fn layers_fit_together() {
    type Change = fn(&mut KataBody);
    let changes: [(&str, Change, &str); 18] = [
        (
            "input planes",
            |b| b.initial_conv.inputs = 18,
            "layer input.conv: reads 18 channels where",
        ),
        (
            "trunk width",
            |b| b.initial_conv.outputs = 9,
            "layer input.globals: writes 8 channels where",
        ),
        (
            "kernel",
            |b| b.initial_conv.kernel_x = 4,
            "layer input.conv: the kernel is 3x4; sides are odd",
        ),
        (
            "no kernel",
            |b| b.initial_conv.kernel_y = 0,
            "layer input.conv: the kernel is 0x3",
        ),
        (
            "large kernel",
            |b| b.initial_conv.kernel_y = 21,
            "layer input.conv: the kernel is 21x3",
        ),
        ("no blocks", |b| b.blocks.clear(), "the trunk has no blocks"),
        (
            "ownership",
            |b| b.value.ownership_conv.outputs = 2,
            "layer value.ownership: writes 2 channels where",
        ),
        (
            "value logits",
            |b| b.value.v3.outputs = 2,
            "layer value.linear3: writes 2 channels where",
        ),
        (
            "score values",
            |b| b.value.score.outputs = 4,
            "layer value.score: writes 4 channels where",
        ),
        (
            "pooling",
            |b| b.value.v2.inputs = 4,
            "layer value.linear2: reads 4 channels where",
        ),
        (
            "policy",
            |b| b.policy.channels = 4,
            "layer policy.conv2: writes 2 channels where",
        ),
        (
            "policy channels",
            |b| b.policy.channels = 3,
            "3 policy channels; version 17 has 2 or 4",
        ),
        (
            "pass",
            |b| b.policy.pass_hidden = None,
            "the hidden layer of the pass logits is missing",
        ),
        (
            "multiplier",
            |b| b.multipliers.lead = 0.0,
            "the output multiplier 0 is not positive",
        ),
        (
            "multiplier",
            |b| b.multipliers.lead = f32::NAN,
            "the output multiplier NaN is not positive",
        ),
        (
            "two names",
            |b| b.policy.p1_conv.name = "tip".into(),
            "layer tip: two layers have this name",
        ),
        (
            "a space",
            |b| b.policy.p1_conv.name = "a b".into(),
            "visible ASCII characters",
        ),
        (
            "a long name",
            |b| b.policy.p1_conv.name = "a".repeat(201),
            "visible ASCII characters",
        ),
    ];
    for (what, change, expected) in changes {
        let mut network = everything();
        change(body(&mut network));
        check(what, &network, expected);
    }
}

#[test]
fn blocks_fit_together() {
    type Change = fn(&mut Block);
    let changes: [(usize, Change, &str); 13] = [
        (
            0,
            |b| set(b, |pre, _| pre.channels = 7),
            "layer blocks.0.norm1: has 7 channels where",
        ),
        (
            0,
            |b| set(b, |_, conv| conv.outputs = 7),
            "layer blocks.0.norm2: has 8 channels where",
        ),
        (
            0,
            |b| set(b, |_, conv| conv.outputs = 0),
            "layer blocks.0.conv1: 0 channels written; 1 to 8192",
        ),
        (
            0,
            |b| set(b, |_, conv| conv.outputs = usize::MAX),
            "channels written; 1 to 8192 are allowed",
        ),
        (
            2,
            empty,
            "layer blocks.2.conv_in: there are no blocks behind it",
        ),
        (2, |b| nest(b, 5), "blocks are nested more than 4 deep"),
        (
            3,
            |b| attention(b, |heads, _, _| *heads = 0),
            "layer blocks.3.norm: 0 heads",
        ),
        (
            3,
            |b| attention(b, |heads, _, _| *heads = 5),
            "5 query heads cannot share 2 key and value heads evenly",
        ),
        (
            3,
            |b| attention(b, |_, dim, _| *dim = 6),
            "layer blocks.3.q: writes 16 channels where",
        ),
        (
            3,
            |b| attention(b, |_, _, rope| *rope = Rope::Fixed { theta: -1.0 }),
            "the rope's base -1 is not positive",
        ),
        (
            3,
            |b| attention(b, |_, _, rope| *rope = Rope::Learned { name: "tip".into() }),
            "two layers have this name",
        ),
        (
            3,
            |b| attention(b, |_, _, rope| *rope = Rope::None),
            "tensor blocks.3.rope.frequencies belongs to no layer",
        ),
        (
            4,
            |b| gate(b, 6),
            "layer blocks.4.gate: writes 6 channels where",
        ),
    ];
    for (index, change, expected) in changes {
        let mut network = everything();
        change(&mut body(&mut network).blocks[index]);
        check(expected, &network, expected);
    }
}

/// Changes an ordinary block.
fn set(block: &mut Block, change: fn(&mut crate::net::spec::Norm, &mut crate::net::spec::Conv)) {
    match block {
        Block::Ordinary(block) => change(&mut block.pre.norm, &mut block.conv1),
        _ => panic!("not an ordinary block"),
    }
}

fn attention(block: &mut Block, change: fn(&mut usize, &mut usize, &mut Rope)) {
    match block {
        Block::Attention(block) => change(&mut block.heads, &mut block.qk_dim, &mut block.rope),
        _ => panic!("not an attention block"),
    }
}

fn gate(block: &mut Block, outputs: usize) {
    match block {
        Block::FeedForward(block) => block.gate.outputs = outputs,
        _ => panic!("not a feed-forward block"),
    }
}

fn empty(block: &mut Block) {
    match block {
        Block::NestedBottleneck(block) => block.inner.clear(),
        _ => panic!("not a nested block"),
    }
}

/// Puts a nested block `depth` deep into copies of itself, with other names.
fn nest(block: &mut Block, depth: usize) {
    for level in 0..depth {
        let mut outer = block.clone();
        let Block::NestedBottleneck(NestedBottleneck {
            pre,
            pre_conv,
            inner,
            post,
            post_conv,
        }) = &mut outer
        else {
            panic!("not a nested block");
        };
        for name in [
            &mut pre.norm.name,
            &mut pre_conv.name,
            &mut post.norm.name,
            &mut post_conv.name,
        ] {
            *name = format!("level{level}.{name}");
        }
        // As wide inside as outside.
        (pre.norm.channels, post.norm.channels) = (8, 8);
        (
            pre_conv.inputs,
            pre_conv.outputs,
            post_conv.inputs,
            post_conv.outputs,
        ) = (8, 8, 8, 8);
        *inner = vec![block.clone()];
        *block = outer;
    }
}

#[test]
fn names_can_be_written_everywhere() {
    for name in ["", "a b", "a/b", "ä", &"a".repeat(97)] {
        let mut network = everything();
        network.metadata.name = name.to_owned();
        check(name, &network, "is not 1 to 96 letters, digits, - and _");
    }
}

#[test]
fn sides_are_those_of_boards() {
    for (sides, fits) in [
        ([2, 25], true),
        ([9, 9], true),
        ([1, 9], false),
        ([9, 26], false),
        ([13, 9], false),
    ] {
        let mut network = everything();
        network.metadata.sides = Some(sides);
        assert_eq!(network.validate().is_ok(), fits, "{sides:?}");
        if !fits {
            let [shortest, longest] = sides;
            check("sides", &network, &format!("from {shortest} to {longest}"));
        }
    }
}

#[test]
fn epsilons_are_positive() {
    for epsilon in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let mut network = everything();
        if let TipNorm::Rms { norm, .. } = &mut body(&mut network).tip_norm {
            norm.epsilon = epsilon;
        }
        check("epsilon", &network, "which is not positive");
    }
}

#[test]
fn names_made_of_any_text_are_those_of_networks() {
    assert_eq!(network_name("my run/\u{fc}.1", 48), "my-run---1");
    assert_eq!(network_name(&"long".repeat(30), 48), "long".repeat(12));
    assert_eq!(network_name("", 48), "unnamed");
}
