//! A few texts, as an automaton.

use super::guidance::Automaton;
use crate::grammar::GuideState;
use std::ops::Range;

/// Texts that lead to each other byte by byte, in any case.
#[derive(Debug)]
pub(super) struct Few {
    /// In order, so that those that begin alike stand together.
    texts: Vec<String>,
    /// Which texts a state may still become, and how many of their bytes are behind it.
    states: Vec<(Range<usize>, usize)>,
}

impl Few {
    pub(super) fn new(texts: impl IntoIterator<Item = String>) -> Self {
        let mut texts: Vec<String> = texts.into_iter().map(|text| text.to_lowercase()).collect();
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

    fn walk(&mut self, state: GuideState, bytes: &[u8]) -> Option<GuideState> {
        let (texts, behind) = self.states[state as usize].clone();
        let all = behind + bytes.len();
        let goes_on = |&index: &usize| {
            let text = self.texts[index].as_bytes().get(behind..all);
            text.is_some_and(|text| text.eq_ignore_ascii_case(bytes))
        };
        let first = texts.clone().find(goes_on)?;
        let count = (first..texts.end).take_while(goes_on).count();
        self.states.push((first..first + count, all));
        Some(self.states.len() as GuideState - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_its_texts_and_no_others() {
        let mut few = Few::new([" try aw q t", " try awqt", " Try Krita"].map(str::to_owned));
        let mut takes = |parts: &[&str]| {
            let start = few.start();
            let end = parts.iter().try_fold(start, |state, part| few.walk(state, part.as_bytes()));
            end.is_some_and(|state| few.is_final(state))
        };
        assert!(takes(&[" Try", " aw", " q", " t"]));
        assert!(takes(&[" try", " aw", "qt"]));
        assert!(takes(&[" t", "ry krita"]));
        for parts in [&[" try", " aw"][..], &[" try", " aw", " qt"], &[" try krita", "!"], &[]] {
            assert!(!takes(parts), "{parts:?}");
        }
        assert!(Few::new([]).is_empty());
    }
}
