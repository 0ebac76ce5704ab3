//! MAF (Xu et al. 2022): how likely it is that an image belongs to its tweet decides how much of it the words see, and
//! tweets and images that belong together are drawn together.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{log_softmax, relu, sigmoid, softmax};
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::{Int, Tensor, TensorData};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::published_image::{IMAGE_TUNING, ImageBatch};
use super::region_chain::{Fused, Fusion, FusionSpec, Read, RegionChainBatch};
use super::{EncoderNeed, SystemInfo};
use crate::device::{Backend, Device};
use crate::encoders::text::transformer::TransformerConfig;
use crate::input::{Noise, Row};
use crate::layers::contrast;
use crate::layers::cross::{CrossLayer, CrossLayerConfig, Memory};
use crate::training::TrainOptions;

/// Most tweets of a batch that get another's image.
const SWAPPED: usize = 16;

/// Sizes and weights of a [`Maf`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MafConfig {
    /// Share of the tags in the loss (a); the rest is that of matching and drawing together.
    pub tags: f64,
    /// What cosines are divided by (tau).
    pub temperature: f64,
    /// Share of the choice of the image for a tweet in the contrast (`lambda_c`); the rest is that of the tweet for an image.
    pub text_to_image: f64,
    /// The layer.
    pub layer: CrossLayerConfig,
}

/// The module; see the file's head.
#[derive(Module, Debug)]
pub struct Maf<B: BurnBackend> {
    regions: Linear<B>,
    words_to_regions: CrossLayer<B>,
    belongs: Linear<B>,
    gate_text: Linear<B>,
    gate_image: Linear<B>,
    text: Projector<B>,
    image: Projector<B>,
}

/// Two layers towards the room in which tweets and images are compared.
#[derive(Module, Debug)]
struct Projector<B: BurnBackend> {
    first: Linear<B>,
    second: Linear<B>,
}

impl Projector<Backend> {
    fn new(inputs: usize, width: usize, device: &Device) -> Self {
        let linear = |inputs| LinearConfig::new(inputs, width).init(device);
        Self { first: linear(inputs), second: linear(width) }
    }

    fn forward(&self, x: Tensor<Backend, 2>) -> Tensor<Backend, 2> {
        self.second.forward(relu(self.first.forward(x)))
    }
}

/// Which tweets of a batch get another's image, so that there is something to tell apart.
#[derive(Debug)]
pub struct Swaps {
    /// `[B]`, the row whose image every row gets.
    from: Tensor<Backend, 1, Int>,
    /// For the rows with an image, whether it is their own.
    own: Vec<bool>,
}

/// What the losses need; absent where no row has an image.
#[derive(Debug)]
pub struct Compared {
    /// `[rows with an image, 2]`, log probability that the image belongs elsewhere, and that it belongs to the tweet.
    belongs: Tensor<Backend, 2>,
    /// Cosines of all tweets with an image (rows) with all images (columns), over the temperature.
    cosines: Tensor<Backend, 2>,
}

impl Swaps {
    /// Up to [`SWAPPED`] of the rows with an image, at most half of them, get each other's.
    fn new(images: &ImageBatch, noise: Option<&mut Noise>, device: &Device) -> Self {
        let [rows] = images.seen.dims();
        let mut from: Vec<i64> = (0..rows as i64).collect();
        if let Some(noise) = noise {
            let mut chosen = images.places.clone();
            chosen.shuffle(&mut noise.rng);
            let pairs = (chosen.len() / 2).min(SWAPPED) / 2;
            for pair in chosen.chunks_exact(2).take(pairs) {
                from.swap(pair[0], pair[1]);
            }
        }
        let own = images.places.iter().map(|place| from[*place] == *place as i64).collect();
        Self { from: Tensor::from_data(TensorData::new(from, [rows]), device), own }
    }
}

#[cfg(test)]
impl Swaps {
    /// How many rows have another's image.
    pub fn swapped(&self) -> usize {
        self.own.iter().filter(|own| !**own).count()
    }
}

#[cfg(test)]
impl Maf<Backend> {
    /// The same where the odds that an image belongs to its tweet always have this logarithm.
    pub fn sure_of(mut self, odds: f32) -> Self {
        self.belongs.weight = self.belongs.weight.map(|weight| weight.zeros_like());
        self.belongs.bias = self
            .belongs
            .bias
            .map(|bias| bias.map(|bias| Tensor::from_data(TensorData::new(vec![0.0, odds], [2]), &bias.device())));
        self
    }
}

impl Fusion for Maf<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "maf",
        summary: "published text and image encoders, images weighted by how well they match the tweet, CRF",
        source: "Xu et al. 2022, MAF: A General Matching and Alignment Framework",
        uses_image: true,
        uses_contexts: false,
        text_encoder: EncoderNeed::Published,
        image_encoder: EncoderNeed::Published,
        alignments: &["attention"],
        options: &[IMAGE_TUNING],
    };

    type Config = MafConfig;
    type Extra = Swaps;
    type Side = Option<Compared>;

    fn defaults() -> TrainOptions {
        TrainOptions {
            epochs: 24,
            batch: 64,
            encoder_rate: 5e-5,
            head_rate: 5e-5,
            crf_rate: 5e-2,
            warmup: 0.1,
            word_dropout: 0.0,
            name_dropout: 0.0,
            ..TrainOptions::default()
        }
    }

    fn configure(text: &TransformerConfig) -> MafConfig {
        let layer =
            CrossLayerConfig { heads: text.heads, hidden: text.hidden, dropout: text.dropout, epsilon: text.epsilon };
        MafConfig { tags: 0.62, temperature: 0.179, text_to_image: 0.7, layer }
    }

    fn new(spec: &FusionSpec<MafConfig>, device: &Device) -> Self {
        let (width, seen) = (spec.config.text.transformer.width, spec.config.image.encoder.width());
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        Self {
            regions: linear(seen, width),
            words_to_regions: CrossLayer::new(width, width, &spec.config.fusion.layer, device),
            belongs: linear(2 * width, 2),
            gate_text: linear(width, width),
            gate_image: linear(width, width),
            text: Projector::new(width, width, device),
            image: Projector::new(seen, width, device),
        }
    }

    fn extra(_: &[&Row], images: &ImageBatch, noise: Option<&mut Noise>, device: &Device) -> Swaps {
        Swaps::new(images, noise, device)
    }

    fn fuse(&self, config: &MafConfig, read: &Read<'_>, swaps: &Swaps) -> Fused<Option<Compared>> {
        let words = read.text.first_pieces(read.pieces.clone());
        let Some(features) = &read.features else {
            return Fused { words: Tensor::cat(vec![words.clone(), words.zeros_like()], 2), weights: None, side: None };
        };
        let regions = self.regions.forward(features.grid.clone());
        let memory = Memory::regions(regions, &read.images.seen);
        let looked = self.words_to_regions.forward(read.pieces.clone(), memory);
        let visual = looked.output.select(0, swaps.from.clone());

        let [rows, count, width] = words.dims();
        let both = Tensor::cat(vec![read.text.mean(read.pieces.clone()), read.text.mean(visual.clone())], 1);
        let belongs = self.belongs.forward(both);
        let probability = softmax(belongs.clone(), 1).narrow(1, 1, 1) * read.images.seen.clone().reshape([rows, 1]);
        let visual = read.text.first_pieces(visual) * probability.reshape([rows, 1, 1]).expand([rows, count, width]);
        let gate = sigmoid(self.gate_text.forward(words.clone()) + self.gate_image.forward(visual.clone()));

        let text = self.text.forward(read.images.only_seen(read.sentence.clone()));
        let pictures = read.images.only_seen(features.grid.clone().mean_dim(1).squeeze_dim(1));
        let cosines = contrast::cosines(text, self.image.forward(pictures)).div_scalar(config.temperature);
        let belongs = log_softmax(read.images.only_seen(belongs), 1);
        Fused {
            words: Tensor::cat(vec![words, gate * visual], 2),
            weights: Some(read.text.first_rows(looked.weights)),
            side: Some(Compared { belongs, cosines }),
        }
    }

    fn loss(
        &self,
        spec: &FusionSpec<MafConfig>,
        chain: Tensor<Backend, 1>,
        compared: Option<Compared>,
        batch: &RegionChainBatch<Swaps>,
    ) -> Tensor<Backend, 1> {
        let MafConfig { tags, text_to_image, .. } = spec.config.fusion;
        let Some(Compared { belongs, cosines }) = compared else { return chain.mul_scalar(tags) };
        let own: Vec<i64> = batch.extra.own.iter().map(|own| i64::from(*own)).collect();
        let own = Tensor::<Backend, 2, Int>::from_data(TensorData::new(own, [belongs.dims()[0], 1]), &belongs.device());
        let matching = belongs.gather(1, own).mean().neg();
        let drawn = contrast::infonce(cosines.clone()).mul_scalar(text_to_image)
            + contrast::infonce(cosines.transpose()).mul_scalar(1.0 - text_to_image);
        chain.mul_scalar(tags) + (matching + drawn).mul_scalar(1.0 - tags)
    }
}
