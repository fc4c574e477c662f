//! Search by words.

use super::{Catalogue, fold};
use crate::domain::CatalogueEntry;
use regex::bytes::RegexBuilder;

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The best of it, best first.
    pub entries: Vec<CatalogueEntry>,
    /// How much it was in all.
    pub total: usize,
}

/// Where the words were found; the earlier, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// They are the name.
    Name,
    /// They are a command that it brings.
    Command,
    /// They say what it is: "text editor" of "Small console text editor for programmers".
    Kind,
    /// The attribute begins with them; names may tell first what they are for (`python3.13-hy`).
    NameStart,
    /// Each is a word of the name.
    NameWords,
    /// Each is in the name.
    InName,
    /// The description has them next to each other.
    Phrase,
    /// Each is a word of the name or of the description.
    Words,
    /// Each is somewhere.
    Somewhere,
}

impl Catalogue {
    /// The entries that all words of `query` are in, the best `limit` of them: those of that name,
    /// those that bring a command of that name, those that are one, those whose name begins so, names
    /// that hold the words, then descriptions; each the top level first, and shorter before longer.
    pub fn search(&self, query: &str, limit: usize) -> Found {
        let query = query.to_lowercase();
        let words: Vec<&str> = query.split_whitespace().map(stem).collect();
        let sought = Sought { words: &words, phrase: words.join(" "), whole: fold::fold(&query) };
        let mut lines = self.candidates(&words);
        let by_command = self.lines_with(query.trim());
        lines.extend(&by_command);
        lines.sort_unstable();
        lines.dedup();
        let ranked = lines.into_iter().filter_map(|line| {
            let found = sought.place(self.head(line));
            let found = if by_command.contains(&line) {
                let command = (Place::Command, false);
                found.map_or(command, |found| found.min(command))
            } else {
                found?
            };
            let attribute = self.attribute(line);
            Some((found, fold::depth(attribute), attribute.len(), attribute, line))
        });
        let mut ranked: Vec<_> = ranked.collect();
        let total = ranked.len();
        ranked.sort_unstable();
        ranked.truncate(limit);
        Found { entries: ranked.into_iter().map(|found| self.entry(found.4)).collect(), total }
    }

    /// The lines whose head holds the longest of the words.
    fn candidates(&self, words: &[&str]) -> Vec<usize> {
        let longest = words.iter().max_by_key(|word| word.len());
        let Some(Ok(pattern)) = longest
            .map(|word| RegexBuilder::new(&regex::escape(word)).case_insensitive(true).build())
        else {
            return Vec::new();
        };
        let heads = self.layout.text(&self.bytes).get(..self.number(self.len()) as usize);
        let mut lines = Vec::new();
        for found in pattern.find_iter(heads.unwrap_or_default()) {
            let line = super::partition(self.len(), |line| {
                self.number(line + 1) as usize <= found.start()
            });
            if lines.last() != Some(&line) {
                lines.push(line);
            }
        }
        lines
    }
}

/// What is searched for.
struct Sought<'a> {
    /// Its words, without plural endings.
    words: &'a [&'a str],
    /// The words, set apart by spaces.
    phrase: String,
    /// All of it, folded.
    whole: String,
}

impl Sought<'_> {
    /// Where all words are found together in an entry's head, and whether its description does not
    /// even begin with them.
    fn place(&self, head: &str) -> Option<(Place, bool)> {
        let mut fields = head.trim_end_matches('\n').split('\t');
        let attribute = fields.next()?.to_lowercase();
        let (name, _version) = (fields.next()?.to_lowercase(), fields.next()?);
        let description = fields.next()?.to_lowercase();
        let names = [&*attribute, &name];
        let everything = [&*attribute, &name, &description];
        let all = |holds: &dyn Fn(&str) -> bool| self.words.iter().all(|word| holds(word));
        let somewhere = |texts: &[&str]| all(&|word| texts.iter().any(|text| text.contains(word)));
        let as_words = |texts: &[&str]| all(&|word| texts.iter().any(|text| has_word(text, word)));
        if !somewhere(&everything) {
            return None;
        }
        let folded = names.map(fold::fold);
        let described = spoken(&description);
        let place = if folded.contains(&self.whole) {
            Place::Name
        } else if kinds(&description).any(|kind| ends_with(&kind, &self.phrase)) {
            Place::Kind
        } else if folded[0].starts_with(&self.whole) {
            Place::NameStart
        } else if as_words(&names) {
            Place::NameWords
        } else if somewhere(&names) {
            Place::InName
        } else if has_word(&described, &self.phrase) {
            Place::Phrase
        } else if as_words(&everything) {
            Place::Words
        } else {
            Place::Somewhere
        };
        Some((place, !described.starts_with(&self.phrase)))
    }
}

/// Words that begin what is told of a thing after what it is.
const RELATING: [&str; 12] =
    ["for", "of", "with", "from", "that", "which", "to", "in", "on", "using", "written", "built"];

/// What a description calls its package: each of its clauses up to where it goes into particulars.
fn kinds(description: &str) -> impl Iterator<Item = String> {
    description.split([',', ';', '.']).map(|clause| {
        let words = clause.split_whitespace().take_while(|word| !RELATING.contains(word));
        spoken(&words.collect::<Vec<_>>().join(" "))
    })
}

/// Whether the last words of `text` are `words`.
fn ends_with(text: &str, words: &str) -> bool {
    !words.is_empty()
        && text.strip_suffix(words).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
}

/// `text` with a space for whatever sets its words apart.
fn spoken(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(stem).collect::<Vec<_>>().join(" ")
}

/// Whether `word`, or its plural, is in `text` from one word's beginning to another's end.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let rest = &text[at + word.len()..];
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        !inside(text[..at].chars().next_back()) && !inside(rest.chars().next())
    })
}

/// A word without a plural's ending.
fn stem(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() >= 4 && !stem.ends_with('s') => stem,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{read_source, write};
    use super::*;
    use std::path::Path;

    /// What people search for, and what must be among the first three found of some eighty packages
    /// as nixpkgs has and describes them.
    const QUERIES: [(&str, &[&str]); 30] = [
        ("firefox", &["firefox"]),
        ("fire fox", &["firefox"]),
        ("web browser", &["firefox"]),
        ("browser", &["firefox"]),
        ("text editor", &["nano", "micro"]),
        ("editor", &["nano"]),
        ("terminal emulator", &["kitty", "alacritty", "foot"]),
        ("git", &["git"]),
        ("version control", &["git"]),
        ("rg", &["ripgrep"]),
        ("nvim", &["neovim"]),
        ("dig", &["dnsutils"]),
        ("image editor", &["gimp", "krita"]),
        ("pdf viewer", &["zathura", "mupdf"]),
        ("media player", &["vlc", "mpv"]),
        ("video players", &["mpv"]),
        ("music player", &["cmus"]),
        ("process viewer", &["htop"]),
        ("file manager", &["ranger", "nnn"]),
        ("password manager", &["keepassxc", "pass"]),
        ("json", &["jq"]),
        ("json processor", &["jq"]),
        ("office suite", &["libreoffice"]),
        ("libre office", &["libreoffice"]),
        ("spreadsheet", &["gnumeric"]),
        ("download files", &["wget", "aria2"]),
        ("screen reader", &["orca"]),
        ("shell", &["fish", "zsh", "bash"]),
        ("python", &["python3"]),
        ("latex", &["texliveFull"]),
    ];

    #[test]
    fn what_people_search_for_is_among_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/catalogue.tsv");
        write(&dir.path().join("catalogue"), read_source(&list).unwrap()).unwrap();
        let catalogue = Catalogue::open(&dir.path().join("catalogue")).unwrap();
        let mut wrong = Vec::new();
        for (query, expected) in QUERIES {
            let found = catalogue.search(query, 3).entries;
            let first: Vec<String> = found.into_iter().map(|entry| entry.attribute).collect();
            if !expected.iter().all(|attribute| first.iter().any(|found| found == attribute)) {
                wrong.push((query, first));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn words_are_whole_or_plural() {
        assert!(has_word("text editors", "editor") && has_word("the-editor", "editor"));
        assert!(!has_word("editorial", "editor") && !has_word("subeditor", "editor"));
        assert_eq!(spoken("command-line, tools"), "command line tool");
    }
}
