//! The figures that the README promises, as a table: `cargo bench --bench figures`.
//!
//! Scores come from the program itself (`spanlight evaluate --json`), times from the thread that the screen talks to.
//! Without arguments of the embedded model; with a folder, of the checkpoint in it (`... -- DIR`).

#[allow(dead_code, reason = "each bench uses a part of it")]
mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use spanlight::config::{Folders, Settings};
use spanlight::corpus::{Corpus, ReadOptions};
use spanlight::encoders::Encoders;
use spanlight::project::{Change, Project, State, TrainingCaps, TrainingTweet};
use spanlight::sample;
use spanlight::worker::{Event, LearnJob, Outcome, Request, Types, WorkItem, Worker, WorkerOptions};
use spanlight_models::device::DeviceChoice;
use spanlight_models::example::{Example, LabelSet, Span};
use spanlight_models::metrics::Scores;

use common::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Tweets that are corrected before the model learns.
const CORRECTIONS: usize = 20;

/// What the screen lets one lesson take.
const LESSON: TrainingCaps = TrainingCaps { corrections: 256, replay: 256, held_out: 256 };

fn main() -> Result<(), Failure> {
    // Cargo adds flags of its own.
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let model = given.map(|folder| Path::new(&folder).canonicalize()).transpose()?;
    println!("| what | measured | aim |\n|---|---|---|");
    scores(model.as_deref())?;
    let folder = tempfile::tempdir()?;
    predictions(folder.path(), model.clone())?;
    learning(folder.path(), model)?;
    import(folder.path())?;
    exports(folder.path())?;
    let size = fs::metadata(env!("CARGO_BIN_EXE_spanlight"))?.len();
    row("size of the program", &format!("{:.1} MB", size as f64 / 1e6), "under 60 MB");
    Ok(())
}

fn row(what: &str, measured: &str, aim: &str) {
    println!("| {what} | {measured} | {aim} |");
}

fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The model on the sample's test split: as it is, with other tweets' images, without images.
fn scores(model: Option<&Path>) -> Result<(), Failure> {
    let evaluate = |images_as| evaluate(model, images_as);
    let own = evaluate("own")?;
    let f1 = |scores: &Value| scores["f1"].as_f64().unwrap_or_default();
    row("F1 of the model, sample test", &format!("{:.3}", f1(&own)), "at least 0.92");
    let shuffled = evaluate("shuffled")?;
    let lower = f1(&own) - f1(&shuffled);
    row("the same with shuffled images", &format!("{:.3} ({lower:.3} lower)", f1(&shuffled)), "at least 0.15 lower");
    row("the same without images", &format!("{:.3}", f1(&evaluate("none")?)), "");
    let (hits, total) = (&own["pointing"]["hits"], &own["pointing"]["total"]);
    let share = 100.0 * own["pointing"]["rate"].as_f64().unwrap_or_default();
    row("brightest region in the gold box", &format!("{share:.1} % ({hits} of {total})"), "at least 80 %");
    Ok(())
}

/// `spanlight align` on the sample's test split, the start of the program included.
fn exports(folder: &Path) -> Result<(), Failure> {
    for (what, formats, aim) in [
        ("tables and arrays by `spanlight align`, sample test", &["--csv", "--npz"][..], "at least 20 tweets a second"),
        ("PNG figures of them", &["--png"], ""),
        ("an HTML report on them", &["--html", "report.html"], ""),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spanlight"));
        command.args(["align", "--json", "--device", "cpu"]).args(formats).current_dir(folder);
        command.arg("--data").arg(repository("sample-data/test.jsonl"));
        if !formats.contains(&"--html") {
            command.arg("--out").arg(formats.concat().trim_start_matches('-'));
        }
        let began = Instant::now();
        let output = command.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let told: Value = serde_json::from_slice(&output.stdout)?;
        let tweets = told["tweets"].as_f64().unwrap_or_default();
        row(what, &format!("{:.0} tweets a second", tweets / began.elapsed().as_secs_f64()), aim);
    }
    Ok(())
}

fn evaluate(model: Option<&Path>, images_as: &str) -> Result<Value, Failure> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spanlight"));
    command.args(["evaluate", "--json", "--device", "cpu", "--images-as", images_as]);
    command.arg("--data").arg(repository("sample-data/test.jsonl"));
    if let Some(folder) = model {
        command.arg("--model").arg(folder);
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The model's thread on the CPU, asked as the screen asks it.
struct Model {
    worker: Worker,
    events: Receiver<Event>,
}

impl Model {
    fn start(model: Option<PathBuf>, checkpoints: PathBuf, labels: LabelSet) -> Result<Self, Failure> {
        let (sender, events) = channel();
        let folders = Folders::of_user().ok_or("no home folder")?;
        let settings = Settings::default();
        let options = WorkerOptions {
            device: DeviceChoice::Cpu,
            model,
            against: None,
            maps: None,
            checkpoints,
            types: Types { labels, ..Types::default() },
            encoders: Encoders::in_data(folders.data()),
            lesson: settings.lesson_encoder,
            lesson_rank: settings.lesson_rank,
        };
        let worker = Worker::spawn(options, move |event| drop(sender.send(event)))?;
        let model = Self { worker, events };
        model.wait(|event| matches!(event, Event::Ready { .. }).then_some(()))?;
        Ok(model)
    }

    /// The first event that is of interest.
    fn wait<T>(&self, mut pick: impl FnMut(Event) -> Option<T>) -> Result<T, Failure> {
        loop {
            match self.events.recv()? {
                Event::Failed { during, message } => return Err(format!("{during}: {message}").into()),
                event => {
                    if let Some(found) = pick(event) {
                        return Ok(found);
                    }
                }
            }
        }
    }

    /// What the model says of a tweet, and how long it took.
    fn predict(&self, item: WorkItem) -> Result<(Vec<Span>, Duration), Failure> {
        self.worker.request(Request::Predict(item));
        self.wait(|event| match event {
            Event::Predicted { prediction, elapsed, .. } => {
                Some((prediction.spans.into_iter().map(|scored| scored.span).collect(), elapsed))
            }
            _ => None,
        })
    }

    /// F1 on tweets whose gold is known.
    fn f1(&self, tweets: &[(WorkItem, Vec<Span>)]) -> Result<f64, Failure> {
        let mut scores = Scores::default();
        for (item, gold) in tweets {
            scores.add(gold, &self.predict(item.clone())?.0);
        }
        Ok(scores.overall.f1())
    }

    fn learn(&self, job: LearnJob) -> Result<Outcome, Failure> {
        self.worker.request(Request::Learn(job));
        self.wait(|event| match event {
            Event::Finished(outcome) => Some(outcome),
            _ => None,
        })
    }
}

/// Labels and map of the tweet on the screen.
fn predictions(folder: &Path, model: Option<PathBuf>) -> Result<(), Failure> {
    let project = sample::open(folder)?;
    let model = Model::start(model, project.models_dir(), LabelSet::default())?;
    let mut times = Vec::new();
    for item in project.queue().iter().cycle().take(3 * project.queue().len()) {
        let example = project.tweet(item.id)?.example;
        let image = project.images().path_of(&example);
        times.push(model.predict(WorkItem { tweet: item.id, example, image })?.1);
    }
    times.sort();
    let (median, most) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    row("prediction with map for one tweet, CPU", &format!("{median:.1?}, p99 {most:.1?}"), "under 30 ms");
    Ok(())
}

/// Twenty corrected tweets of the sample project, learned from as the screen does it.
fn learning(folder: &Path, model: Option<PathBuf>) -> Result<(), Failure> {
    let mut project = sample::open(folder)?;
    let gold = Corpus::read(&repository("sample-data/today.gold.jsonl"), ReadOptions::default())?;
    let gold: Vec<Example> = gold.examples().collect();
    let (corrected, rest) = gold.split_at(CORRECTIONS);
    let find = |project: &Project, example: &Example| {
        let id = project.find_id(&example.id)?;
        id.ok_or_else(|| Failure::from(format!("tweet {} is not in the sample", example.id)))
    };
    for example in corrected {
        let (tweet, spans) = (find(&project, example)?, Some(example.spans.clone()));
        project.apply("correct", &[Change { tweet, spans, state: Some(State::Done), note: None }])?;
    }
    let unseen = rest.iter().map(|example| {
        let image = project.images().path_of(example);
        let blank = Example { spans: Vec::new(), boxes: Vec::new(), ..example.clone() };
        Ok((WorkItem { tweet: find(&project, example)?, example: blank, image }, example.spans.clone()))
    });
    let unseen = unseen.collect::<Result<Vec<_>, Failure>>()?;

    let labels = project.settings().labels.clone();
    let model = Model::start(model, project.models_dir(), labels.clone())?;
    let before = model.f1(&unseen)?;
    let set = project.training_set(LESSON)?;
    let job =
        LearnJob { corrections: work(set.corrections), replay: work(set.replay), held_out: work(set.held_out), labels };
    let outcome = model.learn(job)?;
    let after = model.f1(&unseen)?;
    let seconds = format!("{:.1} s", outcome.elapsed.as_secs_f64());
    row(&format!("learning from {} corrections, CPU", outcome.corrections), &seconds, "under 10 s");
    row(&format!("F1 on {} further tweets", unseen.len()), &format!("{before:.3}, then {after:.3}"), "better");
    if let (Some(old), Some(new)) = (outcome.before, outcome.after) {
        let verdict = format!("{:.3}, then {:.3} ({:?})", old.f1, new.f1, outcome.verdict);
        row("F1 on the held-out tweets", &verdict, "not worse, else not taken over");
    }
    Ok(())
}

fn work(tweets: Vec<TrainingTweet>) -> Vec<WorkItem> {
    let item = |tweet: TrainingTweet| WorkItem { tweet: tweet.tweet, example: tweet.example, image: tweet.image };
    tweets.into_iter().map(item).collect()
}

/// The largest published corpus, if it is there.
fn import(folder: &Path) -> Result<(), Failure> {
    let what = "Twitter-2015 train (4 000 tweets) imported and open";
    let file = repository("../shared/data/twitter2015/train.txt");
    if !file.is_file() {
        row(what, "skipped: ../shared/data is not there", "under 1 s");
        return Ok(());
    }
    let (_, import) = common::import(&file, &folder.join("t15.spanlight"))?;
    row(what, &format!("{:.2} s", import.open.as_secs_f64()), "under 1 s");
    Ok(())
}
