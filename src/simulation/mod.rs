//! An annotator played by the gold labels, who works as a person does on the screen: a project, its queue, lessons.
//!
//! What a person would be shown next, what the model learns from and whether it is taken over are decided by the code that
//! the screen and the worker use ([`crate::project::order`], [`crate::project::Project::training_set`],
//! [`crate::worker::lesson`]); here is only what the person would do: label so many tweets, let the model learn, take over
//! what nothing speaks against.

mod curve;
mod error;
mod run;

use std::fmt;

use serde::{Deserialize, Serialize};
use spanlight_models::metrics::Scores;
use spanlight_models::prediction::Prediction;

pub use curve::{Curve, CurvePoint, LessonSummary, Reached, curves, lessons, reached};
pub use error::SimulationError;
pub use run::{Fresh, Moment, Simulation};

use crate::config::LessonEncoder;
use crate::project::order::By;
use crate::worker::lesson::LessonRecord;

/// By what the annotator's next tweet is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ordering {
    /// One after the other, as they stand in the corpus.
    Corpus,
    /// By chance.
    Random,
    /// The tweet of whose whole labelling the model is least sure: `1 - p` (least confidence, Lewis and Gale 1994).
    Uncertainty,
    /// The same per word: `1 - p^(1/n)` (Shen et al. 2017), which does not prefer long tweets.
    PerWord,
    /// The entropy of the distribution over labellings per word.
    Entropy,
}

impl Ordering {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Corpus, Self::Random, Self::Uncertainty, Self::PerWord, Self::Entropy];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Corpus => "corpus",
            Self::Random => "random",
            Self::Uncertainty => "uncertainty",
            Self::PerWord => "per-word",
            Self::Entropy => "entropy",
        }
    }

    /// How the queue is asked for the next tweet.
    fn by(self) -> By {
        match self {
            Self::Corpus => By::Place,
            Self::Random => By::Chance,
            Self::Uncertainty | Self::PerWord | Self::Entropy => By::Score,
        }
    }

    /// The score of a tweet of so many words; more comes first.
    fn score(self, prediction: &Prediction, words: usize) -> f32 {
        match self {
            Self::PerWord => 1.0 - prediction.path_probability.powf(1.0 / words.max(1) as f32),
            Self::Entropy => prediction.entropy,
            Self::Uncertainty | Self::Corpus | Self::Random => prediction.uncertainty(),
        }
    }
}

impl fmt::Display for Ordering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
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
    /// Share of the choices of learning orders that are left to chance, `0..=1`.
    pub random_share: f64,
    /// What of a published text encoder a lesson changes.
    pub lesson: LessonEncoder,
    /// Rank of the adapters that a lesson begins.
    pub lesson_rank: usize,
}

/// One way from the first tweet to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Way {
    /// By what the next tweet is chosen.
    pub order: Ordering,
    /// How the model learns.
    pub learning: Learning,
    /// Seed of what is left to chance.
    pub seed: u64,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.order, self.learning, self.seed)
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
