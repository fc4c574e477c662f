//! What is said often, kept on the disk from one start to the next.

use super::phrase::Phrase;
use super::sound::Sound;
use crate::files;
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is older is made anew: nobody else would clear away what another voice said, or in other words.
const AGE: Duration = Duration::from_secs(60 * 24 * 3600);

/// A directory of WAV files, one for each phrase.
#[derive(Debug)]
pub(super) struct Kept {
    dir: PathBuf,
    /// The checksum of the voice that says them.
    voice: u32,
}

impl Kept {
    /// Keep in `dir`, which need not be there, what the voice with this checksum says.
    pub(super) fn new(dir: PathBuf, voice: u32) -> Self {
        let kept = Self { dir, voice };
        kept.clear_older(AGE);
        kept
    }

    /// How `phrase` sounds, where that was kept. What cannot be read is none, and goes.
    pub(super) fn get(&self, phrase: &Phrase) -> Option<Sound> {
        let path = self.path(phrase);
        let size = fs::metadata(&path).ok()?.len();
        read(&path, size)
            .inspect_err(|error| {
                tracing::debug!(%error, path = %path.display(), "a kept phrase is broken");
                // if it stays, it is found broken again
                let _ = fs::remove_file(&path);
            })
            .ok()
    }

    /// Keep `sound`, which is that of `phrase`, where it is not kept already. Where it cannot be, it is
    /// made anew after the next start.
    pub(super) fn put(&self, phrase: &Phrase, sound: &Sound) {
        let path = self.path(phrase);
        if path.exists() {
            return;
        }
        let written = files::replace(&path, |file| write(file, sound).map_err(io::Error::other));
        if let Err(error) = written {
            tracing::debug!(%error, path = %path.display(), "a phrase was not kept");
        }
    }

    fn path(&self, phrase: &Phrase) -> PathBuf {
        let mut hasher = Sha256::new();
        for number in [self.voice, phrase.pause_ms, phrase.length_scale().to_bits()] {
            hasher.update(number.to_le_bytes());
        }
        hasher.update(&phrase.phonemes);
        let digest = hasher.finalize();
        let name = digest[..8].iter().fold(0_u64, |name, &byte| name << 8 | u64::from(byte));
        self.dir.join(format!("{name:016x}.wav"))
    }

    fn clear_older(&self, age: Duration) {
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            if modified.is_ok_and(|time| time.elapsed().is_ok_and(|elapsed| elapsed > age)) {
                // another nixvox may have cleared it
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn write(file: &mut File, sound: &Sound) -> hound::Result<()> {
    let spec = WavSpec {
        channels: 1,
        sample_rate: sound.rate_hz,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut writer = WavWriter::new(BufWriter::new(file), spec)?;
    for &sample in &sound.samples {
        writer.write_sample(sample)?;
    }
    writer.finalize()
}

/// The sound in a file of `size` bytes.
fn read(path: &Path, size: u64) -> hound::Result<Sound> {
    let mut reader = WavReader::open(path)?;
    let WavSpec { channels, sample_rate, bits_per_sample, .. } = reader.spec();
    // what it claims to hold is believed only where it can be there
    let fits = u64::from(reader.len()) * 2 <= size;
    if !fits || (channels, bits_per_sample) != (1, 16) {
        return Err(hound::Error::FormatError("not a kept phrase"));
    }
    let samples = reader.samples::<i16>().collect::<hound::Result<_>>()?;
    Ok(Sound { samples, rate_hz: sample_rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(phonemes: &str) -> Phrase {
        Phrase::new(phonemes.to_owned(), 250, 1.0)
    }

    fn sound() -> Sound {
        Sound { samples: (-400..400).collect(), rate_hz: 22_050 }
    }

    #[test]
    fn what_was_kept_is_known_to_the_same_voice_after_a_start() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("phrases");
        let kept = Kept::new(dir.clone(), 7);
        assert_eq!(kept.get(&phrase("dˈʌn.")), None);
        kept.put(&phrase("dˈʌn."), &sound());
        assert_eq!(Kept::new(dir.clone(), 7).get(&phrase("dˈʌn.")), Some(sound()));
        assert_eq!(Kept::new(dir.clone(), 8).get(&phrase("dˈʌn.")), None);
        let faster = Phrase::new("dˈʌn.".to_owned(), 250, 0.5);
        let goes_on = Phrase::new("dˈʌn.".to_owned(), 120, 1.0);
        for other in [faster, goes_on, phrase("dˈʌn?")] {
            assert_eq!(kept.get(&other), None, "{other:?}");
        }
        assert_eq!(fs::read_dir(dir).unwrap().count(), 1, "nothing else is left there");
    }

    #[test]
    fn what_is_broken_or_old_goes() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept::new(dir.path().to_owned(), 7);
        let path = kept.path(&phrase("dˈʌn."));
        kept.put(&phrase("dˈʌn."), &sound());
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(kept.get(&phrase("dˈʌn.")), None, "cut at {end}");
            assert!(!path.exists());
        }
        kept.put(&phrase("dˈʌn."), &sound());
        kept.clear_older(AGE);
        assert!(path.exists());
        kept.clear_older(Duration::ZERO);
        assert!(!path.exists());
    }

    #[test]
    fn without_a_directory_nothing_is_kept() {
        let kept = Kept::new(PathBuf::from("/dev/null/phrases"), 7);
        kept.put(&phrase("dˈʌn."), &sound());
        assert_eq!(kept.get(&phrase("dˈʌn.")), None);
    }
}
