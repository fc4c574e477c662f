//! A recording that is listened to as if it were live, only faster.

use super::Error;
use super::decode::read;
use crate::domain::SPEECH_RATE_HZ;
use crate::ports::AudioSource;
use std::path::Path;

/// Samples handed out at a time: 100 ms.
const BLOCK: usize = SPEECH_RATE_HZ as usize / 10;

/// The samples of a sound file.
#[derive(Debug)]
pub struct Recording {
    samples: Vec<f32>,
    at: usize,
}

impl Recording {
    /// Reads `path`; see [`read`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { samples: read(path)?, at: 0 })
    }
}

impl AudioSource for Recording {
    type Error = Error;
    const IS_LIVE: bool = false;

    fn read(&mut self, samples: &mut Vec<f32>) -> Result<bool, Error> {
        let end = self.samples.len().min(self.at + BLOCK);
        samples.extend_from_slice(&self.samples[self.at..end]);
        self.at = end;
        Ok(end < self.samples.len())
    }
}
