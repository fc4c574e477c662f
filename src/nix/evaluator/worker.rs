//! Nix's library in a process of its own, which is started with the first question and kept warm.

use super::super::{Cancel, Error};
use super::failure;
use super::place::Place;
use super::process::{ended_by, log_lines};
use super::protocol::{Answer, Request};
use crate::domain::{EvaluatorKind, Subject};
use crate::ports::Evaluator;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;

/// The worker's side of an evaluation.
#[derive(Debug)]
pub(super) struct Worker {
    place: Place,
    cancel: Cancel,
    running: Option<Running>,
}

/// A worker that was started. Dropping it ends it.
#[derive(Debug)]
struct Running {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

/// How waiting for an answer ended.
enum Ended {
    Answered(String),
    TooLate,
    Died(String),
    /// It had gone because nobody had asked it anything for long.
    Idle,
}

impl Worker {
    pub(super) fn new(place: Place, cancel: Cancel) -> Self {
        Self { place, cancel, running: None }
    }

    fn start(&self) -> io::Result<Running> {
        let program = match &self.place.program {
            Some(program) => program.clone(),
            None => std::env::current_exe()?,
        };
        let mut command = Command::new(program);
        command.arg("evaluator");
        if let Some(bytes) = self.place.memory_limit {
            command.args(["--memory", &bytes.to_string()]);
        }
        self.place.prepare(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        child.stderr.take().into_iter().for_each(log_lines);
        let (sender, answers) = sync_channel(1);
        let read = move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name("evaluator answers".to_owned()).spawn(read)?;
        Ok(Running { child, input, answers })
    }

    /// Ask the worker, which is started where none runs.
    fn ask(&mut self, request: &str) -> Result<Ended, Error> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.start().map_err(|source| Error::EvaluatorMissing {
                program: "nixvox evaluator".to_owned(),
                source,
            })?,
        };
        let hook = ended_by(&self.cancel, &running.child);
        // that it is gone shows when its answer is awaited
        let _ = writeln!(running.input, "{request}").and_then(|()| running.input.flush());
        let ended = match running.answers.recv_timeout(self.place.time_limit) {
            Ok(line) => {
                drop(hook);
                self.running = Some(running);
                return Ok(Ended::Answered(line));
            }
            Err(RecvTimeoutError::Timeout) => Ended::TooLate,
            Err(RecvTimeoutError::Disconnected) => {
                drop(hook);
                match running.child.wait() {
                    Ok(status) if status.success() => Ended::Idle,
                    Ok(status) => Ended::Died(status.to_string()),
                    Err(error) => Ended::Died(error.to_string()),
                }
            }
        };
        if self.cancel.is_cancelled() { Err(Error::Cancelled) } else { Ok(ended) }
    }
}

impl Evaluator for Worker {
    type Error = Error;

    fn kind(&self) -> EvaluatorKind {
        EvaluatorKind::Library
    }

    fn evaluate(&mut self, subject: &Subject, question: &str) -> Result<String, Error> {
        if self.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let request = Request { subject: subject.clone(), question: question.to_owned() };
        let unclear =
            |problem: serde_json::Error| Error::EvaluatorEnded { how: problem.to_string() };
        let request = serde_json::to_string(&request).map_err(unclear)?;
        let ended = match self.ask(&request)? {
            Ended::Idle => self.ask(&request)?,
            ended => ended,
        };
        match ended {
            Ended::Answered(line) => match serde_json::from_str(&line).map_err(unclear)? {
                Answer::Text(text) => Ok(text),
                Answer::Failed(words) => Err(failure::of(&words)),
            },
            Ended::TooLate => Err(Error::EvaluationTooLong { limit: self.place.time_limit }),
            Ended::Died(how) => Err(Error::EvaluatorEnded { how }),
            Ended::Idle => Err(Error::EvaluatorEnded { how: "at once".to_owned() }),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = ended {
            tracing::warn!(%error, "cannot end the evaluator");
        }
    }
}
