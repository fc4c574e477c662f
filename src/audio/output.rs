//! What runs in the device's callback: the ring's reading end.
//!
//! Nothing here allocates, locks, logs or waits.

use cpal::FromSample;
use rtrb::{Consumer, Producer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What holds for all streams of a sink, whichever is open.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// Throw away what is queued instead of playing it.
    pub(super) stopped: AtomicBool,
    /// What samples are multiplied by, as the bits of a f32; 0 bits stand for 1.
    pub(super) volume: AtomicU32,
}

impl Control {
    /// What samples are multiplied by.
    fn volume(&self) -> f32 {
        match self.volume.load(Ordering::Relaxed) {
            0 => 1.0,
            bits => f32::from_bits(bits),
        }
    }
}

/// What a stream's callback and the threads around it tell each other.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The stream is being closed: what is queued is not played any more.
    pub(super) over: AtomicBool,
    /// What is queued waits, as somebody may be about to speak.
    pub(super) held: AtomicBool,
    /// More of the same answer is still to come, so an empty ring is an underrun.
    pub(super) speaking: AtomicBool,
    /// Times that the ring ran empty in the middle of an answer, and glitches the device reported.
    pub(super) underruns: AtomicU64,
    /// When it was made.
    since: Since,
    /// When the callback was called last, in microseconds from then.
    called_us: AtomicU64,
    /// Microseconds from the last call that had samples until the last of them has sounded.
    pub(super) tail_us: AtomicU64,
    /// The device has gone.
    pub(super) gone: AtomicBool,
}

/// A moment: that of its making.
#[derive(Debug)]
struct Since(Instant);

impl Default for Since {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Shared {
    /// How long ago the callback was called.
    pub(super) fn idle(&self) -> Duration {
        let called = Duration::from_micros(self.called_us.load(Ordering::Relaxed));
        self.since.0.elapsed().saturating_sub(called)
    }
}

/// The ring's reading end: mono samples at the device's rate.
pub(super) struct Feed {
    ring: Consumer<f32>,
    /// Takes a copy of all that is played, as far as it has room.
    monitor: Producer<f32>,
    channels: usize,
    rate_hz: u32,
    control: Arc<Control>,
    shared: Arc<Shared>,
    sounding: bool,
}

impl Feed {
    /// A feed for a device with `channels` channels at `rate_hz`.
    pub(super) fn new(
        ring: Consumer<f32>,
        monitor: Producer<f32>,
        channels: u16,
        rate_hz: u32,
        control: Arc<Control>,
        shared: Arc<Shared>,
    ) -> Self {
        let channels = usize::from(channels).max(1);
        Self { ring, monitor, channels, rate_hz, control, shared, sounding: false }
    }

    /// Fills one buffer of interleaved frames, each sample into all channels; silence where the
    /// ring has none. `latency` is the time until the buffer's first frame sounds.
    pub(super) fn fill<T: Copy + FromSample<f32>>(&mut self, buffer: &mut [T], latency: Duration) {
        let called = self.shared.since.0.elapsed();
        self.shared.called_us.store(called.as_micros() as u64, Ordering::Relaxed);
        let wanted = buffer.len() / self.channels;
        let stopped = self.control.stopped.load(Ordering::Acquire)
            || self.shared.over.load(Ordering::Acquire);
        let held = self.shared.held.load(Ordering::Acquire);
        let had = if stopped {
            self.discard();
            0
        } else if held {
            0
        } else {
            self.copy(buffer, wanted)
        };
        let silence = T::from_sample_(0.0);
        buffer[had * self.channels..].fill(silence);
        for _ in had..wanted {
            let _ = self.monitor.push(0.0);
        }
        if had > 0 {
            let samples_us = had as u64 * 1_000_000 / u64::from(self.rate_hz.max(1));
            let tail = latency.as_micros() as u64 + samples_us;
            self.shared.tail_us.store(tail, Ordering::Release);
        }
        let ran_dry = (self.sounding || had > 0) && had < wanted;
        if ran_dry && !stopped && !held && self.shared.speaking.load(Ordering::Acquire) {
            self.shared.underruns.fetch_add(1, Ordering::Relaxed);
        }
        self.sounding = had == wanted;
    }

    /// Copies up to `wanted` samples; how many there were.
    fn copy<T: Copy + FromSample<f32>>(&mut self, buffer: &mut [T], wanted: usize) -> usize {
        let had = wanted.min(self.ring.slots());
        let Ok(samples) = self.ring.read_chunk(had) else {
            return 0;
        };
        let volume = self.control.volume();
        for (frame, sample) in buffer.chunks_exact_mut(self.channels).zip(samples) {
            let sample = sample * volume;
            frame.fill(T::from_sample_(sample));
            let _ = self.monitor.push(sample);
        }
        had
    }

    fn discard(&mut self) {
        if let Ok(samples) = self.ring.read_chunk(self.ring.slots()) {
            samples.commit_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::allocation::most_held;
    use super::*;
    use rtrb::{Producer, RingBuffer};

    fn feed(channels: u16) -> (Producer<f32>, Arc<Shared>, Feed) {
        let (producer, consumer) = RingBuffer::new(8);
        let (monitor, _) = RingBuffer::new(8);
        let shared = Arc::new(Shared::default());
        let ours = Arc::clone(&shared);
        let feed = Feed::new(consumer, monitor, channels, 1_000, Arc::default(), ours);
        (producer, shared, feed)
    }

    fn underruns(shared: &Shared) -> u64 {
        shared.underruns.load(Ordering::Relaxed)
    }

    #[test]
    fn every_channel_gets_the_sample_and_the_rest_is_silence() {
        let (mut ring, shared, mut feed) = feed(2);
        ring.push_entire_slice(&[0.5, -0.5]).unwrap();
        let mut buffer = [9_i8; 7];
        feed.fill(&mut buffer, Duration::from_millis(3));
        assert_eq!(buffer, [64, 64, -64, -64, 0, 0, 0]);
        assert_eq!(shared.tail_us.load(Ordering::Relaxed), 5_000);
    }

    #[test]
    fn silence_of_unsigned_samples_is_their_middle() {
        let (mut ring, _, mut feed) = feed(1);
        ring.push(1.0).unwrap();
        let mut buffer = [0_u16; 2];
        feed.fill(&mut buffer, Duration::ZERO);
        assert_eq!(buffer, [u16::MAX, 1 << 15]);
    }

    #[test]
    fn only_a_gap_inside_an_answer_is_an_underrun() {
        let (mut ring, shared, mut feed) = feed(1);
        let mut buffer = [0.0_f32; 2];
        feed.fill(&mut buffer, Duration::ZERO);
        shared.speaking.store(true, Ordering::Release);
        feed.fill(&mut buffer, Duration::ZERO);
        assert_eq!(underruns(&shared), 0, "before the first sample");
        ring.push_entire_slice(&[0.1; 3]).unwrap();
        feed.fill(&mut buffer, Duration::ZERO);
        feed.fill(&mut buffer, Duration::ZERO);
        feed.fill(&mut buffer, Duration::ZERO);
        assert_eq!(underruns(&shared), 1, "a gap counts once");
        shared.speaking.store(false, Ordering::Release);
        ring.push_entire_slice(&[0.1; 2]).unwrap();
        feed.fill(&mut buffer, Duration::ZERO);
        feed.fill(&mut buffer, Duration::ZERO);
        assert_eq!(underruns(&shared), 1, "the end is none");
    }

    #[test]
    fn the_callback_allocates_nothing_whatever_it_finds() {
        assert!(
            most_held(|| drop(std::hint::black_box(vec![0_u8; 10]))) >= 10,
            "nothing is counted"
        );
        let (mut ring, shared, mut feed) = feed(2);
        let (mut floats, mut whole) = ([0.0_f32; 8], [0_i16; 8]);
        let held = most_held(|| {
            for stopped in [false, true] {
                feed.control.stopped.store(stopped, Ordering::Release);
                shared.speaking.store(true, Ordering::Release);
                // full, with less than it wants, and dry; the monitor is full soon
                for samples in [8, 2, 0] {
                    let _ = ring.push_partial_slice(&[0.5; 8][..samples]);
                    feed.fill(&mut floats, Duration::from_millis(3));
                    feed.fill(&mut whole, Duration::ZERO);
                }
            }
        });
        assert_eq!(held, 0);
    }

    #[test]
    fn the_volume_is_that_of_the_moment() {
        let (mut ring, _, mut feed) = feed(1);
        ring.push_entire_slice(&[0.5; 2]).unwrap();
        let mut buffer = [0.0_f32; 1];
        feed.fill(&mut buffer, Duration::ZERO);
        feed.control.volume.store(0.5_f32.to_bits(), Ordering::Relaxed);
        let first = std::mem::take(&mut buffer);
        feed.fill(&mut buffer, Duration::ZERO);
        assert_eq!((first, buffer), ([0.5], [0.25]));
    }

    #[test]
    fn what_is_held_waits_and_that_is_no_underrun() {
        let (mut ring, shared, mut feed) = feed(1);
        shared.speaking.store(true, Ordering::Release);
        ring.push_entire_slice(&[0.5; 4]).unwrap();
        let mut buffer = [0_i8; 2];
        for (held, heard) in [(false, [64; 2]), (true, [0; 2]), (false, [64; 2])] {
            shared.held.store(held, Ordering::Release);
            feed.fill(&mut buffer, Duration::ZERO);
            assert_eq!(buffer, heard);
        }
        assert_eq!(underruns(&shared), 0);
    }

    #[test]
    fn stopping_or_closing_empties_the_ring_in_silence() {
        let stop = |feed: &Feed| feed.control.stopped.store(true, Ordering::Release);
        let close = |feed: &Feed| feed.shared.over.store(true, Ordering::Release);
        for end in [stop, close] {
            let (mut ring, _, mut feed) = feed(1);
            ring.push_entire_slice(&[0.5; 8]).unwrap();
            end(&feed);
            let mut buffer = [9_i16; 4];
            feed.fill(&mut buffer, Duration::ZERO);
            assert_eq!(buffer, [0; 4]);
            assert_eq!(ring.slots(), 8);
        }
    }
}
