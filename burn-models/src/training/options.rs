//! How a training goes: rates, schedule, noise, seed.

use serde::{Deserialize, Serialize};

use crate::layers::projection::Products;

/// How to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainOptions {
    /// Passes over the training data.
    pub epochs: usize,
    /// Rows of one batch.
    pub batch: usize,
    /// Batches whose gradients make one step.
    pub accumulate: usize,
    /// Peak learning rate of the encoders; 0 freezes them.
    pub encoder_rate: f64,
    /// Layers of the encoders, from below and with the embeddings as the first, that stay as they are.
    pub frozen_layers: usize,
    /// Whether the first matrices of adapters stay as they are (LoRA-FA, Zhang et al. 2023): what an adapter changes is
    /// linear in what it learns then.
    pub frozen_down: bool,
    /// Peak learning rate of what is built on them.
    pub head_rate: f64,
    /// Peak learning rate of the transition scores.
    pub crf_rate: f64,
    /// Share of the steps over which the rates rise; afterwards they fall linearly to zero.
    pub warmup: f64,
    /// Weight decay of `AdamW`; biases and normalisations do not decay.
    pub weight_decay: f32,
    /// Largest norm of all gradients together.
    pub clip: f64,
    /// Share of ordinary words made unknown in a step.
    pub word_dropout: f32,
    /// Share of name words made unknown in a step.
    pub name_dropout: f32,
    /// Share of names that stand for another name of their type in a step.
    pub mention_replacement: f32,
    /// Decay per step of the running average of the weights, which is what is scored and kept; 0 keeps the weights of
    /// the last step themselves.
    pub average: f64,
    /// Stop after so many evaluations without a better F1.
    pub patience: Option<usize>,
    /// The numbers in which a published text encoder computes its products while it is trained.
    pub products: Products,
    /// Seed of everything that is left to chance.
    pub seed: u64,
}

impl TrainOptions {
    /// Share of the peak rates at a step, counted from 1, of `total`.
    pub(crate) fn share(&self, step: usize, total: usize) -> f64 {
        let (step, total) = (step as f64, total.max(1) as f64);
        let rising = (self.warmup * total).max(1.0);
        if step <= rising { step / rising } else { ((total - step + 1.0) / (total - rising + 1.0)).max(0.0) }
    }

    /// The same for encoders that begin with random weights: more epochs, higher rates, and names hidden or exchanged, since
    /// a small corpus would be learned by heart.
    #[must_use]
    pub fn from_scratch(self) -> Self {
        Self {
            epochs: 20,
            encoder_rate: 1e-3,
            head_rate: self.head_rate.max(1e-3),
            crf_rate: 5e-3,
            weight_decay: 0.05,
            name_dropout: 0.7,
            mention_replacement: 0.75,
            average: 0.998,
            ..self
        }
    }
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch: 16,
            accumulate: 1,
            encoder_rate: 1e-4,
            frozen_layers: 0,
            frozen_down: false,
            head_rate: 1e-3,
            crf_rate: 1e-2,
            warmup: 0.1,
            weight_decay: 0.01,
            clip: 5.0,
            word_dropout: 0.1,
            name_dropout: 0.5,
            mention_replacement: 0.0,
            average: 0.0,
            patience: None,
            products: Products::F32,
            seed: 1,
        }
    }
}
