//! What becomes of KataGo's options and settings.

use std::fs;

use super::*;

fn words(text: &str) -> Vec<OsString> {
    text.split(' ').map(OsString::from).collect()
}

#[test]
fn options_of_katago_are_translated_or_dropped() {
    fn check(arguments: &str, expected: &str, ignored: &[&str]) {
        let translated = translate(words(arguments)).unwrap();
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
        "df_console gtp -model a.bin.gz -config /dev/null -override-config maxVisits,maxVisit=5,logDir=x",
        "df_console gtp --weights a.bin.gz",
        &[
            "\"maxVisits\"",
            "maxVisit (did you mean maxVisits?), logDir",
        ],
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
    // Values are no commands.
    for option in ["--gtp-name", "-w", "-p"] {
        check(
            &format!("df_console gtp {option} analysis -analysis-threads 2"),
            &format!("df_console gtp {option} analysis"),
            &["-analysis-threads"],
        );
    }
    check(
        "df_console -model analysis --no-resign analysis -analysis-threads 2",
        "df_console --weights analysis --no-resign analysis --analysis-threads 2",
        &[],
    );
    for review in ["--analyze-sgf x", "--analyze-sgf=x"] {
        check(
            &format!("df_console {review} -override-config defaultBoardSize=9"),
            &format!("df_console {review}"),
            &["defaultBoardSize"],
        );
    }
    check("df_console version", "df_console --version", &[]);
    check("df_console -version", "df_console --version", &[]);
    check("df_console gtp -help", "df_console gtp --help", &[]);
    check("df_console -model", "df_console --weights", &[]);
    check(
        "df_console analysis -human-model b.bin.gz",
        "df_console analysis --human-model b.bin.gz",
        &[],
    );
}

#[test]
fn settings_that_mean_something_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("katago.cfg");
    let text = "# maxTime = 1\n\nlogDir = logs\nmaxVisits = 500 # enough\nrules = \"chinese\"\n\
                numAnalysisThreads=3\nlagBuffer = 2\nwhat is this\nno value =\nkoRule SIMPLE=1";
    fs::write(&file, text).unwrap();
    let check = |command: &str, expected: &[(&str, &str)], ignored: &str| {
        let overrides = "maxVisits=13,numSearchThreadsPerAnalysisThread=2,homeDataDir=x";
        let file = file.display();
        let translated = translate(words(&format!(
            "df_console {command} -override-config {overrides} -config {file}"
        )))
        .unwrap();
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
        let ignored = format!(
            ": line 8 of {file} (\"what is this\"), line 9 of {file} (\"no value =\"), line 10 of {file} \
             (\"koRule SIMPLE=1\"), {ignored}"
        );
        let warning = translated.warning.unwrap_or_default();
        assert!(warning.ends_with(&ignored), "{warning}");
    };
    let session = [
        ("rules", "chinese"),
        ("lagBuffer", "2"),
        ("maxVisits", "13"),
        ("numSearchThreads", "2"),
    ];
    check("gtp", &session, "logDir, numAnalysisThreads, homeDataDir");
    let queries = [
        ("numAnalysisThreads", "3"),
        ("maxVisits", "13"),
        ("numSearchThreads", "2"),
        ("reportAnalysisWinratesAs", "SIDETOMOVE"),
    ];
    check(
        "analysis",
        &queries,
        "logDir, rules, lagBuffer, homeDataDir",
    );
}

/// The settings that are in force, as `name=value` words.
fn in_force(arguments: &str) -> Result<String, String> {
    let translated = translate(words(&format!("df_console {arguments}")));
    let translated = translated.map_err(|error| error.to_string())?;
    let settings = translated.settings.iter();
    let settings: Vec<String> = settings
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Ok(settings.join(" "))
}

#[test]
fn an_empty_value_forgets_what_was_set() {
    let check = |overrides: &str, expected: &str| {
        let found = in_force(&format!("gtp -override-config {overrides}"));
        assert_eq!(found.as_deref(), Ok(expected), "{overrides}");
    };
    check("maxVisits=5,maxTime=2,maxVisits=", "maxTime=2");
    check("maxVisits=5 -override-config maxVisits=", "");
    check("maxVisits=,maxVisits=5", "maxVisits=5");
}

#[test]
fn rules_by_name_take_the_place_of_single_ones() {
    let check = |overrides: &str, expected: &str| {
        let found = in_force(&format!("gtp {overrides}"));
        assert_eq!(found.as_deref(), Ok(expected), "{overrides}");
    };
    check(
        "-override-config koRule=SIMPLE,hasButton=true -override-config rules=aga",
        "rules=aga",
    );
    check(
        "-override-config rules=aga -override-config koRule=SIMPLE",
        "koRule=SIMPLE",
    );
    check(
        "-override-config rules=aga,koRule=SIMPLE",
        "rules=aga koRule=SIMPLE",
    );
}

#[test]
fn a_file_includes_others_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let of_file = || {
        in_force(&format!(
            "gtp -config {}",
            folder.path().join("a.cfg").display()
        ))
    };
    fs::create_dir(folder.path().join("more")).unwrap();
    write(
        "a.cfg",
        "maxVisits = 1\n@include more/b.cfg # that\nmaxTime = 9",
    );
    write(
        "more/b.cfg",
        "maxVisits = 2\nmaxTime = 3\n@include = 'c.cfg'",
    );
    write("more/c.cfg", "lagBuffer = 4");
    let all = "maxVisits=2 lagBuffer=4 maxTime=9";
    assert_eq!(of_file().as_deref(), Ok(all), "later lines count more");

    write("more/c.cfg", "@include \"../a.cfg\"");
    let error = of_file().unwrap_err();
    assert!(
        error.contains("a.cfg is included where it was read"),
        "{error}"
    );
    write("more/c.cfg", "\n@include none.cfg");
    let error = of_file().unwrap_err();
    assert!(
        error.contains("line 2 of ") && error.ends_with("none.cfg, which cannot be read"),
        "{error}"
    );
    write("more/c.cfg", "@included c.cfg\n@include\n");
    assert_eq!(of_file().as_deref(), Ok("maxVisits=2 maxTime=9"));
}

#[test]
fn what_would_be_done_otherwise_is_refused() {
    fn check(arguments: &str, says: &str) {
        let refusal = in_force(arguments).unwrap_err();
        assert!(refusal.contains(says), "{arguments}: {refusal}");
    }
    for name in ["benchmark", "genconfig", "match", "selfplay", "evalsgf"] {
        check(
            name,
            "--bench measures, --match plays matches, --selfplay makes games for training and --analyze-sgf goes through",
        );
    }
    // As KataGo, which plays by no other settings than those it is given.
    check(
        "gtp -config /no/such/b.cfg",
        "the file \"/no/such/b.cfg\" of -config cannot be read",
    );
    check("gtp -config", "the file \"\" of -config");
}
