//! Sound files to samples.

use super::Error;
use crate::domain::SPEECH_RATE_HZ;
use crate::dsp;
use std::fs::File;
use std::io::ErrorKind;
use std::panic::catch_unwind;
use std::path::Path;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as DecodeError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

/// The longest recording of a command that is read, in seconds.
pub const MAX_SECONDS: u32 = 600;

/// Sample rates that are believed, in Hz.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// The samples of a WAV or FLAC file of any rate from 4 to 384 kHz, depth (8 to 32 bits, float) and
/// channel count: mono (the mean of the channels), in −1…1, at [`SPEECH_RATE_HZ`].
///
/// # Errors
/// Names the file and what is wrong with it: missing, no regular file, empty, not audio, no samples,
/// cut short (a command that lost its end must not be acted on), damaged, too long.
pub fn read(path: &Path) -> Result<Vec<f32>, Error> {
    // The decoders were seen to panic on some damaged headers (an overflow, in debug builds).
    let (mono, rate_hz) = catch_unwind(|| {
        let mut recording = Recording::open(path)?;
        Ok((recording.decode_all()?, recording.rate_hz))
    })
    .unwrap_or_else(|_| {
        Err(Error::Damaged {
            path: path.to_owned(),
            read: 0,
            what: "the decoder gave up".to_owned(),
        })
    })?;
    Ok(dsp::resample(&mono, rate_hz, SPEECH_RATE_HZ)?)
}

/// An opened file with its decoder.
struct Recording<'p> {
    path: &'p Path,
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    rate_hz: u32,
    /// Frames that the header announces, where it can be believed.
    announced: Option<u64>,
}

impl<'p> Recording<'p> {
    fn open(path: &'p Path) -> Result<Self, Error> {
        let owned = || path.to_owned();
        let not_audio = |source| Error::NotAudio { path: owned(), source };
        let file = open_regular(path)?;
        let format = symphonia::default::get_probe()
            .probe(
                &Hint::new(),
                MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default()),
                FormatOptions::default(),
                MetadataOptions::default(),
            )
            .map_err(not_audio)?;
        let track =
            format.default_track(TrackType::Audio).ok_or(Error::NoSamples { path: owned() })?;
        let params = track
            .codec_params
            .as_ref()
            .and_then(|params| params.audio())
            .ok_or(not_audio(DecodeError::Unsupported("no codec")))?;
        let rate_hz = params.sample_rate.unwrap_or(0);
        if !RATES.contains(&rate_hz) {
            return Err(Error::Rate { path: owned(), rate_hz });
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default().verify(true))
            .map_err(not_audio)?;
        // A recorder that writes into a pipe cannot know the length and announces a huge one.
        let limit = u64::from(rate_hz) * u64::from(MAX_SECONDS);
        let announced = track.num_frames.filter(|&frames| frames <= limit);
        Ok(Self { path, track: track.id, rate_hz, announced, decoder, format })
    }

    /// All frames, mixed to mono, at the file's own rate.
    fn decode_all(&mut self) -> Result<Vec<f32>, Error> {
        let limit = self.rate_hz as usize * MAX_SECONDS as usize;
        let mut mono = Vec::new();
        let mut interleaved = Vec::new();
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => break,
                Err(DecodeError::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    break;
                }
                Err(error) => return Err(self.damaged(mono.len(), &error)),
            };
            if packet.track_id != self.track {
                continue;
            }
            let channels = match self.decoder.decode(&packet) {
                Ok(frames) if frames.spec().rate() == self.rate_hz => {
                    frames.copy_to_vec_interleaved::<f32>(&mut interleaved);
                    frames.spec().channels().count()
                }
                Ok(_) => return Err(self.damaged(mono.len(), &"the sample rate changes")),
                Err(DecodeError::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    break;
                }
                Err(error) => return Err(self.damaged(mono.len(), &error)),
            };
            if interleaved.iter().any(|sample| !sample.is_finite()) {
                return Err(self.damaged(mono.len(), &"a sample is not a number"));
            }
            mono.extend(
                interleaved
                    .chunks_exact(channels.max(1))
                    .map(|frame| (frame.iter().sum::<f32>() / frame.len() as f32).clamp(-1.0, 1.0)),
            );
            if mono.len() > limit {
                return Err(Error::TooLong { path: self.path.to_owned(), limit_s: MAX_SECONDS });
            }
        }
        self.check_complete(mono.len())?;
        Ok(mono)
    }

    fn check_complete(&mut self, frames: usize) -> Result<(), Error> {
        let read = frames as u64;
        match self.announced {
            Some(announced) if read < announced => {
                Err(Error::Truncated { path: self.path.to_owned(), read, announced })
            }
            _ if frames == 0 => Err(Error::NoSamples { path: self.path.to_owned() }),
            _ if self.decoder.finalize().verify_ok == Some(false) => {
                Err(self.damaged(frames, &"the checksum does not match"))
            }
            _ => Ok(()),
        }
    }

    fn damaged(&self, frames: usize, what: &dyn ToString) -> Error {
        Error::Damaged { path: self.path.to_owned(), read: frames as u64, what: what.to_string() }
    }
}

/// Opens a file that is a regular one and has bytes. A FIFO would block and a device never end, so
/// the kind is looked at before the file is opened.
fn open_regular(path: &Path) -> Result<File, Error> {
    let path_buf = || path.to_owned();
    let read_error = |source| Error::Read { path: path_buf(), source };
    let metadata = std::fs::metadata(path).map_err(read_error)?;
    if !metadata.is_file() {
        return Err(Error::NotAFile { path: path_buf() });
    }
    if metadata.len() == 0 {
        return Err(Error::EmptyFile { path: path_buf() });
    }
    File::open(path).map_err(read_error)
}

#[cfg(test)]
mod tests {
    use super::super::flac_fixture::flac;
    use super::*;
    use hound::{Sample, SampleFormat, WavSpec, WavWriter};
    use std::io::Cursor;

    fn wav<S: Sample + Copy>(
        rate: u32,
        channels: u16,
        spec: (u16, SampleFormat),
        all: &[S],
    ) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let spec =
            WavSpec { channels, sample_rate: rate, bits_per_sample: spec.0, sample_format: spec.1 };
        let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
        for &sample in all {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    fn read_bytes(bytes: &[u8]) -> Result<Vec<f32>, Error> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        read(file.path())
    }

    const INT: SampleFormat = SampleFormat::Int;

    #[test]
    fn every_depth_gives_the_same_samples() {
        let half = |bits: u32| vec![1_i32 << (bits - 2); 160];
        for bytes in [
            wav(16_000, 1, (8, INT), &half(8)),
            wav(16_000, 1, (16, INT), &half(16)),
            wav(16_000, 1, (24, INT), &half(24)),
            wav(16_000, 1, (32, INT), &half(32)),
            wav(16_000, 1, (32, SampleFormat::Float), &[0.5_f32; 160]),
            flac(16_000, 1, 16, &half(16)),
            flac(16_000, 1, 24, &half(24)),
        ] {
            assert_eq!(read_bytes(&bytes).unwrap(), [0.5; 160]);
        }
    }

    #[test]
    fn channels_are_averaged_and_rates_converted() {
        let stereo: Vec<i32> = [16_384, 0].repeat(4_800);
        for bytes in [wav(48_000, 2, (16, INT), &stereo), flac(48_000, 2, 16, &stereo)] {
            let samples = read_bytes(&bytes).unwrap();
            assert_eq!(samples.len(), 1_600);
            let off = samples[400..1200].iter().map(|x| (x - 0.25).abs());
            assert!(off.fold(0.0, f32::max) < 1e-3);
        }
    }

    #[test]
    fn files_that_are_none_are_named_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("missing.wav");
        let error = read(&missing).unwrap_err();
        assert!(matches!(error, Error::Read { .. }));
        assert!(error.to_string().contains("missing.wav"));
        assert!(matches!(read(directory.path()), Err(Error::NotAFile { .. })));
        assert!(matches!(read_bytes(b""), Err(Error::EmptyFile { .. })));
        assert!(matches!(read_bytes(b"hello, world"), Err(Error::NotAudio { .. })));
        assert!(matches!(read_bytes(&vec![0; 100_000]), Err(Error::NotAudio { .. })));
        let none = wav::<i16>(16_000, 1, (16, INT), &[]);
        assert!(matches!(read_bytes(&none), Err(Error::NoSamples { .. })));
    }

    #[test]
    fn absurd_rates_numbers_and_lengths_are_refused() {
        for rate in [1, 4_000_000_000] {
            let bytes = wav(rate, 1, (8, INT), &[0_i16; 10]);
            assert!(
                matches!(read_bytes(&bytes), Err(Error::Rate { rate_hz, .. }) if rate_hz == rate)
            );
        }
        for wrong in [f32::NAN, f32::INFINITY] {
            let bytes = wav(16_000, 1, (32, SampleFormat::Float), &[0.0, wrong]);
            assert!(matches!(read_bytes(&bytes), Err(Error::Damaged { .. })));
        }
        let long = wav(4_000, 1, (8, INT), &vec![0_i16; 4_000 * 601]);
        assert!(matches!(read_bytes(&long), Err(Error::TooLong { .. })));
    }

    #[test]
    fn a_recorder_into_a_pipe_announces_a_length_that_is_not_believed() {
        let mut bytes = wav(16_000, 1, (16, INT), &[100_i16; 1600]);
        bytes[4..8].copy_from_slice(&0x7fff_ff24_u32.to_le_bytes());
        bytes[40..44].copy_from_slice(&0x7fff_ff00_u32.to_le_bytes());
        assert_eq!(read_bytes(&bytes).unwrap().len(), 1_600);
    }

    /// Something that neither the header's lengths nor the bytes' luck can foresee.
    fn noise(samples: usize) -> Vec<i32> {
        let mut state = 1_u32;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i32::from((state >> 16) as i16) / 2
        })
        .take(samples)
        .collect()
    }

    #[test]
    fn no_truncation_passes_for_the_whole() {
        for bytes in [wav(16_000, 1, (16, INT), &noise(900)), flac(16_000, 1, 16, &noise(900))] {
            assert_eq!(read_bytes(&bytes).unwrap().len(), 900);
            for length in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
                assert!(read_bytes(&bytes[..length]).is_err(), "at byte {length}");
            }
        }
    }

    #[test]
    fn flipped_bytes_never_panic_and_never_leave_the_range() {
        for bytes in [wav(16_000, 2, (16, INT), &noise(300)), flac(16_000, 2, 16, &noise(300))] {
            for at in 0..bytes.len() {
                for mask in [0x01, 0x80, 0xff] {
                    let mut broken = bytes.clone();
                    broken[at] ^= mask;
                    if let Ok(samples) = read_bytes(&broken) {
                        assert!(samples.iter().all(|x| x.abs() < 1.5), "byte {at} ^ {mask:#x}");
                    }
                }
            }
        }
    }
}
