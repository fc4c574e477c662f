//! Guided decoding: the most probable texts among those that a grammar knows.

use super::decoder::Decoder;
use super::error::Error;
use super::few::Few;
use super::guidance::{Automaton, Guidance, ways};
use super::path::Path;
use super::search::{Open, Search};

/// Calls of the model to find a whole text: of 55 commands to Nix that were found so none took more
/// than 25. After it half as many again as it has tokens, and no fewer than these, to find a better
/// one: of a long text another may differ early, and has to be followed to its end.
const CALLS: usize = 28;
const SECOND_CALLS: usize = 8;
/// The same to find one that sounds like what was heard freely.
const ALIKE_CALLS: usize = 16;

/// The most probable texts that `guidance` lets through, most probable first; none where all are
/// hopeless beside `free`, what was heard freely. Where that is a sentence already, it is the one.
///
/// A name whose beginning was misheard is found by its sound: the search begins with what is probable.
pub(super) fn decode(
    decoder: &mut Decoder<'_>,
    guidance: &mut Guidance,
    free: &Path,
) -> Result<Vec<Path>, Error> {
    let vocabulary = decoder.vocabulary();
    let heard = vocabulary.text(&free.tokens);
    if guidance.accepts(&heard) {
        return Ok(vec![free.clone()]);
    }
    let mut search = Search::new(vocabulary, free, guidance.start());
    explore(decoder, guidance, &mut search, CALLS)?;
    if search.best().is_none_or(|best| best.whole_mean() < free.whole_mean()) {
        let mut alike = Few::new(guidance.alike(&heard));
        if !alike.is_empty() {
            search.again(alike.start());
            explore(decoder, &mut alike, &mut search, ALIKE_CALLS)?;
        }
    }
    Ok(search.told())
}

/// Follow what `search` has open, as `automaton` lets it go on; `calls` of the model to find a whole text.
fn explore(
    decoder: &mut Decoder<'_>,
    automaton: &mut impl Automaton,
    search: &mut Search<'_>,
    calls: usize,
) -> Result<(), Error> {
    let vocabulary = decoder.vocabulary();
    let before = decoder.work().0;
    let mut last = None;
    while let Some(Open { said, path, state, .. }) = search.next() {
        let made = decoder.work().0 - before;
        if made >= last.unwrap_or(calls) {
            break;
        }
        let next = decoder.next(&path.tokens)?;
        let end = next.logprob(vocabulary.end_of_text());
        if automaton.is_final(state) && search.end(&path, said, end) {
            last.get_or_insert(made + SECOND_CALLS.max(path.tokens.len() * 3 / 2));
        }
        for (token, logprob, state) in
            ways(automaton, vocabulary, state, &next, search.least() - said)
        {
            search.go_on(path.with(token, logprob), said + logprob, state);
        }
    }
    Ok(())
}
