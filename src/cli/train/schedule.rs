//! The options of a training on the command line.

use spanlight_models::layers::projection::Products;
use spanlight_models::training::TrainOptions;

use crate::cli::arguments::products;

/// What differs from the system's own way of training.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Schedule {
    /// Passes over the data [default: the system's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Tweets of one step [default: the system's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    batch: Option<u32>,
    /// Batches whose gradients make one step [default: the system's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    accumulate: Option<u32>,
    /// Stop after so many epochs without a better F1
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    patience: Option<u32>,
    /// Learning rate of the encoders; 0 leaves them as they are [default: the system's]
    #[arg(long, value_parser = rate, value_name = "RATE")]
    encoder_rate: Option<f64>,
    /// Keep the lowest layers of the encoders as they are; the embeddings count as the first
    #[arg(long, value_name = "LAYERS")]
    freeze: Option<usize>,
    /// Learning rate of what is built on the encoders [default: the system's]
    #[arg(long, value_parser = rate, value_name = "RATE")]
    head_rate: Option<f64>,
    /// Learning rate of the transition scores [default: the system's]
    #[arg(long, value_parser = rate, value_name = "RATE")]
    crf_rate: Option<f64>,
    /// Share of the ordinary words made unknown in a step [default: the system's]
    #[arg(long, value_parser = share, value_name = "SHARE")]
    word_dropout: Option<f32>,
    /// Share of the words of names made unknown in a step [default: the system's]
    #[arg(long, value_parser = share, value_name = "SHARE")]
    name_dropout: Option<f32>,
    /// Share of names that stand for another name of their type in a step [default: the system's]
    #[arg(long, value_parser = share, value_name = "SHARE")]
    mention_replacement: Option<f32>,
    /// Decay of the running average of the weights, which is what is scored and kept; 0 for none [default: the system's]
    #[arg(long, value_parser = share, value_name = "DECAY")]
    average: Option<f32>,
    /// Weight decay [default: the system's]
    #[arg(long, value_parser = share, value_name = "RATE")]
    weight_decay: Option<f32>,
    /// Numbers in which a published text encoder computes its products while it is trained; weights, sums and the CRF stay f32.
    /// bf16 is faster on a GPU and slower on the CPU
    #[arg(long, value_parser = products(), value_name = "f32|bf16", default_value = "f32")]
    products: Products,
}

impl Schedule {
    /// The system's own way with what was asked for instead.
    pub fn over(self, defaults: &TrainOptions) -> TrainOptions {
        TrainOptions {
            epochs: self.epochs.map_or(defaults.epochs, |epochs| epochs as usize),
            batch: self.batch.map_or(defaults.batch, |batch| batch as usize),
            patience: self.patience.map(|patience| patience as usize).or(defaults.patience),
            encoder_rate: self.encoder_rate.unwrap_or(defaults.encoder_rate),
            head_rate: self.head_rate.unwrap_or(defaults.head_rate),
            crf_rate: self.crf_rate.unwrap_or(defaults.crf_rate),
            accumulate: self.accumulate.map_or(defaults.accumulate, |batches| batches as usize),
            frozen_layers: self.freeze.unwrap_or(defaults.frozen_layers),
            word_dropout: self.word_dropout.unwrap_or(defaults.word_dropout),
            name_dropout: self.name_dropout.unwrap_or(defaults.name_dropout),
            mention_replacement: self.mention_replacement.unwrap_or(defaults.mention_replacement),
            average: self.average.map_or(defaults.average, f64::from),
            weight_decay: self.weight_decay.unwrap_or(defaults.weight_decay),
            products: self.products,
            ..defaults.clone()
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && (0.0..=10.0).contains(rate));
    rate.ok_or_else(|| "a learning rate is a number from 0 to 10, like 0.001 or 1e-3".to_owned())
}

fn share(text: &str) -> Result<f32, String> {
    let share = text.parse().ok().filter(|share: &f32| (0.0..1.0).contains(share));
    share.ok_or_else(|| "a share is a number from 0 up to, but not including, 1".to_owned())
}
