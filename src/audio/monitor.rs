//! What the output device plays, to be known to those who listen meanwhile.

use super::Error;
use super::capture::{BLOCK_MS, drain};
use super::output::Shared;
use crate::domain::SPEECH_RATE_HZ;
use crate::dsp::StreamResampler;
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

/// Sound that is kept for a listener who is late, in ms; more is lost.
const KEPT_MS: usize = 1000;

/// Where a sink leaves the monitor of what it plays, a new one with each stream.
pub type MonitorSlot = Arc<Mutex<Option<Monitor>>>;

/// A copy of all that a [`DeviceSink`](super::DeviceSink) hands to its device, silence too, as it is
/// handed over.
pub struct Monitor {
    ring: Consumer<f32>,
    resampler: StreamResampler,
    stream: Arc<Shared>,
    /// Nothing was read of it yet.
    is_new: bool,
}

impl Monitor {
    /// A monitor of a `stream` at `rate_hz`, and the end that its callback writes to.
    pub(super) fn new(rate_hz: u32, stream: Arc<Shared>) -> Result<(Producer<f32>, Self), Error> {
        let (copy, ring) = RingBuffer::new(rate_hz as usize * KEPT_MS / 1000);
        let resampler = StreamResampler::new(rate_hz, SPEECH_RATE_HZ, BLOCK_MS)?;
        Ok((copy, Self { ring, resampler, stream, is_new: true }))
    }

    /// A monitor of `samples` that were played, mono at [`SPEECH_RATE_HZ`]; at most 1 s of them.
    #[cfg(test)]
    pub(crate) fn of(samples: &[f32]) -> Self {
        let (mut copy, monitor) = Self::new(SPEECH_RATE_HZ, Arc::default()).unwrap();
        copy.push_entire_slice(samples).unwrap();
        monitor
    }

    /// Let what is queued wait in silence, or go on.
    pub fn hold(&self, held: bool) {
        self.stream.held.store(held, Ordering::Release);
    }

    /// Append what was played since the last time: mono at [`SPEECH_RATE_HZ`]. The first time it takes
    /// the place of what is there, as that was to sound before the stream began.
    ///
    /// # Errors
    /// It cannot be resampled.
    pub fn read(&mut self, samples: &mut Vec<f32>) -> Result<(), Error> {
        if std::mem::take(&mut self.is_new) {
            samples.clear();
        }
        drain(&mut self.ring, &mut self.resampler, samples)
    }
}
