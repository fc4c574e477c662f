//! From sentence templates to the word network.

use super::error::GrammarError;
use super::file::{self, Block, Definitions, Parsed, Written};
use super::names::{Name, Names};
use super::network::{
    Arc, Fill, Label, List, Meaning, Network, Number, Remarks, START, Skip, State, Words,
};
use super::normalise::Normaliser;
use super::template::{Node, TemplateError};
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
        forms: HashMap::new(),
        fills: HashMap::new(),
        words: HashMap::new(),
        arcs: Vec::new(),
        states: START + 1,
        in_list: false,
        spoken: HashSet::new(),
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
    let (arcs, first) = compiler.arranged();
    Ok(Network {
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

/// A way to say a value of a list.
struct Form<'a> {
    value: &'a str,
    template: Parsed<'a>,
    /// All that it may be, where nothing but words is in it.
    texts: Option<Vec<Vec<String>>>,
}

/// The values of a list, each with a way to say it.
type Forms<'a> = Rc<Vec<Form<'a>>>;

struct Compiler<'a> {
    definitions: &'a Definitions<'a>,
    normaliser: &'a Normaliser,
    /// What the lists of names are called.
    named: Vec<String>,
    /// The rules that were met, each parsed once.
    rules: HashMap<String, Rc<Parsed<'a>>>,
    /// The same of the lists.
    forms: HashMap<String, Forms<'a>>,
    /// What slots are filled with, by slot and value.
    fills: HashMap<(String, String), Shared<Fill>>,
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
                Ok(self.step(from, Label::Word(word.as_str().into())))
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
        let Some(forms) = self.forms(kind)? else { return Ok(None) };
        let end = self.state();
        // texts that begin alike share their first words
        let mut shared: HashMap<(State, &str), State> = HashMap::new();
        for Form { value, template: (written, node), texts } in forms.iter() {
            let fill = self.fill(slot, value);
            let fill = || Label::Fill(Shared::clone(&fill));
            for text in texts.iter().flatten() {
                let said = text.iter().fold(from, |at, word| {
                    let step = || self.step(at, Label::Word(word.as_str().into()));
                    *shared.entry((at, word)).or_insert_with(step)
                });
                self.arc(said, fill(), end);
            }
            if texts.is_none() {
                let within = std::mem::replace(&mut self.in_list, true);
                let said = self.node(node, *written, from, depth + 1)?;
                self.in_list = within;
                self.arc(said, fill(), end);
            }
        }
        // a list is laid for many sentences, and says the same in each
        let phrases = self.phrases.entry(slot.to_owned()).or_default();
        for text in forms.iter().flat_map(|form| form.texts.iter().flatten()) {
            if !phrases.contains(text) {
                phrases.insert(text.clone());
            }
        }
        Ok(Some(end))
    }

    /// What `slot` is filled with by `value`.
    fn fill(&mut self, slot: &str, value: &str) -> Shared<Fill> {
        let fill = || Shared::new(Fill { slot: slot.to_owned(), value: value.to_owned() });
        let key = (slot.to_owned(), value.to_owned());
        Shared::clone(self.fills.entry(key).or_insert_with(fill))
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

    fn forms(&mut self, list: &str) -> Result<Option<Forms<'a>>, GrammarError> {
        if let Some(forms) = self.forms.get(list) {
            return Ok(Some(Rc::clone(forms)));
        }
        let Some(forms) = self.definitions.forms(list, self.normaliser)? else {
            return Ok(None);
        };
        let form = |(value, template): (&'a str, Parsed<'a>)| {
            let texts = template.1.texts();
            Form { value, template, texts }
        };
        let forms: Forms = Rc::new(forms.into_iter().map(form).collect());
        self.forms.insert(list.to_owned(), Rc::clone(&forms));
        Ok(Some(forms))
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
    fn arranged(mut self) -> (Vec<Arc>, Vec<usize>) {
        self.arcs.sort_by_key(|&(from, _)| from);
        let mut first = vec![0; self.states + 1];
        for (from, _) in &self.arcs {
            first[from + 1] += 1;
        }
        for state in 0..self.states {
            first[state + 1] += first[state];
        }
        (self.arcs.into_iter().map(|(_, arc)| arc).collect(), first)
    }
}
