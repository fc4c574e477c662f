//! From sentence templates to the word network.

use super::error::GrammarError;
use super::file::{self, Block, Definitions, Parsed, Written};
use super::names::{Name, Names};
use super::network::{
    Arc, Fill, Label, List, Meaning, Network, Number, Remarks, START, Skip, State, Words,
};
use super::normalise::Normaliser;
use super::template::{Node, TemplateError};
use super::vocabulary::{Vocabulary, WordId};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::{Arc as Shared, LazyLock};

/// Names for the lists of a grammar, made when one of a list is first looked up.
pub type NameSources = BTreeMap<String, Vec<Box<dyn FnOnce() -> Vec<Name> + Send>>>;

/// Rules may not nest deeper: they then hold themselves.
const MAX_DEPTH: usize = 16;

/// Compile all that `definitions` hold, with more names for its lists.
pub(super) fn compile(
    definitions: &Definitions<'_>,
    normaliser: &Normaliser,
    mut sources: NameSources,
) -> Result<Network, GrammarError> {
    for (list, own) in definitions.names() {
        sources.entry(list.to_owned()).or_default().push(Box::new(move || own));
    }
    let (named, lists): (Vec<String>, Vec<List>) = sources
        .into_iter()
        .map(|(name, sources)| -> (String, List) {
            let all = move || Names::new(sources.into_iter().flat_map(|source| source()));
            (name, LazyLock::new(Box::new(all)))
        })
        .unzip();
    definitions.check_names(&named)?;
    let mut compiler = Compiler {
        definitions,
        normaliser,
        named,
        rules: HashMap::new(),
        sayings: HashMap::new(),
        vocabulary: Vocabulary::default(),
        fills: HashMap::new(),
        words: HashMap::new(),
        arcs: Vec::new(),
        states: START + 1,
        in_list: false,
        spoken: HashSet::new(),
        laid: HashSet::new(),
        phrases: HashMap::new(),
    };
    let mut finals = Vec::new();
    for (block, sentences) in definitions.blocks() {
        for sentence in sentences {
            let node = sentence.parse(normaliser)?;
            let end = compiler.node(&node, sentence, START, 0)?;
            let to = compiler.step(end, Label::Epsilon);
            let &Block { ref name, ref slots, alone, bare, .. } = block;
            let (intent, slots) = (name.clone(), slots.clone());
            finals.push((to, Meaning { intent, slots, alone, bare }));
        }
    }
    let phrases = |texts: &mut dyn Iterator<Item = &str>| -> Vec<Vec<String>> {
        texts.map(|text| normaliser.tokens(text)).filter(|words| !words.is_empty()).collect()
    };
    let told = |part: fn(&file::Remarks) -> &Vec<String>| {
        phrases(&mut definitions.remarks().flat_map(part).map(String::as_str))
    };
    let remarks = Remarks {
        begin: told(|remarks| &remarks.begin),
        thing: told(|remarks| &remarks.thing),
        verb: told(|remarks| &remarks.verb),
        lead: told(|remarks| &remarks.lead),
        open: told(|remarks| &remarks.open),
        never: told(|remarks| &remarks.never),
        turn: told(|remarks| &remarks.turn),
        names: definitions
            .remarks()
            .flat_map(|remarks| &remarks.names)
            .filter_map(|(slot, list)| {
                let list = compiler.named.iter().position(|named| named == list.get_ref())?;
                Some((slot.clone(), list))
            })
            .collect(),
    };
    let kinds = [(true, false), (false, true), (false, false)];
    let skips =
        definitions.skips().into_iter().zip(kinds).flat_map(|(texts, (is_filler, is_opening))| {
            let words = phrases(&mut texts.into_iter()).into_iter();
            words.map(move |words| Skip { words, is_filler, is_opening })
        });
    let spoken = std::mem::take(&mut compiler.spoken);
    let listed = std::mem::take(&mut compiler.phrases);
    let vocabulary = std::mem::take(&mut compiler.vocabulary);
    let (arcs, first) = compiler.arranged();
    Ok(Network {
        vocabulary,
        spoken,
        phrases: listed,
        arcs,
        first,
        finals,
        skips: skips.collect(),
        corrections: phrases(&mut definitions.corrections()),
        joins: phrases(&mut definitions.joins()),
        mistaken: definitions.mistaken().map(|(said, other)| (said.into(), other.into())).collect(),
        remarks,
        lists,
    })
}

/// The ways to say the values of a list.
#[derive(Default)]
struct Sayings<'a> {
    /// Every text that is nothing but words.
    texts: Vec<Vec<String>>,
    /// The same as a tree, as they share their first words: which step each word comes after, where 0 is
    /// before the first one.
    steps: Vec<(usize, WordId)>,
    /// The step that a text ends with, and its value.
    ends: Vec<(usize, &'a str)>,
    /// Values, and what else they are said as.
    others: Vec<(&'a str, Parsed<'a>)>,
}

struct Compiler<'a> {
    definitions: &'a Definitions<'a>,
    normaliser: &'a Normaliser,
    /// What the lists of names are called.
    named: Vec<String>,
    /// The rules that were met, each parsed once.
    rules: HashMap<String, Rc<Parsed<'a>>>,
    /// The same of the lists.
    sayings: HashMap<String, Rc<Sayings<'a>>>,
    vocabulary: Vocabulary,
    /// What slots are filled with, by slot and value.
    fills: HashMap<String, HashMap<&'a str, Shared<Fill>>>,
    /// Slots for words, by their kind and name.
    words: HashMap<(String, String), Shared<Words>>,
    /// Every arc with the state that it leaves.
    arcs: Vec<(State, Arc)>,
    /// How many states there are.
    states: usize,
    /// Whether a value of a list is laid.
    in_list: bool,
    /// Every word beside those.
    spoken: HashSet<String>,
    /// Lists that were laid already, by slot.
    laid: HashSet<(String, String)>,
    /// The ways to say what lists fill each slot with.
    phrases: HashMap<String, HashSet<Vec<String>>>,
}

impl<'a> Compiler<'a> {
    /// Lay `node` of `written` from `from` on; the state that it ends in.
    fn node(
        &mut self,
        node: &Node,
        written: Written<'_>,
        from: State,
        depth: usize,
    ) -> Result<State, GrammarError> {
        match node {
            Node::Word(word) => {
                if !self.in_list {
                    self.spoken.insert(word.clone());
                }
                let word = self.vocabulary.id(word);
                Ok(self.step(from, Label::Word(word)))
            }
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
                said.resize_with(1 << parts.len(), || self.state());
                for set in 0..said.len() {
                    for (index, part) in parts.iter().enumerate() {
                        let with = set | 1 << index;
                        if with != set {
                            let end = self.node(part, written, said[set], depth)?;
                            self.arc(end, Label::Epsilon, said[with]);
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
                let Some(rule) = self.rule(name)? else {
                    return Err(error(format!("there is no rule called `{name}`")));
                };
                self.node(&rule.1, rule.0, from, depth + 1)
            }
            Node::Slot { kind, slot, offset } => {
                self.slot(kind, slot, from, depth).transpose().unwrap_or_else(|| {
                    let message = format!("there is no list, number or wildcard called `{kind}`");
                    Err(written.error(TemplateError { offset: *offset, message }))
                })
            }
        }
    }

    /// Lay a slot of some `kind`; `None` where there is no such kind.
    fn slot(
        &mut self,
        kind: &str,
        slot: &str,
        from: State,
        depth: usize,
    ) -> Result<Option<State>, GrammarError> {
        if let Some(kind) = self.definitions.number(kind) {
            let number = Box::new(Number { slot: slot.to_owned(), kind });
            return Ok(Some(self.step(from, Label::Number(number))));
        }
        if let Some(words) = self.words(kind, slot) {
            return Ok(Some(self.step(from, Label::Words(words))));
        }
        let Some(sayings) = self.sayings(kind)? else { return Ok(None) };
        let end = self.state();
        let mut said = vec![from];
        for &(after, word) in &sayings.steps {
            said.push(self.step(said[after], Label::Word(word)));
        }
        for &(step, value) in &sayings.ends {
            let fill = self.fill(slot, value);
            self.arc(said[step], fill, end);
        }
        let within = std::mem::replace(&mut self.in_list, true);
        for (value, (written, node)) in &sayings.others {
            let said = self.node(node, *written, from, depth + 1)?;
            let fill = self.fill(slot, value);
            self.arc(said, fill, end);
        }
        self.in_list = within;
        // a list is laid for many sentences, and says the same in each
        if self.laid.insert((slot.to_owned(), kind.to_owned())) {
            let phrases = self.phrases.entry(slot.to_owned()).or_default();
            phrases.extend(sayings.texts.iter().cloned());
        }
        Ok(Some(end))
    }

    /// What fills `slot` with `value`.
    fn fill(&mut self, slot: &str, value: &'a str) -> Label {
        let fills = match self.fills.get_mut(slot) {
            Some(fills) => fills,
            None => self.fills.entry(slot.to_owned()).or_default(),
        };
        let fill = || Shared::new(Fill { slot: slot.to_owned(), value: value.to_owned() });
        Label::Fill(Shared::clone(fills.entry(value).or_insert_with(fill)))
    }

    fn rule(&mut self, name: &str) -> Result<Option<Rc<Parsed<'a>>>, GrammarError> {
        if let Some(rule) = self.rules.get(name) {
            return Ok(Some(Rc::clone(rule)));
        }
        let Some(written) = self.definitions.rule(name) else { return Ok(None) };
        let rule = Rc::new((written, written.parse(self.normaliser)?));
        self.rules.insert(name.to_owned(), Rc::clone(&rule));
        Ok(Some(rule))
    }

    fn sayings(&mut self, list: &str) -> Result<Option<Rc<Sayings<'a>>>, GrammarError> {
        if let Some(sayings) = self.sayings.get(list) {
            return Ok(Some(Rc::clone(sayings)));
        }
        let Some(forms) = self.definitions.forms(list, self.normaliser)? else {
            return Ok(None);
        };
        let mut sayings = Sayings::default();
        let mut steps: HashMap<(usize, WordId), usize> = HashMap::new();
        for (value, template) in forms {
            let Some(texts) = template.1.texts() else {
                sayings.others.push((value, template));
                continue;
            };
            for text in &texts {
                let end = text.iter().fold(0, |after, word| {
                    let step = (after, self.vocabulary.id(word));
                    *steps.entry(step).or_insert_with(|| {
                        sayings.steps.push(step);
                        sayings.steps.len()
                    })
                });
                sayings.ends.push((end, value));
            }
            sayings.texts.extend(texts);
        }
        let sayings = Rc::new(sayings);
        self.sayings.insert(list.to_owned(), Rc::clone(&sayings));
        Ok(Some(sayings))
    }

    fn words(&mut self, kind: &str, slot: &str) -> Option<Shared<Words>> {
        let key = (kind.to_owned(), slot.to_owned());
        if let Some(words) = self.words.get(&key) {
            return Some(Shared::clone(words));
        }
        let kind = self.definitions.wildcard(kind)?.clone();
        let names = kind.names.as_ref();
        let names =
            names.and_then(|names| self.named.iter().position(|list| list == names.get_ref()));
        let words = Shared::new(Words { slot: slot.to_owned(), kind, names });
        self.words.insert(key, Shared::clone(&words));
        Some(words)
    }

    fn state(&mut self) -> State {
        self.states += 1;
        self.states - 1
    }

    fn arc(&mut self, from: State, label: Label, to: State) {
        self.arcs.push((from, Arc { label, to }));
    }

    /// A new state, reached from `from` through `label`.
    fn step(&mut self, from: State, label: Label) -> State {
        let to = self.state();
        self.arc(from, label, to);
        to
    }

    /// A new state, reached from each of `ends`.
    fn join(&mut self, ends: &[State]) -> State {
        let joined = self.state();
        for &end in ends {
            self.arc(end, Label::Epsilon, joined);
        }
        joined
    }

    /// The arcs, those of one state together, and where each state's begin.
    fn arranged(self) -> (Vec<Arc>, Vec<usize>) {
        let mut first = vec![0; self.states + 1];
        for (from, _) in &self.arcs {
            first[from + 1] += 1;
        }
        for state in 0..self.states {
            first[state + 1] += first[state];
        }
        let (mut next, mut arcs) = (first.clone(), Vec::new());
        arcs.resize_with(self.arcs.len(), || Arc { label: Label::Epsilon, to: START });
        for (from, arc) in self.arcs {
            arcs[next[from]] = arc;
            next[from] += 1;
        }
        (arcs, first)
    }
}
