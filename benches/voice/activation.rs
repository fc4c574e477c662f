//! Speech, noise and music that address nobody, for as long as is asked: how often the companion
//! takes itself to be meant, and what it does then. Heard faster than it would sound.

use super::figure::Figure;
use super::sounds::Sounds;
use anyhow::Context;
use nixvox::domain::SPEECH_RATE_HZ;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Seconds of one recording; no more are read at a time.
const PIECE: usize = 300;

/// Let it listen for `minutes`, with the recordings in `more` among what is heard.
pub(crate) fn measure(
    dir: &Path,
    minutes: usize,
    more: Option<&Path>,
) -> anyhow::Result<Vec<Figure>> {
    let mut sounds = Sounds::new(more)?;
    let (mut activations, mut acts) = (0, 0);
    let pieces = (minutes * 60).div_ceil(PIECE);
    for piece in 0..pieces {
        let path = dir.join("sounds.wav");
        write(&path, &sounds.mix(PIECE * SPEECH_RATE_HZ as usize))?;
        for turn in turns(dir, &path)? {
            activations += 1;
            let risk = turn["plan"]["risk"].as_str().unwrap_or("read");
            acts += usize::from(risk != "read" && turn["outcomes"].is_array());
            eprintln!("piece {piece}: {} taken for {}", turn["transcript"]["text"], turn["intent"]);
        }
    }
    eprintln!("{}", sounds.told());
    Ok(vec![
        Figure::value("minutes that addressed nobody", (pieces * PIECE) as f64 / 60.0),
        Figure::value("false activations", f64::from(activations)),
        Figure::value("acts after them", acts as f64),
    ])
}

/// What is made of a recording, with the phrase that comes with the program.
fn turns(dir: &Path, recording: &Path) -> anyhow::Result<Vec<Value>> {
    let output = Command::new(env!("CARGO_BIN_EXE_nixvox"))
        .args(["--practice", "listen", "--quiet", "--json", "--from"])
        .arg(recording)
        .env("NIXVOX_PRACTICE_DIR", dir.join("practice"))
        .env("XDG_STATE_HOME", dir.join("state"))
        .env("XDG_CONFIG_HOME", dir.join("config"))
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "nixvox listen failed: {told}");
    let lines = String::from_utf8(output.stdout)?;
    let values: Result<Vec<Value>, _> = lines.lines().map(serde_json::from_str).collect();
    let turns = values.context("no JSON")?.into_iter();
    Ok(turns.filter(|line| line.get("hearing").is_some()).collect())
}

fn write(path: &Path, samples: &[f32]) -> anyhow::Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SPEECH_RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    for sample in samples {
        writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0) as i16)?;
    }
    Ok(writer.finalize()?)
}
