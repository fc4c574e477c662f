//! One stream to an output device.

use super::Error;
use super::host::{
    OPEN_LIMIT, OpenStream, buffer_size, by_sample_format, choose, is_server, with_host, within,
};
use super::joiner::Joiner;
use super::monitor::Monitor;
use super::output::{Control, Feed, Shared};
use crate::domain::Speech;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{ErrorKind, FromSample, SizedSample, Stream, StreamConfig};
use rtrb::{Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Length of the device's buffer. With 20 ms, streams dropped out on a busy machine, and the longer it
/// is, the later the voice stops.
const BUFFER_MS: u32 = 48;
/// Speech that can be queued ahead. Synthesis is some ten times faster than speech, so this much
/// lets it run to the end of most answers without waiting.
const RING_SECONDS: usize = 10;

/// An open stream; it plays silence where nothing is queued.
pub(super) struct OutputStream {
    pub(super) ring: Producer<f32>,
    pub(super) joiner: Joiner,
    /// Others may play on the device meanwhile, so that a stream costs little to open.
    pub(super) is_shared: bool,
    pub(super) shared: Arc<Shared>,
    _stream: OpenStream,
}

/// A stream, what there is to hear of it, and what of its first samples found no room in it.
pub(super) type Opened = (OutputStream, Monitor, Vec<f32>);

impl OutputStream {
    /// Opens a stream to the device of this name (or cpal identifier), or the default one, that plays
    /// `first` at once. What a running stream is given waits behind the silence that the device has
    /// taken already, up to 80 ms of it.
    ///
    /// # Errors
    /// No audio system, no such device, one that refuses, or no answer within 5 s.
    pub(super) fn open(
        name: Option<&str>,
        first: Option<&Speech>,
        control: &Arc<Control>,
    ) -> Result<Opened, Error> {
        let (name, control) = (name.map(str::to_owned), Arc::clone(control));
        let first = first.cloned();
        within(OPEN_LIMIT, move || {
            with_host(|host| Self::open_on(host, name.as_deref(), first.as_ref(), &control))
        })
    }

    fn open_on(
        host: &Arc<cpal::Host>,
        name: Option<&str>,
        first: Option<&Speech>,
        control: &Arc<Control>,
    ) -> Result<Opened, Error> {
        let device = choose(name, host.default_output_device(), || host.output_devices())?;
        let supported = device.default_output_config().map_err(Error::Open)?;
        let mut config = supported.config();
        config.buffer_size = buffer_size(supported.buffer_size(), config.sample_rate, BUFFER_MS);
        let rate_hz = config.sample_rate;
        let mut joiner = Joiner::new(rate_hz);
        let samples = first.map_or_else(|| Ok(Vec::new()), |first| joiner.take(first))?;
        let (mut ring, consumer) = RingBuffer::new(rate_hz as usize * RING_SECONDS);
        let (_, rest) = ring.push_partial_slice(&samples);
        let rest = rest.to_vec();
        let shared = Arc::new(Shared::default());
        shared.speaking.store(!samples.is_empty(), Ordering::Release);
        let (copy, monitor) = Monitor::new(rate_hz, Arc::clone(&shared))?;
        let channels = config.channels;
        let feed =
            Feed::new(consumer, copy, channels, rate_hz, Arc::clone(control), Arc::clone(&shared));
        let stream = by_sample_format!(
            supported.sample_format(),
            stream(&device, config, feed, Arc::clone(&shared))
        )
        .map_err(Error::Open)?;
        stream.play().map_err(Error::Open)?;
        let is_shared = is_server(host);
        let stream = OpenStream::new(stream, host);
        Ok((Self { ring, joiner, is_shared, shared, _stream: stream }, monitor, rest))
    }

    /// Whether all that was queued has been handed to the device.
    pub(super) fn is_empty(&self) -> bool {
        self.ring.slots() == self.ring.buffer().capacity()
    }

    /// Whether the device has gone, or has asked for nothing for longer than `limit`.
    pub(super) fn is_gone(&self, limit: Duration) -> bool {
        self.shared.gone.load(Ordering::Acquire) || self.shared.idle() > limit
    }
}

impl Drop for OutputStream {
    fn drop(&mut self) {
        // it is closed by and by, and shall be silent at once
        self.shared.over.store(true, Ordering::Release);
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
