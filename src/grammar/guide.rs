//! The automaton that guides decoding: which bytes may follow, so that a sentence of the grammar
//! can still come of them.
//!
//! It takes a sentence as recognisers write it: in any case, numbers in words or digits, hyphens
//! for spaces, commas between words, a mark at the end, a space before it all. With tiny.en-nix, which
//! writes neither capitals nor digits, letters of lower case alone got one of 116 spoken commands less,
//! and numbers in words alone changed nothing. It is deterministic,
//! and made as it is walked: a state stands for all the places in the network where the bytes so
//! far can have led, and is computed once.

use super::alike;
use super::lexicon::{Lexicon, Spot};
use super::network::{Network, State};
use super::normalise::Normaliser;
use super::spoken::Spoken;
use std::collections::HashMap;
use std::sync::Arc;

/// A state of a [`Guide`].
pub type GuideState = u32;

/// A place in the network: on the way through a word that leads to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    at: At,
    to: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum At {
    /// Before everything.
    Lead,
    /// Inside a word.
    Inside(Spot),
    /// Behind a space or a hyphen inside a name.
    Gap(Spot),
    /// Behind a word.
    Behind,
    /// Behind a word and a comma.
    Comma,
    /// Behind the last mark.
    Done,
}

/// A state's places, and where each letter leads from them, as far as that was asked.
#[derive(Debug)]
struct Known {
    places: Arc<[Place]>,
    next: Box<[Step]>,
    end: bool,
}

/// Where a letter leads.
#[derive(Debug, Clone, Copy)]
enum Step {
    Unasked,
    Nowhere,
    To(GuideState),
}

/// The bytes that a sentence can be written with, numbered from 1; any other is 0.
#[derive(Debug)]
struct Letters {
    numbers: [u8; 256],
    count: usize,
}

impl Letters {
    fn new(lexicon: &Lexicon) -> Self {
        let mut used = [false; 256];
        for byte in lexicon.letters().chain(*b" -,.?!") {
            used[usize::from(byte)] = true;
        }
        let (mut numbers, mut count) = ([0; 256], 0_u8);
        // there is no NUL among them, so that 255 are the most
        for byte in (1..=u8::MAX).filter(|&byte| used[usize::from(byte)]) {
            count += 1;
            numbers[usize::from(byte)] = count;
            numbers[usize::from(byte.to_ascii_uppercase())] = count;
        }
        Self { numbers, count: usize::from(count) }
    }

    /// The number of `byte`, in any case.
    fn number(&self, byte: u8) -> usize {
        usize::from(self.numbers[usize::from(byte)])
    }
}

/// What can follow a state of the network.
#[derive(Debug, Clone)]
struct Follow {
    places: Arc<[Place]>,
    end: bool,
}

/// The automaton; see [`Grammar::guide`](super::Grammar::guide).
#[derive(Debug)]
pub struct Guide {
    network: Arc<Network>,
    normaliser: Arc<Normaliser>,
    spoken: Spoken,
    letters: Letters,
    known: Vec<Known>,
    /// In all states together.
    places: usize,
    ids: HashMap<Arc<[Place]>, GuideState>,
    follows: HashMap<u32, Follow>,
}

/// How large a [`Guide`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuideSize {
    /// States of the network.
    pub network: usize,
    /// Nodes of the words' spelling.
    pub nodes: usize,
    /// States that were computed.
    pub states: usize,
    /// Places in all of them together.
    pub places: usize,
}

impl Guide {
    pub(super) fn new(network: Arc<Network>, normaliser: Arc<Normaliser>) -> Self {
        let spoken = Spoken::new(&network, &normaliser);
        let letters = Letters::new(&spoken.lexicon);
        let (known, ids, follows) = (Vec::new(), HashMap::new(), HashMap::new());
        Self { network, normaliser, spoken, letters, known, places: 0, ids, follows }
    }

    /// Sentences that sound like `text`, which is one but for a name that is on no list.
    pub fn alike(&self, text: &str) -> Vec<String> {
        alike::sentences(&self.network, &self.normaliser, text)
    }

    /// What may have been said where `text` was heard, that sounds like it and means something else.
    pub fn mistaken(&self, text: &str) -> Vec<String> {
        alike::mistaken(&self.network, text)
    }

    /// The state before the first byte.
    pub fn start(&mut self) -> GuideState {
        let start = self.spoken.start() as u32;
        let mut places = self.follow(start).places.to_vec();
        places.push(Place { at: At::Lead, to: start });
        self.intern(places)
    }

    /// The state after `byte`; `None` where no sentence goes on so.
    pub fn step(&mut self, state: GuideState, byte: u8) -> Option<GuideState> {
        let letter = self.letters.number(byte);
        match self.known[state as usize].next[letter] {
            Step::To(to) => Some(to),
            Step::Nowhere => None,
            Step::Unasked => self.compute(state, byte.to_ascii_lowercase(), letter),
        }
    }

    #[cold]
    fn compute(&mut self, state: GuideState, byte: u8, letter: usize) -> Option<GuideState> {
        let places = Arc::clone(&self.known[state as usize].places);
        let mut next = Vec::new();
        for &place in &*places {
            self.advance(place, byte, &mut next);
        }
        let to = (!next.is_empty()).then(|| self.intern(next));
        self.known[state as usize].next[letter] = to.map_or(Step::Nowhere, Step::To);
        to
    }

    /// Whether a sentence may end in `state`.
    pub fn is_final(&self, state: GuideState) -> bool {
        self.known[state as usize].end
    }

    /// The bytes that may follow `state`, in lower case, but for those inside names.
    #[cfg(test)]
    fn bytes(&self, state: GuideState) -> Vec<u8> {
        let mut bytes = Vec::new();
        for place in &*self.known[state as usize].places {
            match place.at {
                At::Lead | At::Comma => bytes.push(b' '),
                At::Inside(spot) | At::Gap(spot) => bytes.extend(self.spoken.lexicon.bytes(spot)),
                At::Behind => bytes.extend(b" -,.?!"),
                At::Done => {}
            }
        }
        bytes.sort_unstable();
        bytes.dedup();
        bytes
    }

    /// The state after all of `bytes`; `None` where no sentence goes on so.
    pub fn walk(&mut self, state: GuideState, bytes: &[u8]) -> Option<GuideState> {
        bytes.iter().try_fold(state, |state, &byte| self.step(state, byte))
    }

    /// Whether all of `text` is a sentence.
    pub fn accepts(&mut self, text: &str) -> bool {
        let start = self.start();
        self.walk(start, text.as_bytes()).is_some_and(|state| self.is_final(state))
    }

    /// How large it has become.
    pub fn size(&self) -> GuideSize {
        GuideSize {
            network: self.spoken.len(),
            nodes: self.spoken.lexicon.len(),
            states: self.known.len(),
            places: self.places,
        }
    }

    /// Forget every state; those that were handed out mean nothing any more.
    pub fn forget(&mut self) {
        self.known.clear();
        self.ids.clear();
        self.places = 0;
    }

    /// Where `byte` leads from `place`.
    fn advance(&mut self, place: Place, byte: u8, next: &mut Vec<Place>) {
        let Place { at, to } = place;
        match (at, byte) {
            (At::Inside(spot), b' ' | b'-') if self.spoken.lexicon.has_gap(spot) => {
                next.push(Place { at: At::Gap(spot), to });
            }
            (At::Inside(spot) | At::Gap(spot), _) => {
                let Some((spot, end)) = self.spoken.lexicon.next(spot, byte) else { return };
                if end {
                    next.push(Place { at: At::Behind, to });
                }
                if !self.spoken.lexicon.is_leaf(spot) {
                    next.push(Place { at: At::Inside(spot), to });
                }
            }
            (At::Lead | At::Behind | At::Comma, b' ') | (At::Behind, b'-') => {
                next.extend(&*self.follow(to).places);
            }
            (At::Behind, b',') if !self.follow(to).places.is_empty() => {
                next.push(Place { at: At::Comma, to });
            }
            (At::Behind, b'.' | b'?' | b'!') if self.follow(to).end => {
                next.push(Place { at: At::Done, to: 0 });
            }
            _ => {}
        }
    }

    /// The places before each word that can follow the network's state `to`.
    fn follow(&mut self, to: u32) -> Follow {
        let spoken = &self.spoken;
        let compute = || {
            let (arcs, end) = spoken.follow(to as State);
            let place = |(spot, to): (Spot, State)| Place { at: At::Inside(spot), to: to as u32 };
            Follow { places: arcs.into_iter().map(place).collect(), end }
        };
        self.follows.entry(to).or_insert_with(compute).clone()
    }

    fn intern(&mut self, mut places: Vec<Place>) -> GuideState {
        places.sort_unstable();
        places.dedup();
        let places: Arc<[Place]> = places.into();
        if let Some(&id) = self.ids.get(&places) {
            return id;
        }
        let end = places.iter().any(|place| match place.at {
            At::Done => true,
            At::Behind => self.follow(place.to).end,
            At::Lead | At::Inside(_) | At::Gap(_) | At::Comma => false,
        });
        let id = self.known.len() as GuideState;
        self.places += places.len();
        let mut next = vec![Step::Unasked; self.letters.count + 1].into_boxed_slice();
        next[0] = Step::Nowhere;
        self.known.push(Known { places: Arc::clone(&places), next, end });
        self.ids.insert(places, id);
        id
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Source;
    use crate::grammar::{Grammar, Guide};

    const DEMO: &str = r#"
        skip = ["please", "could you", "i would like to"]
        contractions = { "what's" = "what is", "i'd" = "i would" }
        [lists.scope]
        system = ["system", "nix os"]
        [numbers]
        generation = { from = 1, to = 99999 }
        nth = { from = 1, to = 50, form = "ordinal" }
        [[intent]]
        name = "switch"
        sentences = ["(go|switch) [back] to [{scope}] generation {generation}", "take the {nth:n}"]
        [[intent]]
        name = "current"
        sentences = ["what is the current one"]
    "#;

    fn demo() -> Grammar {
        Grammar::compile(&[Source::new("demo.toml", DEMO)]).unwrap()
    }

    /// Sentences that the automaton lets through, each at random.
    fn sentences(guide: &mut Guide, count: usize) -> Vec<String> {
        let mut seed = 1_u64;
        let mut random = move |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let mut sentences = Vec::new();
        while sentences.len() < count {
            let (mut state, mut text) = (guide.start(), Vec::new());
            loop {
                let bytes = guide.bytes(state);
                if bytes.is_empty() || guide.is_final(state) && random(3) == 0 {
                    break;
                }
                let byte = bytes[random(bytes.len())];
                if let Some(next) = guide.step(state, byte) {
                    text.push(byte);
                    state = next;
                }
            }
            sentences.push(String::from_utf8(text).unwrap());
        }
        sentences
    }

    #[test]
    fn takes_sentences_as_they_are_written() {
        let mut guide = demo().guide();
        for text in [
            " Switch to generation 42.",
            "switch back to system generation forty-two",
            " Go to NixOS generation one hundred and seven.".replace("NixOS", "nix-OS").as_str(),
            " Could you please go to generation 12345, please?",
            " I'd like to go to generation 8",
            " What's the current one?",
            " What is the current one",
            " Take the 2nd.",
            " TAKE THE TWENTY FIRST",
        ] {
            assert!(guide.accepts(text), "{text}");
        }
        for text in [
            "",
            " Please.",
            " Switch to generation",
            " Switch to generation 123456",
            " Switch generation 4",
            " Take the 99th",
            " Take the 2",
            " What's the current one? Thank you",
            "  What's the current one",
        ] {
            assert!(!guide.accepts(text), "{text}");
        }
    }

    #[test]
    fn whatever_it_lets_through_is_read() {
        let grammar = demo();
        for text in sentences(&mut grammar.guide(), 300) {
            assert!(!grammar.readings(&text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_is_forgotten_is_found_again() {
        let mut guide = demo().guide();
        assert!(guide.accepts(" Take the first"));
        let size = guide.size();
        guide.forget();
        assert_eq!(guide.size().states, 0);
        assert!(guide.accepts(" Take the first"));
        assert_eq!(guide.size(), size);
    }
}
