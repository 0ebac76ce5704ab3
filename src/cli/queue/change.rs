//! `spanlight queue change`: the same done with all tweets that fit a filter.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::list::{fitting, view_called};
use super::read_filter;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::project::{Bulk, BulkChange, BulkReport, Project, ProjectError, State, TweetId};

/// How many tweets that change are told to people; `--json` has more.
const LISTED: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Which tweets (see `spanlight queue list --help`)
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true, required_unless_present_any = ["view", "all"])]
    filter: Option<String>,
    /// The saved view whose filter is meant
    #[arg(long, value_name = "NAME", conflicts_with_all = ["filter", "all"])]
    view: Option<String>,
    /// All tweets of the queue
    #[arg(long, conflicts_with = "filter")]
    all: bool,
    #[command(flatten)]
    doing: Doing,
    /// Only tell what would change
    #[arg(long)]
    dry_run: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// What is done with each tweet.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Doing {
    /// Make labels of what the model suggested when it last scored the tweets, as on the screen
    #[arg(long)]
    accept: bool,
    /// Label every place of some words with a type, `LOC=New York`, where no label stands in the way
    #[arg(long, value_name = "TYPE=WORDS", value_parser = label)]
    label: Option<(String, Vec<String>)>,
    /// Mark the tweets as done
    #[arg(long, conflicts_with_all = ["skip", "flag"])]
    done: bool,
    /// Leave the tweets out
    #[arg(long, conflicts_with = "flag")]
    skip: bool,
    /// Set the tweets aside for a second look, for a reason, which may be empty
    #[arg(long, value_name = "REASON")]
    flag: Option<String>,
}

fn label(text: &str) -> Result<(String, Vec<String>), String> {
    let (label, words) = text.split_once('=').ok_or("expected TYPE=WORDS, as in LOC=New York")?;
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    if label.is_empty() || words.is_empty() {
        return Err("expected TYPE=WORDS, as in LOC=New York".to_owned());
    }
    Ok((label.to_owned(), words))
}

#[derive(Serialize)]
struct Report<'a> {
    project: &'a Path,
    filter: &'a str,
    /// What is done, as the history calls it.
    what: String,
    /// Whether the project was changed.
    changed: bool,
    #[serde(flatten)]
    bulk: &'a BulkReport,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let mut project =
        if args.dry_run { Project::open_read_only(&args.project)? } else { Project::open(&args.project)? };
    let view = args.view.as_ref().map(|name| view_called(&project, name)).transpose()?;
    let line = view.as_ref().map(|view| view.filter.as_str()).or(args.filter.as_deref()).unwrap_or_default();
    let filter = read_filter(&project, line)?;
    let (rows, _) = fitting(&project, &filter)?;
    let tweets: Vec<TweetId> = rows.iter().map(|row| project.queue()[*row].id).collect();
    let bulk = args.doing.bulk(&project)?;
    let (report, changed) = if args.dry_run {
        (project.preview_bulk(&tweets, &bulk)?, false)
    } else {
        let (report, applied) = project.apply_bulk(&tweets, &bulk)?;
        (report, applied.is_some())
    };
    let report = Report { project: &args.project, filter: filter.text(), what: bulk.summary(), changed, bulk: &report };
    output::result(args.json, &report, || describe(&report, args.dry_run))
}

impl Doing {
    fn bulk(&self, project: &Project) -> Result<Bulk, CliError> {
        let labels = &project.settings().labels;
        if let Some((label, _)) = self.label.as_ref().filter(|(label, _)| labels.index_of(label).is_none()) {
            let known = labels.names().collect::<Vec<_>>().join(", ");
            return Err(
                ProjectError::Type(format!("there is no type `{}`; there are {known}", label.escape_debug())).into()
            );
        }
        let state = match (self.done, self.skip, &self.flag) {
            (true, ..) => Some(State::Done),
            (_, true, _) => Some(State::Skipped),
            (_, _, Some(_)) => Some(State::Flagged),
            _ => None,
        };
        let note = self.flag.as_ref().map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        let label = self.label.clone().map(|(label, words)| (words, label));
        Ok(Bulk { accept: self.accept, label, state, note })
    }
}

fn describe(report: &Report<'_>, dry_run: bool) -> Vec<String> {
    let BulkReport { tweets, accepted, labelled, unscored, changes } = report.bulk;
    let would = if dry_run { "would change" } else { "changed" };
    let count = changes.total();
    let mut lines = vec![format!(
        "{}: {would} {count} of {tweets} tweets ({accepted} suggestions accepted, {labelled} places labelled)",
        report.what
    )];
    if *unscored > 0 {
        lines.push(format!("{unscored} tweets were not scored by the model yet, so that nothing is suggested there"));
    }
    lines.extend(output::listing(changes.items(), count, LISTED, change_line));
    if report.changed {
        lines.push("one undo (`u` on the screen) takes all of it back".to_owned());
    }
    lines
}

fn change_line(change: &BulkChange) -> String {
    let BulkChange { tweet, added, from } = change;
    let labels = if added.is_empty() { String::new() } else { format!(" + {}", output::spans(added)) };
    let state = from.map(|from| format!(" (was {from})")).unwrap_or_default();
    format!("tweet {tweet}{state}{labels}")
}
