//! `nixvox log`: what was changed, and whether the record of it is as it was written.

use super::args::{Arguments, Log};
use super::{Exit, setup};
use crate::domain::{Change, Generation, Plan, Scope, Step};
use crate::engine::{Alteration, End, Journal, Record, Verification};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

pub(super) fn run(arguments: &Arguments, log: &Log) -> anyhow::Result<Exit> {
    let journal = setup::journal(arguments)?;
    if log.verify {
        return verify(&journal, log);
    }
    let mut records = journal.records(log.count)?;
    records.reverse();
    for record in &records {
        if log.json {
            println!("{}", serde_json::to_string(record)?);
        } else {
            println!("{}", line(record));
        }
    }
    if records.is_empty() && !log.json {
        println!("Nothing was changed yet: {} is empty.", journal.path().display());
    }
    Ok(Exit::Done)
}

fn verify(journal: &Journal, log: &Log) -> anyhow::Result<Exit> {
    let found = journal.verify(log.head.as_deref())?;
    let sound = found.altered.is_none();
    if log.json {
        println!("{}", summary(&found));
    } else if let Some(altered) = &found.altered {
        println!("{}: {altered}", journal.path().display());
    } else {
        println!("{}", told(&found));
    }
    Ok(if sound { Exit::Done } else { Exit::Failed })
}

fn summary(found: &Verification) -> serde_json::Value {
    let altered = found.altered.as_ref();
    json!({
        "sound": altered.is_none(),
        "lines": found.lines,
        "unchained": found.unchained,
        "mended": found.mended,
        "torn": found.torn,
        "head": found.head,
        "altered": altered.and_then(Alteration::line),
        "problem": altered.map(ToString::to_string),
    })
}

/// What is told of a journal that nobody altered.
fn told(found: &Verification) -> String {
    let (lines, unchained) = (found.lines, found.unchained);
    let mut told = vec![match lines {
        0 => "Nothing is recorded yet.".to_owned(),
        _ if lines == unchained => {
            format!("{lines} lines, not chained: whether they were altered cannot be told.")
        }
        _ => format!("All {lines} lines are as they were written."),
    }];
    if (1..lines).contains(&unchained) {
        let line = unchained + 1;
        told.push(format!(
            "Not chained before line {line}: those are what they were when the chain began."
        ));
    }
    told.extend(found.mended.iter().map(|line| {
        format!("Line {line} was cut short when it was written, and closed off later.")
    }));
    if found.torn {
        told.push("The last line is cut short; the next change will close it off.".to_owned());
    }
    told.extend(found.head.as_ref().map(|head| format!("Head {head}")));
    told.join("\n")
}

/// A change on one line: when, what was asked for, what became of it, and the words.
fn line(record: &Record) -> String {
    let at = Timestamp::from_second(record.at.cast_signed()).unwrap_or_default();
    let at = at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S");
    let intent = record.intent.map_or("?", |intent| intent.as_str());
    let end = match &record.end {
        End::Done { .. } => String::new(),
        End::Failed { reason } => format!("  not done: {}", reason.code()),
        End::Unknown => "  cut off".to_owned(),
    };
    let heard = record.heard.as_ref().map_or(String::new(), |words| format!("  “{words}”"));
    format!("{at}  {intent:<20} {:<24}{end}{heard}", what(record)).trim_end().to_owned()
}

/// What was to change, in signs.
fn what(record: &Record) -> String {
    match &record.change {
        Some(Change::Setting(change)) => return change.option.clone(),
        Some(Change::Inputs(change)) => {
            let names: Vec<&str> = change.inputs.iter().map(|input| &*input.name).collect();
            return names.join(", ");
        }
        Some(Change::Run(change)) => {
            let name = change.toplevel.file_name().unwrap_or_default();
            return format!("system {}", name.to_string_lossy());
        }
        Some(Change::Trial(trial)) => {
            let sign = if trial.kept { '+' } else { '−' };
            return format!("{sign}{}", trial.package.name);
        }
        Some(Change::Profile(change)) => {
            let system = if change.scope == Scope::System { "system " } else { "" };
            let number = |generation: &Option<Generation>| {
                generation.as_ref().map_or("none".to_owned(), |found| found.number.to_string())
            };
            return format!("{system}{} → {}", number(&change.from), number(&change.to));
        }
        None => {}
    }
    let plan = serde_json::from_value::<Plan>(record.plan.clone());
    let steps = plan.map(|plan| plan.steps).unwrap_or_default();
    let gone = steps.iter().find_map(|step| match step {
        Step::DeleteGenerations(deletion) => Some(&deletion.generations),
        _ => None,
    });
    let numbers = |generations: &Vec<Generation>| {
        let minus = generations.iter().map(|generation| format!("−{}", generation.number));
        minus.collect::<Vec<_>>().join(" ")
    };
    gone.map(numbers).unwrap_or_default()
}
