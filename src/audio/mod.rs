//! Sound in and out of files and devices.
//!
//! Floor 3: the only room that speaks to audio devices, and the only one with code that runs in
//! real time (the callback in [`DeviceSink`]).

mod decode;
mod error;
#[cfg(test)]
mod flac_fixture;
mod host;
mod output;
mod playback;
mod wav;

pub use decode::{MAX_SECONDS, read};
pub use error::Error;
pub use host::{Devices, devices};
pub use playback::{DeviceSink, Stopper};
pub use wav::WavSink;
