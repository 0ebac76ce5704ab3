//! `spanlight merge`: one project made of several annotators' projects.

use std::path::{Path, PathBuf};

use clap::builder::TypedValueParser;
use serde::Serialize;

use super::agree::{Together, tell_oddities};
use super::arguments::named;
use super::error::CliError;
use super::output;
use super::progress::Progress;
use crate::corpus::ReadOptions;
use crate::project::{Project, ProjectError};
use crate::team::{self, BoxPolicy, DecidedTweet, DifferentBoxes, MergeReport, OpenTweet, Policy, Stage, Team};

/// How many tweets of each list are told to people; `--json` has more.
const LISTED: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    together: Together,
    /// Folder of the new project; the annotators' own stay as they are
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Where they differ: leave it to a person, take what more than half marked, or what the first of them says
    #[arg(long, value_parser = policies(), default_value = "agreed")]
    policy: Policy,
    /// Where they drew different boxes: take those of the first who drew some, the very boxes that more than half of them drew,
    /// or all of them
    #[arg(long, value_parser = box_policies(), default_value = "first")]
    boxes: BoxPolicy,
    /// Go on where not all annotators have the same types
    #[arg(long)]
    all_types: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// The names of policies, as values.
pub fn policies() -> impl TypedValueParser<Value = Policy> {
    named(Policy::ALL)
}

fn box_policies() -> impl TypedValueParser<Value = BoxPolicy> {
    named(BoxPolicy::ALL)
}

/// What became of the merge, and where.
#[derive(Serialize)]
struct Report<'a> {
    into: &'a Path,
    #[serde(flatten)]
    merge: MergeReport,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let Together { annotators, count, rename } = &args.together;
    if let Some(other) = annotators.iter().find(|dir| !Project::is_project(dir)) {
        return Err(ProjectError::NotAProject { dir: other.clone() }.into());
    }
    let mut progress = Progress::new();
    let mut watch = |stage: Stage<'_>| progress.update(|| words(stage));
    let team = Team::gather(annotators, ReadOptions::default(), *count, rename, &mut watch)?;
    let merge = team::merge(&team, &args.into, args.policy, args.boxes, args.all_types, &mut watch)?;
    drop(progress);
    tell_oddities(&team);
    let report = Report { into: &args.into, merge };
    output::result(args.json, &report, || describe(&report))
}

/// How far it is, in a line.
pub fn words(stage: Stage<'_>) -> String {
    match stage {
        Stage::Reading { annotator, done } => format!("{annotator}: {done} tweets read"),
        Stage::Joining { done, total } => format!("tweet {done} of {total} put together"),
        Stage::Writing { tweets } => format!("writing {tweets} tweets"),
    }
}

fn describe(report: &Report<'_>) -> Vec<String> {
    let Report { into, merge } = report;
    let names: Vec<&str> = merge.annotators.iter().map(|annotator| annotator.name.as_str()).collect();
    let mut lines = vec![format!("{}: {} tweets of {}", into.display(), merge.tweets, names.join(", "))];
    let counts = [
        ("several label them alike", merge.equal),
        ("one alone labels them", merge.single),
        ("they differ, decided", merge.decided.total()),
        ("they differ, left to a person", merge.open.total()),
        ("nobody finished them", merge.unlabelled),
        ("flagged by somebody", merge.flagged),
    ];
    lines.extend(output::table(&counts.map(|(name, count)| vec![format!("  {name}"), count.to_string()])));
    if merge.contexts_left > 0 {
        let count = merge.contexts_left;
        lines.push(format!("changed contexts of {count} tweets stay in the annotators' projects"));
    }
    let differ = merge.boxes_differ.total();
    if differ > 0 {
        let taken = match merge.boxes {
            BoxPolicy::First => "those of the first who drew some were taken (--boxes chooses otherwise)",
            BoxPolicy::Majority => "those that more than half drew were taken",
            BoxPolicy::All => "all were taken",
        };
        lines.push(format!("boxes differ in {differ} tweets; {taken}:"));
        lines.extend(output::listing(merge.boxes_differ.items(), differ, LISTED, boxes_line));
    }
    if !merge.decided.is_empty() {
        lines.push("decided by the policy:".to_owned());
        lines.extend(output::listing(merge.decided.items(), merge.decided.total(), LISTED, decided_line));
    }
    if !merge.open.is_empty() {
        lines.push("left to a person:".to_owned());
        lines.extend(output::listing(merge.open.items(), merge.open.total(), LISTED, open_line));
    }
    lines
}

fn boxes_line(different: &DifferentBoxes) -> String {
    let DifferentBoxes { tweet, annotators, taken, dropped } = different;
    format!("tweet {tweet} ({}): {taken} taken, {} not taken", annotators.join(", "), dropped.len())
}

pub fn decided_line(decided: &DecidedTweet) -> String {
    let spans = |spans: &[spanlight_models::example::Span]| {
        if spans.is_empty() { "nothing".to_owned() } else { output::spans(spans) }
    };
    let DecidedTweet { tweet, annotators, dropped, taken } = decided;
    format!("tweet {tweet} ({}): taken {}; not taken {}", annotators.join(", "), spans(taken), spans(dropped))
}

pub fn open_line(open: &OpenTweet) -> String {
    let OpenTweet { tweet, annotators, differences } = open;
    let places = if *differences == 1 { "place" } else { "places" };
    format!("tweet {tweet} ({}): {differences} {places}", annotators.join(", "))
}
