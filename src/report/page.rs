//! The page: plots, boards and tables in one file that loads nothing.

use std::fmt::Write as _;

use super::board;
use super::gather::Findings;
use super::plot::{Datum, Mark, Plot, Series};
use super::tables::Table;
use crate::arena::stats::Estimate;
use crate::markup::escape;
use crate::pipeline::books::anchor;
use crate::selfplay::{LENGTHS, RANKS};

/// Colours, fonts and layout, in light and dark.
const STYLE: &str = include_str!("page.css");
/// What moves the boards; the page can be read without it.
const SCRIPT: &str = include_str!("page.js");

/// Generations that the present strength is read from: as many as there are from one large match to the next in the presets.
const RECENT: usize = 5;

/// Sizes of plots: wide, half a page, a third of one.
const WIDE: (f64, f64) = (1040.0, 300.0);
const HALF: (f64, f64) = (512.0, 240.0);
const THIRD: (f64, f64) = (336.0, 190.0);

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
    section("Strength", &[elo(findings)], &mut html);
    section(
        "Learning",
        &[total_loss(learning), gradient(learning)],
        &mut html,
    );
    html.push_str("<details open><summary>Each loss</summary><div class=thirds>");
    losses(learning)
        .iter()
        .for_each(|plot| html.push_str(&plot.figure()));
    html.push_str("</div></details>\n");
    section("Self-play", &self_play(findings, generations), &mut html);
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
    let elo = newest_known_well(findings).map_or("-".into(), |(number, elo)| {
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
        (format!("Elo above {}", counted_from(findings)), elo),
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

/// The newest generation that was rated, with its rating. With `gate.mode = "watch"`, where those between two large matches
/// play a few games alone, the newest of those with the most games among the last.
fn newest_known_well(findings: &Findings) -> Option<(u64, &Estimate)> {
    let judged = findings.books.generations.iter().rev();
    let rated = judged.filter_map(|generation| {
        let games: u64 = generation.judgement.results.iter().sum();
        let elo = findings.ratings.get(&generation.number)?;
        Some((games, generation.number, elo))
    });
    let best = rated
        .take(if findings.watched { RECENT } else { 1 })
        .max_by_key(|&(games, number, _)| (games, number));
    best.map(|(_, number, elo)| (number, elo))
}

/// What ratings are counted from.
fn counted_from(findings: &Findings) -> String {
    anchor(findings.ratings.keys().next().copied().unwrap_or(0))
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

fn elo(findings: &Findings) -> Plot {
    let generations = &findings.books.generations;
    let accepted = |number: u64| {
        number == 0
            || generations
                .iter()
                .any(|g| g.number == number && g.judgement.accepted)
    };
    let series = |name: &str, color, mark, wanted: bool| {
        let rated = findings
            .ratings
            .iter()
            .filter(|&(&number, _)| accepted(number) == wanted);
        let datum = rated.map(|(&number, elo)| Datum {
            x: number as f64,
            y: elo.value,
            range: Some([elo.low, elo.high]),
        });
        Series {
            name: name.into(),
            color,
            mark,
            data: datum.collect(),
        }
    };
    let mut all = vec![
        series("rejected", 4, Mark::Hollow, false),
        series("accepted", 1, Mark::Dots, true),
    ];
    all.retain(|series| !series.data.is_empty());
    Plot {
        title: "Elo by generation".into(),
        note: format!(
            "One fit to all matches between generations; above {}, with intervals of 95%.",
            counted_from(findings)
        ),
        x: "generation".into(),
        size: WIDE,
        series: all,
        ..Plot::default()
    }
}

/// A plot of columns by their tags, each with its name.
fn lines(table: &Table, title: &str, note: &str, tags: &[(&str, &str)]) -> Plot {
    let series = tags.iter().zip(1..).map(|(&(tag, name), color)| {
        let points = table.points(tag);
        // A line through few points would hide that they are few.
        let mark = if points.len() > 60 {
            Mark::Line
        } else {
            Mark::Dots
        };
        Series::new(name, color, mark, points)
    });
    Plot {
        title: title.into(),
        note: note.into(),
        x: table.key.into(),
        size: HALF,
        series: series.filter(|series| !series.data.is_empty()).collect(),
        ..Plot::default()
    }
}

/// Shares in hundredths.
fn percent(mut plot: Plot) -> Plot {
    let data = plot.series.iter_mut().flat_map(|series| &mut series.data);
    data.for_each(|datum| datum.y *= 100.0);
    Plot {
        unit: "%",
        bounds: Some([0.0, 100.0]),
        ..plot
    }
}

fn loss(table: &Table, title: &str, name: &str) -> Plot {
    let (train, validation) = (
        format!("loss/{name}/train"),
        format!("loss/{name}/validation"),
    );
    let tags = [(&*train, "learned from"), (&*validation, "validation")];
    lines(table, title, "", &tags)
}

fn total_loss(learning: &Table) -> Plot {
    Plot {
        note: "Weighted sum; validation games are never learned from.".into(),
        ..loss(learning, "Loss", "total")
    }
}

fn gradient(learning: &Table) -> Plot {
    let tags = [("loss/gradient/train", "gradient")];
    lines(
        learning,
        "Length of the gradient",
        "Before it is clipped.",
        &tags,
    )
}

/// Every single loss that was recorded.
fn losses(learning: &Table) -> Vec<Plot> {
    let names = learning.columns.iter().filter_map(|column| {
        let name = column.tag.strip_prefix("loss/")?.strip_suffix("/train")?;
        let single = name != "total" && name != "gradient";
        // What was never anything else than 0 is not learned.
        (single && column.values.values().any(|&loss| loss != 0.0)).then_some(name)
    });
    let plot = |name: &str| Plot {
        size: THIRD,
        ..loss(learning, &name.replace('_', " "), name)
    };
    names.map(plot).collect()
}

fn self_play(findings: &Findings, table: &Table) -> Vec<Plot> {
    let mut plots = outcomes(findings, table);
    plots.extend(policy(findings, table));
    plots.extend(speeds(table));
    plots
}

/// How games end, and after how many moves.
fn outcomes(findings: &Findings, table: &Table) -> Vec<Plot> {
    let wins = [
        ("selfplay/black_wins", "Black"),
        ("selfplay/white_wins", "White"),
        ("selfplay/ties", "nobody"),
    ];
    let ends = [
        ("selfplay/ended_by_rules", "passes"),
        ("selfplay/ended_by_settled", "settled"),
        ("selfplay/ended_by_length", "too long"),
        ("selfplay/ended_by_resignation", "resigned"),
    ];
    let resigned = [
        ("resign/share", "resigned, where allowed"),
        ("resign/false_positives", "wrong, where not allowed"),
    ];
    vec![
        percent(lines(
            table,
            "Who wins",
            "Share of the games, all komi and handicaps together.",
            &wins,
        )),
        percent(lines(
            table,
            "Resignations",
            "Wrong: the winner would have resigned.",
            &resigned,
        )),
        lines(
            table,
            "Length of games",
            "Moves, on average.",
            &[("selfplay/length", "moves")],
        ),
        lengths(findings),
        percent(lines(table, "How games end", "", &ends)),
    ]
}

fn policy(findings: &Findings, table: &Table) -> Vec<Plot> {
    let targets = [
        ("policy/entropy", "entropy"),
        ("policy/surprise", "surprise"),
    ];
    vec![
        lines(
            table,
            "Policy targets",
            "Entropy, and divergence from the network's own policy, in nats.",
            &targets,
        ),
        ranks(findings),
    ]
}

fn speeds(table: &Table) -> Vec<Plot> {
    vec![
        lines(
            table,
            "Games",
            "A second, all processes together.",
            &[("speed/games_per_second", "games/s")],
        ),
        lines(
            table,
            "Evaluations and moves",
            "A second.",
            &[
                ("speed/evaluations_per_second", "evaluations/s"),
                ("speed/moves_per_second", "moves/s"),
            ],
        ),
        lines(
            table,
            "Batches",
            "Positions in a call of the evaluator, on average.",
            &[("speed/positions_per_call", "positions")],
        ),
    ]
}

/// Bars of the first and the last generation beside each other.
fn histogram<const N: usize>(
    findings: &Findings,
    title: &str,
    note: &str,
    x: &str,
    counts: impl Fn(&crate::selfplay::GameStats) -> [u64; N],
) -> Plot {
    let played: Vec<_> = findings
        .games
        .iter()
        .filter(|(_, games)| games.games > 0)
        .collect();
    let mut ends: Vec<_> = [played.first(), played.last()]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    ends.dedup_by_key(|(number, _)| **number);
    let series = ends
        .into_iter()
        .rev()
        .zip([1, 2])
        .map(|((number, games), color)| {
            let counts = counts(games);
            let all = counts.iter().sum::<u64>().max(1) as f64;
            let share = |(i, count): (usize, &u64)| (i as f64, 100.0 * *count as f64 / all);
            let mark = if color == 1 { Mark::Bars } else { Mark::Dots };
            let name = format!("generation {number}");
            Series::new(&name, color, mark, counts.iter().enumerate().map(share))
        });
    Plot {
        title: title.into(),
        note: note.into(),
        x: x.into(),
        size: HALF,
        unit: "%",
        series: series.collect(),
        ..Plot::default()
    }
}

fn lengths(findings: &Findings) -> Plot {
    let x = format!(
        "moves in half boards, rounded down; the last stands for {} and more",
        LENGTHS - 1
    );
    histogram(findings, "Lengths", "Share of the games.", &x, |games| {
        games.lengths
    })
}

fn ranks(findings: &Findings) -> Plot {
    let x = format!(
        "rank, 0 the first; the last stands for {} and more",
        RANKS - 1
    );
    let note = "Place of the move played in the network's own policy.";
    histogram(findings, "Ranks of moves", note, &x, |games| games.ranks)
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
