//! Whether what is heard can all be what is played, by its energies alone: however late it comes,
//! and where its delay leaps because a device ran dry, which an echo canceller follows too slowly.

use super::Error;
use super::echo::ECHO_FRAME;
use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex32};
use std::array;
use std::collections::VecDeque;
use std::f32::consts::PI;
use std::sync::Arc;

/// Samples that a spectrum is of: 20 ms, half of it new.
const WINDOW: usize = 2 * ECHO_FRAME;
/// Bands of the spectrum, each a third of an octave or so.
const BANDS: usize = 14;
/// Their edges in bins of 50 Hz.
const EDGES: [usize; BANDS + 1] = [3, 5, 7, 9, 11, 14, 17, 21, 26, 32, 40, 50, 62, 80, 110];
/// The latest that an echo comes, in frames of 10 ms.
const LATEST: usize = 70;
/// Energy of a band below which there is nothing to hear in it, of a sample of 1.
const FLOOR: f32 = 1e-8;
/// What is played counts for the room's loudness only from so loud on, in nats above the floor.
const LOUD: f32 = 5.0;
/// How much louder than the echo may be, in nats, a band has to be to be somebody else's: 5 dB.
const MARGIN: f32 = 1.15;
/// Bands that have to be somebody else's at once.
const ENOUGH: usize = 2;
/// The share of frames in which the echo is no louder than what the room is taken for.
const SHARE: f32 = 0.95;
/// The step by which the room's loudness is learnt, in nats. Somebody who speaks is heard before it
/// has taken their voice for the room's: it makes up for 3 dB in 80 ms, and forgets 2 dB in a second.
const STEP: f32 = 0.1;
/// The same for [`Learning::Fast`].
const FAST: f32 = 0.4;
/// Frames that are judged together: 0.1 s.
const JUDGED: usize = 10;
/// Of those, how many have to hold somebody else's sound.
const HEARD: usize = 3;

/// One frame's energies by band, as logarithms in nats.
type Bands = [f32; BANDS];

/// How the room's loudness is learnt from a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learning {
    /// An answer begins, when nobody is listened to yet, and the room may have become another since the
    /// last one: all of it is thought to be played.
    Fast,
    /// Most of it is thought to be played.
    Slow,
    /// Somebody is known to speak.
    Not,
}

/// Compares a microphone's stream with what is played.
pub struct Masking {
    transform: Arc<dyn RealToComplex<f32>>,
    window: [f32; WINDOW],
    heard: [f32; ECHO_FRAME],
    before: [f32; ECHO_FRAME],
    played: VecDeque<Bands>,
    /// How much louder a band is heard than played.
    room: Bands,
    /// Which of the last frames held somebody else's sound.
    others: VecDeque<bool>,
}

impl Default for Masking {
    fn default() -> Self {
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(WINDOW),
            window: array::from_fn(|n| (PI * n as f32 / WINDOW as f32).sin()),
            heard: [0.0; ECHO_FRAME],
            before: [0.0; ECHO_FRAME],
            played: VecDeque::from(vec![[FLOOR.ln(); BANDS]; LATEST]),
            room: [0.0; BANDS],
            others: VecDeque::from(vec![false; JUDGED]),
        }
    }
}

impl Masking {
    /// Take in what was `heard`, and what was `played` at that time or up to 0.7 s before.
    ///
    /// # Errors
    /// A spectrum cannot be computed.
    pub fn push(
        &mut self,
        heard: &[f32; ECHO_FRAME],
        played: &[f32; ECHO_FRAME],
        learning: Learning,
    ) -> Result<(), Error> {
        let (transform, window) = (&*self.transform, &self.window);
        let now = bands(&mut self.heard, heard, transform, window)?;
        self.played.push_back(bands(&mut self.before, played, transform, window)?);
        self.played.pop_front();
        let loudest: Bands =
            array::from_fn(|band| self.played.iter().fold(f32::MIN, |l, p| l.max(p[band])));
        let mut louder = 0;
        for band in 0..BANDS {
            let excess = now[band] - loudest[band] - self.room[band];
            louder += usize::from(excess > MARGIN);
            if loudest[band] > FLOOR.ln() + LOUD {
                let step = match learning {
                    Learning::Fast => FAST,
                    Learning::Slow => STEP,
                    Learning::Not => 0.0,
                };
                self.room[band] += step * if excess > 0.0 { SHARE } else { SHARE - 1.0 };
            }
        }
        self.others.push_back(louder >= ENOUGH);
        self.others.pop_front();
        Ok(())
    }

    /// Whether the last 0.1 s held something that was not played.
    pub fn hears_another(&self) -> bool {
        self.others.iter().filter(|other| **other).count() >= HEARD
    }
}

/// The energies by band of `before` and `frame`, which is the next one's `before`.
fn bands(
    before: &mut [f32; ECHO_FRAME],
    frame: &[f32; ECHO_FRAME],
    transform: &dyn RealToComplex<f32>,
    window: &[f32; WINDOW],
) -> Result<Bands, Error> {
    let mut samples: [f32; WINDOW] = array::from_fn(|n| {
        let sample = if n < ECHO_FRAME { before[n] } else { frame[n - ECHO_FRAME] };
        sample * window[n]
    });
    *before = *frame;
    let mut spectrum = [Complex32::default(); WINDOW / 2 + 1];
    let transformed = transform.process(&mut samples, &mut spectrum);
    transformed.map_err(|error| Error::Echo(error.to_string()))?;
    Ok(array::from_fn(|band| {
        let bins = &spectrum[EDGES[band]..EDGES[band + 1]];
        let energy: f32 = bins.iter().map(Complex32::norm_sqr).sum();
        (energy / (WINDOW * WINDOW) as f32).max(FLOOR).ln()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Frames = Vec<[f32; ECHO_FRAME]>;

    /// Noise whose loudness changes at random every 40 ms.
    fn babble(seed: u64, frames: usize) -> Frames {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut level = 0.0;
        let frame = |n: usize| {
            if n.is_multiple_of(4) {
                level = 0.5 * random.f32() * random.f32();
            }
            array::from_fn(|_| level * (random.f32() - 0.5))
        };
        (0..frames).map(frame).collect()
    }

    /// In how many frames after the first second another is heard.
    fn heard(heard: &Frames, played: &Frames) -> usize {
        let mut masking = Masking::default();
        let another = heard.iter().zip(played).enumerate().map(|(n, (heard, played))| {
            let learning = if n < 60 { Learning::Fast } else { Learning::Slow };
            masking.push(heard, played, learning).unwrap();
            masking.hears_another()
        });
        another.skip(100).filter(|another| *another).count()
    }

    #[test]
    fn an_echo_is_nobody_else_however_late_and_loud_and_though_its_delay_leaps() {
        let played = babble(1, 500);
        for (late, level) in [(0, 0.1), (3, 1.0), (25, 2.0)] {
            let mut echo = vec![[0.0; ECHO_FRAME]; late];
            for (n, frame) in played.iter().enumerate() {
                if n % 150 == 120 {
                    echo.extend([[0.0; ECHO_FRAME]; 3]);
                }
                echo.push(frame.map(|sample| sample * level));
            }
            assert_eq!(heard(&echo, &played), 0, "{late} frames late, {level} times as loud");
        }
    }

    #[test]
    fn the_voice_of_somebody_who_is_listened_to_is_not_taken_for_the_room() {
        let played = babble(1, 600);
        let speech = babble(2, 600);
        let again = |learning: Learning| {
            let mut masking = Masking::default();
            let mut another = 0;
            for n in 0..600 {
                let (loud, learning) = match n {
                    0..60 => (0.0, Learning::Fast),
                    200..300 => (4.0, learning),
                    400..420 => (4.0, Learning::Slow),
                    _ => (0.0, Learning::Slow),
                };
                let heard = speech[n].map(|sample| loud * sample);
                masking.push(&heard, &played[n], learning).unwrap();
                another += usize::from((400..430).contains(&n) && masking.hears_another());
            }
            another
        };
        let (forgotten, kept) = (again(Learning::Slow), again(Learning::Not));
        assert!(kept > forgotten + 5, "{kept} frames, else {forgotten}");
    }

    #[test]
    fn what_is_louder_than_the_echo_in_any_part_of_its_tone_is_somebody() {
        let played = babble(1, 500);
        let tone = |n: usize, i: usize| 0.2 * ((n * ECHO_FRAME + i) as f32 * 0.4).sin();
        let both: Frames = (played.iter().enumerate())
            .map(|(n, frame)| {
                let speaks = (300..330).contains(&n);
                array::from_fn(|i| 0.1 * frame[i] + if speaks { tone(n, i) } else { 0.0 })
            })
            .collect();
        let count = heard(&both, &played);
        assert!((20..=45).contains(&count), "{count} frames");
    }
}
