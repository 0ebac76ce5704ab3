//! `spanlight diff`: what differs between two labellings of the same tweets.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Serialize;

use super::agree::{counting, tell_oddities};
use super::arguments::formats;
use super::error::CliError;
use super::output;
use crate::corpus::{CorpusFormat, Listed, ReadOptions};
use crate::project::NOW;
use crate::project::adjudication::{LabelChange, changes};
use crate::team::{Counting, Gathered, Rename, Team};

/// How many tweets of each list are told to people; `--json` has more.
const LISTED: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The older labels: a project, a version of one (`PROJECT@VERSION`), or a labelled corpus in any known format
    first: PathBuf,
    /// The newer labels
    second: PathBuf,
    /// Compare two versions of this project, which are then named alone; `now` stands for its labels as they are
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    project: Option<PathBuf>,
    /// Which tweets of a project count: done ones, all that a person changed or confirmed, or all but skipped ones
    #[arg(long, value_parser = counting(), default_value = "all")]
    count: Counting,
    /// A type that is called otherwise, `OTHER=MISC`; several may be given
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<Rename>,
    /// Format of corpora; recognised by their content where left out
    #[arg(long, value_parser = formats())]
    format: Option<CorpusFormat>,
    /// Print the differences as one JSON object
    #[arg(long)]
    json: bool,
}

/// What differs.
#[derive(Serialize)]
struct Report {
    first: PathBuf,
    second: PathBuf,
    /// Number of tweets that both label.
    tweets: usize,
    /// Number of them that are labelled alike.
    same: usize,
    /// Number of differences by what they are.
    kinds: IndexMap<&'static str, usize>,
    only_first: Listed<String>,
    only_second: Listed<String>,
    changed: Listed<ChangedTweet>,
}

/// A tweet that is labelled otherwise.
#[derive(Serialize)]
struct ChangedTweet {
    tweet: String,
    changes: Vec<LabelChange>,
    #[serde(skip)]
    tokens: Vec<String>,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let options = ReadOptions { format: args.format, skip_bad: false };
    let path = |named: &PathBuf| match &args.project {
        Some(project) => versioned(project, &named.to_string_lossy()),
        None => named.clone(),
    };
    let paths = [path(&args.first), path(&args.second)];
    let team = Team::gather(&paths, options, args.count, &args.rename, &mut |_| {})?;
    tell_oddities(&team);
    let [first, second] = paths;
    let mut report = Report {
        first,
        second,
        tweets: 0,
        same: 0,
        kinds: LabelChange::KINDS.map(|kind| (kind, 0)).into(),
        only_first: Listed::default(),
        only_second: Listed::default(),
        changed: Listed::default(),
    };
    for tweet in &team.tweets {
        compare(&mut report, tweet);
    }
    output::result(args.json, &report, || describe(&report))
}

/// The path of a version of a project.
fn versioned(project: &Path, version: &str) -> PathBuf {
    if version == NOW {
        return project.to_owned();
    }
    let mut path = project.as_os_str().to_owned();
    path.push("@");
    path.push(version);
    path.into()
}

fn compare(report: &mut Report, tweet: &Gathered) {
    let side = |place: usize| tweet.sides.get(place).and_then(Option::as_ref).filter(|side| side.counts);
    let (before, after) = match (side(0), side(1)) {
        (Some(before), Some(after)) => (before, after),
        (Some(_), None) => return report.only_first.push(tweet.id.clone()),
        (None, Some(_)) => return report.only_second.push(tweet.id.clone()),
        (None, None) => return,
    };
    report.tweets += 1;
    let changes = changes(&before.spans, &after.spans);
    if changes.is_empty() {
        report.same += 1;
        return;
    }
    for change in &changes {
        *report.kinds.entry(change.kind).or_default() += 1;
    }
    report.changed.push(ChangedTweet { tweet: tweet.id.clone(), changes, tokens: tweet.tokens.clone() });
}

fn describe(report: &Report) -> Vec<String> {
    let Report { first, second, tweets, same, kinds, only_first, only_second, changed } = report;
    let mut lines = vec![format!("{tweets} tweets in both, {same} labelled alike, {} otherwise", changed.total())];
    for (path, only) in [(first, only_first), (second, only_second)] {
        if !only.is_empty() {
            lines.push(format!("only in {}: {}", path.display(), only.total()));
        }
    }
    lines.extend(output::table(
        &kinds.iter().map(|(kind, count)| vec![format!("  {kind}"), count.to_string()]).collect::<Vec<_>>(),
    ));
    lines.extend(output::listing(changed.items(), changed.total(), LISTED, changed_line));
    lines
}

fn changed_line(changed: &ChangedTweet) -> String {
    let changes: Vec<String> = changed.changes.iter().map(|change| change.told(&changed.tokens)).collect();
    format!("tweet {}: {}", changed.tweet, changes.join("; "))
}
