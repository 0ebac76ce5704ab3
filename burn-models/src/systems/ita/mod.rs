//! ITA (Wang et al. 2022, "Image-Text Alignments"): what is seen in the image stands as text behind the tweet, and the
//! labels of the tweet alone are drawn towards those with that text.

mod config;
mod segments;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend as BurnBackend;
use image::RgbImage;

pub use config::{ItaConfig, OPTIONS, Weights};

use super::bert_crf::BertWords;
use super::chain::WordEncoder;
use super::contexts::Attention;
use super::published::{Published, PublishedText};
use super::{Answer, CreateError, EncoderNeed, Foundation, Spec, System, SystemInfo};
use crate::alignment::{Alignment, Regions};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::input::{self, Item, Noise, Row, View};
use crate::layers::crf::Crf;
use crate::layers::word_dropout::WordDropout;
use crate::tagging;
use crate::training::TrainOptions;

/// One encoder, one layer of tag scores and one field for both views.
///
/// The loss is `w_T L_T + w_IT L_IT + w_CVA L_CVA`: the likelihoods of the tweet alone and of the tweet with its contexts
/// (eq. 1 and 2), and the divergence of the first view's marginals from the second's ([`Crf::divergence`], eq. 5).
#[derive(Module, Debug)]
pub struct Ita<B: BurnBackend> {
    text: PublishedText<B>,
    words: WordDropout,
    emissions: Linear<B>,
    crf: Crf<B>,
}

/// Rows in the views that are needed.
#[derive(Debug)]
pub struct ItaBatch {
    /// With the contexts of the rows that have some.
    context: TextBatch,
    /// The tweets alone, while training.
    text: Option<TextBatch>,
}

impl Ita<Backend> {
    fn over(text: PublishedText<Backend>, spec: &Spec<ItaConfig>, device: &Device) -> Self {
        Self {
            text,
            words: WordDropout::new(spec.config.word_dropout),
            emissions: LinearConfig::new(spec.config.text.transformer.width, spec.tags()).init(device),
            crf: Crf::new(spec.tags(), device),
        }
    }

    /// Scores of every tag for every word, `[B, N, d]` to `[B, N, K]`.
    fn emit(&self, words: Tensor<Backend, 3>) -> Tensor<Backend, 3> {
        self.emissions.forward(self.words.forward(words))
    }

    /// Negative log likelihood of the gold tags in one view, of which `emissions` are the scores.
    fn likelihood(&self, emissions: Tensor<Backend, 3>, view: &TextBatch) -> Tensor<Backend, 1> {
        self.crf.loss(emissions, view.tags.clone(), &view.words)
    }
}

impl System for Ita<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "ita",
        summary: "published text encoder that reads captions, tags and text of the image behind the tweet, CRF, both views \
                  aligned",
        source: "Wang et al. 2022 (ITA)",
        uses_image: false,
        uses_contexts: true,
        text_encoder: EncoderNeed::Published,
        image_encoder: EncoderNeed::None,
        alignments: &["attention"],
        options: &OPTIONS,
    };

    const STACKED: bool = true;

    type Config = ItaConfig;
    type Batch = ItaBatch;

    /// Those of BERT-CRF, so that the two can be compared.
    fn defaults() -> TrainOptions {
        BertWords::defaults()
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, Spec<ItaConfig>), CreateError> {
        let (text, config, pieces) = PublishedText::create(foundation)?;
        let spec = foundation.spec(ItaConfig::new(config, &foundation.options)?, pieces);
        Ok((Self::over(text, &spec, foundation.device), spec))
    }

    fn new(spec: &Spec<ItaConfig>, device: &Device) -> Self {
        Self::over(PublishedText::new(&spec.config.text, device), spec, device)
    }

    fn rows(spec: &Spec<ItaConfig>, item: &Item, _: Option<&Arc<RgbImage>>) -> Vec<Row> {
        let longest = spec.config.text.longest();
        let mut rows = input::rows(&item.example, &spec.labels, spec.scheme, &spec.pieces, longest, None);
        if spec.config.weights.views().contains(&View::Context) {
            for row in &mut rows {
                segments::append(row, &item.example.contexts, &spec.config, &spec.pieces);
            }
        }
        rows
    }

    fn collate(spec: &Spec<ItaConfig>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> ItaBatch {
        let Some(noise) = noise else {
            return ItaBatch { context: TextBatch::new(rows, &spec.pieces, None, device), text: None };
        };
        let alone: Vec<Row> = rows.iter().map(|row| row.without_context()).collect();
        let alone: Vec<&Row> = alone.iter().collect();
        ItaBatch {
            context: TextBatch::new(rows, &spec.pieces, Some(noise), device),
            text: Some(TextBatch::new(&alone, &spec.pieces, Some(noise), device)),
        }
    }

    fn loss(&self, spec: &Spec<ItaConfig>, batch: &ItaBatch) -> Tensor<Backend, 1> {
        let weights = spec.config.weights;
        let emit = |view: &TextBatch| self.emit(self.text.words(view));
        match (&batch.text, weights.views()) {
            (Some(text), [_, _]) => {
                let (with, alone) = (emit(&batch.context), emit(text));
                let loss = self.likelihood(alone.clone(), text).mul_scalar(weights.text)
                    + self.likelihood(with.clone(), &batch.context).mul_scalar(weights.context);
                if weights.alignment == 0.0 {
                    return loss;
                }
                loss + self.crf.divergence(with, &alone, &text.words, weights.temperature).mul_scalar(weights.alignment)
            }
            (Some(text), [View::Text]) => self.likelihood(emit(text), text),
            _ => self.likelihood(emit(&batch.context), &batch.context),
        }
    }

    fn judged_views(config: &ItaConfig) -> &'static [View] {
        config.weights.views()
    }

    fn answer(&self, spec: &Spec<ItaConfig>, batch: &ItaBatch, rows: &[&Row], align: bool) -> Vec<Answer> {
        let view = &batch.context;
        let read = self.text.read(view.pieces.clone(), view.hidden.clone(), align);
        let emissions = self.emit(view.first_pieces(read.last));
        let mut answers = tagging::answers(emissions, &self.crf, spec, spec.config.constraints, rows);
        if align {
            let attention = Attention::new(read.attention);
            for (place, (answer, row)) in answers.iter_mut().zip(rows).enumerate() {
                let firsts = &row.firsts[..row.words()];
                answer.alignments.push(Alignment {
                    method: "attention",
                    tokens: row.words(),
                    spans: Vec::new(),
                    maps: attention.maps(place, firsts, &row.context.words, row.own_pieces()),
                    regions: Regions::Words { words: row.context.words.clone() },
                });
            }
        }
        answers
    }

    fn published<'a>(&'a mut self, config: &'a mut ItaConfig) -> Option<Published<'a>> {
        Some(Published { text: &mut self.text, config: &mut config.text })
    }

    fn relabel(mut self, from: &Spec<ItaConfig>, to: &Spec<ItaConfig>, device: &Device) -> Self {
        let fresh = Self::over(self.text.clone(), to, device);
        let kept = tagging::kept_tags(from, to);
        self.emissions = tagging::keep_outputs(fresh.emissions, self.emissions, &kept);
        self.crf = tagging::keep_transitions(&fresh.crf, &self.crf, &kept);
        self
    }
}
