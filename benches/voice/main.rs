//! The companion as its user hears it: times between what sounds in the virtual microphone and what
//! sounds from the virtual speaker of a real sound server. A day of commands and an hour of sounds that
//! address nobody are measured only where they are asked for, as they take long.
//! `scripts/bench voice --help` tells how.

mod activation;
mod answers;
mod companion;
mod day;
mod figure;
mod interruptions;
mod noise;
#[path = "../output/mod.rs"]
mod output;
mod questions;
#[path = "../../tests/suite/sound_server.rs"]
mod sound_server;
mod sounds;
mod tap;

use clap::{Parser, ValueEnum};
use companion::Companion;
use output::Output;
use std::path::PathBuf;

/// Commands of a day, for each turn of the other kinds.
const DAY: usize = 10;
/// Questions that are spoken in a day.
const SPOKEN: usize = 20;

/// The companion at its microphone and speaker.
#[derive(Parser)]
#[command(name = "scripts/bench voice")]
struct Arguments {
    #[command(flatten)]
    output: Output,
    /// Turns of each kind; an echo is listened for in twice as many answers
    #[arg(long, value_name = "N", default_value_t = 100)]
    turns: usize,
    /// Measure only this
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Minutes of sounds that address nobody
    #[arg(long, value_name = "N", default_value_t = 60)]
    minutes: usize,
    /// A folder with more such recordings
    #[arg(long, value_name = "DIR")]
    sounds: Option<PathBuf>,
    /// Draw where the time from a question to its answer goes
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// From the end of speech to the answer, and the shares of the stages
    Answers,
    /// From speech, and from the key, during an answer to silence
    BreakingIn,
    /// From the key's release to the earcon
    Key,
    /// How often it takes its own voice for somebody's
    Echo,
    /// What it takes of the machine when idle, and in ten commands a turn; only where asked for
    Day,
    /// How often sounds that address nobody are taken for commands; only where asked for
    Activation,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let turns = arguments.turns;
    let wanted = |part: Part| arguments.only.is_none_or(|only| only == part);
    let dir = tempfile::tempdir()?;
    let (mut figures, mut stages) = (Vec::new(), Vec::new());
    if arguments.only == Some(Part::Activation) {
        let more = arguments.sounds.as_deref();
        figures = activation::measure(dir.path(), arguments.minutes, more)?;
    } else {
        // before anything is timed
        // some are misheard
        let asked = if wanted(Part::Answers) { turns + turns / 10 } else { SPOKEN };
        let questions = questions::recordings(&dir.path().join("questions"), asked)?;
        let companion = Companion::start(dir.path(), arguments.only != Some(Part::Day))?;
        if wanted(Part::Answers) {
            figures = answers::measure(&companion, &questions, turns)?;
            stages = figures.split_off(1);
        }
        if wanted(Part::BreakingIn) {
            figures.push(interruptions::breaking_in(&companion, turns)?);
            figures.push(interruptions::key_in_answer(&companion, turns.div_ceil(4))?);
        }
        if wanted(Part::Key) {
            figures.push(interruptions::key(&companion, turns)?);
        }
        if wanted(Part::Echo) {
            interruptions::echo(&companion, turns * 2)?;
        }
        if arguments.only == Some(Part::Day) {
            let texts = questions::texts();
            figures.extend(day::measure(&companion, &texts, &questions, turns * DAY)?);
        }
    }
    if let Some(path) = &arguments.plot {
        figure::plot(path, &stages)?;
    }
    for figure in figures.iter().chain(&stages) {
        arguments.output.print(figure)?;
    }
    Ok(())
}
