//! How long hearing takes: encoding, free decoding, and guided decoding after it, in one run.
//!
//! Every fetched Whisper model, or those that are named, over the recordings of `tests/data` by their
//! length, while the machine is idle and while each core has something else to do; then the matcher,
//! names looked up by sound, and how large the automaton has become.

mod output;

use anyhow::Context;
use clap::Parser;
use nixvox::audio;
use nixvox::config::Config;
use nixvox::domain::{TurnId, Utterance};
use nixvox::engine::{Language, Understanding, quantile};
use nixvox::models::{Kind, Models, State};
use nixvox::ports::Transcriber;
use nixvox::stt::{Laps, Whisper};
use output::Output;
use serde::Serialize;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often each recording is heard.
const ROUNDS: usize = 3;

/// How often each text is matched.
const MATCHES: usize = 20;

/// One name of so many is looked up by its sound.
const LOOKED_UP: usize = 40;

/// Utterances by their length: up to so many seconds.
const LENGTHS: [(f64, &str); 3] = [(3.0, "up to 3 s"), (4.0, "3 to 4 s"), (f64::MAX, "longer")];

/// How long hearing takes, idle and busy.
#[derive(Parser)]
#[command(name = "scripts/bench hearing")]
struct Arguments {
    #[command(flatten)]
    output: Output,
    /// Only with this model; may be given several times
    #[arg(long, value_name = "NAME")]
    model: Vec<String>,
}

/// What the utterances of one length took: medians in ms, and mean calls of the decoder.
#[derive(Serialize)]
struct Heard {
    model: String,
    load: &'static str,
    length: &'static str,
    n: usize,
    encode_ms: f64,
    free_ms: f64,
    guided_ms: f64,
    /// All of it beside encoding and free decoding alone: the median, and of the sums.
    ratio: f64,
    mean_ratio: f64,
    free_calls: f64,
    guided_calls: f64,
    /// The automaton, the vocabulary and the search, for each call in guided decoding; where most were
    /// heard without one there is nothing to tell.
    filter_us: Option<f64>,
}

/// The matcher over the texts of `tests/data`, names by sound, and the automaton after all was heard.
#[derive(Serialize)]
struct Grammar {
    texts: usize,
    match_p50_us: f64,
    match_p99_us: f64,
    /// Names that are on no list as they are spelled, found by their sound: the first of them, for
    /// which the index is made, and each of the others.
    names: usize,
    index_ms: f64,
    name_p50_ms: f64,
    name_p99_ms: f64,
    network: usize,
    nodes: usize,
    states: usize,
    places: usize,
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            model, load, length, n, encode_ms, free_ms, guided_ms, ratio, mean_ratio, ..
        } = self;
        let filter = self.filter_us.map_or_else(|| "-".to_owned(), |us| format!("{us:.0}"));
        write!(
            f,
            "{model:<12} {load:<5} {length:<10} encode {encode_ms:>6.1}  free {free_ms:>6.1}  \
             guided {guided_ms:>6.1} ms  ratio {ratio:.2} (mean {mean_ratio:.2})  calls {:.1}+{:.1}  \
             filter {filter:>3} µs  n {n}",
            self.free_calls, self.guided_calls
        )
    }
}

impl fmt::Display for Grammar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            texts,
            match_p50_us,
            match_p99_us,
            names,
            index_ms,
            name_p50_ms,
            name_p99_ms,
            ..
        } = self;
        let Self { network, nodes, states, places, .. } = self;
        write!(
            f,
            "matcher      p50 {match_p50_us:.0} µs  p99 {match_p99_us:.0} µs over {texts} texts\n\
             by sound     p50 {name_p50_ms:.1} ms  p99 {name_p99_ms:.1} ms over {names} names, \
             and {index_ms:.0} ms before the first\n\
             automaton    {network} states of the network, {nodes} nodes of words, \
             {states} states with {places} places"
        )
    }
}

fn main() -> anyhow::Result<()> {
    let Arguments { output, model: only } = Arguments::parse();
    let models = Models::open(None)?;
    let config = Config::default();
    let language = Language::load(&config.language, &Config::dir())?;
    let understanding = Understanding::new(language.grammar()?);
    let recordings = recordings()?;
    let mut size = None;
    for model in models.list() {
        let wanted = only.is_empty() || only.contains(&model.name);
        if model.kind != Kind::Whisper || model.state != State::Present || !wanted {
            continue;
        }
        let mut whisper =
            Whisper::load(&model.path, config.threads)?.guided_by(understanding.guide())?;
        for load in ["idle", "busy"] {
            let laps = beside(load == "busy", || hear(&mut whisper, &recordings))?;
            for (_, length) in LENGTHS {
                let laps: Vec<Laps> =
                    laps.iter().filter(|lap| lap.0 == length).map(|lap| lap.1).collect();
                if laps.is_empty() {
                    continue;
                }
                let heard = Heard::of(&model.name, load, length, &laps);
                output.print(&heard)?;
            }
        }
        size = whisper.guide_size();
    }
    let (texts, times) = matches(&understanding)?;
    let (index_ms, names) = look_ups(&understanding)?;
    let size = size.context("no Whisper model is here: run scripts/models")?;
    let grammar = Grammar {
        texts,
        match_p50_us: quantile(&times, 0.5) * 1000.0,
        match_p99_us: quantile(&times, 0.99) * 1000.0,
        names: names.len(),
        index_ms,
        name_p50_ms: quantile(&names, 0.5),
        name_p99_ms: quantile(&names, 0.99),
        network: size.network,
        nodes: size.nodes,
        states: size.states,
        places: size.places,
    };
    output.print(&grammar)
}

impl Heard {
    fn of(model: &str, load: &'static str, length: &'static str, laps: &[Laps]) -> Self {
        let median =
            |of: &dyn Fn(&Laps) -> f64| quantile(&laps.iter().map(of).collect::<Vec<_>>(), 0.5);
        let sum = |of: &dyn Fn(&Laps) -> f64| laps.iter().map(of).sum::<f64>();
        let alone = |lap: &Laps| ms(lap.encode + lap.free);
        let whole = |lap: &Laps| ms(lap.encode + lap.free + lap.guided);
        let calls = sum(&|lap| lap.guided_calls as f64);
        Self {
            model: model.to_owned(),
            load,
            length,
            n: laps.len(),
            encode_ms: median(&|lap| ms(lap.encode)),
            free_ms: median(&|lap| ms(lap.free)),
            guided_ms: median(&|lap| ms(lap.guided)),
            ratio: median(&|lap| whole(lap) / alone(lap)),
            mean_ratio: sum(&whole) / sum(&alone),
            free_calls: sum(&|lap| lap.free_calls as f64) / laps.len() as f64,
            guided_calls: calls / laps.len() as f64,
            filter_us: (calls >= laps.len() as f64)
                .then(|| sum(&|lap| ms(lap.search)) * 1000.0 / calls),
        }
    }
}

/// Do `work` while, if `busy`, each core spins.
fn beside<T>(busy: bool, work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..if busy { cores } else { 0 } {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let done = work();
        over.store(true, Ordering::Relaxed);
        done
    })
}

/// Where the time of each recording went, and how long it is.
fn hear(
    whisper: &mut Whisper,
    recordings: &[Vec<f32>],
) -> anyhow::Result<Vec<(&'static str, Laps)>> {
    let go_on = AtomicBool::new(false);
    let mut laps = Vec::new();
    for samples in recordings.iter().cycle().take(recordings.len() * ROUNDS) {
        let utterance = Utterance { turn: TurnId::default(), samples: samples.clone() };
        whisper.transcribe(&utterance, &go_on)?;
        let seconds = samples.len() as f64 / 16_000.0;
        let length = LENGTHS.iter().find(|(most, _)| seconds <= *most).map_or("longer", |l| l.1);
        laps.push((length, whisper.laps()));
    }
    Ok(laps)
}

/// How many texts there are, and what matching each took, in ms.
fn matches(understanding: &Understanding) -> anyhow::Result<(usize, Vec<f64>)> {
    let mut texts = Vec::new();
    for file in ["wordings.jsonl", "corpus.jsonl"] {
        let path = data().join(file);
        let lines = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for line in lines.lines() {
            let line: serde_json::Value = serde_json::from_str(line)?;
            texts.extend(line["text"].as_str().map(str::to_owned));
        }
    }
    let times = texts.iter().cycle().take(texts.len() * MATCHES).map(|text| {
        let started = Instant::now();
        std::hint::black_box(understanding.readings(text, &[]));
        ms(started.elapsed())
    });
    Ok((texts.len(), times.collect()))
}

/// What it took to look the first name up by its sound, and each of some others, in ms.
fn look_ups(understanding: &Understanding) -> anyhow::Result<(f64, Vec<f64>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammars/en/names/packages.txt");
    let names = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let mut times = Vec::new();
    for name in names.lines().step_by(LOOKED_UP) {
        // as none is written
        let text = format!("what is {name}q");
        let started = Instant::now();
        std::hint::black_box(understanding.readings(&text, &[]));
        times.push(ms(started.elapsed()));
    }
    let first = if times.is_empty() { 0.0 } else { times.remove(0) };
    Ok((first, times))
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn data() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The recordings' samples, in the order of their names.
fn recordings() -> anyhow::Result<Vec<Vec<f32>>> {
    let dir = data();
    let entries = std::fs::read_dir(&dir).with_context(|| dir.display().to_string())?;
    let mut found = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    found.retain(|path| path.extension() == Some("flac".as_ref()));
    found.sort();
    found.iter().map(|path| Ok(audio::read(path)?)).collect()
}
