//! Arguments of the analysis commands.

use std::time::Duration;

use gtp::{Args, Argument, ArgumentError, Vertex};

use super::lines::{Dialect, Fields};
use crate::engine::{Failure, words};
use crate::go::{Color, Move, Size};
use crate::search::Restriction;

/// What an analysis is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AnalyzeArgs {
    /// Who is to move, if not the player whose turn it is.
    pub(super) color: Option<Color>,
    /// Time between two reports, if given.
    pub(super) interval: Option<Duration>,
    /// Moves that may not, or alone may, be searched.
    pub(super) restrictions: Vec<Restriction>,
    /// What to report.
    pub(super) fields: Fields,
}

impl AnalyzeArgs {
    /// Reads all arguments: a colour and a bare interval in any order, keys with values in any order.
    ///
    /// # Errors
    /// At the first argument that is not known or cannot be read.
    pub(super) fn read(
        args: &mut Args<'_>,
        size: Size,
        dialect: Dialect,
    ) -> Result<AnalyzeArgs, Failure> {
        let mut asked = AnalyzeArgs {
            color: None,
            interval: None,
            restrictions: Vec::new(),
            fields: Fields {
                dialect,
                ..Fields::default()
            },
        };
        while !args.is_empty() {
            if let Some(color) = args.take_if() {
                asked.color = Some(color);
            } else if let Some(interval) = args.take_if::<f64>() {
                asked.interval = Some(centiseconds(interval)?);
            } else {
                let key = args.word("key")?;
                asked.read_value(key, args, size)?;
            }
        }
        match Restriction::conflict(&asked.restrictions) {
            Some(color) => Err(Failure::syntax(format!(
                "allow can be given once for {color}, and avoid beside it for pass and resign only"
            ))),
            None => Ok(asked),
        }
    }

    fn read_value(&mut self, key: &str, args: &mut Args<'_>, size: Size) -> Result<(), Failure> {
        let fields = &mut self.fields;
        let kata = fields.dialect == Dialect::Kata;
        match key.to_ascii_lowercase().as_str() {
            "interval" => self.interval = Some(centiseconds(args.read("interval")?)?),
            "minmoves" => fields.min_moves = args.read("minmoves")?,
            "maxmoves" => fields.max_moves = Some(args.read("maxmoves")?),
            "avoid" => self.restrictions.push(restriction(args, size, false)?),
            "allow" => self.restrictions.push(restriction(args, size, true)?),
            "rootinfo" if kata => fields.root_info = args.read("rootInfo")?,
            "ownership" if kata => fields.ownership.mean = args.read("ownership")?,
            "ownershipstdev" if kata => fields.ownership.stdev = args.read("ownershipStdev")?,
            "movesownership" if kata => {
                fields.moves_ownership.mean = args.read("movesOwnership")?;
            }
            "movesownershipstdev" if kata => {
                fields.moves_ownership.stdev = args.read("movesOwnershipStdev")?;
            }
            "pvvisits" if kata => fields.pv_visits = args.read("pvVisits")?,
            "pvedgevisits" if kata => fields.pv_edge_visits = args.read("pvEdgeVisits")?,
            "noresultvalue" if kata => fields.no_result = args.read("noResultValue")?,
            _ => {
                return Err(Failure::syntax(format!(
                    "'{key}' is no key of this command"
                )));
            }
        }
        Ok(())
    }
}

/// A duration that clients give in centiseconds, some of them in numbers that mean "never".
fn centiseconds(number: f64) -> Result<Duration, Failure> {
    /// Nobody waits longer for a report.
    const LONGEST: f64 = 1e11;
    if number < 0.0 {
        return Err(Failure::syntax("interval must be at least 0"));
    }
    Ok(Duration::from_millis((number.min(LONGEST) * 10.0) as u64))
}

fn restriction(args: &mut Args<'_>, size: Size, only: bool) -> Result<Restriction, Failure> {
    let color = args.read("color")?;
    let mut moves = Vec::new();
    for word in args
        .word("vertices")?
        .split(',')
        .filter(|word| !word.is_empty())
    {
        read_moves(word, size, &mut moves)?;
    }
    let depth: usize = args.read("depth")?;
    if depth == 0 {
        return Err(Failure::syntax("depth must be at least 1"));
    }
    Ok(Restriction {
        color,
        moves,
        only,
        depth,
    })
}

/// A point, `pass`, or a rectangle such as `A1:C3`. `resign`, which Leela Zero lists among moves, stands for nothing.
fn read_moves(word: &str, size: Size, moves: &mut Vec<Move>) -> Result<(), Failure> {
    let vertex = |text: &str| {
        Vertex::from_word(text)
            .ok_or_else(|| ArgumentError::invalid("vertex", Vertex::EXPECTED, text))
    };
    if word.eq_ignore_ascii_case("resign") {
        return Ok(());
    }
    let Some((from, to)) = word.split_once(':') else {
        moves.push(words::mv(vertex(word)?, size)?);
        return Ok(());
    };
    let from = words::point(vertex(from)?, size)?;
    let to = words::point(vertex(to)?, size)?;
    let inside = |a: usize, b: usize, at: usize| (a.min(b)..=a.max(b)).contains(&at);
    moves.extend(
        size.points()
            .filter(|p| inside(from.x(), to.x(), p.x()) && inside(from.y(), to.y(), p.y()))
            .map(Move::Play),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AnalyzeArgs, String> {
        let size = Size::square(9).unwrap();
        AnalyzeArgs::read(&mut Args::new(text), size, Dialect::Kata).map_err(|e| e.to_string())
    }

    #[test]
    fn colours_intervals_and_keys_come_in_any_order() {
        fn check(text: &str, color: Option<Color>, centiseconds: Option<u64>) {
            let asked = read(text).unwrap();
            assert_eq!(asked.color, color, "{text}");
            let interval = centiseconds.map(|n| Duration::from_millis(10 * n));
            assert_eq!(asked.interval, interval, "{text}");
        }
        check("", None, None);
        check("b", Some(Color::Black), None);
        check("50", None, Some(50));
        check("W 50", Some(Color::White), Some(50));
        check("50 white", Some(Color::White), Some(50));
        check("interval 7 b", Some(Color::Black), Some(7));
        check("ownership true b interval 7", Some(Color::Black), Some(7));
        check("b 2147483647", Some(Color::Black), Some(2_147_483_647));
        check("0", None, Some(0));
    }

    #[test]
    fn keys_set_what_is_reported() {
        let asked =
            read("50 minmoves 3 maxmoves 7 rootInfo true pvvisits true ownership false").unwrap();
        let expected = Fields {
            dialect: Dialect::Kata,
            min_moves: 3,
            max_moves: Some(7),
            root_info: true,
            pv_visits: true,
            ..Fields::default()
        };
        assert_eq!(asked.fields, expected);
    }

    #[test]
    fn moves_are_restricted_by_points_and_rectangles() {
        let asked = read("avoid b A1,pass,resign 3 avoid b C3:B2 1 allow w D4 2").unwrap();
        let sizes: Vec<(Color, usize, bool, usize)> = asked
            .restrictions
            .iter()
            .map(|r| (r.color, r.moves.len(), r.only, r.depth))
            .collect();
        let expected = [
            (Color::Black, 2, false, 3),
            (Color::Black, 4, false, 1),
            (Color::White, 1, true, 2),
        ];
        assert_eq!(sizes, expected);
        for beside in ["pass", "resign", "pass,resign"] {
            let asked = read(&format!("10 allow b D4,E5 3 avoid b {beside} 30")).unwrap();
            assert_eq!(asked.restrictions.len(), 2, "{beside}");
        }
    }

    #[test]
    fn what_is_no_argument_is_refused() {
        for wrong in [
            "bleu",
            "-1",
            "interval",
            "interval x",
            "ownership 1",
            "minmoves -1",
            "avoid b A1",
            "avoid b A1 0",
            "avoid b Z9 1",
            "avoid x A1 1",
            "allow b A1 1 allow b B1 1",
            "allow b A1 1 avoid b B1 1",
            "avoid b pass,B1 1 allow b A1 1",
            "avoid b A1:pass 1",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let lz = AnalyzeArgs::read(
            &mut Args::new("ownership true"),
            Size::square(9).unwrap(),
            Dialect::LeelaZero,
        );
        assert!(lz.is_err());
    }
}
