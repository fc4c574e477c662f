//! Operations in process against Nix's own command line, on one practice store, in one run.
//!
//! The two sides take turns, and after each turn their results are compared. Ours are timed as the
//! program does them: read, planned, journalled and done. Warm is a program that has been asked before;
//! cold is a whole process of `nixvox do`, or for what is no command a view of the store that has opened
//! nothing yet.
//!
//! `NIXVOX_BENCH_CATALOGUE` may name a list of packages; else a synthetic one of nixpkgs' size is
//! searched.

mod bench;
mod catalogue;
mod figure;
#[path = "../output/mod.rs"]
mod output;
mod profiles;
mod store;

use bench::Bench;
use clap::Parser;
use figure::Figure;
use output::Output;

/// Operations in process against Nix's command line.
#[derive(Parser)]
#[command(name = "scripts/bench nix")]
struct Arguments {
    #[command(flatten)]
    output: Output,
}

fn main() -> anyhow::Result<()> {
    let output = Arguments::parse().output;
    let dir = tempfile::tempdir()?;
    let mut bench = Bench::open(dir.path())?;
    let rows: [fn(&mut Bench) -> anyhow::Result<Figure>; 15] = [
        profiles::list,
        profiles::list_many,
        profiles::current,
        profiles::switch,
        profiles::rollback,
        profiles::rollback_told,
        profiles::diff,
        profiles::install,
        store::closure,
        store::path_info,
        store::referrers,
        store::why,
        store::size,
        catalogue::search,
        catalogue::provides,
    ];
    if !output.json {
        println!("{}", Figure::HEADINGS);
    }
    let mut same = true;
    for row in rows {
        let figure = row(&mut bench)?;
        output.print(&figure)?;
        same &= figure.same_result;
    }
    anyhow::ensure!(same, "a result differs");
    Ok(())
}
