//! Which words of a wording fill which place, told from what it means.

use super::features::{same, tells};
use super::sentence::{Entry, Place, Sentences};
use super::tagger::{NONE, Tag, first, further, spans};
use crate::domain::Slots;
use crate::grammar::Grammar;
use std::ops::Range;

/// So many words fill a place at most.
const LONGEST: usize = 10;

/// The tags of `tokens`, which mean `entry` with these `slots`; `None` where nothing said fills one.
pub(super) fn tags(
    grammar: &Grammar,
    sentences: &Sentences,
    entry: &Entry,
    tokens: &[String],
    slots: &Slots,
) -> Option<Vec<Tag>> {
    let mut tags = vec![NONE; tokens.len()];
    // a value is what it is for an option only
    let mut left: Vec<_> =
        slots.iter().filter(|(slot, _)| !entry.slots.contains_key(*slot)).collect();
    left.sort_by_key(|(slot, _)| *slot == "value");
    for (slot, value) in left {
        let lists = slot.ends_with('s');
        let values = value.split(',').filter(|_| lists).chain((!lists).then_some(value.as_str()));
        for value in values {
            let place = Place::of(slot, value)?;
            let fills = |span: &Range<usize>| match place.name() {
                "package" => {
                    let names = grammar.names(&tokens[span.clone()]);
                    names.iter().any(|name| name.len == span.len() && name.value == value)
                        || same(&tokens[span.clone()], value)
                }
                "query" | "command" | "day" => same(&tokens[span.clone()], value),
                "system" | "user" => tells(place, &tokens[span.clone()]),
                "generation" | "count" | "level" | "ordinal" => {
                    let longest = grammar.numbers(&tokens[span.start..]).into_iter().max();
                    longest.is_some_and(|(len, is)| len == span.len() && is.to_string() == value)
                }
                _ => {
                    let trial = trial(&tags, place, span);
                    let says = |entry: &Entry| {
                        let mut texts = entry.fullest(tokens, |place| spans(&trial, place));
                        let read = texts.next().and_then(|text| entry.read(grammar, &text));
                        read.is_some_and(|read| read.slots.get(slot) == slots.get(slot))
                    };
                    // where what else it says is not known yet, another tells the same of this
                    let others =
                        sentences.entries().iter().filter(|other| other.places() == [place]);
                    says(entry) || others.into_iter().any(says)
                }
            };
            let free = |span: &Range<usize>| tags[span.clone()].iter().all(|&tag| tag == NONE);
            // what was said last is what was meant, in as many words as that took
            let found = (1..=tokens.len()).rev().find_map(|end| {
                let starts = end.saturating_sub(LONGEST)..end;
                starts.map(|start| start..end).find(|span| free(span) && fills(span))
            })?;
            tags = trial(&tags, place, &found);
        }
    }
    Some(tags)
}

/// `tags` with those of `place` at `span`.
fn trial(tags: &[Tag], place: Place, span: &Range<usize>) -> Vec<Tag> {
    let mut tags = tags.to_vec();
    tags[span.clone()].fill(further(place));
    tags[span.start] = first(place);
    tags
}
