//! How a session begins, and the settings that commands may change.

use std::collections::BTreeSet;
use std::time::Duration;

use super::think::AnalysisRequest;
use super::{AnalysisParams, Pace};
use crate::go::{Rules, Size};
use crate::player::PlayParams;
use crate::search::{Limits, SearchParams};

/// How a session begins. Made, checked and explained by `cli`; plain data here.
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
    /// Where everything random comes from.
    pub seed: u64,
    /// The settings at the start.
    pub settings: SessionSettings,
}

impl Options {
    /// Name and version.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

/// How searches go and what is decided by them. Users know each setting as a parameter, by a name.
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// Constants of the search.
    pub search: SearchParams,
    /// Names of those that were set by name, for who plays with other values unless one is asked for.
    pub set: BTreeSet<&'static str>,
    /// Limits, time management and resignation.
    pub play: PlayParams,
    /// How analysis searches and reports.
    pub analysis: AnalysisParams,
    /// Whether searches for moves work against an opponent who mirrors; if not given, as [`SearchParams::anti_mirror`] says,
    /// and if that does not either, yes.
    pub genmove_anti_mirror: Option<bool>,
    /// How long moves in games by GTP are held back.
    pub pace: Pace,
    /// Whether to search on while the opponent thinks.
    pub ponder: bool,
    /// Limits of that.
    pub ponder_limits: Limits,
    /// Whether the main phase ends the game under territory scoring, as players agree on dead stones; if not, the
    /// clean-up phases follow, in which they are captured. Games that are read from records end with it in any case.
    pub prevent_cleanup_phase: bool,
}

/// How long to search on for an opponent who may have left. As in KataGo's example of a configuration.
const PONDER_TIME: Duration = Duration::from_secs(60);

impl Default for SessionSettings {
    fn default() -> SessionSettings {
        SessionSettings {
            search: SearchParams::default(),
            set: BTreeSet::new(),
            play: PlayParams::default(),
            analysis: AnalysisParams::default(),
            genmove_anti_mirror: None,
            pace: Pace::default(),
            ponder: false,
            ponder_limits: Limits {
                time: Some(PONDER_TIME),
                ..Limits::default()
            },
            prevent_cleanup_phase: true,
        }
    }
}

impl SessionSettings {
    /// Constants of a search for a move of the game.
    pub(super) fn move_params(&self) -> SearchParams {
        let anti_mirror = self.genmove_anti_mirror.or(self.search.anti_mirror);
        SearchParams {
            anti_mirror: anti_mirror.or(Some(true)),
            ..self.search.clone()
        }
    }

    /// How to search in an analysis, on all moves.
    pub(super) fn analysis_request(&self) -> AnalysisRequest {
        let analysis = &self.analysis;
        let params = SearchParams {
            wide_root_noise: analysis.wide_root_noise,
            ignore_pre_root_history: analysis.ignore_pre_root_history,
            ..self.search.clone()
        };
        let limits = Limits {
            visits: analysis.max_visits,
            time: analysis.max_time,
            ..Limits::default()
        };
        AnalysisRequest {
            params,
            restrictions: Vec::new(),
            limits,
        }
    }
}
