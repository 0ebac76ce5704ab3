//! `spanlight history`: everything that happened to a tweet, and going back to a point of it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::CliError;
use super::output;
use crate::project::adjudication::{LabelChange, changes, told};
use crate::project::{Point, Project};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the project; it may be open on a screen, unless something is restored
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Id of the tweet
    #[arg(long)]
    id: String,
    /// Go back to the labels, state and note after the event of this number; a new step, which undo takes back
    #[arg(long, value_name = "NUMBER")]
    restore: Option<i64>,
    /// Print the history as one JSON object
    #[arg(long)]
    json: bool,
}

/// A tweet and what happened to it.
#[derive(Serialize)]
struct Report<'a> {
    project: &'a Path,
    tweet: &'a str,
    tokens: Vec<String>,
    events: Vec<Event>,
    /// Whether something was restored.
    restored: bool,
}

/// One event and what it changed.
#[derive(Serialize)]
struct Event {
    #[serde(flatten)]
    point: Point,
    changes: Vec<LabelChange>,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let mut project = match args.restore {
        Some(_) => Project::open(&args.project)?,
        None => Project::open_read_only(&args.project)?,
    };
    let tweet = project.tweet_called(&args.id)?.ok_or_else(|| CliError::NoTweet(args.id.clone()))?;
    let applied = match args.restore {
        Some(number) => project.restore_point(tweet, number)?,
        None => None,
    };
    let tokens = project.imported(tweet)?.tokens;
    let mut events: Vec<Event> = Vec::new();
    for point in project.timeline(tweet)? {
        let before = events.last().map(|last| last.point.labelling.spans.as_slice());
        let changes = before.map(|before| changes(before, &point.labelling.spans)).unwrap_or_default();
        events.push(Event { point, changes });
    }
    let restored = applied.is_some();
    let report = Report { project: &args.project, tweet: &args.id, tokens, events, restored };
    output::result(args.json, &report, || describe(&report, args.restore))
}

fn describe(report: &Report<'_>, asked: Option<i64>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(number) = asked {
        lines.push(if report.restored {
            format!("tweet {} is as it was after number {number}", report.tweet)
        } else {
            format!("tweet {} was like that already; nothing was changed", report.tweet)
        });
    }
    let number = |event: &Event| event.point.number.to_string().len();
    let width = report.events.iter().map(number).max().unwrap_or(1);
    for Event { point, changes } in &report.events {
        let undone = point.kind.map(|kind| match kind {
            crate::project::EditKind::Edit => "",
            crate::project::EditKind::Undo => "undo: ",
            crate::project::EditKind::Redo => "redo: ",
        });
        let model = point.accepted.map(|(_, model)| format!(" (suggested by model v{model})")).unwrap_or_default();
        let summary = format!("{}{}{model}", undone.unwrap_or_default(), point.summary);
        lines.push(format!("{:>width$}  {}  {}  {summary}", point.number, point.at, point.who));
        if point.kind.is_none() {
            lines.push(format!("{:width$}    {}", "", told(&point.labelling.spans, &report.tokens)));
        }
        lines.extend(changes.iter().map(|change| format!("{:width$}    {}", "", change.told(&report.tokens))));
    }
    lines
}
