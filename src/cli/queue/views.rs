//! `spanlight queue views`, `save` and `forget`: filters and orders by name.

use std::path::PathBuf;

use serde::Serialize;

use super::read_filter;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::order::QueueOrder;
use crate::project::{Project, View};

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Folder of the project; it may be open on a screen
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Print the views as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub struct SaveArgs {
    /// Name of the view; one of the same name is replaced
    name: String,
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Which tweets [default: all]
    #[arg(long, value_name = "FILTER", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    filter: String,
    /// In which order [default: whichever is in use]
    #[arg(long)]
    order: Option<QueueOrder>,
}

#[derive(Debug, clap::Args)]
pub struct ForgetArgs {
    /// Name of the view
    name: String,
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
}

#[derive(Serialize)]
struct Listing {
    views: Vec<View>,
}

pub fn list(args: &ListArgs) -> Result<(), CliError> {
    let listing = Listing { views: Project::open_read_only(&args.project)?.views()? };
    output::result(args.json, &listing, || {
        if listing.views.is_empty() {
            return vec!["no view is saved".to_owned()];
        }
        let line = |view: &View| {
            let filter = if view.filter.is_empty() { "all tweets" } else { &view.filter };
            let order = view.order.map(|order| format!(", {}", order.name())).unwrap_or_default();
            format!("{}: {filter}{order}", view.name)
        };
        listing.views.iter().map(line).collect()
    })
}

pub fn save(args: &SaveArgs) -> Result<(), CliError> {
    let mut project = Project::open(&args.project)?;
    let filter = read_filter(&project, &args.filter)?;
    project.save_view(&args.name, filter.text(), args.order)?;
    output::note(format!("saved as `{}`", args.name));
    Ok(())
}

pub fn forget(args: &ForgetArgs) -> Result<(), CliError> {
    if !Project::open(&args.project)?.remove_view(&args.name)? {
        return Err(CliError::NoView(args.name.clone()));
    }
    output::note(format!("forgot `{}`", args.name));
    Ok(())
}
