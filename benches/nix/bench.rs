//! The two sides, on one store.

use crate::figure::{Figure, Turn};
use nixvox::catalogue;
use nixvox::dialogue::plan;
use nixvox::domain::{CatalogueEntry, Command, Fault, Intent, Outcome};
use nixvox::engine::World;
use nixvox::nix::nar::Node;
use nixvox::nix::{Daemon, View};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Turns of each side.
const TURNS: usize = 30;
/// How many paths depend on each other in a row.
const CHAIN: usize = 300;

pub(crate) struct Bench {
    pub(crate) world: World,
    /// The store, as something other than commands reads it.
    pub(crate) view: View,
    /// The last of a long chain of paths, each of which refers to the one before and to one library.
    pub(crate) chain: String,
    pub(crate) root: PathBuf,
    /// What is searched, and what to call it.
    pub(crate) listed: Vec<CatalogueEntry>,
    pub(crate) list_name: String,
}

impl Bench {
    pub(crate) fn open(dir: &Path) -> anyhow::Result<Self> {
        let world = World::practice(Some(dir.to_owned()))?;
        let root = dir.canonicalize()?;
        let chain = chain(&mut Daemon::connect(&world.paths().socket)?)?;
        let (listed, list_name) = crate::catalogue::listed(&root)?;
        let (ours, for_processes) =
            (root.join("catalogue"), root.join("cache-home/nixvox/catalogue"));
        catalogue::write(&ours, listed.clone())?;
        catalogue::write(&for_processes, listed.clone())?;
        Ok(Self {
            view: View::new(world.paths(), world.cancel()),
            world,
            chain,
            root,
            listed,
            list_name,
        })
    }

    /// Let both sides take turns.
    pub(crate) fn compare(
        &mut self,
        op: impl Into<String>,
        turn: impl FnMut(&mut Self) -> anyhow::Result<Turn>,
    ) -> anyhow::Result<Figure> {
        self.compare_times(TURNS, op, turn)
    }

    /// [`Self::compare`], for what takes long.
    pub(crate) fn compare_times(
        &mut self,
        turns: usize,
        op: impl Into<String>,
        mut turn: impl FnMut(&mut Self) -> anyhow::Result<Turn>,
    ) -> anyhow::Result<Figure> {
        turn(self)?; // warms both sides up
        let turns = (0..turns).map(|_| turn(self)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Figure::of(op, &turns))
    }

    /// What we make of a command, and in how many ms.
    pub(crate) fn ours(&mut self, command: &Command) -> anyhow::Result<(Outcome, f64)> {
        let started = Instant::now();
        let snapshot = self.world.snapshot_for(command).map_err(|fault| told(&fault))?;
        let plan = plan(command, &snapshot, &jiff::Zoned::now()).map_err(|fault| told(&fault))?;
        let outcomes = self.world.carry_out(&plan).map_err(|fault| told(&fault))?;
        let ms = milliseconds(started);
        let outcome = outcomes.into_iter().next();
        outcome.map(|outcome| (outcome, ms)).ok_or_else(|| anyhow::anyhow!("no outcome"))
    }

    /// How many ms a process of ours takes over a command in words.
    pub(crate) fn process(&self, text: &str) -> anyhow::Result<f64> {
        self.process_on(self.profile(), text)
    }

    /// [`Self::process`] on another profile.
    pub(crate) fn process_on(&self, profile: &Path, text: &str) -> anyhow::Result<f64> {
        let mut command = self.command(env!("CARGO_BIN_EXE_nixvox"));
        let command = command
            .arg("--profile")
            .arg(profile)
            .args(["do", text])
            .env("XDG_CACHE_HOME", self.root.join("cache-home"))
            .env("XDG_STATE_HOME", self.root.join("state-home"))
            .env("XDG_CONFIG_HOME", self.root.join("config-home"));
        Ok(run(command)?.1)
    }

    pub(crate) fn profile(&self) -> &Path {
        &self.world.paths().user_profile
    }

    /// The link of a generation of the user's.
    pub(crate) fn generation(&self, number: u64) -> PathBuf {
        self.profile().with_file_name(format!("profile-{number}-link"))
    }

    pub(crate) fn nix_env(&self, arguments: &[&str]) -> anyhow::Result<(String, f64)> {
        let profile = self.profile().to_string_lossy();
        self.cli("nix-env", &[&["-p", &profile], arguments].concat())
    }

    /// One of the newer commands.
    pub(crate) fn nix(&self, arguments: &[&str]) -> anyhow::Result<(String, f64)> {
        let features: &[&str] = &["--extra-experimental-features", "nix-command"];
        self.cli("nix", &[features, arguments].concat())
    }

    /// What a program of Nix's prints, and in how many ms it is done.
    pub(crate) fn cli(&self, program: &str, arguments: &[&str]) -> anyhow::Result<(String, f64)> {
        run(self.command(program).args(arguments))
    }

    fn command(&self, program: &str) -> std::process::Command {
        let paths = self.world.paths();
        let mut command = std::process::Command::new(program);
        command
            .env("HOME", self.root.join("home"))
            .env("NIX_STORE_DIR", &paths.store_dir)
            .env("NIX_STATE_DIR", &paths.state_dir)
            .env("NIX_LOG_DIR", self.root.join("log"))
            .env("NIX_CONF_DIR", self.root.join("etc"))
            .env("NIX_DAEMON_SOCKET_PATH", &paths.socket)
            .env("NIX_REMOTE", "daemon");
        command
    }
}

fn run(command: &mut std::process::Command) -> anyhow::Result<(String, f64)> {
    let started = Instant::now();
    let output = command.output()?;
    let ms = milliseconds(started);
    let errors = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{command:?}: {errors}");
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), ms))
}

fn chain(daemon: &mut Daemon<std::os::unix::net::UnixStream>) -> anyhow::Result<String> {
    let nar = Node::File { contents: b"a link of a chain\n".into(), executable: false }.to_nar();
    let library = daemon.add_to_store_nar("library-1.0", &[], &nar)?;
    let mut last = library.clone();
    for number in 1..=CHAIN {
        let references = [last, library.clone()];
        last = daemon.add_to_store_nar(&format!("chain{number}-1.0"), &references, &nar)?;
    }
    Ok(last)
}

/// A command with one slot.
pub(crate) fn command(intent: Intent, slot: &str, value: &str) -> Command {
    let mut command = Command::bare(intent);
    command.slots.insert(slot.to_owned(), value.to_owned());
    command
}

pub(crate) fn told(fault: &Fault) -> anyhow::Error {
    anyhow::anyhow!("{}", fault.code())
}

pub(crate) fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

pub(crate) fn unexpected<T>() -> anyhow::Result<T> {
    Err(anyhow::anyhow!("an outcome of another kind"))
}
