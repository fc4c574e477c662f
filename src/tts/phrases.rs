//! What was synthesised lately, for when it is to be said again.

use super::phrase::Phrase;
use super::sound::Sound;
use crate::domain::Speech;
use lru::LruCache;

/// Most bytes of sound that are kept: some three minutes.
const ROOM: usize = 8 << 20;

/// Phrases and how they sound, the least recently used ones given up where there is no room.
pub(super) struct Phrases {
    sounds: LruCache<Phrase, Sound>,
    room: usize,
    taken: usize,
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
        self.sounds.get(phrase).map(Speech::from)
    }

    /// Keep `sound`, which is that of `phrase`.
    pub(super) fn put(&mut self, phrase: Phrase, sound: Sound) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(phonemes: &str) -> Phrase {
        Phrase::new(phonemes.to_owned(), 250, 1.0)
    }

    fn sound(samples: usize) -> Sound {
        Sound::from(&Speech { samples: vec![0.25; samples], rate_hz: 22_050, goes_on: false })
    }

    #[test]
    fn what_was_said_is_known_as_it_sounded() {
        let mut phrases = Phrases::default();
        phrases.put(phrase("dˈʌn."), sound(3));
        let found = phrases.get(&phrase("dˈʌn.")).unwrap();
        assert_eq!((found.samples.len(), found.rate_hz), (3, 22_050));
        assert!(found.samples.iter().all(|sample| (sample - 0.25).abs() < 1e-4));
        let faster = Phrase::new("dˈʌn.".to_owned(), 250, 0.5);
        let goes_on = Phrase::new("dˈʌn.".to_owned(), 120, 1.0);
        for other in [faster, goes_on, phrase("dˈʌn?")] {
            assert!(phrases.get(&other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn the_least_recently_used_makes_room() {
        let mut phrases = Phrases::within(8);
        for text in ["one", "two"] {
            phrases.put(phrase(text), sound(2));
        }
        phrases.put(phrase("two"), sound(2));
        assert!(phrases.get(&phrase("one")).is_some());
        phrases.put(phrase("three"), sound(2));
        assert!(phrases.get(&phrase("two")).is_none());
        assert!(phrases.get(&phrase("one")).is_some());
        phrases.put(phrase("four"), sound(5));
        assert!(phrases.get(&phrase("four")).is_none(), "more than there is room for");
        assert_eq!(phrases.taken, 0);
    }
}
