//! Whisper's vocabulary, and what of it may follow.

use crate::grammar::{Guide, GuideSize, GuideState};
use std::collections::HashMap;
use std::sync::Arc;

/// A token's id.
pub(super) type Token = i32;

/// The tokens' bytes, and the tokens in a tree by their bytes.
#[derive(Debug)]
pub(super) struct Vocabulary {
    bytes: Vec<Vec<u8>>,
    tree: Vec<Branch>,
    silent: Vec<bool>,
    end_of_text: Token,
}

/// Where a byte leads in the tree, and the token that is complete there.
#[derive(Debug, Default)]
struct Branch {
    next: HashMap<u8, usize>,
    token: Option<Token>,
}

/// A token that may follow, and where it leads.
pub(super) type Way = (Token, GuideState);

impl Vocabulary {
    /// The vocabulary with these `bytes` by id, whose text tokens all stand before `end_of_text`.
    pub(super) fn new(bytes: Vec<Vec<u8>>, end_of_text: Token) -> Self {
        let text = &bytes[..bytes.len().min(end_of_text as usize)];
        let mut tree = vec![Branch::default()];
        for (id, bytes) in (0..).zip(text).filter(|(_, bytes)| !bytes.is_empty()) {
            let mut at = 0;
            for &byte in bytes {
                at = if let Some(&next) = tree[at].next.get(&byte) {
                    next
                } else {
                    tree.push(Branch::default());
                    let new = tree.len() - 1;
                    tree[at].next.insert(byte, new);
                    new
                };
            }
            // of two tokens with the same bytes the first one is what Whisper writes
            tree[at].token.get_or_insert(id);
        }
        let silent = text.iter().map(|bytes| !is_speech(bytes)).collect();
        Self { bytes, tree, silent, end_of_text }
    }

    /// The token that ends a text.
    pub(super) fn end_of_text(&self) -> Token {
        self.end_of_text
    }

    /// How many tokens there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// A text token's bytes.
    pub(super) fn bytes(&self, token: Token) -> &[u8] {
        usize::try_from(token).ok().and_then(|id| self.bytes.get(id)).map_or(&[], Vec::as_slice)
    }

    /// The text of `tokens`.
    pub(super) fn text(&self, tokens: &[Token]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|&token| self.bytes(token)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether a text token is no speech, such as a bracket or a note.
    pub(super) fn is_silent(&self, token: usize) -> bool {
        self.silent[token]
    }

    /// Whether a token is a space and nothing else.
    pub(super) fn is_space(&self, token: usize) -> bool {
        self.bytes[token] == b" "
    }

    /// The tokens that `guide` lets follow `state`: a walk through both trees at once.
    fn ways(&self, guide: &mut Guide, state: GuideState) -> Vec<Way> {
        let mut ways = Vec::new();
        let mut open = vec![(0, state)];
        while let Some((at, state)) = open.pop() {
            for byte in guide.bytes(state) {
                for byte in
                    [Some(byte), byte.is_ascii_lowercase().then(|| byte.to_ascii_uppercase())]
                {
                    let next = byte.and_then(|byte| Some((byte, *self.tree[at].next.get(&byte)?)));
                    let Some((byte, at)) = next else { continue };
                    let Some(state) = guide.step(state, byte) else { continue };
                    ways.extend(self.tree[at].token.map(|token| (token, state)));
                    open.push((at, state));
                }
            }
        }
        ways
    }
}

/// Whether `bytes` are part of what people say: letters, digits, or the marks that stand with them.
fn is_speech(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii();
    match text {
        [] => !bytes.is_empty(),
        [b',' | b'.' | b'?' | b'!' | b'%' | b'$'] => true,
        // between words, but not at the beginning of one
        [b'-' | b'\''] => bytes == text,
        _ => text.iter().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()),
    }
}

/// States that a guide may hold before all of it is forgotten.
const MOST_PLACES: usize = 4_000_000;

/// A guide with what it lets follow, each state computed once.
#[derive(Debug)]
pub(super) struct Guidance {
    guide: Guide,
    ways: HashMap<GuideState, Arc<[Way]>>,
}

impl Guidance {
    pub(super) fn new(guide: Guide) -> Self {
        Self { guide, ways: HashMap::new() }
    }

    /// The state before the first token. States of earlier texts may be forgotten by it.
    pub(super) fn start(&mut self) -> GuideState {
        if self.guide.size().places > MOST_PLACES {
            self.guide.forget();
            self.ways.clear();
        }
        self.guide.start()
    }

    /// Whether a text may end in `state`.
    pub(super) fn is_final(&self, state: GuideState) -> bool {
        self.guide.is_final(state)
    }

    /// The tokens that may follow `state`.
    pub(super) fn ways(&mut self, vocabulary: &Vocabulary, state: GuideState) -> Arc<[Way]> {
        let guide = &mut self.guide;
        let compute = || vocabulary.ways(guide, state).into();
        Arc::clone(self.ways.entry(state).or_insert_with(compute))
    }

    /// How large its automaton has become.
    pub(super) fn size(&self) -> GuideSize {
        self.guide.size()
    }

    /// Whether `text` is a sentence.
    pub(super) fn accepts(&mut self, text: &str) -> bool {
        self.guide.accepts(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Source;
    use crate::grammar::Grammar;

    #[test]
    fn tokens_follow_where_a_sentence_goes_on() {
        let text = "[[intent]]\nname = \"x\"\nsentences = [\"list (generations|packages)\"]";
        let grammar = Grammar::compile(&[Source::new("a.toml", text)]).unwrap();
        let tokens = ["!", " L", "ist", " list", " List", " gen", " store", "erations", ".", " "];
        let bytes = tokens.iter().map(|text| text.as_bytes().to_vec()).collect();
        let vocabulary = Vocabulary::new(bytes, 10);
        let mut guidance = Guidance::new(grammar.guide());
        let start = guidance.start();
        let mut follow = |state| {
            let mut ways = guidance.ways(&vocabulary, state).to_vec();
            ways.sort_unstable();
            (ways.iter().map(|way| way.0).collect::<Vec<_>>(), ways)
        };
        let (tokens, ways) = follow(start);
        assert_eq!(tokens, [1, 3, 4, 9]);
        let (tokens, _) = follow(ways[2].1);
        assert_eq!(tokens, [5, 9]);
    }

    #[test]
    fn marks_are_no_speech_unless_they_belong_to_words() {
        for text in ["a", " Roll", "42", ",", ".", "?", "-", "'", " ", "é"] {
            assert!(is_speech(text.as_bytes()), "{text}");
        }
        for text in ["", " -", " '", "(", " [", "***", " \"", "--"] {
            assert!(!is_speech(text.as_bytes()), "{text}");
        }
    }
}
