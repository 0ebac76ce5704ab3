//! One lesson: a copy of a model learns from corrections and older gold, and gold that neither learns from judges both.
//!
//! The worker gives lessons to the model on the screen, a simulation gives the same ones to a model of its own.

use serde::{Deserialize, Serialize};
use spanlight_models::example::LabelSet;
use spanlight_models::input::Item;
use spanlight_models::layers::projection::AdapterConfig;
use spanlight_models::metrics::Scores;
use spanlight_models::model::Tagger;
use spanlight_models::training::{Control, TrainError, TrainEvent, TrainOptions, TrainingData};

use crate::config::LessonEncoder;
use crate::project::{TrainingCaps, TrainingSet, TrainingTweet};

/// Most tweets of each kind that one lesson learns from and is judged by: some seconds of work on a laptop.
pub const CAPS: TrainingCaps = TrainingCaps { corrections: 256, replay: 512, held_out: 256 };

/// How many older tweets a correction outweighs.
const WEIGHT: usize = 4;

/// Steps of one lesson, or as many more as it takes to see everything once; enough for some twenty corrections, few enough
/// to wait for.
const STEPS: usize = 48;

/// Parts of what was learned that are tried in this order where all of it makes the model worse on the held-out set
/// (Wortsman et al. 2022: weights between the old and the new ones keep more of what was known).
const SHARES: [f64; 2] = [0.5, 0.25];

/// Rows of a step.
const BATCH: usize = 16;

/// Share of the system's own rates at which a lesson learns.
const PACE: f64 = 0.1;

/// The same for the adapters of an encoder, which are narrow and begin as nothing: at ten times the system's rate they
/// learn in one lesson what the whole encoder learns at a tenth of it.
const ADAPTER_PACE: f64 = 10.0;

/// Parameters from which on a published text encoder is large: all of it takes long to learn and much room to keep.
const LARGE_ENCODER: usize = 10_000_000;

/// What a lesson is made of.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Tweets whose labels a person confirmed or changed since the model last learned.
    pub corrections: Vec<Item>,
    /// Older gold that is mixed in, so that nothing is forgotten.
    pub replay: Vec<Item>,
    /// Gold that is never trained on; decides whether the new model is taken over.
    pub held_out: Vec<Item>,
    /// The entity types of the project; those of the model where it is empty.
    pub labels: LabelSet,
}

impl Lesson {
    /// The lesson that a project has ready.
    pub fn of(set: TrainingSet, labels: LabelSet) -> Self {
        let items = |tweets: Vec<TrainingTweet>| {
            tweets.into_iter().map(|tweet| Item { example: tweet.example, image: tweet.image, maps: None }).collect()
        };
        let TrainingSet { corrections, replay, held_out, .. } = set;
        Self { corrections: items(corrections), replay: items(replay), held_out: items(held_out), labels }
    }
}

/// How a lesson is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// What of a published text encoder it changes.
    pub encoder: LessonEncoder,
    /// Rank of the adapters that it begins.
    pub rank: usize,
    /// Seed of what is left to chance.
    pub seed: u64,
}

/// A sign of life of a lesson.
#[derive(Clone, Copy, Debug)]
pub enum LessonEvent<'a> {
    /// What the trainer says.
    Trainer(&'a TrainEvent),
    /// A model was scored on the held-out set after so many steps.
    Measured(usize, &'a Scores),
}

/// What is told on the way, and asked whether to go on.
pub type Watch<'a> = dyn FnMut(LessonEvent<'_>) -> Control + 'a;

/// A part of the way from the old weights to the trained ones, and what it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// How much of the way was gone.
    pub share: f64,
    /// F1 on the held-out set; none without any entity there.
    pub f1: Option<f64>,
}

/// How a lesson went; `metrics.json` of an accepted one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LessonRecord {
    /// Number of tweets that were corrected.
    pub corrections: usize,
    /// Number of tweets that were mixed in.
    pub replayed: usize,
    /// Training steps.
    pub steps: usize,
    /// Entities that lie within or across longer ones, which no model here can learn; they were left out.
    #[serde(default)]
    pub beyond_flat: usize,
    /// How much of the way from the old weights to the trained ones was gone.
    pub share: f64,
    /// What was tried, the whole way first.
    pub tried: Vec<Tried>,
    /// Scores of the old model; none without any entity to judge by.
    pub held_out_before: Option<Scores>,
    /// Scores of the new one.
    pub held_out_after: Option<Scores>,
}

impl LessonRecord {
    /// Whether the held-out set confirms the new model; `None` where there is nothing to judge by.
    pub fn confirmed(&self) -> Option<bool> {
        let (before, after) = (self.held_out_before.as_ref()?, self.held_out_after.as_ref()?);
        Some(after.overall.f1() >= before.overall.f1())
    }
}

/// A model that learned, which is not in use.
pub struct Taught {
    /// The model.
    pub model: Box<dyn Tagger>,
    /// How it came about.
    pub record: LessonRecord,
}

/// Somebody stopped it.
struct Stopped;

/// Trains a copy of `model` and scores both on the held-out gold; `None` where `watch` stopped it.
pub fn teach(
    model: &dyn Tagger,
    lesson: Lesson,
    manner: Manner,
    watch: &mut Watch<'_>,
) -> Result<Option<Taught>, TrainError> {
    let Lesson { corrections, replay, held_out, labels } = lesson;
    let mut pupil = model.fork();
    if !labels.is_empty() {
        pupil.relabel(&labels);
    }
    prepare(pupil.as_mut(), manner);
    let Ok(before) = measure(model, &held_out, watch) else { return Ok(None) };
    if let Some(scores) = &before {
        watch(LessonEvent::Measured(0, scores));
    }

    let (corrected, replayed) = (corrections.len(), replay.len());
    let data = TrainingData { train: mix(corrections, replay), valid: Vec::new() };
    let options = options(pupil.as_ref(), manner.seed);
    let old = pupil.fork();
    let report = pupil.train(&data, &options, None, &mut |event| watch(LessonEvent::Trainer(&event)))?;
    if report.stopped {
        return Ok(None);
    }

    let chosen = choose(old.as_ref(), pupil, before.as_ref(), &held_out, watch);
    let Ok(Chosen { model, share, tried, after }) = chosen else { return Ok(None) };
    if let Some(scores) = &after {
        watch(LessonEvent::Measured(report.steps, scores));
    }
    let (corrections, steps, beyond_flat) = (corrected, report.steps, report.beyond_flat);
    let (held_out_before, held_out_after) = (before, after);
    let record =
        LessonRecord { corrections, replayed, steps, beyond_flat, share, tried, held_out_before, held_out_after };
    Ok(Some(Taught { model, record }))
}

/// Scores on the held-out set; `None` without any entity to judge by.
fn measure(model: &dyn Tagger, held_out: &[Item], watch: &mut Watch<'_>) -> Result<Option<Scores>, Stopped> {
    let total = held_out.len();
    let mut observe = |done| watch(LessonEvent::Trainer(&TrainEvent::Evaluating { done, total }));
    let scores = model.score(held_out, &mut observe).ok_or(Stopped)?;
    Ok((scores.overall.gold > 0).then_some(scores))
}

/// A step towards a trained model.
struct Chosen {
    model: Box<dyn Tagger>,
    share: f64,
    tried: Vec<Tried>,
    after: Option<Scores>,
}

/// The largest step towards the trained model that does not make it worse, or else the whole step.
fn choose(
    old: &dyn Tagger,
    trained: Box<dyn Tagger>,
    before: Option<&Scores>,
    held_out: &[Item],
    watch: &mut Watch<'_>,
) -> Result<Chosen, Stopped> {
    let worse = |after: &Option<Scores>| matches!((before, after), (Some(before), Some(after)) if after.overall.f1() < before.overall.f1());
    let f1 = |scores: &Option<Scores>| scores.as_ref().map(|scores| scores.overall.f1());
    let whole = measure(trained.as_ref(), held_out, watch)?;
    let mut tried = vec![Tried { share: 1.0, f1: f1(&whole) }];
    if worse(&whole) {
        for share in SHARES {
            let Some(model) = old.blend(trained.as_ref(), share) else { break };
            let after = measure(model.as_ref(), held_out, watch)?;
            tried.push(Tried { share, f1: f1(&after) });
            if !worse(&after) {
                return Ok(Chosen { model, share, tried, after });
            }
        }
    }
    Ok(Chosen { model: trained, share: 1.0, tried, after: whole })
}

/// Corrections and older gold in turn, repeated to fill the lesson's steps: a correction counts as much as
/// [`WEIGHT`] older tweets, so that what is new is neither lost among the old nor learned by heart.
fn mix(corrections: Vec<Item>, replay: Vec<Item>) -> Vec<Item> {
    let rows = STEPS * BATCH;
    let (new, old) = (WEIGHT * corrections.len(), replay.len());
    let corrected = if old == 0 { rows } else { rows * new / (new + old) };
    let fill = |items: Vec<Item>, rows: usize| {
        let count = items.len();
        items.into_iter().cycle().take(if count == 0 { 0 } else { rows.max(count) }).collect::<Vec<Item>>()
    };
    let mut train = fill(corrections, corrected);
    train.extend(fill(replay, rows - corrected));
    train
}

/// Makes a model ready for a lesson that changes its published text encoder as the user wishes; it says what it said.
fn prepare(model: &mut dyn Tagger, manner: Manner) {
    let Some(encoder) = model.text_encoder() else { return };
    let adapters = AdapterConfig { rank: manner.rank, alpha: 2.0 * manner.rank as f64 };
    match manner.encoder {
        LessonEncoder::Whole => model.adapt(None),
        LessonEncoder::Auto if encoder.parameters <= LARGE_ENCODER => {}
        LessonEncoder::Auto | LessonEncoder::Adapters => model.adapt(Some(adapters)),
    }
}

/// One pass over the mixed data, gently: what is known already must survive.
fn options(model: &dyn Tagger, seed: u64) -> TrainOptions {
    let defaults = model.defaults();
    let adapted = model.text_encoder().is_some_and(|encoder| encoder.adapter.is_some());
    TrainOptions {
        epochs: 1,
        batch: BATCH,
        encoder_rate: defaults.encoder_rate * if adapted { ADAPTER_PACE } else { PACE },
        // So that half a lesson is half the change of the encoder.
        frozen_down: true,
        head_rate: defaults.head_rate * PACE,
        crf_rate: defaults.crf_rate * PACE,
        name_dropout: defaults.name_dropout.min(0.5),
        mention_replacement: defaults.mention_replacement.min(0.5),
        average: 0.0,
        seed,
        ..defaults
    }
}
