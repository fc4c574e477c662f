//! Which of the words said fill which place of a sentence.

use super::error::GistError;
use super::features::Utterance;
use super::linear::Linear;
use super::sentence::{OPEN, PLACES, Place};
use std::ops::Range;

/// So many words fill a place that has to be filled.
const LONGEST: usize = 6;

/// What a word is: no part of a place, or a place's first word, or another one of it.
pub(super) type Tag = usize;

/// A word that fills no place.
pub(super) const NONE: Tag = 0;

/// The tag of a place's first word.
pub(super) fn first(place: Place) -> Tag {
    1 + 2 * place.0
}

/// The tag of its other words.
pub(super) fn further(place: Place) -> Tag {
    first(place) + 1
}

/// What the tags are called.
pub(super) fn tags() -> Vec<String> {
    let places = PLACES.iter().flat_map(|place| [format!("{place} first"), (*place).to_owned()]);
    std::iter::once("none".to_owned()).chain(places).collect()
}

/// Tag the words at `span` with `place`.
pub(super) fn put(tags: &mut [Tag], place: Place, span: Range<usize>) {
    let start = span.start;
    tags[span].fill(further(place));
    tags[start] = first(place);
}

/// Those that words of a sentence with these `places` may have.
pub(super) fn allowed(places: &[Place]) -> Vec<Tag> {
    let both = places.iter().flat_map(|&place| [first(place), further(place)]);
    std::iter::once(NONE).chain(both).collect()
}

/// Whether a word with `tag` goes on with what fills a place.
fn goes_on(tag: Tag) -> bool {
    tag != NONE && tag.is_multiple_of(2)
}

/// Whether `tag` may come after `before`, or where that is `None` first.
fn follows(before: Option<Tag>, tag: Tag) -> bool {
    !goes_on(tag) || before.is_some_and(|before| before == tag || before + 1 == tag)
}

/// What counts for the tag after `before`.
pub(super) fn after(before: Option<Tag>) -> String {
    before.map_or_else(|| "> ^".to_owned(), |tag| format!("> {tag}"))
}

/// The places in which words are tagged with `tags`.
pub(super) fn spans(tags: &[Tag], place: Place) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (at, &tag) in tags.iter().enumerate() {
        match spans.last_mut() {
            Some(span) if tag == further(place) && span.end == at => span.end += 1,
            _ if tag == first(place) => spans.push(at..at + 1),
            _ => {}
        }
    }
    spans
}

/// The likeliest tags of as many words as `scores` has rows, of which each tells what counts for every tag;
/// `transition` tells that of one after another.
pub(super) fn likeliest(
    scores: &[Vec<f32>],
    allowed: &[Tag],
    transition: impl Fn(Option<Tag>, Tag) -> f32,
) -> Vec<Tag> {
    let mut best: Vec<Vec<(f32, Option<usize>)>> = Vec::with_capacity(scores.len());
    for (at, row) in scores.iter().enumerate() {
        let column = allowed.iter().map(|&tag| {
            if at == 0 {
                let score =
                    if follows(None, tag) { transition(None, tag) } else { f32::NEG_INFINITY };
                return (row[tag] + score, None);
            }
            let before = allowed.iter().enumerate().map(|(index, &before)| {
                let may = follows(Some(before), tag);
                let score = if may { transition(Some(before), tag) } else { f32::NEG_INFINITY };
                (best[at - 1][index].0 + score, Some(index))
            });
            let (score, from) =
                before.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f32::NEG_INFINITY, None));
            (row[tag] + score, from)
        });
        let column = column.collect();
        best.push(column);
    }
    let last = best.last().into_iter().flat_map(|column| column.iter().enumerate());
    let mut index = last.max_by(|a, b| a.1.0.total_cmp(&b.1.0)).map(|(index, _)| index);
    let mut tags = Vec::with_capacity(scores.len());
    for column in best.iter().rev() {
        let Some(at) = index else { break };
        tags.push(allowed[at]);
        index = column[at].1;
    }
    tags.reverse();
    tags
}

/// The words beside those that `tags` put in places for any words: what is next to a name.
pub(super) fn beside(tags: &[Tag]) -> impl Iterator<Item = usize> {
    let is_open = |at: usize| tags.get(at).is_some_and(|&tag| is_open(tag));
    (0..tags.len()).filter(move |&at| {
        tags[at] == NONE && (is_open(at + 1) || at.checked_sub(1).is_some_and(is_open))
    })
}

/// Whether the words at `span` fill no place, or all of one that may have any words.
pub(super) fn is_apart(tags: &[Tag], span: &Range<usize>) -> bool {
    let further = |at: usize| tags.get(at).is_some_and(|&tag| goes_on(tag));
    let any = tags[span.clone()].iter().all(|&tag| tag == NONE || is_open(tag));
    any && !further(span.start) && !further(span.end)
}

/// Whether a word with `tag` may be any word.
pub(super) fn is_open(tag: Tag) -> bool {
    (0..OPEN).map(Place).any(|place| tag == first(place) || tag == further(place))
}

/// Tags words.
#[derive(Debug)]
pub(super) struct Tagger {
    words: Linear,
    /// What each tag counts after each, by the one before; the last row is of none before.
    transitions: Vec<Vec<f32>>,
}

impl Tagger {
    /// The one that `weights` make.
    pub(super) fn new(words: Linear) -> Self {
        let before = (0..tags().len()).map(Some).chain([None]);
        let transitions = before.map(|before| words.scores(&[after(before)])).collect();
        Self { words, transitions }
    }

    /// # Errors
    /// The text is no model of these tags.
    pub(super) fn read(text: &str) -> Result<Self, GistError> {
        Ok(Self::new(Linear::read(text, &tags())?))
    }

    /// The tags of the words of `utterance`, which means the sentence of `class` with these `places`; with
    /// something in one of those that are `needed`, where there are any.
    pub(super) fn tags(
        &self,
        utterance: &Utterance,
        class: usize,
        places: &[Place],
        needed: &[Place],
    ) -> Vec<Tag> {
        let count = utterance.tokens.len();
        let scores: Vec<Vec<f32>> =
            (0..count).map(|at| self.words.scores(&utterance.word_features(at, class))).collect();
        let transition = |before: Option<Tag>, tag: Tag| {
            self.transitions[before.unwrap_or(self.transitions.len() - 1)][tag]
        };
        let tags = likeliest(&scores, &allowed(places), transition);
        let is_there = |place: &Place| tags.contains(&first(*place));
        if needed.is_empty() || needed.iter().any(is_there) {
            return tags;
        }
        let alone = |&place: &Place| {
            let span = (0..count).flat_map(|start| {
                (start + 1..=count.min(start + LONGEST)).map(move |end| start..end)
            });
            span.map(move |span| (place, span))
        };
        let counts = |(place, span): &(Place, Range<usize>)| {
            let tag = |at| if at == span.start { first(*place) } else { further(*place) };
            let own: f32 = span.clone().map(|at| scores[at][tag(at)] - scores[at][NONE]).sum();
            let inner: f32 = span
                .clone()
                .skip(1)
                .map(|at| transition(Some(tag(at - 1)), tag(at)) - transition(Some(NONE), NONE))
                .sum();
            let before = span.start.checked_sub(1).map(|_| NONE);
            own + inner + transition(before, first(*place)) - transition(before, NONE)
        };
        let best = needed.iter().flat_map(alone).max_by(|a, b| counts(a).total_cmp(&counts(b)));
        let mut tags = vec![NONE; count];
        if let Some((place, span)) = best {
            put(&mut tags, place, span);
        }
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_begins_with_its_first_word() {
        let place = Place(0);
        let (one, more) = (first(place), further(place));
        assert_eq!(spans(&[NONE, one, more, one, NONE], place), [1..3, 3..4]);
        assert_eq!(beside(&[NONE, one, more, NONE, NONE]).collect::<Vec<_>>(), [0, 3]);
        // the second word of a place counts most, but none is before it
        let mut rows = vec![vec![0.0; tags().len()]; 2];
        (rows[0][more], rows[0][NONE]) = (2.0, 0.1);
        rows[1][one] = 1.0;
        assert_eq!(likeliest(&rows, &allowed(&[place]), |_, _| 0.0), [NONE, one]);
        rows[0][one] = 0.5;
        rows[1][more] = 1.0;
        assert_eq!(likeliest(&rows, &allowed(&[place]), |_, _| 0.0)[0], one);
        assert_eq!(likeliest(&[], &allowed(&[place]), |_, _| 0.0), [NONE; 0]);
    }
}
