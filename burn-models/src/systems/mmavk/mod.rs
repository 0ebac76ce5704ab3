//! MMAVK (Wang et al. 2025, "auxiliary visual knowledge"): a text that a vision-language model wrote about the image alone becomes one
//! vector, which is fused into every word, unless tweet and image do not belong together.

mod batch;
mod config;
#[cfg(test)]
mod tests;
mod threshold;

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::{Tensor, TensorData};
use image::RgbImage;

pub use batch::{MmavkBatch, Pieces};
pub use config::{MmavkConfig, OPTIONS};
pub use threshold::{Outcome, best_threshold};

use super::bert_crf::BertWords;
use super::chain::WordEncoder;
use super::contexts::Attention;
use super::published::{Published, PublishedText};
use super::{Answer, CreateError, EncoderNeed, Foundation, Spec, System, SystemInfo};
use crate::alignment::{Alignment, Regions};
use crate::device::{Backend, Device};
use crate::influence::Fusion;
use crate::input::{self, Item, Knowledge, Noise, Row};
use crate::layers::crf::Crf;
use crate::layers::dropout::Dropout;
use crate::metrics::Counts;
use crate::tagging;
use crate::training::TrainOptions;

/// Deviation of fresh weights that begin as next to nothing.
const SMALL: f64 = 0.02;

/// One encoder for tweet and knowledge.
///
/// `u = tanh(Ha[0] P + p)` (eq. 8) of the knowledge is fused with every word, `h' = [h ; g u] W + w` (eq. 9), before the tag
/// scores and the field; `g` is 1 where the similarity of tweet and image reaches the threshold, otherwise 0.
#[derive(Module, Debug)]
pub struct Mmavk<B: BurnBackend> {
    text: PublishedText<B>,
    dropout: Dropout,
    pool: Linear<B>,
    fusion: Linear<B>,
    emissions: Linear<B>,
    crf: Crf<B>,
}

/// What a forward pass gives.
struct Forward {
    /// `[B, N, K]`.
    emissions: Tensor<Backend, 3>,
    /// `[B, d]`, the fused vectors `g u`.
    fused: Tensor<Backend, 2>,
    /// If recorded: every block's attention within the knowledge, `[M, heads, S, S]`.
    attention: Vec<Tensor<Backend, 4>>,
}

impl Mmavk<Backend> {
    fn over(text: PublishedText<Backend>, spec: &Spec<MmavkConfig>, device: &Device) -> Self {
        let width = spec.config.text.transformer.width;
        let small = Initializer::Normal { mean: 0.0, std: SMALL };
        let mut pool = LinearConfig::new(width, width).with_initializer(small.clone()).init(device);
        let mut fusion: Linear<Backend> = LinearConfig::new(2 * width, width).init(device);
        let zeros = || Some(Initializer::Zeros.init([width], device));
        (pool.bias, fusion.bias) = (zeros(), zeros());
        // It begins as the tagger of text alone.
        let same = Tensor::<Backend, 2>::eye(width, device);
        let beside: Param<Tensor<Backend, 2>> = small.init([width, width], device);
        fusion.weight = Param::from_tensor(Tensor::cat(vec![same, beside.val()], 0).detach());
        Self {
            text,
            dropout: Dropout::new(spec.config.dropout),
            pool,
            fusion,
            emissions: LinearConfig::new(width, spec.tags()).init(device),
            crf: Crf::new(spec.tags(), device),
        }
    }

    fn forward(&self, batch: &MmavkBatch, record: bool) -> Forward {
        let words = self.dropout.forward(self.text.words(&batch.text));
        let [rows, count, width] = words.dims();
        let device = words.device();
        let (mut fused, mut attention) = (Tensor::zeros([rows, width], &device), Vec::new());
        if let Some(Pieces { ids, hidden }) = &batch.knowledge {
            let read = self.text.read(ids.clone(), hidden.clone(), record);
            let [texts, _, _] = read.last.dims();
            let first = read.last.slice([0..texts, 0..1, 0..width]).reshape([texts, width]);
            let pooled = self.pool.forward(first).tanh();
            let with_none = Tensor::cat(vec![Tensor::zeros([1, width], &device), pooled], 0);
            let places: Vec<i64> = batch.places.iter().map(|place| *place as i64).collect();
            fused = with_none.select(0, Tensor::from_data(TensorData::new(places, [rows]), &device));
            attention = read.attention;
        }
        let beside = fused.clone().unsqueeze_dim::<3>(1).expand([rows, count, width]);
        let emissions = self.emissions.forward(self.fusion.forward(Tensor::cat(vec![words, beside], 2)));
        Forward { emissions, fused, attention }
    }

    /// What fused vectors `[B, d]` add to the score of every tag, the same for all words of a row: `[B, K]`.
    fn push(&self, fused: Tensor<Backend, 2>) -> Tensor<Backend, 2> {
        let [_, width] = fused.dims();
        let beside = self.fusion.weight.val().slice([width..2 * width, 0..width]);
        fused.matmul(beside).matmul(self.emissions.weight.val())
    }
}

impl System for Mmavk<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "mmavk",
        summary: "published text encoder for the tweet and for knowledge about the image, fused word by word where the image \
                  fits the tweet, CRF",
        source: "Wang et al. 2025 (MMAVK)",
        uses_image: false,
        uses_contexts: true,
        text_encoder: EncoderNeed::Published,
        image_encoder: EncoderNeed::None,
        alignments: &["knowledge"],
        options: &OPTIONS,
    };

    const STACKED: bool = true;

    type Config = MmavkConfig;
    type Batch = MmavkBatch;

    /// Those of BERT-CRF, so that the two can be compared; what is fresh learns faster.
    fn defaults() -> TrainOptions {
        TrainOptions { head_rate: 1e-3, ..BertWords::defaults() }
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, Spec<MmavkConfig>), CreateError> {
        let (text, config, pieces) = PublishedText::create(foundation)?;
        let spec = foundation.spec(MmavkConfig::new(config, &foundation.options)?, pieces);
        Ok((Self::over(text, &spec, foundation.device), spec))
    }

    fn new(spec: &Spec<MmavkConfig>, device: &Device) -> Self {
        Self::over(PublishedText::new(&spec.config.text, device), spec, device)
    }

    fn rows(spec: &Spec<MmavkConfig>, item: &Item, _: Option<&Arc<RgbImage>>) -> Vec<Row> {
        let config = &spec.config;
        let longest = config.text.longest();
        let mut rows = input::rows(&item.example, &spec.labels, spec.scheme, &spec.pieces, longest, None);
        let contexts = config.knowledge(&item.example.contexts);
        let words = contexts.iter().flat_map(|(place, context)| context.words().map(|word| (*place, word)));
        let similarity = config.similarity(&item.example.contexts);
        let knowledge = Knowledge::new(words, similarity, &spec.pieces, longest.min(config.budget)).map(Arc::new);
        for row in &mut rows {
            row.knowledge.clone_from(&knowledge);
        }
        rows
    }

    fn collate(spec: &Spec<MmavkConfig>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> MmavkBatch {
        MmavkBatch::new(&spec.config, rows, &spec.pieces, noise, device)
    }

    fn loss(&self, _: &Spec<MmavkConfig>, batch: &MmavkBatch) -> Tensor<Backend, 1> {
        self.crf.loss(self.forward(batch, false).emissions, batch.text.tags.clone(), &batch.text.words)
    }

    fn settle(
        config: &MmavkConfig,
        items: &[Item],
        judge: &mut dyn FnMut(&MmavkConfig) -> Option<Vec<Counts>>,
    ) -> Option<MmavkConfig> {
        let similarities: Vec<Option<f32>> =
            items.iter().map(|item| config.similarity(&item.example.contexts)).collect();
        if !config.auto || similarities.iter().all(Option::is_none) {
            return None;
        }
        let mut at = |threshold| judge(&MmavkConfig { threshold, ..config.clone() });
        let (with, without) = (at(f32::NEG_INFINITY)?, at(f32::INFINITY)?);
        let outcomes = similarities.into_iter().zip(with).zip(without);
        let outcomes: Vec<Outcome> =
            outcomes.map(|((similarity, with), without)| Outcome { similarity, with, without }).collect();
        Some(MmavkConfig { threshold: best_threshold(&outcomes)?, ..config.clone() })
    }

    fn answer(&self, spec: &Spec<MmavkConfig>, batch: &MmavkBatch, rows: &[&Row], align: bool) -> Vec<Answer> {
        let Forward { emissions, fused, attention } = self.forward(batch, align);
        let constraints = spec.config.constraints;
        if !align {
            return tagging::answers(emissions, &self.crf, spec, constraints, rows);
        }
        let push = self.push(fused);
        let without = emissions.clone() - push.clone().unsqueeze_dim(1);
        let mut answers = tagging::answers(emissions, &self.crf, spec, constraints, rows);
        let without = tagging::answers(without, &self.crf, spec, constraints, rows);
        let (push, attention) = (tagging::numbers(push), Attention::new(attention));
        let tags = spec.tags();
        for (row, answer) in answers.iter_mut().enumerate() {
            let Some(knowledge) = &rows[row].knowledge else { continue };
            let place = batch.places[row];
            answer.fusion = Some(Fusion::new(
                knowledge,
                spec.config.threshold,
                place > 0,
                &push[row * tags..(row + 1) * tags],
                [&answer.chains, &without[row].chains],
            ));
            if place > 0 {
                answer.alignments.push(looked_at(&attention, place - 1, knowledge, rows[row].words()));
            }
        }
        answers
    }

    fn published<'a>(&'a mut self, config: &'a mut MmavkConfig) -> Option<Published<'a>> {
        Some(Published { text: &mut self.text, config: &mut config.text })
    }

    fn relabel(mut self, from: &Spec<MmavkConfig>, to: &Spec<MmavkConfig>, device: &Device) -> Self {
        let fresh = Self::over(self.text.clone(), to, device);
        let kept = tagging::kept_tags(from, to);
        self.emissions = tagging::keep_outputs(fresh.emissions, self.emissions, &kept);
        self.crf = tagging::keep_transitions(&fresh.crf, &self.crf, &kept);
        self
    }
}

/// What the vector of the knowledge was made of: attention of its first piece, the same for all `tokens` of the tweet.
fn looked_at(attention: &Attention, place: usize, knowledge: &Knowledge, tokens: usize) -> Alignment {
    let mut maps = attention.maps(place, &[0], &knowledge.words, 0);
    for map in &mut maps {
        map.weights = map.weights.repeat(tokens);
    }
    Alignment {
        method: "knowledge",
        tokens,
        spans: Vec::new(),
        maps,
        regions: Regions::Words { words: knowledge.words.clone() },
    }
}
