//! What the ear and those around it tell each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often a waiting thread looks whether to end.
const POLL: Duration = Duration::from_millis(50);

/// Shared between the ear's thread and its owners.
#[derive(Debug, Clone, Default)]
pub(super) struct Switches(Arc<State>);

#[derive(Debug, Default)]
struct State {
    pressed: AtomicBool,
    over: AtomicBool,
    /// A pause's number and, in the lower half, the ms of silence after which it is the end.
    patience: AtomicU64,
}

impl Switches {
    pub(super) fn is_pressed(&self) -> bool {
        self.0.pressed.load(Ordering::Acquire)
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.over.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.0.over.store(true, Ordering::Release);
    }

    /// After how many ms of silence `pause` is the end, where that was told.
    pub(super) fn patience(&self, pause: u32) -> Option<u32> {
        let told = self.0.patience.load(Ordering::Acquire);
        ((told >> 32) as u32 == pause && pause > 0).then_some(told as u32)
    }

    /// Sleep for `time`, or until the end.
    pub(super) fn wait(&self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until && !self.is_over() {
            thread::sleep(POLL.min(time));
        }
    }
}

/// What others may do to the ear.
#[derive(Debug, Clone)]
pub struct Controls(pub(super) Switches);

impl Controls {
    /// Press the key, or let it go.
    pub fn press(&self, pressed: bool) {
        self.0.0.pressed.store(pressed, Ordering::Release);
    }

    /// Take `pause` for the end after `ms` of silence. A pause that is over is not concerned.
    pub fn set_patience(&self, pause: u32, ms: u32) {
        self.0.0.patience.store(u64::from(pause) << 32 | u64::from(ms), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_for_one_pause() {
        let switches = Switches::default();
        assert_eq!(switches.patience(0), None);
        Controls(switches.clone()).set_patience(7, 900);
        assert_eq!(switches.patience(7), Some(900));
        assert_eq!(switches.patience(8), None);
    }
}
