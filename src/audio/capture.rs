//! Speech from an audio device.

use super::Error;
use super::host::{OPEN_LIMIT, OpenStream, buffer_size, by_sample_format, choose, host, within};
use crate::domain::SPEECH_RATE_HZ;
use crate::dsp::StreamResampler;
use crate::ports::AudioSource;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, FromSample, SizedSample, Stream, StreamConfig};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Audio that the callback can leave behind before it is fetched.
const RING_SECONDS: usize = 4;
/// How often a waiting reader looks again. The callback may not wake it, as that could block.
const POLL: Duration = Duration::from_millis(5);
/// A device that gives nothing for so long is given up.
const STALL_LIMIT: Duration = Duration::from_secs(5);

/// What the callback and the reader tell each other.
#[derive(Default)]
struct Shared {
    overruns: AtomicU64,
    gone: AtomicBool,
}

/// An input device, which is open, and records, for as long as this lives.
pub struct Microphone {
    ring: Consumer<f32>,
    resampler: StreamResampler,
    shared: Arc<Shared>,
    /// When the last buffer was fetched, and how long after that none comes.
    fetched: (Instant, Duration),
    _stream: OpenStream,
}

impl Microphone {
    /// Opens the input device of this name (or cpal identifier), or the default one.
    ///
    /// # Errors
    /// No audio system, no such device, one that refuses, or no answer within 5 s.
    pub fn open(name: Option<&str>) -> Result<Self, Error> {
        let name = name.map(str::to_owned);
        within(OPEN_LIMIT, move || Self::open_blocking(name))
    }

    fn open_blocking(name: Option<String>) -> Result<Self, Error> {
        let host = host()?;
        let device = choose(name, host.default_input_device(), || host.input_devices())?;
        let supported = device.default_input_config().map_err(Error::Open)?;
        let mut config = supported.config();
        config.buffer_size = buffer_size(supported.buffer_size(), config.sample_rate);
        let between = match config.buffer_size {
            BufferSize::Fixed(frames) => {
                Duration::from_secs(frames.into()) / config.sample_rate.max(1) * 3 / 4
            }
            BufferSize::Default => Duration::ZERO,
        };
        let fetched = (Instant::now(), between);
        let resampler = StreamResampler::new(config.sample_rate, SPEECH_RATE_HZ)?;
        let (feed, ring) = RingBuffer::new(config.sample_rate as usize * RING_SECONDS);
        let shared = Arc::new(Shared::default());
        let stream = by_sample_format!(
            supported.sample_format(),
            stream(&device, config, feed, Arc::clone(&shared))
        )
        .map_err(Error::Open)?;
        stream.play().map_err(Error::Open)?;
        Ok(Self { ring, resampler, shared, fetched, _stream: OpenStream::new(stream) })
    }
}

impl AudioSource for Microphone {
    type Error = Error;
    const IS_LIVE: bool = true;

    fn read(&mut self, samples: &mut Vec<f32>) -> Result<bool, Error> {
        let since = Instant::now();
        let (fetched, between) = self.fetched;
        // it is waited for all day, and should cost next to nothing
        thread::sleep(between.saturating_sub(since - fetched));
        while self.ring.slots() == 0 {
            if self.shared.gone.load(Ordering::Acquire) {
                return Err(Error::Gone);
            }
            if since.elapsed() > STALL_LIMIT {
                return Err(Error::Stalled(STALL_LIMIT.as_millis()));
            }
            thread::sleep(POLL);
        }
        if let Ok(chunk) = self.ring.read_chunk(self.ring.slots()) {
            let (first, second) = chunk.as_slices();
            self.resampler.push(first, samples)?;
            self.resampler.push(second, samples)?;
            chunk.commit_all();
        }
        self.fetched.0 = Instant::now();
        let lost = self.shared.overruns.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(lost, "samples were lost, as nobody fetched them in time");
        }
        Ok(true)
    }
}

fn stream<T: SizedSample>(
    device: &cpal::Device,
    config: StreamConfig,
    mut feed: Producer<f32>,
    shared: Arc<Shared>,
) -> Result<Stream, cpal::Error>
where
    f32: FromSample<T>,
{
    let channels = usize::from(config.channels).max(1);
    let on_error = Arc::clone(&shared);
    device.build_input_stream::<T, _, _>(
        config,
        move |buffer, _| {
            let lost = collect(buffer, channels, &mut feed);
            shared.overruns.fetch_add(lost, Ordering::Relaxed);
        },
        move |error| match error.kind() {
            // Recording goes on.
            ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
            _ => on_error.gone.store(true, Ordering::Release),
        },
        Some(OPEN_LIMIT),
    )
}

/// What runs in the device's callback: the mean of each frame's channels into the ring; how many
/// samples found no room. Neither allocates, locks, logs nor waits.
fn collect<T: Copy>(buffer: &[T], channels: usize, feed: &mut Producer<f32>) -> u64
where
    f32: FromSample<T>,
{
    let frames = buffer.len() / channels;
    let room = frames.min(feed.slots());
    if let Ok(chunk) = feed.write_chunk_uninit(room) {
        chunk.fill_from_iter(buffer.chunks_exact(channels).map(|frame| {
            let sum: f32 = frame.iter().map(|&sample| f32::from_sample_(sample)).sum();
            sum / channels as f32
        }));
    }
    (frames - room) as u64
}

#[cfg(test)]
mod tests {
    use super::super::allocation::most_held;
    use super::*;

    #[test]
    fn the_callback_allocates_nothing_whether_or_not_there_is_room() {
        let (mut feed, mut ring) = RingBuffer::new(64);
        let held = most_held(|| {
            for _ in 0..3 {
                assert_eq!(collect(&[1_i16; 80], 2, &mut feed), 0);
                assert_eq!(collect(&[0.1_f32; 80], 2, &mut feed), 16);
                ring.read_chunk(64).unwrap().commit_all();
            }
        });
        assert_eq!(held, 0);
    }

    #[test]
    fn channels_are_averaged_and_what_finds_no_room_is_counted() {
        let (mut feed, mut ring) = RingBuffer::new(3);
        let lost = collect(&[0.2_f32, 0.4, -1.0, 1.0, 0.5, 0.5, 0.1, 0.1], 2, &mut feed);
        assert_eq!(lost, 1);
        let got: Vec<f32> = ring.read_chunk(3).unwrap().into_iter().collect();
        assert!((got[0] - 0.3).abs() < 1e-6 && got[1].abs() < 1e-6, "{got:?}");
    }
}
