//! `spanlight synthesize`: draws candidate pictures for tweets from their words.

mod folder;
mod model;
mod report;
mod source;
mod work;

use std::path::PathBuf;

use spanlight_models::synthesis::diffusion::schedulers::SchedulerKind;

use self::folder::Folder;
use self::source::Source;
use self::work::Work;
use super::arguments::Device;
use super::error::CliError;
use super::interrupt::Interrupt;
use super::output;
use crate::config::Folders;
use crate::synthesis::{Cache, Recipe, Studio, tiny};

pub use self::model::train;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The text-to-image model: a folder in the layout of `diffusers`, or `tiny` for the small one that is trained on the
    /// sample pictures when it is first asked for
    #[arg(long, value_name = "DIR|tiny", default_value = tiny::NAME)]
    model: String,
    #[command(flatten)]
    source: Source,
    /// Pictures of each tweet
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    per_tweet: u16,
    /// Seed of every tweet's first picture; the next ones have the numbers that follow
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for a corpus of its own: `tweets.jsonl`, `images`, `maps` and `provenance`; other commands take it for --data
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    drawing: Drawing,
    #[command(flatten)]
    device: Device,
    /// Draw pictures again that were drawn before
    #[arg(long)]
    no_cache: bool,
    /// Print the outcome as one JSON object
    #[arg(long)]
    json: bool,
}

/// How pictures are drawn.
#[derive(Clone, Debug, clap::Args)]
struct Drawing {
    /// Steps of a picture
    #[arg(long, value_name = "COUNT", default_value_t = Recipe::default().steps, value_parser = steps)]
    steps: usize,
    /// How far pictures are led by the words; 1 is the prompt alone
    #[arg(long, value_name = "NUMBER", default_value_t = Recipe::default().guidance, value_parser = finite)]
    guidance: f64,
    /// The way from noise to a picture: ddim, euler or dpm [default: the model's own]
    #[arg(long, value_name = "NAME")]
    scheduler: Option<SchedulerKind>,
    /// Width and height in pixels, as one number or `WIDTHxHEIGHT` [default: those of the model's training]
    #[arg(long, value_name = "PIXELS", value_parser = size)]
    size: Option<[usize; 2]>,
    /// What pictures should not be
    #[arg(long, value_name = "TEXT", default_value = "")]
    negative: String,
    /// Attention scores that are computed at once; where memory is short, fewer are tried by themselves [default: 33554432]
    #[arg(long, value_name = "SCORES")]
    slicing: Option<usize>,
}

impl From<&Drawing> for Recipe {
    fn from(drawing: &Drawing) -> Self {
        let Drawing { steps, guidance, size, negative, slicing, .. } = drawing.clone();
        Self { steps, guidance, size, negative, slicing }
    }
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let tweets = args.source.read()?;
    let device = args.device.choose()?;
    let interrupt = Interrupt::watch()?;
    let painter = model::open(&args.model, args.drawing.scheduler, &device, &interrupt)?;
    let cache = Folders::of_user().filter(|_| !args.no_cache).map(|folders| Cache::in_folder(folders.cache()));
    let studio = Studio::new(painter, Recipe::from(&args.drawing), cache);
    let folder = Folder::open(&args.out)?;
    let mut work = Work::new(args, studio, folder, &device, &interrupt);
    work.all(&tweets)?;
    let report = work.finish()?;
    output::result(args.json, &report, || report.lines())?;
    if report.stopped {
        Err(CliError::SynthesisStopped { done: report.pictures(), all: report.wanted })
    } else {
        Ok(())
    }
}

fn steps(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|steps| *steps > 0).ok_or_else(|| format!("`{text}` is no number of steps"))
}

fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("`{text}` is no finite number"))
}

fn size(text: &str) -> Result<[usize; 2], String> {
    let (width, height) = text.split_once('x').unwrap_or((text, text));
    let side = |text: &str| text.parse().ok().filter(|side: &usize| *side > 0);
    let sides = side(width).zip(side(height)).map(|(width, height)| [width, height]);
    sides.ok_or_else(|| format!("`{text}` is no size; write one number, or WIDTHxHEIGHT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_one_number_or_two() {
        assert_eq!((size("64"), size("96x64")), (Ok([64, 64]), Ok([96, 64])));
        for text in ["", "x", "64x", "-1", "0", "64x0", "64x64x64", "64 x 64"] {
            assert!(size(text).expect_err(text).contains("no size"), "{text}");
        }
        assert!(finite("inf").is_err() && finite("7.5").is_ok() && steps("0").is_err());
    }
}
