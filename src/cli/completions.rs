//! `spanlight completions`: writes completions for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::error::CliError;
use super::{Cli, output};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "spanlight", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
