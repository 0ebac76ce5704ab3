//! `spanlight keys`: the keys in use, and what is wrong with them.

use std::path::PathBuf;

use serde::Serialize;

use super::error::CliError;
use super::output;
use crate::config::Folders;
use crate::project::Project;
use crate::tui::KeyTable;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show the keys of this project's types too
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Print the keys as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    /// The file that changes them, whether it is there or not.
    file: PathBuf,
    #[serde(flatten)]
    table: KeyTable,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let file = Folders::of_user().ok_or(CliError::NoHome)?.keymap_file();
    let project = args.project.as_deref().map(Project::open_read_only).transpose()?;
    let labels = project.map(|project| project.settings().labels.clone()).unwrap_or_default();
    let report = Report { table: KeyTable::load(&file, &labels), file };
    output::result(args.json, &report, || describe(&report))
}

fn describe(report: &Report) -> Vec<String> {
    let Report { file, table } = report;
    let mut lines = vec![format!("changed in {}", file.display())];
    let mut chapter = "";
    for row in &table.actions {
        if row.chapter != chapter {
            chapter = row.chapter;
            lines.extend([String::new(), chapter.to_owned()]);
        }
        lines.push(format!("  {:<20}  {:<20}  {}", row.action, row.keys.join("  "), row.does));
    }
    if !table.types.is_empty() {
        lines.extend([String::new(), "Types".to_owned()]);
        lines.extend(table.types.iter().map(|row| format!("  {:<20}  {}", row.label, row.keys.join("  "))));
    }
    if !table.problems.is_empty() {
        lines.extend([String::new(), "Problems".to_owned()]);
        lines.extend(table.problems.iter().map(|problem| format!("  {problem}")));
    }
    lines
}
