//! Options in KataGo's spelling. Some clients build KataGo's command line themselves, whatever the engine.

use std::ffi::{OsStr, OsString};
use std::fs;

use crate::engine::Settings;

/// An option of KataGo. Each starts with one dash, which keeps them apart from ours.
struct KataGoOption {
    name: &'static str,
    takes_value: bool,
    becomes: Becomes,
}

/// What becomes of an option.
#[derive(Clone, Copy)]
enum Becomes {
    /// It means the same as this one of ours, and so does its value if it has one.
    Ours(&'static str),
    /// The same, but only for queries in JSON.
    OursForQueries(&'static str),
    /// Its value is a file of settings.
    File,
    /// Its value is settings.
    Settings,
    /// We have nothing of the kind.
    Nothing,
}

const OPTIONS: &[KataGoOption] = &[
    option("-model", true, Becomes::Ours("--weights")),
    option("-config", true, Becomes::File),
    option("-override-config", true, Becomes::Settings),
    option("-override-version", true, Becomes::Ours("--gtp-version")),
    option("-human-model", true, Becomes::Nothing),
    option(
        "-analysis-threads",
        true,
        Becomes::OursForQueries("--analysis-threads"),
    ),
    option(
        "-quit-without-waiting",
        false,
        Becomes::OursForQueries("--quit-without-waiting"),
    ),
];

const fn option(name: &'static str, takes_value: bool, becomes: Becomes) -> KataGoOption {
    KataGoOption {
        name,
        takes_value,
        becomes,
    }
}

/// Arguments without KataGo's options.
#[derive(Debug, Default)]
pub struct Translated {
    /// Our own, and KataGo's in our spelling.
    pub arguments: Vec<OsString>,
    /// What KataGo's configuration sets and means something here; later ones count more.
    pub settings: Vec<(String, String)>,
    /// A sentence on what means nothing here, if anything does not.
    pub warning: Option<String>,
}

/// Takes KataGo's options out of the arguments.
pub fn translate(arguments: impl IntoIterator<Item = OsString>) -> Translated {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let queries = arguments.iter().any(|argument| argument == "analysis");
    let reviews = arguments.iter().any(|argument| argument == "--analyze-sgf");
    let mut translated = Translated::default();
    let (mut of_files, mut overrides, mut ignored) = (Vec::new(), Vec::new(), Vec::new());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let Some(option) = OPTIONS.iter().find(|option| argument == option.name) else {
            translated.arguments.push(argument);
            continue;
        };
        let value = option.takes_value.then(|| arguments.next()).flatten();
        let text = value.as_deref().map(OsStr::to_string_lossy);
        let text = text.as_deref().unwrap_or_default();
        match option.becomes {
            Becomes::OursForQueries(_) if !queries => ignored.push(option.name.to_owned()),
            Becomes::Ours(ours) | Becomes::OursForQueries(ours) => {
                translated.arguments.push(ours.into());
                translated.arguments.extend(value);
            }
            Becomes::Settings => overrides.extend(text.split(',').filter_map(setting)),
            Becomes::File => match fs::read_to_string(text) {
                Ok(file) => of_files.extend(file.lines().filter_map(setting)),
                Err(_) => ignored.push(format!("-config {text}, which cannot be read")),
            },
            Becomes::Nothing => ignored.push(format!("{} {text}", option.name)),
        }
    }
    // What is set on the command line counts more than files, wherever it stands.
    for (name, value) in of_files.into_iter().chain(overrides) {
        if means_something(&name, queries, reviews) {
            translated.settings.push((name, value));
        } else {
            ignored.push(name);
        }
    }
    translated.warning = (!ignored.is_empty()).then(|| {
        format!(
            "of KataGo's options these mean nothing here and are ignored: {}",
            ignored.join(", ")
        )
    });
    translated
}

/// A setting as a line of a file or the command line has it, if it is one.
fn setting(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    let (name, value) = text.split_once('=').filter(|_| !text.starts_with('#'))?;
    let value = value.trim();
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => value.split('#').next()?.trim(),
    };
    // KataGo takes both names.
    let name = match name.trim() {
        "numSearchThreadsPerAnalysisThread" => "numSearchThreads",
        name => name,
    };
    Some((name.to_owned(), value.to_owned()))
}

fn means_something(name: &str, queries: bool, reviews: bool) -> bool {
    match name {
        // Queries bring their own.
        "rules" => !queries,
        "numAnalysisThreads" | "warnUnusedFields" => queries,
        _ => Settings::has(name, queries || reviews),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn options_of_katago_are_translated_or_dropped() {
        fn check(arguments: &str, expected: &str, ignored: &[&str]) {
            let translated = translate(words(arguments));
            assert_eq!(translated.arguments, words(expected), "{arguments}");
            let warning = translated.warning.unwrap_or_default();
            assert_eq!(warning.is_empty(), ignored.is_empty(), "{warning}");
            for name in ignored {
                assert!(warning.contains(name), "{arguments}: {warning}");
            }
        }
        check(
            "df_console gtp --visits 5",
            "df_console gtp --visits 5",
            &[],
        );
        check(
            "df_console gtp -model a.bin.gz -config /no/such/b.cfg -human-model c",
            "df_console gtp --weights a.bin.gz",
            &["b.cfg", "-human-model c"],
        );
        let queries = "-quit-without-waiting -override-config maxVisits=5 -analysis-threads 2";
        check(
            &format!("df_console analysis {queries}"),
            "df_console analysis --quit-without-waiting --analysis-threads 2",
            &[],
        );
        check(
            &format!("df_console gtp {queries}"),
            "df_console gtp",
            &["-quit-without-waiting", "-analysis-threads"],
        );
        check("df_console -config", "df_console", &["-config"]);
        check("df_console -model", "df_console --weights", &[]);
    }

    #[test]
    fn settings_that_mean_something_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("katago.cfg");
        let text = "# maxTime = 1\n\nlogDir = logs\nmaxVisits = 500 # enough\nrules = \"chinese\"\n\
                    numAnalysisThreads=3\nlagBuffer = 2\n";
        fs::write(&file, text).unwrap();
        let check = |command: &str, expected: &[(&str, &str)], ignored: &str| {
            let overrides = "maxVisits=13,numSearchThreadsPerAnalysisThread=2,homeDataDir=x";
            let file = file.display();
            let translated = translate(words(&format!(
                "df_console {command} -override-config {overrides} -config {file}"
            )));
            let found: Vec<(&str, &str)> = translated
                .settings
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            assert_eq!(found, expected, "{command}");
            assert_eq!(
                translated.arguments,
                words(&format!("df_console {command}"))
            );
            let warning = translated.warning.unwrap_or_default();
            assert!(warning.ends_with(ignored), "{warning}");
        };
        let session = [
            ("maxVisits", "500"),
            ("rules", "chinese"),
            ("lagBuffer", "2"),
            ("maxVisits", "13"),
            ("numSearchThreads", "2"),
        ];
        check("gtp", &session, ": logDir, numAnalysisThreads, homeDataDir");
        let queries = [
            ("maxVisits", "500"),
            ("numAnalysisThreads", "3"),
            ("maxVisits", "13"),
            ("numSearchThreads", "2"),
        ];
        check(
            "analysis",
            &queries,
            ": logDir, rules, lagBuffer, homeDataDir",
        );
    }
}
