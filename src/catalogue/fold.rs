//! Names as the catalogue's keys have them.

pub(super) use crate::domain::plain_word as fold;

/// The folded ways to write a spoken name, the likeliest first; none is empty.
pub(super) fn spellings(spoken: &str) -> Vec<String> {
    crate::grammar::spellings(&spoken.split_whitespace().collect::<Vec<_>>())
}

/// How deep an attribute is nested; 0 is the top level.
pub(super) fn depth(attribute: &str) -> usize {
    attribute.matches('.').count()
}
