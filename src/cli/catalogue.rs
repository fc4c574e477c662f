//! `nixvox catalogue`: the package catalogue, built from lists of packages.

use super::Exit;
use super::args::Catalogue;
use crate::catalogue::{self, Catalogue as Built};
use crate::engine::catalogue_file;

pub(super) fn run(arguments: &Catalogue) -> anyhow::Result<Exit> {
    let mut entries = Vec::new();
    for list in &arguments.lists {
        entries.extend(catalogue::read_source(list)?);
    }
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => catalogue_file()?,
    };
    catalogue::write(&path, entries)?;
    println!("{} packages in {}", Built::open(&path)?.len(), path.display());
    Ok(Exit::Done)
}
