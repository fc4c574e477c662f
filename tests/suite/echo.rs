//! The echo guard on real voices: what is played is not heard, and who breaks in is.

use crate::harness::data;
use nixvox::audio;
use nixvox::dsp::{ECHO_FRAME, EchoGuard, VAD_FRAME, Vad};

/// Seconds of our own voice before somebody breaks in.
const BEFORE: usize = 4;

fn recording(name: &str) -> Vec<f32> {
    audio::read(&data().join(format!("{name}.flac"))).unwrap()
}

/// What stands for our own voice.
fn answer() -> Vec<f32> {
    ["the-minister", "compare-forty", "what-can-i-say"].map(recording).concat()
}

/// What the guard leaves of `voice` over the echo of `played`.
fn cleaned(played: &[f32], voice: &[f32], delay_ms: usize, level: f32) -> Vec<f32> {
    let mut guard = EchoGuard::new().unwrap();
    let delay = delay_ms * 16;
    let at = |samples: &[f32], n: usize| samples.get(n).copied().unwrap_or(0.0);
    let echo = |n: usize| n.checked_sub(delay).map_or(0.0, |n| at(played, n) * level);
    let mut left = Vec::new();
    for start in (0..played.len() + delay).step_by(ECHO_FRAME) {
        let heard = std::array::from_fn(|n| at(voice, start + n) + echo(start + n));
        let sounding = std::array::from_fn(|n| at(played, start + n));
        let cleaned = guard.clean(&heard, &sounding).unwrap();
        left.extend(if cleaned.was_echo { [0.0; ECHO_FRAME] } else { cleaned.samples });
    }
    left
}

/// The longest run of frames that the detector takes for speech.
fn longest_speech(samples: &[f32]) -> usize {
    let mut vad = Vad::default();
    let (frames, _) = samples.as_chunks::<VAD_FRAME>();
    let (mut run, mut longest) = (0, 0);
    for frame in frames {
        run = if vad.score(frame) >= 0.5 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[test]
fn our_own_voice_is_not_heard_whatever_its_delay_and_level() {
    let played = answer();
    assert!(longest_speech(&played) > 20);
    for delay_ms in [20, 80, 200, 350] {
        for level in [0.05, 0.3, 1.0] {
            let longest = longest_speech(&cleaned(&played, &[], delay_ms, level));
            println!("{delay_ms} ms, level {level}: {longest} frames");
            assert!(longest < 7, "{delay_ms} ms, level {level}: {longest} frames");
        }
    }
}

#[test]
fn somebody_who_breaks_in_is_heard() {
    let played = answer();
    let mut voice = vec![0.0; 16_000 * BEFORE];
    voice.extend(recording("forget-it"));
    let until = voice.len();
    for (delay_ms, level) in [(80, 0.1), (200, 0.3), (200, 1.0)] {
        let left = cleaned(&played, &voice, delay_ms, level);
        let longest = longest_speech(&left[16_000 * BEFORE..until]);
        println!("{delay_ms} ms, level {level}: {longest} frames");
        assert!(longest >= 7, "{delay_ms} ms, level {level}: {longest} frames");
    }
}
