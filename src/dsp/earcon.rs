//! Earcons: short sounds that say what words would take too long for.

use crate::domain::{Earcon, Speech};
use std::f32::consts::{PI, TAU};

/// Sample rate of earcons, in Hz.
const RATE_HZ: u32 = 24_000;
/// Their loudest sample, well below speech.
const LEVEL: f32 = 0.2;

/// The sound of `earcon`: pure tones, over before the ear trusts what it hears beside them.
pub fn earcon(earcon: Earcon) -> Speech {
    // (Hz, ms), one after the other
    let tones: &[(f32, u32)] = match earcon {
        Earcon::Listening => &[(660.0, 70)],
        Earcon::Heard => &[(880.0, 70)],
        Earcon::NotUnderstood => &[(440.0, 70), (392.0, 90)],
        Earcon::Error => &[(220.0, 90), (196.0, 140)],
        Earcon::Done => &[(660.0, 60), (990.0, 90)],
    };
    let samples = tones.iter().flat_map(|&(hz, ms)| tone(hz, ms)).collect();
    Speech { samples, rate_hz: RATE_HZ, goes_on: false }
}

/// A tone that swells and fades, so that it does not click.
fn tone(hz: f32, ms: u32) -> impl Iterator<Item = f32> {
    let count = RATE_HZ * ms / 1000;
    (0..count).map(move |n| {
        let swell = (PI * n as f32 / count as f32).sin();
        LEVEL * swell * (TAU * hz * n as f32 / RATE_HZ as f32).sin()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earcons_are_soft_and_over_soon() {
        for sound in Earcon::ALL {
            let Speech { samples, rate_hz, .. } = earcon(sound);
            assert!(samples.iter().all(|sample| sample.abs() <= LEVEL), "{sound:?}");
            assert!(samples.len() < rate_hz as usize / 4, "{sound:?}");
            assert!(samples.first().is_some_and(|sample| sample.abs() < 0.01), "{sound:?} clicks");
        }
    }
}
