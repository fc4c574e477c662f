//! The first sound of an answer's clause, made a stretch at a time, against the clause made at once: the
//! same voice twice, one of them with a network in which the place to cut it is not found. They take turns.

mod output;
#[path = "../tests/suite/uncut.rs"]
mod uncut;

use anyhow::Context;
use clap::Parser;
use nixvox::config::Config;
use nixvox::models::Models;
use nixvox::ports::Voice;
use nixvox::tts::{self, Options, Piper};
use output::Output;
use serde::Serialize;
use std::fmt;
use std::path::Path;
use std::time::Instant;
use uncut::uncut;

/// Rounds of each clause, in other words each time, as a voice keeps what it said.
const ROUNDS: u32 = 12;
/// What is said, with a number in it.
const CLAUSES: [&str; 3] = [
    "Rolled back to generation {}.",
    "There are {} packages in the profile of the user.",
    "The store has {} paths that nothing refers to and the largest of them is the compiler.",
];

/// An answer's first sound: clauses made a stretch at a time against those made at once.
#[derive(Parser)]
#[command(name = "scripts/bench speaking")]
struct Arguments {
    #[command(flatten)]
    output: Output,
}

/// Medians in ms until a clause sounds, and until all of it is made; ratios of the turns' own times.
#[derive(Serialize)]
struct Row {
    clause: &'static str,
    first_ms: f64,
    at_once_ms: f64,
    ratio: f64,
    all_ms: f64,
    all_ratio: f64,
    n: usize,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clause, first_ms, at_once_ms, ratio, all_ms, all_ratio, n } = self;
        let letters = clause.len();
        write!(
            f,
            "{letters:>3} letters   first sound {first_ms:>6.1} ms   at once {at_once_ms:>6.1} ms   "
        )?;
        write!(f, "ratio {ratio:.2}   all of it {all_ms:>6.1} ms   ratio {all_ratio:.2}   n {n}")
    }
}

fn main() -> anyhow::Result<()> {
    let output = Arguments::parse().output;
    let models = Models::open(None)?;
    tts::load_runtime(&models.onnxruntime()?)?;
    let files = models.voice(&Config::default().voice)?;
    let dir = tempfile::tempdir()?;
    let whole = dir.path().join("whole.onnx");
    let network = uncut(std::fs::read(&files.onnx)?);
    std::fs::write(&whole, network.context("the voice is no network that can be cut")?)?;
    let load = |network: &Path| Piper::load(network, &files.config, Options::default());
    let (mut ours, mut whole) = (load(&files.onnx)?, load(&whole)?);
    for clause in CLAUSES {
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            let text = clause.replace("{}", &(round * 7 + 21).to_string());
            let ((first, all), (_, at_once)) =
                (until(&mut ours, &text)?, until(&mut whole, &text)?);
            times.push(Turn { first, all, at_once });
        }
        let median = |of: fn(&Turn) -> f64| {
            let mut all: Vec<f64> = times.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        output.print(&Row {
            clause,
            first_ms: median(|turn| turn.first),
            at_once_ms: median(|turn| turn.at_once),
            ratio: median(|turn| turn.first / turn.at_once),
            all_ms: median(|turn| turn.all),
            all_ratio: median(|turn| turn.all / turn.at_once),
            n: times.len(),
        })?;
    }
    Ok(())
}

/// What one clause took, in ms.
struct Turn {
    first: f64,
    all: f64,
    at_once: f64,
}

/// How long it takes `voice` until `text` begins to sound, and until all of it is made, in ms.
fn until(voice: &mut Piper, text: &str) -> anyhow::Result<(f64, f64)> {
    let (start, mut first) = (Instant::now(), None);
    let ms = || start.elapsed().as_secs_f64() * 1000.0;
    voice.speak(text, &mut |_| {
        first.get_or_insert_with(ms);
        true
    })?;
    Ok((first.context("nothing was said")?, ms()))
}
