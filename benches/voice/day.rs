//! A day's work: what the companion takes of the machine while nobody speaks, and after many
//! commands.

use super::companion::Companion;
use super::figure::Figure;
use anyhow::Context;
use nixvox::engine::{Memory, State};
use nixvox::service::protocol::{Message, Request};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{fs, thread};
use unix::unistd::{SysconfVar, sysconf};

/// How long it is watched while nobody speaks.
const IDLE: Duration = Duration::from_secs(60);
/// Phrases are prepared, and what loading left is done, after so long.
const SETTLING: Duration = Duration::from_secs(60);
/// Every so many commands one is spoken.
const SPOKEN: usize = 50;
/// Memory is told after these shares of the commands, in percent.
const TOLD: [usize; 4] = [10, 25, 50, 100];
/// The next command comes so long after an answer began.
const SAID: Duration = Duration::from_millis(300);
/// Nobody waits longer for an answer to begin.
const BEGUN: Duration = Duration::from_secs(20);

/// `commands` of `texts` one after the other, a few of them spoken.
pub(crate) fn measure(
    companion: &Companion,
    texts: &[String],
    spoken: &[PathBuf],
    commands: usize,
) -> anyhow::Result<Vec<Figure>> {
    let memory = || Memory::of(companion.pid).context("no memory");
    thread::sleep(SETTLING);
    let (before, since) = (processor_time(companion.pid)?, Instant::now());
    thread::sleep(IDLE);
    let idle = (processor_time(companion.pid)? - before) / since.elapsed().as_secs_f64();
    let mut figures = vec![Figure::value("idle cpu %", 100.0 * idle)];
    figures.push(Figure::value("resident MB at first", megabytes(memory()?.resident_kb)));
    let mut texts = texts.iter().cycle();
    let mut spoken = spoken.iter().cycle();
    for number in 1..=commands {
        companion.forget();
        if number.is_multiple_of(SPOKEN) {
            companion.server.say(spoken.next().context("nothing to say")?);
            companion.answer()?;
        } else {
            let text = texts.next().context("nothing to ask")?.clone();
            companion.ask(&Request::Say { text })?;
        }
        await_voice(companion);
        thread::sleep(SAID);
        if TOLD.iter().any(|share| number == commands * share / 100) {
            // not while the rest of an answer is synthesised, which is told as the most
            companion.settle()?;
            let metric = format!("resident MB after {number} commands");
            figures.push(Figure::value(&metric, megabytes(memory()?.resident_kb)));
        }
    }
    figures.push(Figure::value("resident MB at most", megabytes(memory()?.most_kb)));
    Ok(figures)
}

/// Wait until the answer begins to be spoken; the next command cuts it off.
fn await_voice(companion: &Companion) {
    let deadline = Instant::now() + BEGUN;
    let mut left = BEGUN;
    while let Ok(message) = companion.news.recv_timeout(left) {
        if message == (Message::State { state: State::Speaking }) {
            return;
        }
        left = deadline.saturating_duration_since(Instant::now());
    }
}

/// Seconds that a process has had of a processor.
fn processor_time(pid: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // the name, which may hold anything, ends with the last bracket
    let fields = stat.rsplit(") ").next().context("no such process")?.split(' ');
    let ticks: Vec<f64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    let rate = sysconf(SysconfVar::CLK_TCK)?.context("no clock")?;
    Ok(ticks.iter().sum::<f64>() / rate as f64)
}

fn megabytes(kb: u64) -> f64 {
    kb as f64 * 1024.0 / 1e6
}
