//! `SMNER` (Xu et al. 2024): every phrase of a few words asks which regions of the image it corresponds to, and is
//! classified as one type or none.
//!
//! Whole image and whole tweet are brought together by an information bottleneck, phrases and regions by attention.

mod bottleneck;
mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend as BurnBackend;
use image::RgbImage;

use super::published::{Published, PublishedText};
use super::published_image::{ImageBatch, PublishedRegions};
use super::span_batch::SpanBatch;
use super::span_classifier::{self, SpanClassifier, SpanReader};
use super::{Answer, CreateError, EncoderNeed, Foundation, Spec, System, SystemInfo};
use crate::alignment::{Alignment, HeadMap};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::encoders::image::RegionGrid;
use crate::input::{self, Item, Noise, Row};
use crate::layers::cross::{CrossLayer, Memory};
use crate::layers::dropout::Dropout;
use crate::layers::span_features::SpanFeatures;
use crate::layers::spans::enumerate;
use crate::tagging::numbers;
use crate::training::TrainOptions;

use bottleneck::{Agreement, Bottleneck};
pub use bottleneck::{BottleneckConfig, Estimate, Score};
pub use config::{OPTIONS, Sentence, SmnerConfig};

/// Standard deviation of fresh tables of span features, as BERT's own.
const SPREAD: f64 = 0.02;

/// The module; see the file's head.
#[derive(Module, Debug)]
pub struct Smner<B: BurnBackend> {
    text: PublishedText<B>,
    image: PublishedRegions<B>,
    /// To the width of the words, for regions and for the whole image.
    sight: Linear<B>,
    bottleneck: Option<Bottleneck<B>>,
    features: SpanFeatures<B>,
    dropout: Dropout,
    spans: Linear<B>,
    attention: Option<CrossLayer<B>>,
    classifier: SpanClassifier<B>,
}

/// Rows as tensors; `S` spans.
#[derive(Debug)]
pub struct SmnerBatch {
    text: TextBatch,
    spans: SpanBatch,
    image: ImageBatch,
    /// Share of the training that is over.
    progress: f64,
}

/// What a forward pass gives.
struct Forward {
    /// `[B, S, 1 + T]`, log probability of no entity and of every type for every span.
    told: Tensor<Backend, 3>,
    /// `[B, heads, S, 1 + R]`, where spans looked: the image as a whole, then its regions; absent where no row has an image.
    weights: Option<Tensor<Backend, 4>>,
    /// Absent where no row has an image.
    agreement: Option<Agreement>,
}

/// What is seen of the images.
struct Sight {
    /// `[B, d]`.
    whole: Tensor<Backend, 2>,
    /// `[B, R, d]`.
    regions: Tensor<Backend, 3>,
    agreement: Option<Agreement>,
}

impl Smner<Backend> {
    fn over(
        text: PublishedText<Backend>,
        image: PublishedRegions<Backend>,
        spec: &Spec<SmnerConfig>,
        device: &Device,
    ) -> Self {
        let SmnerConfig { spans, attention, bottleneck, .. } = &spec.config;
        let width = spec.config.width();
        Self {
            text,
            image,
            sight: LinearConfig::new(spec.config.image.encoder.width(), width).init(device),
            bottleneck: bottleneck.as_ref().map(|config| Bottleneck::new(width, config, device)),
            features: SpanFeatures::new(spans, SPREAD, device),
            dropout: Dropout::new(spec.config.dropout),
            spans: LinearConfig::new(spans.output(width), width).init(device),
            attention: attention.as_ref().map(|config| CrossLayer::new(width, width, config, device)),
            classifier: SpanClassifier::new(2 * width, spec.config.hidden_dropout, &spec.labels, device),
        }
    }

    fn forward(&self, config: &SmnerConfig, batch: &SmnerBatch) -> Forward {
        let pieces = self.text.forward(&batch.text).last;
        let spans = self.features.forward(&pieces, &batch.spans.places);
        let spans = self.spans.forward(self.dropout.forward(spans));
        let Some(sight) = self.look(config, &pieces, batch) else {
            let alone = match &self.attention {
                Some(attention) => attention.alone(spans.clone()),
                None => spans.zeros_like(),
            };
            return Forward { told: self.classify(spans, alone), weights: None, agreement: None };
        };
        let Sight { whole, regions, agreement } = sight;
        let (seen, weights) = self.match_regions(spans.clone(), whole, regions, &batch.image.seen);
        Forward { told: self.classify(spans, seen), weights, agreement }
    }

    /// Images as the words' encoder would say them (section 3.1 and 3.2 of the paper); `None` where no row has one.
    fn look(&self, config: &SmnerConfig, pieces: &Tensor<Backend, 3>, batch: &SmnerBatch) -> Option<Sight> {
        let grid = self.image.forward(&batch.image)?.grid;
        let regions = self.sight.forward(grid);
        // The layer is linear: the mean of what it makes of the regions is what it makes of their mean.
        let whole = regions.clone().mean_dim(1).squeeze_dim::<2>(1);
        let Some(bottleneck) = &self.bottleneck else { return Some(Sight { whole, regions, agreement: None }) };
        let agreement = bottleneck.forward(self.sentence(config, pieces), whole);
        Some(Sight { whole: agreement.drawn_image.clone(), regions, agreement: Some(agreement) })
    }

    /// One vector for each tweet, `[B, S, d]` to `[B, d]`.
    fn sentence(&self, config: &SmnerConfig, pieces: &Tensor<Backend, 3>) -> Tensor<Backend, 2> {
        let pooled = match config.sentence {
            Sentence::Pooler => self.text.pooled(pieces),
            Sentence::First => None,
        };
        pooled.unwrap_or_else(|| pieces.clone().narrow(1, 0, 1).squeeze_dim(1))
    }

    /// What `spans` `[B, S, d]` find in the image, as many vectors, and where they looked (section 3.4 of the paper).
    fn match_regions(
        &self,
        spans: Tensor<Backend, 3>,
        whole: Tensor<Backend, 2>,
        regions: Tensor<Backend, 3>,
        seen: &Tensor<Backend, 1>,
    ) -> (Tensor<Backend, 3>, Option<Tensor<Backend, 4>>) {
        let [rows, count, width] = spans.dims();
        let whole = whole.reshape([rows, 1, width]);
        let Some(attention) = &self.attention else {
            let seen = seen.clone().reshape([rows, 1, 1]).expand([rows, count, width]);
            return (whole.expand([rows, count, width]) * seen, None);
        };
        let attended = attention.forward(spans, Memory::regions(Tensor::cat(vec![whole, regions], 1), seen));
        (attended.output, Some(attended.weights))
    }

    /// Spans `[B, S, d]` and what they found in the image, as many vectors, to log probabilities `[B, S, 1 + T]`.
    fn classify(&self, spans: Tensor<Backend, 3>, seen: Tensor<Backend, 3>) -> Tensor<Backend, 3> {
        self.classifier.forward(Tensor::cat(vec![spans, seen], 2))
    }
}

impl System for Smner<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "smner",
        summary: "published text and image encoders, every phrase looks at the image's regions and is classified",
        source: "Xu et al. 2024, An Effective Span-based Multimodal Named Entity Recognition",
        uses_image: true,
        uses_contexts: false,
        text_encoder: EncoderNeed::Published,
        image_encoder: EncoderNeed::Published,
        alignments: &["attention"],
        options: &OPTIONS,
    };

    type Config = SmnerConfig;
    type Batch = SmnerBatch;

    /// The published rate of 1e-5 is for an encoder of BERT's size; as for `SpanNER`, what is fresh learns ten times as fast.
    fn defaults() -> TrainOptions {
        TrainOptions {
            epochs: 30,
            batch: 16,
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

    fn create(foundation: &Foundation<'_>) -> Result<(Self, Spec<SmnerConfig>), CreateError> {
        let (text, text_config, pieces) = PublishedText::create(foundation)?;
        let (image, image_config) = PublishedRegions::create(foundation)?;
        let spec = foundation.spec(SmnerConfig::new(text_config, image_config, &foundation.options)?, pieces);
        Ok((Self::over(text, image, &spec, foundation.device), spec))
    }

    fn new(spec: &Spec<SmnerConfig>, device: &Device) -> Self {
        let text = PublishedText::new(&spec.config.text, device);
        Self::over(text, PublishedRegions::new(&spec.config.image, device), spec, device)
    }

    fn rows(spec: &Spec<SmnerConfig>, item: &Item, image: Option<&Arc<RgbImage>>) -> Vec<Row> {
        let longest = spec.config.text.longest();
        let picture = spec.config.image.picture(image);
        input::rows(&item.example, &spec.labels, spec.scheme, &spec.pieces, longest, picture.as_ref())
    }

    fn region_grid(config: &SmnerConfig) -> Option<RegionGrid> {
        Some(config.image.encoder.region_grid())
    }

    fn collate(spec: &Spec<SmnerConfig>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> SmnerBatch {
        SmnerBatch {
            progress: noise.as_ref().map_or(1.0, |noise| noise.progress),
            spans: SpanBatch::new(rows, spec.scheme, spec.config.spans.longest, device),
            image: ImageBatch::new(rows, device),
            text: TextBatch::new(rows, &spec.pieces, noise, device),
        }
    }

    fn loss(&self, spec: &Spec<SmnerConfig>, batch: &SmnerBatch) -> Tensor<Backend, 1> {
        let forward = self.forward(&spec.config, batch);
        let loss = span_classifier::loss(forward.told, &batch.spans);
        match (&self.bottleneck, &spec.config.bottleneck, forward.agreement) {
            (Some(bottleneck), Some(config), Some(agreement)) => {
                let pairs = agreement.only(|rows| batch.image.only_seen(rows));
                loss + bottleneck.loss(config, pairs, batch.progress).mul_scalar(config.weight)
            }
            _ => loss,
        }
    }

    fn answer(&self, spec: &Spec<SmnerConfig>, batch: &SmnerBatch, rows: &[&Row], align: bool) -> Vec<Answer> {
        let forward = self.forward(&spec.config, batch);
        let SmnerConfig { spans, decoding, .. } = &spec.config;
        let reader = SpanReader { longest: spans.longest, decoding: *decoding, labels: &spec.labels };
        let predictions = reader.predictions(forward.told, rows);
        let maps = forward.weights.filter(|_| align).map(|weights| (weights.dims(), numbers(weights)));
        let answers = predictions.into_iter().zip(rows).enumerate().map(|(place, (prediction, row))| {
            let alignment = maps.as_ref().and_then(|(shape, weights)| {
                let own = shape[1..].iter().product::<usize>();
                alignment(&spec.config, row, &weights[place * own..][..own], *shape)
            });
            Answer { prediction, alignments: alignment.into_iter().collect(), ..Answer::default() }
        });
        answers.collect()
    }

    fn reach(spec: &Spec<SmnerConfig>) -> Option<usize> {
        Some(spec.config.spans.longest)
    }

    fn published<'a>(&'a mut self, config: &'a mut SmnerConfig) -> Option<Published<'a>> {
        Some(Published { text: &mut self.text, config: &mut config.text })
    }

    fn relabel(mut self, from: &Spec<SmnerConfig>, to: &Spec<SmnerConfig>, device: &Device) -> Self {
        self.classifier = self.classifier.relabel(&from.labels, &to.labels, device);
        self
    }
}

/// Where the spans of a row looked, of `weights` `[heads, S, 1 + R]`; `None` for a row without an image.
fn alignment(
    config: &SmnerConfig,
    row: &Row,
    weights: &[f32],
    [_, heads, most, slots]: [usize; 4],
) -> Option<Alignment> {
    let spans = enumerate(row.words(), config.spans.longest);
    let maps = (0..heads).map(|head| {
        let rows = weights[head * most * slots..][..spans.len() * slots].chunks(slots);
        HeadMap {
            head,
            whole: rows.clone().map(|row| row[0]).collect(),
            weights: rows.flat_map(|row| row[1..].iter().copied()).collect(),
            ..HeadMap::default()
        }
    });
    Some(Alignment {
        method: "attention",
        tokens: row.words(),
        regions: config.image.grid(row)?,
        maps: maps.collect(),
        spans,
    })
}
