//! Which text guided decoding goes on with.

use super::free::MAX_TOKENS;
use super::path::Path;
use super::vocabulary::Vocabulary;
use crate::grammar::GuideState;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};

/// How much less probable each byte to come is expected to be than what was heard freely there, in
/// nats. The more, the sooner a text that is nearly whole is preferred to one that is only begun.
const SLACK: f32 = 0.4;
/// A text does not end where its end is less probable than this, as a natural logarithm: more was
/// said. A sentence cut short costs little else.
const ENDS: f32 = -3.0;
/// A text that is less probable than what was heard freely by this much, in nats a token, is given
/// up: no judgement would accept it.
const HOPELESS: f32 = 2.0;
/// Whole texts that are told are less probable than the best by no more than this, in nats, and
/// are no more than so many.
const BESIDE: f32 = 3.0;
const TOLD: usize = 8;

/// Texts that are open, the one first that promises most: by how probable it is, and by what the
/// rest of what was heard freely will cost, where it is as long as the text already.
pub(super) struct Search<'a> {
    vocabulary: &'a Vocabulary,
    /// Bytes of what was heard freely, and what one costs, in nats.
    bytes: f32,
    rate: f32,
    /// How probable a text has to be at least, as a natural logarithm.
    least: f32,
    open: BinaryHeap<Open>,
    /// Texts that were followed, but for their case and hyphens: another way to write one of them is
    /// not worth the time.
    seen: HashSet<String>,
    whole: Vec<Path>,
}

impl<'a> Search<'a> {
    /// Begin in `state`, beside what was heard freely.
    pub(super) fn new(vocabulary: &'a Vocabulary, free: &Path, state: GuideState) -> Self {
        let bytes = vocabulary.text(&free.tokens).len().max(1) as f32;
        let mut search = Self {
            vocabulary,
            bytes,
            rate: -free.logprob() / bytes,
            least: free.logprob() - HOPELESS * (free.tokens.len() + 2) as f32,
            open: BinaryHeap::new(),
            seen: HashSet::new(),
            whole: Vec::new(),
        };
        search.again(state);
        search
    }

    /// Search once more, by an automaton that begins in `state`.
    pub(super) fn again(&mut self, state: GuideState) {
        self.seen.clear();
        self.open.clear();
        self.open.push(Open { promise: 0.0, said: 0.0, path: Path::default(), state });
    }

    /// The most probable whole text so far.
    pub(super) fn best(&self) -> Option<&Path> {
        self.whole.iter().max_by(|a, b| a.logprob().total_cmp(&b.logprob()))
    }

    /// How probable a text has to be at least, as a natural logarithm.
    pub(super) fn least(&self) -> f32 {
        self.least
    }

    /// The text to go on with.
    pub(super) fn next(&mut self) -> Option<Open> {
        while let Some(open) = self.open.pop() {
            let text = self.vocabulary.text(&open.path.tokens);
            if open.said - self.rate * self.rest(&text) > self.least
                && self.seen.insert(text.to_lowercase().replace('-', " "))
            {
                return Some(open);
            }
        }
        None
    }

    /// Bytes of what was heard freely beyond as many as `text` has.
    fn rest(&self, text: &str) -> f32 {
        (self.bytes - text.len() as f32).max(0.0)
    }

    /// Go on with `path`, which is `said` probable, from `state` when its turn comes.
    pub(super) fn go_on(&mut self, path: Path, said: f32, state: GuideState) {
        if path.tokens.len() <= MAX_TOKENS {
            let rest = self.rest(&self.vocabulary.text(&path.tokens));
            self.open.push(Open { promise: said - (self.rate + SLACK) * rest, said, path, state });
        }
    }

    /// Let `path`, which is `said` probable, end there, which is `end` probable. Whether it may.
    pub(super) fn end(&mut self, path: &Path, said: f32, end: f32) -> bool {
        let may = end >= ENDS && said + end > self.least;
        if may && self.whole.iter().all(|known| known.tokens != path.tokens) {
            self.least = self.least.max(said + end - BESIDE);
            self.whole.push(Path { end, ..path.clone() });
        }
        may
    }

    /// The whole texts that were found, most probable first.
    pub(super) fn told(mut self) -> Vec<Path> {
        self.whole.retain(|path| path.logprob() > self.least);
        self.whole.sort_by(|a, b| b.logprob().total_cmp(&a.logprob()));
        self.whole.truncate(TOLD);
        self.whole
    }
}

/// A text to go on from, and how probable it is without an end, as a natural logarithm; the more it
/// promises, the greater.
pub(super) struct Open {
    promise: f32,
    pub(super) said: f32,
    pub(super) path: Path,
    pub(super) state: GuideState,
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        self.promise.total_cmp(&other.promise)
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Open {}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let texts = [" roll", " Roll", " back", " rock", "."];
        Vocabulary::new(&texts.map(|text| text.as_bytes().to_vec()), 5)
    }

    fn path(tokens: &[(i32, f32)]) -> Path {
        tokens.iter().fold(Path::default(), |path, &(token, logprob)| path.with(token, logprob))
    }

    /// A search beside " roll back", heard at 1 nat a word, that has its start behind it.
    fn search(vocabulary: &Vocabulary) -> Search<'_> {
        let mut search = Search::new(vocabulary, &path(&[(0, -1.0), (2, -1.0)]), 0);
        assert_eq!(search.next().unwrap().path, Path::default());
        search
    }

    #[test]
    fn what_is_nearly_whole_is_preferred_to_what_is_only_begun() {
        let vocabulary = vocabulary();
        let mut search = search(&vocabulary);
        search.go_on(path(&[(3, -1.5)]), -1.5, 1);
        search.go_on(path(&[(0, -1.0), (2, -1.5)]), -2.5, 2);
        search.go_on(path(&[(1, -1.0)]), -1.0, 3);
        let states: Vec<GuideState> =
            std::iter::from_fn(|| search.next()).map(|open| open.state).collect();
        assert_eq!(states, [2, 3, 1]);
    }

    #[test]
    fn another_way_to_write_a_text_and_what_is_hopeless_is_not_followed() {
        let vocabulary = vocabulary();
        let mut search = search(&vocabulary);
        search.go_on(path(&[(0, -1.0)]), -1.0, 1);
        search.go_on(path(&[(1, -1.2)]), -1.2, 2);
        search.go_on(path(&[(3, -20.0)]), -20.0, 3);
        assert_eq!(search.next().unwrap().state, 1);
        assert!(search.next().is_none());
    }

    #[test]
    fn whole_texts_are_told_as_far_as_they_are_near_the_best() {
        let vocabulary = vocabulary();
        let mut search = search(&vocabulary);
        let (rock, roll) = (path(&[(3, -2.0)]), path(&[(0, -1.0)]));
        assert!(search.end(&rock, -2.0, -0.5));
        assert!(!search.end(&roll, -1.0, -4.0), "more was said");
        assert!(search.end(&path(&[(0, -1.0), (2, -0.5)]), -1.5, -0.1));
        assert!(!search.end(&path(&[(3, -2.0), (2, -3.0)]), -5.0, -0.1), "far behind");
        let told = search.told();
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].tokens.as_slice(), told[1].tokens.as_slice()), (&[0, 2][..], &[3][..]));
    }
}
