//! Searches on behalf of commands: the evaluator behind them, what ends them, what they found.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, bounded};

use super::live::{Sight, Watcher};
use super::{EndedBy, Failure, Inbox, Loaded, Loading, Options, words};
use crate::eval::Evaluator;
use crate::eval::cached::{Cached, Statistics};
use crate::go::{Color, Game, Move, Size};
use crate::player::{Decider, PlayParams, Thought, search_for_move};
use crate::search::clock::Clock;
use crate::search::{Limits, Report, Restriction, Search, SearchParams, StopSignal, TracedPlayout};

/// A search and the evaluator it needs, made when first asked for.
pub struct Thinker {
    loading: Loading,
    loaded: Option<Loaded>,
    params: SearchParams,
    play: PlayParams,
    seed: u64,
    search: Option<Box<Search>>,
    /// Where `search` comes back from an analysis that has ended but for its last batches.
    away: Option<Receiver<Box<Search>>>,
    /// What each side remembers of the game.
    deciders: [Decider; 2],
    inbox: Arc<Inbox>,
    time_searched: Duration,
    /// The last search in a sentence.
    summary: Option<String>,
    /// Who watches searches for moves.
    watchers: Vec<Watcher>,
}

/// In what manner to search for a move.
#[derive(Clone, Debug)]
pub struct Manner {
    /// What input ends the search.
    pub ended_by: EndedBy,
    /// Moves that may not, or alone may, be searched.
    pub restrictions: Vec<Restriction>,
    /// Whether the owners of points are kept.
    pub ownership: bool,
    /// Whether the decision counts towards how the game goes, as for resigning.
    pub for_the_game: bool,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner {
            ended_by: EndedBy::Nothing,
            restrictions: Vec::new(),
            ownership: false,
            for_the_game: true,
        }
    }
}

/// How to search in an analysis.
#[derive(Clone, Debug)]
pub struct Order {
    /// Constants of the search.
    pub params: SearchParams,
    /// Moves that may not, or alone may, be searched.
    pub restrictions: Vec<Restriction>,
    /// When to stop in any case.
    pub limits: Limits,
    /// Ends it.
    pub stop: StopSignal,
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
            away: None,
            deciders: Default::default(),
            inbox,
            time_searched: Duration::ZERO,
            summary: None,
            watchers: Vec::new(),
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

    /// Waits until the evaluator is loaded, or until `stop`; whether it is there.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn evaluator_unless(&mut self, stop: &StopSignal) -> Result<bool, Failure> {
        if self.loaded.is_none() {
            self.loaded = self.loading.wait_unless(stop, &self.inbox)?;
        }
        Ok(self.loaded.is_some())
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
        let cache = self.cache();
        Ok(cache.map_or(evaluator, |cache| Arc::clone(cache.inner())))
    }

    /// The table of evaluations, if there is one.
    fn cache(&self) -> Option<&Cached> {
        self.loaded.as_ref()?.cache.as_deref()
    }

    /// Searches a position for the player to move there, keeping what is known from earlier searches, and decides.
    ///
    /// # Errors
    /// When there is no evaluator for it, or it fails before anything is known.
    pub fn decide(&mut self, game: &Game, clock: &Clock) -> Result<Thought, Failure> {
        let (thought, _) = self.decide_as(game, clock, Manner::default(), &mut |_| {})?;
        Ok(thought)
    }

    /// As [`Thinker::decide`], in another manner and with an observer of the search; also tells whether input ended it.
    ///
    /// # Errors
    /// As [`Thinker::decide`].
    pub fn decide_as(
        &mut self,
        game: &Game,
        clock: &Clock,
        manner: Manner,
        observer: &mut dyn FnMut(&Search),
    ) -> Result<(Thought, bool), Failure> {
        let mut params = self.params.clone();
        params.ownership |= manner.ownership;
        let play = self.play.clone();
        let mut decider = self.deciders[game.to_move().index()].clone();
        let inbox = Arc::clone(&self.inbox);
        let mut watchers = std::mem::take(&mut self.watchers);
        let search = match self.search_on(game.size()) {
            Ok(search) => search,
            Err(failure) => {
                self.watchers = watchers;
                return Err(failure);
            }
        };
        search.set_params(params);
        search.restrict(manner.restrictions);
        log::debug!("searching for {}'s move", game.to_move());
        let started = Instant::now();
        let stop = StopSignal::default();
        let searching = inbox.searching(manner.ended_by, stop.clone());
        // What a clock allows is decided as the search begins; watchers see what the user does.
        let limits = match clock.total_left() {
            None => play.limits.with_clock(None),
            Some(_) => Limits {
                visits: play.limits.visits,
                playouts: play.limits.playouts,
                time: play.limits.time,
                ..Limits::default()
            },
        };
        let mut observer = |search: &Search| {
            observer(search);
            let watch = |watcher: &mut Watcher| watcher(Sight::During(search, &limits));
            watchers.iter_mut().for_each(watch);
        };
        let thought = decider.decide_observed(search, game, clock, &play, &stop, &mut observer);
        drop(searching);
        watchers.iter_mut().for_each(|watcher| watcher(Sight::End));
        self.watchers = watchers;
        self.time_searched += started.elapsed();
        let thought = thought?;
        if manner.for_the_game {
            self.deciders[game.to_move().index()] = decider;
        }
        self.summary = Some(sentence(&thought.report, game));
        Ok((thought, stop.is_stopped()))
    }

    /// Begins to search a position on a thread of its own, keeping what is known from earlier searches. It runs until its
    /// limits or `stop`; whoever needs the search next waits for it. `observer` is called on that thread between batches,
    /// and with `true` after the last.
    ///
    /// # Errors
    /// When there is no evaluator for it, or the system refuses a thread.
    pub fn analyze(
        &mut self,
        game: Game,
        order: Order,
        mut observer: impl FnMut(&Search, bool) + Send + 'static,
    ) -> Result<(), Failure> {
        let evaluator = self.evaluator_for(game.size())?;
        let (here, away, seed) = (self.search.take(), self.away.take(), self.seed);
        let (sender, receiver) = bounded(1);
        self.away = Some(receiver);
        let run = move || {
            let back = here.or_else(|| away.and_then(|away| away.recv().ok()));
            let Order {
                params,
                restrictions,
                limits,
                stop,
            } = order;
            let mut search =
                back.unwrap_or_else(|| Box::new(Search::new(evaluator, params.clone(), seed)));
            search.set_params(params);
            search.restrict(restrictions);
            search.set_root(&game);
            let result = search.run_observed(&limits, &stop, &mut |search| observer(search, false));
            if let Err(error) = result {
                log::error!("the analysis ends: {error}");
            }
            observer(&search, true);
            // Nobody waits for it when the session is over.
            let _ = sender.send(search);
        };
        thread::Builder::new().name("analysis".into()).spawn(run)?;
        Ok(())
    }

    /// The search, if there is one, once its last analysis has come back.
    pub fn search(&mut self) -> Option<&Search> {
        self.recall();
        self.search.as_deref()
    }

    fn recall(&mut self) {
        if let Some(away) = self.away.take() {
            self.search = away.recv().ok();
        }
    }

    /// The search, made if there is none yet, for boards that the evaluator takes.
    fn search_on(&mut self, size: Size) -> Result<&mut Search, Failure> {
        let evaluator = self.evaluator_for(size)?;
        self.recall();
        let (params, seed) = (&self.params, self.seed);
        let new = || Box::new(Search::new(evaluator, params.clone(), seed));
        Ok(self.search.get_or_insert_with(new))
    }

    /// The constants of searches for moves.
    pub fn params(&self) -> &SearchParams {
        &self.params
    }

    /// The constants of searches from now on.
    pub fn set_params(&mut self, params: SearchParams) {
        self.params = params;
    }

    /// How players decide.
    pub fn play(&self) -> &PlayParams {
        &self.play
    }

    /// Searches with another evaluator from now on, and forgets what was found with the last.
    pub fn replace_evaluator(&mut self, loaded: Loaded) {
        self.recall();
        self.search = None;
        self.loaded = Some(loaded);
        self.position_changed();
    }

    /// How players decide from now on, to change it.
    pub fn play_params(&mut self) -> &mut PlayParams {
        &mut self.play
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
        self.recall();
        let inbox = Arc::clone(&self.inbox);
        let params = SearchParams {
            // Whichever of them the opponent plays, it is to be in the tree.
            root_symmetry_pruning: false,
            ..self.params.clone()
        };
        let Some(search) = self.search.as_mut().filter(|_| game.outcome().is_none()) else {
            return;
        };
        search.set_params(params);
        search.restrict(Vec::new());
        search.set_root(game);
        let stop = StopSignal::default();
        let _searching = inbox.searching(ended_by, stop.clone());
        if let Err(error) = search.run(&Limits::default(), &stop) {
            log::error!("pondering ends: {error}");
        }
    }

    /// Lets somebody watch searches for moves.
    pub fn watch(&mut self, watcher: Watcher) {
        self.watchers.push(watcher);
    }

    /// Searches a position until `limits` or what ends it, as an analysis does, and tells what was found.
    ///
    /// # Errors
    /// When there is no evaluator for it, or it fails before anything is known.
    pub fn study(
        &mut self,
        game: &Game,
        params: SearchParams,
        limits: &Limits,
        ended_by: EndedBy,
    ) -> Result<Report, Failure> {
        let inbox = Arc::clone(&self.inbox);
        let mut watchers = std::mem::take(&mut self.watchers);
        let search = self.search_on(game.size());
        let result = search.map(|search| {
            search.set_params(params);
            search.restrict(Vec::new());
            search.set_root(game);
            let stop = StopSignal::default();
            let _searching = inbox.searching(ended_by, stop.clone());
            let result = search.run_observed(limits, &stop, &mut |search| {
                let watch = |watcher: &mut Watcher| watcher(Sight::During(search, limits));
                watchers.iter_mut().for_each(watch);
            });
            (result, search.report())
        });
        watchers.iter_mut().for_each(|watcher| watcher(Sight::End));
        self.watchers = watchers;
        let (result, report) = result?;
        self.time_searched += report.elapsed;
        match result {
            Err(error) if report.visits == 0 => return Err(error.into()),
            Err(error) => log::error!("the search ended early: {error}"),
            Ok(()) => {}
        }
        self.summary = Some(sentence(&report, game));
        Ok(report)
    }

    /// Makes a few playouts in a position, one by one, and tells the way of each.
    ///
    /// # Errors
    /// When there is no evaluator for it, or it fails.
    pub fn trace(&mut self, game: &Game, playouts: usize) -> Result<Vec<TracedPlayout>, Failure> {
        let params = self.params.clone();
        let search = self.search_on(game.size())?;
        search.set_params(params);
        search.restrict(Vec::new());
        search.set_root(game);
        let mut traced = Vec::new();
        while traced.len() < playouts {
            match search.trace_playout()? {
                Some(playout) => traced.push(playout),
                None => break,
            }
        }
        Ok(traced)
    }

    /// How the table of evaluations has served; nothing if there is none.
    ///
    /// # Errors
    /// When the evaluator cannot be loaded.
    pub fn cache_statistics(&mut self) -> Result<Option<Statistics>, Failure> {
        self.evaluator()?;
        Ok(self.cache().map(Cached::statistics))
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
        if let Some(cache) = self.cache() {
            cache.clear();
        }
        self.recall();
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
