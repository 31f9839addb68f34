//! Writes tiny networks of every kind and the game records of the tests into the corpus of each target.

use std::error::Error;
use std::fs;
use std::path::Path;

use df_console::net::formats::encode;
use df_console::net::sample::catalogue;
use df_console::net::spec::Body;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for network in catalogue(1)? {
        let name = &network.metadata.name;
        let files: &[(&str, &str)] = match network.spec.body {
            Body::Kata(_) => &[
                ("katago_binary", "fuzz.bin"),
                ("katago_text", "fuzz.txt"),
                ("own", "fuzz.safetensors"),
                ("compressed", "fuzz.bin.gz"),
            ],
            Body::LeelaZero(_) => &[("leela_zero", "fuzz.txt")],
        };
        for (target, file) in files {
            let mut bytes = encode(&network, file)?;
            if *target == "leela_zero" {
                bytes = shorten(&String::from_utf8(bytes)?).into_bytes();
            }
            let folder = corpus.join(target);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(name), bytes)?;
        }
    }
    let records = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sgf-fixtures");
    let folder = corpus.join("sgf");
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(records)? {
        let path = entry?.path();
        if let (Some(name), true) = (path.file_name(), path.is_file()) {
            fs::copy(&path, folder.join(name))?;
        }
    }
    Ok(())
}

/// Replaces all numbers of a line by its first, in the shorthand of the target.
fn shorten(text: &str) -> String {
    text.lines()
        .map(|line| {
            let mut words = line.split(' ');
            let first = words.next().unwrap_or_default();
            format!("{first}*{}\n", 1 + words.count())
        })
        .collect()
}
