//! `spanlight queue`: which tweets fit a filter, in which order they come, and the saved views of both.

mod change;
mod list;
mod plan;
mod views;

use super::error::CliError;
use crate::filter::{Filter, FilterError};
use crate::project::Project;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the tweets that fit a filter, as they will come next
    List(list::Args),
    /// Accept suggestions, label, mark as done, skip or flag all tweets that fit a filter, in one step of undo
    Change(change::Args),
    /// Show or change how the next tweet is chosen
    Plan(plan::Args),
    /// List the saved views
    Views(views::ListArgs),
    /// Save a filter and an order by a name
    Save(views::SaveArgs),
    /// Forget a saved view
    Forget(views::ForgetArgs),
}

pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Change(args) => change::run(args),
        Command::Plan(args) => plan::run(args),
        Command::Views(args) => views::list(args),
        Command::Save(args) => views::save(args),
        Command::Forget(args) => views::forget(args),
    }
}

/// Reads a filter's line with the names of a project.
pub fn read_filter(project: &Project, line: &str) -> Result<Filter, CliError> {
    project.read_filter(line)?.map_err(|error| no_filter(line, error))
}

/// Leaves only the tweets that fit a filter, where there is one.
pub fn narrow(project: &mut Project, line: Option<&str>) -> Result<(), CliError> {
    if let Some(line) = line {
        let filter = read_filter(project, line)?;
        let tweets = project.filtered(&filter)?;
        project.narrow(&tweets)?;
    }
    Ok(())
}

/// The line with a mark below what cannot be read.
fn no_filter(line: &str, FilterError { message, place }: FilterError) -> CliError {
    let columns = |text: &str| text.chars().count();
    let (before, wrong) = (columns(&line[..place.start]), columns(&line[place]).max(1));
    CliError::Filter { line: line.to_owned(), mark: format!("{}{}", " ".repeat(before), "^".repeat(wrong)), message }
}
