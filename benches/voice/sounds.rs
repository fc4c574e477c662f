//! Sounds of a room in which nobody talks to the companion, at random, but the same every time.

use super::companion::recording;
use super::noise::{self, Kind};
use anyhow::Context;
use fastrand::Rng;
use nixvox::audio;
use nixvox::config::Config;
use nixvox::domain::SPEECH_RATE_HZ;
use nixvox::dsp;
use nixvox::models::Models;
use nixvox::ports::Voice;
use nixvox::tts::{self, Piper};
use std::fs;
use std::path::{Path, PathBuf};

/// A second, in samples.
const SECOND: usize = SPEECH_RATE_HZ as usize;
/// Where a machine has plain English to be read out.
const TEXTS: [&str; 4] = [
    "/usr/share/common-licenses/GPL-3",
    "/usr/share/common-licenses/Artistic",
    "/usr/share/common-licenses/Apache-2.0",
    "/usr/share/common-licenses/MPL-2.0",
];
/// How many sentences are read out; each is heard several times in an hour, in other noise.
const SENTENCES: usize = 160;
/// What sounds like the phrase, or holds it, and calls nobody.
const NEARLY: [&str; 14] = [
    "the commuter train was late again this morning",
    "compute the sum of all the bills before friday",
    "my computer is slow today",
    "commuters roll back and forth every day",
    "come here peter and close the door",
    "the company will have to cut the budget",
    "she is good with computers and he is good with people",
    "competitors have not moved for months",
    "could you pewter plate that old jug",
    "we switched to another provider last year",
    "please install the new shelf in the kitchen",
    "roll back the carpet before you paint the wall",
    "he said status reports are due on monday",
    "undo the top button if it is too warm",
];

/// What can be heard.
pub(crate) struct Sounds {
    speech: Vec<Vec<f32>>,
    /// How many of those were recorded of people.
    recorded: usize,
    random: Rng,
    /// Seconds of speech, and of noise or music alone, so far.
    seconds: (usize, usize),
}

impl Sounds {
    /// Sentences read out, the repository's recordings of other talk, and those in `more`.
    ///
    /// # Errors
    /// The voice is not there, or a recording cannot be read.
    pub(crate) fn new(more: Option<&Path>) -> anyhow::Result<Self> {
        let mut random = Rng::with_seed(11);
        let coffee = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/coffee");
        let folders = [Some(coffee.as_path()), more];
        let mut paths: Vec<PathBuf> = ["nice-animal", "the-minister"].map(recording).into();
        for folder in folders.into_iter().flatten() {
            let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
            let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            found.retain(|path| path.extension().is_some_and(|end| end == "flac" || end == "wav"));
            found.sort();
            paths.extend(found);
        }
        let read: Result<Vec<Vec<f32>>, _> = paths.iter().map(|path| audio::read(path)).collect();
        let mut speech = read?;
        let recorded = speech.len();
        read_out(&mut speech, &mut random)?;
        Ok(Self { speech, recorded, random, seconds: (0, 0) })
    }

    /// So many samples of it all.
    pub(crate) fn mix(&mut self, samples: usize) -> Vec<f32> {
        let mut mixed = Vec::with_capacity(samples + 30 * SECOND);
        while mixed.len() < samples {
            let level = 0.05 + 0.6 * self.random.f32();
            let alone = self.random.u8(..4) == 0;
            let mut sound = if alone {
                let seconds = self.random.usize(2..12);
                self.seconds.1 += seconds;
                self.noise(seconds * SECOND)
            } else {
                let sentence = self.random.usize(..self.speech.len());
                let mut sound = self.speech[sentence].clone();
                self.seconds.0 += sound.len() / SECOND;
                // from a quiet room to one that is nearly as loud as the voice
                let noise = self.noise(sound.len());
                let share = 10.0_f32.powf(-(4.0 + 36.0 * self.random.f32()) / 20.0);
                for (sample, noise) in sound.iter_mut().zip(noise) {
                    *sample += share * noise;
                }
                sound
            };
            for sample in &mut sound {
                *sample *= level;
            }
            mixed.append(&mut sound);
            let pause = self.random.usize(SECOND / 5..3 * SECOND);
            mixed.extend(noise::of(Kind::White, pause, &mut self.random).map(|s| 0.001 * s));
        }
        mixed.truncate(samples);
        mixed
    }

    /// What was heard so far, in words.
    pub(crate) fn told(&self) -> String {
        let (speech, alone) = self.seconds;
        let (sentences, recorded) = (self.speech.len() - self.recorded, self.recorded);
        format!(
            "{sentences} sentences read out and {recorded} recordings, heard for {} minutes in all; \
             noise, babble and music alone for {} minutes",
            speech / 60,
            alone / 60
        )
    }

    fn noise(&mut self, samples: usize) -> Vec<f32> {
        let kind = *self.random.choice(&Kind::ALL).unwrap_or(&Kind::White);
        if kind != Kind::Babble {
            return noise::of(kind, samples, &mut self.random).collect();
        }
        let mut babble = vec![0.0; samples];
        for _ in 0..4 {
            let voice = &self.speech[self.random.usize(..self.speech.len())];
            let from = self.random.usize(..voice.len().max(1));
            let voice = voice.iter().cycle().skip(from);
            for (sample, voice) in babble.iter_mut().zip(voice) {
                *sample += voice / 2.0;
            }
        }
        babble
    }
}

/// Have sentences of plain English, and what sounds like the phrase, read out.
fn read_out(speech: &mut Vec<Vec<f32>>, random: &mut Rng) -> anyhow::Result<()> {
    let models = Models::open(None)?;
    tts::load_runtime(&models.onnxruntime()?)?;
    let files = models.voice(&Config::default().voice)?;
    let mut voice = Piper::load(&files.onnx, &files.config, tts::Options::default())?;
    let mut sentences: Vec<String> = NEARLY.map(str::to_owned).into();
    let mut found: Vec<String> = TEXTS.iter().flat_map(|path| sentences_of(path)).collect();
    random.shuffle(&mut found);
    sentences.extend(found.into_iter().take(SENTENCES));
    for sentence in &sentences {
        voice.set_speed(0.8 + 0.5 * random.f32());
        let (mut samples, mut rate_hz) = (Vec::new(), SPEECH_RATE_HZ);
        voice.speak(sentence, &mut |stretch| {
            samples.extend(stretch.samples);
            rate_hz = stretch.rate_hz;
            true
        })?;
        speech.push(dsp::resample(&samples, rate_hz, SPEECH_RATE_HZ)?);
    }
    Ok(())
}

/// The sentences of a text that are fit to be read out; none where it is not there.
fn sentences_of(path: &str) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let sentences = text.split(". ").filter(|sentence| (40..160).contains(&sentence.len()));
    let plain = |c: char| c.is_alphanumeric() || " ,;-'".contains(c);
    sentences.filter(|sentence| sentence.chars().all(plain)).map(str::to_owned).collect()
}
