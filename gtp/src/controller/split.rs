//! A command line to words, as a shell would.

/// Splits at blanks. Single and double quotes keep blanks together, and a backslash takes the
/// special meaning off a blank, a quote or a backslash. Before anything else, and inside single
/// quotes, a backslash is a plain character, so that paths of Windows work as they are.
///
/// Returns nothing if a quote is not closed.
pub fn split_command_line(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                // Quotes make a word even if there is nothing between them.
                word.get_or_insert_default();
            }
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            (None | Some('"'), '\\') => {
                let escaped = chars.next_if(|&next| is_special(next, quote));
                word.get_or_insert_default().push(escaped.unwrap_or(c));
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

fn is_special(c: char, quote: Option<char>) -> bool {
    match quote {
        Some(quote) => c == quote || c == '\\',
        None => c.is_whitespace() || matches!(c, '"' | '\'' | '\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_split_as_in_a_shell() {
        fn check(text: &str, expected: Option<&[&str]>) {
            let words = split_command_line(text);
            let words: Option<Vec<&str>> = words
                .as_ref()
                .map(|words| words.iter().map(String::as_str).collect());
            assert_eq!(words.as_deref(), expected, "{text}");
        }
        check("", Some(&[]));
        check("  gnugo   --mode gtp ", Some(&["gnugo", "--mode", "gtp"]));
        check(
            "sh -c 'read x; echo \"= $x\"'",
            Some(&["sh", "-c", "read x; echo \"= $x\""]),
        );
        check(
            "\"My Engine\"/bin -w ''",
            Some(&["My Engine/bin", "-w", ""]),
        );
        check(r"My\ Engine \'a\' \\x", Some(&["My Engine", "'a'", r"\x"]));
        check(r"C:\Go\katago.exe gtp", Some(&[r"C:\Go\katago.exe", "gtp"]));
        check(r#""a \" b \\ \c" 'd\'"#, Some(&[r#"a " b \ \c"#, r"d\"]));
        check("a\tb\nc\\", Some(&["a", "b", "c\\"]));
        check("gnugo 'x", None);
        check("gnugo \"x' ", None);
    }
}
