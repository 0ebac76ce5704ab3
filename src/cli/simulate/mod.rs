//! `spanlight simulate`: what an order and lessons are worth, measured with an annotator who is played by gold labels.

mod chart;
mod report;

use std::path::PathBuf;
use std::time::Instant;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use spanlight_models::device::ChosenDevice;
use spanlight_models::input::Item;
use spanlight_models::model::Tagger;
use spanlight_models::training::{Control, TrainOptions};

use self::report::Report;
use super::arguments::{Device, Reading, named};
use super::beginning::Beginning;
use super::context_files::ContextFiles;
use super::data::{Data, image_folders, read_corpus};
use super::error::CliError;
use super::interrupt::Interrupt;
use super::progress::{Progress, left};
use super::{encoder, model, output};
use crate::config::Config;
use crate::corpus::Corpus;
use crate::hash::stable_hash;
use crate::order::QueueOrder;
use crate::simulation::{Learning, Moment, Options, Simulation, Walked, Way, can_be_followed};

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
    #[arg(long, value_delimiter = ',', value_parser = orderings(), default_value = "random,uncertain")]
    orders: Vec<QueueOrder>,
    /// How the model learns after every round, one or both: lessons as on the screen, or a training from the beginning
    #[arg(long, value_delimiter = ',', value_parser = learnings(), default_value = "lessons")]
    learning: Vec<Learning>,
    #[command(flatten)]
    beginning: Beginning,
    /// Begin with this model instead: the folder of a checkpoint, or `embedded`; then --start may be 0
    #[arg(long, value_name = "NAME|DIR", conflicts_with_all = ["system", "encoder", "lora"])]
    model: Option<String>,
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
    random_share: u8,
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

/// What papers call the first of the learning orders.
const UNCERTAINTY: &str = "uncertainty";

fn orderings() -> impl TypedValueParser<Value = QueueOrder> {
    let names = QueueOrder::ALL.into_iter().filter(|order| can_be_followed(*order)).map(|order| {
        let name = PossibleValue::new(order.name());
        if order == QueueOrder::Uncertain { name.alias(UNCERTAINTY) } else { name }
    });
    PossibleValuesParser::new(names).map(|name| {
        // No other name than the alias is unknown here.
        QueueOrder::named(&name).unwrap_or(QueueOrder::Uncertain)
    })
}

fn learnings() -> impl TypedValueParser<Value = Learning> {
    named(Learning::ALL.map(|learning| (learning.name(), learning)))
}

/// A share in percent.
fn share(text: &str) -> Result<u8, String> {
    let share = text.parse().ok().filter(|share: &f64| (0.0..=1.0).contains(share));
    share.map(|share| (100.0 * share).round() as u8).ok_or_else(|| "a share is a number from 0 to 1".to_owned())
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
    let first = args.beginning.first(pool.examples(), pool.labels().clone(), &device)?;
    let given = given(args, &pool, &device)?;
    let make = |seed: u64| given.as_ref().map_or_else(|| first.make(seed), |model| Ok(model.fork()));
    let training = args.beginning.training(&make(1)?.defaults(), usize::MAX);
    let settings = Config::settings_of_user();
    if args.fresh && args.out.join("plan.json").is_file() {
        std::fs::remove_dir_all(&args.out).map_err(CliError::io("clearing the simulation", &args.out))?;
    }
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

/// The model that was named to begin with.
fn given(args: &Args, pool: &Corpus, device: &ChosenDevice) -> Result<Option<Box<dyn Tagger>>, CliError> {
    let Some(name) = &args.model else { return Ok(None) };
    let mut given = model::load(name, model::folder(name)?.as_deref(), device)?;
    model::speak_like(given.as_mut(), pool.labels());
    Ok(Some(given))
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
    let tested = test.iter().map(|item| format!("{:?}", item.example)).collect::<Vec<_>>().join("\n");
    let beginning = args.model.as_ref().map_or_else(|| args.beginning.words(), |model| format!("model {model}"));
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
