//! `SpanNER` (Fu et al. 2021): every phrase of up to four words is classified as one type or none. Text only.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend as BurnBackend;
use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::published::{Published, PublishedText, PublishedTextConfig};
use super::span_batch::SpanBatch;
use super::span_classifier::{self, SpanClassifier, SpanReader};
use super::{Answer, CreateError, EncoderNeed, Foundation, Spec, System, SystemInfo};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::input::{self, Item, Noise, Row};
use crate::layers::dropout::Dropout;
use crate::layers::span_features::{SpanFeatures, SpanFeaturesConfig};
use crate::layers::spans::Decoding;
use crate::training::TrainOptions;

/// Sizes of a [`SpanNer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpanNerConfig {
    /// Share of a span's features dropped while training.
    pub dropout: f64,
    /// Share of the classifier's hidden features dropped while training.
    pub hidden_dropout: f64,
    /// Which spans stand together.
    #[serde(default)]
    pub decoding: Decoding,
    /// The spans' features.
    pub spans: SpanFeaturesConfig,
    /// The encoder.
    pub text: PublishedTextConfig,
}

/// Encoder, span features, classifier.
#[derive(Module, Debug)]
pub struct SpanNer<B: BurnBackend> {
    text: PublishedText<B>,
    spans: SpanFeatures<B>,
    dropout: Dropout,
    classifier: SpanClassifier<B>,
}

impl SpanNer<Backend> {
    fn over(text: PublishedText<Backend>, spec: &Spec<SpanNerConfig>, device: &Device) -> Self {
        let config = &spec.config;
        let width = config.spans.output(config.text.transformer.width);
        Self {
            text,
            spans: SpanFeatures::new(&config.spans, 1.0, device),
            dropout: Dropout::new(config.dropout),
            classifier: SpanClassifier::new(width, config.hidden_dropout, &spec.labels, device),
        }
    }

    /// Log probability of no entity and of every type for every span, `[B, S, 1 + T]`.
    fn forward(&self, (text, spans): &(TextBatch, SpanBatch)) -> Tensor<Backend, 3> {
        let features = self.spans.forward(&self.text.forward(text).last, &spans.places);
        self.classifier.forward(self.dropout.forward(features))
    }
}

impl System for SpanNer<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "span-ner",
        summary: "published text encoder, every phrase of up to four words classified",
        source: "Fu, Huang and Liu 2021 (SpanNER), as SMNER compares with it",
        uses_image: false,
        uses_contexts: false,
        text_encoder: EncoderNeed::Published,
        image_encoder: EncoderNeed::None,
        alignments: &[],
        options: &[],
    };

    type Config = SpanNerConfig;
    type Batch = (TextBatch, SpanBatch);

    /// The published rate of 1e-5 is for an encoder of BERT's size; what is fresh learns ten times as fast here.
    fn defaults() -> TrainOptions {
        TrainOptions {
            epochs: 20,
            batch: 10,
            encoder_rate: 3e-5,
            head_rate: 3e-4,
            warmup: 0.0,
            clip: 1.0,
            word_dropout: 0.0,
            name_dropout: 0.0,
            patience: Some(5),
            ..TrainOptions::default()
        }
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, Spec<SpanNerConfig>), CreateError> {
        let (text, config, pieces) = PublishedText::create(foundation)?;
        let spans = SpanFeaturesConfig { longest: 4, pieces: 50, words: 100, cases: 100 };
        let config = SpanNerConfig { dropout: 0.2, hidden_dropout: 0.2, decoding: Decoding::Best, spans, text: config };
        let spec = foundation.spec(config, pieces);
        Ok((Self::over(text, &spec, foundation.device), spec))
    }

    fn new(spec: &Spec<SpanNerConfig>, device: &Device) -> Self {
        Self::over(PublishedText::new(&spec.config.text, device), spec, device)
    }

    fn rows(spec: &Spec<SpanNerConfig>, item: &Item, _: Option<&Arc<RgbImage>>) -> Vec<Row> {
        let longest = spec.config.text.longest();
        input::rows(&item.example, &spec.labels, spec.scheme, &spec.pieces, longest, None)
    }

    fn collate(spec: &Spec<SpanNerConfig>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> Self::Batch {
        let spans = SpanBatch::new(rows, spec.scheme, spec.config.spans.longest, device);
        (TextBatch::new(rows, &spec.pieces, noise, device), spans)
    }

    fn loss(&self, _: &Spec<SpanNerConfig>, batch: &Self::Batch) -> Tensor<Backend, 1> {
        span_classifier::loss(self.forward(batch), &batch.1)
    }

    fn answer(&self, spec: &Spec<SpanNerConfig>, batch: &Self::Batch, rows: &[&Row], _: bool) -> Vec<Answer> {
        let SpanNerConfig { spans, decoding, .. } = &spec.config;
        let reader = SpanReader { longest: spans.longest, decoding: *decoding, labels: &spec.labels };
        let predictions = reader.predictions(self.forward(batch), rows);
        predictions.into_iter().map(|prediction| Answer { prediction, ..Answer::default() }).collect()
    }

    fn reach(spec: &Spec<SpanNerConfig>) -> Option<usize> {
        Some(spec.config.spans.longest)
    }

    fn published<'a>(&'a mut self, config: &'a mut SpanNerConfig) -> Option<Published<'a>> {
        Some(Published { text: &mut self.text, config: &mut config.text })
    }

    fn relabel(mut self, from: &Spec<SpanNerConfig>, to: &Spec<SpanNerConfig>, device: &Device) -> Self {
        self.classifier = self.classifier.relabel(&from.labels, &to.labels, device);
        self
    }
}
