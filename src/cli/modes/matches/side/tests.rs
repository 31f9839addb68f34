use clap::Parser as _;

use super::*;

/// A side on top of what both are given.
fn side(text: &str, both: &[&str]) -> Result<SideConfig, String> {
    let both = Args::try_parse_from([&["df_console"], both].concat()).expect("arguments");
    let both = Shared::new(&both, &Environment::default()).expect("nothing is wrong");
    SideConfig::read(text, &both).map_err(|error| error.to_string())
}

#[test]
fn what_has_no_value_is_told_how_to_be_given() {
    let check = |text: &str, expected: &str| {
        let told = side(text, &[]).expect_err("a value is missing");
        assert!(told.contains(expected), "{text}: {told}");
    };
    check(
        "default visits=5",
        "'default' is no NAME=VALUE, as in weights=default visits=200",
    );
    check("visits 200", "visits wants a value, as in visits=200");
    check("time=1 visits", "visits wants a value, as in visits=VALUE");
    check("human_model lag=1", "as in human_model=VALUE");
    check("no-resign cpuct 1.2", "as in cpuct=1.2");
    check("vists 200", "did you mean visits?");
    for word in ["no-resign", "no_resign"] {
        let read = side(word, &[]);
        let read =
            read.map(|side| matches!(side, SideConfig::Own { play, .. } if !play.resign.enabled));
        assert_eq!(read, Ok(true), "{word}");
    }
    let told = side("no-resign=false", &[]).expect_err("no value is taken");
    assert!(told.contains("no-resign takes no value"), "{told}");
}

#[test]
fn a_program_is_no_text_within_quotes() {
    let check = |text: &str, expected: &str, sent: &[&str]| {
        let Ok(SideConfig::Program(program)) = side(text, &[]) else {
            panic!("{text}: {:?}", side(text, &[]));
        };
        assert_eq!(program.command, expected, "{text}");
        assert_eq!(program.setup, sent, "{text}");
    };
    check("gtp=a gtp=b 'c", "a gtp=b 'c", &[]);
    check("send='x' gtp=a", "a", &["x"]);
    check("send='a gtp=b' gtp=c --d", "c --d", &["a gtp=b"]);
    check(r#"send="a \" gtp=b" gtp=c"#, "c", &[r#"a " gtp=b"#]);
    check(r"send=a\ gtp=b gtp=c", "c", &["a gtp=b"]);
    let told = side("name='a gtp=b", &[]).expect_err("a quote is open");
    assert_eq!(told, "a quote is not closed");
}

#[test]
fn a_network_of_one_side_is_used_whatever_both_have() {
    let check = |text: &str, kind: EvaluatorKind, weights: &str| {
        let Ok(SideConfig::Own { evaluator, .. }) = side(text, &["--evaluator", "uniform"]) else {
            panic!("{text}: {:?}", side(text, &[]));
        };
        assert_eq!(
            (evaluator.kind, &*evaluator.weights),
            (kind, weights.as_ref()),
            "{text}"
        );
    };
    let usual = crate::net::resolve::DEFAULT;
    check("weights=x", EvaluatorKind::Net, "x");
    check("evaluator=net weights=x", EvaluatorKind::Net, "x");
    check("evaluator=net", EvaluatorKind::Net, usual);
    check("evaluator=hashed", EvaluatorKind::Hashed, usual);
    check("visits=5", EvaluatorKind::Uniform, usual);
    for text in ["weights=x evaluator=hashed", "evaluator=uniform weights=x"] {
        let told = side(text, &[]).expect_err("one of them means nothing");
        assert!(told.contains("leave one of them out"), "{told}");
    }
}

#[test]
fn the_path_of_a_network_is_no_part_of_a_name() {
    for networks in [
        "weights='a b/n.bin.gz'",
        "human-model=a/n.bin.gz",
        "weights=x human_model='a b/n.bin.gz'",
    ] {
        let text = format!("{networks} visits=2");
        let Ok(SideConfig::Own { given, .. }) = side(&text, &[]) else {
            panic!("networks can be given");
        };
        assert_eq!(given, "visits=2", "{text}");
    }
}

#[test]
fn all_that_a_player_is_said_to_have_is_taken() {
    for name in OWN {
        let value = match name {
            "evaluator" => "=hashed",
            "device" => "=cpu",
            "precision" => "=f32",
            NO_RESIGN => "",
            _ => "=5",
        };
        let side = side(&format!("{name}{value}"), &[]);
        let Ok(SideConfig::Own { search, .. }) = side else {
            panic!("{name}: {side:?}");
        };
        let usual = SearchParams::default().get(name);
        assert_eq!(search.get(name), usual, "{name} is no constant");
    }
}

#[test]
fn what_is_for_both_is_given_to_the_only_player_of_ours() {
    let given = |text: &str, shared: &str| {
        let mut side = side(text, &[]).expect("nothing is wrong");
        side.take_as_own(shared);
        match side {
            SideConfig::Own { given, .. } => given,
            SideConfig::Program(program) => program.command,
        }
    };
    let shared = "weights=\"a b\" human-model=x visits=200 no-resign";
    assert_eq!(given("", shared), "visits=200 no-resign");
    assert_eq!(given("lag=1", shared), "visits=200 no-resign lag=1");
    assert_eq!(given("visits=5", shared), "no-resign visits=5");
    assert_eq!(given("lag=1", ""), "lag=1");
    assert_eq!(given("gtp=a --b", shared), "a --b");
}
