//! From the bytes of a file to the text of each game in it, in the strict grammar.
//!
//! What programs and people get wrong is put right here, and what would need too much depth or memory is refused, so that
//! the parser behind this sees nothing that it cannot take. No recursion.

use encoding_rs::{EUC_JP, EUC_KR, Encoding, SHIFT_JIS, WINDOWS_1252};

use super::{MAX_DEPTH, MAX_NODES, SgfError};

/// Most points that the compressed lists (`aa:ss`) of a file may stand for.
const MAX_LISTED_POINTS: usize = 2_000_000;
/// Most values of properties of a file: four for each node that is read.
const MAX_VALUES: usize = 2_000_000;
/// Most letters of the name of a property.
const MAX_NAME: usize = 64;
/// Properties whose values are moves, points or numbers: white space in them means nothing.
const COMPACT: &[&str] = &[
    "B", "W", "AB", "AW", "AE", "PL", "SZ", "KM", "HA", "TB", "TW", "FF",
];
/// Properties whose values are points, or rectangles of them.
const POINT_LISTS: &[&str] = &[
    "AB", "AE", "AW", "CR", "DD", "MA", "SL", "SQ", "TB", "TR", "TW", "VW",
];
/// Properties whose values have two parts, at least one of them a text.
const COMPOSED: &[&str] = &["AP", "LB", "FG"];
/// An escaped colon in the text of such a property, as the parser takes every colon as the end of a part: a character that
/// no text has, as the standard keeps it from use in them.
pub(super) const COLON: char = '\u{FDD0}';

/// One game of a file.
pub(super) struct Tree {
    /// Its text.
    pub text: String,
    /// Whether it is of Go, if it says.
    pub is_go: Option<bool>,
}

/// The characters of a file.
pub(super) fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decode_as(encoding, &bytes[mark..]);
    }
    let declared = declared_encoding(bytes);
    if declared != Some(WINDOWS_1252)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return text.to_string();
    }
    decode_as(declared.unwrap_or(WINDOWS_1252), bytes)
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8]) -> String {
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    if lossy {
        let name = encoding.name();
        log::warn!("the record is not all in {name}: some characters of it are lost");
    }
    text.into_owned()
}

/// What the first `CA[...]` says, if that is a character set which the format can be written in.
fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let at = bytes.windows(3).position(|window| window == b"CA[")?;
    let label = bytes[at + 3..].split(|&byte| byte == b']').next()?;
    let known = Encoding::for_label_no_replacement(label).or_else(|| {
        // Programs for Go spell them in their own ways: Big-5, UTF_8, ShiftJIS.
        let letters = label.iter().filter(|byte| byte.is_ascii_alphanumeric());
        let label: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
        Encoding::for_label_no_replacement(&label).or(match label.as_slice() {
            b"shiftjis" => Some(SHIFT_JIS),
            b"eucjp" => Some(EUC_JP),
            b"euckr" => Some(EUC_KR),
            _ => None,
        })
    });
    known.filter(|encoding| encoding.is_ascii_compatible())
}

/// The games of a text, one after the other.
pub(super) fn trees(text: &str) -> Result<Vec<Tree>, SgfError> {
    let mut scanner = Scanner {
        text,
        at: 0,
        line: 1,
        counted_to: 0,
        nodes: 0,
        values: 0,
        listed_points: 0,
    };
    let mut trees = Vec::new();
    while scanner.find_tree() {
        trees.push(scanner.tree()?);
    }
    Ok(trees)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Line of the place `counted_to`.
    line: usize,
    counted_to: usize,
    nodes: usize,
    values: usize,
    listed_points: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn skip_white(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn error(&mut self, problem: impl Into<String>) -> SgfError {
        let passed = &self.text.as_bytes()[self.counted_to..self.at];
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
        self.counted_to = self.at;
        SgfError::Syntax {
            line: self.line,
            problem: problem.into(),
        }
    }

    /// Moves to the next place where a game begins: a parenthesis before a semicolon.
    fn find_tree(&mut self) -> bool {
        while let Some(skip) = self.rest().find('(') {
            self.at += skip;
            if self.rest()[1..].trim_start().starts_with(';') {
                return true;
            }
            // All white space was looked at; there is no parenthesis in it.
            self.at += 1;
            self.skip_white();
        }
        self.at = self.text.len();
        false
    }

    /// The game that begins here.
    fn tree(&mut self) -> Result<Tree, SgfError> {
        let mut tree = Tree {
            text: String::new(),
            is_go: None,
        };
        // Depth in nodes at each open parenthesis.
        let mut open: Vec<usize> = Vec::new();
        let mut depth = 0;
        let root = self.nodes + 1;
        // Whether the last token closed a variation: there is no node that a property could belong to.
        let mut closed = false;
        loop {
            self.skip_white();
            let after_variation = std::mem::take(&mut closed);
            match self.peek() {
                Some('(') => {
                    self.at += 1;
                    self.skip_white();
                    if self.peek() != Some(';') {
                        return Err(self.error("a variation begins without a node"));
                    }
                    open.push(depth);
                    tree.text.push('(');
                }
                Some(')') => {
                    self.at += 1;
                    depth = open.pop().unwrap_or(0);
                    tree.text.push(')');
                    closed = true;
                    if open.is_empty() {
                        return Ok(tree);
                    }
                }
                Some(';') => {
                    self.at += 1;
                    depth += 1;
                    self.count_node(depth)?;
                    tree.text.push(';');
                }
                Some(c) if c.is_ascii_alphabetic() && after_variation => {
                    return Err(self.error("a property after the end of a variation"));
                }
                Some(c) if c.is_ascii_alphabetic() => {
                    self.property(self.nodes == root, &mut tree)?;
                }
                Some(c) => {
                    let problem = format!("{c:?} where a property or a node should begin");
                    return Err(self.error(problem));
                }
                None => {
                    log::warn!("the record ends too early; what is there is read");
                    tree.text.extend(open.drain(..).map(|_| ')'));
                    return Ok(tree);
                }
            }
        }
    }

    fn count_node(&mut self, depth: usize) -> Result<(), SgfError> {
        self.nodes += 1;
        if depth > MAX_DEPTH {
            return Err(self.error(format!("a line of more than {MAX_DEPTH} nodes")));
        }
        if self.nodes > MAX_NODES {
            return Err(self.error(format!("more than {MAX_NODES} nodes")));
        }
        Ok(())
    }

    fn count_value(&mut self) -> Result<(), SgfError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.error(format!("more than {MAX_VALUES} values")));
        }
        Ok(())
    }

    /// A property with its values.
    fn property(&mut self, root: bool, tree: &mut Tree) -> Result<(), SgfError> {
        let written = self.name_here().to_string();
        if written.len() > MAX_NAME {
            return Err(self.error("the name of a property is too long"));
        }
        self.at += written.len();
        self.skip_white();
        if self.peek() != Some('[') {
            return Err(self.error(format!("property {written} has no value")));
        }
        // Older versions of the format let the capitals of a word be the name.
        let name: String = written.chars().filter(char::is_ascii_uppercase).collect();
        let mut values = String::new();
        let mut first = None;
        while self.peek() == Some('[') {
            self.at += 1;
            self.count_value()?;
            let value = self.value(&name)?;
            if POINT_LISTS.contains(&name.as_str()) {
                self.count_points(&value)?;
            }
            values.extend(["[", &value, "]"]);
            first.get_or_insert(value);
            self.skip_white();
        }
        if name == "GM" && root {
            // The parser takes it once and as a plain number only.
            let is_go = matches!(first.as_deref().map(str::trim), Some("" | "1"));
            if is_go && tree.is_go.is_none() {
                tree.text.push_str("GM[1]");
            }
            tree.is_go.get_or_insert(is_go);
        } else if !name.is_empty() {
            tree.text.extend([name, values]);
        }
        Ok(())
    }

    /// The letters and digits that begin here.
    fn name_here(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
        &rest[..end.unwrap_or(rest.len())]
    }

    /// A value up to and past its bracket, escapes kept as they are, ends of lines made one.
    fn value(&mut self, name: &str) -> Result<String, SgfError> {
        let compact = COMPACT.contains(&name);
        let mut value = String::new();
        loop {
            match self.next() {
                None => return Err(self.error(format!("a value of {name} does not end"))),
                Some(']') if name == "C" && !self.value_may_end() => value.push_str("\\]"),
                Some(']') => return Ok(value),
                Some('\\') => match self.next() {
                    // An escaped end of a line is none.
                    Some(c @ ('\n' | '\r')) => self.skip_second_half(c),
                    Some(':') if COMPOSED.contains(&name) => value.push(COLON),
                    Some(c) => value.extend(['\\', c]),
                    None => {}
                },
                Some(c) if c.is_whitespace() && compact => {}
                Some(c @ ('\n' | '\r')) => {
                    self.skip_second_half(c);
                    value.push('\n');
                }
                Some(c) if c.is_ascii_whitespace() => value.push(' '),
                // What stands for something else here is no character of texts.
                Some(COLON) => value.push(char::REPLACEMENT_CHARACTER),
                Some(c) => value.push(c),
            }
        }
    }

    /// Skips the other character of an end of a line that is written as two.
    fn skip_second_half(&mut self, first: char) {
        if let Some(second @ ('\n' | '\r')) = self.peek()
            && second != first
        {
            self.at += 1;
        }
    }

    /// Whether what follows a bracket in a comment is something that may follow a value. If it is not, the bracket is
    /// one of the comment that should have been escaped.
    fn value_may_end(&self) -> bool {
        let rest = self.rest().trim_start();
        match rest.chars().next() {
            None | Some('[' | ';' | '(' | ')') => true,
            Some(c) if c.is_ascii_alphabetic() => {
                let after = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
                rest.len() - after.len() <= MAX_NAME && after.trim_start().starts_with('[')
            }
            Some(_) => false,
        }
    }

    /// Counts what a value stands for if it is a rectangle of points.
    fn count_points(&mut self, value: &str) -> Result<(), SgfError> {
        let &[x1, y1, b':', x2, y2] = value.as_bytes() else {
            return Ok(());
        };
        let place = |letter: u8| match letter {
            b'a'..=b'z' => (letter - b'a') as usize,
            b'A'..=b'Z' => (letter - b'A') as usize + 26,
            _ => 0,
        };
        let side = |first, last| (place(last) + 1).saturating_sub(place(first));
        self.listed_points += side(x1, x2) * side(y1, y2);
        if self.listed_points > MAX_LISTED_POINTS {
            let problem = format!("lists of more than {MAX_LISTED_POINTS} points");
            return Err(self.error(problem));
        }
        Ok(())
    }
}
