//! Speech into a WAV file.

use super::Error;
use crate::domain::{SPEECH_RATE_HZ, Speech};
use crate::dsp;
use crate::ports::AudioSink;
use hound::{SampleFormat, WavSpec, WavWriter};
use std::fs::Permissions;
use std::io::BufWriter;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes speech as 16-bit mono PCM at the rate of the first that is played.
///
/// The file appears, whole, when [`finish`](AudioSink::finish) is called. Until then there is only
/// an empty temporary beside it, made at once so that a place that cannot be written is noticed
/// before anything is done.
pub struct WavSink {
    path: PathBuf,
    temporary: Option<NamedTempFile>,
    rate_hz: Option<u32>,
    samples: Vec<f32>,
}

impl WavSink {
    /// A sink that will write `path`, replacing what is there.
    ///
    /// # Errors
    /// The directory does not exist or may not be written.
    pub fn create(path: &Path) -> Result<Self, Error> {
        Ok(Self {
            path: path.to_owned(),
            temporary: Some(temporary_beside(path)?),
            rate_hz: None,
            samples: Vec::new(),
        })
    }

    fn write(&self, temporary: &NamedTempFile) -> hound::Result<()> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: self.rate_hz.unwrap_or(SPEECH_RATE_HZ),
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::new(BufWriter::new(temporary.as_file()), spec)?;
        for sample in &self.samples {
            writer.write_sample((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16)?;
        }
        writer.finalize()
    }
}

impl AudioSink for WavSink {
    type Error = Error;

    fn play(&mut self, speech: &Speech) -> Result<(), Error> {
        let rate_hz = *self.rate_hz.get_or_insert(speech.rate_hz);
        self.samples.extend(dsp::resample(&speech.samples, speech.rate_hz, rate_hz)?);
        Ok(())
    }

    /// Writes all that was played since the sink was made; where nothing was, a WAV without samples.
    fn finish(&mut self) -> Result<(), Error> {
        let temporary = match self.temporary.take() {
            Some(temporary) => temporary,
            None => temporary_beside(&self.path)?,
        };
        self.write(&temporary).map_err(|error| write_error(&self.path, error))?;
        temporary.persist(&self.path).map_err(|error| write_error(&self.path, error.error))?;
        Ok(())
    }
}

fn temporary_beside(path: &Path) -> Result<NamedTempFile, Error> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    tempfile::Builder::new()
        .prefix(".nixvox-")
        .suffix(".wav")
        // Temporaries are private by default; what takes the name should obey the umask instead.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)
        .map_err(|error| write_error(path, error))
}

fn write_error(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Write { path: path.to_owned(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech(samples: usize, rate_hz: u32) -> Speech {
        Speech { samples: vec![0.5; samples], rate_hz, goes_on: false }
    }

    fn entries(directory: &Path) -> usize {
        std::fs::read_dir(directory).unwrap().count()
    }

    #[test]
    fn clauses_are_joined_at_the_first_ones_rate() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.wav");
        let mut sink = WavSink::create(&path).unwrap();
        sink.play(&speech(2_000, 22_050)).unwrap();
        sink.play(&speech(1_000, 11_025)).unwrap();
        assert!(!path.exists());
        sink.finish().unwrap();
        let reader = hound::WavReader::open(&path).unwrap();
        assert_eq!(reader.spec().sample_rate, 22_050);
        assert_eq!(reader.duration(), 4_000);
        assert_eq!(entries(directory.path()), 1);
    }

    #[test]
    fn an_interruption_leaves_nothing_and_keeps_the_old_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.wav");
        std::fs::write(&path, "old").unwrap();
        let mut sink = WavSink::create(&path).unwrap();
        sink.play(&speech(100, 22_050)).unwrap();
        drop(sink);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(entries(directory.path()), 1);
    }

    #[test]
    fn loud_samples_are_limited_not_wrapped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.wav");
        let mut sink = WavSink::create(&path).unwrap();
        let loud = Speech { samples: vec![3.0, -3.0], rate_hz: 8_000, goes_on: false };
        sink.play(&loud).unwrap();
        sink.finish().unwrap();
        let samples: Vec<i16> =
            hound::WavReader::open(&path).unwrap().into_samples().map(Result::unwrap).collect();
        assert_eq!(samples, [32_767, -32_767]);
    }

    #[test]
    fn a_missing_directory_is_told_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("missing/out.wav");
        assert!(matches!(WavSink::create(&path), Err(Error::Write { .. })));
    }
}
