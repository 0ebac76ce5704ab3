//! `spanlight suspects`: labels that are likely wrong, or missing, in gold that is there already.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::builder::TypedValueParser;
use serde::Serialize;
use spanlight_models::example::{LabelSet, Span};
use spanlight_models::input::Item;
use spanlight_models::training::{Control, TrainOptions};

use super::arguments::{Device, Reading, named};
use super::beginning::Beginning;
use super::data::{image_folders, read_corpus};
use super::error::CliError;
use super::interrupt::Interrupt;
use super::progress::{Progress, left};
use super::{model, output};
use crate::config::Folders;
use crate::corpus::ImageStore;
use crate::hash::stable_hash;
use crate::project::Project;
use crate::suspects::{Check, FILE, Folds, Found, Gold, Opinions, ProjectGold, Stage, Suspect, doubts_of_text, rank};

/// Tweets that a model reads between two signs of life.
const CHUNK: usize = 64;

/// Most epochs of a training unless told otherwise: doubts need no perfect model, and there are several to train.
const EPOCHS: usize = 8;

/// How many suspects are told to people; `--json` and the file have all.
const LISTED: usize = 50;

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("labels").required(true))]
pub struct Args {
    /// Labelled tweets, in any known format
    #[arg(long, value_name = "FILE", group = "labels")]
    data: Option<PathBuf>,
    /// Folder of a project: its done tweets and those that came with labels; what is found goes to its `suspects.json`
    #[arg(long, value_name = "DIR", group = "labels")]
    project: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// What is looked for: lost beginnings of entities, borders that differ between equal texts or names, names with several
    /// types, and what models that did not learn from a tweet read in it
    #[arg(long, value_delimiter = ',', value_parser = checks(), default_value = "tags,boundaries,types,model")]
    checks: Vec<Check>,
    /// The model that reads the labels, which must not have learned from them: the folder of a checkpoint, or `embedded`
    /// [default: models are trained here, each on the other folds]
    #[arg(long, value_name = "NAME|DIR", conflicts_with_all = ["system", "encoder", "lora", "epochs", "folds"])]
    model: Option<String>,
    #[command(flatten)]
    beginning: Beginning,
    /// Number of folds; each is read by a model that learned from the others
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(2..=100))]
    folds: u16,
    /// Seed of the trainings
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    device: Device,
    /// Most suspects that are kept
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    most: usize,
    /// File for what is found, which `annotate` reads in a project's folder [default: none with --data]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print what is found as one JSON object
    #[arg(long)]
    json: bool,
}

fn checks() -> impl TypedValueParser<Value = Check> {
    named(Check::ALL.map(|check| (check.name(), check)))
}

/// What was found, and where it was written.
#[derive(Serialize)]
struct Report<'a> {
    labels: &'a Path,
    out: Option<&'a Path>,
    #[serde(flatten)]
    found: Found,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    match (&args.project, &args.data) {
        (Some(dir), _) => {
            let project = Project::open_read_only(dir)?;
            let gold = ProjectGold::of(&project)?;
            let out = args.out.clone().unwrap_or_else(|| dir.join(FILE));
            look(args, dir, &gold, project.images(), Some(&out))
        }
        (None, Some(file)) => {
            let corpus = read_corpus(file, &args.reading)?;
            let images = ImageStore::new(image_folders(file, &args.reading.images)?);
            look(args, file, &corpus, &images, args.out.as_deref())
        }
        // The parser lets none pass.
        (None, None) => Err(CliError::NoData),
    }
}

fn look(args: &Args, labels: &Path, gold: &dyn Gold, images: &ImageStore, out: Option<&Path>) -> Result<(), CliError> {
    let (mut types, mut entities, mut digest) = (LabelSet::default(), 0, 0);
    for place in 0..gold.len() {
        let example = gold.tweet(place)?.example;
        entities += example.spans.len();
        for span in &example.spans {
            types.insert(&span.label, spanlight_models::example::TypeStyle::default());
        }
        digest =
            stable_hash(&[&u64::to_le_bytes(digest), format!("{:?}{:?}", example.tokens, example.spans).as_bytes()]);
    }
    if entities == 0 {
        return Err(CliError::NothingLabelled(labels.to_owned()));
    }
    let mut checks: Vec<Check> = args.checks.clone();
    checks.sort_unstable();
    checks.dedup();
    let mut doubts = doubts_of_text(gold, &checks)?;
    let mut asked = None;
    if checks.contains(&Check::Model) {
        let (opinions, who) = match &args.model {
            Some(_) => held_out(args, gold, images, &types)?,
            None => cross_validated(args, gold, images, types, digest)?,
        };
        doubts.append(opinions.doubts("the model"));
        asked = Some(who);
    }
    let suspects = rank(gold, doubts, args.most)?;
    let found = Found::new(checks, asked, gold.len(), entities, suspects);
    if let Some(out) = out {
        found.write(out)?;
    }
    let report = Report { labels, out, found };
    output::result(args.json, &report, || describe(&report))
}

/// What a model that was named reads.
fn held_out(
    args: &Args,
    gold: &dyn Gold,
    images: &ImageStore,
    types: &LabelSet,
) -> Result<(Opinions, String), CliError> {
    let name = args.model.clone().unwrap_or_default();
    let device = args.device.choose()?;
    let mut tagger = model::load(&name, model::folder(&name)?.as_deref(), &device)?;
    model::speak_like(tagger.as_mut(), types);
    let (interrupt, mut progress, mut opinions) = (Interrupt::watch()?, Progress::new(), Opinions::default());
    let places: Vec<usize> = (0..gold.len()).collect();
    for (number, places) in places.chunks(CHUNK).enumerate() {
        let (done, tweets) = (number * CHUNK, gold.len());
        progress.update(|| format!("reading tweet {done} of {tweets}"));
        if interrupt.wished() {
            return Err(CliError::ReadingStopped { done, tweets });
        }
        let mut items = Vec::with_capacity(places.len());
        for place in places {
            let mut example = gold.tweet(*place)?.example;
            let image = images.prefer(&mut example);
            items.push(Item { example, image, maps: None });
        }
        for ((place, item), reading) in places.iter().zip(&items).zip(tagger.predict(&items, false)) {
            opinions.add(tagger.as_ref(), *place, &item.example, &reading);
        }
    }
    Ok((opinions, name))
}

/// What models read that are trained here.
fn cross_validated(
    args: &Args,
    gold: &dyn Gold,
    images: &ImageStore,
    types: LabelSet,
    digest: u64,
) -> Result<(Opinions, String), CliError> {
    let device = args.device.choose()?;
    let texts = (0..gold.len()).map(|place| gold.tweet(place).map(|tweet| tweet.example));
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let first = args.beginning.first(texts.into_iter(), types, &device)?;
    let defaults = first.make(args.seed)?.defaults();
    let training = TrainOptions { seed: args.seed, ..args.beginning.training(&defaults, EPOCHS) };
    let (words, count) = (args.beginning.words(), usize::from(args.folds));
    let dir = Folders::of_user().ok_or(CliError::NoHome)?.cache().join("folds");
    let folds = Folds {
        gold,
        images,
        count,
        fresh: &|| first.make(args.seed),
        subject: format!("{digest:016x} {words} {training:?}"),
        training,
        dir,
    };
    let (interrupt, mut progress, mut eta) = (Interrupt::watch()?, Progress::new(), Eta::default());
    let opinions = folds.run(&mut |stage: Stage<'_>| {
        let Stage { fold, folds, doing } = stage;
        let time = eta.of(fold, folds);
        progress.update(|| format!("fold {fold} of {folds}: {doing}{time}"));
        if interrupt.wished() { Control::Stop } else { Control::Continue }
    })?;
    Ok((opinions, format!("{words}, {count} folds, {} epochs, seed {}", folds.training.epochs, args.seed)))
}

/// When all folds will be read, once one was.
#[derive(Default)]
struct Eta(Option<(usize, Instant)>);

impl Eta {
    fn of(&mut self, fold: usize, folds: usize) -> String {
        let (first, begun) = *self.0.get_or_insert_with(|| (fold, Instant::now()));
        let done = fold - first;
        if done == 0 {
            return String::new();
        }
        let all = begun.elapsed().mul_f64((folds + 1 - first) as f64 / done as f64);
        format!("  about {} left", left(all.saturating_sub(begun.elapsed())))
    }
}

fn describe(report: &Report<'_>) -> Vec<String> {
    let Report { labels, out, found } = report;
    let by = found.model.as_ref().map_or_else(String::new, |model| format!(", read by {model}"));
    let mut lines = vec![format!(
        "{}: {} suspects among {} labels in {} tweets{by}",
        labels.display(),
        found.suspects.len(),
        found.entities,
        found.tweets
    )];
    lines.extend(output::listing(&found.suspects, found.suspects.len(), LISTED, line));
    if let Some(out) = out {
        lines.push(format!("all of them are in {}", out.display()));
    }
    lines
}

fn line(suspect: &Suspect) -> String {
    let Suspect { tweet, score, fault, gold, suggestion, reasons, .. } = suspect;
    let span = |span: &Option<Span>| span.as_ref().map_or_else(|| "nothing".to_owned(), output::span);
    let why = reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ");
    format!("{score:.2}  tweet {tweet}  {} -> {} ({}): {why}", span(gold), span(suggestion), fault.words())
}
