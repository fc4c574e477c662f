//! A turn for the eye: as JSON, or as lines.

use super::Exit;
use crate::domain::{Fault, Hearing, Outcome, Plan, Reply, Slots, Transcript, Verdict};
use crate::engine::{Spoken, Stage, Stopwatch, Turn};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// All that is told of a turn.
#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    transcript: Option<Heard<'a>>,
    hearing: &'static str,
    #[serde(flatten)]
    reading: Reading<'a>,
    plan: Option<&'a Plan>,
    outcomes: Option<&'a [Outcome]>,
    fault: Option<&'a Fault>,
    reply: &'a Reply,
    #[serde(skip_serializing_if = "Option::is_none")]
    speech: Option<Speech<'a>>,
    /// Loading what a running service has loaded long ago; not part of the total.
    load_ms: f64,
    stages: &'a [Stage],
    total_ms: f64,
}

/// A transcript with its text spelled out.
#[derive(Debug, Serialize)]
struct Heard<'a> {
    text: String,
    #[serde(flatten)]
    transcript: &'a Transcript,
}

/// An intent and its slots; `none` where nothing was understood.
#[derive(Debug, Serialize)]
pub(super) struct Reading<'a> {
    intent: &'a str,
    slots: std::borrow::Cow<'a, Slots>,
}

/// The spoken answer.
#[derive(Debug, Serialize)]
struct Speech<'a> {
    /// The WAV file; absent where it was played.
    file: Option<&'a Path>,
    seconds: f64,
    clauses: usize,
}

impl<'a> Reading<'a> {
    /// What the grammar reads.
    pub(super) fn new(reading: Option<(&'a str, &'a Slots)>) -> Self {
        match reading {
            Some((intent, slots)) => Self { intent, slots: std::borrow::Cow::Borrowed(slots) },
            None => Self { intent: "none", slots: std::borrow::Cow::default() },
        }
    }

    fn of(hearing: &'a Hearing) -> Self {
        Self::new(hearing.likeliest().map(|command| (command.intent.as_str(), &command.slots)))
    }
}

impl std::fmt::Display for Reading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.intent)?;
        self.slots.iter().try_for_each(|(slot, value)| write!(f, "  {slot} = {value}"))
    }
}

impl<'a> Report<'a> {
    /// What came of `turn`.
    pub(super) fn new(turn: &'a Turn, watch: &'a Stopwatch) -> Self {
        let result = turn.result.as_ref().map(Result::as_ref);
        Self {
            transcript: None,
            hearing: match turn.hearing {
                Hearing::Command(_) => "command",
                Hearing::Unclear { .. } => "unclear",
                Hearing::Nothing => "nothing",
            },
            reading: Reading::of(&turn.hearing),
            plan: turn.plan.as_ref(),
            outcomes: result.and_then(Result::ok).map(Vec::as_slice),
            fault: result.and_then(Result::err),
            reply: &turn.reply,
            speech: None,
            load_ms: 0.0,
            stages: watch.stages(),
            total_ms: watch.total_ms(),
        }
    }

    /// With what was heard, and how long loading took in milliseconds.
    pub(super) fn heard(mut self, transcript: &'a Transcript, load_ms: f64) -> Self {
        self.transcript = Some(Heard { text: transcript.text(), transcript });
        self.load_ms = load_ms;
        self
    }

    /// With what was spoken, into `file` or on a device.
    pub(super) fn spoken(mut self, spoken: Option<Spoken>, file: Option<&'a Path>) -> Self {
        self.speech =
            spoken.map(|spoken| Speech { file, seconds: spoken.seconds, clauses: spoken.clauses });
        self
    }

    /// One JSON object on one line.
    pub(super) fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// A line for each stop of the journey.
    pub(super) fn lines(&self, plan: Option<&str>) -> String {
        let mut lines = String::new();
        let mut line = |label: &str, text: &str| {
            let mut label = label;
            for text in text.lines() {
                let _ = writeln!(lines, "{label:<9} {text}");
                label = "";
            }
        };
        if let Some(heard) = &self.transcript {
            line("heard", &format!("“{}”", heard.text));
        }
        let doubt = if self.hearing == "unclear" { "  (unclear)" } else { "" };
        line("intent", &format!("{}{doubt}", self.reading));
        if let Some(plan) = plan {
            line("plan", plan);
        }
        match (self.outcomes, self.fault) {
            (_, Some(fault)) => line("outcome", &format!("not done: {}", fault.code())),
            (Some(_), None) => line("outcome", "done"),
            (None, None) => line("outcome", "nothing to do"),
        }
        line("reply", &self.reply.say);
        if self.reply.show != self.reply.say {
            line("", &self.reply.show);
        }
        if let Some(speech) = &self.speech {
            let place = speech.file.map_or("on the sound device".into(), Path::to_string_lossy);
            line("spoken", &format!("{place} ({:.1} s)", speech.seconds));
        }
        let stages: Vec<String> =
            self.stages.iter().map(|stage| format!("{} {:.1}", stage.stage, stage.ms)).collect();
        let times = format!("{} = {:.1} ms", stages.join(" + "), self.total_ms);
        line("times", &times);
        if self.load_ms > 0.0 {
            line("", &format!("(and {:.0} ms to load the models first)", self.load_ms));
        }
        lines
    }
}

/// The exit code that a turn's end asks for.
pub(super) fn exit(turn: &Turn) -> Exit {
    match (turn.reply.verdict, &turn.hearing) {
        (Verdict::Asked, Hearing::Unclear { .. }) => Exit::NotUnderstood,
        (verdict, _) => verdict.into(),
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Done => Self::Done,
            Verdict::Failed => Self::Failed,
            Verdict::NotUnderstood => Self::NotUnderstood,
            Verdict::Declined | Verdict::Asked => Self::Declined,
        }
    }
}
