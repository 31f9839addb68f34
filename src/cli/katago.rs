//! Options in KataGo's spelling. Some clients build KataGo's command line themselves, whatever the engine.

use std::ffi::OsString;

/// What becomes of an option.
enum Treatment {
    /// It means the same as an option of ours, and so does its value if it has one.
    SameAs(&'static str),
    /// It and its value are dropped.
    DropWithValue,
}

/// The options and what becomes of them. Each starts with one dash, which keeps them apart from ours.
const OPTIONS: &[(&str, Treatment)] = &[
    ("-model", Treatment::SameAs("--weights")),
    ("-config", Treatment::DropWithValue),
    ("-override-config", Treatment::DropWithValue),
    ("-override-version", Treatment::SameAs("--gtp-version")),
    ("-human-model", Treatment::DropWithValue),
    ("-analysis-threads", Treatment::SameAs("--analysis-threads")),
    (
        "-quit-without-waiting",
        Treatment::SameAs("--quit-without-waiting"),
    ),
];

/// Arguments with KataGo's options translated or dropped, and a sentence on each that was dropped.
pub fn translate(arguments: impl IntoIterator<Item = OsString>) -> (Vec<OsString>, Vec<String>) {
    let mut translated = Vec::new();
    let mut warnings = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let known = OPTIONS.iter().find(|(name, _)| argument == *name);
        let Some((name, treatment)) = known else {
            translated.push(argument);
            continue;
        };
        match treatment {
            Treatment::SameAs(ours) => translated.push(ours.into()),
            Treatment::DropWithValue => {
                let value = arguments.next().unwrap_or_default();
                warnings.push(format!(
                    "{name} {} is an option of KataGo and is ignored; see --help for options that exist",
                    value.display()
                ));
            }
        }
    }
    (translated, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_katago_are_translated_or_dropped() {
        fn check(arguments: &str, expected: &str, warnings: usize) {
            let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
            let (translated, said) = translate(words(arguments));
            assert_eq!(translated, words(expected), "{arguments}");
            assert_eq!(said.len(), warnings, "{arguments}");
        }
        check("df_console gtp --visits 5", "df_console gtp --visits 5", 0);
        check(
            "df_console gtp -model a.bin.gz -config b.cfg",
            "df_console gtp --weights a.bin.gz",
            1,
        );
        check(
            "df_console analysis -quit-without-waiting -override-config maxVisits=5 -analysis-threads 2",
            "df_console analysis --quit-without-waiting --analysis-threads 2",
            1,
        );
        check("df_console -config", "df_console", 1);
    }
}
