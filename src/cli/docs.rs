//! `nixvox docs`: manual pages and completions, made from the arguments as they are.

use super::Exit;
use super::args::{Arguments, Docs};
use anyhow::Context;
use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use std::fs;

pub(super) fn run(docs: &Docs) -> anyhow::Result<Exit> {
    let (man, completions) = (docs.dir.join("man/man1"), docs.dir.join("completions"));
    for dir in [&man, &completions] {
        fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    }
    clap_mangen::generate_to(Arguments::command(), &man)
        .with_context(|| format!("cannot write the manual into {}", man.display()))?;
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut Arguments::command(), "nixvox", &completions)
            .with_context(|| format!("cannot write completions into {}", completions.display()))?;
    }
    Ok(Exit::Done)
}
