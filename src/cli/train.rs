//! `spanlight train`: trains a model, from scratch or from another one.

use std::fs;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use serde::Serialize;
use spanlight_models::checkpoint::{self, Precision};
use spanlight_models::device::ChosenDevice;
use spanlight_models::example::{LabelSet, TagScheme, TypeStyle};
use spanlight_models::metrics::Scores;
use spanlight_models::model::Tagger;
use spanlight_models::systems::{self, REGISTRY};
use spanlight_models::training::{Control, TrainEvent, TrainOptions, TrainReport, TrainingData};

use super::arguments::{Device, Reading, schemes};
use super::data::Data;
use super::error::CliError;
use super::evaluate::Score;
use super::interrupt::Interrupt;
use super::progress::{Progress, left};
use super::{model, output};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Labelled tweets to learn from, in any known format
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Labelled tweets that choose the best epoch; never learned from
    #[arg(long, value_name = "FILE")]
    valid: PathBuf,
    #[command(flatten)]
    reading: Reading,
    /// Folder for the checkpoint; a checkpoint that stands there is replaced at the end
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The system to train from scratch
    #[arg(long, value_parser = PossibleValuesParser::new(REGISTRY.iter().map(|entry| entry.info.name)), default_value = REGISTRY[0].info.name)]
    system: String,
    /// Go on from this model instead: the folder of a checkpoint, or `embedded`
    #[arg(long, value_name = "NAME|DIR", conflicts_with_all = ["system", "scheme"])]
    model: Option<String>,
    /// How entities become tags
    #[arg(long, value_parser = schemes(), default_value = "bio")]
    scheme: TagScheme,
    #[command(flatten)]
    schedule: Schedule,
    #[command(flatten)]
    device: Device,
    /// Store weights in 16 bits, half the size
    #[arg(long)]
    half: bool,
    /// Print the outcome as one JSON object
    #[arg(long)]
    json: bool,
}

/// What differs from the system's own way of training.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Schedule {
    /// Passes over the data [default: the system's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Tweets of one step [default: the system's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    batch: Option<u32>,
    /// Stop after so many epochs without a better F1
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    patience: Option<u32>,
    /// Learning rate of the encoders; 0 leaves them as they are [default: the system's]
    #[arg(long, value_parser = rate, value_name = "RATE")]
    encoder_rate: Option<f64>,
    /// Learning rate of what is built on the encoders [default: the system's]
    #[arg(long, value_parser = rate, value_name = "RATE")]
    head_rate: Option<f64>,
    /// Learning rate of the transition scores [default: the system's]
    #[arg(long, value_parser = rate, value_name = "RATE")]
    crf_rate: Option<f64>,
    /// Seed of everything that is left to chance [default: the system's]
    #[arg(long)]
    seed: Option<u64>,
}

impl Schedule {
    fn over(self, defaults: &TrainOptions) -> TrainOptions {
        TrainOptions {
            epochs: self.epochs.map_or(defaults.epochs, |epochs| epochs as usize),
            batch: self.batch.map_or(defaults.batch, |batch| batch as usize),
            patience: self.patience.map(|patience| patience as usize).or(defaults.patience),
            encoder_rate: self.encoder_rate.unwrap_or(defaults.encoder_rate),
            head_rate: self.head_rate.unwrap_or(defaults.head_rate),
            crf_rate: self.crf_rate.unwrap_or(defaults.crf_rate),
            seed: self.seed.unwrap_or(defaults.seed),
            ..defaults.clone()
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && (0.0..=10.0).contains(rate));
    rate.ok_or_else(|| "a learning rate is a number from 0 to 10, like 0.001 or 1e-3".to_owned())
}

/// `metrics.json` of the checkpoint: how it came about, without paths, which are nobody else's business.
#[derive(Serialize)]
struct Record<'a> {
    spanlight: &'static str,
    system: &'static str,
    train: String,
    valid: String,
    selected_on: &'static str,
    device: &'a str,
    options: &'a TrainOptions,
    steps: usize,
    best_step: usize,
    stopped: bool,
    seconds: f64,
    losses: &'a [f32],
    valid_f1: &'a [f64],
    best: Option<&'a Scores>,
    images_not_used: Vec<&'a str>,
}

/// What came of it.
#[derive(Serialize)]
struct Outcome<'a> {
    out: &'a Path,
    system: &'static str,
    parameters: usize,
    labels: Vec<&'a str>,
    device: &'a str,
    seed: u64,
    epochs: usize,
    steps: usize,
    best_step: usize,
    stopped: bool,
    seconds: f64,
    /// On the validation data; absent if it was stopped before it was scored.
    #[serde(flatten)]
    valid: Option<Score>,
    image_problems: usize,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    check_out(&args.out)?;
    let folder = args.model.as_deref().map(model::folder).transpose()?;
    let train = Data::read_labelled(&args.data, &args.reading, "learn")?;
    let valid = Data::read_labelled(&args.valid, &args.reading, "judge by")?;
    let device = args.device.choose()?;
    let mut tagger = match (&args.model, folder) {
        (Some(name), Some(folder)) => continued(model::load(name, folder.as_deref(), &device)?, &train.labels),
        _ => fresh(args, &train, &device)?,
    };
    model::speak_like(tagger.as_mut(), &valid.labels);
    let options = args.schedule.over(&tagger.defaults());
    let name = tagger.info().name;
    output::note(format!(
        "{name}, {} parameters, {} tweets to learn from, {} to judge by, on {}: {}",
        tagger.parameters(),
        train.items.len(),
        valid.items.len(),
        device.name,
        device.reason
    ));
    let data = TrainingData { train: train.items, valid: valid.items };
    let report = teach(tagger.as_mut(), &data, &options)?;
    save(args, tagger.as_ref(), &device, &options, &report)?;
    let outcome = Outcome {
        out: &args.out,
        system: name,
        parameters: tagger.parameters(),
        labels: tagger.labels().names().collect(),
        device: &device.name,
        seed: options.seed,
        epochs: report.f1.len(),
        steps: report.steps,
        best_step: report.best_step,
        stopped: report.stopped,
        seconds: report.seconds,
        valid: report.best.as_ref().map(|best| best.overall.into()),
        image_problems: report.image_problems.len(),
    };
    output::result(args.json, &outcome, || vec![describe(args, &report)])
}

/// Makes sure beforehand that the checkpoint can be written when it is ready.
fn check_out(out: &Path) -> Result<(), CliError> {
    checkpoint::check_place(out).map_err(CliError::Save)?;
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let during = "making room for the checkpoint";
    fs::create_dir_all(parent).map_err(CliError::io(during, parent))?;
    tempfile::tempdir_in(parent).map(drop).map_err(CliError::io(during, parent))
}

fn fresh(args: &Args, train: &Data, device: &ChosenDevice) -> Result<Box<dyn Tagger>, CliError> {
    // The argument's parser lets only names of the registry pass.
    let entry = systems::find(&args.system).unwrap_or(&REGISTRY[0]);
    let seed = args.schedule.over(&(entry.defaults)()).seed;
    Ok((entry.create)(&train.items, train.labels.clone(), args.scheme, &device.device, seed)?)
}

/// A trained model with the types that the data has besides its own.
fn continued(mut tagger: Box<dyn Tagger>, labels: &LabelSet) -> Box<dyn Tagger> {
    model::speak_like(tagger.as_mut(), labels);
    let mut all = tagger.labels().clone();
    for name in labels.names() {
        all.insert(name, TypeStyle::default());
    }
    tagger.relabel(&all);
    tagger
}

/// Trains and tells about it; Ctrl-C stops within one step and keeps the best so far.
fn teach(tagger: &mut dyn Tagger, data: &TrainingData, options: &TrainOptions) -> Result<TrainReport, CliError> {
    let interrupt = Interrupt::watch()?;
    let mut progress = Progress::new();
    let epochs = options.epochs;
    let mut losses = Vec::new();
    let report = tagger.train(data, options, &mut |event| {
        match event {
            TrainEvent::Preparing { done, total } => progress.update(|| format!("reading tweet {done} of {total}")),
            TrainEvent::Step { step, total, epoch, loss, left: time } => {
                losses.push(loss);
                progress.update(|| {
                    format!("epoch {epoch}/{epochs}  step {step}/{total}  loss {loss:.3}  {} left", left(time))
                });
            }
            TrainEvent::Evaluating { done, total } => progress.update(|| format!("scoring {done} of {total}")),
            TrainEvent::Evaluated { epoch, scores, .. } => {
                let (f1, loss) = (100.0 * scores.overall.f1(), losses.iter().sum::<f32>() / losses.len().max(1) as f32);
                losses.clear();
                progress.note(&format!("epoch {epoch}/{epochs}  loss {loss:.3}  F1 {f1:.2}"));
            }
        }
        if interrupt.wished() { Control::Stop } else { Control::Continue }
    })?;
    if report.steps == 0 {
        return Err(CliError::StoppedEarly);
    }
    if report.stopped {
        let kept = match report.best {
            Some(_) => format!("the best model so far, that of step {}, is kept", report.best_step),
            None => "it was not scored yet, so the model of the last step is kept".to_owned(),
        };
        progress.note(&format!("stopped after step {}; {kept}", report.steps));
    }
    Ok(report)
}

fn save(
    args: &Args,
    tagger: &dyn Tagger,
    device: &ChosenDevice,
    options: &TrainOptions,
    report: &TrainReport,
) -> Result<(), CliError> {
    let file_name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let record = Record {
        spanlight: env!("CARGO_PKG_VERSION"),
        system: tagger.info().name,
        train: file_name(&args.data),
        valid: file_name(&args.valid),
        selected_on: "valid",
        device: &device.name,
        options,
        steps: report.steps,
        best_step: report.best_step,
        stopped: report.stopped,
        seconds: report.seconds,
        losses: &report.losses,
        valid_f1: &report.f1,
        best: report.best.as_ref(),
        images_not_used: report.image_problems.iter().map(|(tweet, _)| tweet.as_str()).collect(),
    };
    let precision = if args.half { Precision::Half } else { Precision::Full };
    let parts = tagger.parts(precision).map_err(CliError::Save)?;
    checkpoint::save(&parts, &record, &args.out).map_err(CliError::Save)
}

fn describe(args: &Args, report: &TrainReport) -> String {
    let out = args.out.display();
    let steps = report.best_step;
    match &report.best {
        Some(best) => {
            let f1 = 100.0 * best.overall.f1();
            format!("F1 {f1:.2} on {} after step {steps}; saved in {out}", args.valid.display())
        }
        None => format!("not scored; the model after step {steps} is saved in {out}"),
    }
}
