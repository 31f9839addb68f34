//! What the page draws: a plot for each question, of what was found and of the columns made of it.

use super::gather::Findings;
use super::plot::{Datum, Mark, Plot, Series};
use super::tables::Table;
use crate::selfplay::{GameStats, LENGTHS, RANKS};

/// Sizes of plots: wide, half a page, a third of one.
const WIDE: (f64, f64) = (1040.0, 300.0);
const HALF: (f64, f64) = (512.0, 240.0);
const THIRD: (f64, f64) = (336.0, 190.0);

/// The strength of every generation that was rated.
pub fn elo(findings: &Findings) -> Plot {
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
            findings.counted_from()
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

/// The sum of all losses.
pub fn total_loss(learning: &Table) -> Plot {
    Plot {
        note: "Weighted sum; validation games are never learned from.".into(),
        ..loss(learning, "Loss", "total")
    }
}

/// How hard learning pulls.
pub fn gradient(learning: &Table) -> Plot {
    let tags = [("loss/gradient/train", "gradient")];
    lines(
        learning,
        "Length of the gradient",
        "Before it is clipped.",
        &tags,
    )
}

/// Every single loss that was recorded.
pub fn losses(learning: &Table) -> Vec<Plot> {
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

/// What self-play is like, and how fast.
pub fn self_play(findings: &Findings, table: &Table) -> Vec<Plot> {
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
    let mut plots = vec![
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
    ];
    let fill = lines(
        table,
        "Batches filled",
        "Positions in a call, as a share of the games of a thread.",
        &[("speed/batch_fill", "filled")],
    );
    plots.extend((!fill.series.is_empty()).then(|| percent(fill)));
    plots
}

/// Bars of the first and the last generation beside each other.
fn histogram<const N: usize>(
    findings: &Findings,
    title: &str,
    note: &str,
    x: &str,
    counts: impl Fn(&GameStats) -> [u64; N],
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
