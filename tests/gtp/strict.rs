//! A reader of replies that accepts nothing but what the specification allows and the most sensitive clients take.

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Whether it started with `=`.
    pub success: bool,
    /// The id after that.
    pub id: Option<u32>,
    /// The text, lines joined by line feeds, without the closing empty line.
    pub text: String,
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = if self.success { "=" } else { "?" };
        let id = self.id.map_or(String::new(), |id| id.to_string());
        write!(f, "{status}{id} {}", self.text)
    }
}

/// The replies that `output` consists of, and nothing else.
///
/// # Panics
/// At the first violation: bytes outside a reply, a missing or doubled empty line, control characters, blanks at the end
/// of a line but the first, a line inside a reply that looks like another one.
pub fn replies(output: &[u8]) -> Vec<Reply> {
    let text = std::str::from_utf8(output).expect("replies are UTF-8");
    for (at, c) in text.char_indices() {
        let before = text[..at].len().saturating_sub(60);
        let shown = text.get(before..at).unwrap_or_default();
        assert!(
            c == '\n' || !c.is_control(),
            "control character {c:?} after {shown:?}"
        );
    }
    let mut replies = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest
            .find("\n\n")
            .unwrap_or_else(|| panic!("no empty line after {rest:?}"));
        replies.push(reply(&rest[..end]));
        rest = &rest[end + 2..];
        assert!(!rest.starts_with('\n'), "two empty lines before {rest:?}");
    }
    replies
}

fn reply(text: &str) -> Reply {
    let (head, tail) = text
        .split_once('\n')
        .map_or((text, None), |(head, tail)| (head, Some(tail)));
    let success = match head.chars().next() {
        Some('=') => true,
        Some('?') => false,
        _ => panic!("neither = nor ? at the start of {text:?}"),
    };
    let after = &head[1..];
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let id = (digits > 0).then(|| {
        after[..digits]
            .parse()
            .unwrap_or_else(|_| panic!("id of {head:?}"))
    });
    let first = after[digits..]
        .strip_prefix(' ')
        .unwrap_or_else(|| panic!("no blank after the status of {head:?}"));
    assert!(
        !first.starts_with(' '),
        "more than one blank after the status of {head:?}"
    );
    assert_eq!(first.trim_end(), first, "blanks at the end of {head:?}");
    for line in tail.into_iter().flat_map(|tail| tail.split('\n')) {
        assert_eq!(
            line.trim_end(),
            line,
            "blanks at the end of a line of {text:?}"
        );
        assert!(
            !line.starts_with(['=', '?']),
            "a line like another reply in {text:?}"
        );
    }
    let lines: Vec<&str> = std::iter::once(first).chain(tail).collect();
    Reply {
        success,
        id,
        text: lines.join("\n"),
    }
}

/// What a line on standard error must not look like for Lizzie, which reads it together with standard output; where nothing
/// is wrong, it has none of the words by which clients tell that the engine has died.
pub fn check_stderr(text: &str) {
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "half a line in {text:?}"
    );
    for line in text.lines() {
        for start in ["=", "?", "info", "play"] {
            assert!(!line.starts_with(start), "{line:?} starts with {start:?}");
        }
        assert!(!line.contains(" -> "), "{line:?}");
        let lower = line.to_lowercase();
        for word in ["exception", "error", "what()", "uncaught"] {
            assert!(!lower.contains(word), "{line:?} has {word:?}");
        }
    }
}

#[test]
fn what_kills_clients_is_found_on_standard_error() {
    check_stderr("warning: it is slow\n");
    for wrong in [
        "half",
        "info x\n",
        "a -> b\n",
        "Error: x\n",
        "Uncaught x\n",
        "  what(): x\n",
    ] {
        let caught = std::panic::catch_unwind(|| check_stderr(wrong));
        assert!(caught.is_err(), "{wrong:?} was accepted");
    }
}

#[test]
fn the_reader_reads_replies_and_nothing_else() {
    let read = |text: &str| {
        replies(text.as_bytes())
            .iter()
            .map(Reply::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(read("= \n\n=12 D4\n\n? no\n\n"), ["= ", "=12 D4", "? no"]);
    assert_eq!(read("= \n A B\n 1 .\n\n"), ["= \n A B\n 1 ."]);
    for wrong in [
        "=\n\n",
        "= a\n",
        "= a\n\n\n",
        "noise\n= a\n\n",
        "=  a\n\n",
        "= a \n\n",
        "= a\r\n\r\n",
        "= a\n= b\n\n",
        "=x a\n\n",
        "= a\tb\n\n",
    ] {
        assert!(
            std::panic::catch_unwind(|| read(wrong)).is_err(),
            "{wrong:?} was accepted"
        );
    }
}
