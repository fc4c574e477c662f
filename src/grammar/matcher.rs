//! Finds the paths that an utterance takes through the word network.

use super::file::{NumberForm, NumberKind};
use super::names::Names;
use super::network::{Label, ListId, Network, START, Skip, State, Words};
use super::normalise::words;
use super::numbers::{Number, numbers};
use super::reading::{Guess, NEAR, Named, Origin, Reading};
use super::slots::{fill, spread};
use crate::domain::Slots;
use std::cell::LazyCell;
use std::collections::HashSet;

/// A path so far: where it stands and what it gathered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Path {
    state: State,
    slots: Slots,
    /// Names that are on no list as they were said, with the list that they ought to be on.
    unknown: Vec<(ListId, String)>,
    /// How unlikely it is, by the words that no sentence names.
    cost: usize,
    names: Vec<Named>,
    /// Whether a wildcard took words.
    wild: bool,
    /// Whether the last word was passed over.
    after_skip: bool,
    /// Whether nothing but fillers was passed over.
    bare: bool,
    /// How many words may still be passed over that mean something elsewhere.
    spare: usize,
}

/// What a word costs that is passed over.
const SKIP: usize = 4;
/// What a word costs that a wildcard takes: more, so that "firefox please" is firefox.
const WILD: usize = 6;
/// What a name of a list costs, beside its words.
const NAME: usize = 4;
/// What each word of such a name costs.
const NAMED: usize = 1;
/// What a name costs that few people know.
const RARE: usize = 1;
/// What it costs to begin a wildcard right after a word that was passed over, so that "hello please"
/// is hello.
const LATE: usize = 1;

/// Every reading of `tokens`, best first.
pub(super) fn readings(network: &Network, tokens: &[String]) -> Vec<Reading> {
    search(network, tokens, 0)
}

/// What a word costs that is passed over though it may mean something.
const PASS: usize = 20;
/// One word of so many may be passed over.
const PASSED: usize = 4;

/// Every reading of `tokens` without a few of them, best first; names must be known.
pub(super) fn nearest(network: &Network, tokens: &[String]) -> Vec<Reading> {
    let mut readings = search(network, tokens, tokens.len() / PASSED);
    readings.retain(|reading| reading.guesses.is_empty());
    readings
}

/// The name in the best reading of `tokens` that is on no list, and the list that it ought to be on;
/// none where there are several.
pub(super) fn unknown(network: &Network, tokens: &[String]) -> Option<(ListId, String)> {
    let best = finished(network, tokens, Freedom::default()).min_by_key(|path| path.cost)?;
    <[_; 1]>::try_from(best.unknown).ok().map(|[name]| name)
}

/// What would be one name on no list, and the only one, if a name could have any words.
pub(super) fn whole(network: &Network, tokens: &[String]) -> Option<(ListId, String)> {
    let freedom = Freedom { names: true, ..Freedom::default() };
    let single = |path: &Path| path.unknown.len() == 1 && path.names.is_empty();
    let best = finished(network, tokens, freedom).filter(single).min_by_key(|path| path.cost);
    best?.unknown.pop()
}

/// Every path of `tokens` to a meaning.
fn finished(network: &Network, tokens: &[String], freedom: Freedom) -> impl Iterator<Item = Path> {
    let ends = walk(network, paths(network, tokens, freedom), |_, _, _| {});
    ends.into_iter().filter(|path| network.meaning(path.state).is_some())
}

/// Every reading of `tokens` without `spare` of them, best first.
fn search(network: &Network, tokens: &[String], spare: usize) -> Vec<Reading> {
    conclude(network, paths(network, tokens, Freedom { spare, ..Freedom::default() }))
}

/// What tokens may be beside a sentence.
#[derive(Debug, Clone, Copy, Default)]
struct Freedom {
    /// How many of them may be passed over.
    spare: usize,
    /// Whether any of them may be part of a name.
    names: bool,
}

/// Every path that `tokens` take.
fn paths(network: &Network, tokens: &[String], freedom: Freedom) -> Vec<Path> {
    if tokens.is_empty() {
        return Vec::new();
    }
    let start = Path {
        state: START,
        slots: Slots::new(),
        unknown: Vec::new(),
        cost: 0,
        names: Vec::new(),
        wild: false,
        after_skip: false,
        bare: true,
        spare: freedom.spare,
    };
    let mut agenda: Vec<HashSet<Path>> = vec![HashSet::new(); tokens.len() + 1];
    agenda[0].insert(start);
    for at in 0..tokens.len() {
        let rest = &tokens[at..];
        let open: Vec<Path> = std::mem::take(&mut agenda[at]).into_iter().collect();
        if open.is_empty() {
            continue;
        }
        let said = network.vocabulary.said(&rest[0]);
        let numbers = numbers(rest);
        let named: Vec<_> =
            network.lists.iter().map(|names| LazyCell::new(|| Opening::all(names, rest))).collect();
        let skips: Vec<&Skip> =
            network.skips.iter().filter(|skip| rest.starts_with(&skip.words)).collect();
        for path in &open {
            if path.spare > 0 {
                let mut next = Path { spare: path.spare - 1, ..path.clone() };
                next.cost += PASS;
                agenda[at + 1].insert(next);
            }
            for skip in skips.iter().filter(|skip| path.state == START || !skip.is_opening) {
                let len = skip.words.len();
                agenda[at + len].insert(Path {
                    cost: path.cost + SKIP * len,
                    after_skip: true,
                    bare: path.bare && skip.is_filler,
                    ..path.clone()
                });
            }
        }
        walk(network, open, |path, label, to| match label {
            Label::Word(word) if said.contains(word) => {
                agenda[at + 1].insert(path.on_to(to));
            }
            Label::Number(wanted) => {
                for number in numbers.iter().filter(|number| wanted.kind.takes(number)) {
                    let mut next = path.on_to(to);
                    fill(&mut next.slots, &wanted.slot, &number.value.to_string());
                    agenda[at + number.len].insert(next);
                }
            }
            Label::Words(words) => {
                let named = words.names.map_or(&[][..], |list| named[list].as_slice());
                for (len, name) in spans(words, rest, named, freedom) {
                    agenda[at + len].insert(path.through(words, &rest[..len], name, to));
                }
            }
            _ => {}
        });
    }
    agenda.pop().unwrap_or_default().into_iter().collect()
}

impl Path {
    /// The same behind a word that leads to the state `to`.
    fn on_to(&self, to: State) -> Self {
        Self { state: to, after_skip: false, ..self.clone() }
    }

    /// The same behind `tokens`, which fill a slot for words: with `name`, where they are one of its list's.
    fn through(
        &self,
        Words { slot, kind, names }: &Words,
        tokens: &[String],
        name: Option<&Opening<'_>>,
        to: State,
    ) -> Self {
        let mut next = self.on_to(to);
        let len = tokens.len();
        next.cost += LATE * usize::from(self.after_skip);
        if let Some(&Opening { value, common, .. }) = name {
            next.cost += NAME + NAMED * len + RARE * usize::from(!common);
            let (spoken, list) = (tokens.join(" "), names.unwrap_or_default());
            next.names.push(Named { spoken, common, list });
            fill(&mut next.slots, slot, value);
        } else {
            let spoken = kind.value(tokens);
            next.wild = true;
            // any words at all, if a sentence has them, rather than a name on no list
            next.cost += WILD * len + usize::from(names.is_some());
            fill(&mut next.slots, slot, &spoken);
            next.unknown.extend(names.map(|list| (list, spoken)));
        }
        next
    }
}

/// How many of the tokens `rest` a slot for `words` may take, and which of the names that they open with,
/// `named`, that is.
fn spans<'a>(
    words: &Words,
    rest: &[String],
    named: &'a [Opening<'a>],
    freedom: Freedom,
) -> impl Iterator<Item = (usize, Option<&'a Opening<'a>>)> {
    let any = freedom.names && words.names.is_some();
    let reach = if any { rest.len() } else { words.kind.reach(rest) };
    // "i" and "it" are nobody's name, but part of some: "i three", "snipe it"
    let beyond = named.iter().map(|name| name.len).filter(move |&len| len > reach.max(1));
    let needs_name = words.kind.known || freedom.spare > 0;
    (1..=reach)
        .chain(beyond)
        .map(|len| (len, named.iter().find(|name| name.len == len)))
        .filter(move |(_, name)| name.is_some() || !needs_name)
}

/// A name of a list that some tokens open with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening<'a> {
    /// How many of them it takes.
    pub len: usize,
    /// What it is written as.
    pub value: &'a str,
    /// Whether many people know it.
    pub common: bool,
}

/// Longest name, in words; letters count as words.
const LONGEST: usize = 20;

impl<'a> Opening<'a> {
    /// Every name that `tokens` can open with.
    pub(super) fn all(names: &'a Names, tokens: &[String]) -> Vec<Self> {
        let name = |len: usize| {
            let (value, common) = names.exact(&tokens[..len])?;
            Some(Self { len, value, common })
        };
        (1..=tokens.len().min(LONGEST)).filter_map(name).collect()
    }
}

/// Follow all arcs that take no word from `paths` on, and show every other arc to `visit`. Gives
/// the paths that were reached on the way.
fn walk(
    network: &Network,
    mut paths: Vec<Path>,
    mut visit: impl FnMut(&Path, &Label, State),
) -> Vec<Path> {
    let mut next = 0;
    while next < paths.len() {
        let path = paths[next].clone();
        for arc in network.arcs(path.state) {
            match &arc.label {
                Label::Epsilon => paths.push(Path { state: arc.to, ..path.clone() }),
                Label::Fill(slot) => {
                    let mut filled = Path { state: arc.to, ..path.clone() };
                    fill(&mut filled.slots, &slot.slot, &slot.value);
                    paths.push(filled);
                }
                label => visit(&path, label, arc.to),
            }
        }
        next += 1;
    }
    paths
}

/// The readings that finished paths stand for, best first, each meaning once.
fn conclude(network: &Network, ends: Vec<Path>) -> Vec<Reading> {
    let mut ranked = Vec::new();
    for path in walk(network, ends, |_, _, _| {}) {
        if let Some((rank, meaning)) = network.meaning(path.state)
            && (path.bare || !meaning.bare)
        {
            let mut slots = meaning.slots.clone();
            for (slot, value) in &path.slots {
                fill(&mut slots, slot, value);
            }
            spread(&mut slots);
            let (intent, cost, unlisted) = (meaning.intent.clone(), path.cost, path.wild);
            let (names, guesses) = (path.names, Vec::new());
            let (origin, alone) = (Origin::Said, meaning.alone);
            let reading = Reading { intent, slots, cost, names, unlisted, guesses, origin, alone };
            ranked.push((cost, rank, reading, path.wild, path.unknown));
        }
    }
    ranked.sort_by(|a, b| (a.0, a.1, &a.2.slots).cmp(&(b.0, b.1, &b.2.slots)));
    let least = ranked.first().map_or(0, |(cost, ..)| *cost);
    // any words fit a wildcard, so that it counts only where nothing fits better
    ranked.retain(|(cost, _, _, wild, _)| !wild || *cost == least);
    let mut found: Vec<Reading> = Vec::new();
    for (_, _, mut reading, _, unknown) in ranked {
        guess(&mut reading, network, &unknown);
        if !found.iter().any(|other| other.means(&reading)) {
            found.push(reading);
        }
    }
    found
}

/// Put the nearest names in the place of `unknown` ones.
fn guess(reading: &mut Reading, network: &Network, unknown: &[(ListId, String)]) {
    for (list, spoken) in unknown {
        let Some(names) = network.lists.get(*list).filter(|names| !names.is_empty()) else {
            continue;
        };
        let near = names.near(&words(spoken));
        if let Some(nearest) = near.first().filter(|near| near.distance <= NEAR) {
            *reading = reading.renamed(spoken, &nearest.value);
        }
        reading.guesses.push(Guess { spoken: spoken.clone(), near });
    }
}

impl NumberKind {
    fn takes(self, number: &Number) -> bool {
        let form = match self.form {
            NumberForm::Cardinal => !number.ordinal,
            NumberForm::Ordinal => number.ordinal,
            NumberForm::Either => true,
        };
        let form =
            form && (self.one_by_one || !number.one_by_one) && (self.in_pairs || !number.in_pairs);
        form && (self.from..=self.to).contains(&number.value)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Source;
    use crate::grammar::Grammar;

    const DEMO: &str = r#"
        skip = ["please", "you know", "um"]
        contractions = { "what's" = "what is" }
        [rules]
        show = "(list|show [me])"
        [lists.scope]
        system = ["system", "computer"]
        user = ["user"]
        [numbers]
        generation = { from = 1, to = 99999 }
        nth = { from = 1, to = 50, form = "ordinal" }
        [wildcards]
        name = { words = 3, not = ["and", "i"] }
        known = { words = 1, names = "known", not = ["i", "it"] }
        [names.known]
        i3 = []
        snipe-it = []
        [[intent]]
        name = "install"
        sentences = ["install {name:package}", "install {name:packages} and {name:packages}"]
        [[intent]]
        name = "installed"
        sentences = ["install nothing"]
        [[intent]]
        name = "list"
        sentences = ["<show> [my|the] [{scope}] generations"]
        [[intent]]
        name = "diff"
        sentences = ["compare {generation:generations} (and|with) {generation:generations}"]
        [[intent]]
        name = "delete"
        sentences = ["delete {generation:generations} to {generation:generations_to}"]
        [[intent]]
        name = "choose"
        sentences = ["the {nth:ordinal} [one]"]
        [[intent]]
        name = "status"
        slots = { scope = "system" }
        sentences = ["what's up"]
        [[intent]]
        name = "try"
        sentences = ["try {known}"]
        [[intent]]
        name = "order"
        sentences = ["order ([a twelve inch];[{scope}];[first rate]) disk"]
    "#;

    fn read(text: &str) -> Option<String> {
        let grammar = Grammar::compile(&[Source::new("demo.toml", DEMO)]).unwrap();
        let reading = grammar.readings(text).into_iter().next()?;
        let slots: Vec<String> = reading.slots.iter().map(|(k, v)| format!("{k}={v}")).collect();
        Some(format!("{} {}", reading.intent, slots.join(" ")).trim().to_owned())
    }

    #[test]
    fn reads_commands_and_slots() {
        for (text, expected) in [
            ("List generations.", "list"),
            ("um show me, please, my computer generations", "list scope=system"),
            ("compare forty and forty one", "diff generations=40,41"),
            ("compare one hundred and seven with 110", "diff generations=107,110"),
            ("delete nine to twelve", "delete generations=9,10,11,12"),
            ("delete five to two", "delete generations=2,3,4,5"),
            ("install fire fox please", "install package=fire fox"),
            ("install um fire fox", "install package=fire fox"),
            ("please install h top and rip grep", "install packages=h top,rip grep"),
            ("install nothing", "installed"),
            ("install um", "install package=um"),
            // what is spelled out is one word
            ("install m h o n a r c", "install package=mhonarc"),
            ("install p i x and blue f i s h two", "install packages=pix,blue fish two"),
            ("the twenty first one", "choose ordinal=21"),
            ("What is up, you know?", "status scope=system"),
            ("try i three", "try known=i3"),
            ("please try snipe it", "try known=snipe-it"),
            ("Order disk", "order"),
            ("Order 1st-rate system disk", "order scope=system"),
            ("Order a 12-inch, first rate user disk", "order scope=user"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_whole_utterance_decides() {
        for text in [
            "",
            "please",
            "install",
            "install one two three four",
            "install fire i",
            "try it",
            "try i",
            "install a b one two three",
            "list",
            "list generations now",
            "the one",
            "compare forty",
            "the 99th",
            "order system user disk",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn mistakes_are_placed() {
        for (text, expected) in [
            (
                "[[intent]]\nname = \"x\"\nsentences = [\"go <back>\"]",
                "a.toml:3:18: there is no rule called `back`",
            ),
            (
                "[[intent]]\nname = \"x\"\nsentences = [\"go {n}\"]",
                "a.toml:3:18: there is no list, number or wildcard called `n`",
            ),
            ("[numbers]\nn = { from = 5, to = 1 }", "a.toml:2:1: {n} ends before it begins"),
            (
                "[wildcards]\nn = { words = 1, names = \"pakages\" }",
                "a.toml:2:27: there are no names called `pakages`",
            ),
            (
                "[remarks]\nnames = { package = \"pakages\" }",
                "a.toml:2:22: there are no names called `pakages`",
            ),
            (
                "[lists]\nn = { x = [\"x\"] }\n[numbers]\nn = { from = 1, to = 5 }",
                "a.toml:4:1: {n} is defined in a.toml already",
            ),
            (
                "[rules]\na = \"x <a>\"\n[[intent]]\nname = \"x\"\nsentences = [\"<a>\"]",
                "a.toml:2:8: <a> holds itself",
            ),
            (
                "[[intent]]\nname = \"x\"\nsentence = []",
                "a.toml:3:1: unknown field `sentence`, expected one of `name`, `slots`, `alone`, `bare`, `sentences`",
            ),
        ] {
            let error = Grammar::compile(&[Source::new("a.toml", text)]).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
