//! From what the user names to the files to open: a model of the manifest, or a file of their own.

use super::error::Error;
use super::manifest::Kind;
use super::{Models, cache, ggml};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The two files of a Piper voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceFiles {
    /// The network.
    pub onnx: PathBuf,
    /// Its configuration, `X.onnx.json` beside `X.onnx`.
    pub config: PathBuf,
}

impl Models {
    /// The ggml file of a Whisper model: one of the manifest by name, or any by path (what has a `/`
    /// or ends in `.bin`), whose magic number is checked.
    pub fn whisper(&self, name_or_path: &str) -> Result<PathBuf, Error> {
        if !is_path(name_or_path, ".bin") {
            return self.cached(name_or_path, Kind::Whisper);
        }
        let path = PathBuf::from(name_or_path);
        if ggml::is_ggml(&path).map_err(Error::at(&path))? {
            Ok(path)
        } else {
            Err(Error::NotGgml { path })
        }
    }

    /// The files of a Piper voice: one of the manifest by name, or any by the path of its `.onnx`
    /// (what has a `/` or ends in `.onnx`).
    pub fn voice(&self, name_or_path: &str) -> Result<VoiceFiles, Error> {
        let onnx = if is_path(name_or_path, ".onnx") {
            existing(Path::new(name_or_path))?
        } else {
            self.cached(name_or_path, Kind::Voice)?
        };
        let mut config = OsString::from(&onnx);
        config.push(".json");
        let config = PathBuf::from(config);
        if config.is_file() {
            Ok(VoiceFiles { onnx, config })
        } else {
            let voice = onnx;
            Err(Error::NoVoiceConfig { voice, config })
        }
    }

    /// The ONNX Runtime library: `$ORT_DYLIB_PATH` where set, else the fetched one. A bare file name
    /// in the variable is refused: the dynamic linker might find another file for it than is checked.
    pub fn onnxruntime(&self) -> Result<PathBuf, Error> {
        self.library(std::env::var_os("ORT_DYLIB_PATH"))
    }

    fn library(&self, own: Option<OsString>) -> Result<PathBuf, Error> {
        match own.filter(|path| !path.is_empty()).map(PathBuf::from) {
            None => self.cached("onnxruntime", Kind::Library),
            Some(name) if name.components().count() == 1 => Err(Error::BareLibrary { name }),
            Some(path) => existing(&path),
        }
    }

    fn cached(&self, name: &str, kind: Kind) -> Result<PathBuf, Error> {
        cache::path(&self.dir, self.find(name, Some(kind))?)
    }
}

fn is_path(text: &str, ending: &str) -> bool {
    text.contains('/') || text.ends_with(ending)
}

fn existing(path: &Path) -> Result<PathBuf, Error> {
    path.metadata().map_err(Error::at(path))?;
    Ok(path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn models() -> (tempfile::TempDir, Models) {
        let dir = tempfile::tempdir().unwrap();
        let models = Models::open(Some(dir.path().to_path_buf())).unwrap();
        (dir, models)
    }

    fn put(dir: &tempfile::TempDir, name: &str, content: &[u8]) -> String {
        let path = dir.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_model_that_is_not_here_says_how_to_get_it() {
        let (_dir, models) = models();
        let error = models.whisper("tiny.en").unwrap_err().to_string();
        assert!(error.contains("`nixvox models fetch tiny.en`"), "{error}");
        assert!(matches!(models.library(None), Err(Error::NotFetched { .. })));
    }

    #[test]
    fn a_cut_file_is_not_used() {
        let (dir, models) = models();
        put(&dir, "ggml-tiny.en-q8_0.bin", b"lmgg");
        let error = models.whisper("tiny.en").unwrap_err();
        assert!(matches!(error, Error::WrongSize { .. }), "{error}");
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones_of_its_kind() {
        let (_dir, models) = models();
        let error = models.whisper("en_US-joe-medium").unwrap_err().to_string();
        assert!(error.contains("no whisper model 'en_US-joe-medium'"), "{error}");
        assert!(error.ends_with("tiny.en, tiny.en-nix, base"), "{error}");
    }

    #[test]
    fn a_file_of_the_users_own_needs_the_magic_number() {
        let (dir, models) = models();
        let own = put(&dir, "ggml-own.bin", b"lmgg and so on");
        assert_eq!(models.whisper(&own).unwrap(), Path::new(&own));
        for content in [&b"GGUF"[..], b"lm", b""] {
            let other = put(&dir, "other.bin", content);
            assert!(matches!(models.whisper(&other), Err(Error::NotGgml { .. })));
        }
        assert!(matches!(models.whisper("./none.bin"), Err(Error::Io { .. })));
    }

    #[test]
    fn a_voice_of_the_users_own_needs_its_configuration() {
        let (dir, models) = models();
        let onnx = put(&dir, "mine.onnx", b"");
        let error = models.voice(&onnx).unwrap_err().to_string();
        assert!(error.contains("mine.onnx.json does not exist"), "{error}");
        let config = put(&dir, "mine.onnx.json", b"{}");
        let voice = models.voice(&onnx).unwrap();
        assert_eq!((voice.onnx, voice.config), (onnx.into(), config.into()));
    }

    #[test]
    fn the_users_library_wins_but_must_exist() {
        let (dir, models) = models();
        let own = put(&dir, "libonnxruntime.so.1", b"");
        assert_eq!(models.library(Some(own.clone().into())).unwrap(), Path::new(&own));
        let bare = models.library(Some("libonnxruntime.so".into()));
        assert!(matches!(bare, Err(Error::BareLibrary { .. })), "{bare:?}");
        assert!(models.library(Some("/none/libonnxruntime.so".into())).is_err());
        assert!(matches!(models.library(Some("".into())), Err(Error::NotFetched { .. })));
    }
}
