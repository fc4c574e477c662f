//! Sound in and out of files and devices.
//!
//! Floor 3: the only room that speaks to audio devices, and the only one with code that runs in
//! real time (the callbacks of [`DeviceSink`] and [`Microphone`]).

#[cfg(test)]
#[path = "../../tests/suite/allocation.rs"]
mod allocation;
mod capture;
mod decode;
mod error;
#[cfg(test)]
mod flac_fixture;
mod host;
mod joiner;
mod monitor;
mod output;
mod playback;
mod recorder;
mod recording;
mod stream;
mod wav;

pub use capture::Microphone;
pub use decode::{MAX_SECONDS, read};
pub use error::Error;
pub use host::{Devices, devices};
pub use monitor::{Monitor, MonitorSlot};
pub use playback::{DeviceSink, Stopper};
pub use recording::Recording;
pub use wav::WavSink;
