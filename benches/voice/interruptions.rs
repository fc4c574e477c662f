//! What must be quick whatever is asked: silence when somebody breaks in, the key's earcon; and what
//! must not happen: that it hears itself.

use super::companion::{Companion, milliseconds};
use super::figure::Figure;
use anyhow::{Context, ensure};
use nixvox::engine::Key;
use nixvox::service::protocol::Request;
use std::thread;
use std::time::{Duration, Instant};

/// What is asked for while the speaker is fed back, whose answer takes some seconds.
const ANSWERED: &str = "which generation am i on";
/// How loud the microphone hears the speaker then, as factors.
const ECHOES: [f32; 3] = [0.03, 0.2, 1.0];
/// With what somebody breaks in, by several voices; the first begins with an "f", which is hard to hear.
const INTERRUPTIONS: [&str; 4] =
    ["forget-it", "no-thank-you", "current-generation", "list-generations"];
/// Nobody breaks in sooner after an answer's beginning.
const SPOKEN: Duration = Duration::from_millis(800);

/// From the beginning of speech to the answer's last sound.
pub(crate) fn breaking_in(companion: &Companion, turns: usize) -> anyhow::Result<Figure> {
    let mut said = INTERRUPTIONS.iter().cycle();
    let times = interrupted(companion, turns, || {
        companion.hear(said.next().context("nothing to say")?);
        Ok(companion.microphone()?.ends()?.0)
    })?;
    Figure::of("breaking in → silence", times)
}

/// From the key's press to the answer's last sound.
pub(crate) fn key_in_answer(companion: &Companion, turns: usize) -> anyhow::Result<Figure> {
    let times = interrupted(companion, turns, || {
        let pressed = Instant::now();
        companion.ask(&Request::Key { key: Key::Press })?;
        thread::sleep(Duration::from_millis(500));
        companion.ask(&Request::Key { key: Key::Release })?;
        Ok(pressed)
    })?;
    Figure::of("key in an answer → silence", times)
}

/// From the moment that `interrupt` tells to the last sound of the answer that is being spoken then.
/// Where the voice paused just then, nothing can be told, and another turn is taken.
fn interrupted(
    companion: &Companion,
    turns: usize,
    mut interrupt: impl FnMut() -> anyhow::Result<Instant>,
) -> anyhow::Result<Vec<f64>> {
    let mut times = Vec::new();
    for turn in 0..turns as u32 * 4 {
        if times.len() == turns {
            break;
        }
        companion.forget();
        companion.ask(&Request::Say { text: "help".to_owned() })?;
        companion.speaker()?.begins()?;
        // not always in the same word
        thread::sleep(SPOKEN + SPOKEN * (turn % 16) / 8);
        companion.forget();
        let began = interrupt()?;
        let (spoken_from, spoken_until) = companion.speaker()?.ends()?;
        if spoken_from < began && began < spoken_until {
            times.push(milliseconds(began, spoken_until));
        }
        companion.settle()?;
    }
    ensure!(times.len() == turns, "the voice paused in {} turns too many", turns - times.len());
    Ok(times)
}

/// From the key's release to the earcon.
pub(crate) fn key(companion: &Companion, turns: usize) -> anyhow::Result<Figure> {
    let mut times = Vec::new();
    for _ in 0..turns {
        companion.ask(&Request::Key { key: Key::Press })?;
        thread::sleep(Duration::from_millis(900));
        companion.forget();
        let released = Instant::now();
        companion.ask(&Request::Key { key: Key::Release })?;
        times.push(milliseconds(released, companion.speaker()?.begins()?));
        companion.speaker()?.ends()?;
        thread::sleep(Duration::from_millis(1500));
    }
    Figure::of("key release → earcon", times)
}

/// How often it takes its own voice for somebody's, with the speaker fed back to the microphone.
pub(crate) fn echo(companion: &Companion, answers: usize) -> anyhow::Result<()> {
    let rooms: Vec<(u32, f32)> =
        [10, 60, 150].iter().flat_map(|&ms| ECHOES.map(|level| (ms, level))).collect();
    let (mut total, mut given) = (0, 0);
    for (delay_ms, level) in &rooms {
        let mut children = companion.server.feed_back(*delay_ms, *level);
        thread::sleep(Duration::from_secs(1));
        companion.forget();
        let mut heard = 0;
        for _ in 0..answers.div_ceil(rooms.len()) {
            companion.ask(&Request::Say { text: ANSWERED.to_owned() })?;
            given += 1;
            heard += companion.heard_meanwhile()?;
        }
        for child in &mut children {
            let _ = child.kill();
            let _ = child.wait();
        }
        eprintln!("speaker fed back {delay_ms} ms late at {level}: {heard} times somebody");
        total += heard;
    }
    println!("its own voice taken for somebody's: {total} times in {given} answers");
    Ok(())
}
