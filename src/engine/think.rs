//! Searches on behalf of commands: the evaluator behind them, what ends them, what they found.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{EndedBy, Failure, Inbox, Loaded, Loading, Options, words};
use crate::eval::Evaluator;
use crate::go::{Color, Game, Move, Size};
use crate::player::{Decider, PlayParams, Thought, search_for_move};
use crate::search::clock::Clock;
use crate::search::{Limits, Report, Search, SearchParams, StopSignal};

/// A search and the evaluator it needs, made when first asked for.
pub struct Thinker {
    loading: Loading,
    loaded: Option<Loaded>,
    params: SearchParams,
    play: PlayParams,
    seed: u64,
    search: Option<Search>,
    /// What each side remembers of the game.
    deciders: [Decider; 2],
    inbox: Arc<Inbox>,
    time_searched: Duration,
    /// The last search in a sentence.
    summary: Option<String>,
}

impl Thinker {
    /// A thinker whose searches end by what `inbox` receives.
    pub fn new(loading: Loading, options: &Options, inbox: Arc<Inbox>) -> Thinker {
        Thinker {
            loading,
            loaded: None,
            params: options.search.clone(),
            play: options.play.clone(),
            seed: options.seed,
            search: None,
            deciders: Default::default(),
            inbox,
            time_searched: Duration::ZERO,
            summary: None,
        }
    }

    /// The evaluator, once it is loaded.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn evaluator(&mut self) -> Result<Arc<dyn Evaluator>, Failure> {
        let loaded = match self.loaded.take() {
            Some(loaded) => loaded,
            None => self.loading.wait(&self.inbox)?,
        };
        Ok(Arc::clone(&self.loaded.insert(loaded).evaluator))
    }

    /// The evaluator, if it takes boards of this size.
    ///
    /// # Errors
    /// When it does not, or cannot be loaded.
    pub fn evaluator_for(&mut self, size: Size) -> Result<Arc<dyn Evaluator>, Failure> {
        let evaluator = self.evaluator()?;
        let description = evaluator.description();
        let name = &description.name;
        let side = description.max_side;
        match description.only_size {
            Some(only) if only != size => Err(Failure::new(format!(
                "{name} plays on {only} boards only, not on {size}; choose that size or another network"
            ))),
            _ if size.width().max(size.height()) > side => Err(Failure::new(format!(
                "{name} plays on boards up to {side}x{side}, not on {size}; choose a smaller size"
            ))),
            _ => Ok(evaluator),
        }
    }

    /// The evaluator behind the cache, if it takes boards of this size: for those to whom the symmetry matters, which a
    /// cache does not tell apart.
    ///
    /// # Errors
    /// As [`Thinker::evaluator_for`].
    pub fn uncached_for(&mut self, size: Size) -> Result<Arc<dyn Evaluator>, Failure> {
        let evaluator = self.evaluator_for(size)?;
        let cache = self
            .loaded
            .as_ref()
            .and_then(|loaded| loaded.cache.as_ref());
        Ok(cache.map_or(evaluator, |cache| Arc::clone(cache.inner())))
    }

    /// Searches a position for the player to move there, keeping what is known from earlier searches, and decides.
    ///
    /// # Errors
    /// When there is no evaluator for it, or it fails before anything is known.
    pub fn decide(&mut self, game: &Game, clock: &Clock) -> Result<Thought, Failure> {
        let evaluator = self.evaluator_for(game.size())?;
        let search = self
            .search
            .get_or_insert_with(|| Search::new(evaluator, self.params.clone(), self.seed));
        log::debug!("searching for {}'s move", game.to_move());
        let decider = &mut self.deciders[game.to_move().index()];
        let started = Instant::now();
        let stop = StopSignal::default();
        let searching = self.inbox.searching(EndedBy::Nothing, stop.clone());
        let thought = decider.decide(search, game, clock, &self.play, &stop);
        drop(searching);
        self.time_searched += started.elapsed();
        let thought = thought?;
        self.summary = Some(sentence(&thought.report, game));
        Ok(thought)
    }

    /// Searches a position from nothing, with other constants, and forgets what was found: the same position, limits and
    /// seed give the same answer.
    ///
    /// # Errors
    /// When there is no evaluator for it, or it fails before anything is known.
    pub fn think_afresh(
        &mut self,
        game: &Game,
        limits: &Limits,
        adjust: impl FnOnce(&mut SearchParams),
    ) -> Result<(Move, Report), Failure> {
        let evaluator = self.evaluator_for(game.size())?;
        let mut params = self.params.clone();
        adjust(&mut params);
        let mut search = Search::new(evaluator, params, self.seed);
        search.set_root(game);
        let started = Instant::now();
        let stop = StopSignal::default();
        let searching = self.inbox.searching(EndedBy::Nothing, stop.clone());
        let chosen = search_for_move(&mut search, limits, &stop);
        drop(searching);
        self.time_searched += started.elapsed();
        Ok((chosen?, search.report()))
    }

    /// Searches on, without limit, until input ends it; returns at once if nothing was searched before.
    pub fn ponder(&mut self, game: &Game, ended_by: EndedBy) {
        let Some(search) = self.search.as_mut().filter(|_| game.outcome().is_none()) else {
            return;
        };
        search.set_root(game);
        let stop = StopSignal::default();
        let _searching = self.inbox.searching(ended_by, stop.clone());
        if let Err(error) = search.run(&Limits::default(), &stop) {
            log::error!("pondering ends: {error}");
        }
    }

    /// Limits that the user sets, without any clock.
    pub fn user_limits(&self) -> Limits {
        self.play.limits.with_clock(None)
    }

    /// Time spent in searches so far.
    pub fn time_searched(&self) -> Duration {
        self.time_searched
    }

    /// Forgets the tree and cached evaluations.
    pub fn forget(&mut self) {
        if let Some(cache) = self
            .loaded
            .as_ref()
            .and_then(|loaded| loaded.cache.as_ref())
        {
            cache.clear();
        }
        if let Some(search) = &mut self.search {
            search.clear();
        }
    }

    /// Forgets what the players think of how the game goes: it was set up, or moves were taken back.
    pub fn position_changed(&mut self) {
        self.deciders = Default::default();
    }

    /// The last search in a sentence, if there was one.
    pub fn last_summary(&self) -> Option<&str> {
        self.summary.as_deref()
    }
}

/// What a search found, for people.
fn sentence(report: &Report, game: &Game) -> String {
    let color: Color = report.to_move;
    let win = 100.0 * report.chances.view_of(color).win;
    let lead = report.score.map(|score| score.view_of(color).lead);
    let lead = lead.map_or_else(String::new, |lead| {
        let side = if lead < 0.0 { "behind" } else { "ahead" };
        format!(" and is {side} by {:.1}", lead.abs())
    });
    let pv = report
        .moves
        .first()
        .map(|best| words::moves(&best.pv, game.size()));
    format!(
        "{} visits: {color} wins {win:.0}%{lead}; expected {}",
        report.visits,
        pv.unwrap_or_default()
    )
}
