//! The worker: Nix's library, which answers questions on its standard input.

use super::TIME_TO_LIVE;
use super::flakes;
use super::protocol::{Answer, Request};
use super::search;
use crate::domain::Subject;
use anyhow::Context;
use nix_bindings_expr::eval_state::{self, EvalState, gc_register_my_thread};
use nix_bindings_expr::value::Value;
use nix_bindings_store::store::Store;
use nix_bindings_util::settings;
use std::collections::HashMap;
use std::env;
use std::io::{self, BufRead, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;
use unix::sys::resource::{Resource, setrlimit};
use unix::sys::signal::{Signal, raise};

/// What Nix's limit on nested calls was chosen for: with less, it ends the process.
const STACK_BYTES: usize = 64 << 20;
/// Without a question for so long it ends, as it may hold much memory.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// Answer the questions on standard input until it ends; within `memory_limit` bytes where it is
/// given.
///
/// # Errors
/// Nix's library cannot be used. That a question cannot be answered is an answer.
pub fn serve(memory_limit: Option<u64>) -> anyhow::Result<()> {
    if let Some(bytes) = memory_limit {
        setrlimit(Resource::RLIMIT_AS, bytes, bytes).context("cannot limit memory")?;
    }
    eval_state::init()?;
    // of the whole trace, the places in the configuration are told
    settings::set("show-trace", "true")?;
    if let Err(error) = flakes::enable() {
        tracing::warn!("flakes cannot be evaluated: {error:#}");
    }
    let (sender, requests) = sync_channel(1);
    let work = move || {
        let answered = answer_all(&requests);
        // whoever asks has gone, or finds no answer and looks how this ended
        std::process::exit(i32::from(answered.is_err()));
    };
    thread::Builder::new().name("evaluator".to_owned()).stack_size(STACK_BYTES).spawn(work)?;
    for line in io::stdin().lock().lines() {
        sender.send(serde_json::from_str(&line?)?)?;
    }
    // an evaluation under way is nobody's any more, and nothing else can end it
    raise(Signal::SIGKILL)?;
    Ok(())
}

fn answer_all(requests: &Receiver<Request>) -> anyhow::Result<()> {
    let _registered = gc_register_my_thread()?;
    let mut held = None;
    loop {
        let request = match requests.recv_timeout(IDLE) {
            Ok(request) => request,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(()),
        };
        let answer = match answer(&request, &mut held) {
            Ok(text) => Answer::Text(text),
            Err(error) => Answer::Failed(format!("{error:#}")),
        };
        let mut output = io::stdout().lock();
        writeln!(output, "{}", serde_json::to_string(&answer)?)?;
        output.flush()?;
    }
}

/// A subject with what was evaluated of it.
struct Held {
    subject: Subject,
    state: EvalState,
    value: Value,
}

fn answer(request: &Request, held: &mut Option<Held>) -> anyhow::Result<String> {
    if !request.subject.refresh {
        return evaluated(request, held);
    }
    let former = settings::get(TIME_TO_LIVE)?;
    settings::set(TIME_TO_LIVE, "0")?;
    let answer = evaluated(request, held);
    settings::set(TIME_TO_LIVE, &former)?;
    answer
}

fn evaluated(request: &Request, held: &mut Option<Held>) -> anyhow::Result<String> {
    let Request { subject, question } = request;
    let same = |held: &Held| subject.stamp.is_some() && held.subject == *subject;
    if !held.as_ref().is_some_and(same) {
        // what was imported is cached by the state, so that edits show in a new one only
        *held = None;
        let search = search_path();
        let store = Store::open(None, HashMap::new())?;
        let mut state = EvalState::new(store, search.iter().map(String::as_str))?;
        let value = state.eval_from_string(&subject.expression, "/")?;
        *held = Some(Held { subject: subject.clone(), state, value });
    }
    let Held { state, value, .. } = held.as_mut().context("nothing was evaluated")?;
    let question = state.eval_from_string(question, "/")?;
    let text = state.call(question, value.clone())?;
    state.require_string(&text)
}

fn search_path() -> Vec<String> {
    let told = |name| env::var(name).ok();
    let home = told("HOME").unwrap_or_default();
    let state = told("NIX_STATE_DIR").unwrap_or_else(|| "/nix/var/nix".to_owned());
    search::entries(told("NIX_PATH").as_deref(), &home, &state)
}
