//! An annotator played by the gold labels, who works as a person does on the screen: a project, its queue, lessons.
//!
//! What a person would be shown next, what the model learns from and whether it is taken over are decided by the code that
//! the screen and the worker use ([`crate::order`], [`crate::project::Project::training_set`], [`crate::worker::lesson`]); here is only what the person would do: label so many tweets, let the model learn, take over
//! what nothing speaks against.

mod curve;
mod error;
mod run;

use std::fmt;

use serde::{Deserialize, Serialize};
use spanlight_models::metrics::Scores;

pub use curve::{Curve, CurvePoint, LessonSummary, Reached, curves, lessons, reached};
pub use error::SimulationError;
pub use run::{Fresh, Moment, Simulation};

use crate::config::LessonEncoder;
use crate::order::QueueOrder;
use crate::worker::lesson::LessonRecord;

/// Whether an annotator alone can follow an order; the others need a second model, other annotators or done tweets.
pub fn can_be_followed(order: QueueOrder) -> bool {
    order.measure().is_some() || matches!(order, QueueOrder::Random | QueueOrder::Corpus)
}

/// How the model learns after every round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learning {
    /// A lesson, as on the screen: corrections and older gold, judged by held-out gold.
    Lessons,
    /// A training from the beginning on all that is labelled.
    Afresh,
}

impl Learning {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Lessons, Self::Afresh];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lessons => "lessons",
            Self::Afresh => "afresh",
        }
    }
}

impl fmt::Display for Learning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much is labelled when, and how the model learns from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Tweets that are labelled before the model is made; the same ones, chosen by chance, whatever the order.
    pub start: usize,
    /// Tweets of a round.
    pub every: usize,
    /// Most rounds; fewer where the tweets end.
    pub rounds: usize,
    /// How many of a hundred tweets of learning orders are chosen by lot.
    pub random_share: u8,
    /// What of a published text encoder a lesson changes.
    pub lesson: LessonEncoder,
    /// Rank of the adapters that a lesson begins.
    pub lesson_rank: usize,
}

/// One way from the first tweet to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Way {
    /// By what the next tweet is chosen.
    pub order: QueueOrder,
    /// How the model learns.
    pub learning: Learning,
    /// Seed of what is left to chance.
    pub seed: u64,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.order.name(), self.learning, self.seed)
    }
}

/// What came of one round; round 0 is the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Its number.
    pub round: usize,
    /// Tweets labelled so far.
    pub labelled: usize,
    /// Words of them.
    pub words: usize,
    /// Entities in them.
    pub entities: usize,
    /// Scores on the test tweets afterwards.
    pub test: Scores,
    /// How the lesson went, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<LessonRecord>,
    /// Whether the model of the lesson was taken over.
    pub taken: bool,
    /// The last edit that the model has learned.
    pub through: i64,
    /// Wall-clock seconds of the round.
    pub seconds: f64,
}

/// A way with its rounds.
#[derive(Clone, Debug, Serialize)]
pub struct Walked {
    /// The way.
    #[serde(flatten)]
    pub way: Way,
    /// Its rounds, from the start on.
    pub rounds: Vec<Round>,
}
