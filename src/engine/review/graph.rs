//! Win rate and score of a game as a picture (SVG): one panel each, over the number of the move.

use std::fmt::Write as _;

use super::record::{lead, name};
use super::{Cost, Position, Review};
use crate::go::Color;
use crate::markup::escape;

/// Size of the picture and of its margins, in its own units.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 512.0;
/// Its height where there are no scores to draw.
const HEIGHT_UNSCORED: f64 = 290.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 24.0;
/// Top and height of the two panels.
const WIN_TOP: f64 = 76.0;
const WIN_HEIGHT: f64 = 180.0;
const SCORE_TOP: f64 = 298.0;
const SCORE_HEIGHT: f64 = 180.0;
/// Losses from which a move is marked, in points or in percent of winning, and how many of them are.
const MARKED: f64 = 2.0;
const MOST_MARKED: usize = 20;

/// One curve over the moves of the game.
struct Panel {
    top: f64,
    height: f64,
    /// Values at the bottom and at the top.
    range: (f64, f64),
    title: &'static str,
    unit: &'static str,
}

impl Panel {
    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        self.top + self.height * (1.0 - share)
    }
}

/// The picture, whole and on its own.
pub fn svg(review: &Review) -> String {
    let last = review.positions.last().map_or(1, |last| last.number.max(1));
    let x = |number: usize| LEFT + (WIDTH - LEFT - RIGHT) * number as f64 / last as f64;
    let mut text = String::new();
    begin(&mut text, review);
    let wins = Panel {
        top: WIN_TOP,
        height: WIN_HEIGHT,
        range: (0.0, 100.0),
        title: "Black's chance to win",
        unit: "%",
    };
    draw(&mut text, review, &wins, 25.0, last, &x, |p| {
        p.judged.as_ref().map(|judged| 100.0 * judged.black_wins)
    });
    if review.scored {
        let most = review.positions.iter().filter_map(|p| p.judged.as_ref());
        let most = most.map(|judged| judged.black_leads.abs());
        let (bound, step) = scale(most.fold(0.0, f64::max));
        let score = Panel {
            top: SCORE_TOP,
            height: SCORE_HEIGHT,
            range: (-bound, bound),
            title: "Black's lead",
            unit: " points",
        };
        draw(&mut text, review, &score, step, last, &x, |p| {
            p.judged.as_ref().map(|judged| judged.black_leads)
        });
    }
    text.push_str("</svg>\n");
    text
}

fn begin(text: &mut String, review: &Review) {
    let height = match review.scored {
        true => HEIGHT,
        false => HEIGHT_UNSCORED,
    };
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fcfcfa\"/>\n\
         <text x=\"{LEFT}\" y=\"26\" font-size=\"17\" font-weight=\"600\" fill=\"#222\">{}</text>\n\
         <text x=\"{LEFT}\" y=\"44\" fill=\"#666\">{} board, komi {}; judged by {}</text>\n",
        escape(&review.players().join(" – ")),
        review.size,
        review.rules.komi,
        escape(&review.network)
    );
}

/// A panel: grid, curve, marks of mistakes.
fn draw(
    text: &mut String,
    review: &Review,
    panel: &Panel,
    step: f64,
    last: usize,
    x: &impl Fn(usize) -> f64,
    value: impl Fn(&Position) -> Option<f64>,
) {
    grid(text, panel, step, last, x);
    let points: Vec<(f64, f64)> = review
        .positions
        .iter()
        .filter_map(|position| Some((x(position.number), panel.y(value(position)?))))
        .collect();
    curve(text, panel, &points);
    for cost in review.mistakes(MARKED).iter().take(MOST_MARKED) {
        let position = &review.positions[cost.position];
        if let Some(value) = value(position) {
            let at = (x(position.number), panel.y(value));
            mark(text, review, cost, at);
        }
    }
}

/// The curve through these points, and the area between it and the middle of the panel.
fn curve(text: &mut String, panel: &Panel, points: &[(f64, f64)]) {
    let path: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let middle = panel.y(0.5 * (panel.range.0 + panel.range.1));
    if let (Some(first), Some(end)) = (points.first(), points.last()) {
        let line = path.join(" L");
        // Above the middle Black is ahead, below it White.
        let area = format!(
            "M{:.1},{middle:.1} L{line} L{:.1},{middle:.1} Z",
            first.0, end.0
        );
        let id = panel.top as u32;
        let (top, low) = (panel.top, panel.top + panel.height);
        let _ = write!(
            text,
            "<clipPath id=\"a{id}\"><rect x=\"0\" y=\"{top}\" width=\"{WIDTH}\" height=\"{:.1}\"/></clipPath>\n\
             <clipPath id=\"b{id}\"><rect x=\"0\" y=\"{middle:.1}\" width=\"{WIDTH}\" height=\"{:.1}\"/></clipPath>\n\
             <path d=\"{area}\" fill=\"#3b4252\" fill-opacity=\"0.30\" clip-path=\"url(#a{id})\"/>\n\
             <path d=\"{area}\" fill=\"#d08770\" fill-opacity=\"0.30\" clip-path=\"url(#b{id})\"/>\n\
             <path d=\"M{line}\" fill=\"none\" stroke=\"#20242c\" stroke-width=\"1.8\" stroke-linejoin=\"round\"/>\n",
            middle - top,
            low - middle,
        );
    }
}

/// The mark of a mistake, with a text about it.
fn mark(text: &mut String, review: &Review, cost: &Cost, (x, y): (f64, f64)) {
    let position = &review.positions[cost.position];
    let (fill, stroke) = match cost.color {
        Color::Black => ("#20242c", "#bf3b2b"),
        Color::White => ("#ffffff", "#bf3b2b"),
    };
    let judged = position.judged.as_ref();
    let leads = judged.map_or(0.0, |judged| judged.black_leads);
    let after = if review.scored {
        lead(leads)
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{:.1}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.8\">\
             <title>move {}: {} {} lost {:.1}{}. {after}</title></circle>",
        x,
        y,
        (3.0 + review.loss(cost).sqrt()).min(8.0),
        position.number,
        cost.color,
        name(cost.mv, review),
        review.loss(cost),
        if review.scored { " points" } else { "%" },
    );
}

fn grid(text: &mut String, panel: &Panel, step: f64, last: usize, x: &impl Fn(usize) -> f64) {
    let (low, high) = panel.range;
    let (right, bottom) = (WIDTH - RIGHT, panel.top + panel.height);
    let _ = write!(
        text,
        "<text x=\"{LEFT}\" y=\"{:.1}\" fill=\"#444\" font-weight=\"600\">{}</text>\n\
         <rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#ffffff\" stroke=\"#cfcfca\"/>\n",
        panel.top - 7.0,
        panel.title,
        panel.top,
        right - LEFT,
        panel.height
    );
    let mut value = low;
    while value <= high + 1e-9 {
        let y = panel.y(value);
        let middle = (value - 0.5 * (low + high)).abs() < 1e-9;
        let color = if middle { "#8f8f88" } else { "#e6e6e1" };
        let _ = write!(
            text,
            "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"{color}\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#666\">{value:.0}{}</text>\n",
            LEFT - 6.0,
            y + 4.0,
            if panel.unit == "%" { "%" } else { "" },
        );
        value += step;
    }
    let (_, every) = scale(0.5 * last as f64);
    let every = (every as usize).max(1);
    for number in (0..=last).step_by(every) {
        let at = x(number);
        let _ = write!(
            text,
            "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom:.1}\" y2=\"{:.1}\" stroke=\"#8f8f88\"/>\n\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#666\">{number}</text>\n",
            bottom + 4.0,
            bottom + 17.0,
        );
    }
}

/// A round bound that is not below `most`, and steps that divide it.
fn scale(most: f64) -> (f64, f64) {
    const BOUNDS: [(f64, f64); 11] = [
        (5.0, 1.0),
        (10.0, 2.5),
        (20.0, 5.0),
        (30.0, 10.0),
        (40.0, 10.0),
        (60.0, 20.0),
        (80.0, 20.0),
        (100.0, 25.0),
        (200.0, 50.0),
        (400.0, 100.0),
        (800.0, 200.0),
    ];
    let enough = BOUNDS.into_iter().find(|&(bound, _)| most <= bound);
    // No board has more points than that.
    enough.unwrap_or((800.0, 200.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round_and_wide_enough() {
        for (most, expected) in [
            (0.0, (5.0, 1.0)),
            (5.0, (5.0, 1.0)),
            (7.3, (10.0, 2.5)),
            (11.0, (20.0, 5.0)),
            (33.0, (40.0, 10.0)),
            (260.0, (400.0, 100.0)),
            (1e9, (800.0, 200.0)),
        ] {
            assert_eq!(scale(most), expected, "{most}");
        }
    }
}
