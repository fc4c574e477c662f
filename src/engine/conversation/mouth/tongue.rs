//! The mouth's thread: what it does, and what it prepares while there is nothing to do.

use super::super::super::memory::tidy;
use super::super::super::mouth::speak;
use super::super::super::stopwatch::Stopwatch;
use super::super::event::{Event, Trouble};
use super::super::reader::{Read, Reader};
use super::{Answer, Speaker, Task};
use crate::audio::{self, DeviceSink, Stopper};
use crate::domain::{Adjustment, Earcon};
use crate::dsp;
use crate::ports::{AudioSink, Occasion, Voice};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// While there is nothing to do, something is prepared so often.
const REST: Duration = Duration::from_millis(200);
/// There is nothing to do so long after the last of it: where the key is held, its release is to be heard
/// at once.
const QUIET: Duration = Duration::from_secs(5);
/// The device may sleep after so long a silence; it is woken when somebody begins to speak.
const AWAKE: Duration = Duration::from_secs(10);

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

/// The mouth's thread.
pub(super) struct Tongue<V> {
    speaker: Speaker<V>,
    reader: Option<Reader>,
    /// What is said where the reader is lost.
    lost: String,
    events: SyncSender<Event>,
    stopper: Arc<Mutex<Option<Stopper>>>,
}

impl<V> Tongue<V> {
    /// Speak by `speaker`, tell `events` of it, and be hushed by `stopper`; `lost` is said where the reader
    /// is lost.
    pub(super) fn new(
        mut speaker: Speaker<V>,
        lost: String,
        events: SyncSender<Event>,
        stopper: Arc<Mutex<Option<Stopper>>>,
    ) -> Self {
        let reader = speaker.dispatcher.take();
        let reader = reader.map(|dispatcher| Reader::new(dispatcher, speaker.playing.clone()));
        let tongue = Self { speaker, reader, lost, events, stopper };
        if let Some(sink) = &tongue.speaker.sink {
            tongue.take(sink);
        }
        tongue
    }

    /// Speak on `sink` from now on, so that it can be hushed.
    fn take(&self, sink: &DeviceSink) {
        sink.set_volume(self.speaker.manner.volume);
        *self.stopper.lock().unwrap_or_else(PoisonError::into_inner) = Some(sink.stopper());
    }
}

impl<V: Voice> Tongue<V> {
    /// Do what there is to do, until nobody asks for more or listens.
    pub(super) fn work(mut self, tasks: Receiver<Task>) {
        let mut orders = Orders { tasks, next: None };
        while let Some(task) = self.next_task(&mut orders) {
            match task {
                Task::Answer(answer) => {
                    let spoken = self.answer(answer);
                    if self.events.send(spoken).is_err() {
                        return;
                    }
                }
                Task::Prepare(text) => self.prepare(&text, Occasion::Soon, &mut orders),
                Task::Earcon(earcon) => {
                    if let Err(error) = self.sound(earcon) {
                        tracing::warn!("an earcon was not played: {error:#}");
                    }
                }
                Task::Adjust(adjustment) => self.adjust(adjustment),
                Task::Wake => self.wake(),
            }
        }
    }

    /// Speak an answer; what came of it.
    fn answer(&mut self, Answer { turn, text, mut watch, hushed }: Answer) -> Event {
        let result = self.say(&text, &hushed, &mut watch);
        let is_whole = *result.as_ref().unwrap_or(&true) && !hushed.load(Ordering::Relaxed);
        let failed = result.err().map(|error| format!("{error:#}"));
        Event::Spoken { turn, watch: is_whole.then_some(watch), failed }
    }

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
                self.prepare(&phrase, Occasion::Often, orders);
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
    fn prepare(&mut self, text: &str, occasion: Occasion, orders: &mut Orders) {
        if self.reader.as_ref().is_some_and(|reader| !reader.is_lost()) {
            return;
        }
        if let Err(error) = self.speaker.voice.prepare(text, occasion, &mut || !orders.wait()) {
            tracing::warn!(%error, "a phrase was not prepared");
        }
        tidy();
    }

    fn adjust(&mut self, adjustment: Adjustment) {
        let manner = self.speaker.manner.adjusted(adjustment);
        self.speaker.manner = manner;
        self.speaker.voice.set_speed(manner.speed);
        if let Some(sink) = &self.speaker.sink {
            sink.set_volume(manner.volume);
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
