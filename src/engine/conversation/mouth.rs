//! The mouth: a thread that speaks, and can be hushed at any moment.

use super::super::ear::Playing;
use super::super::memory::tidy;
use super::super::mouth::speak;
use super::super::stopwatch::Stopwatch;
use super::event::{Event, Trouble};
use super::reader::{Read, Reader};
use crate::audio::{self, DeviceSink, Stopper};
use crate::domain::{Adjustment, Earcon, TurnId};
use crate::dsp;
use crate::ports::{AudioSink, Stretches, Voice};
use crate::tts::Dispatcher;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What may wait while a clause is synthesised. The hub hushes an answer before it asks for the next,
/// and what was hushed takes no time.
const WAITING: usize = 64;
/// While there is nothing to do, something is prepared so often.
const REST: Duration = Duration::from_millis(200);
/// There is nothing to do so long after the last of it: where the key is held, its release is to be heard
/// at once.
const QUIET: Duration = Duration::from_secs(5);
/// The device may sleep after so long a silence; it is woken when somebody begins to speak.
const AWAKE: Duration = Duration::from_secs(10);

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

/// How the mouth speaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manner {
    /// 0…100.
    pub volume: u8,
    /// A factor, 0.5…3.
    pub speed: f32,
}

/// A step of the volume, in percent.
const LOUDER: u8 = 15;
/// The lowest volume that steps lead to: whoever asks for less means to hear something still.
const LOWEST: u8 = 10;
/// A step of the speed.
const FASTER: f32 = 1.2;

impl Manner {
    pub(super) fn adjusted(self, adjustment: Adjustment) -> Self {
        let Self { volume, speed } = self;
        match adjustment {
            Adjustment::Louder => Self { volume: volume.saturating_add(LOUDER).min(100), speed },
            Adjustment::Softer => Self { volume: volume.saturating_sub(LOUDER).max(LOWEST), speed },
            Adjustment::Volume(volume) => Self { volume, speed },
            Adjustment::Faster => Self { volume, speed: (speed * FASTER).min(3.0) },
            Adjustment::Slower => Self { volume, speed: (speed / FASTER).max(0.5) },
            Adjustment::Quiet | Adjustment::Sleep | Adjustment::Wake => self,
        }
    }
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
        mut speaker: Speaker<V>,
        lost: String,
        events: SyncSender<Event>,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (tasks, orders) = mpsc::sync_channel::<Task>(WAITING);
        let stopper = Arc::<Mutex<Option<Stopper>>>::default();
        let reader = speaker.dispatcher.take();
        let reader = reader.map(|dispatcher| Reader::new(dispatcher, speaker.playing.clone()));
        let told = events.clone();
        let mut tongue =
            Tongue { speaker, reader, lost, events: told, stopper: Arc::clone(&stopper) };
        if let Some(sink) = &tongue.speaker.sink {
            tongue.take(sink);
        }
        let work = move || {
            let mut orders = Orders { tasks: orders, next: None };
            while let Some(task) = tongue.next_task(&mut orders) {
                let Answer { turn, text, mut watch, hushed } = match task {
                    Task::Answer(answer) => answer,
                    Task::Prepare(text) => {
                        tongue.prepare(&text, Stretches::Short, &mut orders);
                        continue;
                    }
                    Task::Earcon(earcon) => {
                        if let Err(error) = tongue.sound(earcon) {
                            tracing::warn!("an earcon was not played: {error:#}");
                        }
                        continue;
                    }
                    Task::Adjust(adjustment) => {
                        tongue.adjust(adjustment);
                        continue;
                    }
                    Task::Wake => {
                        tongue.wake();
                        continue;
                    }
                };
                let result = tongue.say(&text, &hushed, &mut watch);
                let is_whole = *result.as_ref().unwrap_or(&true) && !hushed.load(Ordering::Relaxed);
                let failed = result.err().map(|error| format!("{error:#}"));
                let watch = is_whole.then_some(watch);
                if events.send(Event::Spoken { turn, watch, failed }).is_err() {
                    return;
                }
            }
        };
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

/// What is to be done, the next of which may be taken already.
struct Orders {
    tasks: Receiver<Task>,
    next: Option<Task>,
}

impl Orders {
    /// The next, which is waited for no longer than `limit`.
    fn next(&mut self, limit: Option<Duration>) -> Result<Task, RecvTimeoutError> {
        match (self.next.take(), limit) {
            (Some(task), _) => Ok(task),
            (None, Some(limit)) => self.tasks.recv_timeout(limit),
            (None, None) => self.tasks.recv().map_err(RecvTimeoutError::from),
        }
    }

    /// Whether there is one.
    fn wait(&mut self) -> bool {
        self.next = self.next.take().or_else(|| self.tasks.try_recv().ok());
        self.next.is_some()
    }
}

/// The thread's side.
struct Tongue<V> {
    speaker: Speaker<V>,
    reader: Option<Reader>,
    /// What is said where the reader is lost.
    lost: String,
    events: SyncSender<Event>,
    stopper: Arc<Mutex<Option<Stopper>>>,
}

impl<V> Tongue<V> {
    /// Speak on `sink` from now on, so that it can be hushed.
    fn take(&self, sink: &DeviceSink) {
        sink.set_volume(f32::from(self.speaker.manner.volume) / 100.0);
        *self.stopper.lock().unwrap_or_else(PoisonError::into_inner) = Some(sink.stopper());
    }
}

impl<V: Voice> Tongue<V> {
    /// The next task; `None` where there will be none. Until it comes, phrases are prepared, and the
    /// device goes to sleep.
    fn next_task(&mut self, orders: &mut Orders) -> Option<Task> {
        let mut rest = QUIET;
        loop {
            let is_awake = self.speaker.sink.as_ref().is_some_and(DeviceSink::is_awake);
            let come = orders.next(match (self.speaker.phrases.is_empty(), is_awake) {
                (false, _) => Some(rest),
                (true, true) => Some(AWAKE),
                (true, false) => None,
            });
            match come {
                Ok(task) => return Some(task),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => rest = REST,
            }
            if let Some(sink) = &mut self.speaker.sink {
                sink.rest_after(AWAKE);
            }
            if let Some(phrase) = self.speaker.phrases.pop_front() {
                self.prepare(&phrase, Stretches::Growing, orders);
                if orders.next.is_some() {
                    // perhaps not all of it
                    self.speaker.phrases.push_front(phrase);
                }
            }
        }
    }

    fn wake(&mut self) {
        let Some(sink) = &mut self.speaker.sink else { return };
        if let Err(error) = sink.wake() {
            // an answer tells it
            tracing::debug!(%error, "the sound device was not woken");
        }
    }

    /// Have `text` ready, as far as that goes until there is something else to do.
    fn prepare(&mut self, text: &str, stretches: Stretches, orders: &mut Orders) {
        if self.reader.as_ref().is_some_and(|reader| !reader.is_lost()) {
            return;
        }
        if let Err(error) = self.speaker.voice.prepare(text, stretches, &mut || !orders.wait()) {
            tracing::warn!(%error, "a phrase was not prepared");
        }
        tidy();
    }

    fn adjust(&mut self, adjustment: Adjustment) {
        let manner = self.speaker.manner.adjusted(adjustment);
        self.speaker.manner = manner;
        self.speaker.voice.set_speed(manner.speed);
        if let Some(sink) = &self.speaker.sink {
            sink.set_volume(f32::from(manner.volume) / 100.0);
        }
        if let Some(reader) = &mut self.reader {
            reader.adjust(adjustment);
        }
    }

    /// The device, opened where it is not, or is one that has gone meanwhile.
    fn sink(&mut self) -> Result<DeviceSink, audio::Error> {
        if let Some(sink) = self.speaker.sink.take()
            && !sink.is_gone()
        {
            return Ok(sink);
        }
        let sink = (self.speaker.open)()?;
        self.take(&sink);
        Ok(sink)
    }

    fn sound(&mut self, earcon: Earcon) -> anyhow::Result<()> {
        let mut sink = self.sink()?;
        sink.resume()?;
        sink.play(&dsp::earcon(earcon))?;
        self.speaker.sink = Some(sink);
        Ok(())
    }

    /// Speak `text`, by the reader where there is one; whether it was not cut off there.
    fn say(
        &mut self,
        text: &str,
        hushed: &AtomicBool,
        watch: &mut Stopwatch,
    ) -> anyhow::Result<bool> {
        let Some(reader) = self.reader.as_mut().filter(|_| !hushed.load(Ordering::Relaxed)) else {
            return self.say_ourselves(text, hushed, watch).map(|()| true);
        };
        let read = reader.say(text, hushed, watch);
        let is_lost = reader.is_lost();
        let mut text = Cow::from(text);
        let trouble = match read {
            Read::Cancelled => return Ok(false),
            Read::Whole { is_back } => is_back.then_some(Trouble::DispatcherBack),
            Read::Lost(why) => why.map(|why| {
                text = format!("{} {text}", self.lost).into();
                Trouble::Dispatcher(why.to_string())
            }),
        };
        if let Some(trouble) = trouble {
            // where nobody listens any more it is all over
            let _ = self.events.send(Event::Trouble(trouble));
        }
        if is_lost {
            self.say_ourselves(&text, hushed, watch)?;
        }
        Ok(true)
    }

    /// Speak `text`; anew on another device, where the one that was open has gone.
    fn say_ourselves(
        &mut self,
        text: &str,
        hushed: &AtomicBool,
        watch: &mut Stopwatch,
    ) -> anyhow::Result<()> {
        let was_open = self.speaker.sink.is_some();
        match self.try_to_say(text, hushed, watch) {
            Err(error) if was_open && !hushed.load(Ordering::Relaxed) => {
                tracing::warn!("an answer is begun anew: {error:#}");
                self.try_to_say(text, hushed, watch)
            }
            said => said,
        }
    }

    fn try_to_say(
        &mut self,
        text: &str,
        hushed: &AtomicBool,
        watch: &mut Stopwatch,
    ) -> anyhow::Result<()> {
        if hushed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut sink = self.sink()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stay_within_what_can_be_heard() {
        let mut manner = Manner { volume: 80, speed: 1.0 };
        for (adjustment, volume) in
            [(Adjustment::Louder, 95), (Adjustment::Louder, 100), (Adjustment::Volume(20), 20)]
        {
            manner = manner.adjusted(adjustment);
            assert_eq!(manner.volume, volume);
        }
        manner = manner.adjusted(Adjustment::Softer);
        assert_eq!(manner.volume, LOWEST);
        let faster = manner.adjusted(Adjustment::Faster);
        assert!(faster.speed > 1.0);
        assert!((faster.adjusted(Adjustment::Slower).speed - 1.0).abs() < 1e-6);
        assert_eq!(manner.adjusted(Adjustment::Sleep), manner);
    }
}
