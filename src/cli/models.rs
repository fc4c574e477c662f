//! `nixvox models`: list, fetch, merge, verify.

use super::args::ModelsAction;
use super::{Exit, out};
use crate::models::{Models, Progress};

pub(super) fn run(action: &ModelsAction) -> anyhow::Result<Exit> {
    let models = Models::open(None)?;
    match action {
        ModelsAction::List { json } => Ok(list(&models, *json)),
        ModelsAction::Fetch { names } => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            models.fetch(&names, Progress::stderr())?;
            Ok(Exit::Done)
        }
        ModelsAction::Merge { adapter, out, base } => {
            models.merge(base, adapter, out, Progress::stderr())?;
            Ok(Exit::Done)
        }
        ModelsAction::Verify => Ok(verify(&models)),
    }
}

fn list(models: &Models, json: bool) -> Exit {
    for model in models.list() {
        if json {
            out::json(&model);
        } else {
            let megabytes = model.bytes as f64 / 1e6;
            out::line(format_args!(
                "{:<18} {:<8} {:<10} {megabytes:>6.1} MB  {}",
                model.name, model.kind, model.state, model.description
            ));
        }
    }
    Exit::Done
}

fn verify(models: &Models) -> Exit {
    let mut exit = Exit::Done;
    for (name, result) in models.verify() {
        match result {
            Ok(()) => out::line(format_args!("{name}: right")),
            Err(error) => {
                out::line(format_args!("{name}: {error}"));
                exit = Exit::Failed;
            }
        }
    }
    exit
}
