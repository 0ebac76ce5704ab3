//! `spanlight context remove`: takes contexts away, as one step that can be undone.

use serde::Serialize;

use super::Filter;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::project::Project;
use crate::project::contexts::ContextId;

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("which").args(["kind", "source", "id", "all"]).required(true).multiple(true)))]
pub struct Args {
    #[command(flatten)]
    filter: Filter,
    /// All contexts of the project
    #[arg(long)]
    all: bool,
    /// Print what was done as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    removed: usize,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let mut project = Project::open(&args.filter.project)?;
    let mut ids: Vec<ContextId> = Vec::new();
    project.each_context(&args.filter.filter(), |listed| {
        ids.push(listed.stored.id);
        Ok::<(), CliError>(())
    })?;
    project.remove_contexts(&ids)?;
    let report = Report { removed: ids.len() };
    output::result(args.json, &report, || {
        vec![format!("{} contexts taken away; the screen's undo brings them back", ids.len())]
    })
}
