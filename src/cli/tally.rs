//! Sums up an evaluation by the lines' condition.

use super::corpus::Score;
use crate::engine::quantile;
use std::collections::BTreeMap;
use std::fmt;

/// What was counted, by condition.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<String, Counts>);

#[derive(Debug, Clone, Default)]
struct Counts {
    lines: usize,
    exact: usize,
    intent: usize,
    /// Lines that are no command, and how many of them were taken for one.
    none: usize,
    false_accepts: usize,
    /// Milliseconds a line.
    ms: Vec<f64>,
}

impl Tally {
    /// Count a line of `condition`, which was `none` by its label or not, and took `ms`.
    pub(super) fn add(&mut self, condition: &str, none: bool, score: Score, ms: f64) {
        let counts = self.0.entry(condition.to_owned()).or_default();
        counts.lines += 1;
        counts.exact += usize::from(score.exact);
        counts.intent += usize::from(score.intent);
        counts.none += usize::from(none);
        counts.false_accepts += usize::from(score.false_accept);
        counts.ms.push(ms);
    }

    /// All conditions as one.
    fn all(&self) -> Counts {
        self.0.values().fold(Counts::default(), |mut all, counts| {
            all.lines += counts.lines;
            all.exact += counts.exact;
            all.intent += counts.intent;
            all.none += counts.none;
            all.false_accepts += counts.false_accepts;
            all.ms.extend(&counts.ms);
            all
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<16} {:>5} {:>7} {:>7} {:>9} {:>7} {:>7}",
            "condition", "lines", "exact", "intent", "accepts", "p50 ms", "p95 ms"
        )?;
        let all = self.all();
        let rows = self.0.iter().map(|(name, counts)| (name.as_str(), counts));
        rows.chain([("all", &all)]).try_for_each(|(name, counts)| counts.row(name, f))
    }
}

impl Counts {
    fn row(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |part: usize| 100.0 * part as f64 / self.lines.max(1) as f64;
        let accepts = format!("{}/{}", self.false_accepts, self.none);
        writeln!(
            f,
            "{name:<16} {:>5} {:>6.1}% {:>6.1}% {accepts:>9} {:>7.1} {:>7.1}",
            self.lines,
            percent(self.exact),
            percent(self.intent),
            quantile(&self.ms, 0.5),
            quantile(&self.ms, 0.95),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_told_apart_and_together() {
        let mut tally = Tally::default();
        let right = Score { exact: true, intent: true, false_accept: false };
        let wrong = Score { exact: false, intent: false, false_accept: true };
        tally.add("clean", false, right, 10.0);
        tally.add("clean", true, wrong, 30.0);
        tally.add("noise", false, right, 20.0);
        let table = tally.to_string();
        let rows: Vec<Vec<&str>> =
            table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[1], ["clean", "2", "50.0%", "50.0%", "1/1", "10.0", "30.0"]);
        assert_eq!(rows[2], ["noise", "1", "100.0%", "100.0%", "0/0", "20.0", "20.0"]);
        assert_eq!(rows[3], ["all", "3", "66.7%", "66.7%", "1/1", "20.0", "30.0"]);
    }
}
