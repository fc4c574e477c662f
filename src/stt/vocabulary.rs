//! Whisper's vocabulary.

use std::collections::HashSet;

/// A token's id.
pub(super) type Token = i32;

/// The tokens' bytes.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// All tokens' bytes, one after another, and where each token's end.
    joined: Vec<u8>,
    ends: Vec<u32>,
    silent: Vec<bool>,
    /// The written tokens in the order of their bytes.
    ordered: Vec<Token>,
    /// Whether a token has bytes, and they are not another's too, which Whisper writes.
    written: Vec<bool>,
    end_of_text: Token,
}

impl Vocabulary {
    /// The vocabulary with these `bytes` by id, whose text tokens all stand before `end_of_text`.
    pub(super) fn new(bytes: &[Vec<u8>], end_of_text: Token) -> Self {
        let text = &bytes[..bytes.len().min(end_of_text as usize)];
        let mut seen = HashSet::new();
        let new = |bytes: &Vec<u8>| !bytes.is_empty() && seen.insert(bytes.clone());
        let written: Vec<bool> = text.iter().map(new).collect();
        let silent = text.iter().map(|bytes| !is_speech(bytes)).collect();
        let end = |end: &mut u32, bytes: &Vec<u8>| {
            *end += bytes.len() as u32;
            Some(*end)
        };
        let ends = bytes.iter().scan(0, end).collect();
        let mut ordered: Vec<Token> = (0..).take(written.len()).collect();
        ordered.retain(|&token| written[token as usize]);
        ordered.sort_unstable_by_key(|&token| &text[token as usize]);
        Self { joined: bytes.concat(), ends, silent, ordered, written, end_of_text }
    }

    /// The token that ends a text.
    pub(super) fn end_of_text(&self) -> Token {
        self.end_of_text
    }

    /// How many tokens there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A text token's bytes.
    pub(super) fn bytes(&self, token: Token) -> &[u8] {
        usize::try_from(token).map_or(&[], |id| self.at(id))
    }

    fn at(&self, id: usize) -> &[u8] {
        let Some(&end) = self.ends.get(id) else { return &[] };
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.joined[start as usize..end as usize]
    }

    /// The text of `tokens`.
    pub(super) fn text(&self, tokens: &[Token]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|&token| self.bytes(token)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// `text` as the model was taught to cut it: by [byte-pair encoding](https://arxiv.org/abs/1508.07909),
    /// whose merges stand in the vocabulary in their order.
    pub(super) fn tokens(&self, text: &str) -> Vec<Token> {
        pieces(text).flat_map(|piece| self.merged(piece.as_bytes())).collect()
    }

    /// The tokens of one piece; bytes that are none are left out.
    fn merged(&self, piece: &[u8]) -> Vec<Token> {
        let mut cuts: Vec<usize> = (0..=piece.len()).collect();
        let earliest = |cuts: &[usize]| {
            let pairs = cuts.windows(3).enumerate();
            let merges = pairs.filter_map(|(at, cut)| Some((self.id(&piece[cut[0]..cut[2]])?, at)));
            merges.min()
        };
        while let Some((_, at)) = earliest(&cuts) {
            cuts.remove(at + 1);
        }
        cuts.windows(2).filter_map(|cut| self.id(&piece[cut[0]..cut[1]])).collect()
    }

    /// The text token with these bytes.
    fn id(&self, bytes: &[u8]) -> Option<Token> {
        let by_bytes = |&id: &Token| self.bytes(id).cmp(bytes);
        let found = self.ordered.binary_search_by(by_bytes).ok()?;
        self.ordered.get(found).copied()
    }

    /// Whether a text token is no speech, such as a bracket or a note.
    pub(super) fn is_silent(&self, token: usize) -> bool {
        self.silent[token]
    }

    /// Whether a token is a space and nothing else.
    pub(super) fn is_space(&self, token: usize) -> bool {
        self.at(token) == b" "
    }

    /// Whether a text token is one to write: it has bytes of its own.
    pub(super) fn is_written(&self, token: usize) -> bool {
        self.written[token]
    }
}

/// Letters, digits, or other characters in a row, each row with the space before it: no token reaches
/// from one into another.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| (c.is_alphabetic(), c.is_numeric(), c.is_whitespace());
    let mut rest = text;
    std::iter::from_fn(move || {
        let space = usize::from(rest.len() > 1 && rest.starts_with(' '));
        let first = rest[space..].chars().next()?;
        let ends = |c| kind(c) != kind(first);
        let end = rest[space..].find(ends).map_or(rest.len(), |end| space + end);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_tokens_with_the_same_bytes_the_first_is_written() {
        let bytes = [" a", "", " a", " b"].map(|text| text.as_bytes().to_vec());
        let vocabulary = Vocabulary::new(&bytes, 4);
        let written: Vec<bool> = (0..4).map(|token| vocabulary.is_written(token)).collect();
        assert_eq!(written, [true, false, false, true]);
    }

    #[test]
    fn texts_are_cut_by_the_earliest_merges() {
        let texts = [" ", "a", "b", "c", "1", "bc", " a", "ab", "abcd", "."];
        let vocabulary = Vocabulary::new(&texts.map(|text| text.as_bytes().to_vec()), 10);
        assert_eq!(vocabulary.tokens(" abc"), [6, 5], "bc is earlier than ab");
        assert_eq!(vocabulary.tokens("ab 1a."), [7, 0, 4, 1, 9]);
        assert!(vocabulary.tokens("").is_empty());
        assert_eq!(pieces(" try  x2, a").collect::<Vec<_>>(), [" try", "  ", "x", "2", ",", " a"]);
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
