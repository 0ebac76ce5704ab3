//! HVPNeT (Chen et al. 2022): the image as a visual prefix. In each layer of the text encoder keys and values made of the
//! image stand in front of the words' own; a gate for each layer chooses from which depth of the image encoder they come.

use std::sync::Arc;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{leaky_relu, softmax, tanh};
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::module::avg_pool2d;
use burn::tensor::{Bool, Tensor};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::chain::WordEncoder;
use super::published::{Published, PublishedText, PublishedTextConfig};
use super::published_image::{IMAGE_TUNING, ImageBatch, PublishedRegions, PublishedRegionsConfig};
use super::{CreateError, EncoderNeed, Foundation, SystemInfo};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::encoders::image::{ImageArchitecture, ImageEncoder, ImageFeatures, Pixels, RegionGrid};
use crate::encoders::text::Tokenizer;
use crate::encoders::text::transformer::Prefix;
use crate::input::Row;
use crate::layers::dropout::Dropout;
use crate::training::TrainOptions;

/// Rows and columns to which every feature map is averaged.
const SIDE: usize = 2;

/// Keys and values of a picture in front of each layer's own.
const SLOTS: usize = SIDE * SIDE;

/// Parts of a picture's vectors between which the gates choose.
const BLOCKS: usize = 4;

/// Slope of the gates' rectifier below zero.
const LEAK: f64 = 0.01;

/// Sizes of a [`HvpnetWords`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HvpnetConfig {
    /// Width between the image's channels and the prefix.
    pub hidden: usize,
    /// The text encoder.
    pub text: PublishedTextConfig,
    /// The image encoder.
    pub image: PublishedRegionsConfig,
}

/// Words behind a visual prefix, with dropout.
#[derive(Module, Debug)]
pub struct HvpnetWords<B: BurnBackend> {
    text: PublishedText<B>,
    image: PublishedRegions<B>,
    narrow: Linear<B>,
    widen: Linear<B>,
    /// One for every layer of the text encoder.
    gates: Vec<Linear<B>>,
    dropout: Dropout,
}

impl HvpnetWords<Backend> {
    fn over(
        text: PublishedText<Backend>,
        image: PublishedRegions<Backend>,
        config: &HvpnetConfig,
        device: &Device,
    ) -> Self {
        let transformer = &config.text.transformer;
        let both = 2 * transformer.width;
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        Self {
            text,
            image,
            narrow: linear(channels(&config.image), config.hidden),
            widen: linear(config.hidden, BLOCKS * both),
            gates: (0..transformer.layers).map(|_| linear(SLOTS * both, BLOCKS)).collect(),
            dropout: Dropout::new(transformer.dropout),
        }
    }

    /// The prefix of every layer for pictures `[B, SLOTS, channels]` (eq. 2 to 4 of the paper).
    fn prefixes(&self, pictures: Tensor<Backend, 3>) -> Vec<Prefix<Backend>> {
        let [rows, slots, _] = pictures.dims();
        let all = self.widen.forward(tanh(self.narrow.forward(pictures)));
        let [_, _, width] = all.dims();
        let both = width / BLOCKS;
        let blocks = all.reshape([rows, slots, BLOCKS, both]).swap_dims(1, 2).reshape([rows, BLOCKS, slots * both]);
        let mean: Tensor<Backend, 2> = blocks.clone().mean_dim(1).squeeze_dim(1);
        let prefix = |gate: &Linear<Backend>| {
            let shares = softmax(leaky_relu(gate.forward(mean.clone()), LEAK), 1).reshape([rows, 1, BLOCKS]);
            let mixed = shares.matmul(blocks.clone()).reshape([rows, slots, both]);
            let part = |from| mixed.clone().narrow(2, from, both / 2);
            Prefix { keys: part(0), values: part(both / 2) }
        };
        self.gates.iter().map(prefix).collect()
    }
}

/// Channels of all stages together.
fn channels(config: &PublishedRegionsConfig) -> usize {
    match &config.encoder.architecture {
        ImageArchitecture::ResNet(resnet) => resnet.stages.iter().map(|stage| stage.outputs).sum(),
        _ => config.encoder.width(),
    }
}

/// The feature maps of all stages of a ResNet, or the only one of another encoder, averaged to `SIDE x SIDE`.
///
/// As in the authors' code the channels of all places are dealt to the slots in order: slot 0 has the first quarter of the
/// channels at all places, and so on. A slot is no place in the picture.
fn depths(encoder: &ImageEncoder<Backend>, pixels: Tensor<Backend, 4>) -> ImageFeatures<Backend> {
    let maps = match encoder {
        ImageEncoder::ResNet(resnet) => resnet.stages(pixels),
        other => {
            let grid = other.forward(pixels).grid;
            let [pictures, regions, width] = grid.dims();
            let side = regions.isqrt();
            vec![grid.swap_dims(1, 2).reshape([pictures, width, side, side])]
        }
    };
    let map = Tensor::cat(maps.into_iter().map(averaged).collect(), 1);
    let [pictures, width, _, _] = map.dims();
    let grid = map.reshape([pictures, SLOTS, width]);
    ImageFeatures { pooled: grid.clone().mean_dim(1).squeeze_dim(1), grid }
}

/// `[I, C, side, side]` to `[I, C, SIDE, SIDE]`; what is left over of an odd side is not seen.
fn averaged(map: Tensor<Backend, 4>) -> Tensor<Backend, 4> {
    let [_, _, side, _] = map.dims();
    if side < SIDE {
        return map.repeat(&[1, 1, SIDE, SIDE]);
    }
    let kernel = side / SIDE;
    avg_pool2d(map, [kernel; 2], [kernel; 2], [0; 2], true, false).narrow(2, 0, SIDE).narrow(3, 0, SIDE)
}

impl WordEncoder for HvpnetWords<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "hvpnet",
        summary: "published text encoder with the image as a visual prefix in every layer, CRF",
        source: "Chen et al. 2022, Good Visual Guidance Makes A Better Extractor",
        uses_image: true,
        uses_contexts: false,
        text_encoder: EncoderNeed::Published,
        image_encoder: EncoderNeed::Published,
        alignments: &[],
        options: &[IMAGE_TUNING],
    };

    type Config = HvpnetConfig;
    type Extra = ImageBatch;

    fn defaults() -> TrainOptions {
        TrainOptions {
            epochs: 30,
            batch: 8,
            encoder_rate: 3e-5,
            head_rate: 5e-2,
            crf_rate: 5e-2,
            warmup: 0.01,
            word_dropout: 0.0,
            name_dropout: 0.0,
            ..TrainOptions::default()
        }
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, HvpnetConfig, Tokenizer), CreateError> {
        let (text, text_config, pieces) = PublishedText::create(foundation)?;
        let (image, image_config) = PublishedRegions::create(foundation)?;
        let config = HvpnetConfig { hidden: 800, text: text_config, image: image_config };
        Ok((Self::over(text, image, &config, foundation.device), config, pieces))
    }

    fn new(config: &HvpnetConfig, device: &Device) -> Self {
        let text = PublishedText::new(&config.text, device);
        Self::over(text, PublishedRegions::new(&config.image, device), config, device)
    }

    fn width(config: &HvpnetConfig) -> usize {
        config.text.transformer.width
    }

    fn longest(config: &HvpnetConfig) -> usize {
        config.text.longest()
    }

    fn picture(config: &HvpnetConfig, image: Option<&Arc<RgbImage>>) -> Option<(Arc<Pixels>, [u32; 2])> {
        config.image.picture(image)
    }

    fn region_grid(config: &HvpnetConfig) -> Option<RegionGrid> {
        Some(config.image.encoder.region_grid())
    }

    fn published<'a>(&'a mut self, config: &'a mut HvpnetConfig) -> Option<Published<'a>> {
        Some(Published { text: &mut self.text, config: &mut config.text })
    }

    fn extra(_: &HvpnetConfig, rows: &[&Row], device: &Device) -> ImageBatch {
        ImageBatch::new(rows, device)
    }

    fn encode(&self, text: &TextBatch, images: &ImageBatch) -> Tensor<Backend, 3> {
        let Some(features) = self.image.forward_by(images, &depths) else {
            return self.dropout.forward(self.text.words(text));
        };
        let [rows] = images.seen.dims();
        let hidden: Tensor<Backend, 2, Bool> =
            images.seen.clone().reshape([rows, 1]).expand([rows, SLOTS]).equal_elem(0.0);
        let output = self.text.forward_behind(text, self.prefixes(features.grid), hidden);
        self.dropout.forward(text.first_pieces(output.last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::cpu;
    use crate::systems::chain::ChainTagger;
    use crate::systems::{System, toy};
    use crate::tagging::numbers;

    type Hvpnet = ChainTagger<Backend, HvpnetWords<Backend>>;

    const RED: [u8; 3] = [220, 20, 30];
    const BLUE: [u8; 3] = [10, 40, 230];

    #[test]
    fn gradients_are_those_of_finite_differences_for_any_encoder() {
        for image in ["image/hub-resnet-basic", "image/vit"] {
            let (module, spec) = toy::tagger::<Hvpnet>(image);
            let pictures = [Some(toy::picture(RED, BLUE)), None, Some(toy::picture(BLUE, RED))];
            let checked = toy::check_gradients(&module, &spec, &toy::rows::<Hvpnet>(&spec, pictures));
            assert!(checked > 30, "{image}: only {checked} parameters have a gradient");
        }
    }

    #[test]
    fn a_tweet_without_an_image_has_no_prefix() {
        let (module, spec) = toy::tagger::<Hvpnet>("image/hub-resnet-basic");
        let with = toy::rows::<Hvpnet>(&spec, [Some(toy::picture(RED, BLUE)), None, None]);
        let without = toy::rows::<Hvpnet>(&spec, [None, None, None]);
        let chains = |rows: &[&Row]| {
            let answers = module.answer(&spec, &Hvpnet::collate(&spec, rows, None, &cpu()), rows, true);
            assert!(answers.iter().all(|answer| answer.alignments.is_empty()), "slots are no places");
            answers.into_iter().map(|answer| answer.prediction.entropy).collect::<Vec<_>>()
        };
        let beside = chains(&[&with[0], &with[1]]);
        assert!((beside[1] - chains(&[&without[1]])[0]).abs() < 1e-5, "a hidden prefix is as none");
        assert!((beside[0] - chains(&[&without[0]])[0]).abs() > 1e-6, "a seen one is not");
    }

    #[test]
    fn maps_of_every_depth_become_two_by_two() {
        for side in [1, 2, 3, 7, 14, 28, 56] {
            let values = Tensor::<Backend, 1, burn::tensor::Int>::arange(0..i64::from(side * side), &cpu()).float();
            let pooled = averaged(values.reshape([1, 1, side, side]));
            assert_eq!(pooled.dims(), [1, 1, 2, 2], "{side}");
            if side == 7 {
                // The first three rows and columns, of 0 to 48.
                assert!((numbers(pooled)[0] - 8.0).abs() < 1e-5);
            }
        }
    }
}
