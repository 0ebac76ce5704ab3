//! `spanlight select`: which of several images a tweet should have, and why.

mod references;
mod report;
mod sources;

use std::path::{Path, PathBuf};

use serde::Serialize;
use spanlight_models::device::ChosenDevice;
use spanlight_models::example::Example;
use spanlight_models::synthesis::{EncoderRegions, SelectionOptions, Selector};

use self::references::Folders;
use self::report::{Brief, Explained};
use self::sources::{Choice, Sources};
use super::arguments::{Device, Reading, tweets};
use super::data::{image_folders, read_corpus};
use super::error::CliError;
use super::map_files::MapFiles;
use super::progress::Progress;
use super::{encoder, output};
use crate::corpus::{Corpus, Format, ImageStore};
use crate::replace::replace_file;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tweets, in any known format, or the folder of `synthesize`; several images of a tweet are its candidates
    #[arg(long, value_name = "FILE|DIR", value_parser = tweets())]
    data: PathBuf,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    maps: MapFiles,
    /// Folder with pictures that are known to belong to the tweets: for each a folder called by its id [default: the folder
    /// `references` beside the data, and `maps` there for --map-folder, where there are such]
    #[arg(long, value_name = "DIR")]
    references: Option<PathBuf>,
    /// What candidates and references are seen with: a published model by name (see `model`), its folder or its file
    /// [default: the small encoder of the embedded model]
    #[arg(long, value_name = "NAME|DIR|FILE")]
    image_encoder: Option<String>,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    device: Device,
    /// File to write: the tweets as JSON lines, the chosen image before the others, with their scores
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only the tweet with this id, with every score on the way
    #[arg(long, value_name = "ID", conflicts_with = "out")]
    explain: Option<String>,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

/// How candidates are judged.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Judging {
    /// What candidates and references are compared by: bags of visual words (bow), or one vector each (global)
    #[arg(long, value_name = "bow|global", default_value = "bow")]
    selector: Selector,
    /// How much all candidates together must show of a word for it to count as an entity
    #[arg(long, value_name = "NUMBER", default_value = "0.05", value_parser = not_negative)]
    theta: f32,
    /// How many candidates are kept by what they show of the entities
    #[arg(long, value_name = "COUNT", default_value = "3", value_parser = clap::value_parser!(u16).range(1..))]
    alpha: u16,
    /// Squared distance below which a picture has a visual word
    #[arg(long, value_name = "NUMBER", default_value = "0.2", value_parser = not_negative)]
    eta: f32,
    /// Most visual words
    #[arg(long, value_name = "COUNT", default_value = "100", value_parser = clap::value_parser!(u16).range(1..))]
    words: u16,
    /// Seed of the visual words
    #[arg(long, default_value = "1")]
    seed: u64,
}

impl From<Judging> for SelectionOptions {
    fn from(judging: Judging) -> Self {
        let Judging { selector, theta, alpha, eta, words, seed } = judging;
        Self { theta, alpha: usize::from(alpha), eta, words: usize::from(words), selector, seed }
    }
}

fn not_negative(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number: &f32| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| format!("`{text}` is no number of at least 0"))
}

/// What was chosen for all tweets.
#[derive(Serialize)]
struct Report<'a> {
    data: &'a Path,
    options: SelectionOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<&'a Path>,
    /// Number of tweets whose preferred image is another one now.
    changed: usize,
    tweets: Vec<Brief>,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let corpus = read_corpus(&args.data, &args.reading)?;
    let options = SelectionOptions::from(args.judging);
    let sources = Sources {
        images: ImageStore::new(image_folders(&args.data, &args.reading.images)?),
        maps: args.maps.or(beside(&args.data, "maps")).open()?,
        references: args
            .references
            .clone()
            .or(beside(&args.data, "references"))
            .as_deref()
            .map(Folders::open)
            .transpose()?,
        encoder: region_encoder(args.image_encoder.as_deref(), &args.device.choose()?)?,
    };
    if let Some(id) = &args.explain {
        let tweet = corpus.examples().find(|tweet| &tweet.id == id);
        let tweet = tweet.ok_or_else(|| CliError::NoSuchTweet { file: args.data.clone(), id: id.clone() })?;
        let explained = Explained::new(&tweet, options, sources.choose(&tweet, &options)?);
        return output::result(args.json, &explained, || explained.lines());
    }
    let (mut progress, mut tweets, mut changed) = (Progress::new(), Vec::new(), 0);
    let mut written = if corpus.format() == Format::Jsonl { corpus.prologue().to_vec() } else { Vec::new() };
    for (index, tweet) in corpus.examples().enumerate() {
        progress.update(|| format!("tweet {} of {}", index + 1, corpus.len()));
        let choice = sources.choose(&tweet, &options)?;
        changed += usize::from(choice.changes());
        if args.out.is_some() {
            Format::Jsonl.append(&mut written, &with_choice(&corpus, index, &tweet, &choice)?);
        }
        tweets.push(Brief::new(&tweet.id, &choice));
    }
    drop(progress);
    if let Some(out) = &args.out {
        replace_file(out, |file| file.write_all(&written)).map_err(CliError::io("writing the tweets", out))?;
    }
    let report = Report { data: &args.data, options, out: args.out.as_deref(), changed, tweets };
    output::result(args.json, &report, || report.tweets.iter().map(Brief::line).collect())
}

/// The folder of this name beside a file, if there is one.
fn beside(file: &Path, name: &str) -> Option<PathBuf> {
    Some(file.with_file_name(name)).filter(|folder| folder.is_dir())
}

/// The grid of the encoder that a name or path stands for, or of the small one.
fn region_encoder(word: Option<&str>, device: &ChosenDevice) -> Result<EncoderRegions, CliError> {
    let path = word.map(encoder::find).transpose()?;
    Ok(EncoderRegions::open(path.as_deref(), &device.device)?)
}

/// The line of a tweet with the chosen image before the others, and the scores of all that were measured.
fn with_choice(corpus: &Corpus, index: usize, tweet: &Example, choice: &Choice) -> Result<Vec<u8>, CliError> {
    let written = corpus
        .line_with_images(index, tweet, &choice.order(tweet))
        .and_then(|line| Format::Jsonl.score_images(&line, &choice.scores()));
    written.map_err(|cause| CliError::Unwritable { tweet: tweet.id.clone(), cause })
}
