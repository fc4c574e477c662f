//! What an utterance was understood as.

use super::names::Near;
use super::network::ListId;
use crate::domain::Slots;

/// A name that is no further than this from what was said, in thousandths, takes its place.
pub const NEAR: u32 = 300;

/// How a reading comes of what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It is what a sentence means that has the words.
    Said,
    /// The same, but its speaker took something back on the way to it.
    Corrected,
    /// The same after a "no" alone: it may be what is not wanted.
    Denied,
    /// No sentence has the words: it is what the plain sentence means that comes nearest.
    Nearest,
}

/// One way to understand an utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The intent's name.
    pub intent: String,
    /// Its slots; a slot that was filled several times holds its values joined with commas.
    pub slots: Slots,
    /// How unlikely it is: it grows with words that were passed over, and with those that no
    /// sentence names.
    pub cost: usize,
    /// The names in it that are on a list, in the order spoken.
    pub names: Vec<Named>,
    /// Whether it has words that no sentence names: names that are on no list, or any words.
    pub unlisted: bool,
    /// The names in it that are on no list as they were said.
    pub guesses: Vec<Guess>,
    /// How it comes of what was said.
    pub origin: Origin,
    /// Whether it is said alone, without remarks beside it.
    pub(super) alone: bool,
}

/// Whether the best of `readings` has no name that is on no list as it was said.
pub(super) fn are_sure(readings: &[Reading]) -> bool {
    readings.first().is_some_and(|best| best.guesses.is_empty())
}

/// Whether those that are on no list in the best of `readings` sound like names that are.
pub(super) fn are_near(readings: &[Reading]) -> bool {
    let near = |guess: &Guess| guess.near.first().is_some_and(|near| near.distance <= NEAR);
    readings.first().is_some_and(|best| best.guesses.iter().all(near))
}

/// A name of a list, as it was said.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Named {
    /// The words.
    pub spoken: String,
    /// Whether many people know it.
    pub common: bool,
    /// Where it is listed.
    pub(super) list: ListId,
}

/// A name that is on no list as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The words.
    pub spoken: String,
    /// The names that sound most like them, nearest first. The slot holds the first one if it is
    /// near, else the words.
    pub near: Vec<Near>,
}

impl Reading {
    /// The same with the name `other` in the place of `name`.
    #[must_use]
    pub fn renamed(&self, name: &str, other: &str) -> Self {
        let mut reading = self.clone();
        let put = |known: &str| if known == name { other } else { known }.to_owned();
        for value in reading.slots.values_mut() {
            *value = value.split(',').map(put).collect::<Vec<_>>().join(",");
        }
        reading
    }

    /// Whether it is about the same as `other`.
    pub fn means(&self, other: &Self) -> bool {
        (&self.intent, &self.slots) == (&other.intent, &other.slots)
    }
}
