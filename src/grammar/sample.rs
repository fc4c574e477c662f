//! Sentences drawn from a grammar, with what they mean.

use super::file::{NumberForm, NumberKind, Wildcard};
use super::network::{Label, Network, START, State, Words};
use super::numbers::{ending, in_words};
use super::slots::{fill, spread};
use crate::domain::Slots;
use fastrand::Rng;

/// Highest number that is said in words.
const SPELLED: u64 = 999;

/// How many names are drawn to find one that fits.
const DRAWS: usize = 20;
/// What is said where anything can be.
const ANYTHING: &str = "curious things";

/// A sentence, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The sentence, in words.
    pub text: String,
    /// The intent's name.
    pub intent: String,
    /// Its slots.
    pub slots: Slots,
}

/// The network with its arcs turned around: whoever walks back from the end of a sentence always
/// comes to the beginning.
pub(super) struct Sampler<'a> {
    network: &'a Network,
    back: Vec<Vec<(State, &'a Label)>>,
    ends: Vec<State>,
}

impl<'a> Sampler<'a> {
    /// Of the sentences of `intent`, or of all.
    pub(super) fn new(network: &'a Network, intent: Option<&str>) -> Self {
        let mut back: Vec<Vec<(State, &Label)>> = vec![Vec::new(); network.len()];
        for from in 0..network.len() {
            for arc in network.arcs(from) {
                back[arc.to].push((from, &arc.label));
            }
        }
        let wanted = |name: &str| intent.is_none_or(|intent| intent == name);
        let ends = (0..network.len())
            .filter(|&state| {
                network.meaning(state).is_some_and(|(_, meaning)| wanted(&meaning.intent))
            })
            .collect();
        Self { network, back, ends }
    }

    /// A sentence; `None` where there is no such intent.
    pub(super) fn draw(&self, random: &mut Rng) -> Option<Sample> {
        let mut state = random.choice(&self.ends).copied()?;
        let (_, meaning) = self.network.meaning(state)?;
        let mut labels = Vec::new();
        while state != START {
            let (before, label) = self.back[state][random.usize(..self.back[state].len())];
            labels.push(label);
            state = before;
        }
        let (mut words, mut slots) = (Vec::new(), meaning.slots.clone());
        // how many words there were when a number was said last
        let mut numbered = 0;
        for label in labels.into_iter().rev() {
            match label {
                Label::Epsilon => {}
                Label::Word(word) => words.push(self.network.vocabulary.word(*word).to_owned()),
                Label::Fill(set) => fill(&mut slots, &set.slot, &set.value),
                Label::Number(wanted) => {
                    let kind = wanted.kind;
                    let number = random.u64(kind.from..=kind.to.min(kind.from + SPELLED));
                    fill(&mut slots, &wanted.slot, &number.to_string());
                    // "four hundred" and "seventy five", one after the other, are another number
                    let follows = numbered > 0 && numbered == words.len();
                    words.push(said(number, kind, follows, random));
                    numbered = words.len();
                }
                Label::Words(wanted) => {
                    let Words { slot, kind, names } = &**wanted;
                    let list = names.map(|list| &self.network.lists[list]);
                    let mut draws = (0..DRAWS).filter_map(|_| list?.draw(random));
                    let name = draws.find(|(spoken, _)| fits(spoken, kind));
                    let (spoken, value) = name.unwrap_or((ANYTHING, ANYTHING));
                    // what is on no list is worth what its words make
                    let parts = super::normalise::words(spoken);
                    let made = kind.value(&parts);
                    fill(&mut slots, slot, if name.is_some() { value } else { &made });
                    words.push(spoken.to_owned());
                }
            }
        }
        spread(&mut slots);
        Some(Sample { text: words.join(" "), intent: meaning.intent.clone(), slots })
    }
}

/// Whether a wildcard takes a name.
fn fits(name: &str, kind: &Wildcard) -> bool {
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    words.len() <= kind.words && !words.iter().any(|word| kind.not.iter().any(|not| not == word))
}

/// One of the ways to say a number; in digits where it `follows` another.
fn said(number: u64, kind: NumberKind, follows: bool, random: &mut Rng) -> String {
    let ordinal = match kind.form {
        NumberForm::Cardinal => false,
        NumberForm::Ordinal => true,
        NumberForm::Either => random.bool(),
    };
    let digits = if ordinal { format!("{number}{}", ending(number)) } else { number.to_string() };
    let spelled = number <= SPELLED && !follows;
    let mut ways = if spelled { in_words(number, ordinal) } else { Vec::new() };
    ways.push(digits);
    ways.swap_remove(random.usize(..ways.len()))
}
