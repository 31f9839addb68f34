//! Rules as text: names, JSON, single parameters, the compact form.

use df_console::go::{HalfPoints, HandicapBonus, KoRule, Rules, Scoring, Tax};

const KOMI: HalfPoints = HalfPoints(11);

#[test]
fn names() {
    let japanese = "koSIMPLEscoreTERRITORYtaxSEKIsui0komi6.5";
    let chinese_superko = "koPOSITIONALscoreAREAtaxNONEsui0whbNfpok1komi7.5";
    let aga = "koSITUATIONALscoreAREAtaxNONEsui0whbN-1fpok1komi7.5";
    let new_zealand = "koSITUATIONALscoreAREAtaxNONEsui1fpok1komi7";
    let ing = "koPOSITIONALscoreAREAtaxNONEsui1fpok1komi7.5";
    let ancient_area = "koSIMPLEscoreAREAtaxALLsui0fpok1komi7.5";
    let cases = [
        ("tromp-taylor", "koPOSITIONALscoreAREAtaxNONEsui1komi7.5"),
        ("Tromp Taylor", "koPOSITIONALscoreAREAtaxNONEsui1komi7.5"),
        ("japanese", japanese),
        ("Japanese", japanese),
        ("korean", japanese),
        ("chinese", "koSIMPLEscoreAREAtaxNONEsui0whbNfpok1komi7.5"),
        ("chinese-ogs", chinese_superko),
        ("chinese_kgs", chinese_superko),
        ("ancient-area", ancient_area),
        ("stone_scoring", ancient_area),
        (
            "ancient-territory",
            "koSIMPLEscoreTERRITORYtaxALLsui0komi6.5",
        ),
        ("aga", aga),
        ("BGA", aga),
        ("french", aga),
        (
            "aga-button",
            "koSITUATIONALscoreAREAtaxNONEsui0button1whbN-1fpok1komi7",
        ),
        ("new-zealand", new_zealand),
        ("new zealand", new_zealand),
        ("NZ", new_zealand),
        ("goe", ing),
        ("ing", ing),
        ("elf", "koREPEATER-LOSESscoreAREAtaxNONEsui0komi7.5"),
    ];
    for (name, expected) in cases {
        let rules = Rules::named(name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(rules.to_string(), expected, "{name}");
        let parsed = Rules::parse(name, KOMI).expect("a known name");
        assert_eq!(
            parsed,
            Rules {
                komi: KOMI,
                ..rules
            },
            "{name} says nothing about komi"
        );
    }
    for name in Rules::names() {
        let rules = Rules::named(name).expect("its own name");
        let found = rules.name().expect("a name");
        assert_eq!(
            Rules::named(found).expect("its own name"),
            rules,
            "{name} {found}"
        );
    }
    assert_eq!(
        Rules::default(),
        Rules::named("tromp-taylor").expect("a known name")
    );
    let kgs = |name| {
        Rules::named_by_kgs(name)
            .map(|rules| rules.to_string())
            .expect("a known name")
    };
    assert_eq!(kgs("chinese"), chinese_superko);
    assert_eq!(kgs("new_zealand"), new_zealand);
    assert_eq!(kgs("japanese"), japanese);
}

#[test]
fn every_combination_survives_text() {
    for rules in all_rules() {
        let text = rules.to_string();
        assert_eq!(Rules::parse(&text, KOMI), Ok(rules), "{text}");
        assert_eq!(
            Rules::parse(&text.to_lowercase(), KOMI),
            Ok(rules),
            "{text}"
        );
        let json = rules.to_json();
        assert_eq!(Rules::parse(&json, rules.komi), Ok(rules), "{json}");
    }
}

fn all_rules() -> Vec<Rules> {
    use KoRule::{Positional, RepeaterLoses, Simple, Situational, Spight};
    let mut all = vec![Rules::default()];
    let mut vary = |change: &dyn Fn(Rules, usize) -> Rules, count: usize| {
        all = all
            .iter()
            .flat_map(|&rules| (0..count).map(move |i| change(rules, i)))
            .collect();
    };
    vary(
        &|r, i| Rules {
            ko: [Simple, Positional, Situational, Spight, RepeaterLoses][i],
            ..r
        },
        5,
    );
    vary(
        &|r, i| Rules {
            scoring: [Scoring::Area, Scoring::Territory][i],
            ..r
        },
        2,
    );
    vary(
        &|r, i| Rules {
            tax: [Tax::None, Tax::Seki, Tax::All][i],
            ..r
        },
        3,
    );
    vary(
        &|r, i| Rules {
            suicide: i == 1,
            ..r
        },
        2,
    );
    vary(
        &|r, i| Rules {
            has_button: i == 1 && r.scoring == Scoring::Area,
            ..r
        },
        2,
    );
    let bonuses = [
        HandicapBonus::Zero,
        HandicapBonus::N,
        HandicapBonus::NMinusOne,
    ];
    vary(
        &|r, i| Rules {
            handicap_bonus: bonuses[i],
            ..r
        },
        3,
    );
    vary(
        &|r, i| Rules {
            friendly_pass_ok: i == 1,
            ..r
        },
        2,
    );
    vary(
        &|r, i| Rules {
            komi: HalfPoints([0, -3, 800][i]),
            ..r
        },
        3,
    );
    all
}

#[test]
fn json() {
    let cases = [
        (r#"{}"#, "koPOSITIONALscoreAREAtaxNONEsui1komi5.5"),
        (
            r#"{"scoring":"TERRITORY"}"#,
            "koPOSITIONALscoreTERRITORYtaxSEKIsui1komi5.5",
        ),
        (
            r#"{"scoring":"TERRITORY","tax":"NONE"}"#,
            "koPOSITIONALscoreTERRITORYtaxNONEsui1komi5.5",
        ),
        (
            r#"{"score":"area","KO":"simple"}"#,
            "koSIMPLEscoreAREAtaxNONEsui1komi5.5",
        ),
        (
            r#"{"friendlyPassOk":true,"hasButton":true,"ko":"SPIGHT","suicide":false,"whiteHandicapBonus":"N-1"}"#,
            "koSPIGHTscoreAREAtaxNONEsui0button1whbN-1fpok1komi5.5",
        ),
        (
            r#"{"whiteHandicapBonus":0,"komi":-6.5,"suicide":"false"}"#,
            "koPOSITIONALscoreAREAtaxNONEsui0komi-6.5",
        ),
    ];
    for (json, expected) in cases {
        let rules = Rules::parse(json, KOMI).map(|rules| rules.to_string());
        assert_eq!(rules.as_deref(), Ok(expected), "{json}");
    }
    let written = Rules::named("aga").expect("a known name").to_json();
    let expected = concat!(
        r#"{"friendlyPassOk":true,"hasButton":false,"ko":"SITUATIONAL","scoring":"AREA","#,
        r#""suicide":false,"tax":"NONE","whiteHandicapBonus":"N-1"}"#
    );
    assert_eq!(written, expected);
}

#[test]
fn single_parameters() {
    let rules = Rules::default();
    let cases = [
        ("ko", "simple", "koSIMPLEscoreAREAtaxNONEsui1komi7.5"),
        (
            "scoring",
            "TERRITORY",
            "koPOSITIONALscoreTERRITORYtaxNONEsui1komi7.5",
        ),
        ("score", "AREA", "koPOSITIONALscoreAREAtaxNONEsui1komi7.5"),
        ("tax", "ALL", "koPOSITIONALscoreAREAtaxALLsui1komi7.5"),
        (
            "suicide",
            "false",
            "koPOSITIONALscoreAREAtaxNONEsui0komi7.5",
        ),
        (
            "hasButton",
            "true",
            "koPOSITIONALscoreAREAtaxNONEsui1button1komi7.5",
        ),
        (
            "whiteHandicapBonus",
            "N",
            "koPOSITIONALscoreAREAtaxNONEsui1whbNkomi7.5",
        ),
        (
            "friendlyPassOk",
            "1",
            "koPOSITIONALscoreAREAtaxNONEsui1fpok1komi7.5",
        ),
        ("komi", "-3.5", "koPOSITIONALscoreAREAtaxNONEsui1komi-3.5"),
    ];
    for (key, value, expected) in cases {
        let changed = rules.with(key, value).map(|rules| rules.to_string());
        assert_eq!(changed.as_deref(), Ok(expected), "{key} {value}");
    }
}

/// What is wrong, and a word that the message must have to be of help.
#[test]
fn errors_say_what_exists() {
    let cases = [
        ("klingon", "tromp-taylor"),
        ("", "tromp-taylor"),
        ("korea", "korean"),
        ("{", "JSON"),
        (r#"{"ko":"TRIPLE"}"#, "SITUATIONAL"),
        (r#"{"superko":"SIMPLE"}"#, "friendlyPassOk"),
        (r#"{"ko":["SIMPLE"]}"#, "ko"),
        (r#"{"ko":null}"#, "ko"),
        (r#"{"suicide":2}"#, "true"),
        (r#"{"komi":7.3}"#, "7.3"),
        (r#"{"komi":401}"#, "400"),
        (r#"{"komi":"NaN"}"#, "NaN"),
        (r#"{"komi":1e300}"#, "half"),
        (r#"{"hasButton":true,"scoring":"TERRITORY"}"#, "AREA"),
        ("koSIMPLEscoreMOON", "TERRITORY"),
        ("koSIMPLEsui7", "false"),
        ("koSIMPLE\u{e9}", "komi"),
        ("koSIMPLEkomi", "half"),
    ];
    for (text, word) in cases {
        match Rules::parse(text, KOMI) {
            Ok(rules) => panic!("{text:?} was read as {rules}"),
            Err(error) => assert!(error.to_string().contains(word), "{text:?}: {error}"),
        }
    }
    let button = Rules::named("japanese").and_then(|rules| rules.with("hasButton", "true"));
    assert!(button.is_err_and(|error| error.to_string().contains("AREA")));
    assert!(
        Rules::default()
            .with("ponder", "true")
            .is_err_and(|error| error.to_string().contains("suicide"))
    );
}

#[test]
fn half_points() {
    for (points, expected) in [(6.5, 13), (-0.5, -1), (0.0, 0), (7.0, 14), (-400.0, -800)] {
        assert_eq!(HalfPoints::komi(points), Some(HalfPoints(expected)));
        assert_eq!(HalfPoints::from_f64(points), Some(HalfPoints(expected)));
    }
    for points in [6.4, f64::NAN, f64::INFINITY, 1e9, -20000.0, 400.5] {
        assert_eq!(HalfPoints::komi(points), None, "{points}");
    }
    assert_eq!(HalfPoints::from_f64(400.5), Some(HalfPoints(801)));
    for (text, expected) in [
        ("+7.5", Some(15)),
        (" 7 ", Some(14)),
        ("", None),
        ("x", None),
    ] {
        let rules = Rules::default().with("komi", text).ok();
        assert_eq!(rules.map(|rules| rules.komi.0), expected, "{text}");
    }
    for (half, expected) in [(13, "6.5"), (-1, "-0.5"), (0, "0"), (14, "7"), (-14, "-7")] {
        assert_eq!(HalfPoints(half).to_string(), expected);
    }
}
