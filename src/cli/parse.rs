//! `nixvox parse`: what the grammar makes of texts.

use super::args::{Arguments, Parse};
use super::corpus::Line;
use super::report::Reading;
use super::{Exit, setup};
use crate::engine::Understanding;
use serde::Serialize;
use std::iter;
use std::path::Path;

/// A corpus line's result.
#[derive(Serialize)]
struct Scored<'a> {
    id: &'a str,
    text: &'a str,
    #[serde(flatten)]
    reading: Reading<'a>,
    correct: bool,
}

pub(super) fn run(arguments: &Arguments, parse: &Parse) -> anyhow::Result<Exit> {
    let understanding = setup::understanding(&setup::config(arguments)?)?;
    match &parse.corpus {
        Some(corpus) => score(&understanding, corpus),
        None => show(&understanding, &parse.text.join(" "), parse.json),
    }
}

fn show(understanding: &Understanding, text: &str, json: bool) -> anyhow::Result<Exit> {
    let readings = understanding.readings(text, &[]);
    let best = readings.first().map(|best| (best.intent.as_str(), &best.slots));
    let after = understanding.after(text);
    let after = after.iter().map(|command| Some((command.intent.as_str(), &command.slots)));
    for reading in iter::once(best).chain(after).map(Reading::new) {
        println!("{}", if json { serde_json::to_string(&reading)? } else { reading.to_string() });
    }
    Ok(if best.is_some() { Exit::Done } else { Exit::NotUnderstood })
}

fn score(understanding: &Understanding, corpus: &Path) -> anyhow::Result<Exit> {
    let (mut total, mut correct, mut intents) = (0, 0, 0);
    for line in Line::read(corpus)? {
        let readings = understanding.readings(&line.text, &line.context);
        let best = readings.first().map(|best| (best.intent.as_str(), &best.slots));
        let score = line.score(best);
        total += 1;
        correct += usize::from(score.exact);
        intents += usize::from(score.intent);
        let (id, text) = (line.id.as_str(), line.text.as_str());
        let scored = Scored { id, text, reading: Reading::new(best), correct: score.exact };
        println!("{}", serde_json::to_string(&scored)?);
    }
    eprintln!("{correct} of {total} right, {intents} with the right intent");
    Ok(Exit::Done)
}
