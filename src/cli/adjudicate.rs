//! `spanlight adjudicate`: where the annotators of a merged project differ, and settling it by a rule.
//!
//! What needs a person's eye is settled on the screen of `spanlight annotate`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use spanlight_models::example::Span;

use super::error::CliError;
use super::merge::{decided_line, open_line, policies};
use super::output;
use crate::project::adjudication::{DifferenceKind, Voice, differences, told};
use crate::project::{Project, State, TweetId};
use crate::team::{Judge, Policy, SettleReport, settle};

/// How many tweets are told to people; `--json` has all.
const LISTED: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of a project that `spanlight merge` made; it may be open on a screen, unless something is settled
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Only this tweet; several may be given
    #[arg(long)]
    id: Vec<String>,
    /// Settle the tweets by a rule: what more than half marked, what the first of them says, or only what all marked
    #[arg(long, value_parser = policies(), conflicts_with = "take")]
    policy: Option<Policy>,
    /// Settle the tweets by what this annotator says
    #[arg(long, value_name = "NAME")]
    take: Option<String>,
    /// Print the differences, or what was settled, as one JSON object
    #[arg(long)]
    json: bool,
}

/// What there is to settle.
#[derive(Serialize)]
struct Report<'a> {
    project: &'a Path,
    annotators: Vec<String>,
    /// Number of tweets that are left.
    open: usize,
    tweets: Vec<OpenTweet>,
}

/// A tweet about which annotators differ.
#[derive(Serialize)]
struct OpenTweet {
    tweet: String,
    tokens: Vec<String>,
    /// Whether a person has begun to settle it.
    begun: bool,
    voices: Vec<Voice>,
    differences: Vec<Difference>,
}

/// Tokens about which they differ.
#[derive(Serialize)]
struct Difference {
    start: usize,
    end: usize,
    kind: DifferenceKind,
    choices: Vec<Choice>,
}

/// One way to see them, and who sees them so.
#[derive(Serialize)]
struct Choice {
    spans: Vec<Span>,
    by: Vec<String>,
}

/// What was settled.
#[derive(Serialize)]
struct Settled<'a> {
    project: &'a Path,
    #[serde(flatten)]
    report: SettleReport,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let judge = match (&args.policy, &args.take) {
        (Some(policy), _) => Some(Judge::Policy(*policy)),
        (None, Some(name)) => Some(Judge::Annotator(name.clone())),
        (None, None) => None,
    };
    let mut project =
        if judge.is_some() { Project::open(&args.project)? } else { Project::open_read_only(&args.project)? };
    if project.annotators()?.is_empty() {
        return Err(CliError::NotMerged(args.project.clone()));
    }
    let tweets = chosen(&project, &args.id)?;
    if let Some(judge) = judge {
        let report = settle(&mut project, &judge, &tweets, !args.id.is_empty())?;
        let report = Settled { project: &args.project, report };
        return output::result(args.json, &report, || describe_settled(&report.report));
    }
    let read: Result<Vec<OpenTweet>, CliError> = tweets.iter().map(|tweet| open_tweet(&project, *tweet)).collect();
    let annotators = project.annotators()?.into_iter().map(|annotator| annotator.name).collect();
    let report = Report { project: &args.project, annotators, open: tweets.len(), tweets: read? };
    output::result(args.json, &report, || describe(&report))
}

/// The tweets that are left, or those of them that were asked for.
fn chosen(project: &Project, ids: &[String]) -> Result<Vec<TweetId>, CliError> {
    let open = project.to_adjudicate()?;
    if ids.is_empty() {
        return Ok(open);
    }
    let find = |id: &String| {
        let tweet = project.find_id(id)?.ok_or_else(|| CliError::NoTweet(id.clone()))?;
        if open.contains(&tweet) { Ok(tweet) } else { Err(CliError::NothingToAdjudicate(id.clone())) }
    };
    ids.iter().map(find).collect()
}

fn open_tweet(project: &Project, tweet: TweetId) -> Result<OpenTweet, CliError> {
    let found = project.tweet(tweet)?;
    let voices = project.voices(tweet)?;
    let counting: Vec<Voice> = voices.iter().filter(|voice| voice.counts).cloned().collect();
    let by = |places: Vec<usize>| places.into_iter().map(|place| counting[place].name.clone()).collect();
    let differences = differences(&counting).into_iter().map(|difference| Difference {
        start: difference.start,
        end: difference.end,
        kind: difference.kind,
        choices: difference.choices.into_iter().map(|one| Choice { spans: one.spans, by: by(one.by) }).collect(),
    });
    let (differences, begun) = (differences.collect(), found.state == State::InProgress);
    Ok(OpenTweet { tweet: found.example.id, tokens: found.example.tokens, begun, voices, differences })
}

fn describe(report: &Report<'_>) -> Vec<String> {
    let mut lines = vec![match report.open {
        0 => "the annotators agree, or every difference is settled".to_owned(),
        1 => "1 tweet to adjudicate".to_owned(),
        count => format!("{count} tweets to adjudicate"),
    }];
    lines.extend(output::listing(&report.tweets, report.open, LISTED, |tweet| {
        let choice = |choice: &Choice| format!("{}: {}", choice.by.join(", "), told(&choice.spans, &tweet.tokens));
        let one = |difference: &Difference| difference.choices.iter().map(choice).collect::<Vec<_>>().join(" | ");
        let differences: Vec<String> = tweet.differences.iter().map(one).collect();
        format!("tweet {}: {}", tweet.tweet, differences.join("; "))
    }));
    lines
}

fn describe_settled(report: &SettleReport) -> Vec<String> {
    let SettleReport { settled, open, begun } = report;
    let mut lines = vec![format!("{} tweets settled, {} left open", settled.total(), open.total() + begun)];
    lines.extend(output::listing(settled.items(), settled.total(), LISTED, decided_line));
    if !open.is_empty() {
        lines.push("the rule decides nothing about".to_owned());
        lines.extend(output::listing(open.items(), open.total(), LISTED, open_line));
    }
    if *begun > 0 {
        lines.push(format!("{begun} tweets that a person has begun are left to the person; name them with --id"));
    }
    lines
}
