//! `spanlight stats`: counts what is in a project.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::CliError;
use super::output;
use crate::project::{ImportedFile, Project, Stats};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the project; it may be open on a screen
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Count only the tweets that fit a filter (see `spanlight queue list --help`)
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    filter: Option<String>,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
}

/// Everything that is counted.
#[derive(Serialize)]
struct Report<'a> {
    project: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<&'a str>,
    files: &'a [ImportedFile],
    corrections_waiting: usize,
    #[serde(flatten)]
    stats: Stats,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let mut project = Project::open_read_only(&args.project)?;
    super::queue::narrow(&mut project, args.filter.as_deref())?;
    let report = Report {
        project: &args.project,
        filter: args.filter.as_deref(),
        files: project.files(),
        corrections_waiting: project.corrections_waiting()?,
        stats: project.stats()?,
    };
    output::result(args.json, &report, || describe(&report))
}

fn describe(report: &Report<'_>) -> Vec<String> {
    let Stats { roles, states, tokens, types, human, edits, undone, redone, days } = &report.stats;
    let mut sections =
        vec![output::table(&rows("tweets by role", roles)), output::table(&rows("queue by state", states))];
    sections.push(output::table(&rows("entities in the queue", types)));
    let counts = [
        ("tokens in the queue", *tokens),
        ("tweets labelled by a person", *human),
        ("not learned yet", report.corrections_waiting),
        ("edits", *edits),
        ("undone", *undone),
        ("redone", *redone),
    ];
    sections.push(output::table(&counts.map(|(name, count)| vec![name.to_owned(), count.to_string()])));
    let day = |day: &crate::project::Day| format!("{} {}: {} edits, {} done", day.day, day.who, day.edits, day.done);
    sections.push(output::listing(days, days.len(), days.len(), day));
    let file = |file: &ImportedFile| {
        format!("{} ({}, {}, {} tweets, {})", file.name, file.format, file.role.name(), file.tweets, file.at)
    };
    sections.push(output::listing(report.files, report.files.len(), report.files.len(), file));
    sections.retain(|section| !section.is_empty());
    sections.join(&String::new())
}

/// A title and indented rows of a table.
fn rows<'a>(
    title: &str,
    counts: impl IntoIterator<Item = (&'a (impl AsRef<str> + 'a), &'a usize)>,
) -> Vec<Vec<String>> {
    let rows = counts.into_iter().map(|(name, count)| vec![format!("  {}", name.as_ref()), count.to_string()]);
    std::iter::once(vec![title.to_owned()]).chain(rows).collect()
}
