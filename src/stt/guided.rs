//! Guided decoding: the most probable text among those that a grammar knows.

use super::decoder::{Decoder, Next};
use super::error::Error;
use super::free::MAX_TOKENS;
use super::path::Path;
use super::vocabulary::{Guidance, Way};
use crate::grammar::GuideState;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A text that is less probable than its most probable sibling by this much, in nats, is not come
/// back to.
const NEAR: f32 = 3.0;
/// Texts that are looked at after a whole one was found, to find a better one.
const SECOND_THOUGHTS: usize = 16;
/// A text does not end where its end is less probable than this, as a natural logarithm: more was
/// said. A sentence cut short costs little else.
const ENDS: f32 = -3.0;
/// A text that is less probable than what was heard freely by this much, in nats, is given up: no
/// judgement would accept it.
const HOPELESS: f32 = 30.0;

/// The most probable text that `guidance` lets through; `None` where all are hopeless beside
/// `free`, what was heard freely. Where that is a sentence already, it is the one.
///
/// The most probable token is followed to the end of a text first, for whisper.cpp holds the keys
/// and values of one text at a time; then texts that were passed by, the most probable first, while
/// they can still become better than the best whole one.
pub(super) fn decode(
    decoder: &mut Decoder<'_>,
    guidance: &mut Guidance,
    free: &Path,
) -> Result<Option<Path>, Error> {
    let vocabulary = decoder.vocabulary();
    if guidance.accepts(&vocabulary.text(&free.tokens)) {
        return Ok(Some(free.clone()));
    }
    let mut best: Option<Path> = None;
    let mut least = free.logprob() - HOPELESS;
    let mut thoughts = 0;
    let mut passed_by = BinaryHeap::new();
    let mut open = Some(Open { said: 0.0, path: Path::default(), state: guidance.start() });
    while let Some(Open { said, path, state }) = open {
        let next = decoder.next(&path.tokens)?;
        let end = next.logprob(vocabulary.end_of_text());
        if guidance.is_final(state) && end >= ENDS && said + end > least {
            least = said + end;
            best = Some(Path { end, ..path.clone() });
        }
        thoughts += usize::from(best.is_some());
        if thoughts > SECOND_THOUGHTS {
            break;
        }
        let ways = guidance.ways(vocabulary, state);
        let mut longer = longer(&path, said, &next, &ways, least).into_iter();
        open = longer.next();
        passed_by.extend(longer);
        if open.is_none() {
            open = passed_by.pop().filter(|open| open.said > least);
        }
    }
    Ok(best)
}

/// `path`, which is `said` probable, with each token that may follow and is more probable than
/// `least` and near the most probable one; that one first.
fn longer(path: &Path, said: f32, next: &Next, ways: &[Way], least: f32) -> Vec<Open> {
    if path.tokens.len() == MAX_TOKENS {
        return Vec::new();
    }
    let mut ways: Vec<_> = ways.iter().map(|way| (next.logprob(way.0), way)).collect();
    let most = ways.iter().map(|way| way.0).fold(f32::NEG_INFINITY, f32::max);
    ways.retain(|way| way.0 > (most - NEAR).max(least - said));
    ways.sort_by(|a, b| b.0.total_cmp(&a.0));
    let open = |(logprob, &(token, state)): (f32, &Way)| Open {
        said: said + logprob,
        path: path.with(token, logprob),
        state,
    };
    ways.into_iter().map(open).collect()
}

/// A text to go on from, and how probable it is without an end, as a natural logarithm; the more
/// probable, the greater.
struct Open {
    said: f32,
    path: Path,
    state: GuideState,
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        self.said.total_cmp(&other.said)
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
