//! How surely something was heard, and what that has to be for.

use crate::domain::{Guided, Intent, Risk, Word, plain_word, stands_in};
use crate::gist::{Nearest, Turn};
use crate::grammar::{Guess, NEAR, Origin, Reading, unlike};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A command that changes something is asked back when a word of it was less probable than this.
const SURE: f32 = 0.15;
/// One with a name that few people know.
const SURE_RARE: f32 = 0.2;
/// One with words that no list holds: nothing would put them right.
const SURE_UNLISTED: f32 = 0.4;

/// So is a yes: it may be to what cannot be undone. Of the development corpus' four, one had a word at
/// 0.42, and all others were above 0.9.
const SURE_YES: f32 = 0.3;

/// The margins of guided recognition, in nats a token by which a sentence of the grammar may be less
/// probable than what was heard freely, and be accepted. Those in use were found with tiny.en on human
/// orders of coffee and on synthetic commands to Nix: right sentences were up to 1.3 behind, and half
/// of them below 0.1; what was no sentence of the grammar was rarely less than 1.5 behind, except for
/// very short ones. `nixvox eval --calibrate` tells what half the speakers would have chosen; the README
/// has it for each model. For tiny.en-nix what the halves chose was no better than those in use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margins {
    /// Of a sentence that asks for something to read, or of a domain whose risks are unknown.
    pub read: f32,
    /// Of one that changes something or answers a question.
    pub change: f32,
    /// Of a change whose names sound like what was heard freely in their place: then the sound and the
    /// grammar tell the same. On names spoken by Piper, espeak-ng and flite that was right fifteen
    /// times and wrong three times.
    pub alike: f32,
}

impl Default for Margins {
    fn default() -> Self {
        Self { read: 1.4, change: 0.5, alike: 1.2 }
    }
}

/// How far names that sound alike are from each other at most, in thousandths.
const ALIKE: u32 = 200;
/// What is this far behind, in nats a token, is asked back at most; and what names something, as
/// recognition expects no names: of 500 two more are thought of so, and of 360 orders of coffee one more
/// is asked about.
const ASK: f32 = 1.8;
const ASK_NAMED: f32 = 2.2;

/// Whether `reading` is asked back that is so far `behind`.
pub(super) fn asks(reading: &Reading, behind: f32) -> bool {
    behind <= if reading.names.is_empty() { ASK } else { ASK_NAMED }
}

/// How near a name has to sound to what was said to be taken as meant, in thousandths, and how much
/// nearer than any other.
const SAME: u32 = 130;
const CLEAR: u32 = 60;
/// A name of so few letters sounds like many others.
const SHORT: usize = 6;

/// How well a name is known that was not said as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sound {
    /// As one name and no other.
    Same,
    /// Like a name.
    Like,
    /// Like none.
    Unknown,
}

pub(super) fn sound(guess: &Guess) -> Sound {
    let near = |at: usize| guess.near.get(at).map(|near| near.distance);
    let short = guess.spoken.chars().filter(|c| c.is_alphanumeric()).count() <= SHORT;
    let clear = |first| near(1).is_none_or(|second| second >= first + CLEAR);
    match near(0) {
        Some(first) if !short && first <= SAME && clear(first) => Sound::Same,
        Some(first) if first <= NEAR => Sound::Like,
        _ => Sound::Unknown,
    }
}

/// The same with the names that are near as well in the place of the nearest, where one name was not said
/// as it is written.
pub(super) fn other_names(reading: &Reading) -> Vec<Reading> {
    let [Guess { near, .. }] = reading.guesses.as_slice() else { return Vec::new() };
    let Some((first, others)) = near.split_first() else { return Vec::new() };
    let near = others.iter().filter(|other| other.distance <= NEAR);
    near.map(|other| reading.renamed(&first.value, &other.value)).collect()
}

/// So many words that make no name, and sound like none, are other talk: "get me a dark roast coffee".
const TALK: usize = 3;

/// Whether what stands in the place of a name is none.
pub(super) fn is_no_name(guess: &Guess) -> bool {
    unknown_words(guess) >= TALK
}

/// How many words stand there that sound like no name; spelled letters are not taken for words.
fn unknown_words(guess: &Guess) -> usize {
    match sound(guess) {
        Sound::Unknown => guess.spoken.split(' ').filter(|word| word.len() > 1).count(),
        Sound::Same | Sound::Like => 0,
    }
}

/// So many words that any may be may be more than is searched for or named.
const WORDY: usize = 2;

/// Whether `reading` takes more words for what is searched for, or for a name, than that mostly has: "a drill
/// in the catalogue of yours".
pub(super) fn is_wordy(reading: &Reading) -> bool {
    let long = |value: &String| value.split(' ').count() >= WORDY;
    let unknown = |guess: &Guess| unknown_words(guess) >= WORDY;
    let names = !reading.guesses.is_empty() && reading.guesses.iter().all(unknown);
    reading.unlisted && (names || reading.guesses.is_empty() && reading.slots.values().any(long))
}

/// How far the names of `reading`, which `guided` means, sound at most from what was heard `free` in
/// their place, in thousandths; `None` where they were heard so.
pub(super) fn strangeness(reading: &Reading, guided: &[Word], free: &[Word]) -> Option<u32> {
    let named = |word: &String| {
        reading.names.iter().any(|name| name.spoken.split(' ').any(|part| part == word))
    };
    changed(guided, free)
        .iter()
        .filter(|(_, told)| told.iter().any(named))
        .map(|(heard, told)| unlike(heard, told))
        .max()
}

/// Whether `reading`, which `guided` means, names nothing itself ("it", "the second one") where what was
/// heard `free` has more in the place of some words, or what sounds otherwise: it may be a name that the
/// grammar cannot spell.
pub(super) fn evades(reading: &Reading, guided: &[Word], free: &[Word]) -> bool {
    let stands_in = reading.slots.values().any(|value| stands_in(value))
        || reading.slots.contains_key("ordinal");
    let letters = |words: &[String]| words.iter().map(String::len).sum::<usize>();
    stands_in
        && changed(guided, free).iter().any(|(heard, told)| {
            letters(heard) > letters(told) + SLURRED || unlike(heard, told) > STRANGE
        })
}

/// The words heard `free` that `guided` has others for, with those.
fn changed(guided: &[Word], free: &[Word]) -> Vec<(Vec<String>, Vec<String>)> {
    let plain = |words: &[Word]| -> Vec<String> {
        words.iter().map(|word| plain_word(&word.text)).collect()
    };
    let (heard, told) = (plain(free), plain(guided));
    capture_diff_slices(Algorithm::Myers, &heard, &told)
        .into_iter()
        .filter(|change| !matches!(change, DiffOp::Equal { .. }))
        .map(|change| (heard[change.old_range()].to_vec(), told[change.new_range()].to_vec()))
        .collect()
}

/// So many letters more may be heard in the place of "it" or "the second one".
const SLURRED: usize = 2;

/// How far a name may sound from what was heard freely in its place, in thousandths: one that few
/// people know, one that many know, and one that is only asked about. Of 240 names spoken by formant
/// and diphone voices a quarter of those that were wrong were further, and two in a hundred of those
/// that were right; both halves of the lines agreed.
const STRANGE_RARE: u32 = 250;
const STRANGE: u32 = 350;
const STRANGE_READ: u32 = 400;

/// How strange the names of `reading` may be to act on it.
pub(super) fn most_strange(reading: &Reading) -> u32 {
    match () {
        () if rare(reading) > 0 => STRANGE_RARE,
        () if changes(reading) => STRANGE,
        () => STRANGE_READ,
    }
}

/// Whether one or two words were heard so badly, each of them, that they may be a knock or a hum: in
/// those "okay" is as probable as anything.
pub(super) fn faint(words: &[Word]) -> bool {
    words.len() <= 2 && words.iter().all(|word| word.probability < SURE)
}

/// So few words are what noise is taken for.
const FEW: usize = 4;
/// The mean natural-log probability of each of them from which on it is no noise: of 20 pieces of a
/// kitchen's, two models took six for "help", "no" or "yes", at -1.6 to -3.1; of 280 commands that the
/// adapted one heard, none of so few words was below -1.1. Models without an adapter lose 2 in 100.
const DIM: f32 = -1.5;

/// Whether a sentence without any slot, to which recognition was guided, is so improbable that it may
/// be noise. Names, of which recognition knows few, are improbable in any case.
pub(super) fn dim(reading: &Reading, guided: &Guided) -> bool {
    let words = guided.words.len();
    reading.slots.is_empty() && words <= FEW && guided.logprob < DIM * words as f32
}

/// Whether it has words that are on no list, and sound like nothing that is.
pub(super) fn is_unlisted(reading: &Reading) -> bool {
    reading.unlisted && reading.guesses.iter().all(|guess| sound(guess) == Sound::Unknown)
}

/// How probable the nearest plain sentence is that is asked about where the grammar has no sentence for what
/// was said, one with a name that few people know, one that is taken, and one that other words may turn.
const LIKELY: f32 = 0.6;
const LIKELY_RARE: f32 = 0.9;
const CLEARLY: f32 = 0.8;
const CLEARLY_UNSURE: f32 = 0.99;

/// Whether `near` is asked about at least: what it names is a name as it is spelled, and all of it.
pub(super) fn is_likely(near: &Nearest) -> bool {
    let least = if rare(&near.reading) == 0 { LIKELY } else { LIKELY_RARE };
    let wanted = near.turn != Some(Turn::Contrary) || !acts(&near.reading);
    near.probability >= least && near.whole && near.reading.guesses.is_empty() && wanted
}

/// Whether `near`, which is likely, is taken. Nothing that destroys is done on a guess, nor agreed to; nothing
/// is changed where there are words of which nothing is known, "roll back the moon", nor where another time may
/// be meant.
pub(super) fn is_clear(near: &Nearest) -> bool {
    let least = match near.turn {
        _ if !acts(&near.reading) => CLEARLY,
        None if near.known => CLEARLY,
        Some(Turn::Unsure) if near.known => CLEARLY_UNSURE,
        _ => return false,
    };
    near.probability >= least && !consents(&near.reading) && !destroys(&near.reading)
}

/// Whether more than an answer comes of it.
fn acts(reading: &Reading) -> bool {
    let chooses = reading.intent == Intent::DialogueChoose.as_str();
    changes(reading) || consents(reading) || chooses
}

/// Whether it takes the last change back.
pub(super) fn undoes(reading: &Reading) -> bool {
    reading.intent == Intent::DialogueUndo.as_str()
}

/// Whether one of `words`, of which it was read, is too improbable to act on it.
pub(super) fn badly_heard(reading: &Reading, words: &[Word]) -> bool {
    let needed = match () {
        () if consents(reading) => SURE_YES,
        () if rare(reading) > 0 => SURE_RARE,
        () if changes(reading) => SURE,
        () => 0.0,
    };
    words.iter().any(|word| word.probability < needed)
        || (is_unlisted(reading) || reading.origin == Origin::Nearest)
            && values(reading, words).any(|word| word.probability < SURE_UNLISTED)
}

/// Those of `words` that are in its values; all of them, where a value is not as it was said, but made
/// of letters or numbers.
fn values<'w>(reading: &Reading, words: &'w [Word]) -> impl Iterator<Item = &'w Word> {
    let told: Vec<String> =
        reading.slots.values().flat_map(|value| value.split([' ', ','])).map(plain_word).collect();
    let all = !told.iter().all(|told| words.iter().any(|word| plain_word(&word.text) == *told));
    words.iter().filter(move |word| all || told.contains(&plain_word(&word.text)))
}

/// How many names in it few people know.
pub(super) fn rare(reading: &Reading) -> usize {
    reading.names.iter().filter(|name| !name.common).count()
}

impl Margins {
    /// How far behind a guided sentence with this reading is accepted, whose names are `strange`.
    /// Nothing that destroys is done on a guess, nor agreed to.
    pub(super) fn of(self, reading: &Reading, strange: Option<u32>) -> f32 {
        match reading.intent.parse().map(Intent::risk) {
            _ if consents(reading) => 0.0,
            Ok(Some(Risk::Read)) | Err(_) => self.read,
            Ok(Some(Risk::Reversible)) if strange.is_some_and(|strange| strange <= ALIKE) => {
                self.alike
            }
            Ok(Some(Risk::Reversible) | None) => self.change,
            Ok(Some(Risk::Destructive)) => 0.0,
        }
    }
}

/// Whether it is a yes.
pub(super) fn consents(reading: &Reading) -> bool {
    reading.intent == Intent::DialogueYes.as_str()
}

/// Whether acting on it changes something.
pub(super) fn changes(reading: &Reading) -> bool {
    risk(reading).is_some_and(|risk| risk > Risk::Read)
}

/// Whether acting on it cannot be undone.
fn destroys(reading: &Reading) -> bool {
    risk(reading) == Some(Risk::Destructive)
}

/// The risk of acting on it; none where it is about the conversation itself.
pub(super) fn risk(reading: &Reading) -> Option<Risk> {
    Intent::risk_of(&reading.intent)
}
