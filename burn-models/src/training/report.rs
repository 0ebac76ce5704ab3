//! What a trainer is given, tells on the way, and reports at the end.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::keep::KeepError;
use crate::input::Item;
use crate::metrics::Scores;

/// What to train on and what to judge by.
#[derive(Clone, Debug, Default)]
pub struct TrainingData {
    /// Gold to learn from.
    pub train: Vec<Item>,
    /// Gold that is never trained on; chooses the best epoch.
    pub valid: Vec<Item>,
}

/// A sign of life of the trainer.
#[derive(Clone, Debug)]
pub enum TrainEvent {
    /// Images are decoded and words split.
    Preparing {
        /// Tweets ready.
        done: usize,
        /// Tweets in all.
        total: usize,
    },
    /// An earlier training of the same kind was cut short and goes on here.
    Resumed {
        /// Steps made before.
        step: usize,
        /// The pass over the data it is in, from 1.
        epoch: usize,
    },
    /// The training cannot be kept for a later resumption; it goes on all the same.
    NotKept {
        /// Why.
        reason: String,
    },
    /// Every shape of the training is computed once, without learning.
    WarmingUp {
        /// Shapes computed.
        done: usize,
        /// Shapes in all.
        total: usize,
    },
    /// Batches do not fit into the device's memory; they are computed in parts of so many rows, whose gradients are added.
    SmallerParts {
        /// Rows of a part.
        rows: usize,
    },
    /// A step was made.
    Step {
        /// Steps made.
        step: usize,
        /// Steps in all.
        total: usize,
        /// Pass over the data, from 1.
        epoch: usize,
        /// Loss of the latest step whose loss is known.
        loss: f32,
        /// Estimate of the time left.
        left: Duration,
    },
    /// The validation data is being scored.
    Evaluating {
        /// Rows scored.
        done: usize,
        /// Rows in all.
        total: usize,
    },
    /// The validation data was scored.
    Evaluated {
        /// Steps made.
        step: usize,
        /// Passes over the data made.
        epoch: usize,
        /// What the epoch is judged by: the mean F1 of the system's views.
        f1: f64,
        /// The scores of the first view.
        scores: Scores,
    },
}

/// Whether to go on; asked after every event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop now and keep the best model so far.
    Stop,
}

/// What the trainer tells and asks while it works.
pub type Observer<'a> = dyn FnMut(TrainEvent) -> Control + 'a;

/// How a training went.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TrainReport {
    /// Steps made.
    pub steps: usize,
    /// Steps after which the kept model stood.
    pub best_step: usize,
    /// Its scores on the validation data, where there is any; with several views those of the first.
    pub best: Option<Scores>,
    /// Mean loss of every epoch.
    pub losses: Vec<f32>,
    /// F1 on the validation data after every epoch, the mean over the system's views.
    pub f1: Vec<f64>,
    /// Whether it was stopped from outside.
    pub stopped: bool,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Entities to learn from that lie within or across longer ones, which no model here can learn.
    #[serde(default)]
    pub beyond_flat: usize,
    /// Tweets whose image could not be used, with the reason.
    #[serde(skip_deserializing)]
    pub image_problems: Vec<(String, String)>,
}

/// Why a training failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// Nothing to learn from.
    #[error("there is no tweet with words to train on")]
    NoData,
    /// The loss is no number any more.
    #[error("the loss became {loss} at step {step}: try lower learning rates")]
    Diverged {
        /// The step.
        step: usize,
        /// The loss.
        loss: f32,
    },
    /// Not even one row fits.
    #[error(
        "the device has not enough memory to train on a single tweet; use a smaller encoder, freeze it (--freeze) or train \
         low-rank adapters (--lora), or train on the CPU (--device cpu)"
    )]
    OutOfMemory,
    /// What an earlier training left cannot be gone on with.
    #[error(transparent)]
    Kept(#[from] KeepError),
}
