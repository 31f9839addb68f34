//! What a record says about its game: size, rules, moves. `replay` makes games of it.

use sgf_parse::go::{Move as SgfMove, Point as SgfPoint};

use super::{NodeId, PROGRAM, Prop, Record, SgfError};
use crate::go::{Color, HalfPoints, Move, Point, Rules, RulesError, Size};

/// Side of the board of a record that does not say.
const USUAL_SIDE: usize = 19;
/// Up to this side, the point `tt` lies beyond the board and means a pass.
const LARGEST_WITH_TT: usize = 19;
/// Coordinates of `tt`.
const TT: SgfPoint = SgfPoint { x: 19, y: 19 };
/// Komi as one server writes it, in hundredths of a point, and in those of Chinese counting, which halves it.
const HUNDREDTHS: [f64; 4] = [550.0, 650.0, 700.0, 750.0];
const HALVED_HUNDREDTHS: [f64; 4] = [275.0, 325.0, 350.0, 375.0];
/// Up to here a komi with quarters is one of Chinese counting.
const LARGEST_HALVED: f64 = 4.0;
/// Characters at the beginning of a text that the name of rules is looked for in.
const NAME_WITHIN: usize = 200;

impl Record {
    /// Width and height of the board: 19x19 if the record does not say.
    ///
    /// # Errors
    /// When it says something else than a size that can be played on.
    pub fn size(&self) -> Result<Size, SgfError> {
        for prop in self.properties(Record::ROOT) {
            let (width, height) = match prop {
                Prop::SZ((width, height)) => (*width as usize, *height as usize),
                Prop::Invalid(name, values) if name == "SZ" => {
                    let problem = format!("board size {:?} is no size", values.join("]["));
                    return Err(SgfError::Game(problem));
                }
                _ => continue,
            };
            return Size::new(width, height).map_err(|error| SgfError::Game(error.to_string()));
        }
        Size::square(USUAL_SIDE).map_err(|error| SgfError::Game(error.to_string()))
    }

    /// The rules, komi included. `default` is for what the record does not say, for the rules as a whole if it names some
    /// that are not known, and for a komi that is none.
    pub fn rules(&self, default: &Rules) -> Rules {
        let mut rules = *default;
        for prop in self.properties(Record::ROOT) {
            if let Prop::RU(text) = prop {
                match rules_of(&text.text, default.komi) {
                    Ok(named) => rules = named,
                    Err(_) if text.text.trim().is_empty() => {}
                    Err(error) => log::warn!("{error}; the current rules stay"),
                }
            }
        }
        let own = self
            .properties(Record::ROOT)
            .iter()
            .any(|prop| matches!(prop, Prop::AP((name, _)) if name.text == PROGRAM.0));
        for prop in self.properties(Record::ROOT) {
            let text = match prop {
                Prop::KM(komi) => komi.to_string(),
                Prop::Invalid(name, values) if name == "KM" => values.join(" "),
                _ => continue,
            };
            match komi_of(&text, own) {
                Some(komi) => rules.komi = komi,
                None if text.trim().is_empty() => {}
                None => log::warn!("{text:?} is no komi; it stays {}", rules.komi),
            }
        }
        rules
    }

    /// The moves of a node, in the order in which they stand there: in nearly all records at most one.
    ///
    /// # Errors
    /// If the value of one is no point of the board and no pass.
    pub fn moves(&self, node: NodeId, size: Size) -> Result<Vec<(Color, Move)>, String> {
        let mut moves = Vec::new();
        for prop in self.properties(node) {
            match prop {
                Prop::B(mv) => moves.push((Color::Black, move_of(mv, size)?)),
                Prop::W(mv) => moves.push((Color::White, move_of(mv, size)?)),
                Prop::Invalid(name, values) if matches!(name.as_str(), "B" | "W") => {
                    let color = Color::BOTH[(name == "W") as usize];
                    let text = values.join("][");
                    if !text.eq_ignore_ascii_case("pass") {
                        return Err(format!("{name}[{text}] is no move"));
                    }
                    moves.push((color, Move::Pass));
                }
                _ => {}
            }
        }
        Ok(moves)
    }
}

/// Rules as records name them, with that komi: by the whole text, or by as much of its beginning as says something, as in
/// "New Zealand rules" or "Chinese, 7.5 komi".
fn rules_of(text: &str, komi: HalfPoints) -> Result<Rules, RulesError> {
    Rules::parse(text, komi).or_else(|error| {
        let characters = text.char_indices().take(NAME_WITHIN);
        let ends = characters.filter(|(_, character)| !character.is_alphanumeric());
        let known = ends.filter_map(|(end, _)| Rules::parse(&text[..end], komi).ok());
        known.last().ok_or(error)
    })
}

/// A komi as records have it: in points; in the halves of Chinese counting, recognised by its quarters; or, but in records
/// of this program (`own`), in hundredths of either. `None` if it is no number of half points, or too much.
fn komi_of(text: &str, own: bool) -> Option<HalfPoints> {
    let written: f64 = text.trim().replace(',', ".").parse().ok()?;
    let quarters = (written * 2.0).fract() != 0.0 && written.abs() < LARGEST_HALVED;
    let points = if own {
        written
    } else if HUNDREDTHS.contains(&written) {
        written / 100.0
    } else if HALVED_HUNDREDTHS.contains(&written) {
        written / 50.0
    } else if quarters {
        written * 2.0
    } else {
        written
    };
    HalfPoints::komi(points)
}

fn move_of(mv: &SgfMove, size: Size) -> Result<Move, String> {
    let &SgfMove::Move(point) = mv else {
        return Ok(Move::Pass);
    };
    if point == TT && size.width() <= LARGEST_WITH_TT && size.height() <= LARGEST_WITH_TT {
        return Ok(Move::Pass);
    }
    point_of(point, size)
        .map(Move::Play)
        .ok_or_else(|| format!("{} is not on the board", letters(point)))
}

pub(super) fn point_of(point: SgfPoint, size: Size) -> Option<Point> {
    let (x, y) = (point.x as usize, point.y as usize);
    Point::new(x, y).filter(|&point| size.contains(point))
}

/// A point of a record, as the record writes it.
pub(super) fn letters(point: SgfPoint) -> String {
    let letter = |place: u8| match place {
        0..26 => (b'a' + place) as char,
        26..52 => (b'A' + place - 26) as char,
        _ => '?',
    };
    [letter(point.x), letter(point.y)].iter().collect()
}

/// A point of a board, as a record writes it.
pub(super) fn sgf_point(point: Point) -> SgfPoint {
    SgfPoint {
        x: point.x() as u8,
        y: point.y() as u8,
    }
}

pub(super) fn place(point: Point) -> String {
    letters(sgf_point(point))
}

pub(super) fn named(mv: Move) -> String {
    match mv {
        Move::Pass => "a pass:".to_string(),
        Move::Play(point) => format!("{}:", place(point)),
    }
}
