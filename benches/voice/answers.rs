//! From the end of speech to the first sample of its answer, and the shares of the stages.

use super::companion::{Companion, milliseconds};
use super::figure::Figure;
use nixvox::domain::Verdict;
use nixvox::engine::AFTER_FIRST_SOUND;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

/// What is no stage of the program's: until its ear has noticed the silence, and from its mouth to
/// the speaker.
const DEVICES: &str = "ear and devices";

/// Ask `questions` until so many were answered; the whole first, then the stages in order.
pub(crate) fn measure(
    companion: &Companion,
    questions: &[PathBuf],
    turns: usize,
) -> anyhow::Result<Vec<Figure>> {
    let mut times = Vec::new();
    let mut shares: Vec<(String, Vec<f64>)> = Vec::new();
    let (mut answers, mut clauses) = (BTreeSet::new(), BTreeSet::new());
    let mut others = 0;
    for question in questions {
        if times.len() == turns {
            break;
        }
        companion.forget();
        companion.server.say(question);
        let (_, spoken) = companion.microphone()?.ends()?;
        let Some(answer) = companion.answer()? else {
            others += 1;
            continue;
        };
        let answered = companion.speaker()?.begins()?;
        let stages = companion.spoken()?;
        companion.speaker()?.ends()?;
        // a sound of its own comes first then
        if matches!(answer.verdict, Verdict::Failed | Verdict::NotUnderstood) {
            others += 1;
            continue;
        }
        clauses.insert(answer.say.split(['.', ',']).next().unwrap_or_default().to_owned());
        answers.insert(answer.say);
        let whole = milliseconds(spoken, answered);
        times.push(whole);
        let mut rest = whole;
        let mut line = format!("{}/{turns}: {whole:.0} ms", times.len());
        for (stage, ms) in
            stages.into_iter().filter(|(stage, _)| !AFTER_FIRST_SOUND.contains(&stage.as_str()))
        {
            rest -= ms;
            let _ = write!(line, ", {stage} {ms:.0}");
            add(&mut shares, stage, ms);
        }
        // it takes long
        eprintln!("{line}, {DEVICES} {rest:.0}");
        add(&mut shares, DEVICES.to_owned(), rest);
    }
    eprintln!(
        "{} questions answered: {} answers that differ, which begin in {} ways; {others} more were not \
         understood, or could not be answered",
        times.len(),
        answers.len(),
        clauses.len()
    );
    let mut figures = vec![Figure::of("end of speech → answer", times)?];
    for (stage, times) in shares {
        figures.push(Figure::of(&format!("  of it {stage}"), times)?);
    }
    Ok(figures)
}

fn add(shares: &mut Vec<(String, Vec<f64>)>, stage: String, ms: f64) {
    match shares.iter_mut().find(|(known, _)| *known == stage) {
        Some((_, times)) => times.push(ms),
        None => shares.push((stage, vec![ms])),
    }
}
