//! Which words of a wording fill which place, told from what it means.

use super::features::same;
use super::sentence::{Entry, Place, Sentences};
use super::tagger::{NONE, Tag, put, spans};
use crate::domain::Slots;
use crate::grammar::Grammar;
use std::ops::Range;

/// So many words fill a place at most.
const LONGEST: usize = 10;

/// A wording whose meaning is known.
pub(super) struct Labelled<'a> {
    pub(super) grammar: &'a Grammar,
    pub(super) sentences: &'a Sentences,
    /// The sentence that says it.
    pub(super) entry: &'a Entry,
    pub(super) tokens: &'a [String],
    pub(super) slots: &'a Slots,
}

impl Labelled<'_> {
    /// The tags of its words; `None` where nothing said fills one of its slots.
    pub(super) fn tags(&self) -> Option<Vec<Tag>> {
        let mut tags = vec![NONE; self.tokens.len()];
        let mut left: Vec<_> =
            self.slots.iter().filter(|(slot, _)| !self.entry.slots.contains_key(*slot)).collect();
        // a value is what it is for an option only
        left.sort_by_key(|(slot, _)| *slot == "value");
        for (slot, value) in left {
            let several = slot.ends_with('s');
            let values = value.split(',').filter(|_| several);
            for value in values.chain((!several).then_some(value.as_str())) {
                let place = Place::of(slot, value)?;
                let free = |span: &Range<usize>| tags[span.clone()].iter().all(|&tag| tag == NONE);
                let fills =
                    |span: &Range<usize>| free(span) && self.fills(&tags, place, slot, value, span);
                // what was said last is what was meant, in as many words as that took
                let found = (1..=self.tokens.len()).rev().find_map(|end| {
                    let starts = end.saturating_sub(LONGEST)..end;
                    starts.map(|start| start..end).find(fills)
                })?;
                tags = with(&tags, place, &found);
            }
        }
        Some(tags)
    }

    /// Whether the words at `span` say `value`, which `slot` has, in `place`.
    fn fills(
        &self,
        tags: &[Tag],
        place: Place,
        slot: &str,
        value: &str,
        span: &Range<usize>,
    ) -> bool {
        let said = &self.tokens[span.clone()];
        match place.name() {
            "package" => {
                let names = self.grammar.names(said);
                names.iter().any(|name| name.len == said.len() && name.value == value)
                    || same(said, value)
            }
            "query" | "command" | "day" => same(said, value),
            "system" | "user" => self.sentences.tells(place, said),
            "generation" | "count" | "level" | "ordinal" => {
                let longest = self.grammar.numbers(&self.tokens[span.start..]).into_iter().max();
                longest.is_some_and(|(len, is)| len == said.len() && is.to_string() == value)
            }
            // the grammar knows what they mean in a sentence
            _ => {
                let tags = with(tags, place, span);
                let says = |entry: &Entry| {
                    let mut texts = entry.fullest(self.tokens, |place| spans(&tags, place));
                    let read = texts.next().and_then(|text| entry.read(self.grammar, &text));
                    read.is_some_and(|read| read.slots.get(slot) == self.slots.get(slot))
                };
                // where what else it says is not known yet, another tells the same of this
                let others = self.sentences.entries().iter();
                says(self.entry) || others.filter(|other| other.places() == [place]).any(says)
            }
        }
    }
}

/// `tags` with those of `place` at `span`.
fn with(tags: &[Tag], place: Place, span: &Range<usize>) -> Vec<Tag> {
    let mut tags = tags.to_vec();
    put(&mut tags, place, span.clone());
    tags
}
