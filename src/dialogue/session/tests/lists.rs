//! What more there is of a list.

use super::{at, bare, hear, session};
use crate::dialogue::{Effect, Event};
use crate::domain::{CatalogueEntry, Intent, Outcome, Package};

#[test]
fn what_was_found_counts_though_it_is_not_listed() {
    let entry = |n: usize| CatalogueEntry {
        attribute: format!("p{n}"),
        package: Package::default(),
        description: String::new(),
        outputs: Vec::new(),
        commands: Vec::new(),
    };
    for (total, more, then) in [
        (7, "Then p6 and p7.", "That was all."),
        (8, "Then p6 and p7. There is 1 more.", "There is 1 more, which I do not list."),
        (40, "Then p6 and p7. There are 33 more.", "There are 33 more, which I do not list."),
    ] {
        let mut session = session();
        let search = hear(&mut session, bare(Intent::PackageList), 0);
        let Effect::Act { turn, .. } = search else { panic!("an act") };
        let entries = (1..=7).map(entry).collect();
        let found = Outcome::Found { query: "p".into(), entries, total };
        session.step(Event::Finished { turn, result: Ok(vec![found]) }, &at(1));
        for expected in [more, then, then] {
            let said = hear(&mut session, bare(Intent::DialogueMore), 2);
            let Effect::Answer { reply, .. } = said else { panic!("an answer") };
            assert!(reply.say.starts_with(expected), "{}", reply.say);
        }
    }
}
