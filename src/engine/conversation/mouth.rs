//! The mouth: a thread that speaks, and can be hushed at any moment.

use super::super::ear::Playing;
use super::super::mouth::speak;
use super::super::stopwatch::Stopwatch;
use super::event::Event;
use crate::audio::{self, DeviceSink, Stopper};
use crate::domain::TurnId;
use crate::ports::{AudioSink, Voice};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// Answers that may wait; the hub hushes one before it asks for the next.
const WAITING: usize = 4;

/// What answers are spoken with.
pub struct Speaker<V> {
    /// The voice.
    pub voice: V,
    /// The device, where it is open already.
    pub sink: Option<DeviceSink>,
    /// Opens the device, again where it was lost.
    pub open: Box<dyn FnMut() -> Result<DeviceSink, audio::Error> + Send>,
    /// Where the ear finds what is played.
    pub playing: Playing,
}

/// An answer to be spoken.
#[derive(Debug)]
struct Answer {
    turn: TurnId,
    text: String,
    watch: Stopwatch,
    hushed: Arc<AtomicBool>,
}

/// The mouth, from outside.
pub(super) struct Mouth {
    answers: SyncSender<Answer>,
    /// Silences the device that is in use.
    stopper: Arc<Mutex<Option<Stopper>>>,
    /// Silences the last answer asked for.
    hushed: Arc<AtomicBool>,
}

impl Mouth {
    /// Start it; it ends with the sender.
    pub(super) fn start<V: Voice + Send + 'static>(
        speaker: Speaker<V>,
        events: SyncSender<Event>,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (answers, orders) = mpsc::sync_channel::<Answer>(WAITING);
        let stopper = Arc::<Mutex<Option<Stopper>>>::default();
        let mut tongue = Tongue { speaker, stopper: Arc::clone(&stopper) };
        if let Some(mut sink) = tongue.speaker.sink.take() {
            tongue.take(&mut sink);
            tongue.speaker.sink = Some(sink);
        }
        let work = move || {
            while let Ok(Answer { turn, text, mut watch, hushed }) = orders.recv() {
                let result = tongue.say(&text, &hushed, &mut watch);
                let failed = result.err().map(|error| format!("{error:#}"));
                let watch = (!hushed.load(Ordering::Relaxed)).then_some(watch);
                if events.send(Event::Spoken { turn, watch, failed }).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("mouth".to_owned()).spawn(work)?;
        Ok((Self { answers, stopper, hushed: Arc::default() }, thread))
    }

    /// Speak `text`; the event [`Event::Spoken`] follows, soon where the device is lost.
    pub(super) fn say(&mut self, turn: TurnId, text: String, watch: Stopwatch) {
        self.hushed = Arc::default();
        let hushed = Arc::clone(&self.hushed);
        if self.answers.try_send(Answer { turn, text, watch, hushed }).is_err() {
            tracing::warn!("an answer was not spoken: others still wait");
        }
    }

    /// Be silent at once; what was to be spoken is dropped.
    pub(super) fn hush(&self) {
        self.hushed.store(true, Ordering::Relaxed);
        if let Some(stopper) = &*self.stopper.lock().unwrap_or_else(PoisonError::into_inner) {
            stopper.stop();
        }
    }
}

/// The thread's side.
struct Tongue<V> {
    speaker: Speaker<V>,
    stopper: Arc<Mutex<Option<Stopper>>>,
}

impl<V> Tongue<V> {
    /// Speak on `sink` from now on, so that it can be hushed and the ear knows what it plays.
    fn take(&mut self, sink: &mut DeviceSink) {
        *self.stopper.lock().unwrap_or_else(PoisonError::into_inner) = Some(sink.stopper());
        *self.speaker.playing.lock().unwrap_or_else(PoisonError::into_inner) = sink.monitor();
    }
}

impl<V: Voice> Tongue<V> {
    fn say(
        &mut self,
        text: &str,
        hushed: &AtomicBool,
        watch: &mut Stopwatch,
    ) -> anyhow::Result<()> {
        if hushed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut sink = if let Some(sink) = self.speaker.sink.take() {
            sink
        } else {
            let mut sink = (self.speaker.open)()?;
            self.take(&mut sink);
            sink
        };
        // a sink that failed is not kept: the next answer opens it anew
        sink.resume()?;
        if hushed.load(Ordering::Relaxed) {
            sink.stopper().stop(); // it came while the sink forgot an older one
        }
        let spoken = speak(text, &mut self.speaker.voice, &mut sink, hushed, watch);
        let finished = sink.finish();
        watch.lap("play out");
        spoken?;
        finished?;
        self.speaker.sink = Some(sink);
        Ok(())
    }
}
