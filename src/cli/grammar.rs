//! `nixvox grammar`: sentences drawn from the grammar, and what is learnt beside it.

use super::args::{Arguments, Grammar, GrammarCommand};
use super::report::Reading;
use super::{Exit, corpus, setup};
use crate::gist::{self, Wording};
use anyhow::Context;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A sentence and what it means.
#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
    #[serde(flatten)]
    reading: Reading<'a>,
}

pub(super) fn run(arguments: &Arguments, grammar: &Grammar) -> anyhow::Result<Exit> {
    match &grammar.command {
        GrammarCommand::Sample { intent, count, seed, json } => {
            sample(arguments, intent.as_deref(), *count, *seed, *json)
        }
        GrammarCommand::Learn { corpora, out } => learn(arguments, corpora, out),
    }
}

fn sample(
    arguments: &Arguments,
    intent: Option<&str>,
    count: usize,
    seed: u64,
    json: bool,
) -> anyhow::Result<Exit> {
    let understanding = setup::understanding(&setup::config(arguments)?)?;
    let samples = understanding.samples(intent, count, seed);
    anyhow::ensure!(
        !samples.is_empty() || count == 0,
        "the grammar has no intent {}",
        intent.unwrap_or_default()
    );
    for sample in &samples {
        let reading = Reading::new(Some((&sample.intent, &sample.slots)));
        if json {
            let line = Line { text: &sample.text, reading };
            println!("{}", serde_json::to_string(&line)?);
        } else {
            println!("{}\n    {reading}", sample.text);
        }
    }
    Ok(Exit::Done)
}

fn learn(arguments: &Arguments, corpora: &[PathBuf], out: &Path) -> anyhow::Result<Exit> {
    let language = setup::language(&setup::config(arguments)?)?;
    let mut wordings = Vec::new();
    for corpus in corpora {
        let file = if corpus.is_dir() { corpus.join(corpus::FILE) } else { corpus.clone() };
        wordings.extend(corpus::Line::read(&file)?.into_iter().map(|line| {
            let corpus::Line { text, intent, slots, .. } = line;
            Wording { text, intent, slots }
        }));
    }
    let (weights, unclear) = gist::learn(&language.grammar()?, &language.sentences()?, &wordings)?;
    std::fs::write(out, weights).with_context(|| format!("cannot write {}", out.display()))?;
    for text in &unclear {
        println!("which words are meant?  {text}");
    }
    println!("{} wordings, {} of them unclear", wordings.len(), unclear.len());
    Ok(Exit::Done)
}
