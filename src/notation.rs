//! Names and strings as the Nix language writes them.
//!
//! Floor 1: imports nothing of this crate.

use std::borrow::Cow;

/// Words that are no names.
const KEYWORDS: [&str; 10] =
    ["assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"];

/// `text` as a string.
pub fn string(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace("${", "\\${")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t");
    format!("\"{escaped}\"")
}

/// `name` as a key of a set: in quotes where it is no identifier.
pub fn key(name: &str) -> Cow<'_, str> {
    if is_identifier(name) { name.into() } else { string(name).into() }
}

/// Whether `name` needs no quotes as a key of a set.
pub fn is_identifier(name: &str) -> bool {
    let opens = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    opens && name.bytes().all(is_in_identifier) && !KEYWORDS.contains(&name)
}

/// Whether an identifier may hold `byte`, be it not as the first.
pub fn is_in_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_quoted_where_it_is_no_identifier() {
        for name in ["a", "_", "a-b_c'", "A1"] {
            assert_eq!(key(name), name);
        }
        for (name, quoted) in [
            ("", "\"\""),
            ("1a", "\"1a\""),
            ("a.b", "\"a.b\""),
            ("ä", "\"ä\""),
            ("with", "\"with\""),
        ] {
            assert_eq!(key(name), quoted);
        }
        assert_eq!(string("a \"b\" \\ ${c}\n\r\t$d"), r#""a \"b\" \\ \${c}\n\r\t$d""#);
    }
}
