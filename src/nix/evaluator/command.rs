//! Nix's command as evaluator: a process a question.

use super::super::{Cancel, Error};
use super::TIME_TO_LIVE;
use super::failure;
use super::place::Place;
use super::process::ended_by;
use crate::domain::{EvaluatorKind, Subject};
use crate::ports::Evaluator;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Instant;

const PROGRAM: &str = "nix-instantiate";

/// Asks `nix-instantiate`.
#[derive(Debug)]
pub(super) struct Instantiate {
    place: Place,
    cancel: Cancel,
}

impl Instantiate {
    pub(super) fn new(place: Place, cancel: Cancel) -> Self {
        Self { place, cancel }
    }

    fn missing(source: io::Error) -> Error {
        Error::EvaluatorMissing { program: PROGRAM.to_owned(), source }
    }

    /// What the process said on its two outputs, once it ended.
    fn outputs(&self, child: &mut Child) -> Result<[String; 2], Error> {
        let deadline = Instant::now() + self.place.time_limit;
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|output| Box::new(output) as _),
            child.stderr.take().map(|output| Box::new(output) as _),
        ];
        let (sender, received) = sync_channel(outputs.len());
        for (index, output) in outputs.into_iter().enumerate() {
            let sender = sender.clone();
            let read = move || {
                let mut bytes = Vec::new();
                let read = output.map_or(Ok(0), |mut output| output.read_to_end(&mut bytes));
                drop(sender.send((index, read.map(|_| String::from_utf8_lossy(&bytes).into()))));
            };
            // not joined: something that the process started may hold its outputs open
            let reader = thread::Builder::new().name("evaluator output".to_owned());
            reader.spawn(read).map_err(Self::missing)?;
        }
        let mut said = [String::new(), String::new()];
        for _ in 0..said.len() {
            let left = deadline.saturating_duration_since(Instant::now());
            match received.recv_timeout(left) {
                Ok((index, text)) => said[index] = text.map_err(Self::missing)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Err(Error::EvaluationTooLong { limit: self.place.time_limit });
                }
            }
        }
        Ok(said)
    }
}

impl Evaluator for Instantiate {
    type Error = Error;

    fn kind(&self) -> EvaluatorKind {
        EvaluatorKind::Command
    }

    fn evaluate(&mut self, subject: &Subject, question: &str) -> Result<String, Error> {
        if self.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let expression = format!("({question}) ({})", subject.expression);
        let mut command = Command::new(PROGRAM);
        // else it would name derivations without writing them
        command.args(["--eval", "--strict", "--json", "--read-write-mode", "--show-trace"]);
        command.args(["--option", "extra-experimental-features", "flakes", "--expr", &expression]);
        if subject.refresh {
            command.args(["--option", TIME_TO_LIVE, "0"]);
        }
        self.place.prepare(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Self::missing)?;
        let hook = ended_by(&self.cancel, &child);
        let said = self.outputs(&mut child);
        drop(hook); // before its number may be another's
        if said.is_err() {
            child.kill().map_err(Self::missing)?;
        }
        let status = child.wait().map_err(Self::missing)?;
        if self.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let [answer, errors] = said?;
        let unclear =
            |problem: serde_json::Error| Error::EvaluatorEnded { how: problem.to_string() };
        match status.code() {
            Some(0) => serde_json::from_str(&answer).map_err(unclear),
            Some(_) => Err(failure::of(&errors)),
            None => Err(Error::EvaluatorEnded { how: status.to_string() }),
        }
    }
}
