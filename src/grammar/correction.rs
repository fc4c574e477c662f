//! Self-corrections: "install firefox no wait chromium" means chromium.

use super::matcher::readings;
use super::network::Network;
use super::numbers::numbers;
use super::reading::{Origin, Reading, are_near, are_sure};
use std::cell::LazyCell;

/// What `tokens` mean where their speaker took something back: of what was said before a phrase that
/// corrects, the end is replaced by what was said after it. Empty where that is no sentence with
/// names that are known, or else sound like some that are.
pub(super) fn corrected(network: &Network, tokens: &[String]) -> Vec<Reading> {
    let marks = &network.corrections;
    let longest = |at: usize| {
        let opens = marks.iter().filter(|mark| tokens[at..].starts_with(mark));
        opens.map(Vec::len).max().map(|len| (at, len))
    };
    // the last one counts: whoever corrects twice means the last
    let Some((at, len)) = (0..tokens.len()).rev().find_map(|at| {
        let (at, len) = longest(at)?;
        // "wait" may be the end of "no wait"
        let first =
            (1..at).rev().take(2).filter_map(longest).find(|&(from, l)| from + l == at + len);
        Some(first.unwrap_or((at, len)))
    }) else {
        return Vec::new();
    };
    let (before, after) = (&tokens[..at], &tokens[at + len..]);
    // "no thanks" puts nothing in the place of anything
    if network.unskipped(after).is_empty() {
        return Vec::new();
    }
    let old = Some(readings(network, before)).filter(|old| are_sure(old));
    let fits = |new: &Vec<Reading>| {
        let kept = |old: &Reading| new.first().is_none_or(|new| keeps(old, new));
        old.as_ref().is_none_or(|old| old.iter().any(kept))
    };
    // of "five no three" nothing is kept, or it would be fifty three
    let number = |tokens: &[String]| !numbers(tokens).is_empty();
    let joins = |kept: usize| number(&before[kept - 1..]) && number(after);
    let new = readings(network, after);
    let replaced = LazyCell::new(|| -> Vec<_> {
        let kept = (1..before.len()).filter(|&kept| !joins(kept));
        let new = kept.map(|kept| readings(network, &[&before[..kept], after].concat()));
        new.filter(fits).collect()
    });
    let best = |best: Vec<Reading>, next: Vec<Reading>| {
        if best[0].cost < next[0].cost { best } else { next }
    };
    // a new sentence, or else the one that reads best and keeps most of the old one
    let whole = |good: fn(&[Reading]) -> bool| {
        let replaced = replaced.iter().filter(|found| good(found)).cloned();
        Some(new.clone()).filter(|new| good(new)).or_else(|| replaced.reduce(best))
    };
    let corrected = whole(are_sure).or_else(|| whole(are_near)).unwrap_or_default();
    let origin = if at == 0 && len == 1 { Origin::Denied } else { Origin::Corrected };
    corrected.into_iter().map(|reading| Reading { origin, ..reading }).collect()
}

/// Whether `new` tells of the same as `old`: of "delete generations older than two weeks" a three makes no
/// generation.
fn keeps(old: &Reading, new: &Reading) -> bool {
    let plain = |slot: &str| slot.trim_end_matches('s').to_owned();
    let has = |slot: &String| new.slots.keys().any(|own| plain(own) == plain(slot));
    old.intent == new.intent && old.slots.keys().all(has)
}

#[cfg(test)]
mod tests {
    use crate::domain::Source;
    use crate::grammar::{Grammar, Origin};

    const DEMO: &str = r#"
        skip = ["please"]
        corrections = ["no", "no wait", "wait", "i mean"]
        [wildcards]
        name = { words = 3, names = "packages" }
        [names.packages]
        firefox = ["fire fox"]
        chromium = []
        [numbers]
        n = { from = 1, to = 99 }
        [[intent]]
        name = "install"
        sentences = ["install {name:package}"]
        [[intent]]
        name = "delete"
        sentences = ["delete generation {n:generations} [please]"]
        [[intent]]
        name = "list"
        sentences = ["list the last {n:count} [system] generations"]
        [[intent]]
        name = "wait"
        sentences = ["wait for {n:seconds} seconds"]
        [[intent]]
        name = "no"
        sentences = ["no wait"]
    "#;

    #[test]
    fn the_last_value_counts() {
        let grammar = Grammar::compile(&[Source::new("demo.toml", DEMO)]).unwrap();
        for (text, expected) in [
            ("install firefox no wait chromium", "install package=chromium"),
            ("install fire fox, no, chromium", "install package=chromium"),
            ("install firefox no wait chromeum", "install package=chromium"),
            ("install chromium no firefox wait chromium", "install package=chromium"),
            ("delete generation five no six please", "delete generations=6"),
            ("list the last five I mean ten system generations", "list count=10"),
            ("install firefox no wait delete generation two", "delete generations=2"),
            ("wait for five no three seconds", "wait seconds=3"),
            ("no wait delete generation two", "delete generations=2"),
            ("no wait", "no "),
        ] {
            let reading = grammar.readings(text).into_iter().next();
            let read = reading.map(|reading| {
                let slots = reading.slots.iter().map(|(slot, value)| format!("{slot}={value}"));
                format!("{} {}", reading.intent, slots.collect::<String>())
            });
            assert_eq!(read.as_deref(), Some(expected), "{text}");
            let corrects =
                grammar.readings(text).iter().all(|reading| reading.origin == Origin::Corrected);
            assert_eq!(corrects, text != "no wait", "{text}");
        }
        assert!(grammar.readings("delete generation five no thanks").is_empty());
        assert!(grammar.readings("delete generation five no please").is_empty());
        assert_eq!(grammar.readings("no delete generation two")[0].origin, Origin::Denied);
    }
}
