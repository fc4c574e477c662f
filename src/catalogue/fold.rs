//! Names as they sound alike: without spaces, hyphens and case.

/// Number words that stand for a digit in names.
const DIGITS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// `text` with only its letters and digits, in lower case.
pub(super) fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The folded ways to write a spoken name, the likeliest first; none is empty.
pub(super) fn spellings(spoken: &str) -> Vec<String> {
    let digit = |word: &str| DIGITS.iter().position(|name| name.eq_ignore_ascii_case(word));
    let words = spoken.split_whitespace();
    let digits: String =
        words.map(|word| digit(word).map_or_else(|| word.to_owned(), |n| n.to_string())).collect();
    let mut spellings = vec![fold(spoken), fold(&digits)];
    spellings.dedup();
    spellings.retain(|spelling| !spelling.is_empty());
    spellings
}

/// How deep an attribute is nested; 0 is the top level.
pub(super) fn depth(attribute: &str) -> usize {
    attribute.matches('.').count()
}
