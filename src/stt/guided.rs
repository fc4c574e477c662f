//! Guided decoding: the most probable text among those that a grammar knows.

use super::decoder::Decoder;
use super::error::Error;
use super::free::MAX_TOKENS;
use super::guidance::{Guidance, Way};
use super::path::Path;
use crate::grammar::GuideState;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A text that is less probable than its most probable sibling by this much, in nats, is not come
/// back to.
const NEAR: f32 = 3.0;
/// How many tokens after one text are gone on with.
const SIBLINGS: usize = 8;
/// Texts that are looked at in all.
const THOUGHTS: usize = 40;
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
    let (mut thoughts, mut second) = (0, 0);
    let mut passed_by = BinaryHeap::new();
    let mut open = Some(Open { said: 0.0, path: Path::default(), state: guidance.start() });
    while let Some(Open { said, path, state }) = open {
        let next = decoder.next(&path.tokens)?;
        let end = next.logprob(vocabulary.end_of_text());
        if guidance.is_final(state) && end >= ENDS && said + end > least {
            least = said + end;
            best = Some(Path { end, ..path.clone() });
        }
        thoughts += 1;
        second += usize::from(best.is_some());
        if second > SECOND_THOUGHTS || thoughts > THOUGHTS {
            break;
        }
        let ways = guidance.ways(vocabulary, state, &next, (SIBLINGS, least - said));
        let mut longer = longer(&path, said, &ways).into_iter();
        open = longer.next();
        passed_by.extend(longer);
        if open.is_none() {
            open = passed_by.pop().filter(|open| open.said > least);
        }
    }
    Ok(best)
}

/// `path`, which is `said` probable, with each token of `ways` that is near the first one, the most
/// probable.
fn longer(path: &Path, said: f32, ways: &[Way]) -> Vec<Open> {
    if path.tokens.len() == MAX_TOKENS {
        return Vec::new();
    }
    let most = ways.first().map_or(f32::NEG_INFINITY, |way| way.1);
    let open = |&(token, logprob, state): &Way| Open {
        said: said + logprob,
        path: path.with(token, logprob),
        state,
    };
    ways.iter().take_while(|way| way.1 > most - NEAR).map(open).collect()
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
