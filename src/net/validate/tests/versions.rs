//! Networks of KataGo's with what their version does not have, or too much of it.

use super::{body, check};
use crate::net::sample::{BlockRecipe, KataRecipe, RopeRecipe, TipRecipe, kata};
use crate::net::spec::Activation;
use crate::net::validate::MAX_BLOCKS;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// What a version does not have is refused: each change is right in version 17.
#[test]
fn versions_have_what_they_have() {
    let plain = |version| KataRecipe::new("plain", version, 4, vec![BlockRecipe::Ordinary]);
    let attention = BlockRecipe::Attention {
        heads: 1,
        kv_heads: 1,
        qk_dim: 4,
        v_dim: 4,
        rope: RopeRecipe::None,
    };
    for (recipe, expected) in [
        (plain(7), "KataGo model version 7 is not supported"),
        (plain(18), "KataGo model version 18 is not supported"),
        (
            KataRecipe {
                activation: Activation::Mish,
                ..plain(10)
            },
            "layer blocks.0.norm1: an activation other than relu is read from version 11 on, but the network has version 10",
        ),
        (
            KataRecipe {
                meta_encoder: true,
                ..plain(14)
            },
            "the metadata encoder is read from version 15 on",
        ),
        (
            KataRecipe {
                tip: TipRecipe::Rms { spatial: false },
                ..plain(14)
            },
            "an RMS norm at the trunk's tip is read from version 15 on",
        ),
        (
            KataRecipe {
                blocks: vec![attention],
                ..plain(14)
            },
            "a transformer block is read from version 15 on",
        ),
        (
            KataRecipe {
                blocks: vec![BlockRecipe::FeedForward(3)],
                ..plain(12)
            },
            "a transformer block is read from version 15 on",
        ),
        (
            KataRecipe {
                channels: 9000,
                ..plain(17)
            },
            "layer input.conv: 9000 channels written",
        ),
        (
            KataRecipe {
                blocks: vec![BlockRecipe::Ordinary; MAX_BLOCKS + 1],
                ..plain(17)
            },
            "more than 1024 blocks",
        ),
        (
            KataRecipe {
                channels: 8000,
                blocks: vec![BlockRecipe::Ordinary; 9],
                ..plain(17)
            },
            "at most 268435456 are allowed",
        ),
    ] {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(6);
        let problem = kata(&recipe, &mut rng).expect_err(expected).to_string();
        assert!(
            problem.contains(expected),
            "{problem}\nexpected: {expected}"
        );
    }
    let mut old =
        kata(&plain(12), &mut Xoshiro256PlusPlus::seed_from_u64(6)).expect("the recipe is right");
    body(&mut old).multipliers.shortterm_score_error = 150.0;
    check(
        "multipliers",
        &old,
        "version 12 has fixed output multipliers",
    );
    body(&mut old).multipliers = Default::default();
    body(&mut old).pass_alive_with_suicide = true;
    check(
        "suicide",
        &old,
        "version 12 cannot ask for areas computed with suicide",
    );
}
