//! The `df_console` binary; everything is in the library.

/// Of Rust; that of C, in libtorch, gives way to it when it is linked in.
#[cfg(feature = "torch")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    df_console::cli::main()
}
