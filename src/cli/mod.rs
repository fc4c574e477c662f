//! The command line: what each command does, and the one place where errors are printed and the
//! exit code is picked.
//!
//! Exit codes: 0 done, 1 failed, 2 usage, 3 not understood, 4 declined.

mod act;
mod args;
mod calibrate;
mod catalogue;
mod conversation;
mod corpus;
mod ctl;
mod docs;
mod doctor;
mod eval;
mod evaluator;
mod grammar;
mod hear;
mod hotkey;
mod launch;
mod listen;
mod log;
mod logging;
mod mistakes;
mod models;
mod notify;
mod out;
mod parse;
mod plot;
mod progress;
mod report;
mod say;
mod serve;
mod setup;
mod stats;
mod tally;
mod view;

use crate::engine::Mode;
use args::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

/// How a command ended, as far as its exit code goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Done = 0,
    Failed = 1,
    NotUnderstood = 3,
    Declined = 4,
}

/// Run the program with the process's arguments.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logging::start(arguments.log_format);
    match run(&arguments) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(error) => {
            eprintln!("nixvox: {error:#}");
            ExitCode::from(Exit::Failed as u8)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if arguments.command.only_tells() {
        out::end_with_the_reader();
    }
    match &arguments.command {
        Command::Hear(hear) => hear::run(arguments, hear),
        Command::Listen(listen) => listen::run(arguments, listen, Mode::HandsFree),
        Command::Talk(talk) => listen::run(arguments, &talk.into(), Mode::PushToTalk),
        Command::Serve(serve) => serve::run(arguments, serve),
        Command::Ctl(ctl) => ctl::run(ctl),
        Command::Do(act) => act::run(arguments, act),
        Command::Say(say) => say::run(arguments, say),
        Command::Parse(parse) => parse::run(arguments, parse),
        Command::Grammar(grammar) => grammar::run(arguments, grammar),
        Command::Catalogue(catalogue) => catalogue::run(arguments, catalogue),
        Command::Eval(eval) => eval::run(arguments, eval),
        Command::Models(models) => models::run(&models.action),
        Command::Log(log) => log::run(arguments, log),
        Command::Stats(stats) => stats::run(arguments, stats),
        Command::Docs(docs) => docs::run(docs),
        Command::Doctor(doctor) => doctor::run(arguments, doctor),
        Command::Evaluator(evaluator) => evaluator::run(evaluator),
    }
}
