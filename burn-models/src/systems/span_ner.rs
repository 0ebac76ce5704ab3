//! `SpanNER` (Fu et al. 2021): every phrase of up to four words is classified as one type or none. Text only.

use std::sync::Arc;

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::{gelu, log_softmax};
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::{Int, Tensor};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::published::{Published, PublishedText, PublishedTextConfig};
use super::span_batch::SpanBatch;
use super::{Answer, CreateError, EncoderNeed, Foundation, ParameterGroup, Spec, System, SystemInfo};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::example::{LabelSet, Span};
use crate::input::{self, Item, Noise, Row};
use crate::layers::span_features::{SpanFeatures, SpanFeaturesConfig};
use crate::layers::spans::{Candidate, enumerate, without_overlaps};
use crate::prediction::{Prediction, ScoredSpan};
use crate::tagging;
use crate::training::TrainOptions;

/// Weight in the loss of spans that are no entity.
const NONE_WEIGHT: f64 = 0.5;

/// Sizes of a [`SpanNer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpanNerConfig {
    /// Share of a span's features dropped while training.
    pub dropout: f64,
    /// Share of the classifier's hidden features dropped while training.
    pub hidden_dropout: f64,
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
    hidden: Linear<B>,
    hidden_dropout: Dropout,
    classes: Linear<B>,
}

impl SpanNer<Backend> {
    fn over(text: PublishedText<Backend>, spec: &Spec<SpanNerConfig>, device: &Device) -> Self {
        let config = &spec.config;
        let width = config.spans.output(config.text.transformer.width);
        Self {
            text,
            spans: SpanFeatures::new(&config.spans, device),
            dropout: DropoutConfig::new(config.dropout).init(),
            hidden: LinearConfig::new(width, width).init(device),
            hidden_dropout: DropoutConfig::new(config.hidden_dropout).init(),
            classes: LinearConfig::new(width, 1 + spec.labels.len()).init(device),
        }
    }

    /// Log probability of no entity and of every type for every span, `[B, S, 1 + T]`.
    fn forward(&self, (text, spans): &(TextBatch, SpanBatch)) -> Tensor<Backend, 3> {
        let features = self.spans.forward(&self.text.forward(text).last, &spans.places);
        let hidden = gelu(self.hidden.forward(self.dropout.forward(features)));
        log_softmax(self.classes.forward(self.hidden_dropout.forward(hidden)), 2)
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
        let (text, config, pieces) = PublishedText::create(foundation, Self::INFO.name)?;
        let spans = SpanFeaturesConfig { longest: 4, pieces: 50, words: 100, cases: 100 };
        let config = SpanNerConfig { dropout: 0.2, hidden_dropout: 0.2, spans, text: config };
        let spec = foundation.spec(config, pieces);
        Ok((Self::over(text, &spec, foundation.device), spec))
    }

    fn new(spec: &Spec<SpanNerConfig>, device: &Device) -> Self {
        Self::over(PublishedText::new(&spec.config.text, device), spec, device)
    }

    fn group(path: &str) -> ParameterGroup {
        if path.starts_with("text.") { ParameterGroup::Encoder } else { ParameterGroup::Head }
    }

    fn rows(spec: &Spec<SpanNerConfig>, item: &Item, _: Option<&Arc<RgbImage>>) -> Vec<Row> {
        let longest = spec.config.text.transformer.longest();
        input::rows(&item.example, &spec.labels, spec.scheme, &spec.pieces, longest, None)
    }

    fn collate(spec: &Spec<SpanNerConfig>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> Self::Batch {
        let spans = SpanBatch::new(rows, spec.scheme, spec.config.spans.longest, device);
        (TextBatch::new(rows, &spec.pieces, noise, device), spans)
    }

    fn loss(&self, _: &Spec<SpanNerConfig>, batch: &Self::Batch) -> Tensor<Backend, 1> {
        let spans = &batch.1;
        let told = self.forward(batch).gather(2, spans.labels.clone().unsqueeze_dim(2)).squeeze_dim::<2>(2);
        let none: Tensor<Backend, 2, Int> = spans.labels.clone();
        let told = told.clone().mask_where(none.equal_elem(0), told.mul_scalar(NONE_WEIGHT));
        told.mask_fill(spans.hidden.clone(), 0.0).sum().div_scalar(-(spans.count.max(1) as f64))
    }

    fn answer(&self, spec: &Spec<SpanNerConfig>, batch: &Self::Batch, rows: &[&Row], _: bool) -> Vec<Answer> {
        let told = self.forward(batch);
        let [_, most, classes] = told.dims();
        let told = tagging::numbers(told);
        let answers = rows.iter().enumerate().map(|(place, row)| {
            let told = &told[place * most * classes..][..most * classes];
            let prediction = predict(told, classes, row.words(), spec.config.spans.longest, &spec.labels);
            Answer { prediction, ..Answer::default() }
        });
        answers.collect()
    }

    fn published<'a>(&'a mut self, config: &'a mut SpanNerConfig) -> Option<Published<'a>> {
        Some(Published { text: &mut self.text, config: &mut config.text })
    }

    fn relabel(mut self, from: &Spec<SpanNerConfig>, to: &Spec<SpanNerConfig>, device: &Device) -> Self {
        let fresh = Self::over(self.text.clone(), to, device);
        let kept = tagging::kept_classes(&from.labels, &to.labels);
        self.classes = tagging::keep_outputs(fresh.classes, self.classes, &kept);
        self
    }
}

/// The labelling that the log probabilities of a row's spans give, `classes` for each.
///
/// Spans count as independent: the labelling's probability is the product of theirs.
fn predict(told: &[f32], classes: usize, words: usize, longest: usize, labels: &LabelSet) -> Prediction {
    let spans = enumerate(words, longest);
    let best = spans.iter().zip(told.chunks(classes)).filter_map(|(words, told)| {
        let (class, log) = told.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1))?;
        Some(Candidate { words: words.clone(), label: class.checked_sub(1)?, probability: log.exp() })
    });
    let kept = without_overlaps(best.collect());
    let mut log_probability = 0.0;
    let mut entropy = 0.0;
    for (words, told) in spans.iter().zip(told.chunks(classes)) {
        let class = kept.iter().find(|kept| kept.words == *words).map_or(0, |kept| kept.label + 1);
        log_probability += f64::from(told[class]);
        entropy -= told.iter().map(|log| f64::from(log.exp() * log)).sum::<f64>();
    }
    let names: Vec<&str> = labels.names().collect();
    let scored = kept.into_iter().filter_map(|Candidate { words, label, probability }| {
        Some(ScoredSpan { span: Span::new(*names.get(label)?, words.start, words.end), probability })
    });
    Prediction {
        spans: scored.collect(),
        path_probability: log_probability.exp() as f32,
        entropy: (entropy / words.max(1) as f64) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_spans_stand_together() {
        // Spans 0..1, 0..2, 1..2 over one type.
        let told: Vec<f32> = [0.9_f32, 0.1, 0.2, 0.8, 0.4, 0.6].iter().map(|share| share.ln()).collect();
        let prediction = predict(&told, 2, 2, 4, &LabelSet::new(["PER"]));
        assert_eq!(prediction.spans.len(), 1, "1..2 gives way to 0..2");
        assert_eq!((prediction.spans[0].span.start, prediction.spans[0].span.end), (0, 2));
        assert!((prediction.path_probability - 0.9 * 0.8 * 0.4).abs() < 1e-5, "{prediction:?}");
    }
}
