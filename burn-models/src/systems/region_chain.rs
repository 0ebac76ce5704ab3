//! What the taggers share that fuse the words of a published text encoder with the regions of a published image encoder,
//! score tags and join them by a linear-chain CRF.

#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::sync::Arc;

use burn::module::{AutodiffModule, Module, ModuleDisplay};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend as BurnBackend;
use image::RgbImage;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::options::{OptionError, Options};
use super::published::{Published, PublishedText, PublishedTextConfig};
use super::published_image::{ImageBatch, PublishedRegions, PublishedRegionsConfig, given_maps, word_maps};
use super::{Answer, CreateError, Foundation, Spec, System, SystemInfo};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::encoders::image::{ImageFeatures, RegionGrid};
use crate::encoders::text::transformer::TransformerConfig;
use crate::input::{self, Item, Noise, Row};
use crate::layers::crf::{ConstraintMode, Crf};
use crate::layers::dropout::Dropout;
use crate::tagging::{self, numbers};
use crate::training::TrainOptions;
use crate::word_maps::WordMapsError;

/// The part in which such taggers differ: how words and regions become one.
pub trait Fusion: AutodiffModule<Backend, InnerModule = Self> + ModuleDisplay + Sync + 'static {
    /// The tagger's name, needs and source.
    const INFO: SystemInfo;

    /// Sizes and weights.
    type Config: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// A batch beyond its words and images.
    type Extra;

    /// What is computed on the way and needed for the loss.
    type Side;

    /// How the tagger is trained from scratch unless told otherwise.
    fn defaults() -> TrainOptions;

    /// Sizes over a text encoder.
    fn configure(text: &TransformerConfig) -> Self::Config;

    /// Takes over what was chosen among its own options.
    fn choose(_: &mut Self::Config, _: &Options) -> Result<(), OptionError> {
        Ok(())
    }

    /// Gives the rows of a tweet with an image the maps of its words over it, where it learns from them or shows them.
    fn add_maps(_: &FusionSpec<Self::Config>, _: &Item, _: &mut [Row]) -> Result<(), WordMapsError> {
        Ok(())
    }

    /// A fresh one.
    fn new(spec: &FusionSpec<Self::Config>, device: &Device) -> Self;

    /// Width of a fused word over an encoder of `width` numbers.
    fn output(width: usize) -> usize {
        2 * width
    }

    /// What it needs besides words and images; `noise` is given while training only.
    fn extra(rows: &[&Row], images: &ImageBatch, noise: Option<&mut Noise>, device: &Device) -> Self::Extra;

    /// Words and regions as one.
    fn fuse(&self, config: &Self::Config, read: &Read<'_>, extra: &Self::Extra) -> Fused<Self::Side>;

    /// The scores `[B, N, K]` of tags, given those that the fused words have.
    fn adjust(&self, _: &FusionSpec<Self::Config>, scores: Tensor<Backend, 3>, _: &Self::Side) -> Tensor<Backend, 3> {
        scores
    }

    /// What else it can show of where words looked, by name: weights `[B, heads, N, R]`.
    fn further(_: &Self::Side) -> Vec<(&'static str, Tensor<Backend, 4>)> {
        Vec::new()
    }

    /// The training loss, given that of the chain.
    fn loss(
        &self,
        spec: &FusionSpec<Self::Config>,
        chain: Tensor<Backend, 1>,
        side: Self::Side,
        batch: &RegionChainBatch<Self::Extra>,
    ) -> Tensor<Backend, 1>;
}

/// What a tagger with such a fusion consists of.
pub type FusionSpec<C> = Spec<RegionChainConfig<C>>;

/// What the encoders give; `S` pieces, `N` words, `R` regions.
#[derive(Debug)]
pub struct Read<'a> {
    /// The words.
    pub text: &'a TextBatch,
    /// `[B, S, d]`, with dropout.
    pub pieces: Tensor<Backend, 3>,
    /// `[B, d]`, tweets as the pooler or else the first piece has them.
    pub sentence: Tensor<Backend, 2>,
    /// Which rows have an image.
    pub images: &'a ImageBatch,
    /// Absent where no row has an image.
    pub features: Option<ImageFeatures<Backend>>,
}

/// Words and regions as one.
#[derive(Debug)]
pub struct Fused<T> {
    /// `[B, N, output]`.
    pub words: Tensor<Backend, 3>,
    /// `[B, heads, N, R]`, where words looked; absent where no row has an image.
    pub weights: Option<Tensor<Backend, 4>>,
    /// What the loss needs.
    pub side: T,
}

/// Sizes of a [`RegionChain`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionChainConfig<C> {
    /// Where the tag grammar is enforced.
    pub constraints: ConstraintMode,
    /// The fusion's.
    pub fusion: C,
    /// The text encoder.
    pub text: PublishedTextConfig,
    /// The image encoder.
    pub image: PublishedRegionsConfig,
}

/// Encoders, fusion, tag scores, CRF.
#[derive(Module, Debug)]
pub struct RegionChain<B: BurnBackend, F> {
    text: PublishedText<B>,
    image: PublishedRegions<B>,
    dropout: Dropout,
    fusion: F,
    emissions: Linear<B>,
    crf: Crf<B>,
}

/// Rows as tensors.
#[derive(Debug)]
pub struct RegionChainBatch<X> {
    /// The words.
    pub text: TextBatch,
    /// The images.
    pub images: ImageBatch,
    /// What the fusion needs besides.
    pub extra: X,
}

impl<F: Fusion> RegionChain<Backend, F> {
    fn over(
        text: PublishedText<Backend>,
        image: PublishedRegions<Backend>,
        spec: &FusionSpec<F::Config>,
        device: &Device,
    ) -> Self {
        let transformer = &spec.config.text.transformer;
        Self {
            text,
            image,
            dropout: Dropout::new(transformer.dropout),
            fusion: F::new(spec, device),
            emissions: LinearConfig::new(F::output(transformer.width), spec.tags()).init(device),
            crf: Crf::new(spec.tags(), device),
        }
    }

    /// Scores of tags `[B, N, K]`, and what was fused.
    fn forward(
        &self,
        spec: &FusionSpec<F::Config>,
        batch: &RegionChainBatch<F::Extra>,
    ) -> (Tensor<Backend, 3>, Fused<F::Side>) {
        let pieces = self.text.forward(&batch.text).last;
        let first = || pieces.clone().narrow(1, 0, 1).squeeze_dim(1);
        let read = Read {
            sentence: self.text.pooled(&pieces).unwrap_or_else(first),
            pieces: self.dropout.forward(pieces.clone()),
            text: &batch.text,
            images: &batch.images,
            features: self.image.forward(&batch.images),
        };
        let fused = self.fusion.fuse(&spec.config.fusion, &read, &batch.extra);
        let scores = self.emissions.forward(fused.words.clone());
        (self.fusion.adjust(spec, scores, &fused.side), fused)
    }
}

impl<F: Fusion> System for RegionChain<Backend, F> {
    const INFO: SystemInfo = F::INFO;

    type Config = RegionChainConfig<F::Config>;
    type Batch = RegionChainBatch<F::Extra>;

    fn defaults() -> TrainOptions {
        F::defaults()
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, Spec<Self::Config>), CreateError> {
        let (text, text_config, pieces) = PublishedText::create(foundation)?;
        let (image, image_config) = PublishedRegions::create(foundation)?;
        let mut fusion = F::configure(&text_config.transformer);
        F::choose(&mut fusion, &foundation.options)?;
        let constraints = ConstraintMode::Decode;
        let config = RegionChainConfig { constraints, fusion, text: text_config, image: image_config };
        let spec = foundation.spec(config, pieces);
        Ok((Self::over(text, image, &spec, foundation.device), spec))
    }

    fn new(spec: &Spec<Self::Config>, device: &Device) -> Self {
        let text = PublishedText::new(&spec.config.text, device);
        Self::over(text, PublishedRegions::new(&spec.config.image, device), spec, device)
    }

    fn rows(spec: &Spec<Self::Config>, item: &Item, image: Option<&Arc<RgbImage>>) -> Vec<Row> {
        let longest = spec.config.text.longest();
        let picture = spec.config.image.picture(image);
        input::rows(&item.example, &spec.labels, spec.scheme, &spec.pieces, longest, picture.as_ref())
    }

    fn add_maps(spec: &Spec<Self::Config>, item: &Item, rows: &mut [Row]) -> Result<(), WordMapsError> {
        F::add_maps(spec, item, rows)
    }

    fn region_grid(config: &Self::Config) -> Option<RegionGrid> {
        Some(config.image.encoder.region_grid())
    }

    fn collate(spec: &Spec<Self::Config>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> Self::Batch {
        let mut noise = noise;
        let images = ImageBatch::new(rows, device);
        let extra = F::extra(rows, &images, noise.as_deref_mut(), device);
        RegionChainBatch { text: TextBatch::new(rows, &spec.pieces, noise, device), images, extra }
    }

    fn loss(&self, spec: &Spec<Self::Config>, batch: &Self::Batch) -> Tensor<Backend, 1> {
        let (scores, fused) = self.forward(spec, batch);
        let chain = self.crf.loss(scores, batch.text.tags.clone(), &batch.text.words);
        self.fusion.loss(spec, chain, fused.side, batch)
    }

    fn answer(&self, spec: &Spec<Self::Config>, batch: &Self::Batch, rows: &[&Row], align: bool) -> Vec<Answer> {
        let (scores, fused) = self.forward(spec, batch);
        let answers = tagging::answers(scores, &self.crf, spec, spec.config.constraints, rows);
        if !align {
            return answers;
        }
        let attention = fused.weights.map(|weights| ("attention", weights));
        let maps = attention.into_iter().chain(F::further(&fused.side));
        let maps: Vec<_> = maps.map(|(method, weights)| (method, weights.dims(), numbers(weights))).collect();
        let image = &spec.config.image;
        let answers = answers.into_iter().zip(rows).enumerate().map(|(place, (answer, row))| {
            let looked = maps.iter().filter_map(|(method, [_, heads, most, regions], weights)| {
                let own = heads * most * regions;
                word_maps(image, method, row, &weights[place * own..][..own], [*heads, *most, *regions])
            });
            Answer { alignments: looked.chain(given_maps(image, row)).collect(), ..answer }
        });
        answers.collect()
    }

    fn published<'a>(&'a mut self, config: &'a mut Self::Config) -> Option<Published<'a>> {
        Some(Published { text: &mut self.text, config: &mut config.text })
    }

    fn relabel(mut self, from: &Spec<Self::Config>, to: &Spec<Self::Config>, device: &Device) -> Self {
        let kept = tagging::kept_tags(from, to);
        let fresh = LinearConfig::new(F::output(from.config.text.transformer.width), to.tags()).init(device);
        self.emissions = tagging::keep_outputs(fresh, self.emissions, &kept);
        self.crf = tagging::keep_transitions(&Crf::new(to.tags(), device), &self.crf, &kept);
        self
    }
}
