//! Searching on while the opponent thinks.

use std::thread;

use crossbeam::channel::bounded;
use crossbeam::select;

use super::Thinker;
use crate::engine::{EndedBy, SessionSettings};
use crate::go::Game;
use crate::player::status::is_over;

impl Thinker {
    /// Ponders until its limits are reached or a line comes; returns at once if nothing was searched before. As an
    /// analysis, it does not wait for its last batch when a line comes: whoever needs the search next does.
    pub fn ponder(&mut self, game: &Game, settings: &SessionSettings) {
        if is_over(game) || !self.kept.exists() {
            return;
        }
        let mut params = settings.move_params();
        // The tree should hold whichever of them the opponent plays.
        params.root_symmetry_pruning = false;
        // For the move that comes after the opponent's.
        let player = game.to_move().opponent();
        let decider = self.deciders[player.index()].clone();
        let (game, limits) = (game.clone(), settings.ponder_limits);
        let searching = self.inbox.searching(EndedBy::AnyLine);
        if !self.kept.is_back_before(searching.ended()) {
            return;
        }
        let stop = searching.stop().clone();
        let (mut kept, back) = self.kept.lend();
        let (running, done) = bounded::<()>(0);
        let run = move || {
            let _running = running;
            if let Some(search) = kept.get_with(params, Vec::new()) {
                decider.set_root(search, &game, player);
                if let Err(error) = search.run(&limits, &stop) {
                    log::error!("pondering ends: {error}");
                }
            }
            if let Some(search) = kept.search {
                // Nobody waits for it when the session is over.
                let _ = back.send(search);
            }
        };
        if let Err(error) = thread::Builder::new().name("pondering".into()).spawn(run) {
            log::error!("cannot ponder: {error}");
        }
        select! {
            recv(searching.ended()) -> _ => {}
            recv(done) -> _ => {}
        }
    }
}
