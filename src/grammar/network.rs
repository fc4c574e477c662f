//! The word network: every sentence of a grammar as paths through states.
//!
//! Arcs that carry words consume them; arcs that carry effects fill slots. Finding a command is
//! finding a path; the automaton that guides decoding is made from the same network.

use super::file::{NumberKind, Wildcard};
use super::names::Names;
use super::vocabulary::{Vocabulary, WordId};
use crate::domain::Slots;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc as Shared, LazyLock};

/// A state's index.
pub(super) type State = usize;

/// A list of names' index.
pub(super) type ListId = usize;

/// A list of names, put in order when it is first looked up: most commands name nothing.
pub(super) type List = LazyLock<Names, Box<dyn FnOnce() -> Names + Send>>;

/// What an arc does. There are tens of thousands of them, made at each start: the rare kinds are
/// boxed to keep all of them small.
#[derive(Debug)]
pub(super) enum Label {
    /// Nothing.
    Epsilon,
    /// Takes this word.
    Word(WordId),
    /// Gives a slot a value.
    Fill(Shared<Fill>),
    /// Takes a number into a slot.
    Number(Box<Number>),
    /// Takes any words into a slot, or the names of a list.
    Words(Shared<Words>),
}

/// A slot's value.
#[derive(Debug)]
pub(super) struct Fill {
    pub(super) slot: String,
    pub(super) value: String,
}

/// A slot for a number.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) slot: String,
    pub(super) kind: NumberKind,
}

/// A slot for words.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) slot: String,
    pub(super) kind: Wildcard,
    pub(super) names: Option<ListId>,
}

/// A way from one state to another.
#[derive(Debug)]
pub(super) struct Arc {
    pub(super) label: Label,
    pub(super) to: State,
}

/// What reaching a final state means.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    pub(super) intent: String,
    pub(super) slots: Slots,
    /// Whether it is said alone, without remarks beside it.
    pub(super) alone: bool,
    /// Whether nothing but fillers is said beside it.
    pub(super) bare: bool,
}

/// A word sequence that may stand anywhere and means nothing.
#[derive(Debug)]
pub(super) struct Skip {
    pub(super) words: Vec<String>,
    /// Whether it asks for nothing and doubts nothing: "um", "thank you".
    pub(super) is_filler: bool,
    /// Whether it stands only before a command: after one it may take it back, as "oh no" does.
    pub(super) is_opening: bool,
}

/// Word sequences by which a remark beside a command is told from it.
#[derive(Debug)]
pub(super) struct Remarks {
    /// What one begins with that nothing leads to or from.
    pub(super) begin: Vec<Vec<String>>,
    /// The same, of one that has a verb.
    pub(super) thing: Vec<Vec<String>>,
    /// The verbs.
    pub(super) verb: Vec<Vec<String>>,
    /// What leads from one to the command after it.
    pub(super) lead: Vec<Vec<String>>,
    /// What none ends with.
    pub(super) open: Vec<Vec<String>>,
    /// What none begins with.
    pub(super) never: Vec<Vec<String>>,
    /// What none after a command has: it takes that back.
    pub(super) turn: Vec<Vec<String>>,
    /// Slots of a command in which something may stand for a name of this list in the remark before it.
    pub(super) names: Vec<(String, ListId)>,
}

/// A compiled grammar.
#[derive(Debug)]
pub(super) struct Network {
    /// The words that arcs take.
    pub(super) vocabulary: Vocabulary,
    /// Every arc, those of one state together.
    pub(super) arcs: Vec<Arc>,
    /// Where each state's arcs begin, and where the last one's end.
    pub(super) first: Vec<usize>,
    /// Final states with their meanings, in the order of the files and of their states.
    pub(super) finals: Vec<(State, Meaning)>,
    /// The words of sentences, without those of lists.
    pub(super) spoken: HashSet<String>,
    /// The ways to say what lists fill each slot with.
    pub(super) phrases: HashMap<String, HashSet<Vec<String>>>,
    /// Word sequences that may stand anywhere and mean nothing.
    pub(super) skips: Vec<Skip>,
    /// Word sequences that take back what was said before them.
    pub(super) corrections: Vec<Vec<String>>,
    /// Word sequences that join a command to the one before it.
    pub(super) joins: Vec<Vec<String>>,
    /// Phrases, each with one that sounds like it and means something else.
    pub(super) mistaken: Vec<(String, String)>,
    /// What tells remarks from commands.
    pub(super) remarks: Remarks,
    /// The lists of names that wildcards are looked up in.
    pub(super) lists: Vec<List>,
}

/// The state that every sentence starts in.
pub(super) const START: State = 0;

impl Network {
    /// `tokens` without those that they begin with and that mean nothing.
    pub(super) fn unskipped<'t>(&self, mut tokens: &'t [String]) -> &'t [String] {
        let len = |tokens: &[String]| {
            let skips = self.skips.iter().filter(|skip| tokens.starts_with(&skip.words));
            skips.map(|skip| skip.words.len()).max()
        };
        while let Some(len) = len(tokens) {
            tokens = &tokens[len..];
        }
        tokens
    }

    /// The arcs that leave `state`.
    pub(super) fn arcs(&self, state: State) -> &[Arc] {
        &self.arcs[self.first[state]..self.first[state + 1]]
    }

    /// What ending in `state` means, with its rank in the files.
    pub(super) fn meaning(&self, state: State) -> Option<(usize, &Meaning)> {
        let rank = self.finals.binary_search_by_key(&state, |&(state, _)| state).ok()?;
        Some((rank, &self.finals[rank].1))
    }

    /// How many states there are; they are numbered from 0.
    pub(super) fn len(&self) -> usize {
        self.first.len() - 1
    }
}
