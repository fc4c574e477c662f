//! Names as they are spoken: which of thousands is meant.

mod index;
mod sounds;
mod spelling;

pub use spelling::spellings;
pub(super) use spelling::{is_letter, together};

/// How far words sound from other words, in thousandths of the longer ones' sounds.
pub fn unlike(words: &[String], others: &[String]) -> u32 {
    sounds::distance(&sounds::of_words(words), &sounds::of_words(others))
}

use crate::domain::plain_word;
use index::Index;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// How many near names are told.
const NEAR: usize = 3;
/// What a name that few people know is put behind by, in thousandths.
const RARE: u32 = 40;

/// A name that may be spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What it is written as, and what a slot then holds.
    pub value: String,
    /// How else it is said.
    pub spoken: Vec<String>,
    /// Whether many people know it: of two that sound alike it is the likelier one.
    pub common: bool,
}

impl Name {
    /// A name that is said as it is written.
    pub fn new(value: &str, common: bool) -> Self {
        Self { value: value.to_owned(), spoken: Vec::new(), common }
    }
}

/// A name that sounds like what was said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// How far it is, in thousandths of its sounds: 0 sounds the same.
    pub distance: u32,
    /// The name's value.
    pub value: String,
}

/// Names, found by spelling and by sound.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Each name, the one that is meant first.
    all: Vec<Name>,
    /// The name that a folded spelling means.
    spelled: HashMap<String, u32>,
    /// The name that is written so, where another that is called so is meant.
    hidden: HashMap<String, u32>,
    /// Every way to say one that means it.
    said: Vec<Said>,
    /// What each sounds like, made when first asked for.
    index: OnceLock<Index>,
}

/// One of the ways to say a name.
#[derive(Debug, Clone, Copy)]
struct Said {
    /// The name.
    id: u32,
    /// Which of its spoken forms, or the last part of its value.
    form: Option<u16>,
}

impl Names {
    /// These names. Of several with one spelling the better known, the less nested and the shorter
    /// one is meant.
    pub(super) fn new(names: impl IntoIterator<Item = Name>) -> Self {
        let mut all: Vec<Name> = names.into_iter().collect();
        // the sources are in order, more or less: that is quickly mended
        all.sort_by(|a, b| a.value.cmp(&b.value).then(b.common.cmp(&a.common)));
        all.dedup_by(|a, b| a.value == b.value && (b.spoken.append(&mut a.spoken), true).1);
        let nested = |name: &Name| name.value.bytes().filter(|&byte| byte == b'.').count();
        all.sort_by_cached_key(|name| (nested(name), !name.common, name.value.len()));
        let spelled = HashMap::with_capacity(all.len());
        let mut this = Self { all, spelled, ..Self::default() };
        // what a name is called comes before how it is written otherwise
        let called = (0..).zip(&this.all).flat_map(|(id, name)| {
            (0..).zip(&name.spoken).map(move |(form, _)| Said { id, form: Some(form) })
        });
        let called: Vec<Said> = called.collect();
        let written = (0..this.all.len() as u32).map(|id| Said { id, form: None });
        for said in called.into_iter().chain(written) {
            this.enter(said);
        }
        this
    }

    fn enter(&mut self, said: Said) {
        let folded = plain_word(self.text(said));
        if folded.is_empty() {
            return;
        }
        match self.spelled.entry(folded) {
            Entry::Vacant(free) => {
                free.insert(said.id);
                self.said.push(said);
            }
            Entry::Occupied(taken) if said.form.is_none() && *taken.get() != said.id => {
                let is_called =
                    |name: &Name| name.spoken.iter().any(|it| plain_word(it) == *taken.key());
                if is_called(&self.all[*taken.get() as usize]) {
                    self.hidden.entry(taken.key().clone()).or_insert(said.id);
                }
            }
            Entry::Occupied(_) => {}
        }
    }

    /// What is said.
    fn text(&self, said: Said) -> &str {
        let name = &self.all[said.id as usize];
        match said.form {
            Some(form) => &name.spoken[usize::from(form)],
            None => name.value.rsplit('.').next().unwrap_or_default(),
        }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            for (way, &said) in (0..).zip(&self.said) {
                for sound in sounds::of_name(self.text(said)) {
                    index.add(sound, way);
                }
            }
            index
        })
    }

    /// The name that `words` spell, and whether many people know it.
    pub(super) fn exact<S: AsRef<str>>(&self, words: &[S]) -> Option<(&str, bool)> {
        let id =
            spellings(words).iter().find_map(|spelling| self.spelled.get(spelling).copied())?;
        let name = self.all.get(id as usize)?;
        Some((&name.value, name.common))
    }

    /// The name that is written as `words` are said, where another that is called so is meant by them.
    pub(super) fn hidden<S: AsRef<str>>(&self, words: &[S]) -> Option<&str> {
        let id = spellings(words).iter().find_map(|spelling| self.hidden.get(spelling).copied())?;
        Some(&self.all[id as usize].value)
    }

    /// The name that is written as `value`.
    pub(super) fn get(&self, value: &str) -> Option<&Name> {
        let called = value.rsplit('.').next().unwrap_or_default();
        let id = *self.spelled.get(&plain_word(called))?;
        self.all.get(id as usize).filter(|name| name.value == value)
    }

    /// The names that sound most like `words`, nearest first: as they were said, or as what they spell
    /// would be read.
    pub(super) fn near(&self, words: &[String]) -> Vec<Near> {
        let near = |(distance, said): (u32, Said)| Near {
            distance,
            value: self.all[said.id as usize].value.clone(),
        };
        self.nearest(words, NEAR).into_iter().map(near).collect()
    }

    /// The same, so many of them, each with its distance, in the words that say it.
    pub(super) fn alike(&self, words: &[String], most: usize) -> Vec<(u32, String)> {
        let nearest = self.nearest(words, most).into_iter();
        nearest.map(|(distance, said)| (distance, sounds::aloud(self.text(said)))).collect()
    }

    /// The `most` names that sound most like `words`, each in its nearest way, with its distance.
    fn nearest(&self, words: &[String], most: usize) -> Vec<(u32, Said)> {
        let read = together(words);
        let read = (read.len() < words.len()).then_some(&read[..]);
        let mut near: Vec<(u32, &str, Said)> = std::iter::once(words)
            .chain(read)
            .flat_map(|words| {
                self.index().nearest(&sounds::of_words(words)).into_iter().take(4 * most)
            })
            .map(|(way, distance)| {
                let said = self.said[way as usize];
                let Name { value, common, .. } = &self.all[said.id as usize];
                (distance + RARE * u32::from(!common), &**value, said)
            })
            .collect();
        near.sort_unstable_by_key(|&(distance, value, _)| (distance, value));
        let mut seen = HashSet::new();
        near.retain(|&(_, value, _)| seen.insert(value));
        near.into_iter().take(most).map(|(distance, _, said)| (distance, said)).collect()
    }

    /// One of them at random, as it is said and as it is written.
    pub(super) fn draw(&self, random: &mut fastrand::Rng) -> Option<(&str, &str)> {
        let said = *self.said.get(random.usize(..self.said.len().max(1)))?;
        Some((self.text(said), &self.all[said.id as usize].value))
    }

    /// Every way to write one of them, in letters and digits only.
    pub(super) fn written(&self) -> impl Iterator<Item = String> {
        self.spelled.keys().flat_map(|spelling| spelling::written(spelling))
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let name = |value: &str, spoken: &[&str], common| Name {
            value: value.into(),
            spoken: spoken.iter().map(|&s| s.into()).collect(),
            common,
        };
        Names::new([
            name("firefox", &[], true),
            name("firefox-bin", &[], false),
            name("keepassxc", &[], true),
            name("kpass", &[], false),
            name("google-chrome", &["chrome"], true),
            name("chrome", &[], false),
            name("kdePackages.kate", &[], true),
            name("nodejs_22", &[], true),
            name("zathura", &[], true),
        ])
    }

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn names_are_found_by_spelling() {
        let names = names();
        for (said, value) in [
            ("fire fox", "firefox"),
            ("fire fox bin", "firefox-bin"),
            ("chrome", "google-chrome"),
            ("google chrome", "google-chrome"),
            ("kate", "kdePackages.kate"),
            ("node j s twenty two", "nodejs_22"),
        ] {
            assert_eq!(names.exact(&words(said)).map(|found| found.0), Some(value), "{said}");
        }
        assert_eq!(names.exact(&words("fire")), None);
        assert_eq!(names.hidden(&words("chrome")), Some("chrome"));
        for said in ["google chrome", "kate", "fire"] {
            assert_eq!(names.hidden(&words(said)), None, "{said}");
        }
    }

    #[test]
    fn names_are_found_by_sound() {
        let names = names();
        for (said, value) in [
            ("key pass x c", "keepassxc"),
            ("fyre fox", "firefox"),
            ("zathera", "zathura"),
            // spelled out, one letter of seven misheard
            ("z a t h u r e", "zathura"),
            ("f i r e s o x", "firefox"),
        ] {
            assert_eq!(names.near(&words(said))[0].value, value, "{said}");
        }
        assert_eq!(names.alike(&words("crome"), 2)[0].1, "chrome");
        assert_eq!(names.alike(&words("no jess twenty two"), 1)[0].1, "nodejs twenty two");
        assert!(names.near(&words("washing machine")).iter().all(|near| near.distance > 300));
    }
}
