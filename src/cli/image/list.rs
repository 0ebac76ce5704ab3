//! `spanlight image list`: the images that tweets can have.

use std::path::PathBuf;

use serde::Serialize;
use spanlight_models::example::ImageFacts;
use spanlight_models::image_file;

use crate::cli::error::CliError;
use crate::cli::output;
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
    /// Whether it is the one that counts.
    preferred: bool,
    /// How well it suits the tweet, as far as the corpus says.
    #[serde(flatten)]
    facts: ImageFacts,
    /// Width and height in pixels, where it can be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<[u32; 2]>,
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
    let candidate = |(place, image): (usize, &String)| {
        let (state, size) = match project.images().find(image).map(|path| image_file::probe(&path)) {
            Some(Ok(info)) => (State::Ready, Some([info.width, info.height])),
            Some(Err(error)) => (State::Corrupt(error.to_string()), None),
            None => (State::Missing, None),
        };
        let facts = tweet.example.image_facts(image);
        Candidate { image: image.clone(), preferred: place == 0, facts, size, state }
    };
    let images = tweet.example.images.iter().enumerate().map(candidate).collect();
    Entry { chosen: tweet.preferred.is_some(), images, id: tweet.example.id }
}

fn lines(tweet: &Entry) -> Vec<String> {
    let chosen = if tweet.chosen { " (the first was chosen by a person)" } else { "" };
    let mut lines = vec![format!("{}: {} images{chosen}", tweet.id, tweet.images.len())];
    lines.extend(tweet.images.iter().map(|candidate| {
        let mut said = candidate.facts.told();
        match (&candidate.state, candidate.size) {
            (State::Ready, size) => said.extend(size.map(|[width, height]| format!("{width} x {height} pixels"))),
            (State::Missing, _) => said.push("no file".to_owned()),
            (State::Corrupt(why), _) => said.push(why.clone()),
        }
        format!("  {}: {}", candidate.image, said.join(", "))
    }));
    lines
}
