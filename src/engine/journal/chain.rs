//! How lines are chained: each holds the hash of its own content and of the hash before it, so that
//! none can be altered, removed or put in without every later one telling.

use crate::digest::{hex, sha256};
use sha2::{Digest, Sha256};
use std::fmt;

/// What stands before the hash in a chained line; its content follows as the object's other members.
const OPENING: &str = r#"{"hash":""#;
/// Length of a hash in hexadecimal digits.
const HASH_DIGITS: usize = 64;

/// A SHA-256, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hash(String);

impl Hash {
    /// What the first line follows.
    pub(super) fn zero() -> Self {
        Self("0".repeat(HASH_DIGITS))
    }

    /// The hash of these bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes))
    }

    /// The hash of a line with this content, where this is the hash before it.
    fn next(&self, content: &str) -> Self {
        Self(hex(&Sha256::new_with_prefix(&self.0).chain_update(content).finalize()))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A chained line, taken apart.
#[derive(Debug)]
pub(super) struct Chained<'a> {
    /// The hash that it claims.
    pub(super) hash: Hash,
    /// What the hash is of: a JSON object without its opening brace.
    content: &'a str,
}

impl<'a> Chained<'a> {
    /// A line that looks like a chained one.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let (hash, rest) = line.strip_prefix(OPENING)?.split_at_checked(HASH_DIGITS)?;
        let content = rest.strip_prefix("\",")?;
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        hash.bytes().all(digit).then(|| Self { hash: Hash(hash.to_owned()), content })
    }

    /// Whether it is what was written after a line of the hash `before`.
    pub(super) fn follows(&self, before: &Hash) -> bool {
        before.next(self.content) == self.hash
    }
}

/// The line, without its newline, that holds `object`, a JSON object with members, after a line of
/// the hash `before`; and its hash.
pub(super) fn chain(object: &str, before: &Hash) -> (String, Hash) {
    let content = object.strip_prefix('{').unwrap_or(object);
    let hash = before.next(content);
    (format!("{OPENING}{hash}\",{content}"), hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_follows_only_the_one_that_it_was_written_after() {
        let (first, after_first) = chain(r#"{"a":1}"#, &Hash::zero());
        let (second, _) = chain(r#"{"b":2}"#, &after_first);
        let value: serde_json::Value = serde_json::from_str(&second).unwrap();
        assert_eq!((&value["b"], value["hash"].as_str().unwrap().len()), (&2.into(), 64));
        let follows = |line: &str, hash: &Hash| Chained::parse(line).unwrap().follows(hash);
        assert!(follows(&first, &Hash::zero()) && follows(&second, &after_first));
        assert!(!follows(&second, &Hash::zero()));
        assert!(!follows(&second.replace("2}", "3}"), &after_first));
        for stranger in ["", "{}", r#"{"hash":"ab","b":2}"#, r#"{"b":2}"#] {
            assert!(Chained::parse(stranger).is_none(), "{stranger}");
        }
        assert_eq!(Hash::of(b"").to_string()[..8], *"e3b0c442");
    }
}
