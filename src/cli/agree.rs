//! `spanlight agree`: how far several annotators agree on the same tweets.

use std::path::PathBuf;

use clap::builder::TypedValueParser;
use serde::Serialize;
use spanlight_models::metrics::agreement::{
    AGREEMENT_RESAMPLES, Agreement, Agreements, Figure, PairAgreement, Undefined, agreements,
};

use super::arguments::{formats, named};
use super::error::CliError;
use super::merge::words;
use super::output;
use super::progress::Progress;
use crate::corpus::{CorpusFormat, Listed, ReadOptions};
use crate::team::{Counting, Gathered, Labeller, Rename, Stage, Team};

/// How many tweets with the least agreement are told to people; `--json` has more.
const LISTED: usize = 10;

/// Which labels are put side by side.
#[derive(Clone, Debug, clap::Args)]
pub struct Together {
    /// Projects of the annotators, or labelled corpora in any known format; two or more
    #[arg(required = true, num_args = 2.., value_name = "PROJECT")]
    pub annotators: Vec<PathBuf>,
    /// Which tweets of a project count as labelled: done ones, all that a person changed or confirmed, or all but skipped ones
    #[arg(long, value_parser = counting(), default_value = "done")]
    pub count: Counting,
    /// A type that is called otherwise, `OTHER=MISC`; several may be given
    #[arg(long, value_name = "OLD=NEW")]
    pub rename: Vec<Rename>,
}

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    together: Together,
    /// Format of corpora; recognised by their content where left out
    #[arg(long, value_parser = formats())]
    format: Option<CorpusFormat>,
    /// Number of samples for the 95 % intervals; 0 for none
    #[arg(long, default_value_t = AGREEMENT_RESAMPLES)]
    resamples: usize,
    /// Seed of the samples
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the figures as one JSON object
    #[arg(long)]
    json: bool,
}

/// The names of the ways to count, as values.
pub fn counting() -> impl TypedValueParser<Value = Counting> {
    named(Counting::ALL)
}

/// What is found.
#[derive(Serialize)]
struct Report<'a> {
    annotators: &'a [Labeller],
    types: &'a [String],
    resamples: usize,
    seed: u64,
    agreement: Agreements,
    /// Tweets about which they differ, the least agreement first.
    differing: Listed<DifferingTweet<'a>>,
}

/// A tweet about which annotators differ.
#[derive(Serialize)]
struct DifferingTweet<'a> {
    tweet: &'a str,
    annotators: Vec<&'a str>,
    f1: Option<f64>,
    alpha: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let options = ReadOptions { format: args.format, skip_bad: false };
    let mut progress = Progress::new();
    let mut watch = |stage: Stage<'_>| progress.update(|| words(stage));
    let Together { annotators, count, rename } = &args.together;
    let team = Team::gather(annotators, options, *count, rename, &mut watch)?;
    drop(progress);
    tell_oddities(&team);
    let types = team.types();
    let tweets = team.tweets.iter().map(Gathered::judgement);
    let agreement = agreements(team.labellers.len(), &types, tweets, args.resamples, args.seed);
    let (annotators, differing) = (team.labellers.as_slice(), differing(&team));
    let report = Report { annotators, types: &types, resamples: args.resamples, seed: args.seed, agreement, differing };
    output::result(args.json, &report, || describe(&report))
}

/// Tells about types that not all have, and about clocks.
pub fn tell_oddities(team: &Team) {
    for missing in team.missing_types() {
        output::note(format!("{missing} (say which types are the same with --rename OLD=NEW)"));
    }
    for labeller in &team.labellers {
        let Some(clock) = &labeller.clock else { continue };
        if let Some(latest) = clock.latest.as_deref().filter(|_| clock.ahead) {
            output::note(format!(
                "{}: its last edit is of {latest}, which this machine's clock has not reached; times decide nothing here",
                labeller.name
            ));
        }
        if clock.backwards > 0 {
            output::note(format!(
                "{}: the clock went back {} times between edits; their order is that of the log",
                labeller.name, clock.backwards
            ));
        }
    }
}

fn differing(team: &Team) -> Listed<DifferingTweet<'_>> {
    let mut found: Vec<DifferingTweet<'_>> = Vec::new();
    for tweet in &team.tweets {
        let judgement = tweet.judgement();
        if judgement.unanimous() {
            continue;
        }
        let annotators = tweet.labelled().map(|(who, _)| team.labellers[who].name.as_str()).collect();
        let (f1, alpha) = (judgement.f1(), judgement.alpha());
        let why = f1.err().or(alpha.err()).map(|why: Undefined| why.to_string());
        found.push(DifferingTweet { tweet: &tweet.id, annotators, f1: f1.ok(), alpha: alpha.ok(), why });
    }
    // Without a figure they come last; equal ones stay in the order of the corpus.
    found.sort_by(|one, other| {
        let key = |tweet: &DifferingTweet<'_>| tweet.f1.unwrap_or(f64::INFINITY);
        key(one).total_cmp(&key(other))
    });
    found.into_iter().collect()
}

fn describe(report: &Report<'_>) -> Vec<String> {
    let mut rows = vec![["", "tweets", "labelled", "unfinished", "entities"].map(str::to_owned).to_vec()];
    for labeller in report.annotators {
        let counts = [labeller.tweets, labeller.labelled, labeller.unfinished, labeller.entities];
        rows.push([labeller.name.clone()].into_iter().chain(counts.map(|count| count.to_string())).collect());
    }
    let mut lines = output::table(&rows);
    let Agreements { tweets, by_all, overall, alpha_u_borders, types, pairs } = &report.agreement;
    lines.extend([String::new(), format!("{tweets} tweets of two or more annotators, {by_all} of all")]);
    let mut rows = vec![head("Fleiss' kappa")];
    rows.push(row("all types", overall));
    rows.extend(report.types.iter().zip(types).map(|(name, agreement)| row(name, agreement)));
    let borders = std::iter::repeat_n(String::new(), 3).chain([figure(alpha_u_borders)]);
    rows.push(["borders only".to_owned()].into_iter().chain(borders).collect());
    lines.extend(output::table(&rows));
    lines.push(String::new());
    let mut rows = vec![head("Cohen's kappa")];
    rows[0].push("tweets".to_owned());
    for PairAgreement { first, second, tweets, overall, .. } in pairs {
        let name = format!("{} and {}", report.annotators[*first].name, report.annotators[*second].name);
        let mut row = row(&name, overall);
        row.push(tweets.to_string());
        rows.push(row);
    }
    lines.extend(output::table(&rows));
    lines.extend(reasons(report));
    let total = report.differing.total();
    if total > 0 {
        lines.extend([String::new(), format!("tweets about which they differ: {total}")]);
        let line = |tweet: &DifferingTweet<'_>| {
            let f1 = tweet.f1.map_or_else(|| "–".to_owned(), |f1| format!("{f1:.2}"));
            format!("tweet {}: F1 {f1} ({})", tweet.tweet, tweet.annotators.join(", "))
        };
        lines.extend(output::listing(report.differing.items(), total, LISTED, line));
    }
    lines
}

fn head(kappa: &str) -> Vec<String> {
    ["", "entity F1", kappa, "alpha", "alpha, unitising"].map(str::to_owned).to_vec()
}

fn row(name: &str, agreement: &Agreement) -> Vec<String> {
    let figures = [&agreement.f1, &agreement.kappa, &agreement.alpha, &agreement.alpha_u];
    [name.to_owned()].into_iter().chain(figures.map(figure)).collect()
}

/// `0.712 [0.690, 0.733]`.
fn figure(figure: &Figure) -> String {
    match (figure.value, figure.interval) {
        (Ok(value), Ok(interval)) => format!("{value:.3} [{:.3}, {:.3}]", interval.low, interval.high),
        (Ok(value), Err(_)) => format!("{value:.3}"),
        (Err(_), _) => "–".to_owned(),
    }
}

/// Why some figures or intervals are missing, each reason once.
fn reasons(report: &Report<'_>) -> Vec<String> {
    let Agreements { overall, alpha_u_borders, types, pairs, .. } = &report.agreement;
    let of_pairs = pairs.iter().map(|pair| &pair.overall);
    let figures = [overall].into_iter().chain(types).chain(of_pairs);
    let figures = figures.flat_map(|agreement| [agreement.f1, agreement.kappa, agreement.alpha, agreement.alpha_u]);
    let mut found: Vec<String> = Vec::new();
    for figure in figures.chain([*alpha_u_borders]) {
        let reason = match (figure.value, figure.interval) {
            (Err(why), _) => format!("–: {why}"),
            (Ok(_), Err(Undefined::NotAsked) | Ok(_)) => continue,
            (Ok(_), Err(why)) => format!("no interval: {why}"),
        };
        if !found.contains(&reason) {
            found.push(reason);
        }
    }
    found
}
