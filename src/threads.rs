//! How many threads a machine has use for, what they share, how they are told to stop, and what one that panicked has
//! to say.

use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

/// Threads that can run at once, 1 if the system does not say.
pub fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Locks a mutex, also one that a thread has panicked with: what is shared here is sound between any two statements.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a mutex holds, also one that a thread has panicked with; see [`lock`].
pub fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The message of a panic that was caught, if it has one.
pub fn panic_text(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

/// A request, from any thread, to end something that runs, such as a search, soon.
#[derive(Clone, Debug, Default)]
pub struct StopSignal {
    flag: Arc<AtomicBool>,
    /// Whose request counts here too.
    parent: Option<Arc<StopSignal>>,
}

impl StopSignal {
    /// Asks for the end.
    pub fn stop(&self) {
        self.flag.store(true, Ordering::SeqCst);
    }

    /// Whether the end was asked for.
    pub fn is_stopped(&self) -> bool {
        let above = self.parent.as_deref().is_some_and(StopSignal::is_stopped);
        above || self.flag.load(Ordering::SeqCst)
    }

    /// A request that this one includes: a part of the work can be ended without the whole.
    pub fn child(&self) -> StopSignal {
        StopSignal {
            flag: Arc::default(),
            parent: Some(Arc::new(self.clone())),
        }
    }

    /// The flag that [`StopSignal::stop`] raises, for waits that are not searches.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{catch_unwind, panic_any};

    use super::*;

    #[test]
    fn panics_say_what_they_were_given() {
        let text = |work: fn()| {
            let payload = catch_unwind(work).expect_err("it panics");
            panic_text(&*payload).map(str::to_owned)
        };
        assert_eq!(text(|| panic!("plain")).as_deref(), Some("plain"));
        let made = text(|| panic!("of {}", String::from("parts")));
        assert_eq!(made.as_deref(), Some("of parts"));
        assert_eq!(text(|| panic_any(7)), None);
    }
}
