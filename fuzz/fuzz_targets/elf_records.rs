#![no_main]

use df_console::record::parse_elf;

// Games in it can be replayed, whatever else it says.
libfuzzer_sys::fuzz_target!(|text: &str| {
    for record in parse_elf(text).unwrap_or_default() {
        record
            .game_at(record.turns.len())
            .expect("it was replayed while it was read");
    }
});
