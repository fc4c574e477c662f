//! How every bench prints what it measured.

use serde::Serialize;
use std::fmt::Display;

/// What every bench takes on its command line.
#[derive(clap::Args)]
pub(crate) struct Output {
    /// Figures as JSON, one a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

impl Output {
    /// Print `figure`.
    ///
    /// # Errors
    /// It cannot be told as JSON.
    pub(crate) fn print(&self, figure: &(impl Serialize + Display)) -> anyhow::Result<()> {
        if self.json {
            println!("{}", serde_json::to_string(figure)?);
        } else {
            println!("{figure}");
        }
        Ok(())
    }
}
