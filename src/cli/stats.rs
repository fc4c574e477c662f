//! `nixvox stats`: how the last turns went.

use super::args::{Arguments, Stats};
use super::{Exit, out, setup};
use crate::engine::{Summary, Telemetry};
use jiff::{Timestamp, tz::TimeZone};

pub(super) fn run(arguments: &Arguments, stats: &Stats) -> anyhow::Result<Exit> {
    let telemetry = Telemetry::beside(&setup::journal(arguments)?);
    let summary = Summary::of(&telemetry.last(stats.count)?);
    if stats.json {
        out::json(&summary);
    } else {
        print(&summary);
    }
    Ok(Exit::Done)
}

fn print(summary: &Summary) {
    let Some(since) = summary.since else {
        out::line("No turn was taken yet by hear, listen, talk or serve.");
        return;
    };
    let since =
        Timestamp::from_second(i64::try_from(since).unwrap_or_default()).unwrap_or_default();
    let since = since.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M");
    let turns = summary.turns;
    out::line(format_args!("{turns} turns since {since}, {} of them heard", summary.heard));
    let count = |what: &str, count: usize| {
        let share = 100.0 * count as f64 / turns as f64;
        out::line(format_args!("{what:<16}{count:>8}{share:>8.1} %"));
    };
    count("understood", summary.accepted);
    count("asked back", summary.unclear);
    count("not understood", summary.rejected);
    count("failed", summary.verdicts.get(&crate::domain::Verdict::Failed).copied().unwrap_or(0));
    let mb = |kb: u64| kb / 1024;
    let (now, most) = (mb(summary.memory_kb), mb(summary.most_memory_kb));
    out::line(format_args!("memory          {now:>8} MB, {most} MB at most\n"));
    out::line("stage             p50 ms    p95 ms    p99 ms       n");
    for stage in &summary.stages {
        out::line(format_args!(
            "{:<14}{:>10.1}{:>10.1}{:>10.1}{:>8}",
            stage.stage, stage.p50_ms, stage.p95_ms, stage.p99_ms, stage.n
        ));
    }
}
