//! The `nixvox` program: see [`nixvox::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    nixvox::cli::main()
}
