//! How slots are filled.

use crate::domain::Slots;

/// What a slot is called that ends a range which the slot without it began.
const RANGE_END: &str = "_to";
/// Longest range that is written out.
const MAX_RANGE: u64 = 1000;

/// Write ranges out: `x` = 1 with `x_to` = 3 is `x` = 1,2,3. One that is too long stays as it is.
pub(super) fn spread(slots: &mut Slots) {
    let ends: Vec<String> =
        slots.keys().filter(|slot| slot.ends_with(RANGE_END)).cloned().collect();
    for end in ends {
        let slot = &end[..end.len() - RANGE_END.len()];
        let number = |name: &str| slots.get(name).and_then(|value| value.parse::<u64>().ok());
        let (Some(one), Some(other)) = (number(slot), number(&end)) else { continue };
        let (first, last) = (one.min(other), one.max(other));
        if last - first < MAX_RANGE {
            let all: Vec<String> = (first..=last).map(|value| value.to_string()).collect();
            slots.insert(slot.to_owned(), all.join(","));
            slots.remove(&end);
        }
    }
}

/// The slot of what has to be said but does not matter.
const IGNORED: &str = "_";

/// Give `slot` a value; several values make a list.
pub(super) fn fill(slots: &mut Slots, slot: &str, value: &str) {
    if slot == IGNORED {
        return;
    }
    slots
        .entry(slot.to_owned())
        .and_modify(|held| {
            held.push(',');
            held.push_str(value);
        })
        .or_insert_with(|| value.to_owned());
}
