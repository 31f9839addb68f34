//! Searches on behalf of commands: the evaluator behind them, what ends them, what they found. [`kept`] has the tree that
//! goes from one to the next, [`summary`] what they found as a sentence.

mod kept;
mod ponder;
mod summary;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gtp::TimeSettings;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::live::{Sight, Watchers};
use super::loading::{SessionEvaluator, not_awaited};
use super::{Audience, EndedBy, Failure, Inbox, Loaded, Loading, Session};
use crate::go::{Color, Game};
use crate::player::clock::Clock;
use crate::player::{Decider, PlayParams, Situation, Thought, search_and_choose};
use crate::search::{Limits, Report, Restriction, Search, SearchParams, StopSignal, TracedPlayout};
use kept::Kept;

/// A search and the evaluator it needs, made when first asked for.
pub struct Thinker {
    /// Where evaluations come from.
    pub source: SessionEvaluator,
    kept: Kept,
    /// What each side remembers of the game.
    deciders: [Decider; 2],
    /// Draws how long moves are held back.
    rng: Xoshiro256PlusPlus,
    inbox: Arc<Inbox>,
    /// Time spent in searches that commands wait for.
    pub time_searched: Duration,
    /// The last decision made for this game in a sentence.
    summary: Option<String>,
    /// The last search in a sentence, until somebody takes it.
    found: Option<String>,
    /// Who watches searches.
    pub watchers: Watchers,
}

/// What is asked of a search for a move.
#[derive(Clone, Debug)]
pub struct MoveRequest {
    /// What input ends the search.
    pub ended_by: EndedBy,
    /// Moves that may not, or alone may, be searched.
    pub restrictions: Vec<Restriction>,
    /// Whether the owners of points are kept.
    pub ownership: bool,
    /// Whether the decision counts towards how the game goes, as for resigning.
    pub for_the_game: bool,
    /// Whether a pass of the search is meant: the game is over with the second one, whatever is still on the board.
    pub literal_pass: bool,
    /// Since when the clock runs: waiting before the search counts.
    pub began: Instant,
}

impl MoveRequest {
    /// A search for a move of the game, with nothing special about it, by a clock that runs from now on.
    pub fn now() -> MoveRequest {
        MoveRequest {
            ended_by: EndedBy::Nothing,
            restrictions: Vec::new(),
            ownership: false,
            for_the_game: true,
            literal_pass: false,
            began: Instant::now(),
        }
    }
}

/// A decision, and how it came about.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The decision and what it rests on.
    pub thought: Thought,
    /// Whether input called the search off, so that nobody waits for the decision.
    pub cancelled: bool,
    /// Since when the clock runs.
    pub began: Instant,
}

/// What is asked of an analysis.
#[derive(Clone, Debug)]
pub struct AnalysisRequest {
    /// Constants of the search.
    pub params: SearchParams,
    /// Moves that may not, or alone may, be searched.
    pub restrictions: Vec<Restriction>,
    /// When to stop in any case.
    pub limits: Limits,
}

impl Session {
    /// Searches a position for the player to move there, by that player's clock and keeping what is known from earlier
    /// searches, and decides. A move of a game by GTP is held back at the pace that is set. `observer` is called between
    /// batches.
    ///
    /// # Errors
    /// When there is no evaluator for it, or it fails before anything is known.
    pub(super) fn decide(
        &mut self,
        root: &Game,
        request: MoveRequest,
        observer: &mut dyn FnMut(&Search),
    ) -> Result<Decided, Failure> {
        let (thinker, settings) = (&mut self.thinker, &self.settings);
        let mut params = settings.move_params();
        params.ownership |= request.ownership;
        if request.literal_pass {
            // What has to be captured is no matter of taste.
            params = params.without_human();
            params.conservative_pass = false;
            params.passing_hacks = false;
        }
        let mut decider = thinker.deciders[root.to_move().index()].clone();
        let evaluator = thinker.source.evaluator_for(root.size())?;
        let search = thinker.kept.with(evaluator, params, request.restrictions);
        log::debug!("searching for {}'s move", root.to_move());
        let started = Instant::now();
        let searching = self.inbox.searching(request.ended_by);
        let stop = searching.stop();
        let clock = self.clocks.of(root.to_move());
        let situation = Situation {
            game: root,
            clock: &clock.running(request.began.elapsed()),
            params: &settings.play,
        };
        let mut observer = |search: &Search| {
            observer(search);
            thinker.watchers.show(Sight::During(search), stop);
        };
        let thought = decider.decide(search, &situation, stop, &mut observer);
        thinker.watchers.end();
        thinker.time_searched += started.elapsed();
        let thought = thought?;
        if request.for_the_game && self.audience == Audience::Programs {
            let (pace, rng) = (&settings.pace, &mut thinker.rng);
            pace.keep(&thought, search, &situation, started, &searching, rng);
        }
        let cancelled = request.ended_by == EndedBy::AnyLine && stop.is_stopped();
        drop(searching);
        if request.for_the_game {
            thinker.deciders[root.to_move().index()] = decider;
            thinker.note(&thought, root);
        } else {
            thinker.found = Some(summary::of_decision(&thought, root));
        }
        Ok(Decided {
            thought,
            cancelled,
            began: request.began,
        })
    }
}

impl Thinker {
    /// A thinker whose searches end by what `inbox` receives, and take all that is random from `seed`.
    pub fn new(loading: Loading, seed: u64, inbox: Arc<Inbox>) -> Thinker {
        Thinker {
            source: SessionEvaluator::new(loading, Arc::clone(&inbox)),
            kept: Kept::new(seed),
            deciders: Default::default(),
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            inbox,
            time_searched: Duration::ZERO,
            summary: None,
            found: None,
            watchers: Watchers::default(),
        }
    }

    /// Keeps the summary of a decision made for the game, for commands that show it.
    pub fn note(&mut self, thought: &Thought, game: &Game) {
        self.summary = Some(summary::of_decision(thought, game));
        self.found.clone_from(&self.summary);
    }

    /// The last search for a move in a sentence, unless it was taken before.
    pub fn take_found(&mut self) -> Option<String> {
        self.found.take()
    }

    /// Begins to search a position on a thread of its own, keeping what is known from earlier searches. It runs until its
    /// limits or `stop`; whoever needs the search next waits for it. `observer` is called on that thread, between batches
    /// and at the end, when it is told that this is the last time.
    ///
    /// # Errors
    /// When there is no evaluator for it, or the system refuses a thread.
    pub fn analyze(
        &mut self,
        game: Game,
        request: AnalysisRequest,
        stop: StopSignal,
        mut observer: impl FnMut(&Search, bool) + Send + 'static,
    ) -> Result<(), Failure> {
        let evaluator = self.source.evaluator_for(game.size())?;
        let (mut kept, back) = self.kept.lend();
        let run = move || {
            let AnalysisRequest {
                params,
                restrictions,
                limits,
            } = request;
            let search = kept.with(evaluator, params, restrictions);
            search.set_root(&game);
            let mut during = |search: &Search| observer(search, false);
            let result = search.run_observed(&limits, &stop, &mut during);
            if let Err(error) = result {
                log::error!("the analysis ends: {error}");
            }
            observer(search, true);
            if let Some(search) = kept.search {
                // Nobody waits for it when the session is over.
                let _ = back.send(search);
            }
        };
        thread::Builder::new().name("analysis".into()).spawn(run)?;
        Ok(())
    }

    /// The search, if there is one, once it has come back from an analysis or from pondering.
    pub fn search(&mut self) -> Option<&Search> {
        self.kept.get().map(|search| &*search)
    }

    /// Searches with another evaluator from now on, and forgets what was found with the last.
    pub fn replace_evaluator(&mut self, loaded: Loaded) {
        self.kept = Kept::new(self.kept.seed);
        self.source.replace(loaded);
        self.position_changed();
    }

    /// Searches a position with a tree of its own; the one that is kept stays as it is. Evaluations may come from the
    /// cache.
    ///
    /// # Errors
    /// When there is no evaluator for it, or it fails before anything is known.
    pub fn search_afresh(
        &mut self,
        game: &Game,
        params: SearchParams,
        limits: &Limits,
    ) -> Result<Report, Failure> {
        let evaluator = self.source.evaluator_for(game.size())?;
        let mut search = Search::new(evaluator, params, self.kept.seed);
        search.set_root(game);
        let started = Instant::now();
        let searching = self.inbox.searching(EndedBy::Nothing);
        let searched = search_and_choose(&mut search, limits, searching.stop(), &mut |_| {});
        drop(searching);
        self.time_searched += started.elapsed();
        searched?;
        let report = search.report();
        self.found = Some(summary::of_search(&report, game));
        Ok(report)
    }

    /// Decides from scratch on a position of a game without a clock, from evaluations that no cache has kept from
    /// another way to it: the same position, constants, limits of visits and seed give the same decision.
    ///
    /// # Errors
    /// As [`Thinker::search_afresh`].
    pub fn decide_afresh(
        &mut self,
        game: &Game,
        params: SearchParams,
        play: &PlayParams,
    ) -> Result<Thought, Failure> {
        let evaluator = self.source.fresh_for(game.size())?;
        let mut search = Search::new(evaluator, params, self.kept.seed);
        let situation = Situation {
            game,
            clock: &Clock::new(TimeSettings::None),
            params: play,
        };
        let started = Instant::now();
        let searching = self.inbox.searching(EndedBy::Nothing);
        let stop = searching.stop();
        let thought = Decider::default().decide(&mut search, &situation, stop, &mut |_| {});
        drop(searching);
        self.time_searched += started.elapsed();
        let thought = thought?;
        self.found = Some(summary::of_decision(&thought, game));
        Ok(thought)
    }

    /// Searches a position until its limits or what ends it, as an analysis does, and tells what was found.
    ///
    /// # Errors
    /// When there is no evaluator for it, or it fails before anything is known.
    pub fn study(
        &mut self,
        game: &Game,
        request: AnalysisRequest,
        ended_by: EndedBy,
    ) -> Result<Report, Failure> {
        let AnalysisRequest {
            params,
            restrictions,
            limits,
        } = request;
        self.source.awaited(ended_by)?.ok_or_else(not_awaited)?;
        let evaluator = self.source.evaluator_for(game.size())?;
        let search = self.kept.with(evaluator, params, restrictions);
        search.set_root(game);
        let searching = self.inbox.searching(ended_by);
        let stop = searching.stop();
        let mut observer = |search: &Search| self.watchers.show(Sight::During(search), stop);
        let result = search.run_observed(&limits, stop, &mut observer);
        drop(searching);
        self.watchers.end();
        let report = search.report();
        self.time_searched += report.elapsed;
        match result {
            Err(error) if report.visits == 0 => return Err(error.into()),
            Err(error) => log::error!("the search ended early: {error}"),
            Ok(()) => {}
        }
        Ok(report)
    }

    /// Makes a few playouts in a position, one by one, until input ends it, and tells the way of each. Where the root has to
    /// be evaluated first, that comes before them, without a way. What depends on the kind of the last search stays as that
    /// had it: otherwise the tree, which is what is to be looked at, would be forgotten.
    ///
    /// # Errors
    /// When there is no evaluator for it, or it fails.
    pub fn trace(
        &mut self,
        game: &Game,
        mut params: SearchParams,
        playouts: usize,
    ) -> Result<Vec<TracedPlayout>, Failure> {
        let evaluator = self.source.evaluator_for(game.size())?;
        if let Some(kept) = self.kept.get().map(|search| search.params()) {
            params.ignore_pre_root_history = kept.ignore_pre_root_history;
            params.anti_mirror = kept.anti_mirror;
        }
        let search = self.kept.with(evaluator, params, Vec::new());
        // Those of either player's search, or of the handicap.
        let (assumed, penalty) = (search.advantage(), search.pattern_penalty());
        let given = search.params().avoid_repeated_pattern_utility;
        let fits = given.is_none_or(|given| given == penalty)
            && Color::BOTH.iter().any(|&player| {
                let given = search.params().advantage.of_white(player);
                given.is_none_or(|given| given == assumed)
            });
        if fits && search.known_visits(game) > 0 {
            search.set_root_with(game, search.player(), assumed, penalty);
        } else {
            search.set_root(game);
        }
        let mut traced = Vec::new();
        let of_root = |traced: &[TracedPlayout]| {
            let first = traced.first();
            usize::from(first.is_some_and(|first| first.selections.is_empty()))
        };
        let searching = self.inbox.searching(EndedBy::Nothing);
        while traced.len() < playouts + of_root(&traced) {
            match search.trace_playout()? {
                Some(playout) => traced.push(playout),
                None => break,
            }
            if searching.is_stopped() {
                break;
            }
        }
        Ok(traced)
    }

    /// Forgets the tree and cached evaluations.
    pub fn forget(&mut self) {
        self.source.forget();
        if let Some(search) = self.kept.get() {
            search.clear();
        }
    }

    /// Forgets what the players think of how the game goes: it was set up, or moves were taken back.
    pub fn position_changed(&mut self) {
        self.deciders = Default::default();
        self.summary = None;
    }

    /// The last decision made for this game in a sentence, if there was one. What was merely asked for does not count.
    pub fn last_summary(&self) -> Option<&str> {
        self.summary.as_deref()
    }
}
