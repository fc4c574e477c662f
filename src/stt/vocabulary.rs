//! Whisper's vocabulary.

use std::collections::HashSet;

/// A token's id.
pub(super) type Token = i32;

/// The tokens' bytes.
#[derive(Debug)]
pub(super) struct Vocabulary {
    bytes: Vec<Vec<u8>>,
    silent: Vec<bool>,
    /// Whether a token's bytes are another's too, which is the one that Whisper writes.
    double: Vec<bool>,
    end_of_text: Token,
}

impl Vocabulary {
    /// The vocabulary with these `bytes` by id, whose text tokens all stand before `end_of_text`.
    pub(super) fn new(bytes: Vec<Vec<u8>>, end_of_text: Token) -> Self {
        let text = &bytes[..bytes.len().min(end_of_text as usize)];
        let mut seen = HashSet::new();
        let double = text.iter().map(|bytes| !seen.insert(bytes.as_slice())).collect();
        let silent = text.iter().map(|bytes| !is_speech(bytes)).collect();
        Self { bytes, silent, double, end_of_text }
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

    /// Whether a text token is one to write: it has bytes of its own.
    pub(super) fn is_written(&self, token: usize) -> bool {
        !(self.bytes[token].is_empty() || self.double[token])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_tokens_with_the_same_bytes_the_first_is_written() {
        let bytes = [" a", "", " a", " b"].map(|text| text.as_bytes().to_vec());
        let vocabulary = Vocabulary::new(bytes.to_vec(), 4);
        let written: Vec<bool> = (0..4).map(|token| vocabulary.is_written(token)).collect();
        assert_eq!(written, [true, false, false, true]);
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
