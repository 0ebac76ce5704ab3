//! What the systems share that classify every phrase: the classifier, its loss, and the labelling that it gives.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{gelu, log_softmax};
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::{Int, Tensor};

use super::span_batch::SpanBatch;
use crate::device::{Backend, Device};
use crate::example::{LabelSet, Span};
use crate::input::Row;
use crate::layers::dropout::Dropout;
use crate::layers::probe;
use crate::layers::spans::{Candidate, Decoding, enumerate};
use crate::prediction::{Prediction, ScoredSpan};
use crate::tagging;

/// Weight in the loss of spans that are no entity.
const NONE_WEIGHT: f64 = 0.5;

/// A hidden layer with GELU, then one score for no entity and for every type (`SMNER`, eq. 14).
#[derive(Module, Debug)]
pub struct SpanClassifier<B: BurnBackend> {
    hidden: Linear<B>,
    dropout: Dropout,
    classes: Linear<B>,
}

impl SpanClassifier<Backend> {
    /// For spans of `width` numbers; `dropout` is the share of the hidden features dropped while training.
    pub fn new(width: usize, dropout: f64, labels: &LabelSet, device: &Device) -> Self {
        Self {
            hidden: LinearConfig::new(width, width).init(device),
            dropout: Dropout::new(dropout),
            classes: LinearConfig::new(width, 1 + labels.len()).init(device),
        }
    }

    /// Log probability of no entity and of each of the `T` types, `[B, S, width]` to `[B, S, 1 + T]`.
    pub fn forward(&self, spans: Tensor<Backend, 3>) -> Tensor<Backend, 3> {
        let hidden = gelu(self.hidden.forward(spans));
        log_softmax(self.classes.forward(self.dropout.forward(hidden)), 2)
    }

    /// The same for other types; those known before keep what was learned about them.
    pub fn relabel(mut self, from: &LabelSet, to: &LabelSet, device: &Device) -> Self {
        let [width, _] = self.classes.weight.lazy_shape().dims();
        let fresh = LinearConfig::new(width, 1 + to.len()).init(device);
        self.classes = tagging::keep_outputs(fresh, self.classes, &tagging::kept_classes(from, to));
        self
    }
}

/// The weighted mean over all spans of minus the log probability `told` `[B, S, 1 + T]` of what they are.
///
/// It is divided by the number of spans, not by their weights (`SMNER`, eq. 15, and its authors' code).
pub fn loss(told: Tensor<Backend, 3>, spans: &SpanBatch) -> Tensor<Backend, 1> {
    let told = told.gather(2, spans.labels.clone().unsqueeze_dim(2)).squeeze_dim::<2>(2);
    let none: Tensor<Backend, 2, Int> = spans.labels.clone();
    let told = told.clone().mask_where(none.equal_elem(0), told.mul_scalar(NONE_WEIGHT));
    told.mask_fill(spans.hidden.clone(), 0.0).sum().div_scalar(-(spans.count.max(1) as f64))
}

/// How log probabilities of spans become labellings.
#[derive(Clone, Copy, Debug)]
pub struct SpanReader<'a> {
    /// Most words of a span.
    pub longest: usize,
    /// Which spans stand together.
    pub decoding: Decoding,
    /// The types.
    pub labels: &'a LabelSet,
}

impl SpanReader<'_> {
    /// The labelling of every row that the log probabilities `told` `[B, S, 1 + T]` of its spans give.
    pub fn predictions(&self, told: Tensor<Backend, 3>, rows: &[&Row]) -> Vec<Prediction> {
        probe::scored(&told);
        let [_, most, classes] = told.dims();
        let told = tagging::numbers(told);
        let of = |(place, row): (usize, &&Row)| self.predict(&told[place * most * classes..], classes, row.words());
        rows.iter().enumerate().map(of).collect()
    }

    /// The labelling that the log probabilities of a row's spans give, `classes` for each.
    ///
    /// Spans count as independent: the labelling's probability is the product of theirs.
    fn predict(&self, told: &[f32], classes: usize, words: usize) -> Prediction {
        let spans = enumerate(words, self.longest);
        let best = spans.iter().zip(told.chunks(classes)).filter_map(|(words, told)| {
            let (class, log) = told.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1))?;
            Some(Candidate { words: words.clone(), label: class.checked_sub(1)?, probability: log.exp() })
        });
        let kept = self.decoding.choose(best.collect());
        let mut log_probability = 0.0;
        let mut entropy = 0.0;
        for (words, told) in spans.iter().zip(told.chunks(classes)) {
            let class = kept.iter().find(|kept| kept.words == *words).map_or(0, |kept| kept.label + 1);
            log_probability += f64::from(told[class]);
            entropy -= told.iter().map(|log| f64::from(log.exp() * log)).sum::<f64>();
        }
        let names: Vec<&str> = self.labels.names().collect();
        let scored = kept.into_iter().filter_map(|Candidate { words, label, probability }| {
            Some(ScoredSpan { span: Span::new(*names.get(label)?, words.start, words.end), probability })
        });
        Prediction {
            spans: scored.collect(),
            path_probability: log_probability.exp() as f32,
            entropy: (entropy / words.max(1) as f64) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::device::cpu;
    use crate::example::TagScheme;
    use crate::tagging::numbers;

    #[test]
    fn the_likeliest_spans_stand_together() {
        // Spans 0..1, 0..2, 1..2 over one type.
        let told: Vec<f32> = [0.9_f32, 0.1, 0.2, 0.8, 0.4, 0.6].iter().map(|share| share.ln()).collect();
        let labels = LabelSet::new(["PER"]);
        let prediction = SpanReader { longest: 4, decoding: Decoding::Best, labels: &labels }.predict(&told, 2, 2);
        assert_eq!(prediction.spans.len(), 1, "1..2 gives way to 0..2");
        assert_eq!((prediction.spans[0].span.start, prediction.spans[0].span.end), (0, 2));
        assert!((prediction.path_probability - 0.9 * 0.8 * 0.4).abs() < 1e-5, "{prediction:?}");
    }

    #[test]
    fn spans_without_a_name_weigh_half_and_padding_nothing() {
        // Two words, so spans 0..1, 0..2, 1..2 and padding; the second is of the first of two types.
        let row =
            Row { firsts: vec![0, 1, 2], tags: vec![1, 2], tokens: vec!["a".into(), "b".into()], ..Row::default() };
        let batch = SpanBatch::new(&[&row], TagScheme::Bio, 4, &cpu());
        assert_eq!(batch.count, 3);
        let [_, most] = batch.hidden.dims();
        let mut scores = vec![7.0_f32; most * 3];
        scores[..9].copy_from_slice(&[2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        let told = Tensor::from_data(TensorData::new(scores, [1, most, 3]), &cpu());
        let found = numbers(loss(log_softmax(told, 2), &batch))[0];
        assert!((found - 0.406_841).abs() < 1e-5, "{found}");
    }
}
