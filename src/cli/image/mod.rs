//! `spanlight image`: the images that tweets can have, and which of them counts.

mod list;
mod prefer;

use super::error::CliError;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the images of tweets that have several, or of some tweets, the one that counts first
    List(list::Args),
    /// Make one of a tweet's images the one that models look at and that exports name first
    Prefer(prefer::Args),
}

pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Prefer(args) => prefer::run(args),
    }
}
