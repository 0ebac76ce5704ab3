//! `spanlight diff`: what differs between two labellings of the same tweets.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::Serialize;
use spanlight_models::example::Span;

use super::agree::{counting, tell_oddities};
use super::arguments::formats;
use super::error::CliError;
use super::output;
use crate::corpus::{CorpusFormat, Listed, ReadOptions};
use crate::project::adjudication::{Difference, DifferenceKind, Voice, differences};
use crate::team::{Counting, Gathered, Rename, Side, Team};

/// How many tweets of each list are told to people; `--json` has more.
const LISTED: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The older labels: a project, or a labelled corpus in any known format
    first: PathBuf,
    /// The newer labels
    second: PathBuf,
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
    changes: Vec<Change>,
    #[serde(skip)]
    tokens: Vec<String>,
}

/// One place in which the labels differ.
#[derive(Serialize)]
struct Change {
    kind: &'static str,
    before: Vec<Span>,
    after: Vec<Span>,
}

/// What a difference can be.
const KINDS: [&str; 4] = ["added", "removed", "type", "borders"];

pub fn run(args: &Args) -> Result<(), CliError> {
    let options = ReadOptions { format: args.format, skip_bad: false };
    let paths = [args.first.clone(), args.second.clone()];
    let team = Team::gather(&paths, options, args.count, &args.rename, &mut |_| {})?;
    tell_oddities(&team);
    let [first, second] = paths;
    let mut report = Report {
        first,
        second,
        tweets: 0,
        same: 0,
        kinds: KINDS.map(|kind| (kind, 0)).into(),
        only_first: Listed::default(),
        only_second: Listed::default(),
        changed: Listed::default(),
    };
    for tweet in &team.tweets {
        compare(&mut report, tweet);
    }
    output::result(args.json, &report, || describe(&report))
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
    let voice = |side: &Side| Voice {
        name: String::new(),
        spans: side.spans.clone(),
        state: side.state,
        note: None,
        counts: true,
    };
    let changes: Vec<Change> = differences(&[voice(before), voice(after)]).iter().map(change).collect();
    if changes.is_empty() {
        report.same += 1;
        return;
    }
    for change in &changes {
        *report.kinds.entry(change.kind).or_default() += 1;
    }
    report.changed.push(ChangedTweet { tweet: tweet.id.clone(), changes, tokens: tweet.tokens.clone() });
}

fn change(difference: &Difference) -> Change {
    let of = |voice: usize| {
        let mut choices = difference.choices.iter().filter(|choice| choice.by.contains(&voice));
        choices.next().map(|choice| choice.spans.clone()).unwrap_or_default()
    };
    let (before, after) = (of(0), of(1));
    let kind = match difference.kind {
        DifferenceKind::Missing if before.is_empty() => "added",
        DifferenceKind::Missing => "removed",
        DifferenceKind::Type => "type",
        DifferenceKind::Borders => "borders",
    };
    Change { kind, before, after }
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
    let words = |spans: &[Span]| {
        let one = |span: &Span| {
            let words = changed.tokens.get(span.start..span.end).unwrap_or_default().join(" ");
            format!("[{words}] {}", span.label)
        };
        if spans.is_empty() { "nothing".to_owned() } else { spans.iter().map(one).collect::<Vec<_>>().join(" ") }
    };
    let one = |change: &Change| format!("{} becomes {}", words(&change.before), words(&change.after));
    let changes: Vec<String> = changed.changes.iter().map(one).collect();
    format!("tweet {}: {}", changed.tweet, changes.join("; "))
}
