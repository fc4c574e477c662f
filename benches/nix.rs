//! Operations in process against Nix's own command line, on one practice store, in one run.
//!
//! `scripts/bench nix [--json]`. The two sides take turns, and after each turn their results are
//! compared. Ours are timed as the program does them: read, planned, journalled and done.

use nixvox::dialogue::plan;
use nixvox::domain::{Command, Fault, Intent, Outcome, Scope, Snapshot, Step};
use nixvox::engine::World;
use nixvox::nix::Profile;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Turns of each side.
const TURNS: usize = 30;

/// One operation's figures; times are medians in ms.
#[derive(Serialize)]
struct Figure {
    op: &'static str,
    cli_ms: f64,
    ours_ms: f64,
    ratio: f64,
    same_result: bool,
}

fn main() -> anyhow::Result<()> {
    let json = std::env::args().any(|argument| argument == "--json");
    let dir = tempfile::tempdir()?;
    let mut bench = Bench::open(dir.path())?;
    let figures = [bench.list()?, bench.rollback()?, bench.rollback_told()?, bench.diff()?];
    for figure in &figures {
        if json {
            println!("{}", serde_json::to_string(figure)?);
        } else {
            let Figure { op, cli_ms, ours_ms, ratio, same_result } = figure;
            let same = if *same_result { "same result" } else { "OTHER RESULT" };
            println!("{op:<44} {cli_ms:>8.2} ms  {ours_ms:>8.3} ms  {ratio:>6.0}×  {same}");
        }
    }
    anyhow::ensure!(figures.iter().all(|figure| figure.same_result), "a result differs");
    Ok(())
}

struct Bench {
    world: World,
    root: PathBuf,
}

impl Bench {
    fn open(dir: &Path) -> anyhow::Result<Self> {
        let world = World::practice(Some(dir.to_owned()))?;
        Ok(Self { world, root: dir.canonicalize()? })
    }

    fn list(&mut self) -> anyhow::Result<Figure> {
        compare("generation.list", self, |bench| {
            let (told, cli_ms) = bench.nix_env(&["--list-generations"])?;
            let theirs: Vec<u64> = told.lines().filter_map(first_number).collect();
            let (outcome, ours_ms) = bench.ours(Intent::GenerationList)?;
            let Outcome::Generations { generations, .. } = outcome else { return unexpected() };
            let ours: Vec<u64> = generations.iter().rev().map(|g| g.number).collect();
            Ok((cli_ms, ours_ms, !ours.is_empty() && ours == theirs))
        })
    }

    /// What nix-env does: read the generations, choose, lock, read again, switch.
    fn rollback(&mut self) -> anyhow::Result<Figure> {
        compare("generation.rollback", self, |bench| {
            let profile = Profile::new(bench.world.paths(), Scope::User)?;
            bench.rolled_back(|_| {
                let started = Instant::now();
                let user = Some(profile.state()?);
                let snapshot = Snapshot { user, ..Snapshot::default() };
                let command = Command::bare(Intent::GenerationRollback);
                let plan =
                    plan(&command, &snapshot, &jiff::Zoned::now()).map_err(|fault| told(&fault))?;
                let [Step::Switch(change)] = &plan.steps[..] else { return unexpected() };
                profile.switch(change)?;
                Ok(milliseconds(started))
            })
        })
    }

    /// The same as a user gets it: journalled, so that it can be undone, and with what it changed.
    fn rollback_told(&mut self) -> anyhow::Result<Figure> {
        compare("generation.rollback, journalled and compared", self, |bench| {
            bench.rolled_back(|bench| Ok(bench.ours(Intent::GenerationRollback)?.1))
        })
    }

    /// A rollback by nix-env, then by `ours`, which tells its ms; from generation 5 both times.
    fn rolled_back(
        &mut self,
        ours: impl Fn(&mut Self) -> anyhow::Result<f64>,
    ) -> anyhow::Result<(f64, f64, bool)> {
        let (_, cli_ms) = self.nix_env(&["--rollback"])?;
        let theirs = std::fs::read_link(self.profile())?;
        self.nix_env(&["--switch-generation", "5"])?;
        let ours_ms = ours(self)?;
        let same = std::fs::read_link(self.profile())? == theirs;
        self.nix_env(&["--switch-generation", "5"])?;
        Ok((cli_ms, ours_ms, same))
    }

    fn diff(&mut self) -> anyhow::Result<Figure> {
        compare("generation.diff", self, |bench| {
            let link = |number| format!("{}-{number}-link", bench.profile().display());
            let (told, cli_ms) = bench.run(
                "nix",
                &[
                    "--extra-experimental-features",
                    "nix-command",
                    "store",
                    "diff-closures",
                    &link(4),
                    &link(5),
                ],
            )?;
            let (outcome, ours_ms) = bench.ours(Intent::GenerationDiff)?;
            let Outcome::Diff { diff, .. } = outcome else { return unexpected() };
            let mut ours: Vec<String> = diff
                .added
                .iter()
                .chain(&diff.removed)
                .map(|package| package.name.clone())
                .chain(diff.changed.iter().map(|change| change.name.clone()))
                .collect();
            ours.sort();
            let name = |line: &str| Some(line.split_once(": ")?.0.to_owned());
            // the profile itself is no package
            let mut theirs: Vec<String> =
                told.lines().filter_map(name).filter(|name| name != "profile").collect();
            theirs.sort();
            Ok((cli_ms, ours_ms, !ours.is_empty() && ours == theirs))
        })
    }

    /// What we make of `intent`, and in how many ms.
    fn ours(&mut self, intent: Intent) -> anyhow::Result<(Outcome, f64)> {
        let started = Instant::now();
        let snapshot = self.world.snapshot().map_err(|fault| told(&fault))?;
        let plan = plan(&Command::bare(intent), &snapshot, &jiff::Zoned::now())
            .map_err(|fault| told(&fault))?;
        let outcomes = self.world.carry_out(&plan).map_err(|fault| told(&fault))?;
        let ms = milliseconds(started);
        let outcome = outcomes.into_iter().next();
        outcome.map(|outcome| (outcome, ms)).ok_or_else(|| anyhow::anyhow!("no outcome"))
    }

    fn profile(&self) -> &Path {
        &self.world.paths().user_profile
    }

    fn nix_env(&self, arguments: &[&str]) -> anyhow::Result<(String, f64)> {
        let profile = self.profile().to_string_lossy();
        self.run("nix-env", &[&["-p", &profile], arguments].concat())
    }

    /// What a program of Nix's prints, and in how many ms it is done.
    fn run(&self, program: &str, arguments: &[&str]) -> anyhow::Result<(String, f64)> {
        let paths = self.world.paths();
        let mut command = std::process::Command::new(program);
        command
            .args(arguments)
            .env("NIX_STORE_DIR", &paths.store_dir)
            .env("NIX_STATE_DIR", &paths.state_dir)
            .env("NIX_LOG_DIR", self.root.join("log"))
            .env("NIX_CONF_DIR", self.root.join("etc"))
            .env("NIX_DAEMON_SOCKET_PATH", &paths.socket)
            .env("NIX_REMOTE", "daemon");
        let started = Instant::now();
        let output = command.output()?;
        let ms = milliseconds(started);
        let errors = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{program}: {errors}");
        Ok((String::from_utf8_lossy(&output.stdout).into_owned(), ms))
    }
}

/// Let both sides take turns; each turn gives their times and whether the results are the same.
fn compare(
    op: &'static str,
    bench: &mut Bench,
    turn: impl Fn(&mut Bench) -> anyhow::Result<(f64, f64, bool)>,
) -> anyhow::Result<Figure> {
    turn(bench)?; // warms both sides up
    let turns = (0..TURNS).map(|_| turn(bench)).collect::<anyhow::Result<Vec<_>>>()?;
    let cli_ms = median(turns.iter().map(|turn| turn.0).collect());
    let ours_ms = median(turns.iter().map(|turn| turn.1).collect());
    let same_result = turns.iter().all(|turn| turn.2);
    Ok(Figure { op, cli_ms, ours_ms, ratio: cli_ms / ours_ms, same_result })
}

fn told(fault: &Fault) -> anyhow::Error {
    anyhow::anyhow!("{}", fault.code())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn first_number(line: &str) -> Option<u64> {
    line.split_whitespace().next()?.parse().ok()
}

fn unexpected<T>() -> anyhow::Result<T> {
    Err(anyhow::anyhow!("an outcome of another kind"))
}
