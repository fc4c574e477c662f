//! Speech to an audio device.

use super::Error;
use super::host::{OPEN_LIMIT, OpenStream, buffer_size, by_sample_format, choose, host, within};
use super::monitor::Monitor;
use super::output::{Feed, Shared};
use crate::domain::Speech;
use crate::dsp;
use crate::ports::AudioSink;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{ErrorKind, FromSample, SizedSample, Stream, StreamConfig};
use rtrb::{Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

/// Speech that can be queued ahead. Synthesis is some ten times faster than speech, so this much
/// lets it run to the end of most answers without waiting.
const RING_SECONDS: usize = 10;
/// How often a waiting thread looks again. The callback may not wake it, as that could block.
const POLL: Duration = Duration::from_millis(5);
/// A device that takes nothing for so long is given up.
const STALL_LIMIT: Duration = Duration::from_secs(5);
/// The same before anything is to be played, when nothing is lost by opening it anew.
const IDLE_LIMIT: Duration = Duration::from_secs(1);

/// Plays speech on an output device. Keep it: the stream stays open and plays silence in between,
/// since a device that has to wake up first swallows the beginning of a word.
pub struct DeviceSink {
    ring: Producer<f32>,
    rate_hz: u32,
    shared: Arc<Shared>,
    monitor: Option<Monitor>,
    _stream: OpenStream,
}

/// Silences a [`DeviceSink`] from another thread.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<Shared>);

impl Stopper {
    /// Drops what is queued, within one buffer of the device (40 ms), and lets a waiting
    /// [`play`](AudioSink::play) or [`finish`](AudioSink::finish) return. What is played after is
    /// dropped as well, until [`DeviceSink::resume`].
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Release);
    }
}

impl DeviceSink {
    /// Opens the output device of this name (or cpal identifier), or the default one.
    ///
    /// # Errors
    /// No audio system, no such device, one that refuses, or no answer within 5 s.
    pub fn open(name: Option<&str>) -> Result<Self, Error> {
        let name = name.map(str::to_owned);
        within(OPEN_LIMIT, move || Self::open_blocking(name))
    }

    fn open_blocking(name: Option<String>) -> Result<Self, Error> {
        let host = host()?;
        let device = choose(name, host.default_output_device(), || host.output_devices())?;
        let supported = device.default_output_config().map_err(Error::Open)?;
        let mut config = supported.config();
        config.buffer_size = buffer_size(supported.buffer_size(), config.sample_rate);
        let rate_hz = config.sample_rate;
        let (ring, consumer) = RingBuffer::new(rate_hz as usize * RING_SECONDS);
        let shared = Arc::new(Shared::default());
        let (copy, monitor) = Monitor::new(rate_hz)?;
        let feed = Feed::new(consumer, copy, config.channels, rate_hz, Arc::clone(&shared));
        let stream = by_sample_format!(
            supported.sample_format(),
            stream(&device, config, feed, Arc::clone(&shared))
        )
        .map_err(Error::Open)?;
        stream.play().map_err(Error::Open)?;
        let stream = OpenStream::new(stream);
        Ok(Self { ring, rate_hz, shared, monitor: Some(monitor), _stream: stream })
    }

    /// A handle that silences this sink.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.shared))
    }

    /// Multiplies what is played by `volume`, 0…1, from now on.
    pub fn set_volume(&self, volume: f32) {
        // 0 bits stand for 1; the least number above is as silent
        let volume = volume.clamp(f32::MIN_POSITIVE, 1.0);
        self.shared.volume.store(volume.to_bits(), Ordering::Relaxed);
    }

    /// What this sink plays, for one listener; `None` where one has it already.
    pub fn monitor(&mut self) -> Option<Monitor> {
        self.monitor.take()
    }

    /// Plays again after [`Stopper::stop`], once all that was queued before is gone.
    ///
    /// # Errors
    /// The device does not respond.
    pub fn resume(&mut self) -> Result<(), Error> {
        if self.shared.stopped.load(Ordering::Acquire) {
            self.shared.speaking.store(false, Ordering::Release);
            while !self.is_empty() {
                self.wait()?;
            }
            self.shared.stopped.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// Whether the device has gone, or has asked for nothing for a second: nothing more will sound.
    pub fn is_gone(&self) -> bool {
        self.shared.gone.load(Ordering::Acquire) || self.shared.idle() > IDLE_LIMIT
    }

    /// How often playback has run dry in the middle of an answer, since the sink was opened.
    pub fn underruns(&self) -> u64 {
        self.shared.underruns.load(Ordering::Relaxed)
    }

    fn is_empty(&self) -> bool {
        self.ring.slots() == self.ring.buffer().capacity()
    }

    /// Wait for the device for one [`POLL`], and notice when it has died.
    fn wait(&self) -> Result<(), Error> {
        if self.shared.gone.load(Ordering::Acquire) {
            return Err(Error::Gone);
        }
        if self.shared.idle() > STALL_LIMIT {
            return Err(Error::Stalled(STALL_LIMIT.as_millis()));
        }
        thread::sleep(POLL);
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::Acquire)
    }
}

impl AudioSink for DeviceSink {
    type Error = Error;

    /// Waits only while more than 10 s are queued.
    fn play(&mut self, speech: &Speech) -> Result<(), Error> {
        let samples = dsp::resample(&speech.samples, speech.rate_hz, self.rate_hz)?;
        let mut rest = samples.as_slice();
        while !self.is_stopped() {
            (_, rest) = self.ring.push_partial_slice(rest);
            self.shared.speaking.store(true, Ordering::Release);
            if rest.is_empty() {
                return Ok(());
            }
            self.wait()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.shared.speaking.store(false, Ordering::Release);
        while !self.is_empty() && !self.is_stopped() {
            self.wait()?;
        }
        let tail = Duration::from_micros(self.shared.tail_us.swap(0, Ordering::AcqRel));
        let sounded = Instant::now() + tail;
        while Instant::now() < sounded && !self.is_stopped() {
            self.wait()?;
        }
        Ok(())
    }
}

fn stream<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    config: StreamConfig,
    mut feed: Feed,
    shared: Arc<Shared>,
) -> Result<Stream, cpal::Error> {
    device.build_output_stream::<T, _, _>(
        config,
        move |buffer, info| {
            let at = info.timestamp();
            feed.fill(buffer, at.playback.duration_since(at.callback));
        },
        move |error| match error.kind() {
            ErrorKind::Xrun => {
                shared.underruns.fetch_add(1, Ordering::Relaxed);
            }
            // Playback goes on.
            ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
            _ => shared.gone.store(true, Ordering::Release),
        },
        Some(OPEN_LIMIT),
    )
}
