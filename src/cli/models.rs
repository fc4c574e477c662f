//! `nixvox models`: list, fetch, merge, verify.

use super::Exit;
use super::args::ModelsAction;
use crate::models::{Models, Progress};

pub(super) fn run(action: &ModelsAction) -> anyhow::Result<Exit> {
    let models = Models::open(None)?;
    match action {
        ModelsAction::List { json } => list(&models, *json),
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

fn list(models: &Models, json: bool) -> anyhow::Result<Exit> {
    for model in models.list() {
        if json {
            println!("{}", serde_json::to_string(&model)?);
        } else {
            let megabytes = model.bytes as f64 / 1e6;
            println!(
                "{:<18} {:<8} {:<10} {megabytes:>6.1} MB  {}",
                model.name, model.kind, model.state, model.description
            );
        }
    }
    Ok(Exit::Done)
}

fn verify(models: &Models) -> Exit {
    let mut exit = Exit::Done;
    for (name, result) in models.verify() {
        match result {
            Ok(()) => println!("{name}: right"),
            Err(error) => {
                println!("{name}: {error}");
                exit = Exit::Failed;
            }
        }
    }
    exit
}
