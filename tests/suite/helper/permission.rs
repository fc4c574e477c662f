//! Who may have the helper act.

use super::NO_BUS;
use super::office::{NOBODY, Office};
use crate::bus::{Bus, Polkit};

#[test]
fn without_polkit_only_root_and_the_group_may() {
    let Some(office) = Office::open(&["--group", "root"], NO_BUS) else { return };
    let before = office.stands();
    for text in ["roll back the system", "enable bluetooth", "delete generation one of the system"]
    {
        let refused = office.nixvox_of_nobody().arg("do").args(text).arg("--yes").run();
        refused.fails_with(&["not permitted", "Nothing was changed", "no polkit", "group root"]);
    }
    assert_eq!(office.stands(), before);
    drop(office);

    // whose group is this one
    let Some(office) = Office::open(&["--group", "nogroup"], NO_BUS) else { return };
    office.nixvox_of_nobody().args("do roll back the system").run().succeeds();
    assert_eq!(office.stands().0, "system-1-link");
}

#[test]
fn polkit_is_asked_once_for_a_sequence_and_its_word_counts() {
    let bus = Bus::start();
    let polkit = Polkit::on(&bus);
    let Some(office) = Office::open(&["--group", "nogroup"], bus.address()) else { return };
    let before = office.stands();
    let refused = office.nixvox_of_nobody().args("do roll back the system").run();
    refused.fails_with(&["not permitted", "polkit does not permit"]);
    assert_eq!(office.stands(), before);
    assert_eq!(polkit.asked(), [(NOBODY, "org.nixvox.helper.administer".to_owned())]);

    polkit.permit();
    // the profile, then the activation
    office.nixvox_of_nobody().args("do roll back the system").run().succeeds();
    assert_eq!(office.stands().0, "system-1-link");
    assert_eq!(polkit.asked().len(), 2);
    // root needs no permission
    office.nixvox().args("do undo").run();
    assert_eq!(polkit.asked().len(), 2);
}
