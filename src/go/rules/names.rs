//! Named rule sets.

use super::{HalfPoints, HandicapBonus, KoRule, Rules, RulesError, Scoring, Tax};

/// Every name with its rules, in the order in which they are offered; the first name of equal rules is the one that
/// [`Rules::name`] gives.
const NAMED: [(&str, Rules); 18] = [
    ("tromp-taylor", TROMP_TAYLOR),
    ("japanese", JAPANESE),
    ("korean", JAPANESE),
    ("chinese", CHINESE),
    ("chinese-ogs", CHINESE_SUPERKO),
    ("chinese-kgs", CHINESE_SUPERKO),
    ("aga", AGA),
    ("bga", AGA),
    ("french", AGA),
    ("aga-button", AGA_BUTTON),
    ("new-zealand", NEW_ZEALAND),
    ("goe", ING),
    ("ing", ING),
    ("ancient-area", ANCIENT_AREA),
    ("stone-scoring", ANCIENT_AREA),
    ("ancient-territory", ANCIENT_TERRITORY),
    ("elf", ELF),
    ("nz", NEW_ZEALAND),
];

const TROMP_TAYLOR: Rules = Rules {
    ko: KoRule::Positional,
    scoring: Scoring::Area,
    tax: Tax::None,
    suicide: true,
    has_button: false,
    handicap_bonus: HandicapBonus::Zero,
    friendly_pass_ok: false,
    komi: HalfPoints(15),
};

const JAPANESE: Rules = Rules {
    ko: KoRule::Simple,
    scoring: Scoring::Territory,
    tax: Tax::Seki,
    suicide: false,
    komi: HalfPoints(13),
    ..TROMP_TAYLOR
};

const CHINESE: Rules = Rules {
    ko: KoRule::Simple,
    suicide: false,
    handicap_bonus: HandicapBonus::N,
    friendly_pass_ok: true,
    ..TROMP_TAYLOR
};

const CHINESE_SUPERKO: Rules = Rules {
    ko: KoRule::Positional,
    ..CHINESE
};

const AGA: Rules = Rules {
    ko: KoRule::Situational,
    suicide: false,
    handicap_bonus: HandicapBonus::NMinusOne,
    friendly_pass_ok: true,
    ..TROMP_TAYLOR
};

const AGA_BUTTON: Rules = Rules {
    has_button: true,
    komi: HalfPoints(14),
    ..AGA
};

const NEW_ZEALAND: Rules = Rules {
    ko: KoRule::Situational,
    friendly_pass_ok: true,
    komi: HalfPoints(14),
    ..TROMP_TAYLOR
};

const ING: Rules = Rules {
    friendly_pass_ok: true,
    ..TROMP_TAYLOR
};

const ANCIENT_AREA: Rules = Rules {
    ko: KoRule::Simple,
    tax: Tax::All,
    suicide: false,
    friendly_pass_ok: true,
    ..TROMP_TAYLOR
};

const ANCIENT_TERRITORY: Rules = Rules {
    tax: Tax::All,
    ..JAPANESE
};

/// ELF OpenGo: Chinese counting without handicap bonus, repetition loses.
const ELF: Rules = Rules {
    ko: KoRule::RepeaterLoses,
    suicide: false,
    ..TROMP_TAYLOR
};

impl Default for Rules {
    /// Tromp-Taylor with 7.5 komi, as engines assume when nobody says otherwise.
    fn default() -> Rules {
        TROMP_TAYLOR
    }
}

impl Rules {
    /// The rules with this name and their usual komi. Case does not matter, nor whether words are joined by `-`, `_`,
    /// a blank or nothing.
    ///
    /// # Errors
    /// If no rules have this name; the names that there are are in the message.
    pub fn named(name: &str) -> Result<Rules, RulesError> {
        let wanted = fold(name);
        NAMED
            .iter()
            .find(|(known, _)| fold(known) == wanted)
            .map(|&(_, rules)| rules)
            .ok_or_else(|| {
                let known: Vec<&str> = Rules::names().collect();
                RulesError(format!(
                    "unknown rules {name:?}; known are {}",
                    known.join(", ")
                ))
            })
    }

    /// As [`Rules::named`] for the names that KGS uses, where Chinese rules have positional superko.
    ///
    /// # Errors
    /// As [`Rules::named`].
    pub fn named_by_kgs(name: &str) -> Result<Rules, RulesError> {
        match fold(name).as_str() {
            "chinese" => Ok(CHINESE_SUPERKO),
            _ => Rules::named(name),
        }
    }

    /// All names of rules.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|&(name, _)| name)
    }

    /// A name of these rules, komi aside.
    pub fn name(&self) -> Option<&'static str> {
        NAMED
            .iter()
            .find(|(_, rules)| {
                Rules {
                    komi: self.komi,
                    ..*rules
                } == *self
            })
            .map(|&(name, _)| name)
    }
}

fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}
