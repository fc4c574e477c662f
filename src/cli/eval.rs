//! `nixvox eval`: a labelled corpus through recognition and grammar. Nothing is acted on.

use super::args::{Arguments, Eval};
use super::calibrate::calibrate;
use super::corpus::{self, Line};
use super::mistakes::Mistakes;
use super::plot::{self, Curve};
use super::report::Reading;
use super::tally::Tally;
use super::{Exit, launch, setup};
use crate::config::Config;
use crate::domain::{Command, NO_COMMAND, Slots, Transcript, TurnId, Utterance};
use crate::engine::{Judgement, Language, Understanding};
use crate::ports::Transcriber;
use crate::stt::Whisper;
use crate::{audio, grammar};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A line's result.
#[derive(Debug, Serialize)]
struct Item<'a> {
    id: &'a str,
    condition: &'a str,
    /// What was heard, or read where the line has no recording.
    heard: String,
    /// What was accepted; `none` where nothing was, or only with doubt.
    #[serde(flatten)]
    accepted: Reading<'a>,
    correct: bool,
    /// What would be asked back.
    #[serde(skip_serializing_if = "Option::is_none")]
    doubtful: Option<Reading<'a>>,
    /// Or else this.
    #[serde(skip_serializing_if = "Option::is_none")]
    rival: Option<Reading<'a>>,
    /// And then these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<Reading<'a>>,
    /// What would be asked about after a no to what was accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    instead: Vec<Command>,
    /// What sounds most like names that are on no list as they were heard, nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    near: Vec<&'a str>,
    /// What the recogniser heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    transcript: Option<&'a Transcript>,
    /// From the samples to the intent, in milliseconds.
    ms: f64,
}

pub(super) fn run(arguments: &Arguments, eval: &Eval) -> anyhow::Result<Exit> {
    launch::with_settings();
    let (arguments, eval) = (arguments.clone(), eval.clone());
    setup::cancellable(move |abort| evaluate(&arguments, &eval, abort))
}

fn evaluate(arguments: &Arguments, eval: &Eval, abort: &AtomicBool) -> anyhow::Result<Exit> {
    let config = setup::config(arguments)?;
    // what cannot be drawn is better known before than after
    let mut curves: Vec<Curve> =
        eval.beside.iter().map(|file| Curve::read(file)).collect::<Result<_, _>>()?;
    let published = eval.published.as_deref().map(plot::published).transpose()?;
    let understanding = match &eval.grammar {
        Some(dir) => Language::read(dir)?.understanding()?,
        None => setup::understanding(&config)?,
    };
    let lines = lines(eval)?;
    if let Some(file) = eval.heard.as_ref().filter(|_| eval.calibrate) {
        recalibrate(understanding, lines, corpus::transcripts(file)?);
        return Ok(Exit::Done);
    }
    let mut ear = Ear::new(eval, &lines, &config, &understanding)?;
    let mut out = results(eval)?;
    let bar = progress(lines.len() as u64);
    let (mut tally, mut mistakes) = (Tally::default(), Mistakes::default());
    let mut curve = Curve::new(&config.model);
    for line in &lines {
        if abort.load(Ordering::Relaxed) {
            break;
        }
        let heard = ear.hear(line, &eval.dir, &understanding, abort)?;
        let meant = Meant::of(&heard.judgement);
        let score = line.score(meant.accepted);
        tally.add(&line.condition, line.intent == NO_COMMAND, score, heard.ms);
        mistakes.add(line, meant.accepted, &[meant.doubtful, meant.rival]);
        curve.add(&line.condition, score.exact);
        let item = Item::new(line, &heard, &meant, score.exact, &understanding);
        writeln!(out, "{}", serde_json::to_string(&item)?)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    out.flush()?;
    if let Some(path) = &eval.plot {
        curves.extend(Some(curve).filter(|curve| !curve.is_empty()));
        plot::draw(path, &curves, &published.unwrap_or_default())?;
    }
    match eval.json {
        Some(_) => print!("{tally}{mistakes}"),
        None => eprint!("{tally}{mistakes}"),
    }
    Ok(Exit::Done)
}

/// The lines of the corpus that are evaluated.
fn lines(eval: &Eval) -> anyhow::Result<Vec<Line>> {
    let mut lines = Line::read(&eval.dir.join(corpus::FILE))?;
    lines.truncate(eval.limit.unwrap_or(usize::MAX));
    Ok(if eval.expect_none {
        lines.into_iter().map(Line::without_command).collect()
    } else {
        lines
    })
}

/// Tell which margins half the speakers would have chosen, by what was heard of `lines` earlier.
fn recalibrate(
    mut understanding: Understanding,
    lines: Vec<Line>,
    mut transcripts: HashMap<String, Transcript>,
) {
    let heard = lines.into_iter().filter_map(|line| {
        let transcript = transcripts.remove(&line.id)?;
        Some((line, transcript))
    });
    for chosen in calibrate(&mut understanding, &heard.collect::<Vec<_>>()) {
        println!("{chosen}");
    }
}

/// Where the lines' results go.
fn results(eval: &Eval) -> anyhow::Result<Box<dyn Write>> {
    let Some(path) = &eval.json else { return Ok(Box::new(io::stdout().lock())) };
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Box::new(BufWriter::new(file)))
}

/// An intent and its slots.
type Read<'a> = (&'a str, &'a Slots);

/// What a judgement has.
struct Meant<'a> {
    accepted: Option<Read<'a>>,
    doubtful: Option<Read<'a>>,
    rival: Option<Read<'a>>,
    others: &'a [grammar::Reading],
}

impl<'a> Meant<'a> {
    fn of(judgement: &'a Judgement) -> Self {
        let nothing = Self { accepted: None, doubtful: None, rival: None, others: &[] };
        match judgement {
            Judgement::Sure(reading) => Self { accepted: Some(read(reading)), ..nothing },
            Judgement::Doubtful { nearest, rival, others } => {
                let rival = rival.as_ref().map(read);
                Self { doubtful: Some(read(nearest)), rival, others, ..nothing }
            }
            Judgement::Nothing => nothing,
        }
    }
}

impl<'a> Item<'a> {
    fn new(
        line: &'a Line,
        heard: &'a Heard,
        meant: &Meant<'a>,
        correct: bool,
        understanding: &Understanding,
    ) -> Self {
        let said = heard.transcript.clone().unwrap_or_else(|| Transcript::certain(&line.text));
        let shown = |read: Read<'a>| Reading::new(Some(read));
        Self {
            id: &line.id,
            condition: &line.condition,
            heard: said.text(),
            accepted: Reading::new(meant.accepted),
            correct,
            doubtful: meant.doubtful.map(shown),
            rival: meant.rival.map(shown),
            others: meant.others.iter().map(|other| shown(read(other))).collect(),
            instead: meant
                .accepted
                .map(|taken| instead(understanding, &said, taken))
                .unwrap_or_default(),
            near: heard.judgement.near(),
            transcript: heard.transcript.as_ref(),
            ms: heard.ms,
        }
    }
}

/// What may have been `said` instead of what was `taken`.
fn instead(understanding: &Understanding, said: &Transcript, taken: Read<'_>) -> Vec<Command> {
    let (intent, slots) = taken;
    let taken = intent.parse().map(|intent| Command { intent, slots: slots.clone() });
    taken.map(|taken| understanding.instead(said, &taken)).unwrap_or_default()
}

fn read(reading: &grammar::Reading) -> Read<'_> {
    (&reading.intent, &reading.slots)
}

/// What hears the recordings.
enum Ear {
    Whisper(Box<Whisper>),
    /// An earlier evaluation, by the lines' names.
    Earlier(HashMap<String, Transcript>),
    None,
}

/// A line, heard.
struct Heard {
    transcript: Option<Transcript>,
    judgement: Judgement,
    ms: f64,
}

impl Ear {
    /// What hears `lines` as `eval` wants them heard.
    fn new(
        eval: &Eval,
        lines: &[Line],
        config: &Config,
        understanding: &Understanding,
    ) -> anyhow::Result<Self> {
        if let Some(file) = &eval.heard {
            return Ok(Self::Earlier(corpus::transcripts(file)?));
        }
        if lines.iter().all(|line| line.audio.is_none()) {
            return Ok(Self::None);
        }
        let whisper = setup::whisper(config)?;
        let whisper = if eval.free { whisper } else { whisper.guided_by(understanding.guide())? };
        Ok(Self::Whisper(Box::new(whisper)))
    }

    /// Hear `line`, whose recording is in `dir`, and judge it.
    fn hear(
        &mut self,
        line: &Line,
        dir: &Path,
        understanding: &Understanding,
        abort: &AtomicBool,
    ) -> anyhow::Result<Heard> {
        let mut started = Instant::now();
        let transcript = match (self, &line.audio) {
            (Self::Whisper(whisper), Some(file)) => {
                let samples = audio::read(&dir.join(file))?;
                started = Instant::now();
                Some(whisper.transcribe(&Utterance { turn: TurnId::default(), samples }, abort)?)
            }
            (Self::Earlier(transcripts), Some(_)) => {
                let heard = transcripts.get(&line.id);
                Some(heard.with_context(|| format!("{} was not heard earlier", line.id))?.clone())
            }
            _ => None,
        };
        let judgement = match &transcript {
            Some(transcript) => understanding.judge(transcript),
            None => understanding.judge_text(&line.text),
        };
        let judgement = judgement.after(&understanding.referents(&line.context));
        Ok(Heard { transcript, judgement, ms: started.elapsed().as_secs_f64() * 1000.0 })
    }
}

/// A bar on standard error, where that is a terminal.
fn progress(lines: u64) -> ProgressBar {
    let bar = ProgressBar::new(lines);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}
