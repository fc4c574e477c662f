//! What is asked of the store.

use crate::bench::{Bench, command, milliseconds, unexpected};
use crate::figure::{Figure, Turn};
use nixvox::domain::{Command, Intent, Outcome};
use nixvox::nix::{View, closure, name};
use nixvox::ports::Store;
use serde_json::Value;
use std::time::Instant;

/// Ask a view that was asked before, and one that has opened nothing: both answers, with their ms.
fn asked<T>(
    bench: &mut Bench,
    question: impl Fn(&mut View) -> Result<T, nixvox::nix::Error>,
) -> anyhow::Result<(T, f64, f64)> {
    let started = Instant::now();
    bench.view.refresh();
    let answer = question(&mut bench.view)?;
    let ours_ms = milliseconds(started);
    let started = Instant::now();
    question(&mut View::new(bench.world.paths(), bench.world.cancel()))?;
    Ok((answer, ours_ms, milliseconds(started)))
}

pub(crate) fn closure(bench: &mut Bench) -> anyhow::Result<Figure> {
    let root = bench.chain.clone();
    let op = "closure of 301 paths";
    bench.compare(op, |bench| {
        let (told, cli_ms) = bench.cli("nix-store", &["--query", "--requisites", &root])?;
        let mut theirs: Vec<&str> = told.lines().collect();
        theirs.sort_unstable();
        let (ours, ours_ms, cold_ms) = asked(bench, |view| closure::closure(view, &root))?;
        let ours = ours.unwrap_or_default();
        let same = ours.len() == 301 && ours.keys().eq(theirs);
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

pub(crate) fn path_info(bench: &mut Bench) -> anyhow::Result<Figure> {
    let root = bench.chain.clone();
    bench.compare("path info", |bench| {
        let (told, cli_ms) = bench.nix(&["path-info", "--json", &root])?;
        let theirs: Value = serde_json::from_str(&told)?;
        let (ours, ours_ms, cold_ms) = asked(bench, |view| view.path_info(&root))?;
        let same = ours.is_some_and(|ours| {
            theirs[0]["narSize"] == ours.nar_size
                && theirs[0]["references"] == Value::from(ours.references.clone())
        });
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

pub(crate) fn referrers(bench: &mut Bench) -> anyhow::Result<Figure> {
    let mut sizes = bench.view.sizes()?.into_iter().map(|(path, _)| path);
    let library = sizes.find(|path| name::store_name(path) == "library-1.0").unwrap_or_default();
    bench.compare("referrers, 300 of them", |bench| {
        let (told, cli_ms) = bench.cli("nix-store", &["--query", "--referrers", &library])?;
        let mut theirs: Vec<&str> = told.lines().collect();
        theirs.sort_unstable();
        let (ours, ours_ms, cold_ms) = asked(bench, |view| view.referrers(&library))?;
        let same = ours.len() == 300 && ours == theirs;
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

pub(crate) fn why(bench: &mut Bench) -> anyhow::Result<Figure> {
    let mut sizes = bench.view.sizes()?.into_iter().map(|(path, _)| path);
    let wanted = sizes.find(|path| name::package(path).name == "libgreet").unwrap_or_default();
    let ask = command(Intent::PackageWhy, "package", "libgreet");
    bench.compare("package.why", |bench| {
        let profile = bench.profile().to_string_lossy().into_owned();
        let (told, cli_ms) = bench.nix(&["why-depends", &profile, &wanted])?;
        let (outcome, ours_ms) = bench.ours(&ask)?;
        let Outcome::Why { chain, .. } = outcome else { return unexpected() };
        let cold_ms = bench.process("why is libgreet installed")?;
        // a line for each path, from the profile on
        let theirs = told.lines().filter(|line| line.contains(bench.store())).skip(1);
        let theirs: Vec<String> = theirs.map(|line| package_in(line, bench.store())).collect();
        let ours: Vec<&str> = chain.iter().map(|package| package.name.as_str()).collect();
        let same = ours.len() == 2 && ours == theirs;
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

/// The package of the store path in `line`.
fn package_in(line: &str, store: &str) -> String {
    let path = line.find(store).map_or("", |at| &line[at..]);
    let end = path.find(|char: char| char.is_whitespace() || char == '\u{1b}');
    name::package(&path[..end.unwrap_or(path.len())]).name
}

/// The command line needs two commands for it.
pub(crate) fn size(bench: &mut Bench) -> anyhow::Result<Figure> {
    bench.compare("store.size", |bench| {
        let (told, all_ms) = bench.nix(&["path-info", "--all", "--json"])?;
        let theirs: Vec<Value> = serde_json::from_str(&told)?;
        let (dead, dead_ms) = bench.cli("nix-store", &["--gc", "--print-dead"])?;
        let bytes: u64 = theirs.iter().filter_map(|info| info["narSize"].as_u64()).sum();
        let (outcome, ours_ms) = bench.ours(&Command::bare(Intent::StoreSize))?;
        let Outcome::Store(usage) = outcome else { return unexpected() };
        let cold_ms = bench.process("how big is the store")?;
        let dead = dead.lines().filter(|line| theirs.iter().any(|info| info["path"] == *line));
        let same =
            usage.paths == theirs.len() && usage.bytes == bytes && usage.dead_paths == dead.count();
        Ok(Turn { cli_ms: Some(all_ms + dead_ms), ours_ms, cold_ms, same })
    })
}

impl Bench {
    fn store(&self) -> &str {
        self.world.paths().store_dir.to_str().unwrap_or_default()
    }
}
