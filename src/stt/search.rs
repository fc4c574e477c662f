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
const BESIDE: f32 = 7.0;
const TOLD: usize = 12;

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
            rate: -free.by_sound() / bytes,
            least: free.by_sound() - HOPELESS * (free.tokens.len() + 2) as f32,
            open: BinaryHeap::new(),
            seen: HashSet::new(),
            whole: Vec::new(),
        };
        search.open.push(Open { promise: 0.0, path: Path::default(), state });
        search
    }

    /// The most probable whole text so far.
    pub(super) fn best(&self) -> Option<&Path> {
        self.whole.iter().max_by(|a, b| a.by_sound().total_cmp(&b.by_sound()))
    }

    /// How probable a text has to be at least, as a natural logarithm.
    pub(super) fn least(&self) -> f32 {
        self.least
    }

    /// The text to go on with.
    pub(super) fn next(&mut self) -> Option<Open> {
        while let Some(open) = self.open.pop() {
            let text = self.vocabulary.text(&open.path.tokens);
            if open.path.by_sound() - self.rate * self.rest(&text) > self.least
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

    /// Go on with `path` from `state` when its turn comes.
    pub(super) fn go_on(&mut self, path: Path, state: GuideState) {
        if path.tokens.len() <= MAX_TOKENS {
            let rest = self.rest(&self.vocabulary.text(&path.tokens));
            let promise = path.by_sound() - (self.rate + SLACK) * rest;
            self.open.push(Open { promise, path, state });
        }
    }

    /// Let `path` end there, which is `end` probable. Whether it may.
    pub(super) fn end(&mut self, path: &Path, end: f32) -> bool {
        let whole = Path { end, ..path.clone() };
        let may = end >= ENDS && whole.by_sound() > self.least;
        if may && self.whole.iter().all(|known| known.tokens != path.tokens) {
            self.least = self.least.max(whole.by_sound() - BESIDE);
            self.whole.push(whole);
        }
        may
    }

    /// The whole texts that were found, and are near the best.
    pub(super) fn told(mut self) -> Vec<Path> {
        self.whole.retain(|path| path.by_sound() > self.least);
        self.whole
    }
}

/// Those of `paths` that are near the likeliest, likeliest first.
pub(super) fn likeliest(mut paths: Vec<Path>) -> Vec<Path> {
    paths.sort_by(|a, b| b.by_sound().total_cmp(&a.by_sound()));
    let mut seen = HashSet::new();
    paths.retain(|path| seen.insert(path.tokens.clone()));
    let least = paths.first().map_or(0.0, |first| first.by_sound() - BESIDE);
    paths.retain(|path| path.by_sound() > least);
    paths.truncate(TOLD);
    paths
}

/// A text to go on from; the more it promises, the greater.
pub(super) struct Open {
    promise: f32,
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
        search.go_on(path(&[(3, -1.5)]), 1);
        search.go_on(path(&[(0, -1.0), (2, -1.5)]), 2);
        search.go_on(path(&[(1, -1.0)]), 3);
        let states: Vec<GuideState> =
            std::iter::from_fn(|| search.next()).map(|open| open.state).collect();
        assert_eq!(states, [2, 3, 1]);
    }

    #[test]
    fn another_way_to_write_a_text_and_what_is_hopeless_is_not_followed() {
        let vocabulary = vocabulary();
        let mut search = search(&vocabulary);
        search.go_on(path(&[(0, -1.0)]), 1);
        search.go_on(path(&[(1, -1.2)]), 2);
        search.go_on(path(&[(3, -20.0)]), 3);
        assert_eq!(search.next().unwrap().state, 1);
        assert!(search.next().is_none());
    }

    #[test]
    fn whole_texts_are_told_as_far_as_they_are_near_the_best() {
        let vocabulary = vocabulary();
        let mut search = search(&vocabulary);
        let (rock, roll) = (path(&[(3, -2.0)]), path(&[(0, -1.0)]));
        assert!(search.end(&rock, -0.5));
        assert!(!search.end(&roll, -4.0), "more was said");
        assert!(search.end(&path(&[(0, -1.0), (2, -0.5)]), -0.1));
        assert!(!search.end(&path(&[(3, -2.0), (2, -7.0)]), -0.1), "far behind");
        let told = likeliest(search.told());
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].tokens.as_slice(), told[1].tokens.as_slice()), (&[0, 2][..], &[3][..]));
    }
}
