//! `spanlight image prefer`: makes one of a tweet's images the one that counts.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::output;
use crate::project::Project;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the image, as `image list` shows it
    image: String,
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Id of the tweet
    #[arg(long)]
    id: String,
    /// Print what was done as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    id: &'a str,
    image: &'a str,
    /// Whether another image came first before.
    changed: bool,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let mut project = Project::open(&args.project)?;
    let tweet = project.tweet_called(&args.id)?.ok_or_else(|| CliError::NoTweet(args.id.clone()))?;
    let changed = project.prefer_image(tweet, &args.image)?.is_some();
    let report = Report { id: &args.id, image: &args.image, changed };
    output::result(args.json, &report, || {
        let done = if changed { "comes first from now on" } else { "came first already" };
        vec![format!("tweet {}: image {} {done}", args.id, args.image)]
    })
}
