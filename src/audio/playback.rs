//! Speech to an audio device.

use super::Error;
use super::monitor::MonitorSlot;
use super::output::Control;
use super::stream::OutputStream;
use crate::domain::Speech;
use crate::ports::AudioSink;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often a waiting thread looks again. The callback may not wake it, as that could block.
const POLL: Duration = Duration::from_millis(5);
/// A device that takes nothing for so long is given up.
const STALL_LIMIT: Duration = Duration::from_secs(5);
/// The same before anything is to be played, when nothing is lost by opening it anew.
const IDLE_LIMIT: Duration = Duration::from_secs(1);
/// What was played has sounded so much later than its length tells.
const DELAY: Duration = Duration::from_millis(250);

/// Plays speech on an output device.
///
/// On a sound server what is said after a silence gets a stream of its own, which begins at once; in
/// between there may be one that keeps the device awake ([`DeviceSink::wake`]), since one that has to
/// wake up first swallows the beginning of a word, or none. A device without a server, which only one
/// stream may have, keeps its stream for as long as this lives.
pub struct DeviceSink {
    name: Option<String>,
    stream: Option<OutputStream>,
    control: Arc<Control>,
    monitor: MonitorSlot,
    /// Until when what was played sounds, as far as is known, or until when it was to be awake.
    busy_until: Instant,
}

/// Silences a [`DeviceSink`] from another thread.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<Control>);

impl Stopper {
    /// Drops what is queued, within one buffer of the device (48 ms), and lets a waiting
    /// [`play`](AudioSink::play) or [`finish`](AudioSink::finish) return. What is played after is
    /// dropped as well, until [`DeviceSink::resume`].
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Release);
    }
}

impl DeviceSink {
    /// Opens the output device of this name (or cpal identifier), or the default one; what is played
    /// can be heard in `monitor`.
    ///
    /// # Errors
    /// No audio system, no such device, one that refuses, or no answer within 5 s.
    pub fn open(name: Option<&str>, monitor: MonitorSlot) -> Result<Self, Error> {
        let mut sink = Self {
            name: name.map(str::to_owned),
            stream: None,
            control: Arc::default(),
            monitor,
            busy_until: Instant::now(),
        };
        sink.begin(None)?;
        Ok(sink)
    }

    /// A handle that silences this sink.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.control))
    }

    /// Plays at `percent` of full volume, at most 100, from now on.
    pub fn set_volume(&self, percent: u8) {
        // 0 bits stand for 1; the least number above is as silent
        let volume = (f32::from(percent) / 100.0).clamp(f32::MIN_POSITIVE, 1.0);
        self.control.volume.store(volume.to_bits(), Ordering::Relaxed);
    }

    /// Plays again after [`Stopper::stop`], nothing of what was queued before.
    ///
    /// # Errors
    /// The device does not respond.
    pub fn resume(&mut self) -> Result<(), Error> {
        if self.is_stopped() {
            self.stream.take_if(|stream| stream.is_shared);
            if let Some(stream) = &mut self.stream {
                stream.joiner.forget();
                stream.shared.speaking.store(false, Ordering::Release);
                while !stream.is_empty() {
                    wait(stream)?;
                }
            }
            self.control.stopped.store(false, Ordering::Release);
            self.busy_until = Instant::now();
        }
        Ok(())
    }

    /// Has the device ready for what will be played soon.
    ///
    /// # Errors
    /// As of [`DeviceSink::open`].
    pub fn wake(&mut self) -> Result<(), Error> {
        self.busy_until = self.busy_until.max(Instant::now());
        if self.stream.is_none() {
            self.begin(None)?;
        }
        Ok(())
    }

    /// Lets the device sleep if nothing was played on it for so long, and it was not woken.
    pub fn rest_after(&mut self, silence: Duration) {
        if self.busy_until.elapsed() >= silence {
            self.stream.take_if(|stream| stream.is_shared);
        }
    }

    /// Whether it is ready to play at once.
    pub fn is_awake(&self) -> bool {
        self.stream.is_some()
    }

    /// Whether the device has gone, or has asked for nothing for a second: nothing more will sound.
    pub fn is_gone(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| stream.is_gone(IDLE_LIMIT))
    }

    /// Opens a stream in place of the one there is, that plays `first` at once; what of it found no
    /// room.
    fn begin(&mut self, first: Option<&Speech>) -> Result<Vec<f32>, Error> {
        let opened = OutputStream::open(self.name.as_deref(), first, &self.control);
        let (stream, monitor, rest) = opened?;
        *self.monitor.lock().unwrap_or_else(PoisonError::into_inner) = Some(monitor);
        self.stream = Some(stream);
        Ok(rest)
    }

    fn is_stopped(&self) -> bool {
        self.control.stopped.load(Ordering::Acquire)
    }
}

impl AudioSink for DeviceSink {
    type Error = Error;

    /// Waits only while more than 10 s are queued.
    fn play(&mut self, speech: &Speech) -> Result<(), Error> {
        if self.is_stopped() {
            return Ok(());
        }
        let now = Instant::now();
        let is_silent = self.busy_until + DELAY < now;
        let seconds = speech.samples.len() as f64 / f64::from(speech.rate_hz.max(1));
        self.busy_until = self.busy_until.max(now) + Duration::from_secs_f64(seconds);
        let samples = match &mut self.stream {
            Some(stream) if !(stream.is_shared && is_silent) => stream.joiner.take(speech)?,
            _ => self.begin(Some(speech))?,
        };
        let mut rest = samples.as_slice();
        while let Some(stream) = &mut self.stream
            && !self.control.stopped.load(Ordering::Acquire)
        {
            (_, rest) = stream.ring.push_partial_slice(rest);
            stream.shared.speaking.store(true, Ordering::Release);
            if rest.is_empty() {
                break;
            }
            wait(stream)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        let Some(stream) = &self.stream else { return Ok(()) };
        stream.shared.speaking.store(false, Ordering::Release);
        while !stream.is_empty() && !self.is_stopped() {
            wait(stream)?;
        }
        let tail = Duration::from_micros(stream.shared.tail_us.swap(0, Ordering::AcqRel));
        let sounded = Instant::now() + tail;
        while Instant::now() < sounded && !self.is_stopped() {
            wait(stream)?;
        }
        let gaps = stream.shared.underruns.swap(0, Ordering::Relaxed);
        if gaps > 0 {
            tracing::debug!(gaps, "playback ran dry in the middle of an answer");
        }
        Ok(())
    }
}

/// Wait for the device for one [`POLL`], and notice when it has died.
fn wait(stream: &OutputStream) -> Result<(), Error> {
    if stream.shared.gone.load(Ordering::Acquire) {
        return Err(Error::Gone);
    }
    if stream.shared.idle() > STALL_LIMIT {
        return Err(Error::Stalled(STALL_LIMIT.as_millis()));
    }
    thread::sleep(POLL);
    Ok(())
}
