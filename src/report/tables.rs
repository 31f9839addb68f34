//! The numbers of a report as columns, and those as CSV and as event files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::events::{self, Scalar};
use super::gather::Findings;
use crate::selfplay::{GameStats, RANKS};

/// Numbers of one kind, by generation or by step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// What they are; `/` makes groups.
    pub tag: String,
    /// The numbers by generation or step.
    pub values: BTreeMap<u64, f64>,
}

/// Columns that share what lies on the horizontal axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What that is: `generation` or `step`.
    pub key: &'static str,
    /// When each row was written, in seconds since 1970, as far as that is known.
    pub times: BTreeMap<u64, f64>,
    /// The columns.
    pub columns: Vec<Column>,
}

impl Table {
    /// The numbers of this tag; none if nothing was recorded.
    pub fn points(&self, tag: &str) -> Vec<(f64, f64)> {
        let column = self.columns.iter().find(|column| column.tag == tag);
        let values = column.into_iter().flat_map(|column| &column.values);
        values.map(|(&x, &y)| (x as f64, y)).collect()
    }

    /// As comma-separated values, a row for each generation or step, with names above.
    pub fn csv(&self) -> String {
        let mut text = String::from(self.key);
        for column in &self.columns {
            let _ = write!(text, ",{}", column.tag);
        }
        let mut rows: Vec<u64> = self
            .columns
            .iter()
            .flat_map(|c| c.values.keys().copied())
            .collect();
        rows.sort_unstable();
        rows.dedup();
        for row in rows {
            let _ = write!(text, "\n{row}");
            for column in &self.columns {
                let value = column.values.get(&row);
                let _ = write!(text, ",{}", value.map_or(String::new(), f64::to_string));
            }
        }
        text.push('\n');
        text
    }

    /// As an event file of TensorBoard.
    pub fn events(&self) -> Vec<u8> {
        let scalars = self.columns.iter().flat_map(|column| {
            column.values.iter().map(|(&step, &value)| Scalar {
                tag: &column.tag,
                step,
                at: self.times.get(&step).copied().unwrap_or(0.0),
                value,
            })
        });
        events::encode(scalars)
    }

    fn set(&mut self, tag: impl Into<String> + AsRef<str>, row: u64, value: f64) {
        let place = self
            .columns
            .iter()
            .position(|column| column.tag == tag.as_ref());
        let place = place.unwrap_or_else(|| {
            self.columns.push(Column {
                tag: tag.into(),
                values: BTreeMap::new(),
            });
            self.columns.len() - 1
        });
        self.columns[place].values.insert(row, value);
    }
}

/// What there is to say of each generation.
pub fn generations(findings: &Findings) -> Table {
    let mut table = Table {
        key: "generation",
        times: findings.times.clone(),
        columns: Vec::new(),
    };
    for (&number, elo) in &findings.ratings {
        table.set("elo/value", number, elo.value);
        table.set("elo/low", number, elo.low);
        table.set("elo/high", number, elo.high);
    }
    for generation in &findings.books.generations {
        let number = generation.number;
        let judgement = &generation.judgement;
        table.set("run/steps", number, generation.steps as f64);
        table.set("run/games", number, generation.games as f64);
        if judgement.elo.is_some() {
            let accepted = f64::from(u8::from(judgement.accepted));
            table.set("match/accepted", number, accepted);
            table.set("match/opponent", number, judgement.opponent as f64);
            for (name, games) in ["won", "drawn", "lost"].iter().zip(judgement.results) {
                table.set(format!("match/{name}"), number, games as f64);
            }
        }
        for (name, loss) in &generation.losses {
            table.set(format!("loss/{name}/train"), number, *loss);
        }
        for (name, loss) in &generation.validation {
            table.set(format!("loss/{name}/validation"), number, *loss);
        }
    }
    for (&number, games) in &findings.games {
        if games.games > 0 {
            add_games(&mut table, number, games);
        }
    }
    for (&number, spreads) in &findings.spreads {
        for (tag, spread) in [
            ("selfplay/black_wins", &spreads.black_wins),
            ("policy/entropy", &spreads.entropy),
        ] {
            table.set(format!("{tag}_least"), number, spread.least);
            table.set(format!("{tag}_most"), number, spread.most);
        }
    }
    for (&number, speed) in &findings.speeds {
        table.set("speed/games_per_second", number, speed.games);
        table.set("speed/moves_per_second", number, speed.moves);
        table.set("speed/playouts_per_second", number, speed.playouts);
        table.set("speed/evaluations_per_second", number, speed.evaluations);
        table.set("speed/positions_per_call", number, speed.batch);
        if let Some(fill) = speed.fill {
            table.set("speed/batch_fill", number, fill);
        }
    }
    table
}

fn add_games(table: &mut Table, number: u64, games: &GameStats) {
    let all = games.games as f64;
    let [black, white] = games.wins.map(|wins| wins as f64 / all);
    table.set("selfplay/games", number, all);
    table.set("selfplay/black_wins", number, black);
    table.set("selfplay/white_wins", number, white);
    table.set("selfplay/ties", number, games.ties as f64 / all);
    table.set("selfplay/length", number, games.mean_length());
    for (name, count) in ["rules", "settled", "length", "resignation"]
        .iter()
        .zip(games.stops)
    {
        table.set(
            format!("selfplay/ended_by_{name}"),
            number,
            count as f64 / all,
        );
    }
    for (bucket, count) in games.lengths.iter().enumerate() {
        table.set(
            format!("lengths/from_{}_half_boards", bucket),
            number,
            *count as f64 / all,
        );
    }
    table.set("resign/share", number, games.resigned_share());
    table.set("resign/threshold", number, games.thresholds / all);
    if games.judged > 0 {
        table.set("resign/false_positives", number, games.false_positives());
    }
    if games.targets.count > 0 {
        table.set("policy/entropy", number, games.mean_entropy());
        table.set("policy/surprise", number, games.mean_surprise());
    }
    let moves: u64 = games.ranks.iter().sum();
    for (rank, count) in games.ranks.iter().enumerate().filter(|_| moves > 0) {
        let more = if rank + 1 == RANKS { "_or_more" } else { "" };
        table.set(
            format!("ranks/{rank}{more}"),
            number,
            *count as f64 / moves as f64,
        );
    }
}

/// What there is to say of learning, by step.
pub fn learning(findings: &Findings) -> Table {
    let mut table = Table {
        key: "step",
        times: findings
            .learning
            .iter()
            .map(|entry| (entry.step, entry.at))
            .collect(),
        columns: Vec::new(),
    };
    for entry in &findings.learning {
        let step = entry.step;
        table.set("learn/generation", step, entry.generation as f64);
        table.set("learn/rate", step, entry.rate);
        table.set(
            "learn/steps_per_second",
            step,
            entry.steps as f64 / entry.seconds.max(1e-3),
        );
        for (name, spread) in [("gradient", &entry.gradient)].into_iter().chain(
            entry
                .losses
                .iter()
                .map(|(name, spread)| (name.as_str(), spread)),
        ) {
            table.set(format!("loss/{name}/train"), step, spread.mean);
            table.set(format!("loss/{name}/least"), step, spread.least);
            table.set(format!("loss/{name}/most"), step, spread.most);
        }
    }
    for generation in &findings.books.generations {
        if let Some(&time) = findings.times.get(&generation.number) {
            table.times.entry(generation.steps).or_insert(time);
        }
        for (name, loss) in &generation.validation {
            table.set(format!("loss/{name}/validation"), generation.steps, *loss);
        }
        // Runs that were not logged are known by their means.
        if findings.learning.is_empty() {
            for (name, loss) in &generation.losses {
                table.set(format!("loss/{name}/train"), generation.steps, *loss);
            }
        }
    }
    table
}
