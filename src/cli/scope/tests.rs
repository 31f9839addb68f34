use super::*;

fn refusal(arguments: &str) -> Option<String> {
    let arguments = format!("df_console {arguments}");
    let matches = command().try_get_matches_from(arguments.split_whitespace());
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
        "--analyze-sgf x --match",
        "--analyze-sgf and --match are two things to do",
    );
    check("--bench tree --match", "are two things to do");
    check("--train --selfplay --run x", "are two things to do");
    check("--report x --bench tree", "are two things to do");
    check(
        "--analyze-sgf x --games 3",
        "--games means nothing with --analyze-sgf",
    );
    check("--games 3", "--games means nothing without --match:");
    check("--run x", "without --train or --selfplay:");
    check("--graph x", "without --analyze-sgf:");
    check("analysis --ponder", "--ponder means nothing with analysis");
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
    check(
        "--analysis-threads 4",
        "or analysis: add that or leave it out",
    );
    check("gtp --quit-without-waiting", "means nothing with a session");
    check("--report x gtp", "two things to do");
    for mode in [
        "",
        "gtp",
        "--match",
        "--match --a evaluator=hashed --b gtp=evaluator=net",
        "--match --b evaluator=uniform",
        "--match --b weights=y",
        "--bench network",
        "--analyze-sgf x",
    ] {
        check(
            &format!("{mode} --evaluator uniform --weights x"),
            "--weights means nothing with --evaluator uniform: leave one of them out",
        );
    }
}

#[test]
fn what_means_something_is_taken() {
    for arguments in [
        "",
        "gtp --visits 5 --ponder --size 9 --log debug",
        "gtp --evaluator net --weights x",
        "analysis --evaluator hashed --weights x",
        "analysis --visits 5 --quit-without-waiting --gtp-version 1.16.0 --report-as white",
        "--train --run x --preset 9x9 --hours 1 --seed 3 --device cpu",
        "--selfplay --run x --preset 9x9 --playouts 8 --weights y",
        "--match --b visits=1 --size 5 --komi 24 --json x --resign 3",
        "--match --evaluator uniform --weights x --a evaluator=net --b visits=1",
        "--match --evaluator hashed --weights x --b evaluator=NET",
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
fn the_help_of_a_command_shows_what_it_takes() {
    let help = |name: &str| {
        let mut command = command();
        command.build();
        let own = command.find_subcommand_mut(name).unwrap();
        own.render_long_help().to_string()
    };
    let (gtp, analysis) = (help("gtp"), help("analysis"));
    for (option, of) in [
        ("--visits", [true, true]),
        ("--komi", [true, false]),
        ("--quit-without-waiting", [false, true]),
    ] {
        assert_eq!(
            [gtp.contains(option), analysis.contains(option)],
            of,
            "{option}"
        );
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
