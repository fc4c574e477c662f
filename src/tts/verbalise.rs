//! Written English to the words that a person would say.

use super::names::name;
use super::quantities::{amount, figure};

const OPENING: [char; 9] = ['(', '[', '{', '"', '\'', '“', '‘', '«', '`'];
const CLOSING: [char; 16] =
    [')', ']', '}', '"', '\'', '”', '’', '»', '`', '.', ',', ';', ':', '!', '?', '…'];

/// Abbreviations, without their last point, and signs of more than one character.
const WORDS: [(&str, &str); 9] = [
    ("&", "and"),
    ("->", "to"),
    ("=>", "to"),
    ("e.g", "for example"),
    ("i.e", "that is"),
    ("etc", "et cetera"),
    ("vs", "versus"),
    ("approx", "approximately"),
    ("w/o", "without"),
];

/// `text` in words: figures, versions, sizes, dates, paths and names are spelled out as they are
/// said. Plain sentences and their punctuation stay as they are, so saying it twice changes nothing.
///
/// # Examples
/// ```
/// use nixvox::tts::verbalise;
/// assert_eq!(verbalise("It needs 1.5 GiB."), "It needs one point five gigabytes.");
/// ```
pub fn verbalise(text: &str) -> String {
    let mut spoken = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
        spoken.push_str(&rest[..start]);
        let (token, after) = split_token(&rest[start..]);
        let (open, core, close) = peel(token);
        let (words, close, after) = with_unit(core, close, after)
            .or_else(|| abbreviation(core, close, after))
            .unwrap_or_else(|| (word(core), close, after));
        for part in [open, &words, close] {
            spoken.extend(part.chars().filter(|c| *c != '`'));
        }
        rest = after;
    }
    spoken + rest
}

/// A token's words, its closing marks, and the text after it.
type Spoken<'t> = (String, &'t str, &'t str);

/// A number whose unit is the next token: `1.5 GiB`.
fn with_unit<'t>(core: &str, close: &str, after: &'t str) -> Option<Spoken<'t>> {
    let (unit, after_unit) = split_token(after.strip_prefix(' ')?);
    let (open, unit, unit_close) = peel(unit);
    let words = amount(core, unit)?;
    (close.is_empty() && open.is_empty()).then_some((words, unit_close, after_unit))
}

fn abbreviation<'t>(core: &str, close: &'t str, after: &'t str) -> Option<Spoken<'t>> {
    let (_, words) = WORDS.iter().find(|(written, _)| *written == core)?;
    // Its own point is not the sentence's, unless the text ends there.
    let close =
        if after.trim().is_empty() { close } else { close.strip_prefix('.').unwrap_or(close) };
    Some(((*words).to_owned(), close, after))
}

fn word(core: &str) -> String {
    if let Some(figure) = figure(core) {
        return figure;
    }
    let name = name(core);
    if name.is_empty() { core.to_owned() } else { name }
}

fn split_token(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// Opening marks, what they surround, and closing marks.
fn peel(token: &str) -> (&str, &str, &str) {
    let body = token.trim_start_matches(OPENING);
    let core = body.trim_end_matches(CLOSING);
    (&token[..token.len() - body.len()], core, &body[core.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        for (written, spoken) in [
            (
                "Rolled back to generation 3. Firefox went from 149.0 to 148.0.",
                "Rolled back to generation three. Firefox went from one hundred forty nine \
                 point zero to one hundred forty eight point zero.",
            ),
            (
                "It frees 1.5 GiB, i.e. 12% of the disk.",
                "It frees one point five gigabytes, that is twelve percent of the disk.",
            ),
            (
                "See `/etc/nixos/configuration.nix` (and ~/.bashrc).",
                "See slash etc slash nixos slash configuration dot nix (and home slash dot bashrc).",
            ),
            ("ripgrep-all & gtk4 → python3", "ripgrep all and gtk four to python three"),
            (
                "Made on 2026-11-23 at 14:05; the 42nd of 1,234.",
                "Made on november twenty third twenty twenty six at fourteen oh five; \
                 the forty second of one thousand two hundred thirty four.",
            ),
            ("#3 took 350 ms!", "number three took three hundred fifty milliseconds!"),
            ("NixOS, URLs and C++", "Nix OS, URLs and C plus plus"),
            ("foo, bar, etc.", "foo, bar, et cetera."),
        ] {
            assert_eq!(verbalise(written), spoken);
        }
    }

    #[test]
    fn plain_sentences_stay() {
        for plain in [
            "",
            "Done.",
            "Yes, it's the user's own profile; don't you think so?",
            "\u{201c}Well\u{201d} \u{2014} he said\u{2026} and left!\n\nNext line",
            "  spaces   stay  ",
            "caf\u{e9} na\u{ef}ve \u{65e5}\u{672c}\u{8a9e}",
        ] {
            assert_eq!(verbalise(plain), plain);
        }
    }

    #[test]
    fn saying_it_twice_changes_nothing() {
        let once = verbalise("On 2026-11-23 at 9:00, x86_64 took 1.5 GB/s of ~/a-b/c.d (50%).");
        assert_eq!(verbalise(&once), once);
    }
}
