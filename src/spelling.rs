//! What a mistyped name was meant to be, and how many of something are spelled.

/// The name that is nearest to a word, if it is near enough: one letter in three may be wrong or out of place, at most two.
/// Capitals do not matter.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let most = 2.min(word.len() / 3);
    let length = word.chars().count();
    let near = names
        .into_iter()
        .map(|name| (name.to_lowercase(), name))
        // Each letter more or less is one that is wrong; to compare takes far longer than to count.
        .filter(|(lower, _)| lower.chars().count().abs_diff(length) <= most)
        .map(|(lower, name)| (strsim::osa_distance(&word, &lower), name))
        .min()?;
    (near.0 <= most).then_some(near.1)
}

/// A number with its noun, `one` in the singular: `1 move`, `2 moves`.
pub fn counted(number: usize, one: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {one}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let moves = [0, 1, 2].map(|number| counted(number, "move"));
        assert_eq!(moves, ["0 moves", "1 move", "2 moves"]);
    }

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        for (word, expected) in [
            ("genmov", Some("genmove")),
            ("gnemove", Some("genmove")),
            ("plya", Some("play")),
            ("PLAY", Some("play")),
            ("CPUCT", Some("cPuct")),
            ("pla", Some("play")),
            ("b", None),
            ("nm", None),
            ("something", None),
        ] {
            assert_eq!(
                nearest(word, ["cPuct", "genmove", "nn", "play"]),
                expected,
                "{word}"
            );
        }
    }
}
