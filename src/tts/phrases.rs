//! What was synthesised lately, for when it is to be said again.

use super::clauses::Clause;
use crate::domain::Speech;
use lru::LruCache;

/// Most bytes of sound that are kept: some three minutes.
const ROOM: usize = 8 << 20;

/// Clauses and how they sound, the least recently used ones given up where there is no room.
pub(super) struct Phrases {
    /// By what is said, and the bits of the length scale that it is said with.
    sounds: LruCache<(Clause, u32), Sound>,
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

    /// How `clause` sounds at this length scale, where that is known.
    pub(super) fn get(&mut self, clause: &Clause, length_scale: f32) -> Option<Speech> {
        let Sound { samples, rate_hz } =
            self.sounds.get(&(clause.clone(), length_scale.to_bits()))?;
        let samples = samples.iter().map(|&sample| f32::from(sample) / SCALE).collect();
        Some(Speech { samples, rate_hz: *rate_hz, goes_on: false })
    }

    /// Keep `speech`, which is `clause` at this length scale.
    pub(super) fn put(&mut self, clause: Clause, length_scale: f32, speech: &Speech) {
        // the conversion saturates
        let samples = speech.samples.iter().map(|&sample| (sample * SCALE) as i16).collect();
        let sound = Sound { samples, rate_hz: speech.rate_hz };
        self.taken += sound.bytes();
        if let Some(old) = self.sounds.put((clause, length_scale.to_bits()), sound) {
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

    fn clause(text: &str) -> Clause {
        clauses(text).remove(0)
    }

    fn speech(samples: usize) -> Speech {
        Speech { samples: vec![0.25; samples], rate_hz: 22_050, goes_on: false }
    }

    #[test]
    fn what_was_said_is_known_as_it_sounded() {
        let mut phrases = Phrases::default();
        phrases.put(clause("Done."), 1.0, &speech(3));
        let found = phrases.get(&clause("Done."), 1.0).unwrap();
        assert_eq!((found.samples.len(), found.rate_hz), (3, 22_050));
        assert!(found.samples.iter().all(|sample| (sample - 0.25).abs() < 1e-4));
        for (other, scale) in [("Done.", 0.5), ("Done?", 1.0), ("Done, too.", 1.0)] {
            assert!(phrases.get(&clause(other), scale).is_none(), "{other} {scale}");
        }
    }

    #[test]
    fn the_least_recently_used_makes_room() {
        let mut phrases = Phrases::within(8);
        for text in ["One.", "Two."] {
            phrases.put(clause(text), 1.0, &speech(2));
        }
        phrases.put(clause("Two."), 1.0, &speech(2));
        assert!(phrases.get(&clause("One."), 1.0).is_some());
        phrases.put(clause("Three."), 1.0, &speech(2));
        assert!(phrases.get(&clause("Two."), 1.0).is_none());
        assert!(phrases.get(&clause("One."), 1.0).is_some());
        phrases.put(clause("Four."), 1.0, &speech(5));
        assert!(phrases.get(&clause("Four."), 1.0).is_none(), "more than there is room for");
        assert_eq!(phrases.taken, 0);
    }
}
