//! `nixvox catalogue build`: the package catalogue, from the lists that there are.

use super::args::{Arguments, Catalogue, CatalogueAction};
use super::{Exit, out};
use crate::catalogue::{self, Catalogue as Built, Places};
use crate::engine::catalogue_file;
use crate::nix::NixPaths;
use std::path::PathBuf;

pub(super) fn run(arguments: &Arguments, catalogue: &Catalogue) -> anyhow::Result<Exit> {
    let CatalogueAction::Build { lists, out } = &catalogue.action;
    anyhow::ensure!(
        !arguments.practice,
        "the practice store brings its own catalogue: leave --practice out"
    );
    let mut entries = Vec::new();
    if lists.is_empty() {
        for list in found()? {
            match catalogue::read_source(&list) {
                Ok(more) => {
                    out::line(format_args!("{} entries of {}", more.len(), list.display()));
                    entries.extend(more);
                }
                // what others tell is as good without it
                Err(error) => eprintln!("nixvox: left out: {error}"),
            }
        }
        anyhow::ensure!(!entries.is_empty(), "none of the lists that were found can be used");
    }
    for list in lists {
        entries.extend(catalogue::read_source(list)?);
    }
    let path = match out {
        Some(path) => path.clone(),
        None => catalogue_file()?,
    };
    catalogue::write(&path, entries)?;
    let packages = Built::open(&path)?.len();
    out::line(format_args!("{packages} packages in {}", path.display()));
    Ok(Exit::Done)
}

/// The lists of this machine.
fn found() -> anyhow::Result<Vec<PathBuf>> {
    let places = Places::of_this_machine(&NixPaths::from_env(None)?.state_dir);
    let lists = places.lists();
    let looked: Vec<String> = places
        .indexes
        .iter()
        .map(|dir| dir.join("files"))
        .chain(places.channels.iter().map(|dir| dir.join("*")))
        .map(|place| format!("\n  {}", place.display()))
        .collect();
    anyhow::ensure!(
        !lists.is_empty(),
        "this machine has no list of packages: neither a nix-index database nor a channel with \
         packages.json or programs.sqlite. Run nix-index, or name a list. Looked at:{}",
        looked.concat()
    );
    Ok(lists)
}
