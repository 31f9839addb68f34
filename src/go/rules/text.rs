//! Rules as text: JSON objects, single parameters, and the compact form of game records.

use std::fmt;

use serde_json::Value;

use super::{HalfPoints, HandicapBonus, KoRule, MAX_KOMI, Rules, RulesError, Scoring, Tax};

/// Values of a parameter and how they are written.
type Words<T> = &'static [(&'static str, T)];

const KO: Words<KoRule> = &[
    ("SIMPLE", KoRule::Simple),
    ("POSITIONAL", KoRule::Positional),
    ("SITUATIONAL", KoRule::Situational),
    ("SPIGHT", KoRule::Spight),
    ("REPEATER-LOSES", KoRule::RepeaterLoses),
];
const SCORING: Words<Scoring> = &[("AREA", Scoring::Area), ("TERRITORY", Scoring::Territory)];
const TAX: Words<Tax> = &[("NONE", Tax::None), ("SEKI", Tax::Seki), ("ALL", Tax::All)];
const BONUS: Words<HandicapBonus> = &[
    ("0", HandicapBonus::Zero),
    ("N-1", HandicapBonus::NMinusOne),
    ("N", HandicapBonus::N),
];
const BOOL: Words<bool> = &[("false", false), ("true", true), ("0", false), ("1", true)];

/// Keys of the parameters, by name in JSON; the compact form joins its own keys to their values.
const KEYS: [(&str, Key); 9] = [
    ("friendlyPassOk", Key::FriendlyPassOk),
    ("hasButton", Key::HasButton),
    ("ko", Key::Ko),
    ("scoring", Key::Scoring),
    ("suicide", Key::Suicide),
    ("tax", Key::Tax),
    ("whiteHandicapBonus", Key::HandicapBonus),
    ("komi", Key::Komi),
    ("score", Key::Scoring),
];
/// Keys of the compact form; a key that begins with another comes before it.
const COMPACT_KEYS: [(&str, Key); 9] = [
    ("komi", Key::Komi),
    ("ko", Key::Ko),
    ("scoring", Key::Scoring),
    ("score", Key::Scoring),
    ("tax", Key::Tax),
    ("sui", Key::Suicide),
    ("button", Key::HasButton),
    ("whb", Key::HandicapBonus),
    ("fpok", Key::FriendlyPassOk),
];

#[derive(Clone, Copy, PartialEq)]
enum Key {
    Ko,
    Scoring,
    Tax,
    Suicide,
    HasButton,
    HandicapBonus,
    FriendlyPassOk,
    Komi,
}

impl Rules {
    /// Rules from a name, a JSON object or the compact form ([`Rules`]' `Display`). What they do not say comes from
    /// Tromp-Taylor rules, the tax from the scoring, and the komi, for which a name alone says nothing, is `komi`.
    ///
    /// # Errors
    /// If a name, a key or a value is not known, or the values do not go together.
    pub fn parse(text: &str, komi: HalfPoints) -> Result<Rules, RulesError> {
        let text = text.trim();
        if text.starts_with('{') {
            return Rules::from_json(text, komi);
        }
        let compact = strip(text, "ko")
            .is_some_and(|rest| KO.iter().any(|(word, _)| strip(rest, word).is_some()));
        if compact {
            return Rules::from_compact(text, komi);
        }
        Rules::named(text).map(|rules| Rules { komi, ..rules })
    }

    /// As [`Rules::parse`], with the komi that is usual for how they count where they do not say it themselves.
    ///
    /// # Errors
    /// As [`Rules::parse`].
    pub fn parse_with_usual_komi(text: &str) -> Result<Rules, RulesError> {
        let rules = Rules::parse(text, Rules::default().komi)?;
        let usual = match rules.scoring {
            _ if rules.has_button => HalfPoints(14),
            Scoring::Area => HalfPoints(15),
            Scoring::Territory => HalfPoints(13),
        };
        Rules::parse(text, usual)
    }

    fn from_json(text: &str, komi: HalfPoints) -> Result<Rules, RulesError> {
        let object: serde_json::Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| RulesError(format!("rules are not a JSON object: {error}")))?;
        let mut given = Vec::new();
        for (name, value) in &object {
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                _ => {
                    return Err(RulesError(format!(
                        "the value of rule {name:?} is no text, number or boolean"
                    )));
                }
            };
            given.push((find_key(name)?, value));
        }
        Rules::from_parameters(&given, komi)
    }

    fn from_compact(text: &str, komi: HalfPoints) -> Result<Rules, RulesError> {
        let mut rest = text;
        let mut given = Vec::new();
        while !rest.is_empty() {
            let (word, key) = COMPACT_KEYS
                .into_iter()
                .find(|(word, _)| strip(rest, word).is_some())
                .ok_or_else(|| {
                    let keys = COMPACT_KEYS.map(|(word, _)| word).join(", ");
                    RulesError(format!(
                        "rules {text:?} have no key at {rest:?}; keys are {keys}"
                    ))
                })?;
            rest = strip(rest, word).unwrap_or("");
            let len = value_len(key, rest);
            given.push((key, rest[..len].to_string()));
            rest = rest[len..].trim_start_matches([' ', ',']);
        }
        Rules::from_parameters(&given, komi)
    }

    fn from_parameters(given: &[(Key, String)], komi: HalfPoints) -> Result<Rules, RulesError> {
        let mut rules = Rules {
            komi,
            ..Rules::default()
        };
        for (key, value) in given {
            rules.set(*key, value)?;
        }
        if rules.scoring == Scoring::Territory && given.iter().all(|&(key, _)| key != Key::Tax) {
            rules.tax = Tax::Seki;
        }
        rules.checked()
    }

    /// These rules with one parameter changed, by its key in JSON and its value as text.
    ///
    /// # Errors
    /// If the key or the value is not known, or does not go together with the others.
    pub fn with(&self, key: &str, value: &str) -> Result<Rules, RulesError> {
        let mut rules = *self;
        rules.set(find_key(key)?, value)?;
        rules.checked()
    }

    fn set(&mut self, key: Key, value: &str) -> Result<(), RulesError> {
        match key {
            Key::Ko => self.ko = find("ko", KO, value)?,
            Key::Scoring => self.scoring = find("scoring", SCORING, value)?,
            Key::Tax => self.tax = find("tax", TAX, value)?,
            Key::Suicide => self.suicide = find("suicide", BOOL, value)?,
            Key::HasButton => self.has_button = find("hasButton", BOOL, value)?,
            Key::HandicapBonus => self.handicap_bonus = find("whiteHandicapBonus", BONUS, value)?,
            Key::FriendlyPassOk => self.friendly_pass_ok = find("friendlyPassOk", BOOL, value)?,
            Key::Komi => self.komi = parse_komi(value)?,
        }
        Ok(())
    }

    fn checked(self) -> Result<Rules, RulesError> {
        if self.has_button && self.scoring == Scoring::Territory {
            return Err(RulesError("hasButton needs scoring AREA".to_string()));
        }
        Ok(self)
    }

    /// The rules without the komi as a JSON object on one line.
    pub fn to_json(&self) -> String {
        format!(
            concat!(
                r#"{{"friendlyPassOk":{},"hasButton":{},"ko":"{}","scoring":"{}","suicide":{},"#,
                r#""tax":"{}","whiteHandicapBonus":"{}"}}"#
            ),
            self.friendly_pass_ok,
            self.has_button,
            word(KO, self.ko),
            word(SCORING, self.scoring),
            self.suicide,
            word(TAX, self.tax),
            word(BONUS, self.handicap_bonus),
        )
    }
}

/// The compact form that KataGo writes into game records, such as `koPOSITIONALscoreAREAtaxNONEsui0whbNfpok1komi6.5`.
impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ko{}score{}tax{}sui{}",
            word(KO, self.ko),
            word(SCORING, self.scoring),
            word(TAX, self.tax),
            self.suicide as u8
        )?;
        if self.has_button {
            f.write_str("button1")?;
        }
        if self.handicap_bonus != HandicapBonus::Zero {
            write!(f, "whb{}", word(BONUS, self.handicap_bonus))?;
        }
        if self.friendly_pass_ok {
            f.write_str("fpok1")?;
        }
        write!(f, "komi{}", self.komi)
    }
}

fn parse_komi(value: &str) -> Result<HalfPoints, RulesError> {
    let points = value.trim().parse().ok();
    points.and_then(HalfPoints::komi).ok_or_else(|| {
        RulesError(format!(
            "komi {value:?} is not a whole or half number from -{MAX_KOMI} to {MAX_KOMI}"
        ))
    })
}

fn find_key(name: &str) -> Result<Key, RulesError> {
    let known = KEYS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|&(_, key)| key).ok_or_else(|| {
        let keys = KEYS[..KEYS.len() - 1].iter().map(|&(known, _)| known);
        let keys: Vec<&str> = keys.collect();
        RulesError(format!(
            "unknown rule {name:?}; known are {}",
            keys.join(", ")
        ))
    })
}

fn find<T: Copy>(key: &str, words: Words<T>, value: &str) -> Result<T, RulesError> {
    let value = value.trim();
    let found = words
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(value));
    found.map(|&(_, value)| value).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
        RulesError(format!(
            "unknown value {value:?} of rule {key}; known are {}",
            known.join(", ")
        ))
    })
}

fn word<T: PartialEq>(words: Words<T>, value: T) -> &'static str {
    words
        .iter()
        .find(|(_, known)| *known == value)
        .map_or("", |&(word, _)| word)
}

/// `text` after `prefix`, whatever the case.
fn strip<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Length of the value of `key` that `text` begins with: the longest known one, or a number.
fn value_len(key: Key, text: &str) -> usize {
    fn longest<T>(words: Words<T>, text: &str) -> usize {
        let fitting = words.iter().filter(|(word, _)| strip(text, word).is_some());
        fitting
            .map(|(word, _)| word.len())
            .max()
            .unwrap_or(text.len())
    }
    match key {
        Key::Ko => longest(KO, text),
        Key::Scoring => longest(SCORING, text),
        Key::Tax => longest(TAX, text),
        Key::Suicide | Key::HasButton | Key::FriendlyPassOk => longest(BOOL, text),
        Key::HandicapBonus => longest(BONUS, text),
        Key::Komi => {
            let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
            text.find(|c| !number(c)).unwrap_or(text.len())
        }
    }
}
