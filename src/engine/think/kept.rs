//! The tree that stays between commands.

use std::sync::Arc;

use crossbeam::channel::{Receiver, Sender, bounded};
use crossbeam::select;

use crate::eval::Evaluator;
use crate::search::{Restriction, Search, SearchParams};

/// The search that goes from one command to the next with its tree.
pub(super) struct Kept {
    pub(super) seed: u64,
    pub(super) search: Option<Box<Search>>,
    /// Brings `search` back from an analysis or from pondering whose last batches are still under way.
    away: Option<Receiver<Box<Search>>>,
}

impl Kept {
    /// Nothing yet, to be searched with this seed.
    pub(super) fn new(seed: u64) -> Kept {
        Kept {
            seed,
            search: None,
            away: None,
        }
    }

    /// Takes the search away, for a thread that sends it back when it is done.
    pub(super) fn lend(&mut self) -> (Kept, Sender<Box<Search>>) {
        let (sender, receiver) = bounded(1);
        let away = Kept {
            away: Some(receiver),
            ..Kept::new(self.seed)
        };
        (std::mem::replace(self, away), sender)
    }

    /// Whether there is a search, here or away.
    pub(super) fn exists(&self) -> bool {
        self.search.is_some() || self.away.is_some()
    }

    /// Waits until the search is back from where it was lent to, or until `ended`; whether it is.
    pub(super) fn is_back_before(&mut self, ended: &Receiver<()>) -> bool {
        let Some(away) = &self.away else {
            return true;
        };
        let search = select! {
            recv(away) -> search => search.ok(),
            recv(ended) -> _ => return false,
        };
        (self.search, self.away) = (search, None);
        true
    }

    /// The search, if there is one, once it has come back from where it was lent to.
    pub(super) fn get(&mut self) -> Option<&mut Search> {
        if let Some(away) = self.away.take() {
            self.search = away.recv().ok();
        }
        self.search.as_deref_mut()
    }

    /// The search, made if there is none yet, with these constants and restrictions from now on.
    pub(super) fn with(
        &mut self,
        evaluator: Arc<dyn Evaluator>,
        params: SearchParams,
        restrictions: Vec<Restriction>,
    ) -> &mut Search {
        let seed = self.seed;
        self.get();
        let new = || Box::new(Search::new(evaluator, params.clone(), seed));
        let search = self.search.get_or_insert_with(new);
        change(search, params, restrictions);
        search
    }

    /// The search, if there is one, with these constants and restrictions from now on.
    pub(super) fn get_with(
        &mut self,
        params: SearchParams,
        restrictions: Vec<Restriction>,
    ) -> Option<&mut Search> {
        let search = self.get()?;
        change(search, params, restrictions);
        Some(search)
    }
}

fn change(search: &mut Search, mut params: SearchParams, restrictions: Vec<Restriction>) {
    // Whoever asked for owners once will do so again, and a tree without them would have to begin anew.
    params.ownership |= search.params().ownership;
    search.set_params(params);
    search.restrict(restrictions);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Hashed;

    #[test]
    fn a_search_that_is_away_is_waited_for_no_longer_than_wanted() {
        let mut kept = Kept::new(1);
        kept.with(Arc::new(Hashed::default()), SearchParams::default(), vec![]);
        let (line, ended) = bounded(1);
        assert!(kept.is_back_before(&ended), "it has not gone");
        let (lent, back) = kept.lend();
        line.send(()).expect("there is room");
        assert!(!kept.is_back_before(&ended));
        back.send(lent.search.expect("it was there"))
            .expect("it is waited for");
        assert!(kept.is_back_before(&ended));
        assert!(kept.search.is_some());
    }
}
