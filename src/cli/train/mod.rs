//! `spanlight train`: trains a model, from scratch or from another one.

mod log;
mod options;
mod schedule;
mod seeds;
mod storage;

use std::fs;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use serde::Serialize;
use spanlight_models::checkpoint::{self, Parts};
use spanlight_models::device::ChosenDevice;
use spanlight_models::example::{LabelSet, TagScheme, TypeStyle};
use spanlight_models::layers::projection::AdapterConfig;
use spanlight_models::metrics::Scores;
use spanlight_models::model::Tagger;
use spanlight_models::systems::{self, EncoderNeed, Foundation, REGISTRY};
use spanlight_models::training::{Control, TrainOptions, TrainReport, TrainingData};

use self::log::Log;
use self::options::Chosen;
use self::schedule::Schedule;
use self::seeds::Summary;
use self::storage::Storage;
use super::arguments::{Device, Reading, schemes, tweets};
use super::box_files::BoxFiles;
use super::context_files::ContextFiles;
use super::data::Data;
use super::error::CliError;
use super::evaluate::Score;
use super::interrupt::Interrupt;
use super::map_files::MapFiles;
use super::{encoder, model, output};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Labelled tweets to learn from, in any known format, or the folder of `synthesize`
    #[arg(long, value_name = "FILE|DIR", value_parser = tweets())]
    data: PathBuf,
    /// Labelled tweets that choose the best epoch; never learned from
    #[arg(long, value_name = "FILE|DIR", value_parser = tweets())]
    valid: PathBuf,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    context_files: ContextFiles,
    #[command(flatten)]
    boxes: BoxFiles,
    #[command(flatten)]
    maps: MapFiles,
    /// Folder for the checkpoint; a checkpoint that stands there is replaced at the end
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The system to train from scratch
    #[arg(long, value_parser = PossibleValuesParser::new(REGISTRY.iter().map(|entry| entry.info.name)), default_value = REGISTRY[0].info.name)]
    system: String,
    /// What the text encoder begins with: a published model by name (see `model`) or folder, or a file of word vectors
    #[arg(long, value_name = "NAME|DIR|FILE")]
    encoder: Option<String>,
    /// What the image encoder begins with: a published model by name (see `model`), its folder or its file
    #[arg(long, value_name = "NAME|DIR|FILE")]
    image_encoder: Option<String>,
    /// Fine-tune a published text encoder through adapters of this rank (`LoRA`) and leave its own weights as they are
    #[arg(long, value_name = "RANK", value_parser = clap::value_parser!(u16).range(1..=1024))]
    lora: Option<u16>,
    /// Go on from this model instead: the folder of a checkpoint, or `embedded`
    #[arg(long, value_name = "NAME|DIR", conflicts_with_all = ["system", "scheme", "encoder", "image_encoder", "lora"])]
    model: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
    /// How entities become tags
    #[arg(long, value_parser = schemes(), default_value = "bio")]
    scheme: TagScheme,
    #[command(flatten)]
    schedule: Schedule,
    /// Seed of everything that is left to chance; several (1,2,3) train a model each, in folders of their own
    #[arg(long, value_delimiter = ',', value_name = "SEED", default_value = "1")]
    seed: Vec<u64>,
    /// Start again even if an interrupted training of the same kind could be gone on with
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    device: Device,
    #[command(flatten)]
    storage: Storage,
    /// Print the outcome as one JSON object; what happens on the way goes to standard error, one JSON object a line
    #[arg(long)]
    json: bool,
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
    beyond_flat: usize,
}

/// What came of it.
#[derive(Serialize)]
pub struct Outcome<'a> {
    out: PathBuf,
    system: &'static str,
    parameters: usize,
    labels: Vec<String>,
    device: &'a str,
    seed: u64,
    epochs: usize,
    best_epoch: Option<usize>,
    steps: usize,
    best_step: usize,
    stopped: bool,
    seconds: f64,
    /// On the validation data; absent if it was stopped before it was scored.
    #[serde(flatten)]
    valid: Option<Score>,
    image_problems: usize,
    /// Entities to learn from that lie within or across longer ones and were left out.
    beyond_flat: usize,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let places: Vec<(u64, PathBuf)> = match args.seed.as_slice() {
        [seed] => vec![(*seed, args.out.clone())],
        seeds => seeds.iter().map(|seed| (*seed, args.out.join(format!("seed-{seed}")))).collect(),
    };
    places.iter().try_for_each(|(_, out)| check_out(out))?;
    let mut train = Data::read_labelled(&args.data, &args.reading, &args.context_files, "learn")?;
    args.boxes.attach(&mut train.items)?;
    let valid = Data::read_labelled(&args.valid, &args.reading, &args.context_files, "judge by")?;
    // What is only judged needs no teacher.
    args.maps.attach(&mut train.items)?;
    let device = args.device.choose()?;
    let data = TrainingData { train: train.items, valid: valid.items };
    let interrupt = Interrupt::watch()?;
    let mut outcomes = Vec::new();
    for (seed, out) in places {
        let mut tagger = start(args, seed, &data, &train.labels, &device)?;
        model::speak_like(tagger.as_mut(), &valid.labels);
        let options = TrainOptions { seed, ..args.schedule.over(&tagger.defaults()) };
        let outcome = train_one(args, tagger.as_mut(), &data, &options, &out, &device, &interrupt)?;
        let stopped = outcome.stopped;
        outcomes.push(outcome);
        if stopped {
            break;
        }
    }
    match outcomes.as_slice() {
        [outcome] => output::result(args.json, outcome, || vec![describe(args, outcome)]),
        outcomes => {
            let summary = Summary::new(outcomes);
            output::result(args.json, &summary, || summary.lines())
        }
    }
}

fn train_one<'a>(
    args: &Args,
    tagger: &mut dyn Tagger,
    data: &TrainingData,
    options: &TrainOptions,
    out: &Path,
    device: &'a ChosenDevice,
    interrupt: &Interrupt,
) -> Result<Outcome<'a>, CliError> {
    let name = tagger.info().name;
    output::note(format!(
        "{name}, {} parameters, {} tweets to learn from, {} to judge by, seed {}, on {}: {}",
        tagger.parameters(),
        data.train.len(),
        data.valid.len(),
        options.seed,
        device.name,
        device.reason
    ));
    let running = Running::open(out, args.fresh)?;
    let mut log = Log::open(&running.folder, options.epochs, args.json)?;
    let report = teach(tagger, data, options, &running.state(), &mut log, interrupt)?;
    save(args, tagger, device, options, &report, log.contents()?, out)?;
    if !report.stopped {
        running.remove();
    }
    Ok(Outcome {
        out: out.to_owned(),
        system: name,
        parameters: tagger.parameters(),
        labels: tagger.labels().names().map(str::to_owned).collect(),
        device: &device.name,
        seed: options.seed,
        epochs: report.f1.len(),
        best_epoch: best_epoch(&report),
        steps: report.steps,
        best_step: report.best_step,
        stopped: report.stopped,
        seconds: report.seconds,
        valid: report.best.as_ref().map(|best| best.overall.into()),
        image_problems: report.image_problems.len(),
        beyond_flat: report.beyond_flat,
    })
}

fn best_epoch(report: &TrainReport) -> Option<usize> {
    let best = report.f1.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    report.f1.iter().position(|f1| *f1 >= best).map(|epoch| epoch + 1)
}

/// The folder beside the checkpoint that holds what a killed training goes on from.
struct Running {
    folder: PathBuf,
}

impl Running {
    fn open(out: &Path, fresh: bool) -> Result<Self, CliError> {
        let name = out.file_name().unwrap_or_default().to_string_lossy();
        let running = Self { folder: out.with_file_name(format!("{name}.training")) };
        if fresh {
            running.remove();
        }
        fs::create_dir_all(&running.folder).map_err(CliError::io("making room for the training", &running.folder))?;
        Ok(running)
    }

    fn state(&self) -> PathBuf {
        self.folder.join("state.safetensors")
    }

    /// Only what is ours goes; a folder in which something else lies stays.
    fn remove(&self) {
        for name in ["state.safetensors", log::FILE] {
            let _ = fs::remove_file(self.folder.join(name));
        }
        let _ = fs::remove_dir(&self.folder);
    }
}

/// Makes sure beforehand that the checkpoint can be written when it is ready.
fn check_out(out: &Path) -> Result<(), CliError> {
    checkpoint::check_place(out).map_err(CliError::save)?;
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let during = "making room for the checkpoint";
    fs::create_dir_all(parent).map_err(CliError::io(during, parent))?;
    tempfile::tempdir_in(parent).map(drop).map_err(CliError::io(during, parent))
}

/// The tagger to train: a fresh one, or one to go on from.
fn start(
    args: &Args,
    seed: u64,
    data: &TrainingData,
    labels: &LabelSet,
    device: &ChosenDevice,
) -> Result<Box<dyn Tagger>, CliError> {
    if let Some(name) = &args.model {
        let folder = model::folder(name)?;
        return Ok(continued(model::load(name, folder.as_deref(), device)?, labels));
    }
    // The argument's parser lets only names of the registry pass.
    let entry = systems::find(&args.system).unwrap_or(&REGISTRY[0]);
    let find = |encoder: &Option<String>| encoder.as_deref().map(encoder::find).transpose();
    let (text, image) = (find(&args.encoder)?, find(&args.image_encoder)?);
    if text.is_none() && entry.info.text_encoder == EncoderNeed::Published {
        output::note("no --encoder is named: a small text encoder is trained from scratch");
    }
    if image.is_none() && entry.info.image_encoder == EncoderNeed::Published {
        output::note("no --image-encoder is named: pictures are seen through the embedded model's");
    }
    let foundation = Foundation {
        text: text.as_deref(),
        text_name: args.encoder.as_deref().filter(|name| encoder::named(name).is_some()),
        image: image.as_deref(),
        options: args.chosen.0.clone(),
        adapter: args.lora.map(|rank| AdapterConfig { rank: usize::from(rank), alpha: 2.0 * f64::from(rank) }),
        ..Foundation::new(&data.train, labels.clone(), args.scheme, &device.device)
    };
    Ok((entry.create)(&foundation, seed)?)
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
fn teach(
    tagger: &mut dyn Tagger,
    data: &TrainingData,
    options: &TrainOptions,
    state: &Path,
    log: &mut Log,
    interrupt: &Interrupt,
) -> Result<TrainReport, CliError> {
    let mut failed = None;
    let report = tagger.train(data, options, Some(state), &mut |event| {
        if let Err(error) = log.event(event) {
            failed.get_or_insert(error);
        }
        if failed.is_some() || interrupt.wished() { Control::Stop } else { Control::Continue }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    if report.steps == 0 {
        return Err(CliError::StoppedEarly);
    }
    if report.stopped {
        let kept = match report.best {
            Some(_) => format!("the best model so far, that of step {}, is kept", report.best_step),
            None => "it was not scored yet, so the model of the last step is kept".to_owned(),
        };
        log.note(&format!("stopped after step {}; {kept}; the same command goes on from here", report.steps));
    }
    Ok(report)
}

fn save(
    args: &Args,
    tagger: &dyn Tagger,
    device: &ChosenDevice,
    options: &TrainOptions,
    report: &TrainReport,
    log: Vec<u8>,
    out: &Path,
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
        beyond_flat: report.beyond_flat,
    };
    let parts = Parts { log, ..args.storage.parts(tagger)? };
    checkpoint::save(&parts, &record, out).map_err(CliError::save)
}

fn describe(args: &Args, outcome: &Outcome<'_>) -> String {
    let (out, step) = (outcome.out.display(), outcome.best_step);
    match &outcome.valid {
        Some(valid) => {
            format!("F1 {:.2} on {} after step {step}; saved in {out}", 100.0 * valid.f1, args.valid.display())
        }
        None => format!("not scored; the model after step {step} is saved in {out}"),
    }
}
