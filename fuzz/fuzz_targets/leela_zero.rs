#![no_main]

use df_console_fuzz::{check, expand};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = expand(&String::from_utf8_lossy(bytes));
    check("fuzz.txt", text.as_bytes());
});
