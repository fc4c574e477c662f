//! Profiles and their generations.

use crate::bench::{Bench, command, milliseconds, told, unexpected};
use crate::figure::{Figure, Turn};
use nixvox::dialogue::plan;
use nixvox::domain::{Command, Intent, Outcome, Scope, Snapshot, Step};
use nixvox::nix::{NixPaths, Profile};
use std::fs;
use std::os::unix::fs::symlink;
use std::time::Instant;

/// The generation that is current between turns, and the newest.
const CURRENT: u64 = 5;
/// How many generations a long history has.
const MANY: u64 = 500;

pub(crate) fn list(bench: &mut Bench) -> anyhow::Result<Figure> {
    bench.compare("generation.list", |bench| {
        let (told, cli_ms) = bench.nix_env(&["--list-generations"])?;
        let theirs: Vec<u64> = told.lines().filter_map(first_number).collect();
        let (outcome, ours_ms) = bench.ours(&Command::bare(Intent::GenerationList))?;
        let Outcome::Generations { generations, .. } = outcome else { return unexpected() };
        let ours: Vec<u64> = generations.iter().rev().map(|g| g.number).collect();
        let cold_ms = bench.process("list my generations")?;
        let same = !ours.is_empty() && ours == theirs;
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

/// A long history, read as the planner needs it.
pub(crate) fn list_many(bench: &mut Bench) -> anyhow::Result<Figure> {
    let link = bench.profile().with_file_name("many");
    let target = fs::read_link(bench.generation(CURRENT))?;
    for number in 1..=MANY {
        symlink(&target, link.with_file_name(format!("many-{number}-link")))?;
    }
    symlink(format!("many-{MANY}-link"), &link)?;
    let paths = NixPaths { user_profile: link.clone(), ..bench.world.paths().clone() };
    let figure = bench.compare(format!("generation.list, {MANY} of them"), |bench| {
        let arguments = ["-p", &link.to_string_lossy(), "--list-generations"];
        let (told, cli_ms) = bench.cli("nix-env", &arguments)?;
        let theirs: Vec<u64> = told.lines().filter_map(first_number).collect();
        let started = Instant::now();
        let state = Profile::new(&paths, Scope::User)?.state()?;
        let ours_ms = milliseconds(started);
        let cold_ms = bench.process_on(&link, "list my generations")?;
        let ours: Vec<u64> = state.generations.iter().map(|g| g.number).collect();
        let same = ours.len() as u64 == MANY && ours == theirs;
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    });
    for number in 1..=MANY {
        fs::remove_file(link.with_file_name(format!("many-{number}-link")))?;
    }
    fs::remove_file(&link)?;
    figure
}

/// Nix has no command for it but the whole list.
pub(crate) fn current(bench: &mut Bench) -> anyhow::Result<Figure> {
    bench.compare("generation.current", |bench| {
        let (told, cli_ms) = bench.nix_env(&["--list-generations"])?;
        let theirs = told.lines().find(|line| line.contains("(current)")).and_then(first_number);
        let (outcome, ours_ms) = bench.ours(&Command::bare(Intent::GenerationCurrent))?;
        let Outcome::Current { generation, .. } = outcome else { return unexpected() };
        let cold_ms = bench.process("which generation am I on")?;
        let same = Some(generation.number) == theirs;
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

pub(crate) fn switch(bench: &mut Bench) -> anyhow::Result<Figure> {
    let three = command(Intent::GenerationSwitch, "generation", "3");
    moved(
        bench,
        "generation.switch",
        &["--switch-generation", "3"],
        &three,
        "switch to generation 3",
    )
}

/// The same as a user gets it: journalled, so that it can be undone, and with what it changed.
pub(crate) fn rollback_told(bench: &mut Bench) -> anyhow::Result<Figure> {
    let back = Command::bare(Intent::GenerationRollback);
    let op = "generation.rollback, journalled and compared";
    moved(bench, op, &["--rollback"], &back, "roll back")
}

/// What nix-env does: read the generations, choose, lock, read again, switch.
pub(crate) fn rollback(bench: &mut Bench) -> anyhow::Result<Figure> {
    bench.compare("generation.rollback", |bench| {
        let profile = Profile::new(bench.world.paths(), Scope::User)?;
        let (_, cli_ms) = bench.nix_env(&["--rollback"])?;
        let theirs = fs::read_link(bench.profile())?;
        bench.reset()?;
        let started = Instant::now();
        let snapshot = Snapshot { user: Some(profile.state()?), ..Snapshot::default() };
        let command = Command::bare(Intent::GenerationRollback);
        let plan = plan(&command, &snapshot, &jiff::Zoned::now()).map_err(|fault| told(&fault))?;
        let [Step::Switch(change)] = &plan.steps[..] else { return unexpected() };
        profile.switch(change)?;
        let ours_ms = milliseconds(started);
        let mut same = fs::read_link(bench.profile())? == theirs;
        bench.reset()?;
        let cold_ms = bench.process("roll back")?;
        same &= fs::read_link(bench.profile())? == theirs;
        bench.reset()?;
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

/// A move to another generation by nix-env and by us, from [`CURRENT`] each time.
fn moved(
    bench: &mut Bench,
    op: &str,
    arguments: &[&str],
    ours: &Command,
    words: &str,
) -> anyhow::Result<Figure> {
    bench.compare(op, |bench| {
        let (_, cli_ms) = bench.nix_env(arguments)?;
        let theirs = fs::read_link(bench.profile())?;
        bench.reset()?;
        let (_, ours_ms) = bench.ours(ours)?;
        let mut same = fs::read_link(bench.profile())? == theirs;
        bench.reset()?;
        let cold_ms = bench.process(words)?;
        same &= fs::read_link(bench.profile())? == theirs;
        bench.reset()?;
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

pub(crate) fn diff(bench: &mut Bench) -> anyhow::Result<Figure> {
    bench.compare("generation.diff", |bench| {
        let [before, after] = [4, CURRENT].map(|number| bench.generation(number));
        let links = [before.to_string_lossy(), after.to_string_lossy()];
        let (told, cli_ms) = bench.nix(&["store", "diff-closures", &links[0], &links[1]])?;
        let (outcome, ours_ms) = bench.ours(&Command::bare(Intent::GenerationDiff))?;
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
        let cold_ms = bench.process("what changed")?;
        let same = !ours.is_empty() && ours == theirs;
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

/// A package that the store holds already.
pub(crate) fn install(bench: &mut Bench) -> anyhow::Result<Figure> {
    let entry = bench.listed.iter().find(|entry| entry.attribute == "jq");
    let path = entry.and_then(|entry| entry.paths_to_install().pop());
    let path = path.ok_or_else(|| anyhow::anyhow!("jq is not in the catalogue"))?;
    bench.cli("nix-store", &["--realise", &path])?;
    let install = command(Intent::PackageInstall, "package", "jq");
    bench.compare("package.install, present in the store", |bench| {
        let profile = bench.profile().to_string_lossy().into_owned();
        let (_, cli_ms) = bench.nix(&["profile", "install", "--profile", &profile, &path])?;
        let theirs = bench.installed()?;
        let (_, ours_ms) = bench.ours(&install)?;
        let mut same = bench.installed()? == theirs;
        let cold_ms = bench.process("install jq")?;
        same &= bench.installed()? == theirs;
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

impl Bench {
    /// Make [`CURRENT`] current again.
    fn reset(&self) -> anyhow::Result<()> {
        let link = self.profile();
        fs::remove_file(link)?;
        symlink(format!("profile-{CURRENT}-link"), link)?;
        Ok(())
    }

    /// What the generation after [`CURRENT`] holds, which is then taken back.
    fn installed(&self) -> anyhow::Result<std::path::PathBuf> {
        let made = self.generation(CURRENT + 1);
        let target = fs::read_link(&made)?;
        fs::remove_file(made)?;
        self.reset()?;
        Ok(target)
    }
}

fn first_number(line: &str) -> Option<u64> {
    line.split_whitespace().next()?.parse().ok()
}
