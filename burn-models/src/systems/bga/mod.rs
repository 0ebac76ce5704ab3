//! `BGA-MNER` (Chen et al. 2023): between the blocks of both encoders a generator makes patches of words and another makes
//! words of patches; they learn to match what is real, and the words look at the patches that were made of them.
//!
//! What images show is learned while training; an answer needs none, and does not depend on one. Where this departs from the
//! paper:
//!
//! - The image encoder stays as it was published unless `image-tuning` says otherwise, as for every system here; the paper
//!   fine-tunes it.
//! - Encoders of another number of blocks meet at their upper ones: what one has more runs first.
//! - Where image and text encoder differ in width, samplers, generators and losses see patches through one linear layer to
//!   the width of words, and the image encoder's blocks see generated words through another.
//! - A convolutional image encoder has no blocks to go on with: its regions, and their mean for the image as a whole, are
//!   brought to the width of words and go through fresh blocks of the text encoder's sizes, one for each level.
//! - There are no object crops, for want of a detector: what is generated is the image as a whole and its regions.

mod config;
mod generator;
mod levels;
mod loss;
mod maps;
mod sampler;
mod sight;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod toys;

use std::sync::Arc;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend as BurnBackend;
use image::RgbImage;

use super::published::{Published, PublishedText};
use super::published_image::{ImageBatch, PublishedRegions};
use super::{Answer, CreateError, EncoderNeed, Foundation, ParameterGroup, Spec, System, SystemInfo};
use crate::batch::{self, TextBatch};
use crate::device::{Backend, Device};
use crate::encoders::image::RegionGrid;
use crate::input::{self, Item, Noise, Row};
use crate::layers::contrast::directions;
use crate::layers::crf::Crf;
use crate::layers::dropout::Dropout;
use crate::tagging;
use crate::training::TrainOptions;

pub use config::{BgaConfig, GeneratorConfig, OPTIONS, VisualSource};
pub use generator::Generator;
use levels::{Level, Teller, Words};
use sampler::Chance;
pub use sampler::Sampler;
use sight::Sight;

/// The module; see the file's head.
#[derive(Module, Debug)]
pub struct Bga<B: BurnBackend> {
    text: PublishedText<B>,
    image: PublishedRegions<B>,
    sight: Sight<B>,
    /// Generates patches of words.
    words: Teller<B>,
    /// Generates words of patches.
    patches: Teller<B>,
    dropout: Dropout,
    emissions: Linear<B>,
    crf: Crf<B>,
}

/// Rows as tensors.
#[derive(Debug)]
pub struct BgaBatch {
    text: TextBatch,
    images: ImageBatch,
    /// What is left to chance in the samplers' choices, while training.
    chance: Option<Chances>,
}

/// The chance of both sides.
#[derive(Debug)]
struct Chances {
    words: Chance<Backend>,
    patches: Chance<Backend>,
}

impl Bga<Backend> {
    fn over(
        text: PublishedText<Backend>,
        image: PublishedRegions<Backend>,
        spec: &Spec<BgaConfig>,
        device: &Device,
    ) -> Self {
        let config = &spec.config;
        Self {
            text,
            image,
            sight: Sight::new(config, device),
            words: Teller::new(config, config.patches(), device),
            patches: Teller::new(config, config.longest(), device),
            dropout: Dropout::new(config.dropout),
            emissions: LinearConfig::new(config.width(), spec.tags()).init(device),
            crf: Crf::new(spec.tags(), device),
        }
    }

    /// Scores `[B, N, K]` of the tags of words that were read.
    fn score(&self, batch: &BgaBatch, words: &Words) -> Tensor<Backend, 3> {
        self.emissions.forward(batch.text.first_pieces(self.dropout.forward(words.last.clone())))
    }

    /// The loss of the tags, and those of what is generated: of reconstruction and of the cycle; the latter absent where no
    /// row has an image or nothing is learned from it.
    fn losses(&self, config: &BgaConfig, batch: &BgaBatch) -> (Tensor<Backend, 1>, Option<[Tensor<Backend, 1>; 2]>) {
        let words = self.read(config, batch, None);
        let tags = self.crf.loss(self.score(batch, &words), batch.text.tags.clone(), &batch.text.words);
        let looked = if config.alpha > 0.0 { self.look(config, batch) } else { None };
        (tags, looked.and_then(|patches| self.generation_losses(config, batch, &words.levels, &patches)))
    }

    /// How like the image of every row is what is generated of every row's words: `[levels, B, B]`, a row for each text and a
    /// column for each image; `None` where no row has an image.
    ///
    /// Cosines of the means over what is kept of the image's patches. Columns of rows without an image mean nothing.
    pub fn likeness(&self, spec: &Spec<BgaConfig>, batch: &BgaBatch) -> Option<Tensor<Backend, 3>> {
        let patches = self.look(&spec.config, batch)?;
        let words = self.read(&spec.config, batch, None);
        let levels = words.levels.iter().zip(&patches).map(|(text, image)| liken(text, image));
        Some(Tensor::stack(levels.collect(), 0))
    }
}

/// The same at one level, `[B, B]`.
fn liken(text: &Level, image: &Level) -> Tensor<Backend, 2> {
    let kept = image.chosen.kept.clone();
    let [rows, patches] = kept.dims();
    let shares = kept.clone() / kept.sum_dim(1).clamp_min(1.0);
    let real = shares.clone().reshape([rows, 1, patches]).matmul(image.state.clone());
    let [_, _, width] = real.dims();
    // Of each text's patches the mean over those that each image keeps.
    let made = shares.unsqueeze::<3>().expand([rows, rows, patches]).matmul(text.generated.clone());
    let made = directions(centred(made.reshape([rows * rows, width]))).reshape([rows, rows, width]);
    let real = directions(centred(real.reshape([rows, width]))).unsqueeze::<3>();
    (made * real).sum_dim(2).squeeze_dim(2)
}

/// Vectors `[B, d]` less their means over the channels, which distributions over channels do not tell.
fn centred(x: Tensor<Backend, 2>) -> Tensor<Backend, 2> {
    x.clone() - x.mean_dim(1)
}

impl System for Bga<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "bga-mner",
        summary: "published text and image encoders, words look at an image that is generated from them, CRF; images teach only",
        source: "Chen et al. 2023, Learning Implicit Entity-object Relations by Bidirectional Generative Alignment for Multimodal NER",
        uses_image: true,
        uses_contexts: false,
        text_encoder: EncoderNeed::Published,
        image_encoder: EncoderNeed::Published,
        alignments: &maps::METHODS,
        options: &OPTIONS,
    };

    type Config = BgaConfig;
    type Batch = BgaBatch;

    /// The published recipe; of what is fresh, samplers and generators learn as fast as the encoders, tag scores as fast as
    /// the transition scores.
    fn defaults() -> TrainOptions {
        TrainOptions {
            epochs: 30,
            batch: 16,
            encoder_rate: 3e-5,
            head_rate: 3e-5,
            crf_rate: 5e-2,
            warmup: 0.01,
            weight_decay: 0.01,
            word_dropout: 0.0,
            name_dropout: 0.0,
            ..TrainOptions::default()
        }
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, Spec<BgaConfig>), CreateError> {
        let (text, text_config, pieces) = PublishedText::create(foundation)?;
        let (image, image_config) = PublishedRegions::create(foundation)?;
        let spec = foundation.spec(BgaConfig::new(text_config, image_config, &foundation.options)?, pieces);
        Ok((Self::over(text, image, &spec, foundation.device), spec))
    }

    fn new(spec: &Spec<BgaConfig>, device: &Device) -> Self {
        let text = PublishedText::new(&spec.config.text, device);
        Self::over(text, PublishedRegions::new(&spec.config.image, device), spec, device)
    }

    fn group(path: &str) -> ParameterGroup {
        match path.split('.').next() {
            Some("text" | "image") => ParameterGroup::Encoder,
            Some("emissions" | "crf") => ParameterGroup::Crf,
            _ => ParameterGroup::Head,
        }
    }

    fn rows(spec: &Spec<BgaConfig>, item: &Item, image: Option<&Arc<RgbImage>>) -> Vec<Row> {
        let picture = spec.config.image.picture(image);
        input::rows(&item.example, &spec.labels, spec.scheme, &spec.pieces, spec.config.longest(), picture.as_ref())
    }

    /// Words that look at what is generated of themselves do not see the image.
    fn region_grid(config: &BgaConfig) -> Option<RegionGrid> {
        (config.source == VisualSource::Real).then(|| config.image.encoder.region_grid())
    }

    fn collate(spec: &Spec<BgaConfig>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> BgaBatch {
        let mut noise = noise;
        let config = &spec.config;
        let chance = noise.as_deref_mut().map(|noise| {
            let mut draw = |count| Chance::draw(&mut noise.rng, config.levels, [rows.len(), count], device);
            Chances { words: draw(batch::length(rows)), patches: draw(config.patches()) }
        });
        BgaBatch {
            chance,
            images: ImageBatch::new(rows, device),
            text: TextBatch::new(rows, &spec.pieces, noise, device),
        }
    }

    fn loss(&self, spec: &Spec<BgaConfig>, batch: &BgaBatch) -> Tensor<Backend, 1> {
        match self.losses(&spec.config, batch) {
            (tags, Some([made, again])) => tags + (made + again).mul_scalar(spec.config.alpha),
            (tags, None) => tags,
        }
    }

    fn answer(&self, spec: &Spec<BgaConfig>, batch: &BgaBatch, rows: &[&Row], align: bool) -> Vec<Answer> {
        let config = &spec.config;
        let real = config.source == VisualSource::Real;
        let patches = if align || real { self.look(config, batch) } else { None };
        let words = self.read(config, batch, patches.as_deref().filter(|_| real));
        let answers = tagging::answers(self.score(batch, &words), &self.crf, spec, config.constraints, rows);
        if align { maps::explained(config, answers, batch, rows, &words, patches.as_deref()) } else { answers }
    }

    fn published<'a>(&'a mut self, config: &'a mut BgaConfig) -> Option<Published<'a>> {
        Some(Published { text: &mut self.text, config: &mut config.text })
    }

    fn relabel(mut self, from: &Spec<BgaConfig>, to: &Spec<BgaConfig>, device: &Device) -> Self {
        let kept = tagging::kept_tags(from, to);
        let fresh = LinearConfig::new(from.config.width(), to.tags()).init(device);
        self.emissions = tagging::keep_outputs(fresh, self.emissions, &kept);
        self.crf = tagging::keep_transitions(&Crf::new(to.tags(), device), &self.crf, &kept);
        self
    }
}
