//! `spanlight simulate`: what an order and lessons are worth, measured with an annotator who is played by gold labels.

mod chart;
mod report;

use std::path::PathBuf;
use std::time::Instant;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use spanlight_models::device::ChosenDevice;
use spanlight_models::example::TagScheme;
use spanlight_models::input::Item;
use spanlight_models::layers::projection::AdapterConfig;
use spanlight_models::model::Tagger;
use spanlight_models::systems::{self, Foundation, REGISTRY};
use spanlight_models::training::{Control, TrainOptions};

use self::report::Report;
use super::arguments::{Device, Reading};
use super::context_files::ContextFiles;
use super::data::{Data, image_folders, read_corpus};
use super::error::CliError;
use super::interrupt::Interrupt;
use super::progress::{Progress, left};
use super::{encoder, model, output};
use crate::config::{Config, Folders, Settings};
use crate::corpus::Corpus;
use crate::hash::stable_hash;
use crate::simulation::{Learning, Moment, Options, Ordering, Simulation, Walked, Way};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Labelled tweets that the annotator is given without their labels, in any known format
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Labelled tweets that measure after every round and are used for nothing else
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    /// Labelled tweets that judge lessons [default: a fifth of what the annotator has labelled, as on the screen]
    #[arg(long, value_name = "FILE")]
    held_out: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Orders in which tweets are labelled, separated by commas
    #[arg(long, value_delimiter = ',', value_parser = orderings(), default_value = "random,uncertainty")]
    orders: Vec<Ordering>,
    /// How the model learns after every round, one or both: lessons as on the screen, or a training from the beginning
    #[arg(long, value_delimiter = ',', value_parser = learnings(), default_value = "lessons")]
    learning: Vec<Learning>,
    /// The system to train
    #[arg(long, value_parser = PossibleValuesParser::new(REGISTRY.iter().map(|entry| entry.info.name)), default_value = REGISTRY[0].info.name)]
    system: String,
    /// What the text encoder begins with: a published model by name (see `model`) or folder, or a file of word vectors
    #[arg(long, value_name = "NAME|DIR|FILE")]
    encoder: Option<String>,
    /// Fine-tune a published text encoder through adapters of this rank (`LoRA`)
    #[arg(long, value_name = "RANK", value_parser = clap::value_parser!(u16).range(1..=1024))]
    lora: Option<u16>,
    /// Begin with this model instead: the folder of a checkpoint, or `embedded`; then --start may be 0
    #[arg(long, value_name = "NAME|DIR", conflicts_with_all = ["system", "encoder", "lora"])]
    model: Option<String>,
    /// Passes over the data of a training from the beginning [default: the system's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Only so many of the tweets, chosen by chance, the same ones whatever the order [default: all]
    #[arg(long, value_name = "TWEETS", value_parser = clap::value_parser!(u32).range(1..))]
    pool: Option<u32>,
    /// Tweets that are labelled before the first model is trained
    #[arg(long, value_name = "TWEETS", default_value_t = 100)]
    start: u32,
    /// Tweets that are labelled between two lessons or trainings
    #[arg(long, value_name = "TWEETS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// Most rounds; the same folder can be gone on with for more
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    rounds: u32,
    /// Share of the choices that every learning order leaves to chance
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.1")]
    random_share: f64,
    /// Seeds, separated by commas; curves are the mean over them
    #[arg(long, value_delimiter = ',', value_name = "SEED", default_value = "1")]
    seed: Vec<u64>,
    #[command(flatten)]
    device: Device,
    /// Folder for the projects, models and rounds of the simulation; one that was stopped goes on there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Start again even if a simulation could be gone on with
    #[arg(long)]
    fresh: bool,
    /// Print what was measured as one JSON object
    #[arg(long)]
    json: bool,
}

fn orderings() -> impl TypedValueParser<Value = Ordering> {
    PossibleValuesParser::new(Ordering::ALL.map(Ordering::name)).map(|name| {
        // Other names are no possible values.
        Ordering::ALL.into_iter().find(|order| order.name() == name).unwrap_or(Ordering::Random)
    })
}

fn learnings() -> impl TypedValueParser<Value = Learning> {
    PossibleValuesParser::new(Learning::ALL.map(Learning::name)).map(|name| {
        // Other names are no possible values.
        Learning::ALL.into_iter().find(|learning| learning.name() == name).unwrap_or(Learning::Lessons)
    })
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share: &f64| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a share is a number from 0 to 1".to_owned())
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let read = |file: &PathBuf| read_corpus(file, &args.reading);
    let pool = pool(read(&args.data)?, args.pool);
    if pool.labels().is_empty() {
        return Err(CliError::NoEntity { file: args.data.clone(), purpose: "learn" });
    }
    let held_out = args.held_out.as_ref().map(read).transpose()?;
    let test = Data::read_labelled(&args.test, &args.reading, &ContextFiles::default(), "measure by")?;
    let device = args.device.choose()?;
    let first = First::new(args, &pool, &device)?;
    let training = first.training(args)?;
    let settings = Folders::of_user().map(Config::load).map_or_else(Settings::default, |config| config.settings);
    if args.fresh && args.out.join("plan.json").is_file() {
        std::fs::remove_dir_all(&args.out).map_err(CliError::io("clearing the simulation", &args.out))?;
    }
    let make = |seed: u64| first.make(seed);
    let simulation = Simulation {
        options: Options {
            start: args.start as usize,
            every: args.every as usize,
            rounds: args.rounds as usize,
            random_share: args.random_share,
            lesson: settings.lesson_encoder,
            lesson_rank: settings.lesson_rank,
        },
        ways: ways(args),
        images: image_folders(&args.data, &args.reading.images)?,
        held_out: held_out.as_ref(),
        test: &test.items,
        fresh: &make,
        knows: args.model.is_some(),
        subject: subject(args, &pool, held_out.as_ref(), &test.items, &training),
        pool: &pool,
        training,
        device: &device.device,
        encoders: encoder::store()?,
        out: args.out.clone(),
    };
    let walked = walk(&simulation, &Interrupt::watch()?)?;
    let report = Report::new(args, &simulation, &device, walked);
    output::result(args.json, &report, || report.lines())
}

/// Goes all ways and says how far it is.
fn walk(simulation: &Simulation<'_>, interrupt: &Interrupt) -> Result<Vec<Walked>, CliError> {
    let (begun, mut progress) = (Instant::now(), Progress::new());
    let mut last = None;
    let walked = simulation.run(&mut |moment: Moment<'_>| {
        let Moment { way, round, doing, done, total, now } = moment;
        let eta = (now > 0).then(|| begun.elapsed().mul_f64((total - done) as f64 / now as f64));
        let eta = eta.map_or_else(String::new, |time| format!("  {} left", left(time)));
        if last.replace(way) != Some(way) {
            progress.note(&format!("{way}: {done} of {total} rounds are done{eta}"));
        }
        progress.update(|| format!("{way}  round {round}  {doing}  {done}/{total} rounds{eta}"));
        if interrupt.wished() { Control::Stop } else { Control::Continue }
    });
    Ok(walked?)
}

fn ways(args: &Args) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for learning in &args.learning {
        for order in &args.orders {
            for seed in &args.seed {
                let way = Way { order: *order, learning: *learning, seed: *seed };
                if !ways.contains(&way) {
                    ways.push(way);
                }
            }
        }
    }
    ways
}

/// So many of the tweets, in their order; which ones depends on their bytes alone.
fn pool(corpus: Corpus, wanted: Option<u32>) -> Corpus {
    let wanted = wanted.map_or(corpus.len(), |wanted| wanted as usize);
    if wanted >= corpus.len() {
        return corpus;
    }
    let mut tweets: Vec<usize> = (0..corpus.len()).collect();
    tweets.sort_by_cached_key(|tweet| stable_hash(&[b"pool", corpus.source(*tweet)]));
    tweets.truncate(wanted);
    tweets.sort_unstable();
    corpus.subset(&tweets)
}

/// What tells this simulation from another one in the same folder.
fn subject(
    args: &Args,
    pool: &Corpus,
    held_out: Option<&Corpus>,
    test: &[Item],
    training: &TrainOptions,
) -> Vec<(String, String)> {
    let digest = |bytes: &[u8]| format!("{:016x}", stable_hash(&[bytes]));
    let tested = test.iter().map(|item| format!("{:?}", item.example)).collect::<String>();
    let beginning = match &args.model {
        Some(model) => format!("model {model}"),
        None => {
            let rank = args.lora.map_or_else(String::new, |rank| format!(" lora {rank}"));
            format!("{} {}{rank}", args.system, args.encoder.as_deref().unwrap_or("from scratch"))
        }
    };
    [
        ("tweets to label", digest(pool.bytes())),
        ("held-out tweets", held_out.map_or_else(|| "none".to_owned(), |corpus| digest(corpus.bytes()))),
        ("test tweets", digest(tested.as_bytes())),
        ("the model", beginning),
        ("epochs", training.epochs.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// The model that trainings begin with.
struct First<'a> {
    args: &'a Args,
    pool: &'a Corpus,
    /// Texts of all tweets, from which vocabularies are made; nobody has labelled them yet.
    items: Vec<Item>,
    text: Option<PathBuf>,
    given: Option<Box<dyn Tagger>>,
    device: &'a ChosenDevice,
}

impl<'a> First<'a> {
    fn new(args: &'a Args, pool: &'a Corpus, device: &'a ChosenDevice) -> Result<Self, CliError> {
        let unlabelled = |mut example: spanlight_models::example::Example| {
            example.spans.clear();
            Item { example, ..Item::default() }
        };
        let given = args.model.as_ref().map(|name| model::load(name, model::folder(name)?.as_deref(), device));
        let mut given = given.transpose()?;
        if let Some(model) = &mut given {
            model::speak_like(model.as_mut(), pool.labels());
        }
        let text = args.encoder.as_deref().map(encoder::find).transpose()?;
        Ok(Self { args, pool, items: pool.examples().map(unlabelled).collect(), text, given, device })
    }

    fn training(&self, args: &Args) -> Result<TrainOptions, CliError> {
        let defaults = match &self.given {
            Some(model) => model.defaults(),
            None => self.make(1)?.defaults(),
        };
        let epochs = args.epochs.map_or(defaults.epochs, |epochs| epochs as usize);
        // Nothing chooses the best epoch, so the last one is kept.
        Ok(TrainOptions { epochs, patience: None, ..defaults })
    }

    fn make(&self, seed: u64) -> Result<Box<dyn Tagger>, systems::CreateError> {
        if let Some(model) = &self.given {
            return Ok(model.fork());
        }
        // The argument's parser lets only names of the registry pass.
        let entry = systems::find(&self.args.system).unwrap_or(&REGISTRY[0]);
        let name = self.args.encoder.as_deref();
        let foundation = Foundation {
            text: self.text.as_deref(),
            text_name: name.filter(|name| encoder::named(name).is_some()),
            adapter: self.args.lora.map(|rank| AdapterConfig { rank: usize::from(rank), alpha: 2.0 * f64::from(rank) }),
            ..Foundation::new(&self.items, self.pool.labels().clone(), TagScheme::Bio, &self.device.device)
        };
        (entry.create)(&foundation, seed)
    }
}
