//! An evaluator that may still be loading, so that a session answers from its first moment.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::{Failure, Inbox};
use crate::eval::{Cached, Evaluator};
use crate::search::StopSignal;

/// How often a session that waits for its evaluator looks whether it is to end.
const LOOK_UP: Duration = Duration::from_millis(20);

/// An evaluator, and its cache if it has one.
#[derive(Clone)]
pub struct Loaded {
    /// What searches use.
    pub evaluator: Arc<dyn Evaluator>,
    /// The cache that `evaluator` is or holds, to clear it.
    pub cache: Option<Arc<Cached>>,
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
        let _ = sender.send(Ok(Loaded {
            evaluator,
            cache: None,
        }));
        Loading { receiver }
    }

    /// Waits for the evaluator.
    ///
    /// # Errors
    /// When it cannot be loaded, or the session is shut down first.
    pub fn wait(&self, inbox: &Inbox) -> Result<Loaded, Failure> {
        loop {
            // Nobody stops this one.
            if let Some(loaded) = self.wait_unless(&StopSignal::default(), inbox)? {
                return Ok(loaded);
            }
        }
    }

    /// Waits for the evaluator, or until `stop`: then there is none yet.
    ///
    /// # Errors
    /// As [`Loading::wait`].
    pub fn wait_unless(&self, stop: &StopSignal, inbox: &Inbox) -> Result<Option<Loaded>, Failure> {
        loop {
            match self.receiver.recv_timeout(LOOK_UP) {
                Ok(loaded) => return loaded.map(Some).map_err(Failure::new),
                Err(RecvTimeoutError::Timeout) if inbox.is_shut_down() => {
                    return Err(Failure::new("the program is ending"));
                }
                Err(RecvTimeoutError::Timeout) if stop.is_stopped() => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::new("the network could not be loaded"));
                }
            }
        }
    }
}

impl fmt::Debug for Loading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loading")
    }
}
