//! Questions to a configuration in process, read anew each time, against Nix's own evaluator.
//!
//! The two sides take turns on a copy of a fixture of the tests, and must answer the same. Nix's side
//! evaluates the file as a plain function, without NixOS's modules, which is the least that it can do.

mod output;

use anyhow::{Context, ensure};
use clap::Parser;
use nixvox::domain::{EvaluatorKind, Subject};
use nixvox::nix::evaluator::{self, Place};
use nixvox::nix::{Cancel, Practice};
use nixvox::nixos::{self, Configuration, OptionPath, Options, system};
use nixvox::ports::Evaluator;
use output::Output;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Turns of each side.
const TURNS: usize = 25;
/// What is asked for.
const ASKED: [&str; 3] = ["networking.hostName", "time.timeZone", "services.openssh.enable"];

/// One row: medians of both sides in milliseconds.
#[derive(Serialize)]
struct Row {
    what: String,
    nix_ms: Option<f64>,
    ours_ms: f64,
    ratio: Option<f64>,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nix = self.nix_ms.map_or(String::new(), |ms| format!("{ms:.2} ms"));
        let ours = format!("{:.3} ms", self.ours_ms);
        let ratio = self.ratio.map_or(String::new(), |ratio| format!("{ratio:.0}×"));
        write!(f, "{:<44}{nix:>12}{ours:>12}{ratio:>8}", self.what)
    }
}

/// Questions to a configuration in process, against Nix's evaluator.
#[derive(Parser)]
#[command(name = "scripts/bench config")]
struct Arguments {
    #[command(flatten)]
    output: Output,
}

fn main() -> anyhow::Result<()> {
    let output = Arguments::parse().output;
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("configuration.nix");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config/classic.nix");
    std::fs::copy(fixture, &file)?;
    let mut rows = Vec::new();
    for asked in ASKED {
        let option: OptionPath = asked.parse()?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let (told, ms) = timed(|| theirs_of(&file, asked))?;
            theirs.push(ms);
            let (found, ms) = timed(|| Ok(read(&file)?.query(&option)?))?;
            ours.push(ms);
            let value = found.values.first().map(|value| value.value.as_str());
            ensure!(value == Some(told.as_str()), "{asked}: {value:?} is not {told}");
        }
        rows.push(row(format!("config.query {asked}"), &mut ours, Some(&mut theirs)));
    }
    let zone: OptionPath = "time.timeZone".parse()?;
    let options = Options::built_in()?;
    let mut set = Vec::new();
    let mut check = Vec::new();
    for _ in 0..TURNS {
        set.push(timed(|| Ok(read(&file)?.set(&zone, "\"UTC\"")?))?.1);
        check.push(timed(|| Ok(read(&file)?.problems(&options)))?.1);
    }
    rows.push(row("config.set, planned and read again".into(), &mut set, None));
    rows.push(row("config.validate".into(), &mut check, None));
    rows.extend(evaluated()?);
    for row in rows {
        output.print(&row)?;
    }
    Ok(())
}

/// An option of the practice machine, as Nix's library has it when it is warm, and just after an
/// edit; against `nix-instantiate` on the same. None where this was built without the library.
fn evaluated() -> anyhow::Result<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let practice = Practice::open(dir.path())?;
    let configuration = nixos::practice(practice.dir())?;
    let nixpkgs = nixos::practice_nixpkgs(practice.dir(), &practice.activation())?;
    let mut place = Place::new(practice.paths());
    place.program = Some(env!("CARGO_BIN_EXE_nixvox").into());
    let search = format!("nixpkgs={}", nixpkgs.display());
    place.environment.extend(practice.environment().map(|(name, path)| (name, path.into())));
    place.environment.push(("NIX_PATH", search.clone().into()));
    let cancel = Cancel::default();
    let open = |kind| evaluator::open(kind, place.clone(), &cancel);
    let Some(mut library) = open(EvaluatorKind::Library) else {
        eprintln!("evaluation is left out: this is built without Nix's library");
        return Ok(Vec::new());
    };
    let mut command = open(EvaluatorKind::Command).context("nix-instantiate")?;
    let expression = system::expression(Some(&configuration), Some(&search), None)?;
    let question = system::value_of(&"virtualisation.docker.enable".parse()?);
    let (mut warm, mut anew, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..TURNS {
        let ask = |evaluator: &mut Box<dyn Evaluator<Error = _>>, stamp: Option<String>| {
            let subject = Subject { expression: expression.clone(), stamp, refresh: false };
            timed(|| Ok(evaluator.evaluate(&subject, &question)?))
        };
        let (fresh, ms) = ask(&mut library, Some(turn.to_string()))?;
        let (kept, warm_ms) = ask(&mut library, Some(turn.to_string()))?;
        let (told, theirs_ms) = ask(&mut command, None)?;
        ensure!(fresh == told && kept == told, "{fresh}, {kept}, {told}");
        anew.push(ms);
        warm.push(warm_ms);
        theirs.push(theirs_ms);
    }
    let what = |when| format!("config.query evaluated, {when}");
    Ok(vec![
        row(what("warm"), &mut warm, Some(&mut theirs)),
        row(what("after an edit"), &mut anew, Some(&mut theirs)),
    ])
}

fn read(file: &Path) -> anyhow::Result<Configuration> {
    Ok(Configuration::read(&[PathBuf::from(file)])?)
}

fn timed<T>(act: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, f64)> {
    let begun = Instant::now();
    let result = act()?;
    Ok((result, begun.elapsed().as_secs_f64() * 1000.0))
}

/// What `nix-instantiate` says that `option` is.
fn theirs_of(file: &Path, option: &str) -> anyhow::Result<String> {
    let expression =
        format!("(import {} {{ config = {{ }}; pkgs = {{ }}; }}).{option}", file.display());
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--readonly-mode", "--expr", &expression])
        .output()
        .context("nix-instantiate")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn row(what: String, ours: &mut [f64], theirs: Option<&mut Vec<f64>>) -> Row {
    let ours_ms = median(ours);
    let nix_ms = theirs.map(|theirs| median(theirs));
    Row { what, nix_ms, ours_ms, ratio: nix_ms.map(|nix| nix / ours_ms) }
}
