//! The nearest sounds among many, found through pairs of phones and not by comparing them all.

use super::sounds::{Phones, distance, is_vowel};
use std::collections::HashMap;

/// How many candidates are compared closely.
const CANDIDATES: usize = 200;

/// Sounds, each of something with a number.
#[derive(Debug, Default)]
pub(super) struct Index {
    sounds: Vec<(Phones, u32)>,
    /// The sounds that hold a pair of phones.
    pairs: HashMap<[u8; 2], Vec<u32>>,
}

impl Index {
    /// Add a sound of `what`.
    pub(super) fn add(&mut self, sound: Phones, what: u32) {
        let id = self.sounds.len() as u32;
        for pair in pairs(&sound) {
            self.pairs.entry(pair).or_default().push(id);
        }
        self.sounds.push((sound, what));
    }

    /// What sounds most like `heard`, nearest first, with the distance in thousandths of its phones.
    pub(super) fn nearest(&self, heard: &[u8]) -> Vec<(u32, u32)> {
        let wanted = pairs(heard);
        let mut shared = vec![0_u8; self.sounds.len()];
        for pair in &wanted {
            for &id in self.pairs.get(pair).into_iter().flatten() {
                shared[id as usize] = shared[id as usize].saturating_add(1);
            }
        }
        let score = |id: usize| {
            let all = wanted.len() + self.sounds[id].0.len() + 1;
            usize::from(shared[id]) * 2000 / all
        };
        let mut candidates: Vec<usize> = (0..shared.len()).filter(|&id| shared[id] > 0).collect();
        if candidates.len() > CANDIDATES {
            candidates.select_nth_unstable_by_key(CANDIDATES, |&id| std::cmp::Reverse(score(id)));
            candidates.truncate(CANDIDATES);
        }
        let mut near: Vec<(u32, u32)> = candidates
            .into_iter()
            .map(|id| (distance(&self.sounds[id].0, heard), self.sounds[id].1))
            .collect();
        near.sort_unstable();
        let mut seen = std::collections::HashSet::new();
        near.retain(|&(_, what)| seen.insert(what));
        near.into_iter().map(|(distance, what)| (what, distance)).collect()
    }
}

/// The pairs of neighbouring phones, sounds that are often confused taken as one.
fn pairs(sound: &[u8]) -> Vec<[u8; 2]> {
    let coarse = |phone: u8| match phone {
        vowel if is_vowel(vowel) || vowel == b'y' => b'a',
        b'z' | b'S' | b'C' | b'J' | b'T' => b's',
        b'd' => b't',
        b'b' => b'p',
        b'g' => b'k',
        b'v' | b'w' => b'f',
        b'n' => b'm',
        other => other,
    };
    let ends = std::iter::once(b'#');
    let phones: Vec<u8> =
        ends.clone().chain(sound.iter().map(|&phone| coarse(phone))).chain(ends).collect();
    let mut pairs: Vec<[u8; 2]> = phones.windows(2).map(|pair| [pair[0], pair[1]]).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}
