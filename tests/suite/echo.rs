//! The echo guard on real voices: what is played is not heard, and who breaks in is.

use crate::harness::data;
use nixvox::audio;
use nixvox::dsp::{ECHO_FRAME, EchoGuard, Learning, Masking, VAD_FRAME, Vad};

/// Seconds of our own voice before somebody breaks in.
const BEFORE: usize = 4;
/// Samples in which the room gets known, and nobody is listened to.
const FIRST: usize = 16_000 * 6 / 10;

fn recording(name: &str) -> Vec<f32> {
    audio::read(&data().join(format!("{name}.flac"))).unwrap()
}

/// What stands for our own voice.
fn answer() -> Vec<f32> {
    ["the-minister", "compare-forty", "what-can-i-say"].map(recording).concat()
}

/// A room, as its echo goes.
#[derive(Debug, Clone, Copy)]
struct Room {
    delay_ms: usize,
    level: f32,
    /// The device runs dry now and then, which makes the echo later; and the room resounds.
    awkward: bool,
}

impl Room {
    /// The echo of `played`.
    fn echo(self, played: &[f32]) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(1);
        let mut echo = vec![0.0; self.delay_ms * 16];
        for (n, piece) in played.chunks(1600).enumerate() {
            if self.awkward && n % 12 == 11 {
                echo.extend(vec![0.0; random.usize(80..640)]);
            }
            echo.extend(piece);
        }
        let dry = echo.clone();
        for (late, gain) in [(419, -0.4), (911, 0.3), (2911, 0.1)] {
            for n in (late..echo.len()).filter(|_| self.awkward) {
                echo[n] += gain * dry[n - late];
            }
        }
        let noise = |random: &mut fastrand::Rng| 0.0005 * (random.f32() - 0.5);
        echo.iter().map(|sample| sample * self.level + noise(&mut random)).collect()
    }
}

/// What the guard leaves of `voice` over the echo of `played`, and what the canceller leaves alone.
fn cleaned(played: &[f32], voice: &[f32], room: Room) -> (Vec<f32>, Vec<f32>) {
    let (mut guard, mut masking) = (EchoGuard::new().unwrap(), Masking::default());
    let echo = room.echo(played);
    let at = |samples: &[f32], n: usize| samples.get(n).copied().unwrap_or(0.0);
    let (mut left, mut cancelled) = (Vec::new(), Vec::new());
    for start in (0..echo.len()).step_by(ECHO_FRAME) {
        let heard = std::array::from_fn(|n| at(voice, start + n) + at(&echo, start + n));
        let sounding = std::array::from_fn(|n| at(played, start + n));
        let learning = if start < FIRST { Learning::Fast } else { Learning::Slow };
        masking.push(&heard, &sounding, learning).unwrap();
        let cleaned = guard.clean(&heard, &sounding).unwrap();
        left.extend(if masking.hears_another() { cleaned } else { [0.0; ECHO_FRAME] });
        cancelled.extend(cleaned);
    }
    (left, cancelled)
}

/// Of which share of its louder frames little is left of `voice`, where the speaker is not heard.
fn eaten(played: &[f32], voice: &[f32]) -> f32 {
    let mut guard = EchoGuard::new().unwrap();
    let energy = |frame: &[f32]| frame.iter().map(|sample| sample * sample).sum::<f32>();
    let (mut loud, mut eaten) = (0.0, 0.0);
    let (played, _) = played.as_chunks::<ECHO_FRAME>();
    let (voice, _) = voice.as_chunks::<ECHO_FRAME>();
    for (heard, sounding) in voice.iter().zip(played) {
        let left = guard.clean(heard, sounding).unwrap();
        if energy(heard) > 0.01 {
            loud += 1.0;
            eaten += f32::from(energy(&left) < 0.25 * energy(heard));
        }
    }
    eaten / loud
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

/// Rooms from a headset that leaks to a speaker beside the microphone.
fn rooms() -> impl Iterator<Item = Room> {
    [5, 20, 80, 200].into_iter().flat_map(|delay_ms| {
        let room = move |(level, awkward)| Room { delay_ms, level, awkward };
        [(0.03, false), (0.3, true), (1.0, false), (1.0, true)].map(room)
    })
}

#[test]
fn our_own_voice_is_not_heard_whatever_its_delay_and_level() {
    let played = answer();
    assert!(longest_speech(&played) > 20);
    let mut worst = 0;
    for room in rooms() {
        let (left, cancelled) = cleaned(&played, &[], room);
        let longest = longest_speech(&left[FIRST..]);
        worst = worst.max(longest_speech(&cancelled[FIRST..]));
        assert!(longest < 6, "{room:?}: {longest} frames");
    }
    println!("the canceller alone leaves up to {worst} frames");
    assert!(worst > 20, "no room that the canceller does not know");
}

#[test]
fn somebody_who_breaks_in_is_heard() {
    let played = answer();
    for name in ["forget-it", "roll-back", "undo-that"] {
        let mut voice = vec![0.0; 16_000 * BEFORE];
        voice.extend(recording(name));
        let until = voice.len();
        for room in rooms() {
            let (left, _) = cleaned(&played, &voice, room);
            let longest = longest_speech(&left[16_000 * BEFORE..until.min(left.len())]);
            assert!(longest >= 6, "{name} in {room:?}: {longest} frames");
        }
    }
}

#[test]
fn what_somebody_says_who_breaks_in_is_left_whole() {
    let played = answer();
    for name in ["forget-it", "roll-back", "undo-that"] {
        let mut voice = vec![0.0; 16_000 * BEFORE];
        voice.extend(recording(name));
        let eaten = eaten(&played, &voice);
        println!("{name}: {eaten} eaten");
        assert!(eaten < 0.1, "{name}: {eaten}");
    }
}
