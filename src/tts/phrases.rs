//! What was synthesised lately, for when it is to be said again.

use super::clauses::Clause;
use crate::domain::Speech;
use lru::LruCache;

/// Most bytes of sound that are kept: some three minutes.
const ROOM: usize = 8 << 20;

/// A clause at a voice's pace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Phrase {
    pub(super) clause: Clause,
    /// The bits of it, so that it compares exactly.
    length_scale: u32,
}

impl Phrase {
    pub(super) fn new(clause: Clause, length_scale: f32) -> Self {
        Self { clause, length_scale: length_scale.to_bits() }
    }

    /// How long it takes, against what the voice was trained to.
    pub(super) fn length_scale(&self) -> f32 {
        f32::from_bits(self.length_scale)
    }
}

/// Phrases and how they sound, the least recently used ones given up where there is no room.
pub(super) struct Phrases {
    sounds: LruCache<Phrase, Sound>,
    room: usize,
    taken: usize,
}

/// Speech in the 16 bits a sample that the voice itself was trained on.
struct Sound {
    samples: Box<[i16]>,
    rate_hz: u32,
}

impl Sound {
    fn bytes(&self) -> usize {
        self.samples.len() * size_of::<i16>()
    }
}

impl Default for Phrases {
    fn default() -> Self {
        Self::within(ROOM)
    }
}

impl Phrases {
    fn within(room: usize) -> Self {
        Self { sounds: LruCache::unbounded(), room, taken: 0 }
    }

    /// How `phrase` sounds, where that is known.
    pub(super) fn get(&mut self, phrase: &Phrase) -> Option<Speech> {
        let Sound { samples, rate_hz } = self.sounds.get(phrase)?;
        let samples = samples.iter().map(|&sample| f32::from(sample) / SCALE).collect();
        Some(Speech { samples, rate_hz: *rate_hz, goes_on: false })
    }

    /// Keep `speech`, which is how `phrase` sounds.
    pub(super) fn put(&mut self, phrase: Phrase, speech: &Speech) {
        // the conversion saturates
        let samples = speech.samples.iter().map(|&sample| (sample * SCALE) as i16).collect();
        let sound = Sound { samples, rate_hz: speech.rate_hz };
        self.taken += sound.bytes();
        if let Some(old) = self.sounds.put(phrase, sound) {
            self.taken -= old.bytes();
        }
        while self.taken > self.room
            && let Some((_, old)) = self.sounds.pop_lru()
        {
            self.taken -= old.bytes();
        }
    }
}

/// The value of 1 in 16 bits.
const SCALE: f32 = 32_767.0;

#[cfg(test)]
mod tests {
    use super::super::clauses::clauses;
    use super::*;

    fn phrase(text: &str) -> Phrase {
        Phrase::new(clauses(text).remove(0), 1.0)
    }

    fn speech(samples: usize) -> Speech {
        Speech { samples: vec![0.25; samples], rate_hz: 22_050, goes_on: false }
    }

    #[test]
    fn what_was_said_is_known_as_it_sounded() {
        let mut phrases = Phrases::default();
        phrases.put(phrase("Done."), &speech(3));
        let found = phrases.get(&phrase("Done.")).unwrap();
        assert_eq!((found.samples.len(), found.rate_hz), (3, 22_050));
        assert!(found.samples.iter().all(|sample| (sample - 0.25).abs() < 1e-4));
        let faster = Phrase::new(phrase("Done.").clause, 0.5);
        for other in [faster, phrase("Done?"), phrase("Done, too.")] {
            assert!(phrases.get(&other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn the_least_recently_used_makes_room() {
        let mut phrases = Phrases::within(8);
        for text in ["One.", "Two."] {
            phrases.put(phrase(text), &speech(2));
        }
        phrases.put(phrase("Two."), &speech(2));
        assert!(phrases.get(&phrase("One.")).is_some());
        phrases.put(phrase("Three."), &speech(2));
        assert!(phrases.get(&phrase("Two.")).is_none());
        assert!(phrases.get(&phrase("One.")).is_some());
        phrases.put(phrase("Four."), &speech(5));
        assert!(phrases.get(&phrase("Four.")).is_none(), "more than there is room for");
        assert_eq!(phrases.taken, 0);
    }
}
