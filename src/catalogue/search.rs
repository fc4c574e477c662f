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
    Name,
    NameStart,
    InName,
    Description,
}

impl Catalogue {
    /// The entries that all words of `query` are in, the best `limit` of them: those of that name,
    /// then those whose name begins so, then names that hold the words, then descriptions; each the
    /// top level first, and shorter before longer.
    pub fn search(&self, query: &str, limit: usize) -> Found {
        let query = query.to_lowercase();
        let words: Vec<&str> = query.split_whitespace().map(stem).collect();
        let whole = fold::fold(&query);
        let mut ranked: Vec<_> = self
            .candidates(&words)
            .into_iter()
            .filter_map(|line| {
                let (place, attribute) = (self.place(line, &words, &whole)?, self.attribute(line));
                Some((place, fold::depth(attribute), attribute.len(), attribute, line))
            })
            .collect();
        let total = ranked.len();
        ranked.sort_unstable();
        ranked.truncate(limit);
        Found { entries: ranked.into_iter().map(|found| self.entry(found.4)).collect(), total }
    }

    /// The lines that hold the longest of the words.
    fn candidates(&self, words: &[&str]) -> Vec<usize> {
        let longest = words.iter().max_by_key(|word| word.len());
        let Some(Ok(pattern)) = longest
            .map(|word| RegexBuilder::new(&regex::escape(word)).case_insensitive(true).build())
        else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        for found in pattern.find_iter(self.lines()) {
            let line = super::partition(self.entries, |line| {
                (self.number(line + 1) as usize) <= found.start()
            });
            if lines.last() != Some(&line) {
                lines.push(line);
            }
        }
        lines
    }

    /// Where all of `words` are found together in an entry.
    fn place(&self, line: usize, words: &[&str], whole: &str) -> Option<Place> {
        let mut fields = self.line(line).split('\t');
        let attribute = fields.next()?.to_lowercase();
        let (name, _version) = (fields.next()?.to_lowercase(), fields.next()?);
        let description = fields.next()?.to_lowercase();
        let all = |holds: &dyn Fn(&str) -> bool| words.iter().all(|word| holds(word));
        if !all(&|word| [&attribute, &name, &description].iter().any(|text| text.contains(word))) {
            return None;
        }
        let folded = [fold::fold(&attribute), fold::fold(&name)];
        Some(if folded.iter().any(|text| text == whole) {
            Place::Name
        } else if folded.iter().any(|text| text.starts_with(whole)) {
            Place::NameStart
        } else if all(&|word| attribute.contains(word) || name.contains(word)) {
            Place::InName
        } else {
            Place::Description
        })
    }
}

/// A word without a plural's ending.
fn stem(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() >= 4 && !stem.ends_with('s') => stem,
        _ => word,
    }
}
