//! BERT-CRF: the text-only anchor of every comparison. Any published text encoder serves.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend as BurnBackend;

use super::chain::WordEncoder;
use super::published::{PublishedText, PublishedTextConfig};
use super::{CreateError, EncoderNeed, Foundation, SystemInfo};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::encoders::text::Tokenizer;
use crate::input::{self, Row};
use crate::training::TrainOptions;

/// First pieces of a published encoder, with dropout.
#[derive(Module, Debug)]
pub struct BertWords<B: BurnBackend> {
    text: PublishedText<B>,
    dropout: Dropout,
}

impl BertWords<Backend> {
    fn over(text: PublishedText<Backend>, config: &PublishedTextConfig) -> Self {
        Self { text, dropout: DropoutConfig::new(config.transformer.dropout).init() }
    }
}

impl WordEncoder for BertWords<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "bert-crf",
        summary: "published text encoder, first pieces of words, CRF",
        source: "Devlin et al. 2019 with a CRF, as the papers' text-only baseline",
        uses_image: false,
        uses_contexts: false,
        text_encoder: EncoderNeed::Published,
        image_encoder: EncoderNeed::None,
        alignments: &[],
    };

    type Config = PublishedTextConfig;
    type Extra = ();

    fn defaults() -> TrainOptions {
        TrainOptions {
            epochs: 10,
            encoder_rate: 1e-4,
            head_rate: 1e-4,
            crf_rate: 5e-2,
            warmup: 0.1,
            weight_decay: 0.01,
            word_dropout: 0.0,
            name_dropout: 0.0,
            ..TrainOptions::default()
        }
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, PublishedTextConfig, Tokenizer), CreateError> {
        let (text, config, pieces) = PublishedText::create(foundation, Self::INFO.name)?;
        Ok((Self::over(text, &config), config, pieces))
    }

    fn new(config: &PublishedTextConfig, device: &Device) -> Self {
        Self::over(PublishedText::new(config, device), config)
    }

    fn width(config: &PublishedTextConfig) -> usize {
        config.transformer.width
    }

    fn longest(config: &PublishedTextConfig) -> usize {
        input::fitting(config.transformer.longest())
    }

    fn extra(_: &PublishedTextConfig, _: &[&Row], _: &Device) {}

    fn encode(&self, text: &TextBatch, (): &()) -> Tensor<Backend, 3> {
        self.dropout.forward(self.text.words(text))
    }
}
