//! speech-dispatcher as the voice that answers, for people whose screen reader's voice is to do the
//! talking.

use super::super::ear::Playing;
use super::super::stopwatch::Stopwatch;
use super::manner::Manner;
use crate::domain::Adjustment;
use crate::tts::{Dispatcher, Ended, Error};
use std::sync::atomic::AtomicBool;

/// Speaks answers by the daemon, as long as that is there.
pub(super) struct Reader {
    dispatcher: Dispatcher,
    playing: Playing,
    is_lost: bool,
}

/// How an answer fared.
#[derive(Debug)]
pub(super) enum Read {
    /// It was spoken to its end; the daemon is back after it was lost where so told.
    Whole { is_back: bool },
    /// It was cut off there.
    Cancelled,
    /// It was not spoken, for this reason where that was not told before.
    Lost(Option<Error>),
}

impl Reader {
    pub(super) fn new(dispatcher: Dispatcher, playing: Playing) -> Self {
        Self { dispatcher, playing, is_lost: false }
    }

    /// Whether the daemon could not be reached the last time.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Speak `text`. Nothing is heard meanwhile, as that sound cannot be told from somebody's. Laps
    /// `first words` and `play out`.
    pub(super) fn say(&mut self, text: &str, hushed: &AtomicBool, watch: &mut Stopwatch) -> Read {
        self.playing.set_elsewhere(true);
        let spoken = self.dispatcher.speak(text, hushed, &mut || watch.lap("first words"));
        self.playing.set_elsewhere(false);
        watch.lap("play out");
        let was_lost = std::mem::replace(&mut self.is_lost, spoken.is_err());
        match spoken {
            Ok(Ended::Whole) => Read::Whole { is_back: was_lost },
            Ok(Ended::Cancelled) => Read::Cancelled,
            Err(error) => Read::Lost((!was_lost).then_some(error)),
        }
    }

    /// Speak otherwise from now on.
    pub(super) fn adjust(&mut self, adjustment: Adjustment) {
        let adjusted = self.dispatcher.manner().and_then(|(speed, volume)| {
            let Manner { volume, speed } = Manner { volume, speed }.adjusted(adjustment);
            self.dispatcher.set_manner(speed, volume)
        });
        if let Err(error) = adjusted {
            tracing::warn!(%error, "speech-dispatcher does not speak otherwise");
        }
    }
}
