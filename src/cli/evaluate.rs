//! `spanlight evaluate`: scores a model against labelled tweets.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use indexmap::IndexMap;
use serde::Serialize;
use spanlight_models::example::Span;
use spanlight_models::image_file;
use spanlight_models::input::Item;
use spanlight_models::metrics::{Counts, Scores};
use spanlight_models::model::Tagger;
use spanlight_models::pointing::Pointing;

use super::arguments::Reading;
use super::data::Data;
use super::error::CliError;
use super::model::{self, ModelArgs};
use super::output;
use super::predict::each_reading;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The labelled tweets, in any known format
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    model: ModelArgs,
    /// Which images the model sees: those of the tweets, those of other tweets, or none
    #[arg(long, value_enum, default_value_t = ImagesAs::Own)]
    images_as: ImagesAs,
    /// Decides which other tweets, with --images-as shuffled
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the scores as one JSON object
    #[arg(long)]
    json: bool,
}

/// Which images the model sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum ImagesAs {
    Own,
    Shuffled,
    None,
}

/// Scores of a kind of entities, `0..=1`.
#[derive(Serialize)]
pub struct Score {
    pub f1: f64,
    pub precision: f64,
    pub recall: f64,
    pub support: usize,
}

impl From<Counts> for Score {
    fn from(counts: Counts) -> Self {
        Self { f1: counts.f1(), precision: counts.precision(), recall: counts.recall(), support: counts.gold }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    data: &'a Path,
    model: &'a str,
    device: &'a str,
    images_as: ImagesAs,
    tweets: usize,
    #[serde(flatten)]
    overall: Score,
    per_type: IndexMap<String, Score>,
    span_only: Score,
    missing_images: usize,
    image_problems: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointing: Option<PointingReport>,
}

/// How often the brightest region of a name's map lies in the name's box.
#[derive(Serialize)]
struct PointingReport {
    hits: usize,
    total: usize,
    rate: f64,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let Data { mut items, labels, missing_images } = Data::read_labelled(&args.data, &args.reading, "score")?;
    let mut loaded = args.model.load()?;
    model::speak_like(loaded.tagger.as_mut(), &labels);
    match args.images_as {
        ImagesAs::Own => {}
        ImagesAs::Shuffled => shuffle_images(&mut items, args.seed),
        ImagesAs::None => items.iter_mut().for_each(|item| item.image = None),
    }
    let outcome = score(loaded.tagger.as_ref(), &items, args.images_as == ImagesAs::Own);
    let Outcome { mut scores, image_problems, pointing } = outcome;
    scores.per_type.sort_by(|a, one, b, other| other.gold.cmp(&one.gold).then_with(|| a.cmp(b)));
    let report = Report {
        data: &args.data,
        model: &loaded.name,
        device: &loaded.device.name,
        images_as: args.images_as,
        tweets: items.len(),
        overall: scores.overall.into(),
        per_type: scores.per_type.into_iter().map(|(name, counts)| (name, counts.into())).collect(),
        span_only: scores.span_only.into(),
        missing_images,
        image_problems,
        pointing: (pointing.total > 0).then(|| PointingReport {
            hits: pointing.hits,
            total: pointing.total,
            rate: pointing.rate(),
        }),
    };
    output::result(args.json, &report, || describe(&report))
}

/// What came of scoring.
struct Outcome {
    scores: Scores,
    /// Number of tweets whose image could not be used.
    image_problems: usize,
    /// Hits of the maps; nothing where they were not looked at.
    pointing: Pointing,
}

/// Scores the model on `items`; its maps too where `point` is set.
fn score(tagger: &dyn Tagger, items: &[Item], point: bool) -> Outcome {
    let mut outcome = Outcome { scores: Scores::default(), image_problems: 0, pointing: Pointing::default() };
    let scored = each_reading::<std::convert::Infallible>(tagger, items, point, |item, reading| {
        let predicted: Vec<Span> = reading.answer.prediction.spans.into_iter().map(|scored| scored.span).collect();
        outcome.scores.add(&item.example.spans, &predicted);
        outcome.image_problems += usize::from(reading.image_problem.is_some());
        let size = item.image.as_deref().filter(|_| point).and_then(|image| image_file::probe(image).ok());
        if let (Some(size), Some(alignment)) = (size, reading.answer.alignments.first()) {
            outcome.pointing.add(&item.example, [size.width, size.height], alignment);
        }
        Ok(())
    });
    match scored {
        Ok(()) => outcome,
    }
}

/// Gives every tweet with an image the image of another one.
fn shuffle_images(items: &mut [Item], seed: u64) {
    let (places, mut images): (Vec<usize>, Vec<PathBuf>) =
        items.iter().enumerate().filter_map(|(place, item)| Some((place, item.image.clone()?))).unzip();
    if images.len() < 2 {
        return;
    }
    // Any shift but none; neighbouring seeds lead to shifts far apart.
    let spread = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let shift = 1 + spread % (images.len() as u64 - 1);
    images.rotate_left(shift as usize);
    for (place, image) in places.into_iter().zip(images) {
        items[place].image = Some(image);
    }
}

fn describe(report: &Report<'_>) -> Vec<String> {
    let row = |name: &str, score: &Score| {
        let percent = |share: f64| format!("{:.2}", 100.0 * share);
        let shares = [score.precision, score.recall, score.f1].map(percent);
        let support = score.support.to_string();
        std::iter::once(name.to_owned()).chain(shares).chain([support]).collect::<Vec<_>>()
    };
    let mut rows = vec![["", "precision", "recall", "F1", "entities"].map(str::to_owned).to_vec()];
    rows.push(row("all", &report.overall));
    rows.extend(report.per_type.iter().map(|(name, score)| row(name, score)));
    rows.push(row("borders only", &report.span_only));
    let mut lines = output::table(&rows);
    if let Some(PointingReport { hits, total, rate }) = &report.pointing {
        let percent = 100.0 * rate;
        lines.push(String::new());
        lines.push(format!("brightest region in the box: {hits} of {total} entities ({percent:.1} %)"));
    }
    if report.image_problems + report.missing_images > 0 {
        let (missing, unusable) = (report.missing_images, report.image_problems);
        lines.push(String::new());
        lines.push(format!("images without a file: {missing}, images that cannot be used: {unusable}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tweet_gets_the_image_of_another_one() {
        let item = |image: Option<&str>| Item { image: image.map(PathBuf::from), ..Item::default() };
        for seed in 0..20 {
            let before = vec![item(Some("a")), item(None), item(Some("b")), item(Some("c")), item(Some("d"))];
            let mut after = before.clone();
            shuffle_images(&mut after, seed);
            assert!(after[1].image.is_none());
            let images = |items: &[Item]| {
                let mut images: Vec<_> = items.iter().filter_map(|item| item.image.clone()).collect();
                images.sort();
                images
            };
            assert_eq!(images(&after), images(&before));
            let kept = after.iter().zip(&before).filter(|(one, other)| one.image.is_some() && one.image == other.image);
            assert_eq!(kept.count(), 0, "seed {seed}");
        }
    }
}
