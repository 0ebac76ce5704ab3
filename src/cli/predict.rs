//! `spanlight predict`: a model's labels, one JSON object per tweet.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use spanlight_models::input::Item;
use spanlight_models::model::{Reading as ModelReading, Tagger};
use spanlight_models::prediction::ScoredSpan;

use super::arguments::Reading;
use super::data::Data;
use super::error::CliError;
use super::model::{self, ModelArgs};
use super::output;
use super::progress::Progress;
use crate::replace::replace_file;

/// Tweets whose images are decoded at once.
const CHUNK: usize = 256;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tweets, in any known format
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    model: ModelArgs,
    /// File to write, which is replaced at once when all is written [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print a summary as one JSON object; needs --out
    #[arg(long, requires = "out")]
    json: bool,
}

/// One tweet's line.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    tokens: &'a [String],
    spans: &'a [ScoredSpan],
    uncertainty: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_problem: Option<&'a str>,
}

/// What was done.
#[derive(Serialize)]
struct Summary<'a> {
    data: &'a Path,
    model: &'a str,
    out: &'a Path,
    tweets: usize,
    entities: usize,
    missing_images: usize,
    image_problems: usize,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let data = Data::read(&args.data, &args.reading)?;
    let mut loaded = args.model.load()?;
    model::speak_like(loaded.tagger.as_mut(), &data.labels);
    let Some(out) = &args.out else {
        let counts = write(loaded.tagger.as_ref(), &data.items, &mut io::BufWriter::new(io::stdout().lock()));
        return counts.map(drop).map_err(CliError::output);
    };
    let mut counts = Counts::default();
    replace_file(out, |file| {
        counts = write(loaded.tagger.as_ref(), &data.items, file)?;
        Ok(())
    })
    .map_err(CliError::io("writing the predictions", out))?;
    let summary = Summary {
        data: &args.data,
        model: &loaded.name,
        out,
        tweets: data.items.len(),
        entities: counts.entities,
        missing_images: data.missing_images,
        image_problems: counts.image_problems,
    };
    output::result(args.json, &summary, || {
        vec![format!("{} entities in {} tweets written to {}", summary.entities, summary.tweets, out.display())]
    })
}

#[derive(Clone, Copy, Default)]
struct Counts {
    entities: usize,
    image_problems: usize,
}

fn write(tagger: &dyn Tagger, items: &[Item], out: &mut dyn Write) -> io::Result<Counts> {
    let mut counts = Counts::default();
    each_reading(tagger, items, false, |item, reading| {
        let prediction = &reading.answer.prediction;
        let image_problem = reading.image_problem.as_deref();
        let line = Line {
            id: &item.example.id,
            tokens: &item.example.tokens,
            spans: &prediction.spans,
            uncertainty: prediction.uncertainty(),
            image_problem,
        };
        counts.entities += prediction.spans.len();
        counts.image_problems += usize::from(image_problem.is_some());
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")
    })?;
    out.flush()?;
    Ok(counts)
}

/// Asks the model about every tweet, some at a time, and says how far it is.
pub fn each_reading<E>(
    tagger: &dyn Tagger,
    items: &[Item],
    align: bool,
    mut take: impl FnMut(&Item, ModelReading) -> Result<(), E>,
) -> Result<(), E> {
    let mut progress = Progress::new();
    for (number, chunk) in items.chunks(CHUNK).enumerate() {
        progress.update(|| format!("tweet {} of {}", number * CHUNK, items.len()));
        for (item, reading) in chunk.iter().zip(tagger.predict(chunk, align)) {
            take(item, reading)?;
        }
    }
    Ok(())
}
