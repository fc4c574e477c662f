//! The ways to write words and numbers, as nodes that bytes lead between.

use super::file::{NumberForm, NumberKind};
use super::numbers::{ending, in_digits, in_words};
use std::collections::HashMap;

/// A node's index.
pub(super) type Spot = u32;

/// Highest number that is spelled out in words; higher ones are only written in digits.
const SPELLED: u64 = 999;

/// One node: the lower-case bytes that lead on, and whether a form ends here.
#[derive(Debug, Default)]
struct Node {
    next: Vec<(u8, Spot)>,
    end: bool,
    /// Whether it is inside a name, where a space or a hyphen may stand: "fire fox", "H-top".
    gap: bool,
}

/// All nodes, each word's and each kind of number's entered once.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    nodes: Vec<Node>,
    words: HashMap<String, Spot>,
    numbers: HashMap<(u64, u64, NumberForm), Spot>,
    /// Where each list's names begin.
    names: Vec<Spot>,
}

impl Lexicon {
    /// Where the forms of `word` begin: itself, and in digits where it is a number.
    pub(super) fn word(&mut self, word: &str) -> Spot {
        if let Some(&spot) = self.words.get(word) {
            return spot;
        }
        let root = self.node();
        self.enter(root, word);
        if let Some(digits) = in_digits(word) {
            self.enter(root, &digits);
        }
        self.words.insert(word.to_owned(), root);
        root
    }

    /// Where the forms of the numbers that `kind` takes begin.
    pub(super) fn number(&mut self, kind: NumberKind) -> Spot {
        let key = (kind.from, kind.to, kind.form);
        if let Some(&spot) = self.numbers.get(&key) {
            return spot;
        }
        let root = self.node();
        let (cardinal, ordinal) =
            (kind.form != NumberForm::Ordinal, kind.form != NumberForm::Cardinal);
        for n in kind.from..=kind.to.min(SPELLED) {
            if cardinal {
                self.enter(root, &n.to_string());
                for form in in_words(n, false) {
                    self.enter(root, &form);
                }
            }
            if ordinal {
                self.enter(root, &format!("{n}{}", ending(n)));
                for form in in_words(n, true) {
                    self.enter(root, &form);
                }
            }
        }
        if cardinal && kind.to > SPELLED {
            self.more_digits(root, kind.to);
        }
        self.numbers.insert(key, root);
        root
    }

    /// Enter the names of one more list, each in letters and digits only.
    pub(super) fn add_names(&mut self, names: impl Iterator<Item = String>) {
        let root = self.node();
        for name in names {
            let first = self.nodes.len();
            self.enter(root, &name);
            for node in &mut self.nodes[first..] {
                node.gap = true;
            }
        }
        self.names.push(root);
    }

    /// Where the names of a list begin.
    pub(super) fn names(&self, list: usize) -> Spot {
        self.names[list]
    }

    /// Whether a space or a hyphen may stand at `spot`.
    pub(super) fn has_gap(&self, spot: Spot) -> bool {
        self.nodes[spot as usize].gap
    }

    /// The node that `byte`, in lower case, leads to from `spot`, and whether a form ends there.
    pub(super) fn next(&self, spot: Spot, byte: u8) -> Option<(Spot, bool)> {
        let leads = |&&(by, _): &&(u8, Spot)| by == byte;
        let &(_, to) = self.nodes[spot as usize].next.iter().find(leads)?;
        Some((to, self.nodes[to as usize].end))
    }

    /// Every byte that leads on from some node.
    pub(super) fn letters(&self) -> impl Iterator<Item = u8> {
        self.nodes.iter().flat_map(|node| &node.next).map(|&(byte, _)| byte)
    }

    /// The bytes that lead on from `spot`.
    #[cfg(test)]
    pub(super) fn bytes(&self, spot: Spot) -> impl Iterator<Item = u8> {
        self.nodes[spot as usize].next.iter().map(|&(byte, _)| byte)
    }

    /// Whether nothing leads on from `spot`.
    pub(super) fn is_leaf(&self, spot: Spot) -> bool {
        self.nodes[spot as usize].next.is_empty()
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&mut self) -> Spot {
        self.nodes.push(Node::default());
        (self.nodes.len() - 1) as Spot
    }

    /// Enter `form` at `root`; a space in it may be written as a hyphen.
    fn enter(&mut self, root: Spot, form: &str) {
        let end = form.bytes().fold(root, |spot, byte| {
            if let Some((to, _)) = self.next(spot, byte) {
                to
            } else {
                let to = self.node();
                let by: &[u8] = if byte == b' ' { b" -" } else { &[byte] };
                self.nodes[spot as usize].next.extend(by.iter().map(|&byte| (byte, to)));
                to
            }
        });
        self.nodes[end as usize].end = true;
    }

    /// Let digits follow three digits, as many as the highest number has. A number of that many
    /// digits above the highest gets through; the matcher turns it away.
    fn more_digits(&mut self, root: Spot, highest: u64) {
        let more = highest.to_string().len() - 3;
        let chain: Vec<Spot> = (0..more).map(|_| self.node()).collect();
        let link = |nodes: &mut Vec<Node>, from: Spot, to: Spot| {
            nodes[from as usize].next.extend((b'0'..=b'9').map(|digit| (digit, to)));
            nodes[to as usize].end = true;
        };
        for pair in chain.windows(2) {
            link(&mut self.nodes, pair[0], pair[1]);
        }
        let mut spots = vec![root];
        for _ in 0..3 {
            let step = |&spot: &Spot| {
                let next = &self.nodes[spot as usize].next;
                next.iter().filter(|(byte, _)| byte.is_ascii_digit()).map(|&(_, to)| to)
            };
            spots = spots.iter().flat_map(step).collect();
        }
        for spot in spots {
            link(&mut self.nodes, spot, chain[0]);
        }
    }
}
