//! Game records: the fixtures of `sgf-fixtures/`, what is written, and what hostile files do.

mod fixtures;
mod hostile;
mod written;

use std::path::{Path, PathBuf};

use df_console::go::Rules;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sgf-fixtures")
        .join(name)
}

fn default_rules() -> Rules {
    Rules::named("tromp-taylor").expect("known rules")
}
