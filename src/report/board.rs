//! Games as boards in SVG, to step through with a slider, with the chance of winning below.

use std::fmt::Write as _;

use crate::go::handicap::{customary_points, most_customary};
use crate::go::{Color, Game, Move, Point, Size};
use crate::markup::escape;
use crate::record::{GameRecord, Stop};
use crate::sgf::result_text;

/// Distance of two lines.
const STEP: f64 = 20.0;
/// Height of the curve below the board.
const CURVE: f64 = 44.0;

/// A stone on the board for some moves.
struct Stone {
    color: Color,
    point: Point,
    /// Moves after which it is there: from, and to but not including.
    on: usize,
    off: usize,
}

/// A game as a figure; `None` if it is no game that the rules allow.
pub fn figure(record: &GameRecord) -> Option<String> {
    let stones = stones(record)?;
    let (size, moves) = (record.size, record.turns.len());
    let (width, height) = (
        STEP * (size.width() as f64 + 1.2),
        STEP * (size.height() as f64 + 1.2),
    );
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {:.1}\" role=img aria-label=\"board\">",
        height + CURVE + 8.0
    );
    grid(size, &mut svg);
    for stone in &stones {
        draw(stone, record, moves, &mut svg);
    }
    owners(record, &stones, &mut svg);
    curve(record, width, height, &mut svg);
    svg.push_str("</svg>");
    let nets = record.nets.join(", ");
    let how = match record.stop {
        Stop::Rules => "by passes",
        Stop::Settled => "nothing left to decide",
        Stop::Length => "stopped at the longest",
        Stop::Resignation => "resigned",
    };
    Some(format!(
        "<figure class=game><figcaption><b>{}</b> <span>{how}, {moves} moves, komi {}</span><small>{}</small></figcaption>\
         {svg}<input type=range min=0 max={moves} value={moves} aria-label=\"move\"><output>{moves}</output></figure>\n",
        escape(&result_text(record.outcome)),
        record.rules.komi,
        escape(&nets),
    ))
}

/// When which stones lie on the board.
fn stones(record: &GameRecord) -> Option<Vec<Stone>> {
    let mut stones: Vec<Stone> = Vec::new();
    let mut look = |number: usize, game: &Game| {
        for stone in stones.iter_mut().filter(|stone| stone.off == usize::MAX) {
            if game.board().stone(stone.point) != Some(stone.color) {
                stone.off = number;
            }
        }
        for (color, point) in game.board().stones() {
            let here = |stone: &Stone| stone.off == usize::MAX && stone.point == point;
            if !stones.iter().any(here) {
                stones.push(Stone {
                    color,
                    point,
                    on: number,
                    off: usize::MAX,
                });
            }
        }
    };
    let end = record.replay(&mut look).ok()?;
    look(record.turns.len(), &end);
    Some(stones)
}

fn place(point: Point) -> (f64, f64) {
    (
        STEP * (point.x() as f64 + 1.1),
        STEP * (point.y() as f64 + 1.1),
    )
}

fn grid(size: Size, svg: &mut String) {
    let (width, height) = (size.width(), size.height());
    let at = |i: usize| STEP * (i as f64 + 1.1);
    let mut path = String::new();
    for x in 0..width {
        let _ = write!(path, "M{:.1} {:.1}V{:.1}", at(x), at(0), at(height - 1));
    }
    for y in 0..height {
        let _ = write!(path, "M{:.1} {:.1}H{:.1}", at(0), at(y), at(width - 1));
    }
    let _ = write!(
        svg,
        "<rect class=wood width=\"100%\" height={:.1} rx=4 /><path class=lines d=\"{path}\"/>",
        STEP * (height as f64 + 1.2)
    );
    let stars = customary_points(size, most_customary(size)).unwrap_or_default();
    for (x, y) in stars.into_iter().map(place) {
        let _ = write!(svg, "<circle class=star cx={x:.1} cy={y:.1} r=2 />");
    }
}

/// The final owners, where there is no stone of theirs in the end.
fn owners(record: &GameRecord, stones: &[Stone], svg: &mut String) {
    let Some(owners) = &record.owners else {
        return;
    };
    svg.push_str("<g class=own>");
    for (point, &owner) in record.size.points().zip(owners) {
        let (class, color) = match owner {
            1 => ("w", Color::White),
            -1 => ("b", Color::Black),
            _ => continue,
        };
        let last = |stone: &Stone| stone.off == usize::MAX && stone.point == point;
        if stones
            .iter()
            .any(|stone| last(stone) && stone.color == color)
        {
            continue;
        }
        let (x, y) = place(point);
        let _ = write!(
            svg,
            "<rect class={class} x={:.1} y={:.1} width=6 height=6 />",
            x - 3.0,
            y - 3.0
        );
    }
    svg.push_str("</g>");
}

fn draw(stone: &Stone, record: &GameRecord, moves: usize, svg: &mut String) {
    let (x, y) = place(stone.point);
    let class = match stone.color {
        Color::Black => "b",
        Color::White => "w",
    };
    let off = stone.off.min(moves + 1);
    let hidden = if off <= moves {
        " style=display:none"
    } else {
        ""
    };
    let _ = write!(
        svg,
        "<g class=\"st {class}\" data-on={} data-off={off}{hidden}><circle cx={x:.1} cy={y:.1} r=9.4 />",
        stone.on
    );
    // Stones that were there before the first move have no number.
    let turn = stone
        .on
        .checked_sub(1)
        .and_then(|turn| record.turns.get(turn));
    if turn.is_some_and(|turn| turn.mv == Move::Play(stone.point)) {
        let _ = write!(svg, "<text x={x:.1} y={:.1}>{}</text>", y + 3.0, stone.on);
    }
    svg.push_str("</g>");
}

/// Black's chance of winning, as the searches saw it, and a line at the move shown.
fn curve(record: &GameRecord, width: f64, top: f64, svg: &mut String) {
    let (left, top) = (4.0, top + 4.0);
    let across = width - 2.0 * left;
    let moves = record.turns.len().max(1) as f64;
    let x = |number: usize| left + across * number as f64 / moves;
    let searched = record
        .turns
        .iter()
        .enumerate()
        .filter(|(_, turn)| turn.kind.is_searched());
    let points: Vec<String> = searched
        .map(|(i, turn)| {
            let black = 0.5 - 0.5 * f64::from(turn.root.0.chances.value());
            format!("{:.1},{:.1}", x(i), top + CURVE * (1.0 - black))
        })
        .collect();
    let _ = write!(
        svg,
        "<rect class=frame x={left} y={top:.1} width={across:.1} height={CURVE} /><path class=grid d=\"M{left} {:.1}H{:.1}\"/>\
         <polyline class=chance points=\"{}\"><title>Black's chance of winning</title></polyline>\
         <path class=cursor data-left={left} data-width={across:.1} d=\"M{:.1} {top:.1}v{CURVE}\"/>",
        top + CURVE / 2.0,
        left + across,
        points.join(" "),
        left + across,
    );
}
