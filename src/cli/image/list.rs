//! `spanlight image list`: the images that tweets can have.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::output;
use crate::corpus::ImageStatus;
use crate::project::{Project, Tweet, TweetId};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Id of a tweet; several may be given [default: all tweets to label that have several images]
    #[arg(long)]
    id: Vec<String>,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listing {
    tweets: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    /// Whether a person chose the first image.
    chosen: bool,
    images: Vec<Candidate>,
}

#[derive(Serialize)]
struct Candidate {
    image: String,
    /// How well it suits the tweet, as far as the corpus says.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
    #[serde(flatten)]
    state: State,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "reason")]
enum State {
    Ready,
    Missing,
    Corrupt(String),
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let project = Project::open_read_only(&args.project)?;
    let found = |id: &String| project.tweet_called(id)?.ok_or_else(|| CliError::NoTweet(id.clone()));
    let ids: Vec<TweetId> = if args.id.is_empty() {
        project.queue().iter().map(|item| item.id).collect()
    } else {
        args.id.iter().map(found).collect::<Result<_, _>>()?
    };
    let mut tweets = Vec::new();
    for id in ids {
        let tweet = project.tweet(id)?;
        if !args.id.is_empty() || tweet.example.images.len() > 1 {
            tweets.push(entry(&project, tweet));
        }
    }
    let listing = Listing { tweets };
    output::result(args.json, &listing, || {
        if listing.tweets.is_empty() {
            return vec!["no tweet has several images".to_owned()];
        }
        listing.tweets.iter().flat_map(lines).collect()
    })
}

fn entry(project: &Project, tweet: Tweet) -> Entry {
    let scores = tweet.example.image_scores;
    let images = tweet.example.images.into_iter().map(|image| {
        let state = match project.images().status(&image) {
            ImageStatus::Ready(_) => State::Ready,
            ImageStatus::Corrupt(why) => State::Corrupt(why),
            ImageStatus::Missing | ImageStatus::None => State::Missing,
        };
        Candidate { score: scores.get(&image).copied(), image, state }
    });
    Entry { id: tweet.example.id, chosen: tweet.preferred.is_some(), images: images.collect() }
}

fn lines(tweet: &Entry) -> Vec<String> {
    let chosen = if tweet.chosen { " (the first was chosen by a person)" } else { "" };
    let mut lines = vec![format!("{}: {} images{chosen}", tweet.id, tweet.images.len())];
    lines.extend(tweet.images.iter().map(|candidate| {
        let state = match &candidate.state {
            State::Ready => String::new(),
            State::Missing => " (no file)".to_owned(),
            State::Corrupt(why) => format!(" ({why})"),
        };
        let score = candidate.score.map(|score| format!(" {score}")).unwrap_or_default();
        format!("  {}{score}{state}", candidate.image)
    }));
    lines
}
