//! The page: plots, boards and tables in one file that loads nothing.

use std::fmt::Write as _;

use super::gather::Findings;
use super::plot::Plot;
use super::tables::Table;
use super::{board, figures};
use crate::markup::escape;

/// Colours, fonts and layout, in light and dark.
const STYLE: &str = include_str!("page.css");
/// What moves the boards; the page can be read without it.
const SCRIPT: &str = include_str!("page.js");

/// The page about what was found.
pub fn page(findings: &Findings, generations: &Table, learning: &Table) -> String {
    let name = findings.folder.canonicalize();
    let name = name.unwrap_or_else(|_| findings.folder.clone());
    let name = name
        .file_name()
        .map_or_else(|| "run".into(), |name| name.to_string_lossy());
    let title = format!("Training run {}", escape(&name));
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><title>{title}</title>\
         <meta name=viewport content=\"width=device-width\"><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n"
    );
    tiles(findings, &mut html);
    for gap in &findings.gaps {
        let _ = writeln!(html, "<p class=gap>Not in this report: {}</p>", escape(gap));
    }
    section("Strength", &[figures::elo(findings)], &mut html);
    section(
        "Learning",
        &[figures::total_loss(learning), figures::gradient(learning)],
        &mut html,
    );
    html.push_str("<details open><summary>Each loss</summary><div class=thirds>");
    figures::losses(learning)
        .iter()
        .for_each(|plot| html.push_str(&plot.figure()));
    html.push_str("</div></details>\n");
    section(
        "Self-play",
        &figures::self_play(findings, generations),
        &mut html,
    );
    if !findings.samples.is_empty() {
        html.push_str("<h2>Games</h2><p class=note>The oldest whose shards are there and the newest. The slider goes through the moves; \
                       small squares show who owned a point in the end; the curve is Black's chance of winning.</p><div class=games>");
        html.extend(findings.samples.iter().filter_map(board::figure));
        html.push_str("</div>\n");
    }
    history(findings, &mut html);
    let _ = write!(
        html,
        "<details><summary>Settings in force</summary><pre>{}</pre></details>\n<script>{SCRIPT}</script></body></html>\n",
        escape(&findings.settings)
    );
    html
}

fn section(title: &str, plots: &[Plot], html: &mut String) {
    let class = if plots.len() > 1 { "halves" } else { "wide" };
    let _ = write!(html, "<h2>{title}</h2><div class={class}>");
    plots.iter().for_each(|plot| html.push_str(&plot.figure()));
    html.push_str("</div>\n");
}

fn tiles(findings: &Findings, html: &mut String) {
    let books = &findings.books;
    let accepted = books
        .generations
        .iter()
        .filter(|g| g.judgement.accepted)
        .count();
    let games: u64 = findings.games.values().map(|games| games.games).sum();
    let moves: u64 = findings.games.values().map(|games| games.moves).sum();
    let steps = books
        .generations
        .last()
        .map_or(0, |generation| generation.steps);
    let steps = findings
        .learning
        .last()
        .map_or(steps, |entry| entry.step.max(steps));
    let elo = findings
        .newest_known_well()
        .map_or("-".into(), |(number, elo)| {
            format!(
                "{:+.0} <small>± {:.0} (generation {number})</small>",
                elo.value,
                (elo.high - elo.low) / 2.0
            )
        });
    let tiles = [
        (
            "generations".into(),
            format!(
                "{} <small>{accepted} accepted</small>",
                books.generations.len()
            ),
        ),
        ("best generation".into(), books.best.to_string()),
        (format!("Elo above {}", findings.counted_from()), elo),
        ("games".into(), thousands(games)),
        ("moves".into(), thousands(moves)),
        ("steps of learning".into(), thousands(steps)),
        (
            "hours of work".into(),
            format!("{:.2}", books.seconds / 3600.0),
        ),
    ];
    html.push_str("<div class=tiles>");
    for (name, value) in tiles {
        let _ = write!(html, "<div><b>{value}</b><span>{name}</span></div>");
    }
    html.push_str("</div>\n");
}

/// A number with its digits in groups of three.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// All generations in a table, the newest first.
fn history(findings: &Findings, html: &mut String) {
    html.push_str(
        "<details><summary>All generations</summary><table><tr><th>generation<th>games<th>steps<th>loss<th>validation\
         <th>match against<th>won-drawn-lost<th>Elo of the match<th>Elo of all<th>",
    );
    for generation in findings.books.generations.iter().rev() {
        let judgement = &generation.judgement;
        let number =
            |number: Option<&f64>| number.map_or("-".into(), |number| format!("{number:.4}"));
        let [won, drawn, lost] = judgement.results;
        let played = judgement.elo.map_or("-<td>-<td>-".into(), |elo| {
            let ([value, low, high], opponent) = (elo, judgement.opponent);
            format!("{opponent}<td>{won}-{drawn}-{lost}<td>{value:+.0} ({low:+.0} to {high:+.0})")
        });
        let elo = findings.ratings.get(&generation.number);
        let _ = write!(
            html,
            "<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{played}<td>{}<td>{}",
            generation.number,
            thousands(generation.games),
            thousands(generation.steps),
            number(generation.losses.get("total")),
            number(generation.validation.get("total")),
            elo.map_or("-".into(), |elo| format!(
                "{:+.0} ± {:.0}",
                elo.value,
                (elo.high - elo.low) / 2.0
            )),
            if judgement.accepted {
                "accepted"
            } else {
                "rejected"
            },
        );
    }
    html.push_str("</table></details>\n");
}
