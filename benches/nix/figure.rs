//! What is told of an operation.

use serde::Serialize;
use std::fmt;

/// One operation's figures. Times are medians in ms; ratios are of the command line's to ours.
#[derive(Serialize)]
pub(crate) struct Figure {
    op: String,
    cli_ms: Option<f64>,
    ours_ms: f64,
    /// Of the medians.
    ratio: Option<f64>,
    /// The middle half of the turns' own ratios lies between these.
    spread: Option<[f64; 2]>,
    cold_ms: f64,
    cold_ratio: Option<f64>,
    pub(crate) same_result: bool,
}

/// What one turn took.
pub(crate) struct Turn {
    /// The command line; nothing where it has no such command.
    pub(crate) cli_ms: Option<f64>,
    /// We, asked before.
    pub(crate) ours_ms: f64,
    /// We, from nothing.
    pub(crate) cold_ms: f64,
    /// Whether both came to the same.
    pub(crate) same: bool,
}

impl Figure {
    pub(crate) const HEADINGS: &str = "\
operation                                     command line       warm    ratio (middle half)        cold  ratio";

    /// The figures of several turns.
    pub(crate) fn of(op: impl Into<String>, turns: &[Turn]) -> Self {
        let cli = sorted(turns.iter().filter_map(|turn| turn.cli_ms));
        let ours_ms = at(&sorted(turns.iter().map(|turn| turn.ours_ms)), 2).unwrap_or_default();
        let cold_ms = at(&sorted(turns.iter().map(|turn| turn.cold_ms)), 2).unwrap_or_default();
        let ratios = sorted(turns.iter().filter_map(|turn| Some(turn.cli_ms? / turn.ours_ms)));
        let cli_ms = at(&cli, 2);
        Self {
            op: op.into(),
            cli_ms,
            ours_ms,
            ratio: cli_ms.map(|cli_ms| cli_ms / ours_ms),
            spread: at(&ratios, 1).zip(at(&ratios, 3)).map(|(low, high)| [low, high]),
            cold_ms,
            cold_ratio: cli_ms.map(|cli_ms| cli_ms / cold_ms),
            same_result: turns.iter().all(|turn| turn.same),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<44}", self.op)?;
        let ratios = self.cli_ms.zip(self.ratio).zip(self.spread.zip(self.cold_ratio));
        if let Some(((cli, ratio), ([low, high], cold))) = ratios {
            let spread = format!("({low:.0}–{high:.0})");
            write!(f, "{cli:>11.2} ms {:>7.3} ms {ratio:>7.0}× {spread:<13}", self.ours_ms)?;
            write!(f, "{:>8.2} ms {cold:>5.1}×", self.cold_ms)?;
        } else {
            write!(f, "{:>14} {:>7.3} ms {:>22}", "none", self.ours_ms, "")?;
            write!(f, "{:>8.2} ms {:>6}", self.cold_ms, "")?;
        }
        f.write_str(if self.same_result { "  same result" } else { "  OTHER RESULT" })
    }
}

fn sorted(times: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The value at the `quarter`th quarter of sorted values.
fn at(values: &[f64], quarter: usize) -> Option<f64> {
    values.get(values.len().checked_sub(1)? * quarter / 4).copied()
}
