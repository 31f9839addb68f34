//! The `df_console` binary; everything is in the library.

fn main() -> std::process::ExitCode {
    df_console::cli::main()
}
