//! The vocabulary: one token a line, each byte written as a printable character (GPT-2's way).

use super::error::Error;
use std::collections::HashMap;

/// The token after the last that stands for text.
const END_OF_TEXT: &str = "<|endoftext|>";

/// The bytes of every text token of `vocabulary.txt`, in the order of their ids. The special tokens
/// that follow are left out: whisper.cpp makes them up itself.
pub(super) fn decode(vocabulary: &str) -> Result<Vec<Vec<u8>>, Error> {
    let bytes = byte_of();
    let mut tokens = Vec::new();
    for (index, line) in vocabulary.lines().enumerate() {
        if line == END_OF_TEXT {
            return Ok(tokens);
        }
        let token = line.chars().map(|c| bytes.get(&c).copied().ok_or(c));
        tokens.push(
            token
                .collect::<Result<_, _>>()
                .map_err(|c| malformed(index, format!("{c:?} stands for no byte")))?,
        );
    }
    Err(malformed(tokens.len(), format!("{END_OF_TEXT} is missing")))
}

fn malformed(index: usize, reason: String) -> Error {
    let line = index + 1;
    Error::Vocabulary { line, reason }
}

/// Printable Latin-1 stands for itself; the other bytes, in ascending order, for U+0100 onwards.
fn byte_of() -> HashMap<char, u8> {
    let printable = |byte: &u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let plain = (0..=255).filter(printable).map(|b| (char::from(b), b));
    let shifted = ('\u{100}'..).zip((0..=255).filter(|b| !printable(b)));
    plain.chain(shifted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_one_character() {
        let bytes = byte_of();
        assert_eq!(bytes.len(), 256);
        assert_eq!(bytes[&'A'], b'A');
        assert_eq!(bytes[&'Ġ'], b' ');
        assert_eq!(bytes[&'Ċ'], b'\n');
        assert_eq!(bytes[&'\u{143}'], 173); // the soft hyphen, last of the unprintable
    }

    #[test]
    fn tokens_end_at_the_first_special_one() {
        let tokens = decode("!\nĠroll\nÃ©\n<|endoftext|>\n<|en|>\n").unwrap();
        assert_eq!(tokens, [&b"!"[..], b" roll", "é".as_bytes()]);
    }

    #[test]
    fn a_stray_character_is_named_with_its_line() {
        let error = decode("a\nb c\n<|endoftext|>").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("' '"), "{error}");
        assert!(decode("a\n").unwrap_err().to_string().contains("line 2"));
    }
}
