//! What can go wrong with sound files and devices.

use crate::domain::Fault;
use std::io;
use std::path::PathBuf;

/// An error of sound files and devices.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened or read.
    #[error("cannot read {path}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path names a directory or a device.
    #[error("{path} is not a regular file", path = path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file has no bytes.
    #[error("{path} is empty", path = path.display())]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// The file is neither WAV nor FLAC, or of a kind that cannot be decoded.
    #[error("{path} is not a WAV or FLAC file that can be decoded", path = path.display())]
    NotAudio {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        source: symphonia::core::errors::Error,
    },
    /// The file is well formed and holds no sample.
    #[error("{path} holds no audio", path = path.display())]
    NoSamples {
        /// The file.
        path: PathBuf,
    },
    /// The sample rate is missing or out of range.
    #[error("{path} has a sample rate of {rate_hz} Hz, outside 4000 to 384000 Hz", path = path.display())]
    Rate {
        /// The file.
        path: PathBuf,
        /// Its sample rate in Hz; 0 where it has none.
        rate_hz: u32,
    },
    /// The file ends before the audio that it announces.
    #[error("{path} is cut short: {read} of {announced} frames are there", path = path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Frames that could be decoded.
        read: u64,
        /// Frames announced by the header.
        announced: u64,
    },
    /// The file's audio data contradict themselves.
    #[error("{path} is damaged after {read} frames: {what}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Frames decoded before.
        read: u64,
        /// What is wrong.
        what: String,
    },
    /// More audio than a spoken command can take.
    #[error("{path} is longer than {limit_s} seconds", path = path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most that is read, in seconds.
        limit_s: u32,
    },
    /// The file cannot be written.
    #[error("cannot write {path}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the encoder or the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The sample rate cannot be converted.
    #[error(transparent)]
    Resample(#[from] crate::dsp::Error),
    /// No audio server and no sound card can be reached.
    #[error("no audio system can be reached")]
    NoHost(#[source] Option<cpal::Error>),
    /// There is no such device, or none at all.
    #[error("no audio device{}", name.as_ref().map(|name| format!(" named `{name}`; `nixvox doctor` lists them")).unwrap_or_default())]
    NoDevice {
        /// The name asked for; `None` for the default device.
        name: Option<String>,
    },
    /// The device cannot be opened.
    #[error("the audio device cannot be opened")]
    Open(#[source] cpal::Error),
    /// The sound server does not record.
    #[error("the sound server does not record")]
    Record(#[source] pulseaudio::protocol::ProtocolError),
    /// The device takes a kind of sample that is not known here.
    #[error("the audio device wants samples of an unknown kind, {0}")]
    SampleFormat(cpal::SampleFormat),
    /// The audio system did not answer in time.
    #[error("the audio device did not open within {0} ms")]
    OpenTimeout(u128),
    /// No thread can be started.
    #[error("no thread can be started")]
    Thread(#[source] io::Error),
    /// The device stopped taking samples.
    #[error("the audio device has taken nothing for {0} ms")]
    Stalled(u128),
    /// The device has gone.
    #[error("the audio device is gone")]
    Gone,
}

impl From<Error> for Fault {
    fn from(_: Error) -> Self {
        // No fault that is spoken is about sound: where sound fails, speaking does not help.
        Self::Internal
    }
}
