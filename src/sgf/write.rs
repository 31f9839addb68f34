//! From a record to text.
//!
//! The parser's own writer neither escapes the values of properties it does not know nor keeps lists in one order, and
//! needs a stack as deep as the record.

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use sgf_parse::go::Move as SgfMove;
use sgf_parse::go::Point as SgfPoint;
use sgf_parse::{SgfProp as _, SimpleText};

use super::read::letters;
use super::scan::COLON;
use super::{NodeId, Prop, Record};

/// What remains to be written.
enum Task {
    Node(NodeId),
    Close,
}

/// The record as text in version 4 of the format: UTF-8, which it says unless that is plain ASCII, one line for the root
/// and one for each move of a game, and an end of line at the end.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text)?;
        let root = self.properties(Record::ROOT);
        let says = root.iter().any(|prop| prop.identifier() == "CA");
        match text.strip_prefix("(;").filter(|_| !says) {
            Some(rest) if !text.is_ascii() => write!(f, "(;{UTF_8}{rest}"),
            _ => f.write_str(&text),
        }
    }
}

/// What is written, whatever was read.
const UTF_8: &str = "CA[UTF-8]";

impl Record {
    fn write(&self, f: &mut String) -> fmt::Result {
        f.write_str("(")?;
        let mut tasks = vec![Task::Close, Task::Node(Record::ROOT)];
        while let Some(task) = tasks.pop() {
            let node = match task {
                Task::Close => {
                    f.write_str(")")?;
                    continue;
                }
                Task::Node(node) => node,
            };
            let parent = self.parent(node);
            let alone = parent.is_none_or(|parent| self.children(parent).len() == 1);
            if parent.is_some() {
                f.write_str("\n")?;
            }
            if !alone {
                f.write_str("(")?;
                tasks.push(Task::Close);
            }
            f.write_str(";")?;
            for prop in self.properties(node) {
                write_property(f, prop)?;
            }
            tasks.extend(
                self.children(node)
                    .iter()
                    .rev()
                    .map(|&child| Task::Node(child)),
            );
        }
        f.write_str("\n")
    }
}

fn write_property(f: &mut String, prop: &Prop) -> fmt::Result {
    if prop.identifier() == "CA" {
        return f.write_str(UTF_8);
    }
    match prop {
        Prop::B(mv) | Prop::W(mv) => {
            let point = match mv {
                SgfMove::Pass => String::new(),
                SgfMove::Move(point) => letters(*point),
            };
            write!(f, "{}[{point}]", prop.identifier())
        }
        Prop::SZ((width, height)) if width == height => write!(f, "SZ[{width}]"),
        Prop::AB(points) | Prop::AW(points) | Prop::AE(points) => write_points(f, prop, points),
        Prop::TB(points) | Prop::TW(points) | Prop::CR(points) => write_points(f, prop, points),
        Prop::MA(points) | Prop::SL(points) | Prop::SQ(points) => write_points(f, prop, points),
        Prop::TR(points) | Prop::DD(points) | Prop::VW(points) => write_points(f, prop, points),
        Prop::AR(pairs) | Prop::LN(pairs) => {
            write_list(f, prop, pairs.iter().map(|&(a, b)| (a, letters(b))))
        }
        Prop::LB(labels) => {
            let labels = labels.iter();
            write_list(
                f,
                prop,
                labels.map(|(point, text)| (*point, escaped(text, true))),
            )
        }
        Prop::AP((name, version)) => {
            write!(f, "AP[{}:{}]", escaped(name, true), escaped(version, true))
        }
        Prop::FG(Some((flags, name))) => write!(f, "FG[{flags}:{}]", escaped(name, true)),
        Prop::C(text) | Prop::GC(text) => {
            write!(f, "{}[{}]", prop.identifier(), escape(&text.text, false))
        }
        Prop::Unknown(name, values) | Prop::Invalid(name, values) => {
            f.write_str(name)?;
            if values.is_empty() {
                f.write_str("[]")?;
            }
            values
                .iter()
                .try_for_each(|value| write!(f, "[{}]", escape(value, false)))
        }
        _ => match simple_text(prop) {
            Some(text) => write!(f, "{}[{}]", prop.identifier(), escaped(text, false)),
            // Numbers and marks without a value.
            None => write!(f, "{prop}"),
        },
    }
}

/// The text of a property that is one line of text.
fn simple_text(prop: &Prop) -> Option<&SimpleText> {
    match prop {
        Prop::N(text) | Prop::AN(text) | Prop::BR(text) => Some(text),
        Prop::BT(text) | Prop::CP(text) | Prop::DT(text) | Prop::EV(text) => Some(text),
        Prop::GN(text) | Prop::ON(text) | Prop::OT(text) | Prop::PB(text) => Some(text),
        Prop::PC(text) | Prop::PW(text) | Prop::RE(text) | Prop::RO(text) => Some(text),
        Prop::RU(text) | Prop::SO(text) | Prop::US(text) | Prop::WR(text) => Some(text),
        Prop::WT(text) => Some(text),
        _ => None,
    }
}

fn write_points(f: &mut String, prop: &Prop, points: &HashSet<SgfPoint>) -> fmt::Result {
    f.write_str(&prop.identifier())?;
    if points.is_empty() {
        return f.write_str("[]");
    }
    let mut points: Vec<&SgfPoint> = points.iter().collect();
    points.sort_unstable_by_key(|point| (point.y, point.x));
    points
        .into_iter()
        .try_for_each(|&point| write!(f, "[{}]", letters(point)))
}

/// Points with something else each.
fn write_list(
    f: &mut String,
    prop: &Prop,
    entries: impl Iterator<Item = (SgfPoint, String)>,
) -> fmt::Result {
    let mut entries: Vec<(SgfPoint, String)> = entries.collect();
    entries.sort_unstable_by(|(a, x), (b, y)| (a.y, a.x, x).cmp(&(b.y, b.x, y)));
    f.write_str(&prop.identifier())?;
    if entries.is_empty() {
        f.write_str("[]")?;
    }
    entries
        .into_iter()
        .try_for_each(|(point, text)| write!(f, "[{}:{text}]", letters(point)))
}

fn escaped(text: &SimpleText, composed: bool) -> String {
    escape(&text.text, composed)
}

/// A text as a value holds it; a part of a composed value also hides its colons.
fn escape(text: &str, composed: bool) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.chars() {
        if c == COLON {
            value.push_str("\\:");
            continue;
        }
        if matches!(c, ']' | '\\') || composed && c == ':' {
            value.push('\\');
        }
        value.push(c);
    }
    value
}
