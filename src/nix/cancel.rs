//! Calling work off from another thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared by whoever works and whoever may call the work off; clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Shared>);

/// What to do, each by a number.
type Hooks = Vec<(u64, Box<dyn FnOnce() + Send>)>;

#[derive(Default)]
struct Shared {
    cancelled: AtomicBool,
    next: AtomicU64,
    hooks: Mutex<Hooks>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel").field("cancelled", &self.cancelled).finish_non_exhaustive()
    }
}

impl Cancel {
    /// Call off what is under way, and all that is begun before [`Self::rearm`].
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        // locked all the while: whoever drops a hook knows that it is done, or never will be
        let mut hooks = self.hooks();
        for (_, act) in hooks.drain(..) {
            act();
        }
    }

    /// Whether it was called off.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Let new work begin.
    pub fn rearm(&self) {
        self.0.cancelled.store(false, Ordering::SeqCst);
    }

    /// Do `act` once work is called off, at once where it was already; as long as the result lives. It
    /// must neither make nor drop a [`Hook`] of the same.
    #[must_use]
    pub fn hook(&self, act: impl FnOnce() + Send + 'static) -> Hook {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.hooks().push((id, Box::new(act)));
        if self.is_cancelled() {
            self.cancel();
        }
        Hook { cancel: self.clone(), id }
    }

    fn hooks(&self) -> MutexGuard<'_, Hooks> {
        self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps what [`Cancel::hook`] was given.
#[derive(Debug)]
pub struct Hook {
    cancel: Cancel,
    id: u64,
}

impl Drop for Hook {
    fn drop(&mut self) {
        let mut hooks = self.cancel.hooks();
        let gone = hooks.iter().position(|(id, _)| *id == self.id).map(|at| hooks.swap_remove(at));
        // what it holds may in turn want the lock
        drop(hooks);
        drop(gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn a_hook_that_is_being_done_is_done_before_it_can_be_dropped() {
        let cancel = Cancel::default();
        let done = Arc::new(AtomicBool::default());
        let (begun, begins) = mpsc::channel();
        let flag = Arc::clone(&done);
        let hook = cancel.hook(move || {
            begun.send(()).unwrap();
            thread::sleep(Duration::from_millis(100));
            flag.store(true, Ordering::SeqCst);
        });
        let canceller = thread::spawn(move || cancel.cancel());
        begins.recv().unwrap();
        drop(hook);
        assert!(done.load(Ordering::SeqCst));
        canceller.join().unwrap();
    }

    #[test]
    fn hooks_are_done_once_and_only_while_they_are_kept() {
        let cancel = Cancel::default();
        let count = Arc::new(AtomicU64::new(0));
        let counting = |cancel: &Cancel| {
            let count = Arc::clone(&count);
            cancel.hook(move || {
                count.fetch_add(1, Ordering::Relaxed);
            })
        };
        drop(counting(&cancel));
        let _kept = counting(&cancel);
        cancel.cancel();
        cancel.clone().cancel();
        assert_eq!(count.load(Ordering::Relaxed), 1);
        let _late = counting(&cancel);
        assert_eq!(count.load(Ordering::Relaxed), 2, "it was called off before");
        cancel.rearm();
        let _next = counting(&cancel);
        assert!(!cancel.is_cancelled());
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }
}
