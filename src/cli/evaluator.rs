//! `nixvox evaluator`: the process that Nix's library works in.

use super::Exit;
use super::args::Evaluator;

#[cfg(feature = "libnix")]
pub(super) fn run(evaluator: &Evaluator) -> anyhow::Result<Exit> {
    crate::nix::evaluator::library::serve(evaluator.memory)?;
    Ok(Exit::Done)
}

#[cfg(not(feature = "libnix"))]
pub(super) fn run(_: &Evaluator) -> anyhow::Result<Exit> {
    anyhow::bail!("this build is without Nix's library: build with the feature libnix")
}
