//! Which arguments mean something in which mode. One that would mean nothing is refused: whoever gives it expects
//! something of it.

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, ValueEnum as _};

use super::args::Args;
use super::bench_mode::{BenchArgs, Section};
use super::config::ConfigError;
use super::inspect_mode::InspectArgs;
use super::match_mode::args::MatchArgs;
use super::report_mode::ReportArgs;
use super::review_mode::ReviewArgs;
use super::selfplay_mode::SelfPlayArgs;
use super::train_mode::TrainArgs;

/// A mode and what it takes. Arguments go by clap's names: those of the fields of [`Args`].
struct Scope {
    /// The argument or the command that chooses it.
    chosen_by: &'static str,
    /// The arguments that are its own.
    own: fn() -> Vec<String>,
    /// Those of the others that it looks at.
    shared: &'static [&'static [&'static str]],
}

const NETWORK: &[&str] = &[
    "weights",
    "evaluator",
    "device",
    "precision",
    "batch",
    "threads",
];
const SEARCH: &[&str] = &["cache", "memory", "set", "seed"];
const LIMITS: &[&str] = &["visits", "playouts", "time"];
const RULES: &[&str] = &["rules", "komi"];
const PLAY: &[&str] = &["resign", "no_resign", "lag"];
const ANALYSIS: &[&str] = &["analysis_visits", "analysis_time", "wide_root_noise"];

/// The modes that an argument chooses; of several the first.
const MODES: &[Scope] = &[
    Scope {
        chosen_by: "bench",
        own: own::<BenchArgs>,
        shared: &[NETWORK, &["memory", "set", "visits", "size", "json"]],
    },
    Scope {
        chosen_by: "run",
        own: own::<MatchArgs>,
        shared: &[NETWORK, SEARCH, LIMITS, RULES, PLAY, &["size", "json"]],
    },
    Scope {
        chosen_by: "train",
        own: own::<TrainArgs>,
        shared: &[&["device", "precision", "batch", "threads", "seed"]],
    },
    Scope {
        chosen_by: "selfplay",
        own: own::<SelfPlayArgs>,
        shared: &[NETWORK, &["run_folder", "preset", "playouts", "seed"]],
    },
    Scope {
        chosen_by: "report",
        own: own::<ReportArgs>,
        shared: &[],
    },
    Scope {
        chosen_by: "analyze_sgf",
        own: own::<ReviewArgs>,
        shared: &[
            NETWORK,
            SEARCH,
            LIMITS,
            RULES,
            ANALYSIS,
            &["analysis_threads"],
        ],
    },
    Scope {
        chosen_by: "inspect",
        own: own::<InspectArgs>,
        shared: &[],
    },
    Scope {
        chosen_by: "convert",
        own: Vec::new,
        shared: &[&["convert"]],
    },
];

/// What a part of a bench looks at.
fn looked_at(section: Section) -> &'static [&'static [&'static str]] {
    match section {
        Section::Fingerprint => &[],
        Section::Tree | Section::Planes => &[&["seconds"]],
        Section::Network => &[NETWORK, &["size", "seconds"]],
        Section::Search => &[NETWORK, &["memory", "set", "visits", "seconds"]],
        Section::Learning => &[&["weights", "evaluator", "device", "size", "seconds"]],
    }
}

/// Queries in JSON, which bring their own board and rules.
const QUERIES: Scope = Scope {
    chosen_by: "analysis",
    own: Vec::new,
    shared: &[
        NETWORK,
        SEARCH,
        LIMITS,
        ANALYSIS,
        &[
            "analysis_threads",
            "quit_without_waiting",
            "gtp_version",
            "report_as",
        ],
    ],
};

/// GTP, on a pipe or typed.
const SESSION: Scope = Scope {
    chosen_by: "gtp",
    own: Vec::new,
    shared: &[
        NETWORK,
        SEARCH,
        LIMITS,
        RULES,
        PLAY,
        ANALYSIS,
        &[
            "size",
            "ponder",
            "gtp_name",
            "gtp_version",
            "ogs_chat",
            "report_as",
            "workshop",
        ],
    ],
};

/// Refuses what means nothing in the mode that the arguments choose.
///
/// # Errors
/// At the first such argument.
pub fn check(matches: &ArgMatches) -> Result<(), ConfigError> {
    let command = Args::command();
    let given: Vec<(String, String)> = command
        .get_arguments()
        .filter(|argument| {
            matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine)
        })
        .filter_map(|argument| {
            let written = format!("--{}", argument.get_long()?);
            Some((argument.get_id().to_string(), written))
        })
        .collect();
    let chosen = MODES.iter().find_map(|mode| {
        let (_, written) = given.iter().find(|(name, _)| name == mode.chosen_by)?;
        Some((mode, written.as_str()))
    });
    let (scope, written) = match (chosen, matches.subcommand_name()) {
        (Some((_, written)), Some(command)) => {
            return Err(ConfigError(format!(
                "{written} and {command} are two things to do: leave one of them out"
            )));
        }
        (Some(chosen), None) => chosen,
        (None, Some("analysis")) => (&QUERIES, "analysis"),
        (None, _) => (&SESSION, "a session"),
    };
    let own = (scope.own)();
    let sections: Vec<Section> = matches
        .get_many("bench")
        .into_iter()
        .flatten()
        .copied()
        .collect();
    let of_sections = |name: &str| {
        sections.is_empty()
            || ["bench", "json"].contains(&name)
            || sections
                .iter()
                .any(|&section| looked_at(section).concat().contains(&name))
    };
    let means_something = |name: &String| {
        let known = own.contains(name) || scope.shared.concat().contains(&name.as_str());
        name == "log" || known && of_sections(name)
    };
    match given.iter().find(|(name, _)| !means_something(name)) {
        None => Ok(()),
        Some((_, argument)) if scope.chosen_by == "train" => Err(ConfigError(format!(
            "{argument} means nothing with --train: leave it out; what a run is to be is said by --preset and --config"
        ))),
        Some((_, argument)) => Err(ConfigError(format!(
            "{argument} means nothing with {written}{}: leave it out",
            named(&sections)
        ))),
    }
}

/// As the user names them, ` tree,planes`.
fn named(sections: &[Section]) -> String {
    let names = sections.iter().filter_map(Section::to_possible_value);
    let names: Vec<String> = names.map(|name| name.get_name().to_owned()).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(" {}", names.join(","))
}

/// The names of a mode's own arguments.
fn own<A: clap::Args>() -> Vec<String> {
    let command = A::augment_args(clap::Command::new(""));
    let names = command.get_arguments().map(|argument| argument.get_id());
    names.map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(arguments: &str) -> Option<String> {
        let arguments = format!("df_console {arguments}");
        let matches = Args::command().try_get_matches_from(arguments.split_whitespace());
        let matches = matches.unwrap_or_else(|error| panic!("{arguments}: {error}"));
        check(&matches).err().map(|error| error.to_string())
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let check = |arguments: &str, expected: &str| {
            let refusal = refusal(arguments).unwrap_or_default();
            assert!(refusal.contains(expected), "{arguments}: {refusal}");
        };
        check(
            "--train --run x --komi 5",
            "--komi means nothing with --train",
        );
        check("--train --run x --weights y", "--preset and --config");
        check("--selfplay --run x --visits 5", "--visits means nothing");
        check(
            "--match --b visits=1 --analyze-sgf x",
            "--analyze-sgf means nothing with --match",
        );
        check(
            "--report x --bench tree",
            "--report means nothing with --bench",
        );
        check(
            "--bench tree --weights x",
            "--weights means nothing with --bench tree:",
        );
        check(
            "--bench fingerprint,planes --visits 5",
            "--visits means nothing",
        );
        check("--bench learning --threads 1", "--threads means nothing");
        check(
            "--inspect x --json y",
            "--json means nothing with --inspect",
        );
        check(
            "--convert a b --seed 1",
            "--seed means nothing with --convert",
        );
        check("analysis --komi 5", "--komi means nothing with analysis");
        check("gtp --quit-without-waiting", "means nothing with a session");
        check("--report x gtp", "two things to do");
    }

    #[test]
    fn what_means_something_is_taken() {
        for arguments in [
            "",
            "gtp --visits 5 --ponder --size 9 --log debug",
            "analysis --visits 5 --quit-without-waiting --gtp-version 1.16.0 --report-as white",
            "--train --run x --preset 9x9 --hours 1 --seed 3 --device cpu",
            "--selfplay --run x --preset 9x9 --playouts 8 --weights y",
            "--match --b visits=1 --size 5 --komi 24 --json x --resign 3",
            "--analyze-sgf x --graph y --visits 5 --rules chinese",
            "--analyze-sgf x --analysis-visits 5 --analysis-time 1 --wide-root-noise 0.1",
            "--bench learning --size 9 --weights x --json y",
            "--bench --size 9 --visits 5 --threads 1",
            "--bench tree,search --visits 5 --seconds 1 --log debug",
            "--inspect x --game 3 --log off",
        ] {
            assert_eq!(refusal(arguments), None, "{arguments}");
        }
    }

    #[test]
    fn every_name_is_one_of_an_argument() {
        let command = Args::command();
        let known: Vec<&str> = command
            .get_arguments()
            .map(|a| a.get_id().as_str())
            .collect();
        for scope in MODES.iter().chain([&QUERIES, &SESSION]) {
            for name in scope.shared.concat() {
                assert!(known.contains(&name), "{name}");
            }
        }
    }
}
