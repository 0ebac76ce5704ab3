//! `spanlight predict`: a model's labels, one JSON object per tweet.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use spanlight_models::alignment::Alignment;
use spanlight_models::imagination::Imagination;
use spanlight_models::influence::{self, Ablation};
use spanlight_models::input::{Item, View};
use spanlight_models::model::{Reading, Tagger};
use spanlight_models::systems::Answer;
use spanlight_models::word_maps::TEACHER;

use super::arguments::views;
use super::data::Data;
use super::error::CliError;
use super::map_files::{self, MapFiles};
use super::prediction_file::Line;
use super::progress::Progress;
use super::subject::Subject;
use super::{model, output};
use crate::replace::replace_file;

/// Tweets whose images are decoded at once.
const CHUNK: usize = 256;

#[derive(Debug, clap::Args)]
#[command(mut_arg("data", |data| data.required(true)))]
#[command(mut_arg("map_folder", |folder| folder.requires("maps").help("Folder with maps of the words over the images, \
    which are written beside those of the model as `teacher`, over the same regions")))]
pub struct Args {
    #[command(flatten)]
    subject: Subject,
    /// Whether the model reads the tweets alone or with their contexts
    #[arg(long, value_parser = views(), default_value = View::Context.name())]
    view: View,
    /// Add to every tweet what its contexts do: the labels without each of them and without any, and how far the labels of
    /// every word move
    #[arg(long)]
    influence: bool,
    /// Write also where the model looked (`alignments`) and, of a system that generates an image from words, what it kept
    /// and how near that comes to the tweet's image (`imagination`)
    #[arg(long)]
    maps: bool,
    #[command(flatten)]
    recorded: MapFiles,
    /// File to write, which is replaced at once when all is written [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print a summary as one JSON object; needs --out
    #[arg(long, requires = "out")]
    json: bool,
}

/// A line of the prediction file with what the labels come from.
#[derive(Serialize)]
struct Explained {
    #[serde(flatten)]
    line: Line,
    #[serde(skip_serializing_if = "Option::is_none")]
    influence: Option<Ablation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alignments: Option<Vec<Alignment>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imagination: Option<Imagination>,
}

/// What was done.
#[derive(Serialize)]
struct Summary<'a> {
    data: &'a Path,
    model: &'a str,
    view: View,
    out: &'a Path,
    tweets: usize,
    entities: usize,
    missing_images: usize,
    image_problems: usize,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let file = args.subject.data()?;
    let mut data = Data::read(file, &args.subject.reading, &args.subject.contexts)?;
    data.items = data.items.into_iter().map(|item| args.view.of(item)).collect();
    args.recorded.attach(&mut data.items)?;
    let mut loaded = args.subject.model.load()?;
    model::speak_like(loaded.tagger.as_mut(), &data.labels);
    let Some(out) = &args.out else {
        let counts = write(args, loaded.tagger.as_ref(), &data.items, &mut io::BufWriter::new(io::stdout().lock()));
        return counts.map(drop).map_err(CliError::output);
    };
    let mut counts = Counts::default();
    replace_file(out, |file| {
        counts = write(args, loaded.tagger.as_ref(), &data.items, file)?;
        Ok(())
    })
    .map_err(CliError::io("writing the predictions", out))?;
    let summary = Summary {
        data: file,
        model: &loaded.name,
        view: args.view,
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

/// The recorded maps of a tweet over the regions of the model's, unless the model tells them itself.
fn recorded(item: &Item, own: &[Alignment]) -> Result<Option<Alignment>, CliError> {
    let (Some(path), Some(first)) = (&item.maps, own.first()) else { return Ok(None) };
    if own.iter().any(|alignment| alignment.method == TEACHER) {
        return Ok(None);
    }
    Ok(map_files::read(path, &item.example)?.over(&first.regions))
}

fn write(args: &Args, tagger: &dyn Tagger, items: &[Item], out: &mut dyn Write) -> io::Result<Counts> {
    let mut counts = Counts::default();
    each_reading(tagger, items, args.maps, |item, reading| {
        let line = Line::new(item, &reading, false);
        counts.entities += line.spans.len();
        counts.image_problems += usize::from(line.image_problem.is_some());
        if !args.influence && !args.maps {
            return line.write(out);
        }
        let influence = args.influence.then(|| influence::ablate(tagger, item));
        let Answer { mut alignments, imagination, .. } = reading.answer;
        alignments.extend(recorded(item, &alignments).map_err(|error| io::Error::other(error.to_string()))?);
        let alignments = args.maps.then_some(alignments);
        serde_json::to_writer(&mut *out, &Explained { line, influence, alignments, imagination })?;
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
    mut take: impl FnMut(&Item, Reading) -> Result<(), E>,
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
