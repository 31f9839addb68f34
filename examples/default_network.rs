//! Writes the randomly initialised default network; `weights/README.md` says when to run this.

use std::path::Path;

use anyhow::Result;
use df_console::net::formats;
use df_console::net::sample::{self, BlockRecipe, KataRecipe};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

const SEED: u64 = 1;

fn main() -> Result<()> {
    use BlockRecipe::{GlobalPooling, Ordinary};
    let blocks = vec![
        Ordinary,
        Ordinary,
        GlobalPooling,
        Ordinary,
        GlobalPooling,
        Ordinary,
    ];
    let recipe = KataRecipe::new("untrained-b6c48", 15, 48, blocks);
    let mut network = sample::kata(&recipe, &mut Xoshiro256PlusPlus::seed_from_u64(SEED))?;
    sample::round_to_f16(&mut network);
    network.metadata.author = "df_console".to_owned();
    network.metadata.license = "MIT".to_owned();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/default.safetensors");
    formats::save(&network, &path)?;
    println!("{}: {} weights", path.display(), network.parameters());
    Ok(())
}
