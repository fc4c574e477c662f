//! What was last listed: what "the second one" and "say more" are about.

use crate::domain::{Command, Hearing, Intent, Outcome, Scope, Slots};
use serde::Serialize;

/// How much of a list is said at once.
pub(super) const CUT: usize = 5;

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Package(String),
    Generation { number: u64, scope: Scope },
}

/// A list, and how much of it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    items: Vec<Item>,
    said: usize,
    /// How many there are, with those that only a narrower search lists.
    total: usize,
}

/// The next items of a list.
#[derive(Debug, Serialize)]
pub(super) struct More {
    packages: Vec<String>,
    generations: Vec<u64>,
    /// How many come after these.
    left: usize,
}

impl Listed {
    /// The list that an outcome is; `None` where it is none.
    pub(super) fn of(outcome: &Outcome) -> Option<Self> {
        let items: Vec<Item> = match outcome {
            Outcome::Found { entries, .. } | Outcome::Provided { entries, .. } => {
                entries.iter().map(|entry| Item::Package(entry.attribute.clone())).collect()
            }
            Outcome::Packages { packages } => {
                packages.iter().map(|package| Item::Package(package.name.clone())).collect()
            }
            Outcome::Generations { scope, generations, .. } => {
                let item = |number| Item::Generation { number, scope: *scope };
                generations.iter().map(|generation| item(generation.number)).collect()
            }
            _ => return None,
        };
        let total = match outcome {
            Outcome::Found { total, .. } => *total,
            _ => items.len(),
        };
        Some(Self { said: CUT.min(items.len()), items, total })
    }

    /// What comes next, which is said then; `None` where all was.
    pub(super) fn more(&mut self) -> Option<More> {
        let end = (self.said + CUT).min(self.items.len());
        let next = self.items.get(self.said..end).filter(|next| !next.is_empty())?;
        let left = self.total.saturating_sub(end);
        let mut more = More { packages: Vec::new(), generations: Vec::new(), left };
        for item in next {
            match item {
                Item::Package(name) => more.packages.push(name.clone()),
                Item::Generation { number, .. } => more.generations.push(*number),
            }
        }
        self.said = end;
        Some(more)
    }

    /// How many there are besides those that can be said.
    pub(super) fn unlisted(&self) -> usize {
        self.total.saturating_sub(self.items.len())
    }

    /// Put what was listed in the place of "the second one". A bare "the second one" asks about a
    /// package; of a generation it can only mean to switch, which is asked back.
    pub(super) fn resolve(&self, hearing: &mut Hearing) {
        let Some(command) = hearing.commands_mut().next() else { return };
        let ordinal = command.slot("ordinal").and_then(|ordinal| ordinal.parse::<usize>().ok());
        let place = ordinal.and_then(|ordinal| ordinal.checked_sub(1));
        let Some(item) = place.and_then(|place| self.items.get(place)) else { return };
        let about_packages = command.intent.as_str().starts_with("package.");
        match (item, command.intent) {
            (Item::Package(name), intent) if intent == Intent::DialogueChoose || about_packages => {
                command.slots.remove("ordinal");
                command.slots.insert("package".to_owned(), name.clone());
                if intent == Intent::DialogueChoose {
                    command.intent = Intent::PackageInfo;
                }
            }
            (Item::Generation { number, scope }, Intent::GenerationSwitch) => {
                command.slots = generation(*number, *scope);
            }
            (Item::Generation { number, scope }, Intent::DialogueChoose) => {
                let slots = generation(*number, *scope);
                let nearest = Command { intent: Intent::GenerationSwitch, slots };
                *hearing = Hearing::unclear(nearest);
            }
            _ => {}
        }
    }
}

fn generation(number: u64, scope: Scope) -> Slots {
    let mut slots: Slots = [("generation".to_owned(), number.to_string())].into();
    if scope == Scope::System {
        slots.insert("scope".to_owned(), scope.to_string());
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Generation, Package};

    fn packages(count: usize) -> Listed {
        let package = |n: usize| Package { name: format!("p{n}"), version: String::new() };
        Listed::of(&Outcome::Packages { packages: (1..=count).map(package).collect() }).unwrap()
    }

    fn heard(intent: Intent, ordinal: &str) -> Hearing {
        let slots = [("ordinal".to_owned(), ordinal.to_owned())].into();
        Hearing::Command(Command { intent, slots })
    }

    fn resolved(listed: &Listed, intent: Intent, ordinal: &str) -> Hearing {
        let mut hearing = heard(intent, ordinal);
        listed.resolve(&mut hearing);
        hearing
    }

    #[test]
    fn a_long_list_is_said_piece_by_piece() {
        let mut listed = packages(12);
        let more = listed.more().unwrap();
        assert_eq!((more.packages.join(" "), more.left), ("p6 p7 p8 p9 p10".into(), 2));
        let more = listed.more().unwrap();
        assert_eq!((more.packages.join(" "), more.left), ("p11 p12".into(), 0));
        assert!(listed.more().is_none() && packages(5).more().is_none());
    }

    #[test]
    fn the_second_one_is_what_was_listed_second() {
        let listed = packages(3);
        let package = |intent| {
            let slots = [("package".to_owned(), "p2".to_owned())].into();
            Hearing::Command(Command { intent, slots })
        };
        let second = |intent| resolved(&listed, intent, "2");
        assert_eq!(second(Intent::PackageInstall), package(Intent::PackageInstall));
        assert_eq!(second(Intent::DialogueChoose), package(Intent::PackageInfo));
        for beyond in ["0", "4", "x"] {
            let left = resolved(&listed, Intent::PackageInstall, beyond);
            assert_eq!(left, heard(Intent::PackageInstall, beyond));
        }
        let made = |number| Generation { number, target: "/x".into(), created: 0, current: false };
        let generations = vec![made(9), made(7)];
        let outcome = Outcome::Generations { scope: Scope::System, generations, total: 2 };
        let listed = Listed::of(&outcome).unwrap();
        let slots: Slots = [("generation", "7"), ("scope", "system")]
            .map(|(slot, value)| (slot.to_owned(), value.to_owned()))
            .into();
        let switch = Command { intent: Intent::GenerationSwitch, slots };
        let heard = resolved(&listed, Intent::GenerationSwitch, "2");
        assert_eq!(heard, Hearing::Command(switch.clone()));
        let chosen = resolved(&listed, Intent::DialogueChoose, "2");
        let asked = Hearing::unclear(switch);
        assert_eq!(chosen, asked, "no change on a guess");
    }
}
