//! The `df_console` binary; everything is in the library.

fn main() {}
