//! `spanlight box`: where entities are in the images of tweets.

use std::path::PathBuf;

use serde::Serialize;
use spanlight_models::example::RegionBox;

use super::comments::{Tokens, tokens, tweet};
use super::error::CliError;
use super::output;
use crate::project::{Project, Tweet};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the boxes of all tweets to label, or of some tweets
    List {
        /// Folder of the project; it may be open on a screen
        #[arg(long, value_name = "DIR")]
        project: PathBuf,
        /// Id of a tweet; several may be given
        #[arg(long)]
        id: Vec<String>,
        /// Print everything as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Draw a box for words of a tweet
    Add {
        /// Left, upper, right and lower edge in pixels of the image
        #[arg(value_name = "XMIN,YMIN,XMAX,YMAX", value_parser = edges)]
        edges: Edges,
        /// Folder of the project
        #[arg(long, value_name = "DIR")]
        project: PathBuf,
        /// Id of the tweet
        #[arg(long)]
        id: String,
        /// The words: first token and one past the last, from 0
        #[arg(long, value_name = "START:END", value_parser = tokens)]
        tokens: Tokens,
        /// Id of the image [default: the one that counts]
        #[arg(long)]
        image: Option<String>,
        /// Print the tweet's boxes as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Take boxes away
    Remove {
        /// Their numbers, as `box list` shows them
        #[arg(required = true)]
        numbers: Vec<usize>,
        /// Folder of the project
        #[arg(long, value_name = "DIR")]
        project: PathBuf,
        /// Id of the tweet
        #[arg(long)]
        id: String,
        /// Print the tweet's boxes as one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Left, upper, right and lower edge.
#[derive(Clone, Copy, Debug)]
struct Edges([f32; 4]);

fn edges(text: &str) -> Result<Edges, String> {
    let numbers: Option<Vec<f32>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    let edges = numbers.and_then(|numbers| <[f32; 4]>::try_from(numbers).ok());
    edges.map(Edges).ok_or_else(|| "write it as 10,20,110,220".to_owned())
}

#[derive(Serialize)]
struct Listing {
    tweets: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    boxes: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    number: usize,
    words: String,
    #[serde(flatten)]
    region: RegionBox,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::List { project, id, json } => {
            let project = Project::open_read_only(project)?;
            let tweets = if id.is_empty() {
                project.queue().iter().map(|item| item.id).collect()
            } else {
                id.iter().map(|id| tweet(&project, id)).collect::<Result<Vec<_>, _>>()?
            };
            let mut entries = Vec::new();
            for row in tweets {
                let found = project.tweet(row)?;
                if !found.example.boxes.is_empty() || !id.is_empty() {
                    entries.push(entry(found));
                }
            }
            tell(*json, &Listing { tweets: entries })
        }
        Command::Add { edges, project, id, tokens, image, json } => {
            let Edges([xmin, ymin, xmax, ymax]) = *edges;
            change(project, id, *json, "draw a box", |found, boxes| {
                let first = || found.example.images.first().cloned();
                let image = image.clone().or_else(first);
                let none = || CliError::NoWords { id: id.clone(), what: "image to draw a box on".to_owned() };
                let (image, start, end) = (image.ok_or_else(none)?, tokens.0.start, tokens.0.end);
                boxes.push(RegionBox { image, start, end, xmin, ymin, xmax, ymax });
                Ok(())
            })
        }
        Command::Remove { numbers, project, id, json } => change(project, id, *json, "remove a box", |_, boxes| {
            if let Some(number) = numbers.iter().copied().find(|number| *number == 0 || *number > boxes.len()) {
                return Err(CliError::NoBox { id: id.clone(), number });
            }
            let mut place = 0;
            boxes.retain(|_| {
                place += 1;
                !numbers.contains(&place)
            });
            Ok(())
        }),
    }
}

/// Changes the boxes of a tweet as one step of undo, and tells what it has then.
fn change(
    dir: &std::path::Path,
    id: &str,
    json: bool,
    summary: &str,
    change: impl FnOnce(&Tweet, &mut Vec<RegionBox>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let mut project = Project::open(dir)?;
    let row = tweet(&project, id)?;
    let found = project.tweet(row)?;
    let mut boxes = found.example.boxes.clone();
    change(&found, &mut boxes)?;
    project.set_boxes(row, summary, boxes)?;
    tell(json, &Listing { tweets: vec![entry(project.tweet(row)?)] })
}

fn entry(tweet: Tweet) -> Entry {
    let example = tweet.example;
    let listed = |(place, region): (usize, &RegionBox)| Listed {
        number: place + 1,
        words: example.tokens.get(region.start..region.end).unwrap_or_default().join(" "),
        region: region.clone(),
    };
    let boxes = example.boxes.iter().enumerate().map(listed).collect();
    Entry { id: example.id, boxes }
}

fn tell(json: bool, listing: &Listing) -> Result<(), CliError> {
    output::result(json, listing, || {
        if listing.tweets.iter().all(|tweet| tweet.boxes.is_empty()) {
            return vec!["no boxes".to_owned()];
        }
        listing.tweets.iter().flat_map(lines).collect()
    })
}

fn lines(tweet: &Entry) -> Vec<String> {
    let line = |Listed { number, words, region }: &Listed| {
        let RegionBox { image, xmin, ymin, xmax, ymax, .. } = region;
        format!("  {number}. “{words}” in {image}: {xmin},{ymin},{xmax},{ymax}")
    };
    [format!("{}: {} boxes", tweet.id, tweet.boxes.len())].into_iter().chain(tweet.boxes.iter().map(line)).collect()
}
