//! `spanlight queue list`: the tweets that fit a filter, as they will come next.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Serialize;

use super::read_filter;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::config::Config;
use crate::filter::{Counts, Filter};
use crate::order::{Plan, QueueOrder};
use crate::project::{Project, QueueItem, Role, State, View};

/// Columns of a tweet's text for people.
const TEXT: usize = 100;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the project; it may be open on a screen
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Which tweets: words, "a phrase", /regex/, state:new, type:PER, label:york, len:>20, conf:<0.6, image:no, by:NAME,
    /// since:2026-11-01, and more; a minus in front means not
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    filter: Option<String>,
    /// The saved view whose filter and order are meant
    #[arg(long, value_name = "NAME", conflicts_with = "filter")]
    view: Option<String>,
    /// In which order [default: the view's, the project's, the settings']
    #[arg(long)]
    order: Option<QueueOrder>,
    /// How many tweets are listed at most; all that fit are counted
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Tell how many of the tweets that fit have which state, type, image and annotator
    #[arg(long)]
    counts: bool,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listing<'a> {
    project: &'a Path,
    filter: &'a str,
    order: &'static str,
    /// Percent of the tweets that are chosen by lot.
    random_share: u8,
    /// How many tweets fit.
    fit: usize,
    counts: IndexMap<String, usize>,
    /// Those that come first; done and skipped ones come behind all others.
    tweets: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    /// Place in the queue, from 1.
    number: usize,
    state: &'static str,
    /// What the order goes by, where it goes by something.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uncertainty: Option<f32>,
    text: String,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let mut project = Project::open_read_only(&args.project)?;
    let view = args.view.as_ref().map(|name| view_called(&project, name)).transpose()?;
    let line = view.as_ref().map(|view| view.filter.as_str()).or(args.filter.as_deref()).unwrap_or_default();
    let filter = read_filter(&project, line)?;
    let (rows, counts) = fitting(&project, &filter)?;
    let mut plan = project.settings().queue.over(Config::settings_of_user().plan());
    plan.order = args.order.or(view.as_ref().and_then(|view| view.order)).unwrap_or(plan.order);
    if plan.order == QueueOrder::Annotators {
        let differences = project.annotator_differences()?;
        project.know_differences(differences);
    }
    let listing = Listing {
        project: &args.project,
        filter: filter.text(),
        order: plan.order.name(),
        random_share: if plan.order.learns() { plan.random_share } else { 0 },
        fit: rows.len(),
        counts: counts.all(&project.vocabulary()?).into_iter().collect(),
        tweets: entries(&project, &plan, &rows, args.limit)?,
    };
    output::result(args.json, &listing, || describe(&listing, &plan, args.counts))
}

/// The saved view of a name.
pub(super) fn view_called(project: &Project, name: &str) -> Result<View, CliError> {
    let views = project.views()?;
    views.into_iter().find(|view| view.name == name).ok_or_else(|| CliError::NoView(name.to_owned()))
}

/// The rows of the queue that fit, and how many have which values.
pub(super) fn fitting(project: &Project, filter: &Filter) -> Result<(Vec<usize>, Counts), CliError> {
    let (mut rows, mut counts) = (Vec::new(), Counts::default());
    project.each_fact(|facts, world| {
        if facts.role == Role::Label && filter.admits(&facts, world) {
            counts.add(&facts);
            rows.extend(project.index_of(facts.tweet));
        }
        counts.name(world);
        true
    })?;
    Ok((rows, counts))
}

/// The first of the rows in the order of the plan; those that need no work come behind, as in the corpus.
fn entries(project: &Project, plan: &Plan, rows: &[usize], most: usize) -> Result<Vec<Entry>, CliError> {
    let mut order = project.in_order(plan, Some(rows), most);
    let listed: std::collections::HashSet<usize> = order.iter().copied().collect();
    let idle = |item: &QueueItem| (item.state == State::Done) != plan.order.reviews() || item.state == State::Skipped;
    let rest = rows.iter().copied().filter(|row| !listed.contains(row) && idle(&project.queue()[*row]));
    let room = most.saturating_sub(order.len());
    order.extend(rest.take(room));
    let entry = |row: usize| {
        let item = project.queue()[row];
        Ok(Entry {
            id: project.imported(item.id)?.id,
            number: row + 1,
            state: item.state.name(),
            score: project.score(plan.order, row),
            uncertainty: item.uncertainty(),
            text: project.text_at(row).to_owned(),
        })
    };
    order.into_iter().map(entry).collect()
}

fn describe(listing: &Listing<'_>, plan: &Plan, with_counts: bool) -> Vec<String> {
    let of = if listing.filter.is_empty() { String::new() } else { format!(" fit `{}`", listing.filter) };
    let mut lines = vec![format!("{} tweets{of}; next: {}", listing.fit, plan.describe())];
    if with_counts {
        let row = |(term, count): (&String, &usize)| vec![format!("  {term}"), count.to_string()];
        lines.extend(output::table(&listing.counts.iter().map(row).collect::<Vec<_>>()));
    }
    lines.extend(listing.tweets.iter().map(|tweet| {
        let score = tweet.score.map(|score| format!(" {score:.3}")).unwrap_or_default();
        let text: String = tweet.text.chars().take(TEXT).collect();
        format!("  {} {} ({}{score}): {text}", tweet.number, tweet.id, tweet.state)
    }));
    if listing.fit > listing.tweets.len() {
        lines.push(format!("  ... and {} more (--limit)", listing.fit - listing.tweets.len()));
    }
    lines
}
