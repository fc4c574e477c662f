//! Guided decoding: the most probable texts among those that a grammar knows.

use super::decoder::Decoder;
use super::error::Error;
use super::guidance::Guidance;
use super::path::Path;
use super::search::{Open, Search};

/// A token that is less probable than its most probable sibling by this much, in nats, is not gone
/// on with.
const NEAR: f32 = 5.0;
/// How many tokens after one text are gone on with.
const SIBLINGS: usize = 8;
/// Calls of the model, in all and after a whole text was found, to find a better one.
const CALLS: usize = 48;
const SECOND_CALLS: usize = 24;

/// The most probable texts that `guidance` lets through, most probable first; none where all are
/// hopeless beside `free`, what was heard freely. Where that is a sentence already, it is the one.
pub(super) fn decode(
    decoder: &mut Decoder<'_>,
    guidance: &mut Guidance,
    free: &Path,
) -> Result<Vec<Path>, Error> {
    let vocabulary = decoder.vocabulary();
    if guidance.accepts(&vocabulary.text(&free.tokens)) {
        return Ok(vec![free.clone()]);
    }
    let mut search = Search::new(vocabulary, free, guidance.start());
    let before = decoder.work().0;
    let mut calls = CALLS;
    while let Some(Open { said, path, state, .. }) = search.next() {
        let made = decoder.work().0 - before;
        if made >= calls {
            break;
        }
        let next = decoder.next(&path.tokens)?;
        let end = next.logprob(vocabulary.end_of_text());
        if guidance.is_final(state) && search.end(&path, said, end) {
            calls = calls.min(made + SECOND_CALLS);
        }
        let ways = guidance.ways(vocabulary, state, &next, (SIBLINGS, search.least() - said));
        let most = ways.first().map_or(f32::NEG_INFINITY, |way| way.1);
        for &(token, logprob, state) in ways.iter().filter(|way| way.1 > most - NEAR) {
            search.go_on(path.with(token, logprob), said + logprob, state);
        }
    }
    Ok(search.told())
}
