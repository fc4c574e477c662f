//! The word network: every sentence of a grammar as paths through states.
//!
//! Arcs that carry words consume them; arcs that carry effects fill slots. Finding a command is
//! finding a path; the automaton that guides decoding is made from the same network.

use super::error::GrammarError;
use super::file::{Definitions, NumberKind, Wildcard, Written};
use super::names::{Name, Names};
use super::normalise::Normaliser;
use super::template::{Node, TemplateError};
use crate::domain::Slots;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A state's index.
pub(super) type State = usize;

/// A list of names' index.
pub(super) type ListId = usize;

/// A list of names, put in order when it is first looked up: most commands name nothing.
pub(super) type List = LazyLock<Names, Box<dyn FnOnce() -> Names + Send>>;

/// What an arc does.
#[derive(Debug, Clone)]
pub(super) enum Label {
    /// Nothing.
    Epsilon,
    /// Takes this word.
    Word(String),
    /// Gives a slot this value.
    Fill { slot: String, value: String },
    /// Takes a number into a slot.
    Number { slot: String, kind: NumberKind },
    /// Takes any words into a slot, or the names of a list.
    Words { slot: String, kind: Wildcard, names: Option<ListId> },
}

/// A way from one state to another.
#[derive(Debug, Clone)]
pub(super) struct Arc {
    pub(super) label: Label,
    pub(super) to: State,
}

/// What reaching a final state means.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    pub(super) intent: String,
    pub(super) slots: Slots,
}

/// A compiled grammar.
#[derive(Debug, Default)]
pub(super) struct Network {
    states: Vec<Vec<Arc>>,
    /// Final states with their meanings, in the order of the files.
    finals: Vec<(State, Meaning)>,
    /// Word sequences that may stand anywhere and mean nothing.
    skips: Vec<Vec<String>>,
    /// Word sequences that take back what was said before them.
    corrections: Vec<Vec<String>>,
    /// The lists of names that wildcards are looked up in.
    lists: Vec<(String, List)>,
}

/// The state that every sentence starts in.
pub(super) const START: State = 0;

/// Rules may not nest deeper: they then hold themselves.
const MAX_DEPTH: usize = 16;

impl Network {
    /// Compile all that `definitions` hold, with more names for its lists.
    pub(super) fn compile(
        definitions: &Definitions<'_>,
        normaliser: &Normaliser,
        mut names: HashMap<String, Vec<Name>>,
    ) -> Result<Self, GrammarError> {
        for (list, name) in definitions.names() {
            names.entry(list.to_owned()).or_default().push(name);
        }
        let list = |names: Vec<Name>| -> List { LazyLock::new(Box::new(|| Names::new(names))) };
        let lists = names.into_iter().map(|(name, names)| (name, list(names))).collect();
        let mut network = Self { lists, ..Self::default() };
        network.state();
        let phrases = |texts: &mut dyn Iterator<Item = &str>| -> Vec<Vec<String>> {
            texts.map(|text| normaliser.tokens(text)).filter(|words| !words.is_empty()).collect()
        };
        network.skips = phrases(&mut definitions.skips());
        network.corrections = phrases(&mut definitions.corrections());
        let mut compiler = Compiler { definitions, normaliser, network };
        for (block, sentences) in definitions.blocks() {
            for sentence in sentences {
                let to = compiler.template(sentence, START, 0)?;
                let meaning = Meaning { intent: block.name.clone(), slots: block.slots.clone() };
                compiler.network.finals.push((to, meaning));
            }
        }
        Ok(compiler.network)
    }

    /// The arcs that leave `state`.
    pub(super) fn arcs(&self, state: State) -> &[Arc] {
        &self.states[state]
    }

    /// What ending in `state` means, with its rank in the files.
    pub(super) fn meaning(&self, state: State) -> Option<(usize, &Meaning)> {
        // finals are pushed in the order of their states
        let rank = self.finals.binary_search_by_key(&state, |&(state, _)| state).ok()?;
        Some((rank, &self.finals[rank].1))
    }

    /// How many states there are; they are numbered from 0.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// Word sequences that take back what was said before them.
    pub(super) fn corrections(&self) -> &[Vec<String>] {
        &self.corrections
    }

    /// The lists of names, by their index.
    pub(super) fn lists(&self) -> impl ExactSizeIterator<Item = &List> {
        self.lists.iter().map(|(_, names)| names)
    }

    /// Word sequences that mean nothing.
    pub(super) fn skips(&self) -> &[Vec<String>] {
        &self.skips
    }

    fn state(&mut self) -> State {
        self.states.push(Vec::new());
        self.states.len() - 1
    }

    fn arc(&mut self, from: State, label: Label, to: State) {
        self.states[from].push(Arc { label, to });
    }

    /// A new state, reached from `from` through `label`.
    fn step(&mut self, from: State, label: Label) -> State {
        let to = self.state();
        self.arc(from, label, to);
        to
    }
}

struct Compiler<'a> {
    definitions: &'a Definitions<'a>,
    normaliser: &'a Normaliser,
    network: Network,
}

impl Compiler<'_> {
    /// Lay `written` from `from` on; the state that it ends in, which is always a new one.
    fn template(
        &mut self,
        written: Written<'_>,
        from: State,
        depth: usize,
    ) -> Result<State, GrammarError> {
        let node = written.parse(self.normaliser)?;
        let end = self.node(&node, written, from, depth)?;
        Ok(self.network.step(end, Label::Epsilon))
    }

    fn node(
        &mut self,
        node: &Node,
        written: Written<'_>,
        from: State,
        depth: usize,
    ) -> Result<State, GrammarError> {
        match node {
            Node::Word(word) => Ok(self.network.step(from, Label::Word(word.clone()))),
            Node::Sequence(parts) => {
                parts.iter().try_fold(from, |state, part| self.node(part, written, state, depth))
            }
            Node::Alternatives(options) => {
                let mut ends = Vec::with_capacity(options.len());
                for option in options {
                    ends.push(self.node(option, written, from, depth)?);
                }
                Ok(self.join(&ends))
            }
            Node::Permutation(parts) => {
                // a state for each set of parts that were said
                let mut said: Vec<State> = vec![from];
                said.resize_with(1 << parts.len(), || self.network.state());
                for set in 0..said.len() {
                    for (index, part) in parts.iter().enumerate() {
                        let with = set | 1 << index;
                        if with != set {
                            let end = self.node(part, written, said[set], depth)?;
                            self.network.arc(end, Label::Epsilon, said[with]);
                        }
                    }
                }
                Ok(said[said.len() - 1])
            }
            Node::Rule { name, offset } => {
                let error = |message| written.error(TemplateError { offset: *offset, message });
                if depth == MAX_DEPTH {
                    return Err(error(format!("<{name}> holds itself")));
                }
                let Some(rule) = self.definitions.rule(name) else {
                    return Err(error(format!("there is no rule called `{name}`")));
                };
                self.template(rule, from, depth + 1)
            }
            Node::Slot { kind, slot, offset } => {
                if let Some(kind) = self.definitions.number(kind) {
                    return Ok(self.network.step(from, Label::Number { slot: slot.clone(), kind }));
                }
                if let Some(kind) = self.definitions.wildcard(kind).cloned() {
                    let is_meant = |(list, _): &(String, List)| kind.names.as_ref() == Some(list);
                    let names = self.network.lists.iter().position(is_meant);
                    let label = Label::Words { slot: slot.clone(), kind, names };
                    return Ok(self.network.step(from, label));
                }
                let Some(forms) = self.definitions.list(kind) else {
                    let message = format!("there is no list and no number called `{kind}`");
                    return Err(written.error(TemplateError { offset: *offset, message }));
                };
                let mut ends = Vec::with_capacity(forms.len());
                for (value, form) in forms {
                    let said = self.template(form, from, depth + 1)?;
                    let fill = Label::Fill { slot: slot.clone(), value: value.to_owned() };
                    ends.push(self.network.step(said, fill));
                }
                Ok(self.join(&ends))
            }
        }
    }

    fn join(&mut self, ends: &[State]) -> State {
        let joined = self.network.state();
        for &end in ends {
            self.network.arc(end, Label::Epsilon, joined);
        }
        joined
    }
}
