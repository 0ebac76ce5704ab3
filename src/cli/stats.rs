//! `spanlight stats`: counts what is in a project, and how the work on it goes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::error::CliError;
use super::output;
use crate::project::progress::{PAUSE, Pace, Progress};
use crate::project::{ImportedFile, Project, Stats};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the project; it may be open on a screen
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Minutes without an edit after which the time no longer counts as work
    #[arg(long, value_name = "MINUTES", default_value_t = PAUSE.as_secs() / 60, value_parser = clap::value_parser!(u64).range(1..))]
    pause: u64,
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
    /// Tweets about which the annotators of a merged project differ and nobody has decided.
    to_adjudicate: usize,
    progress: Progress,
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
        to_adjudicate: project.to_adjudicate()?.len(),
        progress: Progress::read(&args.project, Duration::from_secs(args.pause * 60))?,
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
        ("to adjudicate", report.to_adjudicate),
    ];
    sections.push(output::table(&counts.map(|(name, count)| vec![name.to_owned(), count.to_string()])));
    let day = |day: &crate::project::Day| format!("{} {}: {} edits, {} done", day.day, day.who, day.edits, day.done);
    sections.push(output::listing(days, days.len(), days.len(), day));
    sections.extend(describe_progress(&report.progress));
    let file = |file: &ImportedFile| {
        format!("{} ({}, {}, {} tweets, {})", file.name, file.format, file.role.name(), file.tweets, file.at)
    };
    sections.push(output::listing(report.files, report.files.len(), report.files.len(), file));
    sections.retain(|section| !section.is_empty());
    sections.join(&String::new())
}

/// How the work goes: all of it, by person and by day, and what became of the model's suggestions.
fn describe_progress(progress: &Progress) -> Vec<Vec<String>> {
    let Progress { pause_seconds, total, people, days, models, backwards, .. } = progress;
    if total.tweets == 0 && total.seconds == 0.0 {
        return Vec::new();
    }
    let head = ["work", "tweets", "labels", "hours", "s per tweet", "tweets an hour", "labels an hour"];
    let mut rows = vec![head.map(str::to_owned).to_vec(), pace("all", total)];
    rows.extend(people.iter().chain(days).map(|part| pace(&part.name, &part.pace)));
    let mut sections = vec![output::table(&rows)];
    if *backwards > 0 {
        sections[0].push(format!("  a clock ran backwards {backwards} times; that time is left out"));
    }
    sections[0].push(format!("  more than {} minutes without an edit are a pause", pause_seconds / 60));
    let head = ["suggestions of", "tweets", "made", "kept", "changed", "refused", "missed", "acceptance"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for part in models {
        let counts = [part.tweets, part.suggestions, part.kept, part.changed, part.refused, part.missed];
        let mut row = vec![format!("  model v{}", part.model)];
        row.extend(counts.map(|count| count.to_string()));
        row.push(part.acceptance.map_or_else(|| "–".to_owned(), |share| format!("{:.1}%", share * 100.0)));
        rows.push(row);
    }
    if rows.len() > 1 {
        sections.push(output::table(&rows));
    }
    sections
}

fn pace(name: &str, pace: &Pace) -> Vec<String> {
    let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"));
    let mut row = vec![format!("  {name}"), pace.tweets.to_string(), pace.labels.to_string()];
    row.push(format!("{:.2}", pace.seconds / 3600.0));
    row.extend([pace.seconds_per_tweet, pace.tweets_per_hour, pace.labels_per_hour].map(figure));
    row
}

/// A title and indented rows of a table.
fn rows<'a>(
    title: &str,
    counts: impl IntoIterator<Item = (&'a (impl AsRef<str> + 'a), &'a usize)>,
) -> Vec<Vec<String>> {
    let rows = counts.into_iter().map(|(name, count)| vec![format!("  {}", name.as_ref()), count.to_string()]);
    std::iter::once(vec![title.to_owned()]).chain(rows).collect()
}
