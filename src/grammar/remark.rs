//! Remarks beside a command: "i am writing a letter so please install libre office", "remove v l c i never
//! use it".

use super::matcher::readings;
use super::network::{ListId, Network};
use super::reading::{Reading, are_near, are_sure};
use crate::domain::stands_in;
use std::collections::BTreeSet;
use std::iter;

/// A remark before a command has so many words at least, one after it, and a command beside one: "yes it was
/// lovely" is no yes, and "my son could you …" is said to him.
const BEFORE: usize = 3;
const AFTER: usize = 2;
const COMMAND: usize = 2;
/// What each word of a remark costs: less than one that a wildcard takes, or that is passed over.
const REMARKED: usize = 2;

/// Who says more words than these talks, and commands nothing.
const LONGEST: usize = 40;

/// A name of fewer letters is taken for a word in a remark.
const NAME: usize = 4;

/// What `tokens` mean without a remark before or after the command. Empty where that is no sentence with
/// names that are known, or else sound like some that are, or one that is said alone.
pub(super) fn without(network: &Network, tokens: &[String]) -> Vec<Reading> {
    if tokens.len() > LONGEST {
        return Vec::new();
    }
    let marks = &network.remarks;
    // nor is a command of its own one
    let is_remark =
        |words: &[String]| !opens(&marks.never, words) && !are_sure(&readings(network, words));
    let stands_alone = |words: &[String]| {
        // a verb after "so i" is not the rug's in "roll back the rug so i can mop"
        let own = || (1..words.len()).take_while(|&at| !opens(&marks.begin, &words[at..]));
        let has_verb = || own().any(|at| opens(&marks.verb, &words[at..]));
        opens(&marks.begin, words) || opens(&marks.thing, words) && has_verb()
    };
    let is_whole = |words: &[String]| !marks.open.iter().any(|open| words.ends_with(open));
    let led = |start: usize| start == 0 || opens(&marks.lead, &tokens[start..]);
    // what sounds like a name may end with "if", of "if it is free"
    let is_plain =
        |start: usize| !(start..tokens.len()).any(|at| opens(&marks.never, &tokens[at..]));
    let starts = (BEFORE..tokens.len()).filter(|&at| {
        let before = &tokens[..at];
        (led(at) || stands_alone(before)) && is_whole(before) && is_remark(before)
    });
    let turns = |start: usize| (start..tokens.len()).any(|at| opens(&marks.turn, &tokens[at..]));
    let ends = (COMMAND..=tokens.len().saturating_sub(AFTER))
        .filter(|&at| stands_alone(&tokens[at..]) && is_remark(&tokens[at..]) && !turns(at));
    let ends: Vec<usize> = ends.chain(iter::once(tokens.len())).collect();
    let parts = iter::once(0).chain(starts).flat_map(|start| {
        let ends = ends.iter().filter(move |&&end| start + COMMAND <= end);
        ends.map(move |&end| (start, end)).filter(|&(start, end)| end - start < tokens.len())
    });
    let commands = parts.filter_map(|(start, end)| {
        let mut found = readings(network, &tokens[start..end]);
        let (sure, near) = (are_sure(&found), are_near(&found));
        // any words are a query or a name, where nothing leads to it
        let fits = |best: &Reading| {
            near && !best.alone && (led(start) || !best.unlisted) && (sure || is_plain(start))
        };
        let best = found.first_mut().filter(|best| fits(best))?;
        let cost = best.cost + REMARKED * (tokens.len() - (end - start));
        name(network, best, &tokens[..start]).then_some(((!sure, cost), found))
    });
    commands.min_by_key(|(cost, _)| *cost).map(|(_, found)| found).unwrap_or_default()
}

/// Whether `words` begin with one of `marks`.
fn opens(marks: &[Vec<String>], words: &[String]) -> bool {
    marks.iter().any(|mark| words.starts_with(mark))
}

/// Put the name in `remark` in the place of what stands for it in `reading`; `false` where something does,
/// and the remark does not have one name.
fn name(network: &Network, reading: &mut Reading, remark: &[String]) -> bool {
    for (slot, list) in &network.remarks.names {
        let Some(value) = reading.slots.get_mut(slot).filter(|value| stands_in(value)) else {
            continue;
        };
        let Some(name) = only_name(network, *list, remark) else { return false };
        *value = name;
    }
    reading.slots.values().all(|value| !stands_in(value))
}

/// The one name that many people know of `list` in `words`.
fn only_name(network: &Network, list: ListId, words: &[String]) -> Option<String> {
    let names = &network.lists[list];
    let (mut found, mut at) = (BTreeSet::new(), 0);
    while at < words.len() {
        let longest = (at + 1..=words.len()).rev().find_map(|end| {
            let said = &words[at..end];
            let letters: usize = said.iter().map(String::len).sum();
            let (name, common) = names.exact(said)?;
            // "the bin is full take it out"
            let is_word = said.len() == 1 && network.spoken.contains(&said[0]);
            (common && letters >= NAME && !is_word).then(|| (name.to_owned(), end))
        });
        at += 1;
        if let Some((name, end)) = longest {
            found.insert(name);
            at = end;
        }
    }
    found.pop_first().filter(|_| found.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::domain::Source;
    use crate::grammar::Grammar;

    const DEMO: &str = r#"
        skip = ["please", "so", "could you"]
        contractions = { "i'm" = "i am", "it's" = "it is", "don't" = "do not" }
        [remarks]
        begin = ["i", "it"]
        thing = ["my", "the"]
        verb = ["is", "are"]
        lead = ["so", "please", "could you"]
        open = ["to", "never", "the", "said"]
        never = ["if", "i said"]
        turn = ["should"]
        names = { package = "packages" }
        [wildcards]
        name = { words = 3, names = "packages", not = ["i", "it"] }
        query = { words = 3 }
        [names.packages]
        gimp = []
        krita = []
        vlc = []
        [lists.it]
        "@it" = ["it"]
        [[intent]]
        name = "install"
        sentences = ["install {name:package}", "install {it:package}"]
        [[intent]]
        name = "remove"
        sentences = ["remove {name:package}", "remove {it:package}"]
        [[intent]]
        name = "search"
        sentences = ["find {query}"]
        [[intent]]
        name = "yes"
        alone = true
        sentences = ["yes", "very well"]
        [[intent]]
        name = "asleep"
        sentences = ["good night"]
    "#;

    fn read(text: &str) -> Option<String> {
        let grammar = Grammar::compile(&[Source::new("demo.toml", DEMO)]).unwrap();
        let reading = grammar.readings(text).into_iter().next()?;
        let slots = reading.slots.iter().map(|(slot, value)| format!(" {slot}={value}"));
        Some(reading.intent.clone() + &slots.collect::<String>())
    }

    #[test]
    fn a_remark_beside_a_command_is_no_part_of_it() {
        for (text, expected) in [
            ("remove v l c i don't use it", "remove package=vlc"),
            ("i'm painting a picture so please install krita", "install package=krita"),
            ("my paper is due install gimp it's for the cover", "install package=gimp"),
            ("it's cold in here could you find a heater", "search query=a heater"),
            ("good night i am tired", "asleep"),
            ("install gimp please it is free", "install package=gimp"),
            ("i'm painting a picture so please install kryta", "install package=krita"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_stands_for_a_name_is_the_one_in_the_remark() {
        for (text, expected) in [
            ("my gimp is broken so remove it", Some("remove package=gimp")),
            ("my gimp and krita are broken so remove it", None),
            ("my hat is broken so remove it", None),
            ("remove it i am tired", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_told_of_a_command_is_none() {
        for text in [
            "i want my son to install gimp",
            "i said please install gimp",
            "it is the remove gimp button",
            "install gimp if it is free",
            "remove krita i said to my son",
            "if it is slow please remove krita",
            "install gimp so please remove krita",
            "very well i am here",
            "it is so dark here find my glasses",
            "so it install gimp",
            "install gimp the old painter",
            "i'm painting a picture so please install a new lamp",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
