//! What the screen asks the worker, and what the worker answers.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use spanlight_models::alignment::Alignment;
use spanlight_models::attribution::{Falls, Method, Piece, Unit};
use spanlight_models::example::{Example, LabelSet};
use spanlight_models::influence::{Ablation, Fusion};
use spanlight_models::model::Reading;
use spanlight_models::prediction::Prediction;
use spanlight_models::uncertainty::Scored;

/// A tweet as the worker needs it.
#[derive(Clone, Debug)]
pub struct WorkItem {
    /// The project's row of the tweet; comes back in the answer.
    pub tweet: i64,
    /// Tokens, spans, contexts, boxes.
    pub example: Example,
    /// File of the preferred image, if there is one.
    pub image: Option<PathBuf>,
}

/// Which model is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Which {
    /// The one in use.
    #[default]
    InUse,
    /// The one that it is compared with: a checkpoint that was named, else the one before the last accepted step.
    Other,
    /// None: what files record of where the picture shows the words.
    Recorded,
}

/// What is asked about where a tweet's words looked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The project's row of the tweet.
    pub tweet: i64,
    /// Id of the image that is looked at; none where the tweet is read without.
    pub image: Option<String>,
    /// The model that is asked.
    pub model: Which,
    /// How it is asked.
    pub method: Method,
    /// What has a map of its own; words and spans have the same.
    pub unit: Unit,
}

/// The answer to a [`Question`].
#[derive(Clone, Debug)]
pub struct Insight {
    /// The model by its system and version, or its folder.
    pub model: String,
    /// Its system.
    pub system: &'static str,
    /// Its types.
    pub types: Vec<String>,
    /// Its labels.
    pub reading: Reading,
    /// For every token the probabilities of the types, and last that of no entity.
    pub chances: Vec<Vec<f32>>,
    /// Its maps; none where it was asked to read the tweet without an image.
    pub alignment: Option<Alignment>,
    /// Where pieces of words have the rows of the maps, in their order; otherwise empty.
    pub pieces: Vec<Piece>,
    /// What hiding every region did to the labels, where that was the method.
    pub falls: Option<Falls>,
    /// Time the model took.
    pub elapsed: Duration,
}

/// What a learning job starts from.
#[derive(Clone, Debug)]
pub struct LearnJob {
    /// Tweets whose labels a person confirmed or changed since the model last learned.
    pub corrections: Vec<WorkItem>,
    /// Older gold that is mixed in, so that nothing is forgotten.
    pub replay: Vec<WorkItem>,
    /// Gold that is never trained on; decides whether the new model is taken over.
    pub held_out: Vec<WorkItem>,
    /// The entity types of the project.
    pub labels: LabelSet,
}

/// The entity types of a project, and how a model may have learned to call them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Types {
    /// The types.
    pub labels: LabelSet,
    /// What types are called now, by what they were called.
    pub former: IndexMap<String, String>,
}

/// What the screen asks.
#[derive(Clone, Debug)]
pub enum Request {
    /// Suggestions and alignments of one tweet; goes in between two training steps.
    Predict(WorkItem),
    /// What each of a tweet's contexts does to its labels; goes in between two training steps, after predictions.
    Ablate(WorkItem),
    /// Where the words of a tweet looked; goes in between two training steps, after predictions. One that waits is dropped
    /// for another tweet's.
    Inspect(Question, WorkItem),
    /// What the model makes of a batch of tweets, when nothing more urgent waits.
    Score(Vec<WorkItem>),
    /// The same, compared with the other model where there is one.
    Compare(Vec<WorkItem>),
    /// Learn from corrections. One job runs and one waits; a newer one replaces the waiting one.
    Learn(LearnJob),
    /// Stop the running job within one step; the model stays as it was.
    Stop,
    /// Take over the candidate that the gate left to the user.
    Accept,
    /// Drop that candidate.
    Discard,
    /// Go back to the model before the last accepted step.
    RollBack,
    /// The project has other types: read the model in use anew for them. A candidate that waits is dropped.
    Retype(Types),
    /// End the thread.
    Shutdown,
}

/// Which model is in use.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCard {
    /// Name of its system in the registry.
    pub system: String,
    /// What the project began with: `embedded`, or the folder of a checkpoint.
    pub name: String,
    /// Grows by one with every accepted step; 0 is the model the project started with.
    pub version: u64,
    /// Number of trained parameters.
    pub parameters: usize,
    /// Entity types it knows.
    pub labels: Vec<String>,
    /// How it can be asked where its words looked.
    pub methods: Vec<Method>,
    /// Whether it looks at images.
    pub uses_image: bool,
    /// Whether it reads the texts that accompany tweets.
    pub uses_contexts: bool,
}

/// Where the model runs, and why there.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceCard {
    /// `cpu` or `cuda:0`.
    pub device: String,
    /// One line: what was asked, what was found.
    pub reason: String,
}

/// What a long job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Compiling kernels or decoding images; `done` of `total`.
    WarmingUp,
    /// Training steps.
    Training,
    /// Scoring the held-out set.
    Evaluating,
}

/// A sign of life of a long job.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// What is going on.
    pub phase: Phase,
    /// Units done in this phase.
    pub done: usize,
    /// Units of this phase.
    pub total: usize,
    /// Loss of the last step, where there is one.
    pub loss: Option<f32>,
    /// Estimate of the time to the end of the job.
    pub eta: Option<Duration>,
}

/// Entity micro scores on the held-out set, `0..=1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOutScore {
    /// F1.
    pub f1: f64,
    /// Number of gold entities behind it.
    pub support: usize,
}

/// How a learning job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Not worse on the held-out set: taken over as this version.
    Accepted {
        /// The new model's version.
        version: u64,
    },
    /// Worse on the held-out set: waits for `Accept` or `Discard`.
    Worse,
    /// There is no held-out gold to judge by: waits for `Accept` or `Discard`.
    Unjudged,
    /// Stopped by the user; nothing changed.
    Stopped,
}

/// Summary of a finished learning job.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Held-out score before.
    pub before: Option<HeldOutScore>,
    /// Held-out score after.
    pub after: Option<HeldOutScore>,
    /// What became of the new model.
    pub verdict: Verdict,
    /// Number of training steps done.
    pub steps: usize,
    /// Number of corrections learned from.
    pub corrections: usize,
    /// Entities of the tweets learned from that lie within or across longer ones and were left out.
    pub beyond_flat: usize,
    /// Wall-clock time.
    pub elapsed: Duration,
}

/// What was being done when something failed, as [`Event::Failed`] says it.
pub mod task {
    /// [`super::Request::Predict`].
    pub const PREDICTING: &str = "predicting the tweet on screen";
    /// [`super::Request::Ablate`].
    pub const ABLATING: &str = "reading the tweet without its contexts";
    /// [`super::Request::Inspect`].
    pub const INSPECTING: &str = "asking where the words looked";
    /// [`super::Request::Score`] and [`super::Request::Compare`].
    pub const SCORING: &str = "scoring the queue";
    /// [`super::Request::Learn`].
    pub const LEARNING: &str = "learning from corrections";
}

/// What the worker says.
#[derive(Clone, Debug)]
pub enum Event {
    /// The model is loaded.
    Ready {
        /// The model.
        model: ModelCard,
        /// Where it runs.
        device: DeviceCard,
    },
    /// The answer to [`Request::Predict`].
    Predicted {
        /// The tweet's row.
        tweet: i64,
        /// Version of the model that made it.
        version: u64,
        /// Suggestions.
        prediction: Prediction,
        /// What the model looked at; empty where the system has no alignment or the tweet no usable image.
        alignments: Vec<Alignment>,
        /// What knowledge about the image did, where the system fuses any.
        fusion: Option<Fusion>,
        /// Why the image could not be used, where that is so.
        image_problem: Option<String>,
        /// Time the model took.
        elapsed: Duration,
    },
    /// The answer to [`Request::Ablate`].
    Ablated {
        /// The tweet's row.
        tweet: i64,
        /// Version of the model that made it.
        version: u64,
        /// The tweet read with all contexts, without each and without any.
        ablation: Ablation,
    },
    /// The answer to [`Request::Inspect`], or why there is none.
    Inspected(Question, Result<Box<Insight>, String>),
    /// The answer to [`Request::Score`] and [`Request::Compare`].
    Scored {
        /// Version of the model that made them.
        version: u64,
        /// Tweet row and what the model makes of it.
        scores: Vec<(i64, Scored)>,
    },
    /// A learning job moved on.
    Progress(Progress),
    /// A learning job was scored on the held-out set after so many steps.
    Measured {
        /// Training steps done.
        step: usize,
        /// The score.
        score: HeldOutScore,
    },
    /// A learning job ended.
    Finished(Outcome),
    /// Another model is in use from now on (accepted, rolled back).
    ModelChanged {
        /// The model.
        model: ModelCard,
        /// One line for the screen.
        note: String,
    },
    /// A request failed; the worker lives on.
    Failed {
        /// What was being done; the screen knows those of [`task`] by their words.
        during: String,
        /// What happened and what to do.
        message: String,
    },
}
