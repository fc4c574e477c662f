//! What the ear knows of the mouth's sound.

use crate::audio::MonitorSlot;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

/// Where the mouth leaves for the ear what it plays.
#[derive(Clone, Default)]
pub struct Playing {
    monitor: MonitorSlot,
    /// Another program speaks for the mouth.
    elsewhere: Arc<AtomicBool>,
}

impl Playing {
    /// Where a sink is to leave the monitor of what it plays.
    pub fn monitor(&self) -> MonitorSlot {
        Arc::clone(&self.monitor)
    }

    /// Another program speaks for the mouth, or does no more: nobody can tell its sound from others.
    pub(in super::super) fn set_elsewhere(&self, elsewhere: bool) {
        self.elsewhere.store(elsewhere, Ordering::Release);
    }

    pub(super) fn is_elsewhere(&self) -> bool {
        self.elsewhere.load(Ordering::Acquire)
    }

    /// Let the mouth wait in mid-word, or go on.
    pub(super) fn hold(&self, held: bool) {
        if let Some(monitor) = &*self.monitor.lock().unwrap_or_else(PoisonError::into_inner) {
            monitor.hold(held);
        }
    }

    /// Append what was played since the last time.
    pub(super) fn fetch(&self, played: &mut Vec<f32>) {
        let mut monitor = self.monitor.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(monitor) = &mut *monitor
            && let Err(error) = monitor.read(played)
        {
            tracing::error!(%error, "what is played is not known");
        }
    }
}
