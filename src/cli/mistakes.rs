//! What an evaluation got wrong: what was accepted and should not have been, what was not and
//! should have been, intents taken for others, and slots.

use super::corpus::Line;
use crate::domain::{Intent, NO_COMMAND, Risk, Slots};
use std::collections::BTreeMap;
use std::fmt;

/// What was counted over all lines.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    commands: usize,
    accepted: usize,
    /// Accepted, though no command.
    false_accepts: usize,
    /// Those of them that would destroy something.
    destructive: usize,
    /// Accepted with another intent or other slots.
    wrong_accepts: usize,
    /// Commands that were not accepted, how many of these were asked back, and how many of the
    /// questions held what was meant.
    wrong_rejects: usize,
    asked: usize,
    asked_rightly: usize,
    /// By the intent that was labelled and the one that was read.
    confused: BTreeMap<(String, String), usize>,
    slots: BTreeMap<String, Slot>,
}

/// A slot, over the lines whose intent was right.
#[derive(Debug, Default)]
struct Slot {
    right: usize,
    wrong: usize,
    missing: usize,
    /// Read, though not labelled.
    added: usize,
}

impl Mistakes {
    /// Count `line`, in which `read` was accepted, or, where that is nothing, were `asked` back.
    pub(super) fn add(
        &mut self,
        line: &Line,
        read: Option<(&str, &Slots)>,
        asked: &[Option<(&str, &Slots)>],
    ) {
        let is_command = line.intent != NO_COMMAND;
        self.commands += usize::from(is_command);
        let Some((intent, slots)) = read else {
            self.wrong_rejects += usize::from(is_command);
            self.asked += usize::from(is_command && asked.iter().any(Option::is_some));
            let right = |asked: &Option<_>| asked.is_some() && line.score(*asked).exact;
            self.asked_rightly += usize::from(is_command && asked.iter().any(right));
            self.confuse(line, NO_COMMAND);
            return;
        };
        self.accepted += 1;
        if !is_command {
            self.false_accepts += 1;
            self.destructive += usize::from(Intent::risk_of(intent) == Some(Risk::Destructive));
        } else if intent != line.intent || *slots != line.slots {
            self.wrong_accepts += 1;
        }
        self.confuse(line, intent);
        if intent == line.intent {
            self.compare(&line.slots, slots);
        }
    }

    fn confuse(&mut self, line: &Line, read: &str) {
        if line.intent != read {
            *self.confused.entry((line.intent.clone(), read.to_owned())).or_default() += 1;
        }
    }

    fn compare(&mut self, labelled: &Slots, read: &Slots) {
        for (name, value) in labelled {
            let slot = self.slots.entry(name.clone()).or_default();
            match read.get(name) {
                Some(found) if found == value => slot.right += 1,
                Some(_) => slot.wrong += 1,
                None => slot.missing += 1,
            }
        }
        for name in read.keys().filter(|name| !labelled.contains_key(*name)) {
            self.slots.entry(name.clone()).or_default().added += 1;
        }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = self.false_accepts + self.wrong_accepts;
        let share = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        writeln!(
            f,
            "\nwrong accepts  {wrong}/{} of what was accepted ({:.1}%), {} of them no command, {} of these destructive",
            self.accepted,
            share(wrong, self.accepted),
            self.false_accepts,
            self.destructive
        )?;
        writeln!(
            f,
            "wrong rejects  {}/{} of the commands ({:.1}%), {} of them asked back, {} of these with what was meant",
            self.wrong_rejects,
            self.commands,
            share(self.wrong_rejects, self.commands),
            self.asked,
            self.asked_rightly
        )?;
        if !self.slots.is_empty() {
            writeln!(
                f,
                "\n{:<20} {:>7} {:>7} {:>7} {:>7}",
                "slot", "right", "wrong", "missing", "added"
            )?;
        }
        for (name, Slot { right, wrong, missing, added }) in &self.slots {
            writeln!(f, "{name:<20} {right:>7} {wrong:>7} {missing:>7} {added:>7}")?;
        }
        let mut confused: Vec<_> = self.confused.iter().collect();
        confused.sort_by_key(|(_, count)| std::cmp::Reverse(**count)); // stable: by name where equal
        if !confused.is_empty() {
            writeln!(f, "\n{:<24} {:<24} {:>5}", "intent", "taken for", "lines")?;
        }
        for ((labelled, read), count) in confused {
            writeln!(f, "{labelled:<24} {read:<24} {count:>5}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(intent: &str, slots: &[(&str, &str)]) -> Line {
        let slots: BTreeMap<_, _> = slots.iter().copied().collect();
        let line = serde_json::json!({ "id": "x", "intent": intent, "slots": slots });
        serde_json::from_value(line).unwrap()
    }

    fn slots(slots: &[(&str, &str)]) -> Slots {
        slots.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_kind_of_mistake_is_counted_once() {
        let mut mistakes = Mistakes::default();
        let (two, three) = (slots(&[("n", "2")]), slots(&[("n", "3"), ("scope", "user")]));
        mistakes.add(&line("go", &[("n", "2")]), Some(("go", &two)), &[]);
        mistakes.add(&line("go", &[("n", "2")]), Some(("go", &three)), &[]);
        mistakes.add(&line("go", &[("n", "2"), ("m", "1")]), Some(("go", &two)), &[]);
        mistakes.add(&line("go", &[]), Some(("stop", &slots(&[]))), &[]);
        mistakes.add(&line("go", &[("n", "3")]), None, &[Some(("go", &two)), Some(("go", &three))]);
        let three_only = slots(&[("n", "3")]);
        mistakes.add(
            &line("go", &[("n", "3")]),
            None,
            &[Some(("go", &two)), Some(("go", &three_only))],
        );
        mistakes.add(&line("go", &[]), None, &[]);
        mistakes.add(&line("none", &[]), Some(("stop", &slots(&[]))), &[]);
        mistakes.add(&line("none", &[]), Some(("generation.delete", &slots(&[]))), &[]);
        mistakes.add(&line("none", &[]), None, &[Some(("go", &two))]);
        let table = mistakes.to_string();
        let rows: Vec<Vec<&str>> =
            table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert!(
            table.contains(
                "5/6 of what was accepted (83.3%), 2 of them no command, 1 of these destructive"
            ),
            "{table}"
        );
        assert!(
            table.contains(
                "3/7 of the commands (42.9%), 2 of them asked back, 1 of these with what was meant"
            ),
            "{table}"
        );
        for row in [
            &["m", "0", "0", "1", "0"][..],
            &["n", "2", "1", "0", "0"],
            &["scope", "0", "0", "0", "1"],
            &["go", "none", "3"],
            &["go", "stop", "1"],
            &["none", "stop", "1"],
        ] {
            assert!(rows.iter().any(|found| found == row), "no {row:?} in {table}");
        }
    }
}
