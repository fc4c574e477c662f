//! Guided decoding: the most probable texts among those that a grammar knows.

use super::decoder::Decoder;
use super::error::Error;
use super::few::Few;
use super::guidance::{Automaton, Guidance};
use super::path::Path;
use super::prior::Expectation;
use super::search::{Open, Search, likeliest};

/// Calls of the model to find a whole text: of 55 commands to Nix that were found so none took more
/// than 25. After it half as many again as it has tokens, and no fewer than these, to find a better
/// one: of a long text another may differ early, and has to be followed to its end.
const CALLS: usize = 28;
const SECOND_CALLS: usize = 8;
/// The same to find one that sounds like what was heard freely.
const ALIKE_CALLS: usize = 32;

/// The likeliest texts that `guidance` lets through, likeliest by their sound first; none where all are
/// hopeless beside `free`, what was heard freely. Where that is a sentence already, it is the one.
///
/// A name whose beginning was misheard is found by its sound: the search begins with what is probable.
/// Among names that sound alike the sound has to decide, not what is `expected` without one.
pub(super) fn decode(
    decoder: &mut Decoder<'_>,
    expected: &mut Expectation<'_>,
    guidance: &mut Guidance,
    free: &Path,
) -> Result<Vec<Path>, Error> {
    let vocabulary = decoder.vocabulary();
    let heard = vocabulary.text(&free.tokens);
    if guidance.accepts(&heard) {
        return beside_mistaken(decoder, expected, guidance, vec![free.clone()]);
    }
    let mut search = Search::new(vocabulary, free, guidance.start());
    explore(decoder, None, guidance, &mut search, CALLS)?;
    let is_clear = search.best().is_some_and(|best| best.whole_mean() >= free.whole_mean());
    let mut found = Vec::new();
    for path in search.told() {
        found.push(expected.of(&path)?);
    }
    if !is_clear {
        let mut alike = Few::new(guidance.alike(&heard), vocabulary);
        if !alike.is_empty() {
            let mut search = Search::new(vocabulary, &expected.of(free)?, alike.start());
            explore(decoder, Some(expected), &mut alike, &mut search, ALIKE_CALLS)?;
            found.extend(search.told());
        }
    }
    beside_mistaken(decoder, expected, guidance, likeliest(found))
}

/// `found` with what the first of them may be mistaken for: "uninstall", where "um install" was said.
fn beside_mistaken(
    decoder: &mut Decoder<'_>,
    expected: &mut Expectation<'_>,
    guidance: &Guidance,
    mut found: Vec<Path>,
) -> Result<Vec<Path>, Error> {
    let vocabulary = decoder.vocabulary();
    let Some(first) = found.first_mut() else { return Ok(found) };
    let others = guidance.mistaken(&vocabulary.text(&first.tokens));
    if others.is_empty() {
        return Ok(found);
    }
    *first = expected.of(first)?;
    for other in others {
        found.push(expected.of(&decoder.path(&vocabulary.tokens(&other))?)?);
    }
    Ok(likeliest(found))
}

/// Follow what `search` has open, as `automaton` lets it go on, most probable first, or where something was
/// `expected`, most probable by its sound; `calls` of the model to find a whole text.
fn explore(
    decoder: &mut Decoder<'_>,
    mut expected: Option<&mut Expectation<'_>>,
    automaton: &mut impl Automaton,
    search: &mut Search<'_>,
    calls: usize,
) -> Result<(), Error> {
    let vocabulary = decoder.vocabulary();
    let before = decoder.work().0;
    let mut most = None;
    while let Some(Open { path, state, .. }) = search.next() {
        let made = decoder.work().0 - before;
        if made >= most.unwrap_or(calls) {
            break;
        }
        let next = decoder.next(&path.tokens)?;
        let end = next.logprob(vocabulary.end_of_text());
        if automaton.is_final(state) && search.end(&path, end) {
            most.get_or_insert(made + SECOND_CALLS.max(path.tokens.len() * 3 / 2));
        }
        let least =
            if expected.is_some() { f32::NEG_INFINITY } else { search.least() - path.by_sound() };
        for (token, logprob, state) in automaton.ways(vocabulary, state, &next, least) {
            let mut longer = path.with(token, logprob);
            if let Some(expected) = &mut expected {
                longer.expected += expected.of_last(&longer.tokens)?;
            }
            search.go_on(longer, state);
        }
    }
    Ok(())
}
