//! Text in HTML and SVG.

/// With everything escaped that means something there. Control characters, which XML does not have, become spaces.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            _ if letter.is_control() => escaped.push(' '),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_what_it_stands_in() {
        let escaped = escape("<a & \"b\">\u{1}\n");
        assert_eq!(escaped, "&lt;a &amp; &quot;b&quot;&gt; \n");
    }
}
