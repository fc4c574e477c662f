//! Guided decoding: the most probable text among those that a grammar knows.

use super::decoder::Decoder;
use super::error::Error;
use super::free::MAX_TOKENS;
use super::path::Path;
use super::vocabulary::Guidance;
use crate::grammar::GuideState;

/// How many texts are followed at a time.
const BEAM: usize = 2;
/// A text that is less probable than the best of its length by this much, in nats, is given up.
const BEAM_WIDTH: f32 = 3.0;
/// A text does not end where its end is less probable than this, as a natural logarithm: more was
/// said. A sentence cut short costs little else.
const ENDS: f32 = -3.0;
/// A text that is less probable than what was heard freely by this much, in nats, is given up: no
/// judgement would accept it.
const HOPELESS: f32 = 30.0;

/// The most probable text that `guidance` lets through; `None` where all are hopeless beside
/// `free`, what was heard freely. Where that is a sentence already, it is the one.
pub(super) fn decode(
    decoder: &mut Decoder<'_>,
    guidance: &mut Guidance,
    free: &Path,
) -> Result<Option<Path>, Error> {
    let vocabulary = decoder.vocabulary();
    if guidance.accepts(&vocabulary.text(&free.tokens)) {
        return Ok(Some(free.clone()));
    }
    let end_of_text = vocabulary.end_of_text();
    let least = free.logprob() - HOPELESS;
    let mut open: Vec<(Path, GuideState)> = vec![(Path::default(), guidance.start())];
    let mut best: Option<Path> = None;
    for _ in 0..MAX_TOKENS {
        let mut longer = Vec::new();
        for (path, state) in &open {
            let next = decoder.next(&path.tokens)?;
            let end = next.logprob(end_of_text);
            if guidance.is_final(*state) && end >= ENDS {
                let ended = Path { end, ..path.clone() };
                if best.as_ref().is_none_or(|best| ended.logprob() > best.logprob()) {
                    best = Some(ended);
                }
            }
            let said = path.logprob();
            for &(token, state) in &*guidance.ways(vocabulary, *state) {
                let logprob = next.logprob(token);
                longer.push((said + logprob, logprob, path, token, state));
            }
        }
        longer.sort_by(|a, b| b.0.total_cmp(&a.0));
        let highest = longer.first().map_or(f32::NEG_INFINITY, |first| first.0);
        let reached = best.as_ref().map_or(least, |best| best.logprob().max(least));
        let lowest = reached.max(highest - BEAM_WIDTH);
        open = longer
            .into_iter()
            .take(BEAM)
            .take_while(|&(all, ..)| all > lowest)
            .map(|(_, logprob, path, token, state)| (path.with(token, logprob), state))
            .collect();
        if open.is_empty() {
            break;
        }
    }
    Ok(best.filter(|best| best.logprob() > least))
}
