//! Parameters: their names, and what they take.

use std::collections::HashSet;
use std::time::Duration;

use super::*;

#[test]
fn names_are_unique() {
    let mut seen = HashSet::new();
    for name in names() {
        assert!(seen.insert(name), "{name} is listed twice");
    }
}

#[test]
fn every_parameter_takes_what_it_says() {
    let mut settings = SessionSettings::default();
    for (name, value) in SessionSettings::default().all() {
        settings.set(name, &value).unwrap();
        assert_eq!(settings.get(name), Some(value), "{name}");
    }
}

#[test]
fn nobody_is_waited_for_longer_than_a_minute_unless_that_is_wanted() {
    let mut settings = SessionSettings::default();
    assert_eq!(settings.ponder_limits.time, Some(Duration::from_secs(60)));
    settings.set("maxTimePondering", "1e20").unwrap();
    assert_eq!(settings.ponder_limits.time, None);
}

#[test]
fn constants_of_the_search_can_be_told_from_other_parameters() {
    let mut settings = SessionSettings::default();
    for name in ["cpuct", "cpuctExploration", "playoutDoublingAdvantage"] {
        settings.set_constant(name, "1.5").unwrap();
    }
    let search = &settings.search;
    assert_eq!((search.cpuct, search.advantage.doublings), (1.5, Some(1.5)));
    assert_eq!(search.advantage.player, None, "whoever searches");
    for (name, says) in [("maxVisits", "no constant"), ("cpukt", "'cpuct'?")] {
        let failure = settings.set_constant(name, "1").unwrap_err().to_string();
        assert!(failure.contains(says), "{failure}");
    }
}

#[test]
fn it_is_known_which_constants_were_set_to_whatever_value() {
    let mut settings = SessionSettings::default();
    for name in ["cpuctExploration", "root-noise", "maxVisits"] {
        let usual = settings.get(&name.replace('-', "_")).unwrap();
        settings.set(name, &usual).unwrap();
    }
    settings.set("lcb", "perhaps").unwrap_err();
    assert_eq!(settings.set, ["cpuct", "root_noise"].into());
}

#[test]
fn all_threads_of_katago_are_taken_and_as_many_used_as_can_be() {
    let mut settings = SessionSettings::default();
    for (given, used) in [("1", "1"), ("128", "64"), ("4096", "64"), ("auto", "auto")] {
        settings.set("numSearchThreads", given).unwrap();
        assert_eq!(settings.get("batches_in_flight").as_deref(), Some(used));
    }
    for wrong in ["0", "4097", "-1", "some"] {
        let failure = settings.set("numSearchThreads", wrong).unwrap_err();
        assert!(failure.to_string().contains("1 to 4096"), "{failure}");
    }
    let more = (MOST_IN_FLIGHT + 1).to_string();
    assert!(settings.set("batches_in_flight", &more).is_err());
}

#[test]
fn numbers_out_of_range_are_told_both_ends() {
    let failure = SessionSettings::default()
        .set("lagBuffer", "1e300")
        .unwrap_err();
    let said = "lagBuffer must be a number of seconds from 0 to 1e9, not '1e300'";
    assert_eq!(failure.to_string(), said);
}

#[test]
fn moves_are_searched_against_mirrors_unless_settings_say_otherwise() {
    let check = |set: &[(&str, &str)], moves: bool, analysis: Option<bool>| {
        let mut settings = SessionSettings::default();
        for (name, value) in set {
            settings.set(name, value).unwrap();
        }
        assert_eq!(settings.move_params().anti_mirror, Some(moves), "{set:?}");
        let found = settings.analysis_request().params.anti_mirror;
        assert_eq!(found, analysis, "{set:?}");
    };
    check(&[], true, None);
    check(&[("antiMirror", "false")], false, Some(false));
    check(&[("antiMirror", "true")], true, Some(true));
    let both = [("genmoveAntiMirror", "false"), ("antiMirror", "true")];
    check(&both, false, Some(true));
    check(
        &[("genmoveAntiMirror", "true"), ("antiMirror", "false")],
        true,
        Some(false),
    );
    check(
        &[("antiMirror", "false"), ("antiMirror", "auto")],
        true,
        None,
    );
}

#[test]
fn a_wrong_value_is_told_by_the_name_that_was_given() {
    for (name, value) in [
        ("maxTime", "-1"),
        ("analysisWideRootNoise", "10"),
        ("wideRootNoise", "10"),
        ("wide_root_noise", "10"),
        ("uncertaintyCoeff", "x"),
        ("lcb", "perhaps"),
        ("allowResignation", "perhaps"),
        ("maxVisitsPondering", "0"),
        ("antiMirror", "1"),
        ("delayMoveScale", "-1"),
        ("delayMoveMax", "2e6"),
        ("genmoveAntiMirror", "perhaps"),
    ] {
        let failure = SessionSettings::default().set(name, value).unwrap_err();
        let beginning = format!("{name} must be ");
        assert!(failure.to_string().starts_with(&beginning), "{failure}");
    }
}

#[test]
fn a_temperature_of_the_policy_is_also_that_of_the_beginning() {
    let mut settings = SessionSettings::default();
    let mut check = |name: &str, value: &str, expected: (f64, f64)| {
        settings.set(name, value).unwrap();
        let search = &settings.search;
        let found = (
            search.root_policy_temperature,
            search.root_policy_temperature_early,
        );
        assert_eq!(found, expected, "{name} {value}");
    };
    check("rootPolicyTemperature", "1.5", (1.5, 1.5));
    check("root_policy_temperature_early", "2", (1.5, 2.0));
    check("rootPolicyTemperature", "1.2", (1.2, 2.0));
    check("root_policy_temperature_early", "1.2", (1.2, 1.2));
    check("root_policy_temperature", "1.1", (1.1, 1.2));
}

#[test]
fn values_have_types() {
    for (value, expected) in [
        ("30", "30"),
        ("1e20", "1e+20"),
        ("0.04", "0.04"),
        ("-3", "-3"),
        ("true", "true"),
        ("BLACK", "\"BLACK\""),
        ("auto", "\"auto\""),
        ("NaN", "\"NaN\""),
        ("16:1:50:0.1:1", "\"16:1:50:0.1:1\""),
    ] {
        assert_eq!(typed(value.into()).to_string(), expected);
    }
}

#[test]
fn limits_are_numbers_or_none() {
    assert_eq!(read_count("100").unwrap(), Some(100));
    assert_eq!(read_count("100.0").unwrap(), Some(100));
    assert_eq!(read_count("1125899906842624").unwrap(), None);
    assert_eq!(read_time("1e20").unwrap(), None);
    assert_eq!(read_time("0.5").unwrap(), Some(Duration::from_millis(500)));
    for wrong in ["0", "-1", "2.7", "1e30", "1125899906842625", "x", "nan", ""] {
        let says = read_count(wrong).unwrap_err();
        assert!(says.contains("integer from 1 to 2^50"), "{says}");
    }
    assert!(read_time("1e21").is_err() && read_time("-1").is_err());
}
