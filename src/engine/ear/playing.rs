//! What the ear knows of the mouth's sound.

use crate::audio::Monitor;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the mouth leaves for the ear what it plays.
#[derive(Clone, Default)]
pub struct Playing(Arc<State>);

#[derive(Default)]
struct State {
    /// A device's monitor, a new one with each device.
    monitor: Mutex<Option<Monitor>>,
    /// Another program speaks for the mouth.
    elsewhere: AtomicBool,
}

impl Playing {
    /// What is played is to be found at `monitor` from now on.
    pub(in super::super) fn set_monitor(&self, monitor: Option<Monitor>) {
        *self.0.monitor.lock().unwrap_or_else(PoisonError::into_inner) = monitor;
    }

    /// Another program speaks for the mouth, or does no more: nobody can tell its sound from others.
    pub(in super::super) fn set_elsewhere(&self, elsewhere: bool) {
        self.0.elsewhere.store(elsewhere, Ordering::Release);
    }

    pub(super) fn is_elsewhere(&self) -> bool {
        self.0.elsewhere.load(Ordering::Acquire)
    }

    /// Append what was played since the last time.
    pub(super) fn fetch(&self, played: &mut Vec<f32>) {
        let mut monitor = self.0.monitor.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(monitor) = &mut *monitor
            && let Err(error) = monitor.read(played)
        {
            tracing::error!(%error, "what is played is not known");
        }
    }
}
