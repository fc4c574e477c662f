//! The whole journey, from a recording in memory's reach to the last clause of the spoken answer,
//! with the models loaded once as a service has them.
//!
//! A line a stage and one for the whole, over the recordings of `tests/data`, heard by turns.

mod output;

use anyhow::Context;
use clap::Parser;
use nixvox::audio::{self, WavSink};
use nixvox::config::Config;
use nixvox::dialogue::Session;
use nixvox::domain::{TurnId, Utterance};
use nixvox::engine::{
    AFTER_FIRST_SOUND, Assistant, Language, Stopwatch, Understanding, World, speak,
};
use nixvox::models::Models;
use nixvox::ports::{AudioSink, Transcriber};
use nixvox::stt::Whisper;
use nixvox::tts::{self, Piper};
use output::Output;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// How often each recording is heard.
const ROUNDS: usize = 3;

/// From recording to spoken answer, stage by stage.
#[derive(Parser)]
#[command(name = "scripts/bench journey")]
struct Arguments {
    #[command(flatten)]
    output: Output,
    /// With this model
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
}

/// One stage's figures over all turns, in ms.
#[derive(Serialize)]
struct Figure {
    stage: String,
    p50_ms: f64,
    p95_ms: f64,
    n: usize,
}

fn main() -> anyhow::Result<()> {
    let Arguments { output, model } = Arguments::parse();
    let model = model.unwrap_or_else(|| Config::default().model);
    let dir = tempfile::tempdir()?;
    let mut bench = Bench::load(&model, dir.path())?;

    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut order = Vec::new();
    for recording in recordings()?.iter().cycle().take(recordings()?.len() * ROUNDS) {
        let watch = bench.turn(recording)?;
        let before_sound =
            watch.stages().iter().filter(|stage| !AFTER_FIRST_SOUND.contains(&stage.stage));
        let sums = [
            ("= first sound", before_sound.map(|stage| stage.ms).sum()),
            ("= whole turn", watch.total_ms()),
        ];
        let stages = watch.stages().iter().map(|stage| (stage.stage, stage.ms));
        for (stage, ms) in stages.chain(sums) {
            if !order.contains(&stage.to_owned()) {
                order.push(stage.to_owned());
            }
            times.entry(stage.to_owned()).or_default().push(ms);
        }
    }
    order.sort_by_key(|stage| stage.starts_with('='));
    for stage in order {
        let figure = Figure::of(&stage, times.remove(&stage).unwrap_or_default());
        output.print(&figure)?;
    }
    Ok(())
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stage, p50_ms, p95_ms, n } = self;
        write!(f, "{stage:<14} p50 {p50_ms:>8.1} ms   p95 {p95_ms:>8.1} ms   n {n}")
    }
}

impl Figure {
    fn of(stage: &str, mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let at = |part: usize| times[(times.len() - 1) * part / 100];
        Self { stage: stage.to_owned(), p50_ms: at(50), p95_ms: at(95), n: times.len() }
    }
}

struct Bench {
    whisper: Whisper,
    voice: Piper,
    assistant: Assistant,
    answer: PathBuf,
}

impl Bench {
    fn load(model: &str, dir: &Path) -> anyhow::Result<Self> {
        let config = Config::default();
        let models = Models::open(None)?;
        tts::load_runtime(&models.onnxruntime()?)?;
        let language = Language::load(&config.language, dir)?;
        let understanding = Understanding::new(language.grammar()?);
        let session = Session::new(language.phrasebook()?);
        let whisper = Whisper::load(&models.whisper(model)?, config.threads)?;
        let files = models.voice(&config.voice)?;
        let world = World::practice(Some(dir.join("practice")))?;
        Ok(Self {
            whisper: whisper.guided_by(understanding.guide())?,
            voice: Piper::load(&files.onnx, &files.config, tts::Options::default())?,
            assistant: Assistant::new(understanding, session, world),
            answer: dir.join("answer.wav"),
        })
    }

    /// One turn, and where its time went.
    fn turn(&mut self, recording: &Path) -> anyhow::Result<Stopwatch> {
        let go_on = AtomicBool::new(false);
        let mut watch = Stopwatch::start();
        let utterance = Utterance { turn: TurnId::default(), samples: audio::read(recording)? };
        watch.lap("read");
        let transcript = self.whisper.transcribe(&utterance, &go_on)?;
        watch.lap("recognise");
        let turn = self.assistant.transcript(&transcript, &mut watch);
        let mut sink = WavSink::create(&self.answer)?;
        speak(&turn.reply.say, &mut self.voice, &mut sink, &go_on, &mut watch)?;
        sink.finish()?;
        watch.lap("play out");
        Ok(watch)
    }
}

fn recordings() -> anyhow::Result<Vec<PathBuf>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let entries = std::fs::read_dir(&dir).with_context(|| dir.display().to_string())?;
    let mut found = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    found.retain(|path| path.extension() == Some("flac".as_ref()));
    found.sort();
    Ok(found)
}
