//! A report as one line, in the dialect of Leela Zero or of KataGo.

use std::fmt::Write;

use super::seen::{OwnerFields, Perspective, Predicted, Seen};
use crate::engine::words;
use crate::eval::Score;
use crate::go::{Color, Move, Size};
use crate::search::{MoveInfo, Owners, Report, Search};

/// Which names and numbers a line has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `lz-`: chances as whole numbers of 1/10000.
    #[default]
    LeelaZero,
    /// `kata-`: numbers with a decimal point, scores, and what else is asked for.
    Kata,
}

/// What to report.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fields {
    pub(crate) dialect: Dialect,
    pub(crate) perspective: Perspective,
    /// Moves to report at least, also such as were never visited.
    pub(crate) min_moves: usize,
    pub(crate) max_moves: Option<usize>,
    pub(crate) root_info: bool,
    /// In the position, and after each move.
    pub(crate) ownership: OwnerFields,
    pub(crate) moves_ownership: OwnerFields,
    pub(crate) pv_visits: bool,
    pub(crate) pv_edge_visits: bool,
    pub(crate) no_result: bool,
}

impl Fields {
    /// Whether the search has to keep the owners of points.
    pub(crate) fn need_ownership(&self) -> bool {
        self.ownership.any() || self.moves_ownership.any()
    }
}

/// What the search knows of its root, as one line; `None` while that is nothing.
pub(crate) fn line(search: &Search, fields: &Fields) -> Option<String> {
    written(search, &search.report(), fields)
}

/// As [`line`], at the end of a search for a move: clients wait for a report even where the move found is none that the
/// search was allowed to look at.
pub(crate) fn last_line(search: &Search, fields: &Fields, found: Move) -> Option<String> {
    let mut report = search.report();
    if report.moves.is_empty() {
        let unsearched = unsearched(&report, found);
        report.moves.push(unsearched);
    }
    written(search, &report, fields)
}

/// A move of which is known only what is known of the position.
fn unsearched(report: &Report, mv: Move) -> MoveInfo {
    let known = &report.pruned;
    MoveInfo {
        value: *known,
        lcb: report.lcb,
        utility_lcb: known.utility.view_of(report.to_move),
        ..MoveInfo::unvisited(mv)
    }
}

fn written(search: &Search, report: &Report, fields: &Fields) -> Option<String> {
    let size = search.root_game()?.size();
    let moves = report.with_copies(size);
    let shown = shown_moves(&moves, fields);
    if shown.is_empty() {
        return None;
    }
    let writer = Writer {
        search,
        report,
        fields,
        size,
        player: fields.perspective.player(report.to_move),
        text: String::new(),
    };
    Some(match fields.dialect {
        Dialect::LeelaZero => writer.leela_zero(shown),
        Dialect::Kata => writer.kata(shown),
    })
}

/// Moves worth a line: all that were visited, and others by prior up to the number asked for, at least one. None at all
/// where that is the most that is wanted: KataGo reports nothing then, either.
pub(crate) fn shown_moves<'a>(moves: &'a [MoveInfo], fields: &Fields) -> &'a [MoveInfo] {
    let visited = moves.iter().take_while(|info| info.visits > 0).count();
    let most = fields.max_moves.unwrap_or(usize::MAX);
    let count = visited.max(fields.min_moves.max(1)).min(most);
    &moves[..count.min(moves.len())]
}

struct Writer<'a> {
    search: &'a Search,
    report: &'a Report,
    fields: &'a Fields,
    size: Size,
    /// Whose view is written.
    player: Color,
    text: String,
}

impl Writer<'_> {
    fn leela_zero(mut self, moves: &[MoveInfo]) -> String {
        for (order, info) in moves.iter().enumerate() {
            let ten_thousandths = |share: f64| (10_000.0 * share).clamp(0.0, 10_000.0) as u32;
            let seen = Seen::of(info, self.report.to_move, self.player);
            self.key("info");
            self.word("move", words::vertex(info.mv, self.size));
            self.word("visits", info.visits);
            self.word("winrate", ten_thousandths(seen.winrate));
            self.word("prior", ten_thousandths(info.prior.into()));
            self.word("lcb", ten_thousandths(seen.lcb));
            self.word("order", order);
            self.word("pv", words::moves(&info.pv, self.size));
        }
        self.text
    }

    fn kata(mut self, moves: &[MoveInfo]) -> String {
        for (order, info) in moves.iter().enumerate() {
            self.kata_move(order, info);
        }
        if self.fields.root_info {
            self.root_info();
        }
        let wanted = self.fields.ownership;
        if wanted.any()
            && let Some(owners) = &self.report.ownership
        {
            self.owners(owners, wanted, ["ownership", "ownershipStdev"]);
        }
        self.text
    }

    fn kata_move(&mut self, order: usize, info: &MoveInfo) {
        let seen = Seen::of(info, self.report.to_move, self.player);
        let fields = self.fields;
        self.key("info");
        self.word("move", words::vertex(info.mv, self.size));
        self.word("visits", info.visits);
        self.word("edgeVisits", info.edge_visits);
        self.number("utility", seen.utility);
        self.number("winrate", seen.winrate);
        self.score(seen.score);
        if fields.no_result {
            self.number("noResultValue", info.value.chances.0.no_result.into());
        }
        self.number("prior", info.prior.into());
        self.number("lcb", seen.lcb);
        self.number("utilityLcb", seen.utility_lcb);
        self.number("weight", info.weight);
        if let Some((original, _)) = info.copy_of {
            self.word("isSymmetryOf", words::vertex(original, self.size));
        }
        self.word("order", order);
        self.word("pv", words::moves(&info.pv, self.size));
        let of_each = |visits: &[u64]| {
            let visits: Vec<String> = visits.iter().map(u64::to_string).collect();
            visits.join(" ")
        };
        if fields.pv_visits {
            self.word("pvVisits", of_each(&info.pv_visits));
        }
        if fields.pv_edge_visits {
            self.word("pvEdgeVisits", of_each(&info.pv_edge_visits));
        }
        let wanted = fields.moves_ownership;
        if wanted.any()
            && let Some(owners) = self.search.owners_after(info)
        {
            self.owners(&owners, wanted, ["movesOwnership", "movesOwnershipStdev"]);
        }
    }

    fn root_info(&mut self) {
        let report = self.report;
        let seen = &report.pruned;
        let raw = Predicted::new(report.raw_uncertainty, report.raw_variance_time);
        self.key("rootInfo");
        self.word("visits", report.visits);
        self.number("utility", seen.utility.view_of(self.player));
        self.number("winrate", seen.chances.view_of(self.player).winrate());
        self.score(seen.score.map(|score| score.view_of(self.player)));
        self.number("weight", report.weight);
        // KataGo's GTP has it of the value, its JSON of the win rate.
        self.number("rawStWrError", raw.value_error);
        self.number("rawStScoreError", raw.score_error);
        self.number("rawVarTimeLeft", raw.variance_time);
    }

    /// Zeros where no score is predicted: clients of this dialect need the keys.
    fn score(&mut self, score: Option<Score>) {
        let score = score.unwrap_or_default();
        self.number("scoreMean", score.lead.into());
        self.number("scoreStdev", score.stdev.into());
        self.number("scoreLead", score.lead.into());
        self.number("scoreSelfplay", score.mean.into());
    }

    fn owners(&mut self, owners: &Owners, wanted: OwnerFields, [mean, stdev]: [&str; 2]) {
        if wanted.mean {
            self.key(mean);
            let sign = self.player.white_sign();
            let means = owners.mean.0.iter();
            means.for_each(|owner| self.bare(f64::from(owner * sign)));
        }
        if wanted.stdev {
            self.key(stdev);
            let stdevs = owners.stdev.iter();
            stdevs.for_each(|&stdev| self.bare(stdev.into()));
        }
    }

    fn key(&mut self, key: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(key);
    }

    fn word(&mut self, key: &str, value: impl std::fmt::Display) {
        // Writing to a string does not fail.
        let _ = write!(self.text, " {key} {value}");
    }

    fn number(&mut self, key: &str, value: f64) {
        let _ = write!(self.text, " {key} {}", decimal(value));
    }

    fn bare(&mut self, value: f64) {
        let _ = write!(self.text, " {}", decimal(value));
    }
}

/// A number of six significant digits with a decimal point and without exponent: some clients tell the dialects apart by
/// the point, and few read exponents.
pub(crate) fn decimal(value: f64) -> String {
    if !value.is_finite() {
        return "0.0".into();
    }
    let digits_before = if value == 0.0 {
        1
    } else {
        1 + value.abs().log10().floor() as i32
    };
    let digits_after = (6 - digits_before).clamp(1, 9) as usize;
    let mut text = format!("{value:.digits_after$}");
    while text.ends_with('0') && !text.ends_with(".0") {
        text.pop();
    }
    if text == "-0.0" { "0.0".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_a_point_and_six_digits() {
        for (value, expected) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (-1.0, "-1.0"),
            (0.5, "0.5"),
            (0.123_456_78, "0.123457"),
            (-12.345_678, "-12.3457"),
            (123_456.78, "123456.8"),
            (1e-5, "0.00001"),
            (1.234_567e-5, "0.000012346"),
            (1e-30, "0.0"),
            (-1e-30, "0.0"),
            (1e20, "100000000000000000000.0"),
            (f64::NAN, "0.0"),
            (f64::INFINITY, "0.0"),
        ] {
            assert_eq!(decimal(value), expected, "{value}");
        }
    }
}
