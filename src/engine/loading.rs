//! An evaluator that may still be loading, so that a session answers from its first moment.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::{EndedBy, Failure, GRACE, Inbox};
use crate::eval::cached::{Cached, Statistics};
use crate::eval::{Evaluator, Paired};
use crate::go::Size;
use crate::search::StopSignal;

/// How often a session that waits for its evaluator checks whether it should end.
const LOOK_UP: Duration = Duration::from_millis(20);

/// An evaluator, and its cache if it has one.
#[derive(Clone)]
pub struct Loaded {
    /// What searches use.
    pub evaluator: Arc<dyn Evaluator>,
    /// The evaluator behind the cache, of itself: for those to whom the way to a position matters, which a network sees, as
    /// it is shown the last moves, and a cache does not.
    pub uncached: Arc<dyn Evaluator>,
    /// The cache that `evaluator` is or holds, to clear it.
    pub cache: Option<Arc<Cached>>,
    /// The network for people that `evaluator` holds, if it does, for itself.
    pub human: Option<Arc<Loaded>>,
}

impl Loaded {
    /// An evaluator without a cache.
    pub fn new(evaluator: Arc<dyn Evaluator>) -> Loaded {
        Loaded {
            uncached: Arc::clone(&evaluator),
            evaluator,
            cache: None,
            human: None,
        }
    }

    /// The same with a network for people beside it.
    #[must_use]
    pub fn beside(self, human: Loaded) -> Loaded {
        let paired = Paired::new(self.evaluator, Arc::clone(&human.evaluator));
        Loaded {
            evaluator: Arc::new(paired),
            human: Some(Arc::new(human)),
            ..self
        }
    }

    /// What searches use, without any cache.
    fn fresh(&self) -> Arc<dyn Evaluator> {
        let main = Arc::clone(&self.uncached);
        match &self.human {
            Some(human) => Arc::new(Paired::new(main, Arc::clone(&human.uncached))),
            None => main,
        }
    }

    /// Forgets the evaluations kept.
    pub fn forget(&self) {
        if let Some(cache) = &self.cache {
            cache.clear();
        }
        if let Some(human) = &self.human {
            human.forget();
        }
    }
}

/// An evaluator to come.
pub struct Loading {
    receiver: Receiver<Result<Loaded, String>>,
}

impl Loading {
    /// Loads on a thread of its own. What cannot be loaded is told in a sentence.
    pub fn start(load: impl FnOnce() -> Result<Loaded, String> + Send + 'static) -> Loading {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            // Nobody listens any more when the session has ended; that is fine.
            let _ = sender.send(load());
        });
        Loading { receiver }
    }

    /// An evaluator that is there already, without a cache.
    pub fn ready(evaluator: Arc<dyn Evaluator>) -> Loading {
        let (sender, receiver) = channel();
        let _ = sender.send(Ok(Loaded::new(evaluator)));
        Loading { receiver }
    }
}

impl fmt::Debug for Loading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loading")
    }
}

/// Where the evaluations of a session come from, once they are loaded.
pub struct SessionEvaluator {
    loading: Loading,
    loaded: Option<Loaded>,
    inbox: Arc<Inbox>,
    /// The size of board that a client has chosen last, until there is an evaluator to say what it makes of it.
    chosen: Option<Size>,
    /// The size of board that was looked at last: a warning is not repeated.
    warned_of: Option<Size>,
}

impl SessionEvaluator {
    /// Waits for what is being loaded until the session of `inbox` is shut down.
    pub fn new(loading: Loading, inbox: Arc<Inbox>) -> SessionEvaluator {
        SessionEvaluator {
            loading,
            loaded: None,
            inbox,
            chosen: None,
            warned_of: None,
        }
    }

    /// All that is loaded, once it is; nothing if `stop` comes first.
    ///
    /// # Errors
    /// When it cannot be loaded, or the session is shut down first.
    pub fn load(&mut self, stop: &StopSignal) -> Result<Option<&Loaded>, Failure> {
        while self.loaded.is_none() {
            match self.loading.receiver.recv_timeout(LOOK_UP) {
                Ok(loaded) => {
                    self.loaded = Some(loaded.map_err(Failure::new)?);
                    self.tell_of_chosen();
                }
                Err(RecvTimeoutError::Timeout) if self.inbox.is_shut_down() => return Err(ending()),
                Err(RecvTimeoutError::Timeout) if stop.is_stopped() => break,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::new("the network could not be loaded"));
                }
            }
        }
        Ok(self.loaded.as_ref())
    }

    /// All that is loaded, once it is; nothing if input comes first that ends such a search. Where `quit` leaves a search
    /// its grace, it does not end this.
    ///
    /// # Errors
    /// As [`SessionEvaluator::load`].
    pub fn awaited(&mut self, ended_by: EndedBy) -> Result<Option<&Loaded>, Failure> {
        // What is there need not be awaited, and only one search can be announced.
        if self.loaded.is_none() {
            let inbox = Arc::clone(&self.inbox);
            self.load(inbox.loading(ended_by).stop())?;
        }
        Ok(self.loaded.as_ref())
    }

    /// All that is loaded, once it is.
    ///
    /// # Errors
    /// As [`SessionEvaluator::load`], or when somebody asked for an end first.
    pub fn loaded(&mut self) -> Result<&Loaded, Failure> {
        self.awaited(EndedBy::Nothing)?.ok_or_else(not_awaited)
    }

    /// Gives loading up to [`GRACE`] to finish, so that a bad file is still reported.
    pub fn finish_loading(&self) {
        if self.loaded.is_none() {
            // Who loads says what went wrong, and there is nobody else to tell.
            let _ = self.loading.receiver.recv_timeout(GRACE);
        }
    }

    /// The evaluator, if it takes boards of this size.
    ///
    /// # Errors
    /// When it does not, or cannot be loaded.
    pub fn evaluator_for(&mut self, size: Size) -> Result<Arc<dyn Evaluator>, Failure> {
        let evaluator = Arc::clone(&self.loaded()?.evaluator);
        let warning = evaluator.description().fits(size)?;
        if let Some(warning) = self.unless_repeated(size, warning) {
            log::warn!("{warning}");
        }
        Ok(evaluator)
    }

    /// Warns, once there is an evaluator, of what it has against boards of this size. They can be shown all the same.
    pub fn size_chosen(&mut self, size: Size) {
        self.chosen = Some(size);
        self.tell_of_chosen();
    }

    fn tell_of_chosen(&mut self) {
        if let Some(objection) = self.objection() {
            log::warn!("{objection}");
        }
    }

    /// What the evaluator, once there is one, has against the size that was chosen, if that was not told yet.
    fn objection(&mut self) -> Option<String> {
        let description = self.loaded.as_ref()?.evaluator.description();
        let size = self.chosen.take()?;
        let objection = match description.fits(size) {
            Ok(warning) => warning,
            Err(refused) => Some(refused.to_string()),
        };
        self.unless_repeated(size, objection)
    }

    fn unless_repeated(&mut self, size: Size, warning: Option<String>) -> Option<String> {
        let repeated = self.warned_of.replace(size) == Some(size);
        warning.filter(|_| !repeated)
    }

    /// [`Loaded::uncached`], if it takes boards of this size.
    ///
    /// # Errors
    /// As [`SessionEvaluator::evaluator_for`].
    pub fn uncached_for(&mut self, size: Size) -> Result<Arc<dyn Evaluator>, Failure> {
        self.evaluator_for(size)?;
        Ok(Arc::clone(&self.loaded()?.uncached))
    }

    /// What searches use, without any cache, if it takes boards of this size.
    ///
    /// # Errors
    /// As [`SessionEvaluator::evaluator_for`].
    pub fn fresh_for(&mut self, size: Size) -> Result<Arc<dyn Evaluator>, Failure> {
        self.evaluator_for(size)?;
        Ok(self.loaded()?.fresh())
    }

    /// Statistics of each cache of evaluations, with the name of the network that it is of.
    ///
    /// # Errors
    /// When the evaluator cannot be loaded.
    pub fn cache_statistics(&mut self) -> Result<Vec<(String, Statistics)>, Failure> {
        let main = self.loaded()?;
        let mut caches: Vec<&Arc<Cached>> = main.cache.iter().collect();
        let human = main.human.as_ref().and_then(|human| human.cache.as_ref());
        // One network may be both.
        caches.extend(human.filter(|&human| caches.iter().all(|main| !Arc::ptr_eq(main, human))));
        let named = |cache: &Arc<Cached>| (cache.description().name.clone(), cache.statistics());
        Ok(caches.into_iter().map(named).collect())
    }

    /// Forgets the evaluations kept.
    pub fn forget(&self) {
        if let Some(loaded) = &self.loaded {
            loaded.forget();
        }
    }

    /// Takes evaluations from elsewhere from now on.
    pub fn replace(&mut self, loaded: Loaded) {
        self.loaded = Some(loaded);
    }
}

/// The failure of what needs a network that was not waited for.
pub(super) fn not_awaited() -> Failure {
    Failure::new("ended before the network was loaded")
}

fn ending() -> Failure {
    Failure::new("the program is ending")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::fake::changed;

    #[test]
    fn what_a_network_has_against_a_size_is_told_once_it_is_there() {
        let mut evaluator = changed(|_, _| {});
        evaluator.description.max_side = 19;
        let loading = Loading::ready(Arc::new(evaluator));
        let mut source = SessionEvaluator::new(loading, Arc::new(Inbox::default()));
        let size = |side| Size::square(side).unwrap();
        source.size_chosen(size(25));
        assert_eq!(source.warned_of, None);
        source.loaded().unwrap();
        assert_eq!(source.warned_of, Some(size(25)));
        let mut objection = |side| {
            source.chosen = Some(size(side));
            source.objection()
        };
        assert_eq!(objection(25), None, "it was told");
        assert_eq!(objection(9), None);
        let told = objection(20).unwrap_or_default();
        assert!(told.contains("networks end at 19x19"), "{told}");
    }
}
