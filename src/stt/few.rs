//! A few texts, as an automaton.

use super::decoder::Next;
use super::guidance::{Automaton, Way};
use super::vocabulary::{Token, Vocabulary};
use crate::grammar::GuideState;
use std::ops::Range;

/// Texts that lead to each other token by token, each only as the model itself would cut it: of other ways
/// to write them, those that nobody expects would count as if they were heard the better.
#[derive(Debug)]
pub(super) struct Few {
    /// In order, so that those that begin alike stand together.
    texts: Vec<Vec<Token>>,
    /// Which texts a state may still become, and how many of their tokens are behind it.
    states: Vec<(Range<usize>, usize)>,
}

impl Few {
    pub(super) fn new(texts: impl IntoIterator<Item = String>, vocabulary: &Vocabulary) -> Self {
        let texts = texts.into_iter().map(|text| vocabulary.tokens(&text.to_lowercase()));
        let mut texts: Vec<Vec<Token>> = texts.collect();
        texts.sort_unstable();
        texts.dedup();
        let states = vec![(0..texts.len(), 0)];
        Self { texts, states }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

impl Automaton for Few {
    fn start(&mut self) -> GuideState {
        0
    }

    fn is_final(&self, state: GuideState) -> bool {
        let (texts, behind) = self.states[state as usize].clone();
        self.texts[texts].iter().any(|text| text.len() == behind)
    }

    /// All of them, however improbable.
    fn ways(&mut self, _: &Vocabulary, state: GuideState, next: &Next, _: f32) -> Vec<Way> {
        let (texts, behind) = self.states[state as usize].clone();
        let mut ways = Vec::new();
        let mut first = texts.start;
        while first < texts.end {
            let token = self.texts[first].get(behind).copied();
            let alike = self.texts[first..texts.end].iter();
            let count = alike.take_while(|text| text.get(behind).copied() == token).count();
            if let Some(token) = token {
                self.states.push((first..first + count, behind + 1));
                ways.push((token, next.logprob(token), self.states.len() as GuideState - 1));
            }
            first += count;
        }
        ways
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_its_texts_and_no_others() {
        let parts = [" try", " aw", " q", "qt", " t", "ry", " krita"];
        let bytes = parts.map(|text| text.as_bytes().to_vec());
        let vocabulary = Vocabulary::new(&bytes, 7);
        let mut few = Few {
            texts: vec![vec![0, 1, 2, 4], vec![0, 1, 3], vec![0, 6]],
            states: vec![(0..3, 0)],
        };
        let next = Next::new(&[1.0, 5.0, 0.0, 3.0, 2.0, 9.0, 4.0, 0.0], 7);
        let mut takes = |tokens: &[Token]| {
            let start = few.start();
            let end = tokens.iter().try_fold(start, |state, token| {
                let ways = few.ways(&vocabulary, state, &next, 0.0);
                ways.iter().find(|way| way.0 == *token).map(|way| way.2)
            });
            end.is_some_and(|state| few.is_final(state))
        };
        assert!(takes(&[0, 1, 2, 4]));
        assert!(takes(&[0, 1, 3]));
        assert!(takes(&[0, 6]));
        for tokens in [&[0, 1][..], &[0, 1, 2], &[0, 6, 5], &[4, 5], &[]] {
            assert!(!takes(tokens), "{tokens:?}");
        }
        assert!(Few::new([], &vocabulary).is_empty());
    }
}
