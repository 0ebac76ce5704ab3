//! `spanlight evaluate`: scores a model against labelled tweets, or compares several.

mod compare;
mod contexts;
mod images;
mod judge;
mod measure;
mod plot;
mod record;
mod report;
mod tables;

use std::path::{Path, PathBuf};

use spanlight_models::input::View;
use spanlight_models::metrics::{Confusion, Judged, Reach, breakdowns, errors};

use self::images::{ImagesAs, shown};
use self::judge::{Judgement, seconds_one_by_one};
use self::record::{Record, Speed};
use self::report::{Errors, PointingReport, Report};
use super::arguments::views;
use super::box_files::BoxFiles;
use super::data::Data;
use super::error::CliError;
use super::map_files::MapFiles;
use super::model::speak_like;
use super::output;
use super::subject::Subject;
use crate::replace::replace_file;

pub use self::report::Score;

#[derive(Debug, clap::Args)]
#[command(mut_arg("data", |data| data.required_unless_present("compare")))]
pub struct Args {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    boxes: BoxFiles,
    #[command(flatten)]
    maps: MapFiles,
    /// Which images the model sees
    #[arg(long, value_enum, default_value_t = ImagesAs::Own)]
    images_as: ImagesAs,
    /// Whether the model reads the tweets alone or with their contexts; with both, one after the other, the second is
    /// held against the first
    #[arg(long, value_parser = views(), value_delimiter = ',', value_name = "VIEW", default_value = View::Context.name())]
    view: Vec<View>,
    #[command(flatten)]
    show: Show,
    /// The tweets the model learned from: scores of names that are seen, ambiguous or unseen in them
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// Labelled tweets on which one temperature is fitted; calibration is shown with it too
    #[arg(long, value_name = "FILE")]
    temperature_from: Option<PathBuf>,
    /// Write gold, predictions and probabilities, one JSON object per tweet; --compare reads it
    #[arg(long, value_name = "FILE")]
    predictions_out: Option<PathBuf>,
    /// Add the result to this file as one JSON line; --compare reads it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Compare systems with the first one: checkpoints, files of predictions, or files or folders with the results or the
    /// checkpoints of several seeds
    #[arg(long, value_name = "SYSTEM", num_args = 2.., conflicts_with_all = [
        "model", "map_folder", "breakdown", "calibration", "confusion", "errors", "images_check", "contexts_check", "full", "train", "temperature_from",
        "predictions_out", "record",
    ])]
    compare: Vec<String>,
    /// Decides which tweets swap images, and which are drawn when systems are compared
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print everything as one JSON object; the errors one by one only with --errors
    #[arg(long)]
    json: bool,
}

/// What is shown besides the scores.
#[derive(Clone, Copy, Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
struct Show {
    /// Scores by length, image, number of entities
    #[arg(long)]
    breakdown: bool,
    /// Whether the probabilities can be believed, with a reliability diagram
    #[arg(long)]
    calibration: bool,
    /// Which type is taken for which
    #[arg(long)]
    confusion: bool,
    /// List the errors by kind
    #[arg(long)]
    errors: bool,
    /// Read all tweets with shuffled, blank and no images too, and count what changes
    #[arg(long, conflicts_with = "images_as")]
    images_check: bool,
    /// Read all tweets without each kind of context, without any and with those of other tweets too, and count what changes
    #[arg(long)]
    contexts_check: bool,
    /// All of these
    #[arg(long)]
    full: bool,
}

impl Args {
    /// The view of the main report, which the others are held against.
    fn view(&self) -> View {
        self.view.first().copied().unwrap_or_default()
    }
}

pub fn run(args: &Args) -> Result<(), CliError> {
    if !args.compare.is_empty() {
        return compare::run(args);
    }
    [&args.predictions_out, &args.record].into_iter().flatten().try_for_each(|file| check_folder(file))?;
    let file = args.subject.data()?;
    let mut data = Data::read_labelled(file, &args.subject.reading, &args.subject.contexts, "score")?;
    args.boxes.attach(&mut data.items)?;
    let surfaces = args.train.as_deref().map(|train| measure::surfaces(args, train, &data.labels)).transpose()?;
    let held_out =
        args.temperature_from.as_deref().map(|file| measure::held_out(args, file, &data.labels)).transpose()?;
    let mut loaded = args.subject.model.load()?;
    speak_like(loaded.tagger.as_mut(), &data.labels);
    let tagger = loaded.tagger.as_ref();

    let shown = shown(&data.items, args.images_as, args.seed)?;
    let items = measure::seen(&shown.items, args.view());
    let maps = measure::maps(args, tagger, &items)?;
    let judgement = Judgement::of(tagger, &items, args.images_as == ImagesAs::Own);
    let calibration = measure::calibration(args, tagger, &items, &judgement, held_out.as_deref())?;
    let check = args.show.images_check || (args.show.full && args.images_as == ImagesAs::Own);
    let reads_contexts = tagger.info().uses_contexts && items.iter().any(|item| !item.example.contexts.is_empty());
    let check_contexts = args.show.contexts_check || (args.show.full && reads_contexts);
    let report = Report {
        data: file,
        model: &loaded.name,
        device: &loaded.device.name,
        images_as: args.images_as,
        view: args.view(),
        parameters: tagger.parameters(),
        tweets: judgement.tweets.len(),
        scores: Judged::scores(&judgement.tweets).into(),
        missing_images: data.missing_images,
        image_problems: judgement.lines.iter().filter(|line| line.image_problem.is_some()).count(),
        pointing: PointingReport::of(judgement.pointing),
        maps,
        overlaps: Some(data.overlaps).filter(|overlaps| overlaps.tweets > 0),
        reach: tagger.reach().map(|words| Reach::of(&judgement.tweets, words)),
        breakdowns: breakdowns(&judgement.tweets, surfaces.as_ref()).into_iter().map(Into::into).collect(),
        confusion: Confusion::of(&judgement.tweets, data.labels.names()),
        errors: Errors::of(&errors(&judgement.tweets), args.show.errors || args.show.full),
        calibration,
        images_check: if check { measure::check_images(args, tagger, &data.items, &judgement)? } else { Vec::new() },
        views: measure::other_views(args, tagger, &shown.items, &judgement),
        contexts_check: if check_contexts {
            measure::check_contexts(args, tagger, &items, &judgement)
        } else {
            Vec::new()
        },
        seconds_per_100_tweets: 100.0 * judgement.seconds / judgement.tweets.len().max(1) as f64,
    };
    if let Some(out) = &args.predictions_out {
        write_predictions(&judgement, out)?;
    }
    if let Some(out) = &args.record {
        let speed = Speed { one_by_one: seconds_one_by_one(tagger, &items), batched: report.seconds_per_100_tweets };
        Record::new(args, &report, &judgement.tweets, &loaded, speed)?.append(out)?;
    }
    output::result(args.json, &report, || tables::describe(args, &report))
}

/// Makes sure beforehand that there is a folder for what is written at the end.
fn check_folder(file: &Path) -> Result<(), CliError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.read_dir().map(drop).map_err(CliError::io("looking for the folder of the output", folder))
}

fn write_predictions(judgement: &Judgement, out: &Path) -> Result<(), CliError> {
    replace_file(out, |file| {
        judgement.lines.iter().try_for_each(|line| line.write(file))?;
        file.flush()
    })
    .map_err(CliError::io("writing the predictions", out))
}

/// The last part of a path: results are passed on, and folders are nobody else's business.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
