//! The mouth: a thread that speaks, and can be hushed at any moment.

mod tongue;

use super::super::ear::Playing;
use super::super::stopwatch::Stopwatch;
use super::event::Event;
use super::manner::Manner;
use crate::audio::{self, DeviceSink, Stopper};
use crate::domain::{Adjustment, Earcon, TurnId};
use crate::ports::Voice;
use crate::tts::Dispatcher;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use tongue::Tongue;

/// What may wait while a clause is synthesised. The hub hushes an answer before it asks for the next,
/// and what was hushed takes no time.
const WAITING: usize = 64;

/// What answers are spoken with.
pub struct Speaker<V> {
    /// The voice.
    pub voice: V,
    /// Who speaks answers in place of the voice, as long as that can be reached.
    pub dispatcher: Option<Dispatcher>,
    /// The device, where it is open already.
    pub sink: Option<DeviceSink>,
    /// Opens the device, again where it was lost.
    pub open: Box<dyn FnMut() -> Result<DeviceSink, audio::Error> + Send>,
    /// Where the ear finds what is played.
    pub playing: Playing,
    /// How it speaks at first.
    pub manner: Manner,
    /// What is prepared to be spoken while there is nothing else to do.
    pub phrases: VecDeque<String>,
}

/// Something to do.
#[derive(Debug)]
enum Task {
    Answer(Answer),
    Prepare(String),
    Earcon(Earcon),
    Adjust(Adjustment),
    Wake,
}

/// An answer to be spoken.
#[derive(Debug)]
struct Answer {
    turn: TurnId,
    text: String,
    watch: Stopwatch,
    hushed: Arc<AtomicBool>,
}

/// It does not take what it is to do: its device takes nothing, or its thread has ended.
#[derive(Debug, thiserror::Error)]
#[error("the mouth has too much to do")]
pub(super) struct TooMuch;

/// The mouth, from outside.
pub(super) struct Mouth {
    tasks: SyncSender<Task>,
    /// Silences the device that is in use.
    stopper: Arc<Mutex<Option<Stopper>>>,
    /// Silences the last answer asked for.
    hushed: Arc<AtomicBool>,
}

impl Mouth {
    /// Start it; it ends with the sender. `lost` is said before the first answer that somebody else should
    /// have spoken.
    pub(super) fn start<V: Voice + Send + 'static>(
        speaker: Speaker<V>,
        lost: String,
        events: SyncSender<Event>,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (tasks, waiting) = mpsc::sync_channel::<Task>(WAITING);
        let stopper = Arc::<Mutex<Option<Stopper>>>::default();
        let tongue = Tongue::new(speaker, lost, events, Arc::clone(&stopper));
        let work = move || tongue.work(waiting);
        let thread = thread::Builder::new().name("mouth".to_owned()).spawn(work)?;
        Ok((Self { tasks, stopper, hushed: Arc::default() }, thread))
    }

    /// Speak `text`; the event [`Event::Spoken`] follows, soon where the device is lost.
    ///
    /// # Errors
    /// Too much waits to be spoken or played: no event follows.
    pub(super) fn say(
        &mut self,
        turn: TurnId,
        text: String,
        watch: Stopwatch,
    ) -> Result<(), TooMuch> {
        self.hushed = Arc::default();
        let hushed = Arc::clone(&self.hushed);
        self.tasks.try_send(Task::Answer(Answer { turn, text, watch, hushed })).map_err(|_| TooMuch)
    }

    /// Have `text` ready to be spoken soon.
    pub(super) fn prepare(&self, text: String) {
        self.task(Task::Prepare(text));
    }

    /// Play an earcon.
    pub(super) fn sound(&self, earcon: Earcon) {
        self.task(Task::Earcon(earcon));
    }

    /// Speak otherwise from now on.
    pub(super) fn adjust(&self, adjustment: Adjustment) {
        self.task(Task::Adjust(adjustment));
    }

    /// Have the device ready: an answer may follow.
    pub(super) fn wake(&self) {
        self.task(Task::Wake);
    }

    fn task(&self, task: Task) {
        if self.tasks.try_send(task).is_err() {
            tracing::warn!("{TooMuch}");
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
