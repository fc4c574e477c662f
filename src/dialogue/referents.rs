//! What "it" and "them" stand for: what was last named.

use crate::domain::{Outcome, Slots};

/// What a grammar fills a slot with where a word stands for something that was named before.
const IT: &str = "@it";

/// What was named last, of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Referents {
    /// One package, or several joined with a comma.
    packages: Option<String>,
    option: Option<String>,
}

impl Referents {
    /// Take in what a command named.
    pub fn note(&mut self, slots: &Slots) {
        let named = |slot: &str| slots.get(slot).filter(|value| *value != IT).cloned();
        self.packages = named("packages").or_else(|| named("package")).or(self.packages.take());
        self.option = named("option").or(self.option.take());
    }

    /// Take in what was found, where that is one package.
    pub fn note_found(&mut self, outcome: &Outcome) {
        if let Outcome::Found { entries, .. } | Outcome::Provided { entries, .. } = outcome
            && let [only] = &entries[..]
        {
            self.packages = Some(only.attribute.clone());
        }
    }

    /// Put what is meant in the place of words that stand for it. Where nothing was named, the slot
    /// stays empty, and this is `false`.
    pub fn resolve(&self, slots: &mut Slots) -> bool {
        let before = slots.len();
        slots.retain(|slot, value| value != IT || slot == "option" && self.option.is_some());
        let mut known = slots.len() == before;
        if !known && let Some(packages) = &self.packages {
            let slot = if packages.contains(',') { "packages" } else { "package" };
            slots.insert(slot.to_owned(), packages.clone());
            known = true;
        }
        if let (Some(value), Some(option)) = (slots.get_mut("option"), &self.option)
            && value == IT
        {
            value.clone_from(option);
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(all: &[(&str, &str)]) -> Slots {
        all.iter().map(|&(slot, value)| (slot.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn it_is_what_was_named_last() {
        let mut referents = Referents::default();
        let resolved = |referents: &Referents, all: &[(&str, &str)]| {
            let mut slots = slots(all);
            assert!(referents.resolve(&mut slots));
            slots
        };
        let mut it = slots(&[("package", IT)]);
        assert!(!referents.resolve(&mut it), "nothing was named");
        assert_eq!(it, slots(&[]));
        referents.note(&slots(&[("package", "htop")]));
        referents.note(&slots(&[("query", "editor")]));
        assert_eq!(resolved(&referents, &[("package", IT)]), slots(&[("package", "htop")]));
        referents.note(&slots(&[("packages", "sl,cmatrix")]));
        let both = slots(&[("packages", "sl,cmatrix")]);
        assert_eq!(resolved(&referents, &[("packages", IT)]), both);
        assert_eq!(resolved(&referents, &[("package", IT)]), both);
        referents.note(&slots(&[("option", "a.b")]));
        let on = [("option", IT), ("value", "true")];
        assert_eq!(resolved(&referents, &on), slots(&[("option", "a.b"), ("value", "true")]));
        let other = slots(&[("package", "git")]);
        assert_eq!(resolved(&referents, &[("package", "git")]), other);
    }
}
