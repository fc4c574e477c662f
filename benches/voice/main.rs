//! The companion as its user hears it: times between what sounds in the virtual microphone and what
//! sounds from the virtual speaker of a real sound server. A day of commands and an hour of sounds that
//! address nobody are measured only where they are asked for, as they take long.
//!
//! `scripts/bench voice [--json] [--turns N] [--only answers|breaking-in|key|echo|day|activation]
//! [--minutes N] [--sounds DIR] [--plot FILE.svg]`

mod activation;
mod answers;
mod companion;
mod day;
mod figure;
mod interruptions;
mod noise;
mod questions;
#[path = "../../tests/suite/sound_server.rs"]
mod sound_server;
mod sounds;
mod tap;

use companion::Companion;
use std::path::{Path, PathBuf};

/// Turns of each kind, unless told.
const TURNS: usize = 100;
/// Commands of a day, for each turn of the other kinds.
const DAY: usize = 10;
/// Questions that are spoken in a day.
const SPOKEN: usize = 20;

/// Minutes of sounds that address nobody, unless told.
const MINUTES: usize = 60;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().skip_while(|a| *a != name).nth(1).cloned();
    let number = |name: &str, unless| value(name).map_or(Ok(unless), |given| given.parse());
    let (turns, minutes) = (number("--turns", TURNS)?, number("--minutes", MINUTES)?);
    let only = value("--only");
    let wanted = |what: &str| only.as_ref().is_none_or(|only| only == what);
    let dir = tempfile::tempdir()?;
    let (mut figures, mut stages) = (Vec::new(), Vec::new());
    if only.as_deref() == Some("activation") {
        let more = value("--sounds").map(PathBuf::from);
        figures = activation::measure(dir.path(), minutes, more.as_deref())?;
    } else {
        // before anything is timed
        let asked = if wanted("answers") { turns } else { SPOKEN };
        let questions = questions::recordings(&dir.path().join("questions"), asked)?;
        let companion = Companion::start(dir.path())?;
        if wanted("answers") {
            figures = answers::measure(&companion, &questions)?;
            stages = figures.split_off(1);
        }
        if wanted("breaking-in") {
            figures.push(interruptions::breaking_in(&companion, turns / 4)?);
        }
        if wanted("key") {
            figures.push(interruptions::key(&companion, turns)?);
        }
        if wanted("echo") {
            interruptions::echo(&companion, turns * 2)?;
        }
        if only.as_deref() == Some("day") {
            let texts = questions::texts();
            figures.extend(day::measure(&companion, &texts, &questions, turns * DAY)?);
        }
    }
    if let Some(path) = value("--plot") {
        figure::plot(Path::new(&path), &stages)?;
    }
    for figure in figures.iter().chain(&stages) {
        if arguments.iter().any(|argument| argument == "--json") {
            println!("{}", serde_json::to_string(figure)?);
        } else {
            println!("{figure}");
        }
    }
    Ok(())
}
