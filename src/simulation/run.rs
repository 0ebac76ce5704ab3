//! The simulation itself: each way has a folder with its project, a file for each finished round and the last model.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use spanlight_models::checkpoint::{self, Extent, Precision};
use spanlight_models::device::Device;
use spanlight_models::input::Item;
use spanlight_models::model::Tagger;
use spanlight_models::systems::CreateError;
use spanlight_models::training::{Control, TrainEvent, TrainOptions, TrainingData};
use spanlight_models::uncertainty::Scored;

use super::{Learning, Options, Round, SimulationError, Walked, Way};
use crate::corpus::Corpus;
use crate::encoders::Encoders;
use crate::order::{Plan as Course, QueueOrder, REMEMBERED, Shingles};
use crate::project::{Change, Project, Role, Search, Settings, State, TrainingCaps, TrainingSet};
use crate::replace::replace_file;
use crate::worker::lesson::{self, CAPS, Lesson, LessonEvent, Manner, Taught};

/// Tweets that are scored between two signs of life.
const CHUNK: usize = 64;

/// What tells two simulations apart.
const PLAN: &str = "plan.json";

/// The project of a way.
const PROJECT: &str = "project";

/// All that is labelled, for a training from the beginning.
const EVERYTHING: TrainingCaps = TrainingCaps { corrections: usize::MAX, replay: usize::MAX, held_out: CAPS.held_out };

/// Makes the model that a training begins with, by a seed.
pub type Fresh<'a> = dyn Fn(u64) -> Result<Box<dyn Tagger>, CreateError> + 'a;

/// What is going on.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The way.
    pub way: Way,
    /// Its round.
    pub round: usize,
    /// What is done in it: `step 3/48`, `scoring 64/600`.
    pub doing: &'a str,
    /// Rounds that were finished in all ways together, those of earlier runs too.
    pub done: usize,
    /// Rounds of all ways together.
    pub total: usize,
    /// Rounds that were finished by this run.
    pub now: usize,
}

/// Everything that the ways share.
pub struct Simulation<'a> {
    /// How much is labelled when.
    pub options: Options,
    /// The ways, in the order in which they are gone.
    pub ways: Vec<Way>,
    /// The tweets that the annotator labels, as they should be labelled.
    pub pool: &'a Corpus,
    /// Folders with their images.
    pub images: Vec<PathBuf>,
    /// Gold that judges lessons; a fifth of what is labelled where there is none.
    pub held_out: Option<&'a Corpus>,
    /// Gold that only measures.
    pub test: &'a [Item],
    /// The model that is trained on the start and, afresh, after every round.
    pub fresh: &'a Fresh<'a>,
    /// Whether that model knows something already, so that it needs no start.
    pub knows: bool,
    /// How it is trained.
    pub training: TrainOptions,
    /// Where models compute.
    pub device: &'a Device,
    /// The encoders that small checkpoints refer to.
    pub encoders: Encoders,
    /// The folder of the simulation.
    pub out: PathBuf,
    /// What else tells this simulation from others: files and system, in words.
    pub subject: Vec<(String, String)>,
}

/// `plan.json`.
#[derive(Serialize, Deserialize)]
struct Plan {
    options: Options,
    subject: Vec<(String, String)>,
}

/// How far all ways together are.
struct Tally {
    done: usize,
    total: usize,
    now: usize,
}

impl Simulation<'_> {
    /// Goes all ways; what an earlier run of the same simulation did is not done again.
    pub fn run(&self, watch: &mut dyn FnMut(Moment<'_>) -> Control) -> Result<Vec<Walked>, SimulationError> {
        let Options { start, every, .. } = self.options;
        let tweets = self.pool.len();
        if start + every > tweets {
            return Err(SimulationError::TooFew { tweets, start, every });
        }
        if start == 0 && !self.knows {
            return Err(SimulationError::NoStart);
        }
        self.take_place()?;
        let known = self.ways.iter().map(|way| rounds_in(&self.folder(*way))).collect::<Result<Vec<_>, _>>()?;
        let last = self.last_round();
        let done = known.iter().map(|rounds| rounds.len().min(last + 1)).sum();
        let mut tally = Tally { done, total: self.ways.len() * (last + 1), now: 0 };
        let mut walked = Vec::with_capacity(self.ways.len());
        for (way, mut rounds) in self.ways.iter().zip(known) {
            rounds.truncate(last + 1);
            self.walk(*way, &mut rounds, &mut tally, watch)?;
            walked.push(Walked { way: *way, rounds });
        }
        Ok(walked)
    }

    /// The number of the last round.
    fn last_round(&self) -> usize {
        let Options { start, every, rounds, .. } = self.options;
        rounds.min((self.pool.len() - start) / every)
    }

    fn folder(&self, way: Way) -> PathBuf {
        self.out.join(way.to_string())
    }

    /// Makes sure that what lies in the folder belongs to this simulation. More rounds and other ways may come later.
    fn take_place(&self) -> Result<(), SimulationError> {
        let path = self.out.join(PLAN);
        fs::create_dir_all(&self.out).map_err(SimulationError::io("making room for the simulation", &self.out))?;
        let options = Options { rounds: 0, ..self.options.clone() };
        let plan = Plan { options, subject: self.subject.clone() };
        if path.exists() {
            let known: Plan = read(&path)?;
            let what = if known.options == plan.options {
                let other = known.subject.iter().zip(&plan.subject).find(|(one, other)| one != other);
                other.map(|((name, value), _)| format!("{name} {value}"))
            } else {
                Some("other numbers (--start, --every, --random-share, the lessons of the settings)".to_owned())
            };
            return match what {
                None => Ok(()),
                Some(what) => Err(SimulationError::Other { folder: self.out.clone(), what }),
            };
        }
        write(&path, &plan)
    }

    fn walk(
        &self,
        way: Way,
        rounds: &mut Vec<Round>,
        tally: &mut Tally,
        watch: &mut dyn FnMut(Moment<'_>) -> Control,
    ) -> Result<(), SimulationError> {
        let last = self.last_round();
        if rounds.len() > last {
            return Ok(());
        }
        let folder = self.folder(way);
        let mut annotator = Annotator::open(self, way, &folder)?;
        let mut model = match rounds.last() {
            Some(round) => {
                annotator.go_back_to(round)?;
                let find = |name: &str| self.encoders.named(name);
                let place = folder.join(model_name(round.round));
                checkpoint::load(&place, &find, self.device).map_err(SimulationError::checkpoint)?
            }
            None => (self.fresh)(way.seed)?,
        };
        while rounds.len() <= last {
            let number = rounds.len();
            let begun = Instant::now();
            let mut tell = |doing: &str| {
                watch(Moment { way, round: number, doing, done: tally.done, total: tally.total, now: tally.now })
            };
            let finished = annotator.round(number, model, rounds.last(), &mut tell)?;
            let Some((next, round)) = finished else {
                return Err(SimulationError::Stopped { done: tally.done, rounds: tally.total });
            };
            let round = Round { seconds: begun.elapsed().as_secs_f64(), ..round };
            keep(next.as_ref(), &round, &folder)?;
            annotator.note_learned(&round)?;
            rounds.push(round);
            model = next;
            tally.done += 1;
            tally.now += 1;
        }
        Ok(())
    }
}

/// One annotator with a project of their own.
struct Annotator<'a> {
    simulation: &'a Simulation<'a>,
    way: Way,
    project: Project,
}

/// A finished round and the model after it.
type Finished = (Box<dyn Tagger>, Round);

/// What is asked between two steps of long work.
type Tell<'a> = dyn FnMut(&str) -> Control + 'a;

impl<'a> Annotator<'a> {
    fn open(simulation: &'a Simulation<'a>, way: Way, folder: &Path) -> Result<Self, SimulationError> {
        let dir = folder.join(PROJECT);
        let mut project = if Project::is_project(&dir) {
            Project::open(&dir)?
        } else {
            let labels = simulation.pool.labels().clone();
            let held_out = simulation.held_out.map(Corpus::structure).unwrap_or_default();
            let spans = simulation.pool.structure().max(held_out);
            let settings = Settings { labels, spans, images: simulation.images.clone(), ..Settings::default() };
            Project::create(&dir, &settings)?
        };
        let has = |project: &Project, role| project.files().iter().any(|file| file.role == role);
        if !has(&project, Role::Label) {
            project.import(simulation.pool, Role::Label)?;
        }
        if let Some(held_out) = simulation.held_out.filter(|_| !has(&project, Role::HeldOut)) {
            project.import(held_out, Role::HeldOut)?;
        }
        Ok(Self { simulation, way, project })
    }

    /// Labels the tweets of a round and lets the model learn from them; `None` where it was stopped.
    fn round(
        &mut self,
        number: usize,
        model: Box<dyn Tagger>,
        before: Option<&Round>,
        tell: &mut Tell<'_>,
    ) -> Result<Option<Finished>, SimulationError> {
        let Options { start, every, .. } = self.simulation.options;
        let labelled = start + number * every;
        if number > 0 && self.score(number, model.as_ref(), tell)? == Control::Stop {
            return Ok(None);
        }
        self.label(labelled, number == 0)?;
        let Some(Learned { model, lesson, taken, through }) = self.learn(number, model, before, tell)? else {
            return Ok(None);
        };
        let total = self.simulation.test.len();
        let scores = model.score(self.simulation.test, &mut |done| tell(&format!("testing {done}/{total}")));
        let Some(test) = scores else { return Ok(None) };
        let (words, entities) = self.count()?;
        let round = Round { round: number, labelled, words, entities, test, lesson, taken, through, seconds: 0.0 };
        Ok(Some((model, round)))
    }

    /// Has the model score what waits, as the worker does it behind the screen.
    fn score(&mut self, number: usize, model: &dyn Tagger, tell: &mut Tell<'_>) -> Result<Control, SimulationError> {
        if self.way.order.measure().is_none() {
            return Ok(Control::Continue);
        }
        let waiting: Vec<i64> =
            self.project.queue().iter().filter(|item| item.state != State::Done).map(|item| item.id).collect();
        for (chunk, tweets) in waiting.chunks(CHUNK).enumerate() {
            if tell(&format!("scoring {}/{}", chunk * CHUNK, waiting.len())) == Control::Stop {
                return Ok(Control::Stop);
            }
            let mut items = Vec::with_capacity(tweets.len());
            for tweet in tweets {
                let mut example = self.project.tweet(*tweet)?.example;
                let image = self.project.images().prefer(&mut example);
                items.push(Item { example, image, maps: None });
            }
            let scores = model.predict(&items, false).into_iter().map(|reading| Scored::of(&reading.answer));
            let scores: Vec<(i64, Scored)> = tweets.iter().copied().zip(scores).collect();
            self.project.record_scores(number as u64, &scores)?;
        }
        Ok(Control::Continue)
    }

    /// Confirms gold, a tweet after the other, until so many are done.
    fn label(&mut self, wanted: usize, by_lot: bool) -> Result<(), SimulationError> {
        let order = if by_lot { QueueOrder::Random } else { self.way.order };
        let random_share = self.simulation.options.random_share;
        let course = Course { order, random_share, seed: self.way.seed, ..Course::default() };
        let done = |project: &Project| project.queue().iter().filter(|item| item.state == State::Done).count();
        let mut recent: Vec<Shingles> = self.project.recent_texts()?.into_iter().map(|(_, text)| text).collect();
        while done(&self.project) < wanted {
            let search = Search { recent: &recent, ..Search::default() };
            let Some(choice) = self.project.next_tweet(&course, &search) else { break };
            let change = Change { tweet: choice.tweet, state: Some(State::Done), ..Change::default() };
            self.project.apply("done", &[change])?;
            if let Some(index) = self.project.index_of(choice.tweet) {
                recent.insert(0, Shingles::of(self.project.text_at(index)));
                recent.truncate(REMEMBERED);
            }
        }
        Ok(())
    }

    fn learn(
        &mut self,
        number: usize,
        mut model: Box<dyn Tagger>,
        before: Option<&Round>,
        tell: &mut Tell<'_>,
    ) -> Result<Option<Learned>, SimulationError> {
        let Simulation { options, training, fresh, pool, .. } = self.simulation;
        let before = before.map_or(0, |round| round.through);
        if number > 0 && self.way.learning == Learning::Lessons {
            let set = self.project.training_set(CAPS)?;
            let through = set.through;
            let lesson = Lesson::of(set, pool.labels().clone());
            let manner = Manner { encoder: options.lesson, rank: options.lesson_rank, seed: self.way.seed };
            let mut watch = |event: LessonEvent<'_>| match event {
                LessonEvent::Trainer(event) => tell_training(event, tell),
                LessonEvent::Measured(..) => Control::Continue,
            };
            let taught = lesson::teach(model.as_ref(), lesson, manner, &mut watch)?;
            let Some(Taught { model: learned, record }) = taught else { return Ok(None) };
            // What nothing speaks against is taken over; what is worse is dropped, and its tweets are learned next time.
            let taken = record.confirmed().unwrap_or(true);
            let (model, through) = if taken { (learned, through) } else { (model, before) };
            return Ok(Some(Learned { model, lesson: Some(record), taken, through }));
        }
        let set = self.everything()?;
        let through = set.through;
        if number > 0 {
            model = fresh(self.way.seed)?;
        }
        let Lesson { corrections, replay, .. } = Lesson::of(set, pool.labels().clone());
        let train: Vec<Item> = corrections.into_iter().chain(replay).collect();
        model.relabel(pool.labels());
        if !train.is_empty() {
            if train.iter().all(|item| item.example.spans.is_empty()) {
                return Err(SimulationError::EmptyStart(train.len()));
            }
            let data = TrainingData { train, valid: Vec::new() };
            let options = TrainOptions { seed: self.way.seed, ..training.clone() };
            let report = model.train(&data, &options, None, &mut |event| tell_training(&event, tell))?;
            if report.stopped {
                return Ok(None);
            }
        }
        Ok(Some(Learned { model, lesson: None, taken: true, through }))
    }

    /// All that is labelled but what is held out, in the order of the corpus.
    fn everything(&self) -> Result<TrainingSet, SimulationError> {
        let mut set = self.project.training_set(EVERYTHING)?;
        set.corrections.append(&mut set.replay);
        set.corrections.sort_by_key(|tweet| tweet.tweet);
        Ok(set)
    }

    /// Notes in the project what the model has learned, as the screen does.
    fn note_learned(&mut self, round: &Round) -> Result<(), SimulationError> {
        if round.taken && round.through > 0 {
            self.project.mark_learned(round.round as u64, round.through)?;
        }
        Ok(())
    }

    /// Notes what the last finished round has learned, and forgets what a run learned that was cut short after it.
    fn go_back_to(&mut self, round: &Round) -> Result<(), SimulationError> {
        self.project.unlearn_after(round.round as u64)?;
        self.note_learned(round)
    }

    /// Words and entities of what is labelled.
    fn count(&self) -> Result<(usize, usize), SimulationError> {
        let (mut words, mut entities) = (0, 0);
        for item in self.project.queue().iter().filter(|item| item.state == State::Done) {
            let example = self.project.tweet(item.id)?.example;
            words += example.tokens.len();
            entities += example.spans.len();
        }
        Ok((words, entities))
    }
}

/// What learning came to.
struct Learned {
    model: Box<dyn Tagger>,
    lesson: Option<lesson::LessonRecord>,
    taken: bool,
    through: i64,
}

fn tell_training(event: &TrainEvent, tell: &mut Tell<'_>) -> Control {
    match event {
        TrainEvent::Step { step, total, .. } => tell(&format!("step {step}/{total}")),
        TrainEvent::Evaluating { done, total } => tell(&format!("judging {done}/{total}")),
        TrainEvent::Preparing { done, total } => tell(&format!("reading {done}/{total}")),
        TrainEvent::WarmingUp { done, total } => tell(&format!("warming up {done}/{total}")),
        _ => Control::Continue,
    }
}

fn model_name(round: usize) -> String {
    format!("model-{round:04}")
}

fn round_name(round: usize) -> String {
    format!("round-{round:04}.json")
}

/// Keeps the model, then the round that says that it is there; the model before is not needed any more.
fn keep(model: &dyn Tagger, round: &Round, folder: &Path) -> Result<(), SimulationError> {
    let parts = model.parts(Precision::Full, Extent::WithoutEncoder).map_err(SimulationError::checkpoint)?;
    checkpoint::save(&parts, &round, &folder.join(model_name(round.round))).map_err(SimulationError::checkpoint)?;
    write(&folder.join(round_name(round.round)), round)?;
    if let Some(before) = round.round.checked_sub(1) {
        let _ = fs::remove_dir_all(folder.join(model_name(before)));
    }
    Ok(())
}

/// The rounds that were finished in a folder, from the start on without a gap.
fn rounds_in(folder: &Path) -> Result<Vec<Round>, SimulationError> {
    let mut rounds = Vec::new();
    loop {
        let path = folder.join(round_name(rounds.len()));
        if !path.exists() {
            return Ok(rounds);
        }
        rounds.push(read(&path)?);
    }
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, SimulationError> {
    let text = fs::read_to_string(path).map_err(SimulationError::io("reading what an earlier run did", path))?;
    serde_json::from_str(&text)
        .map_err(|error| SimulationError::Broken { path: path.to_owned(), message: error.to_string() })
}

fn write(path: &Path, value: &impl Serialize) -> Result<(), SimulationError> {
    let failed = || SimulationError::io("writing what was done", path);
    let text = serde_json::to_string(value).map_err(|error| failed()(error.into()))?;
    replace_file(path, |out| out.write_all(text.as_bytes())).map_err(failed())
}
