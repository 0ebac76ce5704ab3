//! UMT (Yu et al. 2020): words look at regions and regions at words, and a second task that only reads the text keeps the
//! image from misleading the borders. MT is the same without that task.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::{Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::published_image::{IMAGE_TUNING, ImageBatch};
use super::region_chain::{Fused, Fusion, FusionSpec, Read, RegionChainBatch};
use super::{EncoderNeed, SystemInfo};
use crate::device::{Backend, Device};
use crate::encoders::text::transformer::TransformerConfig;
use crate::example::TagScheme;
use crate::input::{Noise, Row};
use crate::layers::crf::Crf;
use crate::layers::cross::{CrossLayer, CrossLayerConfig, Memory};
use crate::training::TrainOptions;

/// Classes of the text-only task: outside, begin, inside.
const BORDERS: usize = 3;

/// Sizes and weights of [`Umt`] and [`Mt`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UmtConfig {
    /// Share of the multimodal scores in those of the tags; the rest is that of the text-only task (alpha).
    pub share: f64,
    /// Weight of the text-only task in the loss.
    pub auxiliary: f64,
    /// The layers.
    pub layer: CrossLayerConfig,
}

/// The multimodal transformer (figure 3 b of the paper): text, what it sees, and the gate between them.
#[derive(Module, Debug)]
pub struct Mt<B: BurnBackend> {
    text: CrossLayer<B>,
    /// To the width of the words, for words that look at regions.
    seen: Linear<B>,
    /// The same for regions that look at words.
    seeing: Linear<B>,
    words_to_regions: CrossLayer<B>,
    regions_to_words: CrossLayer<B>,
    words_to_read_regions: CrossLayer<B>,
    gate: Linear<B>,
}

/// With the text-only task (figure 3 a of the paper).
#[derive(Module, Debug)]
pub struct Umt<B: BurnBackend> {
    pub(super) multimodal: Mt<B>,
    text: CrossLayer<B>,
    borders: Linear<B>,
    crf: Crf<B>,
}

const MT: SystemInfo = SystemInfo {
    name: "mt",
    summary: "published text and image encoders, words and regions look at each other, CRF",
    source: "Yu et al. 2020, Improving Multimodal Named Entity Recognition, without its auxiliary task",
    uses_image: true,
    uses_contexts: false,
    text_encoder: EncoderNeed::Published,
    image_encoder: EncoderNeed::Published,
    alignments: &["attention"],
    options: &[IMAGE_TUNING],
};

fn defaults() -> TrainOptions {
    TrainOptions {
        epochs: 24,
        batch: 32,
        encoder_rate: 5e-5,
        head_rate: 5e-5,
        crf_rate: 5e-2,
        warmup: 0.1,
        word_dropout: 0.0,
        name_dropout: 0.0,
        ..TrainOptions::default()
    }
}

fn configure(text: &TransformerConfig) -> UmtConfig {
    let layer =
        CrossLayerConfig { heads: text.heads, hidden: text.hidden, dropout: text.dropout, epsilon: text.epsilon };
    UmtConfig { share: 0.5, auxiliary: 0.5, layer }
}

impl Mt<Backend> {
    /// Fused words `[B, N, 2 d]` and where they looked `[B, heads, N, R]`.
    fn forward(&self, read: &Read<'_>) -> (Tensor<Backend, 3>, Option<Tensor<Backend, 4>>) {
        let padding = &read.text.hidden;
        let text = self.text.forward(read.pieces.clone(), Memory::words(read.pieces.clone(), padding)).output;
        let Some(features) = &read.features else {
            let words = read.text.first_pieces(self.words_to_read_regions.alone(text));
            return (Tensor::cat(vec![words.clone(), words.zeros_like()], 2), None);
        };
        let seen = &read.images.seen;
        let regions = self.seen.forward(features.grid.clone());
        let visual = self.words_to_regions.forward(text.clone(), Memory::regions(regions, seen));
        let regions = self.seeing.forward(features.grid.clone());
        let regions = self.regions_to_words.forward(regions, Memory::words(text.clone(), padding)).output;
        let words = self.words_to_read_regions.forward(text, Memory::regions(regions, seen)).output;
        let words = read.text.first_pieces(words);
        let gated = read.text.first_pieces(visual.output);
        let gate = sigmoid(self.gate.forward(Tensor::cat(vec![words.clone(), gated.clone()], 2)));
        let [rows, count, width] = words.dims();
        let seen = seen.clone().reshape([rows, 1, 1]).expand([rows, count, width]);
        (Tensor::cat(vec![words, gate * gated * seen], 2), Some(read.text.first_rows(visual.weights)))
    }
}

impl Fusion for Mt<Backend> {
    const INFO: SystemInfo = MT;

    type Config = UmtConfig;
    type Extra = ();
    type Side = ();

    fn defaults() -> TrainOptions {
        defaults()
    }

    fn configure(text: &TransformerConfig) -> UmtConfig {
        configure(text)
    }

    fn new(spec: &FusionSpec<UmtConfig>, device: &Device) -> Self {
        let (width, seen) = (spec.config.text.transformer.width, spec.config.image.encoder.width());
        let layer = || CrossLayer::new(width, width, &spec.config.fusion.layer, device);
        Self {
            text: layer(),
            seen: LinearConfig::new(seen, width).init(device),
            seeing: LinearConfig::new(seen, width).init(device),
            words_to_regions: layer(),
            regions_to_words: layer(),
            words_to_read_regions: layer(),
            gate: LinearConfig::new(2 * width, width).init(device),
        }
    }

    fn extra(_: &[&Row], _: &ImageBatch, _: Option<&mut Noise>, _: &Device) {}

    fn fuse(&self, _: &UmtConfig, read: &Read<'_>, (): &()) -> Fused<()> {
        let (words, weights) = self.forward(read);
        Fused { words, weights, side: () }
    }

    fn loss(
        &self,
        _: &FusionSpec<UmtConfig>,
        chain: Tensor<Backend, 1>,
        (): (),
        _: &RegionChainBatch<()>,
    ) -> Tensor<Backend, 1> {
        chain
    }
}

impl Fusion for Umt<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "umt",
        summary: "published text and image encoders, words and regions look at each other, borders by text alone, CRF",
        source: "Yu et al. 2020, Improving Multimodal Named Entity Recognition via Entity Span Detection",
        ..MT
    };

    type Config = UmtConfig;
    type Extra = ();
    /// `[B, N, 3]`, scores of the text-only task.
    type Side = Tensor<Backend, 3>;

    fn defaults() -> TrainOptions {
        defaults()
    }

    fn configure(text: &TransformerConfig) -> UmtConfig {
        configure(text)
    }

    fn new(spec: &FusionSpec<UmtConfig>, device: &Device) -> Self {
        let width = spec.config.text.transformer.width;
        Self {
            multimodal: Mt::new(spec, device),
            text: CrossLayer::new(width, width, &spec.config.fusion.layer, device),
            borders: LinearConfig::new(width, BORDERS).init(device),
            crf: Crf::new(BORDERS, device),
        }
    }

    fn extra(_: &[&Row], _: &ImageBatch, _: Option<&mut Noise>, _: &Device) {}

    fn fuse(&self, _: &UmtConfig, read: &Read<'_>, (): &()) -> Fused<Tensor<Backend, 3>> {
        let (words, weights) = self.multimodal.forward(read);
        let text = self.text.forward(read.pieces.clone(), Memory::words(read.pieces.clone(), &read.text.hidden)).output;
        Fused { words, weights, side: self.borders.forward(read.text.first_pieces(text)) }
    }

    fn adjust(
        &self,
        spec: &FusionSpec<UmtConfig>,
        scores: Tensor<Backend, 3>,
        borders: &Tensor<Backend, 3>,
    ) -> Tensor<Backend, 3> {
        let share = spec.config.fusion.share;
        let table = TensorData::new(conversion(spec.scheme, spec.tags()), [BORDERS, spec.tags()]);
        let table = Tensor::<Backend, 2>::from_data(table, &scores.device());
        scores.mul_scalar(share) + borders.clone().matmul(table.unsqueeze()).mul_scalar(1.0 - share)
    }

    fn loss(
        &self,
        spec: &FusionSpec<UmtConfig>,
        chain: Tensor<Backend, 1>,
        borders: Tensor<Backend, 3>,
        batch: &RegionChainBatch<()>,
    ) -> Tensor<Backend, 1> {
        let tags = border_tags(spec.scheme, spec.tags(), batch.text.tags.clone());
        let auxiliary = self.crf.loss(borders, tags, &batch.text.words);
        chain + auxiliary.mul_scalar(spec.config.fusion.auxiliary)
    }
}

/// The class of a tag in the text-only task.
fn border(scheme: TagScheme, tag: usize) -> usize {
    match scheme.split_index(tag) {
        None => 0,
        Some(('B' | 'S', _)) => 1,
        Some(_) => 2,
    }
}

/// What a score of each class of the text-only task says about each of `tags` tags: `3 x tags`, rows sum to one.
fn conversion(scheme: TagScheme, tags: usize) -> Vec<f32> {
    let of = |class: usize| (0..tags).map(move |tag| border(scheme, tag) == class);
    let row = |class: usize| {
        let count = of(class).filter(|same| *same).count().max(1);
        of(class).map(move |same| if same { 1.0 / count as f32 } else { 0.0 })
    };
    (0..BORDERS).flat_map(row).collect()
}

/// Tags `[B, N]` as classes of the text-only task.
fn border_tags(scheme: TagScheme, tags: usize, gold: Tensor<Backend, 2, Int>) -> Tensor<Backend, 2, Int> {
    let [rows, words] = gold.dims();
    let classes: Vec<i64> = (0..tags).map(|tag| border(scheme, tag) as i64).collect();
    let classes = Tensor::<Backend, 1, Int>::from_data(TensorData::new(classes, [tags]), &gold.device());
    classes.select(0, gold.reshape([rows * words])).reshape([rows, words])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::cpu;

    #[test]
    fn a_border_says_the_same_about_every_type() {
        let table = conversion(TagScheme::Bio, 9);
        assert!(table.chunks(9).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));
        assert_eq!(table[..9], [1., 0., 0., 0., 0., 0., 0., 0., 0.]);
        assert_eq!(table[9..18], [0., 0.25, 0., 0.25, 0., 0.25, 0., 0.25, 0.]);
        let table = conversion(TagScheme::Bioes, 9);
        assert_eq!(table[9..18], [0., 0.25, 0., 0., 0.25, 0.25, 0., 0., 0.25], "a single word begins too");
        assert_eq!(table[18..], [0., 0., 0.25, 0.25, 0., 0., 0.25, 0.25, 0.]);
    }

    #[test]
    fn tags_lose_their_types() {
        let gold = Tensor::from_data(TensorData::new(vec![0_i64, 1, 2, 3, 4, 0], [2, 3]), &cpu());
        let classes = border_tags(TagScheme::Bio, 5, gold).into_data().convert::<i64>();
        assert_eq!(classes.to_vec::<i64>().expect("whole numbers"), [0, 1, 2, 1, 2, 0]);
    }
}
