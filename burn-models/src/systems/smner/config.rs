//! Sizes and choices of `SMNER`.

use serde::{Deserialize, Serialize};

use crate::layers::cross::CrossLayerConfig;
use crate::layers::span_features::SpanFeaturesConfig;
use crate::layers::spans::Decoding;
use crate::systems::published::PublishedTextConfig;
use crate::systems::published_image::PublishedRegionsConfig;

use super::bottleneck::BottleneckConfig;

/// Sizes of a [`super::Smner`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmnerConfig {
    /// What stands for the whole tweet.
    pub sentence: Sentence,
    /// Share of a span's features dropped while training.
    pub dropout: f64,
    /// Share of the classifier's hidden features dropped while training.
    pub hidden_dropout: f64,
    /// Which spans stand together.
    #[serde(default)]
    pub decoding: Decoding,
    /// The spans' features.
    pub spans: SpanFeaturesConfig,
    /// The attention from spans to regions; without, every span is told the image as a whole (the paper's "w/o CMA").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<CrossLayerConfig>,
    /// The information bottleneck; without, the whole image is as the encoder saw it (the paper's "w/o CMIB").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bottleneck: Option<BottleneckConfig>,
    /// The text encoder.
    pub text: PublishedTextConfig,
    /// The image encoder.
    pub image: PublishedRegionsConfig,
}

/// What stands for the whole tweet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentence {
    /// The encoder's pooler on the first piece, as in the authors' code; the first piece where the encoder has none.
    Pooler,
    /// The first piece, as in the paper.
    First,
}

impl SmnerConfig {
    /// The published recipe over two encoders.
    pub fn new(text: PublishedTextConfig, image: PublishedRegionsConfig) -> Self {
        let transformer = &text.transformer;
        let attention = CrossLayerConfig {
            heads: transformer.heads,
            hidden: transformer.hidden,
            dropout: 0.1,
            epsilon: transformer.epsilon,
        };
        Self {
            sentence: Sentence::Pooler,
            dropout: 0.1,
            hidden_dropout: 0.2,
            decoding: Decoding::Best,
            spans: SpanFeaturesConfig { longest: 4, pieces: 50, words: 50, cases: 100 },
            attention: Some(attention),
            bottleneck: Some(BottleneckConfig::PAPER),
            text,
            image,
        }
    }

    /// Width `d` of words, spans and regions.
    pub fn width(&self) -> usize {
        self.text.transformer.width
    }
}
