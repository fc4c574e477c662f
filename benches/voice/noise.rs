//! Noise and music that can be made of numbers.

use fastrand::Rng;
use nixvox::domain::SPEECH_RATE_HZ;
use std::f32::consts::TAU;

/// What it sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Hiss.
    White,
    /// A fan, or a street.
    Brown,
    /// Mains, with its harmonics.
    Hum,
    /// Knocks, as of a keyboard or dishes.
    Knocks,
    /// Chords and a tune, with a beat.
    Music,
    /// Many voices at once, which are made elsewhere.
    Babble,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] =
        [Self::White, Self::Brown, Self::Hum, Self::Knocks, Self::Music, Self::Babble];
}

/// So many samples of noise, 0.3 loud at most or so.
pub(crate) fn of(kind: Kind, samples: usize, random: &mut Rng) -> impl Iterator<Item = f32> {
    let rate = SPEECH_RATE_HZ as f32;
    let sine = |hertz: f32, n: usize| (TAU * hertz * n as f32 / rate).sin();
    let hiss = |random: &mut Rng| 2.0 * random.f32() - 1.0;
    let (mut last, mut knock) = (0.0_f32, 0.0_f32);
    let (mut tune, mut chord, mut beat) = (0.0_f32, 0.0_f32, 0.0_f32);
    let made: Vec<f32> = (0..samples)
        .map(|n| match kind {
            Kind::White | Kind::Babble => 0.2 * hiss(random),
            Kind::Brown => {
                last = 0.98 * last + 0.1 * hiss(random);
                0.5 * last
            }
            Kind::Hum => 0.2 * (1..=4).map(|k| sine(50.0 * k as f32, n) / k as f32).sum::<f32>(),
            Kind::Knocks => {
                knock = if random.u16(..8000) == 0 { 0.6 } else { 0.99 * knock };
                knock * hiss(random)
            }
            Kind::Music => {
                let note = |random: &mut Rng, from: f32| from * 2.0_f32.powf(random.f32());
                if n.is_multiple_of(SPEECH_RATE_HZ as usize / 4) {
                    (tune, beat) = (note(random, 220.0), 1.0);
                }
                if n.is_multiple_of(SPEECH_RATE_HZ as usize * 2) {
                    chord = note(random, 110.0);
                }
                beat *= 0.9995;
                let harmony: f32 = [1.0, 1.25, 1.5].iter().map(|k| sine(chord * k, n)).sum();
                0.06 * harmony + 0.15 * beat * sine(tune, n) + 0.05 * beat.powi(8) * hiss(random)
            }
        })
        .collect();
    made.into_iter()
}
