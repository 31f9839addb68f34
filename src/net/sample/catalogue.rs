//! Tiny networks of every kind that files can hold.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{BlockRecipe, KataRecipe, RopeRecipe, TipRecipe, kata, leela_zero};
use crate::net::spec::{Activation, LeelaZeroBody, Network};
use crate::net::validate::Problem;

use BlockRecipe::{FeedForward, GlobalPooling, Nested, Ordinary};

/// Channels of the trunks.
const CHANNELS: usize = 6;
/// Distance of scales from 1 and of biases from 0.
const SPREAD: f32 = 0.2;
/// Size of logits and values: enough to tell right from wrong in the fourth digit.
const HEAD_GAIN: f32 = 0.7;

/// Tiny networks, each called after what it shows: every model version of KataGo's, every kind of block, position
/// encoding, activation and trunk tip, one, two and four policy channels, a metadata encoder, and both versions of Leela
/// Zero's. One seed, one catalogue.
///
/// # Errors
/// Never, unless a recipe in here is wrong.
pub fn catalogue(seed: u64) -> Result<Vec<Network>, Problem> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut networks = Vec::new();
    for recipe in recipes() {
        networks.push(kata(&recipe, &mut rng)?);
    }
    for version in [1, 2] {
        let body = LeelaZeroBody {
            version,
            channels: 3,
            blocks: 2,
            policy_channels: 1,
            value_channels: 1,
            value_hidden: 4,
        };
        let name = format!("leela-zero-v{version}");
        networks.push(leela_zero(&name, body, SPREAD, &mut rng)?);
    }
    Ok(networks)
}

fn recipes() -> Vec<KataRecipe> {
    let mut recipes: Vec<KataRecipe> = (8..=17)
        .map(|version| {
            recipe(
                &format!("v{version}"),
                version,
                vec![Ordinary, GlobalPooling],
            )
        })
        .collect();
    for activation in [Activation::Identity, Activation::Mish, Activation::Silu] {
        let name = format!("v11-{activation:?}").to_lowercase();
        recipes.push(KataRecipe {
            activation,
            ..recipe(&name, 11, vec![Ordinary])
        });
    }
    let deeper = Nested(vec![Nested(vec![Ordinary]), GlobalPooling]);
    recipes.push(recipe(
        "v14-nested",
        14,
        vec![Nested(vec![Ordinary, Ordinary]), deeper],
    ));
    let transformers = [
        ("v17-no-rope", 1, RopeRecipe::None),
        ("v17-fixed-rope", 2, RopeRecipe::Fixed(100.0)),
        ("v17-learned-rope", 4, RopeRecipe::Learned),
        ("v17-shared-heads", 2, RopeRecipe::Learned),
    ];
    for (name, kv_heads, rope) in transformers {
        recipes.push(recipe(
            name,
            17,
            vec![attention(kv_heads, rope), FeedForward(10)],
        ));
    }
    let mixed = Nested(vec![
        Ordinary,
        attention(2, RopeRecipe::Learned),
        FeedForward(8),
    ]);
    recipes.push(KataRecipe {
        activation: Activation::Mish,
        ..recipe("v15-nested-transformer", 15, vec![mixed, GlobalPooling])
    });
    for (name, spatial) in [("v17-rms-tip", false), ("v17-rms-tip-spatial", true)] {
        recipes.push(KataRecipe {
            tip: TipRecipe::Rms { spatial },
            activation: Activation::Silu,
            ..recipe(name, 17, vec![Ordinary])
        });
    }
    recipes.push(KataRecipe {
        move_values: true,
        ..recipe("v17-move-values", 17, vec![Ordinary])
    });
    recipes.push(KataRecipe {
        meta_encoder: true,
        ..recipe("v15-meta", 15, vec![Ordinary])
    });
    recipes
}

fn recipe(name: &str, version: u32, blocks: Vec<BlockRecipe>) -> KataRecipe {
    KataRecipe {
        spread: SPREAD,
        head_gain: HEAD_GAIN,
        ..KataRecipe::new(name, version, CHANNELS, blocks)
    }
}

/// Four query heads.
fn attention(kv_heads: usize, rope: RopeRecipe) -> BlockRecipe {
    BlockRecipe::Attention {
        heads: 4,
        kv_heads,
        qk_dim: 4,
        v_dim: 3,
        rope,
    }
}
