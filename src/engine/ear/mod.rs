//! The ear: a thread that turns sound into utterances.

mod guard;
mod listener;
mod playing;
mod switches;

pub use playing::Playing;
pub use switches::Controls;

use crate::domain::{TurnId, Utterance};
use crate::ports::AudioSource;
use listener::Listener;
use std::error::Error as _;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use switches::Switches;

/// How long to wait before a source that failed is opened again, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));

/// What the ear has to tell.
#[derive(Debug)]
pub enum Sound {
    /// The source gives sound: it is heard from now on.
    Ready,
    /// The source failed for this reason. It is opened again by and by.
    Lost(String),
    /// Somebody begins to speak, or the key is pressed.
    Opened {
        /// The utterance that begins.
        turn: TurnId,
        /// What began it.
        by: Opening,
    },
    /// It pauses.
    Paused {
        /// What was said so far.
        so_far: Utterance,
        /// What began it.
        by: Opening,
        /// The pause's number; a later pause has a higher one.
        pause: u32,
    },
    /// It goes on after a pause.
    Resumed,
    /// It is over.
    Utterance {
        /// What was said.
        utterance: Utterance,
        /// What began it.
        by: Opening,
        /// The pause that it ended with.
        pause: u32,
        /// When the last of its speech was heard.
        spoken_until: Instant,
    },
    /// The utterance was too long for one, though the key is still held: it ends there.
    Cut,
    /// The source has ended.
    End,
}

/// What begins and ends an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Speech and silence; the key as well.
    HandsFree,
    /// The key.
    PushToTalk,
}

/// What began an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Speech: it may be meant for anybody.
    Voice,
    /// The key: it is meant for us.
    Key,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Ear {
    switches: Switches,
    thread: Option<JoinHandle<()>>,
}

impl Ear {
    /// Listen in `mode` to what `open` opens, on a thread of its own, and `tell` what is heard. A
    /// live source that fails is opened again, and what is `playing` is not heard in it.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn start<S: AudioSource>(
        mode: Mode,
        playing: Playing,
        mut open: impl FnMut() -> Result<S, S::Error> + Send + 'static,
        mut tell: impl FnMut(Sound) + Send + 'static,
    ) -> std::io::Result<Self> {
        let switches = Switches::default();
        let ours = switches.clone();
        let thread = thread::Builder::new().name("ear".to_owned()).spawn(move || {
            let mut listener = Listener::new(mode, ours.clone(), playing);
            let mut wait = RETRY.0;
            while !ours.is_over() {
                let heard = open().and_then(|source| {
                    let mut tell = |sound: Sound| {
                        if matches!(sound, Sound::Ready) {
                            wait = RETRY.0;
                        }
                        tell(sound);
                    };
                    listener.listen(source, &mut tell)
                });
                match heard {
                    Ok(()) => break,
                    Err(error) => {
                        let cause = error.source().map(|cause| format!(": {cause}"));
                        tell(Sound::Lost(format!("{error}{}", cause.unwrap_or_default())));
                        if !S::IS_LIVE {
                            break;
                        }
                    }
                }
                ours.wait(wait);
                wait = (wait * 2).min(RETRY.1);
            }
            tell(Sound::End);
        })?;
        Ok(Self { switches, thread: Some(thread) })
    }

    /// What others may do to it.
    pub fn controls(&self) -> Controls {
        Controls(self.switches.clone())
    }

    /// Whether it listens no more, as where its source has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.switches.end();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
