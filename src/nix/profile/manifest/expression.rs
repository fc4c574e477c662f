//! The small part of the Nix language that nix-env writes its manifests in: literals in lists and
//! sets, nothing to be evaluated.

use crate::notation::{is_identifier, is_in_identifier, key, string};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// How deep lists and sets may be nested.
const MAX_DEPTH: usize = 64;

/// A set's attributes, in the order that Nix prints them.
pub(super) type Attributes = BTreeMap<String, Value>;

/// A literal. Its text, by [`fmt::Display`], is what Nix prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// A number, `true`, `false` or `null`, as it stood there.
    Word(String),
    List(Vec<Value>),
    Set(Attributes),
}

impl Value {
    /// The literal that `text` is, with nothing after it.
    ///
    /// # Errors
    /// What was met instead, and where.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { text, at: 0 };
        let value = parser.value(0)?;
        parser.space();
        if parser.rest().is_empty() { Ok(value) } else { Err(parser.unexpected("the end")) }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    pub(super) fn attributes(&self) -> Option<&Attributes> {
        match self {
            Self::Set(attributes) => Some(attributes),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&string(text)),
            Self::Word(word) => f.write_str(word),
            Self::List(list) => {
                f.write_str("[ ")?;
                list.iter().try_for_each(|value| write!(f, "{value} "))?;
                f.write_char(']')
            }
            Self::Set(attributes) => {
                f.write_str("{ ")?;
                for (name, value) in attributes {
                    write!(f, "{} = {value}; ", key(name))?;
                }
                f.write_char('}')
            }
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    /// How many bytes are read.
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\n', '\t', '\r']).len();
    }

    /// Skip space, and then `sign` if it comes next.
    fn takes(&mut self, sign: char) -> bool {
        self.space();
        let comes = self.rest().starts_with(sign);
        self.at += if comes { sign.len_utf8() } else { 0 };
        comes
    }

    fn needs(&mut self, sign: char) -> Result<(), String> {
        if self.takes(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    fn unexpected(&self, expected: &str) -> String {
        let line = self.text[..self.at].matches('\n').count() + 1;
        let found: String = self.rest().chars().take(20).collect();
        format!("expected {expected} at byte {} in line {line}, found `{found}`", self.at)
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(self.unexpected("less nesting"));
        }
        if self.takes('[') {
            let mut list = Vec::new();
            while !self.takes(']') {
                list.push(self.value(depth + 1)?);
            }
            return Ok(Value::List(list));
        }
        if self.takes('{') {
            let mut attributes = Attributes::new();
            while !self.takes('}') {
                let name = self.name()?;
                self.needs('=')?;
                let value = self.value(depth + 1)?;
                self.needs(';')?;
                if attributes.insert(name, value).is_some() {
                    return Err(self.unexpected("each attribute once before"));
                }
            }
            return Ok(Value::Set(attributes));
        }
        if self.takes('"') { self.string().map(Value::Text) } else { self.word() }
    }

    fn name(&mut self) -> Result<String, String> {
        if self.takes('"') {
            return self.string();
        }
        let name = self.while_in(is_in_identifier);
        if is_identifier(name) { Ok(name.to_owned()) } else { Err(self.unexpected("a name")) }
    }

    fn while_in(&mut self, belongs: fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !belongs(byte)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// A number or one of the three words.
    fn word(&mut self) -> Result<Value, String> {
        let start = self.at;
        let word = self.while_in(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let known = matches!(word, "true" | "false" | "null");
        if known || word.parse::<f64>().is_ok_and(f64::is_finite) {
            return Ok(Value::Word(word.to_owned()));
        }
        self.at = start;
        Err(self.unexpected("a literal"))
    }

    /// The rest of a string whose opening quote was read.
    fn string(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, other)) => text.push(other),
                    None => break,
                },
                '$' if chars.as_str().starts_with('{') => {
                    self.at += at;
                    return Err(self.unexpected("text, with nothing to evaluate"));
                }
                c => text.push(c),
            }
        }
        Err(self.unexpected("a string that ends"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nix::testing;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};

    #[test]
    fn what_nix_prints_is_read_and_printed_again() {
        for text in [
            "[ ]",
            "{ }",
            r#"[ { a = "x \"y\" \\ \n\t$z"; b = [ 1 -2.5 true null { } ]; b' = "ü"; c-d_ = { }; } ]"#,
            r#"{ "1 odd" = "\${x}"; "let" = 1e+10; }"#,
        ] {
            assert_eq!(Value::parse(text).map(|value| value.to_string()), Ok(text.to_owned()));
        }
        let loose = "\n[{a=1;b=\"\\$x\";}\t]\n";
        assert_eq!(Value::parse(loose).unwrap().to_string(), r#"[ { a = 1; b = "$x"; } ]"#);
    }

    fn values() -> impl Strategy<Value = Value> {
        let word =
            prop_oneof!["-?[1-9][0-9]{0,8}", Just("null".to_owned()), Just("true".to_owned())];
        let leaf = prop_oneof![any::<String>().prop_map(Value::Text), word.prop_map(Value::Word)];
        leaf.prop_recursive(4, 32, 5, |inner| {
            let names = prop_oneof!["[a-z_][a-z0-9_'-]{0,8}", any::<String>()];
            prop_oneof![
                vec(inner.clone(), 0..5).prop_map(Value::List),
                btree_map(names, inner, 0..5).prop_map(Value::Set),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_printed_is_read_again(value in values()) {
            prop_assert_eq!(Value::parse(&value.to_string()), Ok(value));
        }

        #[test]
        fn no_text_breaks_the_parser(text in "[\\[\\]{}=;\"\\\\$a-c0-9. \n-]{0,60}") {
            drop(Value::parse(&text));
        }
    }

    #[test]
    fn nix_reads_and_prints_the_same() {
        let practice = testing::practice();
        let text = r#"[ { a = "x \"y\" \\ \n\t$z ü"; b = [ 1 2.5 true null { } ]; b' = [ ]; c-d_ = { }; } ]"#;
        assert_eq!(Value::parse(text).unwrap().to_string(), text);
        let theirs =
            testing::run(&practice, "nix-instantiate", &["--eval", "--strict", "--expr", text]);
        assert_eq!(theirs.trim_end(), text);
    }

    #[test]
    fn anything_else_is_refused_with_its_place() {
        for (text, problem) in [
            ("", "a literal at byte 0"),
            ("[ 1", "a literal at byte 3"),
            ("[ ] x", "the end at byte 4"),
            ("{ a = 1 }", "`;` at byte 8"),
            ("{ a.b = 1; }", "`=` at byte 3"),
            ("{ let = 1; }", "a name"),
            ("{ a = 1; a = 2; }", "each attribute once"),
            ("\"${x}\"", "nothing to evaluate at byte 1"),
            ("\"open", "a string that ends"),
            ("\"open\\", "a string that ends"),
            ("import ./x", "a literal"),
            ("nan", "a literal"),
            ("[ (1) ]", "a literal"),
        ] {
            let error = Value::parse(text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
        assert!(Value::parse(&"[".repeat(100_000)).is_err());
    }
}
