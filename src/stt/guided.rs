//! Guided decoding: the most probable texts among those that a grammar knows.

use super::decoder::Decoder;
use super::error::Error;
use super::guidance::Guidance;
use super::path::Path;
use super::search::{Open, Search};

/// Calls of the model to find a whole text: of 55 commands to Nix that were found so none took more
/// than 25. After it half as many again as it has tokens, and no fewer than these, to find a better
/// one: of a long text another may differ early, and has to be followed to its end.
const CALLS: usize = 28;
const SECOND_CALLS: usize = 8;

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
    let mut last = None;
    while let Some(Open { said, path, state, .. }) = search.next() {
        let made = decoder.work().0 - before;
        if made >= last.unwrap_or(CALLS) {
            break;
        }
        let next = decoder.next(&path.tokens)?;
        let end = next.logprob(vocabulary.end_of_text());
        if guidance.is_final(state) && search.end(&path, said, end) {
            last.get_or_insert(made + SECOND_CALLS.max(path.tokens.len() * 3 / 2));
        }
        let ways = guidance.ways(vocabulary, state, &next, search.least() - said);
        for (token, logprob, state) in ways {
            search.go_on(path.with(token, logprob), said + logprob, state);
        }
    }
    Ok(search.told())
}
