//! `spanlight assign`: a project for each of several annotators, with a share of the tweets that all get.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::arguments::{Admitting, Reading};
use super::data::{self, read_corpus};
use super::error::CliError;
use super::output;
use crate::project::{Project, Role, Settings};
use crate::team::{self, Assignment};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The corpus, in any known format
    corpus: PathBuf,
    /// Names of the annotators, with commas between them
    #[arg(long, value_delimiter = ',', required = true, value_name = "NAMES")]
    annotators: Vec<String>,
    /// Share of the tweets that all annotators get, 0 to 1; each other tweet goes to one
    #[arg(long, value_parser = share, default_value = "0.1")]
    shared: f64,
    /// Folder for the projects `NAME.spanlight`; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Seed of the choice
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    admitting: Admitting,
    /// Print what each got as one JSON object
    #[arg(long)]
    json: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a share between 0 and 1".to_owned())
}

/// What each annotator got.
#[derive(Serialize)]
struct Report<'a> {
    corpus: &'a Path,
    tweets: usize,
    seed: u64,
    #[serde(flatten)]
    assignment: &'a Assignment,
    projects: Vec<PathBuf>,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let structure = args.admitting.spans.unwrap_or_default();
    let corpus = read_corpus(&args.corpus, &args.reading)?.fitted(structure, args.reading.skip_bad)?;
    let images = data::image_folders(&args.corpus, &args.reading.images)?;
    let assignment = team::assign(&corpus, &args.annotators, args.shared, args.seed)?;
    let folder = |annotator: &str| args.out.join(format!("{annotator}.spanlight"));
    let projects: Vec<PathBuf> = args.annotators.iter().map(|annotator| folder(annotator)).collect();
    // Before the first of them is made, so that it is all or nothing.
    if let Some(there) = projects.iter().find(|project| project.exists()) {
        return Err(CliError::Exists(there.clone()));
    }
    for (share, dir) in assignment.shares.iter().zip(&projects) {
        // Everybody chooses from all types of the corpus, also those that do not occur in the own part.
        let (labels, scheme, spans) = (corpus.labels().clone(), corpus.layout().scheme, structure);
        let mut project =
            Project::create(dir, &Settings { labels, scheme, spans, images: images.clone(), ..Settings::default() })?;
        if !share.tweets.is_empty() {
            project.import(&corpus.subset(&share.tweets), Role::Label)?;
        }
    }
    let (tweets, seed) = (corpus.len(), args.seed);
    let report = Report { corpus: &args.corpus, tweets, seed, assignment: &assignment, projects };
    output::result(args.json, &report, || describe(&report))
}

fn describe(report: &Report<'_>) -> Vec<String> {
    let Report { corpus, tweets, assignment, projects, .. } = report;
    let mut lines = vec![format!("{}: {tweets} tweets, {} of them for everybody", corpus.display(), assignment.shared)];
    for (share, project) in assignment.shares.iter().zip(projects) {
        let own = share.count - share.shared;
        lines.push(format!(
            "  {}: {} tweets, {own} of them alone, in {}",
            share.annotator,
            share.count,
            project.display()
        ));
    }
    lines
}
