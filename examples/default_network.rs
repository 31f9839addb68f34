//! Writes the randomly initialised default network; `weights/README.md` says when to run this.

use std::path::Path;

use anyhow::Result;
use df_console::net::{formats, sample};

fn main() -> Result<()> {
    let network = sample::untrained()?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/default.safetensors");
    formats::save(&network, &path)?;
    println!("{}: {} weights", path.display(), network.parameters());
    Ok(())
}
