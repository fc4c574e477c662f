//! Which tokens keep to a grammar's sentences.

use super::decoder::Next;
use super::vocabulary::{Token, Vocabulary};
use crate::grammar::{Guide, GuideSize, GuideState};

/// Places that a guide may hold before all of it is forgotten.
const MOST_PLACES: usize = 4_000_000;

/// A token that is less probable than its most probable sibling by this much, in nats, is not gone
/// on with.
const NEAR: f32 = 5.0;
/// How many tokens after one text are gone on with.
const SIBLINGS: usize = 8;

/// A token that may follow, its natural-log probability, and where it leads.
pub(super) type Way = (Token, f32, GuideState);

/// What tells which texts may be written.
pub(super) trait Automaton {
    /// The state before the first token.
    fn start(&mut self) -> GuideState;

    /// Whether a text may end in `state`.
    fn is_final(&self, state: GuideState) -> bool;

    /// The tokens that may follow `state`, of those that are more probable than `least`, a natural
    /// logarithm.
    fn ways(
        &mut self,
        vocabulary: &Vocabulary,
        state: GuideState,
        next: &Next,
        least: f32,
    ) -> Vec<Way>;
}

/// A guide, walked by tokens.
#[derive(Debug)]
pub(super) struct Guidance {
    guide: Guide,
}

impl Guidance {
    pub(super) fn new(guide: Guide) -> Self {
        Self { guide }
    }

    /// How large its automaton has become.
    pub(super) fn size(&self) -> GuideSize {
        self.guide.size()
    }

    /// Whether `text` is a sentence.
    pub(super) fn accepts(&mut self, text: &str) -> bool {
        self.guide.accepts(text)
    }

    /// What sounds like `text` and means something else.
    pub(super) fn mistaken(&self, text: &str) -> Vec<String> {
        self.guide.mistaken(text)
    }

    /// Sentences that sound like `text`.
    pub(super) fn alike(&self, text: &str) -> Vec<String> {
        self.guide.alike(text)
    }
}

impl Automaton for Guidance {
    /// States of earlier texts may be forgotten by it.
    fn start(&mut self) -> GuideState {
        if self.guide.size().places > MOST_PLACES {
            self.guide.forget();
        }
        self.guide.start()
    }

    fn is_final(&self, state: GuideState) -> bool {
        self.guide.is_final(state)
    }

    /// The [`SIBLINGS`] most probable, most probable first, of those that are [`NEAR`] the first.
    ///
    /// With 20,000 names in a grammar nearly every token may follow somewhere, so that the tokens are
    /// tried from the most probable one down, until enough of them keep to it.
    fn ways(
        &mut self,
        vocabulary: &Vocabulary,
        state: GuideState,
        next: &Next,
        least: f32,
    ) -> Vec<Way> {
        let mut ways: Vec<Way> = Vec::with_capacity(SIBLINGS);
        for (logprob, token) in next.ranked(least) {
            // what is further down is not worth a look
            if ways.first().is_some_and(|most| logprob <= most.1 - NEAR) {
                break;
            }
            if !vocabulary.is_written(token as usize) {
                continue;
            }
            if let Some(to) = self.guide.walk(state, vocabulary.bytes(token)) {
                ways.push((token, logprob, to));
                if ways.len() == SIBLINGS {
                    break;
                }
            }
        }
        ways
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Source;
    use crate::grammar::Grammar;

    #[test]
    fn tokens_follow_where_a_sentence_goes_on() {
        let text = "[[intent]]\nname = \"x\"\nsentences = [\"list (generations|packages)\"]";
        let grammar = Grammar::compile(&[Source::new("a.toml", text)]).unwrap();
        let tokens = ["!", " L", "ist", " list", " List", " gen", " store", "erations", ".", " "];
        let bytes = tokens.map(|text| text.as_bytes().to_vec());
        let vocabulary = Vocabulary::new(&bytes, 10);
        let mut guidance = Guidance::new(grammar.guide());
        let next = Next::new(&[9.0, 1.0, 8.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, -2.0, 0.0], 10);
        let start = guidance.start();
        let mut follow = |state, least| guidance.ways(&vocabulary, state, &next, least);
        let tokens = |found: &[Way]| found.iter().map(|way| way.0).collect::<Vec<_>>();
        let found = follow(start, f32::NEG_INFINITY);
        assert_eq!(tokens(&found), [4, 3, 1], "the most probable first, and none far below it");
        assert_eq!(tokens(&follow(start, next.logprob(3) - 0.5)), [4, 3]);
        assert_eq!(tokens(&follow(found[0].2, f32::NEG_INFINITY)), [5]);
    }
}
