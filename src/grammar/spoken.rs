//! The word network as it is spoken: without effects, with contractions both ways, and with words
//! that mean nothing before and after a sentence.

use super::lexicon::{Lexicon, Spot};
use super::network::{Label, Network, START, Skip, State};
use super::normalise::Normaliser;
use std::collections::{HashMap, HashSet};

/// Most meaningless phrases before a sentence, and most after it. Inside one they are left to the
/// matcher: wherever the automaton lets them in, they compete with the words that matter.
const BEFORE: usize = 3;
const AFTER: usize = 2;

/// One state: where it leads through a word, and where without one.
#[derive(Debug, Default)]
struct Words {
    arcs: Vec<(Spot, State)>,
    free: Vec<State>,
    end: bool,
}

/// Everything that can be said, in words.
#[derive(Debug)]
pub(super) struct Spoken {
    pub(super) lexicon: Lexicon,
    states: Vec<Words>,
    start: State,
}

/// The arcs that carry a word, by how that is written.
type ByWord = HashMap<Spot, Vec<(State, State)>>;

impl Spoken {
    /// What `network` lets be said.
    pub(super) fn new(network: &Network, normaliser: &Normaliser) -> Self {
        let mut spoken = Self { lexicon: Lexicon::default(), states: Vec::new(), start: START };
        spoken.states.resize_with(network.len(), Words::default);
        for names in &network.lists {
            spoken.lexicon.add_names(names.written());
        }
        let written: Vec<Spot> =
            network.vocabulary.words().map(|word| spoken.lexicon.word(word)).collect();
        let mut words = ByWord::new();
        for state in 0..network.len() {
            for arc in network.arcs(state) {
                match &arc.label {
                    Label::Epsilon | Label::Fill(_) => spoken.states[state].free.push(arc.to),
                    Label::Word(word) => {
                        spoken.arc(state, written[*word as usize], arc.to, &mut words);
                    }
                    Label::Number(number) => {
                        let spot = spoken.lexicon.number(number.kind);
                        spoken.states[state].arcs.push((spot, arc.to));
                    }
                    // any words at all are nothing to guide to: these are left to free recognition
                    Label::Words(words) => {
                        let spot = words.names.map(|list| spoken.lexicon.names(list));
                        spoken.states[state].arcs.extend(spot.map(|spot| (spot, arc.to)));
                    }
                }
            }
        }
        let before = spoken.skips(&network.skips, BEFORE, |_| true, &mut words);
        for &state in &before {
            spoken.states[state].free.push(START);
        }
        let after = spoken.skips(&network.skips, AFTER, |skip| !skip.is_opening, &mut words);
        for &state in &after {
            spoken.states[state].end = true;
        }
        for state in (0..network.len()).filter(|&state| network.meaning(state).is_some()) {
            spoken.states[state].free.push(after[0]);
        }
        spoken.start = before[0];
        for (short, long) in normaliser.contractions() {
            spoken.contract(short, long, &words);
        }
        spoken
    }

    /// The state before the first word.
    pub(super) fn start(&self) -> State {
        self.start
    }

    /// The words that can follow `state` and where each leads, and whether a sentence may end there.
    pub(super) fn follow(&self, state: State) -> (Vec<(Spot, State)>, bool) {
        let (mut open, mut seen) = (vec![state], HashSet::from([state]));
        let (mut arcs, mut end) = (Vec::new(), false);
        while let Some(state) = open.pop() {
            let words = &self.states[state];
            arcs.extend(&words.arcs);
            end |= words.end;
            open.extend(words.free.iter().filter(|&&to| seen.insert(to)));
        }
        arcs.sort_unstable();
        arcs.dedup();
        (arcs, end)
    }

    /// How many states there are.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    fn state(&mut self) -> State {
        self.states.push(Words::default());
        self.states.len() - 1
    }

    fn arc(&mut self, from: State, spot: Spot, to: State, words: &mut ByWord) {
        self.states[from].arcs.push((spot, to));
        words.entry(spot).or_default().push((from, to));
    }

    /// A chain of states, each one meaningless phrase after the one before.
    fn skips(
        &mut self,
        skips: &[Skip],
        most: usize,
        fits: impl Fn(&Skip) -> bool,
        words: &mut ByWord,
    ) -> Vec<State> {
        let mut chain = vec![self.state()];
        for count in 0..most {
            let to = self.state();
            for skip in skips.iter().filter(|skip| fits(skip)) {
                let mut from = chain[count];
                for (index, word) in skip.words.iter().enumerate() {
                    let next = if index + 1 == skip.words.len() { to } else { self.state() };
                    let spot = self.lexicon.word(word);
                    self.arc(from, spot, next, words);
                    from = next;
                }
            }
            chain.push(to);
        }
        chain
    }

    /// Let `short` be said wherever the words of `long` follow each other.
    fn contract(&mut self, short: &str, long: &[String], words: &ByWord) {
        let Some((first, rest)) = long.split_first() else { return };
        let (spot, first) = (self.lexicon.word(short), self.lexicon.word(first));
        for &(from, to) in words.get(&first).into_iter().flatten() {
            let mut reached = vec![to];
            for word in rest {
                let spot = self.lexicon.word(word);
                reached = reached
                    .iter()
                    .flat_map(|&state| self.follow(state).0)
                    .filter(|&(by, _)| by == spot)
                    .map(|(_, to)| to)
                    .collect();
            }
            self.states[from].arcs.extend(reached.iter().map(|&to| (spot, to)));
        }
    }
}
