//! The user's configuration file, `$XDG_CONFIG_HOME/nixvox/config.toml`.

use crate::domain::EvaluatorKind;
use crate::hotkey;
use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};

/// A validated configuration; every key has a default, so that no file is needed.
///
/// ```
/// let config: nixvox::config::Config = nixvox::config::Config::parse(
///     "config.toml".as_ref(),
///     r#"
///     language = "en"
///     model = "base"              # a name of `nixvox models list`, or a ggml file's path
///     voice = "en_US-joe-medium"  # the same, or a Piper voice's .onnx file
///     threads = 2                 # for recognition
///     speed = 1.2                 # of speech; 1 is the voice's own
///     volume = 80                 # of speech, in percent
///     speech = "piper"            # what speaks; or "speech-dispatcher", with its own speed and volume
///     input = "Headset"           # a device of `nixvox doctor`
///     output = "Headphones"       # the same
///     configuration = "/etc/nixos"  # what commands about the configuration are about
///     evaluator = "library"       # Nix's own, in process; or "command", which is nix-instantiate
///     phrase = "computer"         # what a hands-free command opens with; "" for nothing
///     hotkey = "ctrl+alt+space"   # begins and ends a command in `nixvox serve`; or "none"
///     hotkey_mode = "hold"        # speak while it is held; or "toggle"
///     notifications = true        # answers of `nixvox serve` are shown by the desktop too
///     "#,
/// )?;
/// assert_eq!(config.model, "base");
/// # Ok::<(), nixvox::config::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The language of grammars and replies.
    pub language: String,
    /// Whisper model: a manifest's name, or a path.
    pub model: String,
    /// Piper voice: a manifest's name, or a path.
    pub voice: String,
    /// Threads for recognition, 1–64.
    pub threads: usize,
    /// Speed of speech as a factor, 0.5–3.
    pub speed: f32,
    /// Volume of speech in percent, 0–100.
    pub volume: u8,
    /// What speaks answers.
    pub speech: Speech,
    /// Input device's name; the default device where absent.
    pub input: Option<String>,
    /// Output device's name; the default device where absent.
    pub output: Option<String>,
    /// The NixOS configuration, a file or a directory; where NixOS keeps it where absent.
    pub configuration: Option<PathBuf>,
    /// What evaluates the NixOS configuration.
    pub evaluator: EvaluatorKind,
    /// The words that a hands-free command opens with; none are needed where it is empty.
    pub phrase: String,
    /// The companion's key, of the whole session.
    pub hotkey: hotkey::Choice,
    /// How that key is used.
    pub hotkey_mode: HotkeyMode,
    /// Whether the companion's answers are shown as desktop notifications.
    pub notifications: bool,
}

/// What speaks answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speech {
    /// The voice.
    #[default]
    Piper,
    /// speech-dispatcher, as a screen reader does; the voice where that cannot be reached.
    SpeechDispatcher,
}

/// How the companion's key is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HotkeyMode {
    /// A command is spoken while it is held.
    #[default]
    Hold,
    /// It begins a command, and ends it the next time.
    Toggle,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            language: "en".to_owned(),
            model: "tiny.en-nix".to_owned(),
            voice: "en_US-joe-medium".to_owned(),
            threads: std::thread::available_parallelism().map_or(1, |cores| cores.get().min(2)),
            speed: 1.0,
            volume: 80,
            speech: Speech::default(),
            input: None,
            output: None,
            configuration: None,
            evaluator: EvaluatorKind::Library,
            phrase: "computer".to_owned(),
            hotkey: hotkey::Choice::default(),
            hotkey_mode: HotkeyMode::default(),
            notifications: false,
        }
    }
}

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no TOML, or holds what no key allows; the message places it.
    #[error("in the configuration {}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        message: String,
    },
    /// A value is out of its range.
    #[error("in the configuration {}: `{key}` is {value}, but must be {range}", path.display())]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        range: &'static str,
    },
}

impl Config {
    /// The user's configuration directory for nixvox.
    pub fn dir() -> PathBuf {
        dirs::config_dir().unwrap_or_else(|| PathBuf::from("/etc")).join("nixvox")
    }

    /// Read `path`, or where none is given the user's file, which need not exist.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let own = Self::dir().join("config.toml");
        let file = path.unwrap_or(&own);
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parse(file, &text),
            Err(error) if path.is_none() && error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(source) => Err(ConfigError::Unreadable { path: file.to_owned(), source }),
        }
    }

    /// Read `text`, which is `path`'s.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::Malformed {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        let out_of_range = |key, value: String, range| {
            Err(ConfigError::OutOfRange { path: path.to_owned(), key, value, range })
        };
        if !(1..=64).contains(&config.threads) {
            return out_of_range("threads", config.threads.to_string(), "from 1 to 64");
        }
        if !(0.5..=3.0).contains(&config.speed) {
            return out_of_range("speed", config.speed.to_string(), "from 0.5 to 3");
        }
        if config.volume > 100 {
            return out_of_range("volume", config.volume.to_string(), "from 0 to 100");
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::parse("config.toml".as_ref(), text).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_are_named_and_placed() {
        assert!(error("a = 1").contains("unknown field `a`"));
        assert!(error("threads = 2\nspeed = \"fast\"").contains("line 2, column 9"));
        assert!(error("threads = 0").contains("`threads` is 0, but must be from 1 to 64"));
        assert!(error("speed = nan").contains("must be from 0.5 to 3"));
        let key = error("hotkey = \"shift+a\"");
        assert!(key.contains("line 1, column 10") && key.contains("would be missed"), "{key}");
        assert!(error("hotkey_mode = \"push\"").contains("`hold` or `toggle`"));
    }

    #[test]
    fn an_absent_file_is_an_error_only_where_it_was_named() {
        assert!(Config::load(Some("/nowhere/config.toml".as_ref())).is_err());
        assert_eq!(Config::parse("x".as_ref(), "").unwrap(), Config::default());
    }
}
