#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| df_console_fuzz::check_sgf(bytes));
