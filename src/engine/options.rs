//! How a session plays.

use super::AnalysisParams;
use crate::go::{Rules, Size};
use crate::player::PlayParams;
use crate::search::SearchParams;

/// How a session plays. Made, checked and explained by `cli`; plain data here.
#[derive(Clone, Debug)]
pub struct Options {
    /// Answer to `name`.
    pub name: String,
    /// Answer to `version`: numbers separated by dots, the second at least 15 (older clients read it as Leela Zero's).
    pub version: String,
    /// Board at the start.
    pub size: Size,
    /// Rules at the start, komi included.
    pub rules: Rules,
    /// Constants of the search.
    pub search: SearchParams,
    /// Where everything random comes from.
    pub seed: u64,
    /// Limits, time management and resignation.
    pub play: PlayParams,
    /// How analysis searches and reports.
    pub analysis: AnalysisParams,
    /// Whether to search on while the opponent thinks.
    pub ponder: bool,
}
