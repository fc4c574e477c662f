//! Speech from an audio device.

use super::Error;
use super::host::{
    OPEN_LIMIT, OpenStream, buffer_size, by_sample_format, choose, with_host, within,
};
use super::recorder::Recorder;
use crate::domain::SPEECH_RATE_HZ;
use crate::dsp::StreamResampler;
use crate::ports::AudioSource;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, FromSample, SizedSample, Stream, StreamConfig};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Length of the device's buffer: two frames of voice activity. The shorter it is, the more of a core
/// listening all day takes; the longer it is, the later an answer comes.
const BUFFER_MS: u32 = 32;
/// What is listened to is resampled so much at a time: little, as somebody waits for it.
pub(super) const BLOCK_MS: u32 = 10;
/// Audio that the callback can leave behind before it is fetched.
const RING_SECONDS: usize = 4;
/// How often a waiting reader looks whether the device is still there.
const LOOK: Duration = Duration::from_millis(500);
/// A device that gives nothing for so long is given up.
const STALL_LIMIT: Duration = Duration::from_secs(5);

/// What the callback and the reader tell each other.
#[derive(Default)]
struct Shared {
    overruns: AtomicU64,
    gone: AtomicBool,
    /// Who waits for samples.
    reader: OnceLock<Thread>,
}

/// An input device, which is open, and records, for as long as this lives.
pub struct Microphone {
    ring: Consumer<f32>,
    resampler: StreamResampler,
    shared: Arc<Shared>,
    /// So many samples are worth waking for.
    enough: usize,
    _stream: Box<dyn Send>,
}

impl Microphone {
    /// Opens the input device of this name (or cpal identifier), or the default one.
    ///
    /// # Errors
    /// No audio system, no such device, one that refuses, or no answer within 5 s.
    pub fn open(name: Option<&str>) -> Result<Self, Error> {
        let name = name.map(str::to_owned);
        within(OPEN_LIMIT, move || with_host(|host| Self::open_on(host, name.as_deref())))
    }

    fn open_on(host: &Arc<cpal::Host>, name: Option<&str>) -> Result<Self, Error> {
        let device = choose(name, host.default_input_device(), || host.input_devices())?;
        let supported = device.default_input_config().map_err(Error::Open)?;
        let mut config = supported.config();
        config.buffer_size = buffer_size(supported.buffer_size(), config.sample_rate, BUFFER_MS);
        // it is waited for all day, and should cost next to nothing, in however small pieces it comes
        let enough = match config.buffer_size {
            BufferSize::Fixed(frames) => frames as usize * 5 / 8,
            BufferSize::Default => 1,
        };
        let resampler = StreamResampler::new(config.sample_rate, SPEECH_RATE_HZ, BLOCK_MS)?;
        let (feed, ring) = RingBuffer::new(config.sample_rate as usize * RING_SECONDS);
        let shared = Arc::new(Shared::default());
        let channels = usize::from(config.channels).max(1);
        let inlet = Inlet { feed, channels, enough, shared: Arc::clone(&shared) };
        let served = source(&device);
        let stream: Box<dyn Send> =
            if let (Some(source), BufferSize::Fixed(frames)) = (served, config.buffer_size) {
                Box::new(record(&source, config.sample_rate, frames, inlet)?)
            } else {
                let format = supported.sample_format();
                let stream = by_sample_format!(format, stream(&device, config, inlet))
                    .map_err(Error::Open)?;
                stream.play().map_err(Error::Open)?;
                Box::new(OpenStream::new(stream, host))
            };
        Ok(Self { ring, resampler, shared, enough, _stream: stream })
    }
}

/// The sound server's name for `device`, where it is one of its.
fn source(device: &cpal::Device) -> Option<String> {
    let id = device.id().ok()?;
    (id.host() == cpal::HostId::PulseAudio).then(|| id.id().to_owned())
}

fn record(source: &str, rate_hz: u32, frames: u32, inlet: Inlet) -> Result<Recorder, Error> {
    let shared = Arc::clone(&inlet.shared);
    let mut inlet = Inlet { channels: 1, ..inlet };
    let take = move |samples: &[f32]| inlet.take(samples);
    Recorder::start(source, rate_hz, frames, take, move || shared.end()).map_err(Error::Record)
}

impl AudioSource for Microphone {
    type Error = Error;
    const IS_LIVE: bool = true;

    fn read(&mut self, samples: &mut Vec<f32>) -> Result<bool, Error> {
        let since = Instant::now();
        self.shared.reader.get_or_init(thread::current);
        while self.ring.slots() < self.enough {
            if self.shared.gone.load(Ordering::Acquire) {
                return Err(Error::Gone);
            }
            if since.elapsed() > STALL_LIMIT {
                return Err(Error::Stalled(STALL_LIMIT.as_millis()));
            }
            thread::park_timeout(LOOK);
        }
        drain(&mut self.ring, &mut self.resampler, samples)?;
        let lost = self.shared.overruns.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(lost, "samples were lost, as nobody fetched them in time");
        }
        Ok(true)
    }
}

/// Append all that is in `ring` to `samples`, through `resampler`.
pub(super) fn drain(
    ring: &mut Consumer<f32>,
    resampler: &mut StreamResampler,
    samples: &mut Vec<f32>,
) -> Result<(), Error> {
    if let Ok(chunk) = ring.read_chunk(ring.slots()) {
        let (first, second) = chunk.as_slices();
        resampler.push(first, samples)?;
        resampler.push(second, samples)?;
        chunk.commit_all();
    }
    Ok(())
}

fn stream<T: SizedSample>(
    device: &cpal::Device,
    config: StreamConfig,
    mut inlet: Inlet,
) -> Result<Stream, cpal::Error>
where
    f32: FromSample<T>,
{
    let shared = Arc::clone(&inlet.shared);
    device.build_input_stream::<T, _, _>(
        config,
        move |buffer, _| inlet.take(buffer),
        move |error| match error.kind() {
            // Recording goes on.
            ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
            _ => shared.end(),
        },
        Some(OPEN_LIMIT),
    )
}

impl Shared {
    /// The device has gone.
    fn end(&self) {
        self.gone.store(true, Ordering::Release);
        self.wake();
    }

    /// Wake the reader, if it waits.
    fn wake(&self) {
        if let Some(reader) = self.reader.get() {
            reader.unpark();
        }
    }
}

/// The callback's side of the ring.
struct Inlet {
    feed: Producer<f32>,
    channels: usize,
    enough: usize,
    shared: Arc<Shared>,
}

impl Inlet {
    /// What runs in the device's callback: the mean of each frame's channels into the ring, and a sign
    /// to the reader. Neither allocates, locks, logs nor waits.
    fn take<T: Copy>(&mut self, buffer: &[T])
    where
        f32: FromSample<T>,
    {
        let frames = buffer.len() / self.channels;
        let room = frames.min(self.feed.slots());
        if let Ok(chunk) = self.feed.write_chunk_uninit(room) {
            chunk.fill_from_iter(buffer.chunks_exact(self.channels).map(|frame| {
                let sum: f32 = frame.iter().map(|&sample| f32::from_sample_(sample)).sum();
                sum / self.channels as f32
            }));
        }
        self.shared.overruns.fetch_add((frames - room) as u64, Ordering::Relaxed);
        if self.feed.buffer().capacity() - self.feed.slots() >= self.enough {
            self.shared.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::allocation::most_held;
    use super::*;

    fn inlet(room: usize, channels: usize, enough: usize) -> (Inlet, Consumer<f32>) {
        let (feed, ring) = RingBuffer::new(room);
        (Inlet { feed, channels, enough, shared: Arc::default() }, ring)
    }

    #[test]
    fn the_callback_allocates_nothing_whether_or_not_there_is_room() {
        let (mut inlet, mut ring) = inlet(64, 2, 40);
        inlet.shared.reader.get_or_init(thread::current);
        let held = most_held(|| {
            for _ in 0..3 {
                inlet.take(&[1_i16; 80]);
                inlet.take(&[0.1_f32; 80]);
                ring.read_chunk(64).unwrap().commit_all();
            }
        });
        assert_eq!(held, 0);
        assert_eq!(inlet.shared.overruns.load(Ordering::Relaxed), 3 * 16);
    }

    #[test]
    fn channels_are_averaged_and_what_finds_no_room_is_counted() {
        let (mut inlet, mut ring) = inlet(3, 2, 1);
        inlet.take(&[0.2_f32, 0.4, -1.0, 1.0, 0.5, 0.5, 0.1, 0.1]);
        assert_eq!(inlet.shared.overruns.load(Ordering::Relaxed), 1);
        let got: Vec<f32> = ring.read_chunk(3).unwrap().into_iter().collect();
        assert!((got[0] - 0.3).abs() < 1e-6 && got[1].abs() < 1e-6, "{got:?}");
    }

    #[test]
    fn the_reader_is_woken_when_there_is_enough() {
        let (mut inlet, ring) = inlet(64, 1, 20);
        let shared = Arc::clone(&inlet.shared);
        let reader = thread::spawn(move || {
            shared.reader.get_or_init(thread::current);
            while ring.slots() < 20 {
                thread::park();
            }
            ring.slots()
        });
        inlet.take(&[0.1_f32; 10]);
        while inlet.shared.reader.get().is_none() {
            thread::yield_now();
        }
        assert!(!reader.is_finished());
        inlet.take(&[0.1_f32; 10]);
        assert_eq!(reader.join().unwrap(), 20);
    }
}
