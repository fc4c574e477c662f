//! `nixvox grammar`: sentences drawn from the grammar.

use super::args::{Arguments, Grammar, GrammarCommand};
use super::report::Reading;
use super::{Exit, setup};
use serde::Serialize;

/// A sentence and what it means.
#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
    #[serde(flatten)]
    reading: Reading<'a>,
}

pub(super) fn run(arguments: &Arguments, grammar: &Grammar) -> anyhow::Result<Exit> {
    let GrammarCommand::Sample { intent, count, seed, json } = &grammar.command;
    let understanding = setup::understanding(&setup::config(arguments)?)?;
    let samples = understanding.samples(intent.as_deref(), *count, *seed);
    anyhow::ensure!(
        !samples.is_empty() || *count == 0,
        "the grammar has no intent {}",
        intent.as_deref().unwrap_or_default()
    );
    for sample in &samples {
        let reading = Reading::new(Some((&sample.intent, &sample.slots)));
        if *json {
            let line = Line { text: &sample.text, reading };
            println!("{}", serde_json::to_string(&line)?);
        } else {
            println!("{}\n    {reading}", sample.text);
        }
    }
    Ok(Exit::Done)
}
