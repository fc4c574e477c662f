//! Plain sentences, and the places in them that words fill.

use super::error::GistError;
use super::turn::Turns;
use crate::domain::{NO_COMMAND, Slots};
use crate::grammar::{Grammar, Reading};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// What may be said in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place(pub(super) usize);

/// What places are called: after the slot that they fill, or after a value of the slot `scope`, which
/// stands there itself.
pub(super) const PLACES: [&str; 13] = [
    "package",
    "query",
    "command",
    "generation",
    "count",
    "level",
    "ordinal",
    "age",
    "day",
    "option",
    "value",
    "system",
    "user",
];
/// So many of them, the first ones, take any words.
pub(super) const OPEN: usize = 3;
/// From here on they are values.
const VALUES: usize = 11;
const SCOPE: &str = "scope";

impl Place {
    /// The one called `name`.
    fn named(name: &str) -> Option<Self> {
        PLACES.iter().position(|&place| place == name).map(Self)
    }

    /// The one that tells `value` of `slot`, which may be a list.
    pub(super) fn of(slot: &str, value: &str) -> Option<Self> {
        if slot == SCOPE { Self::named(value) } else { Self::named(slot.trim_end_matches('s')) }
    }

    pub(super) fn name(self) -> &'static str {
        PLACES[self.0]
    }

    /// What it says, whatever was said in it.
    pub(super) fn value(self) -> Option<&'static str> {
        (self.0 >= VALUES).then(|| self.name())
    }
}

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    Place(Place),
}

/// Sentences that mean the same, but for what fills their places.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) intent: String,
    /// What they mean beside that.
    pub(super) slots: Slots,
    /// Phrases beside which they may not be meant.
    pub(super) unsure: Vec<String>,
    sentences: Vec<Vec<Part>>,
}

/// The plain sentences of a language.
#[derive(Debug, Clone)]
pub struct Sentences {
    entries: Vec<Entry>,
    /// What tells of each place that says itself.
    words: BTreeMap<String, Vec<String>>,
    turns: Turns,
}

/// The same, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    turns: Turns,
    gist: Vec<Block>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    intent: String,
    #[serde(default)]
    slots: Slots,
    #[serde(default)]
    unsure: Vec<String>,
    sentences: Vec<String>,
}

impl Sentences {
    /// Those that the TOML `text` gives.
    ///
    /// # Errors
    /// It is none of that form, or has a place that there is not.
    pub fn read(text: &str) -> Result<Self, GistError> {
        let file: File = toml::from_str(text)?;
        let entry = |Block { intent, slots, unsure, sentences }| {
            let mut sentences: Vec<Vec<Part>> =
                sentences.iter().map(|text| parts(text)).collect::<Result<_, _>>()?;
            // the fullest first
            sentences.sort_by_key(|parts| std::cmp::Reverse(places(parts).count()));
            Ok(Entry { intent, slots, unsure, sentences })
        };
        let entries = file.gist.into_iter().map(entry).collect::<Result<_, GistError>>()?;
        Ok(Self { entries, words: file.words, turns: file.turns })
    }

    /// What turns any of them.
    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether `words` are those by which `place`, which says itself, is known.
    pub(super) fn tells(&self, place: Place, words: &[String]) -> bool {
        let known = self.words.get(place.name()).into_iter().flatten();
        known.into_iter().any(|known| known.split(' ').eq(words))
    }

    /// What the classes are called; the one that no sentence is for comes last.
    pub(super) fn classes(&self) -> Vec<String> {
        let named = self.entries.iter().map(Entry::name);
        named.chain(std::iter::once(NO_COMMAND.to_owned())).collect()
    }

    /// The class of what means `intent` with `slots`; `None` where no sentence says it.
    pub(super) fn class(&self, intent: &str, slots: &Slots) -> Option<usize> {
        if intent == NO_COMMAND {
            return Some(self.entries.len());
        }
        self.entries.iter().position(|entry| entry.says(intent, slots))
    }
}

impl Entry {
    fn name(&self) -> String {
        let slots = self.slots.iter().map(|(slot, value)| format!(" {slot}={value}"));
        self.intent.clone() + &slots.collect::<String>()
    }

    /// Whether its sentences may mean `intent` with `slots`.
    fn says(&self, intent: &str, slots: &Slots) -> bool {
        let has = |(slot, value): (&String, &String)| slots.get(slot) == Some(value);
        self.intent == intent && self.slots.iter().all(has)
    }

    /// Every place in one of the sentences.
    pub(super) fn places(&self) -> Vec<Place> {
        let mut all: Vec<Place> = self.sentences.iter().flat_map(|parts| places(parts)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Places of which each of the sentences has one at least; none where one has none.
    pub(super) fn needed(&self) -> Vec<Place> {
        let open = |parts: &Vec<Part>| places(parts).any(|place| place.value().is_none());
        let all = self.places().into_iter().filter(|place| place.value().is_none());
        if self.sentences.iter().all(open) { all.collect() } else { Vec::new() }
    }

    /// Its sentences, those with most places first, with the words of `tokens` in them that `spans` tells,
    /// where it tells of all of their places.
    pub(super) fn fullest<'a>(
        &'a self,
        tokens: &'a [String],
        spans: impl Fn(Place) -> Vec<Range<usize>> + 'a,
    ) -> impl Iterator<Item = String> + 'a {
        let fill = move |part: &Part| match part {
            Part::Words(words) => Some(words.clone()),
            Part::Place(place) => {
                let said = spans(*place);
                let said: Vec<String> =
                    said.into_iter().map(|span| tokens[span].join(" ")).collect();
                (!said.is_empty())
                    .then(|| place.value().map_or_else(|| said.join(" and "), str::to_owned))
            }
        };
        self.sentences.iter().filter_map(move |parts| {
            parts.iter().map(&fill).collect::<Option<Vec<_>>>().map(|parts| parts.join(" "))
        })
    }

    /// What `text`, one of its sentences that was filled, means.
    pub(super) fn read(&self, grammar: &Grammar, text: &str) -> Option<Reading> {
        let reading = grammar.readings(text).into_iter().next()?;
        self.says(&reading.intent, &reading.slots).then_some(reading)
    }
}

fn places(parts: &[Part]) -> impl Iterator<Item = Place> {
    parts.iter().filter_map(|part| match part {
        Part::Place(place) => Some(*place),
        Part::Words(_) => None,
    })
}

/// The parts of a sentence, whose places are words in braces.
fn parts(text: &str) -> Result<Vec<Part>, GistError> {
    let part = |word: &str| match word.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) => {
            Place::named(name).map(Part::Place).ok_or_else(|| GistError::Place(name.to_owned()))
        }
        None => Ok(Part::Words(word.to_owned())),
    };
    text.split_whitespace().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_sentence_is_filled_with_what_was_said() {
        let text = r#"
            [[gist]]
            intent = "list"
            sentences = ["list generations", "list the last {count} {system} generations"]
        "#;
        let sentences = Sentences::read(text).unwrap();
        let entry = &sentences.entries()[0];
        let tokens = ["of", "the", "machine", "two"].map(String::from);
        let filled = |spans: &[(&str, Range<usize>)]| -> Vec<String> {
            let of = |place: Place| {
                let own = spans.iter().filter(|(name, _)| *name == place.name());
                own.map(|(_, span)| span.clone()).collect()
            };
            entry.fullest(&tokens, of).collect()
        };
        let both = [("count", 3..4), ("system", 2..3)];
        assert_eq!(filled(&both), ["list the last two system generations", "list generations"]);
        assert_eq!(filled(&both[..1]), ["list generations"]);
        assert!(entry.needed().is_empty());
    }

    #[test]
    fn a_place_that_there_is_not_is_named() {
        let text = "[[gist]]\nintent = \"x\"\nsentences = [\"say {word}\"]";
        assert_eq!(
            Sentences::read(text).unwrap_err().to_string(),
            "{word} in a plain sentence is no place"
        );
    }
}
