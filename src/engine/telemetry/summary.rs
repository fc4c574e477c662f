//! What turns have in common.

use super::super::stopwatch::{AFTER_FIRST_SOUND, quantile};
use super::{TurnRecord, Understood};
use crate::domain::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;

/// The figures of one stage, in ms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageFigures {
    /// Its name; sums of stages begin with `=`.
    pub stage: String,
    /// Half of the turns took no longer.
    pub p50_ms: f64,
    /// So did 95 of 100.
    pub p95_ms: f64,
    /// So did 99 of 100.
    pub p99_ms: f64,
    /// Turns that had it.
    pub n: usize,
}

/// Figures over turns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// How many.
    pub turns: usize,
    /// How many of them were heard, not typed.
    pub heard: usize,
    /// When the first of them ended, in seconds since 1970.
    pub since: Option<u64>,
    /// Turns that were understood.
    pub accepted: usize,
    /// Turns that were asked back.
    pub unclear: usize,
    /// Turns that were not understood.
    pub rejected: usize,
    /// How many ended in each way.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// Resident memory at the last of them, in kB.
    pub memory_kb: u64,
    /// The most of it.
    pub most_memory_kb: u64,
    /// The stages, in order, and their sums.
    pub stages: Vec<StageFigures>,
}

impl Summary {
    /// Sum up.
    pub fn of(turns: &[TurnRecord]) -> Self {
        let understood = |how| turns.iter().filter(|turn| turn.understood == how).count();
        let mut verdicts = BTreeMap::new();
        for turn in turns {
            *verdicts.entry(turn.verdict).or_default() += 1;
        }
        Self {
            turns: turns.len(),
            heard: turns.iter().filter(|turn| turn.heard).count(),
            since: turns.first().map(|turn| turn.at),
            accepted: understood(Understood::Command),
            unclear: understood(Understood::Unclear),
            rejected: understood(Understood::Nothing),
            verdicts,
            memory_kb: turns.last().map_or(0, |turn| turn.memory_kb),
            most_memory_kb: turns.iter().map(|turn| turn.memory_kb).max().unwrap_or(0),
            stages: stages(turns),
        }
    }
}

fn stages(turns: &[TurnRecord]) -> Vec<StageFigures> {
    let mut times: Vec<(&str, Vec<f64>)> = Vec::new();
    let mut add = |stage, ms| match times.iter_mut().find(|(known, _)| *known == stage) {
        Some((_, known)) => known.push(ms),
        None => times.push((stage, vec![ms])),
    };
    for turn in turns {
        for (stage, ms) in &turn.stages {
            add(stage, *ms);
        }
        let sum = |all: bool| {
            let counts = |stage: &str| all || !AFTER_FIRST_SOUND.contains(&stage);
            turn.stages.iter().filter(|(stage, _)| counts(stage)).map(|(_, ms)| ms).sum()
        };
        if turn.stages.iter().any(|(stage, _)| stage == "first words") {
            add("= first sound", sum(false));
        }
        add("= whole turn", sum(true));
    }
    times.sort_by_key(|(stage, _)| stage.starts_with('='));
    let figures = |(stage, ms): (&str, Vec<f64>)| StageFigures {
        stage: stage.to_owned(),
        p50_ms: quantile(&ms, 0.5),
        p95_ms: quantile(&ms, 0.95),
        p99_ms: quantile(&ms, 0.99),
        n: ms.len(),
    };
    times.into_iter().map(figures).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::turn;
    use super::*;

    #[test]
    fn turns_are_counted_and_their_stages_and_sums_told() {
        let mut turns: Vec<TurnRecord> = (1..=100).map(turn).collect();
        for (turn, ms) in turns.iter_mut().zip(1_u8..) {
            turn.stages = vec![("hear".into(), ms.into()), ("play out".into(), 10.0)];
        }
        turns[3].stages.insert(1, ("first words".into(), 5.0));
        turns[4].understood = Understood::Nothing;
        turns[4].verdict = Verdict::NotUnderstood;
        turns[5].memory_kb = 400_000;
        let summary = Summary::of(&turns);
        assert_eq!((summary.turns, summary.heard, summary.since), (100, 100, Some(1)));
        assert_eq!((summary.accepted, summary.unclear, summary.rejected), (99, 0, 1));
        assert_eq!(summary.verdicts[&Verdict::NotUnderstood], 1);
        assert_eq!((summary.memory_kb, summary.most_memory_kb), (300_000, 400_000));
        let told: Vec<(&str, f64, f64, usize)> = summary
            .stages
            .iter()
            .map(|stage| (stage.stage.as_str(), stage.p50_ms, stage.p99_ms, stage.n))
            .collect();
        let expected = [
            ("hear", 50.0, 99.0, 100),
            ("play out", 10.0, 10.0, 100),
            ("first words", 5.0, 5.0, 1),
            ("= whole turn", 60.0, 109.0, 100),
            ("= first sound", 9.0, 9.0, 1),
        ];
        assert_eq!(told, expected);
        assert_eq!(Summary::of(&[]).stages, []);
    }
}
