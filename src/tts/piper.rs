//! A Piper voice.

use super::clauses::{Clause, clauses};
use super::cut::{Halves, halves};
use super::espeak::phonemes;
use super::kept::Kept;
use super::making::{Making, Stretches};
use super::phrase::Phrase;
use super::phrases::Phrases;
use super::runtime::is_loaded;
use super::sound::Sound;
use super::vocoder::Vocoder;
use super::{Error, verbalise};
use crate::domain::Speech;
use crate::ports::{Occasion, Voice};
use bytes::Bytes;
use ort::ep::CPU;
use ort::session::Session;
use piper_rs::ModelConfig;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Silence after a clause that does not end its sentence, in ms.
const CLAUSE_PAUSE_MS: u32 = 120;
/// Silence after a sentence, in ms.
const SENTENCE_PAUSE_MS: u32 = 250;

/// Samples above are audible: some −60 dB.
const AUDIBLE: f32 = 0.001;
/// What is left of the silence before an answer, of which voices make 40–70 ms, in ms.
const BEFORE_MS: u32 = 5;

/// The start symbol, put before the phonemes although piper-rs puts one there itself. Voices are
/// trained with padding between the start and the first phoneme, which piper-rs leaves out; padding
/// follows this second start. Without it weak first sounds, as in "sorry" or "thirty", are swallowed:
/// over 20 phrases (noise off), the first 300 ms differ by 4.8 dB from what the trained sequence
/// gives, with it by 3.1 dB; pads alone do worse, or add a pause of 0.3 s.
const START: char = '^';

/// How a voice speaks.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Speed: 1 is the voice's own, 2 is twice as fast. Kept within 0.5…3.
    pub speed: f32,
    /// Threads that share one synthesis; at least 1. A second one brings the first sound about a
    /// third sooner.
    pub threads: usize,
    /// The directory where what is said often is kept from one start to the next.
    pub kept: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { speed: 1.0, threads: 2, kept: None }
    }
}

/// A loaded Piper voice.
///
/// A clause is made a stretch at a time, so that it begins to sound while its end is still made; of a
/// voice whose network cannot be cut for that, at once. The network draws noise of its own, so that the
/// same text does not sound exactly the same from one voice to the next: lengths differ by some percent.
/// What a voice said lately it says again as it did, at once; what it says often it may keep for later ones.
pub struct Piper {
    /// To the latent frames where there is a vocoder, else to samples.
    voice: piper_rs::Piper,
    vocoder: Option<Vocoder>,
    phrases: Phrases,
    kept: Option<Kept>,
    /// A clause that was prepared, but not to its end.
    begun: Option<Making>,
    language: String,
    length_scale: f32,
    own_length_scale: f32,
}

impl Piper {
    /// Loads the voice `model` (`….onnx`) with its configuration (`….onnx.json`).
    /// [`load_runtime`](super::load_runtime) comes first.
    ///
    /// # Errors
    /// ONNX Runtime is not loaded; a file is missing, or is not what it should be.
    pub fn load(model: &Path, configuration: &Path, options: Options) -> Result<Self, Error> {
        if !is_loaded() {
            return Err(Error::NoRuntime);
        }
        let config = config(configuration)?;
        let network = std::fs::read(model)
            .map_err(|source| Error::Voice { path: model.to_owned(), source })?;
        let network = Bytes::from(network);
        let kept = options.kept.map(|dir| Kept::new(dir, crc32fast::hash(&network)));
        let session = |network: &[u8]| {
            session(network, options.threads)
                .map_err(|source| Error::Model { path: model.to_owned(), source: Box::new(source) })
        };
        let (voice, vocoder) = match halves(network.clone()) {
            Some(Halves { encoder, vocoder, channels }) => {
                drop(network);
                (session(&encoder)?, Some(Vocoder::new(session(&vocoder)?, channels)))
            }
            None => (session(&network)?, None),
        };
        let language = config.espeak.voice.clone();
        let own_length_scale = config.inference.length_scale;
        let mut piper = Self {
            voice: piper_rs::Piper::from_session(voice, config),
            vocoder,
            phrases: Phrases::default(),
            kept,
            begun: None,
            language,
            length_scale: own_length_scale,
            own_length_scale,
        };
        piper.set_speed(options.speed);
        Ok(piper)
    }

    /// The clauses of `text`. Figures and names are put into words first where the voice speaks
    /// English.
    fn clauses(&self, text: &str) -> Vec<Clause> {
        if self.language.starts_with("en") { clauses(&verbalise(text)) } else { clauses(text) }
    }

    /// What makes `clause` sound; `None` where it has no sound.
    fn phrase(&self, clause: &Clause) -> Result<Option<Phrase>, Error> {
        let phonemes = phonemes(&clause.parts, &self.language)?;
        if phonemes.is_empty() {
            return Ok(None);
        }
        let pause_ms = if clause.ends_sentence { SENTENCE_PAUSE_MS } else { CLAUSE_PAUSE_MS };
        Ok(Some(Phrase::new(format!("{START}{phonemes}"), pause_ms, self.length_scale)))
    }

    /// `phrase`, as far as it is made already.
    fn begin(&mut self, phrase: Phrase) -> Result<Making, Error> {
        if let Some(speech) = self.phrases.get(&phrase) {
            return Ok(Making::whole(phrase, speech));
        }
        if let Some(begun) = self.begun.take_if(|begun| begun.phrase == phrase) {
            return Ok(begun);
        }
        if let Some(sound) = self.kept.as_ref().and_then(|kept| kept.get(&phrase)) {
            let speech = Speech::from(&sound);
            self.phrases.put(phrase.clone(), sound);
            return Ok(Making::whole(phrase, speech));
        }
        let length_scale = Some(phrase.length_scale());
        let (mut made, rate_hz) =
            self.voice.create(&phrase.phonemes, true, None, length_scale, None, None)?;
        if let Some(vocoder) = &self.vocoder {
            return Ok(Making::of_frames(phrase, vocoder.frames(made), rate_hz));
        }
        made.resize(made.len() + phrase.pause(rate_hz), 0.0);
        let speech = Speech { samples: made, rate_hz, goes_on: false };
        self.phrases.put(phrase.clone(), Sound::from(&speech));
        Ok(Making::whole(phrase, speech))
    }

    /// Make one stretch more of what is not whole; when it is, it is kept.
    fn go_on(&mut self, making: &mut Making, stretches: Stretches) -> Result<(), Error> {
        if let Some(vocoder) = &mut self.vocoder {
            making.go_on(vocoder, stretches)?;
        }
        if making.is_whole() {
            self.phrases.put(making.phrase.clone(), Sound::from(&making.since(0)));
        }
        Ok(())
    }
}

impl Voice for Piper {
    type Error = Error;

    fn set_speed(&mut self, speed: f32) {
        self.length_scale = self.own_length_scale / speed.clamp(0.5, 3.0);
    }

    fn prepare(
        &mut self,
        text: &str,
        occasion: Occasion,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<(), Error> {
        let Some(first) = self.clauses(text).into_iter().next() else { return Ok(()) };
        let Some(phrase) = self.phrase(&first)? else { return Ok(()) };
        let stretches = match occasion {
            Occasion::Soon => Stretches::Short,
            Occasion::Often => Stretches::Growing,
        };
        let mut making = self.begin(phrase)?;
        while !making.is_whole() {
            if !go_on() {
                self.begun = Some(making);
                return Ok(());
            }
            self.go_on(&mut making, stretches)?;
        }
        if let (Occasion::Often, Some(kept)) = (occasion, &self.kept) {
            kept.put(&making.phrase, &Sound::from(&making.since(0)));
        }
        Ok(())
    }

    /// Each clause ends with its pause, and the first has no silence before it; text without words
    /// gives no clause.
    fn speak(&mut self, text: &str, stretch: &mut dyn FnMut(Speech) -> bool) -> Result<(), Error> {
        let mut is_first = true;
        for clause in self.clauses(text) {
            let Some(phrase) = self.phrase(&clause)? else { continue };
            let mut making = self.begin(phrase)?;
            let mut told = 0;
            while told < making.len() || !making.is_whole() {
                if told == making.len() {
                    self.go_on(&mut making, Stretches::Growing)?;
                }
                let mut speech = making.since(told);
                told = making.len();
                if std::mem::take(&mut is_first) {
                    speech.samples.drain(..lead(&speech));
                }
                if !stretch(speech) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// How many samples of silence `speech` begins with, less a little for what is hardly audible.
fn lead(speech: &Speech) -> usize {
    let audible = speech.samples.iter().position(|sample| sample.abs() > AUDIBLE);
    audible.unwrap_or(0).saturating_sub((speech.rate_hz * BEFORE_MS / 1000) as usize)
}

fn config(path: &Path) -> Result<ModelConfig, Error> {
    let file = File::open(path).map_err(|source| Error::Voice { path: path.to_owned(), source })?;
    serde_json::from_reader(BufReader::new(file))
        .map_err(|source| Error::VoiceConfig { path: path.to_owned(), source })
}

/// A session of the `network`, which is an ONNX model.
fn session(network: &[u8], threads: usize) -> ort::Result<Session> {
    Session::builder()?
        .with_intra_threads(threads.max(1))?
        // Spinning threads take the processor from the recogniser between two clauses.
        .with_intra_op_spinning(false)?
        // Plans for each new length would be kept for good: 0.2 GB more after a few answers, for 4 %.
        .with_memory_pattern(false)?
        // So would what the longest clause took: a tenth of a gigabyte, for some 20 % of the time.
        .with_execution_providers([CPU::default().with_arena_allocator(false).build()])?
        .commit_from_memory(network)
}
