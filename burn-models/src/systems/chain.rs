//! What the taggers share that encode words, score tags and join them by a linear-chain CRF.

use std::fmt::Debug;
use std::sync::Arc;

use burn::module::{AutodiffModule, Module, ModuleDisplay};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend as BurnBackend;
use image::RgbImage;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::published::Published;
use super::{Answer, CreateError, Foundation, Spec, System, SystemInfo};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::encoders::image::{Pixels, RegionGrid};
use crate::encoders::text::Tokenizer;
use crate::input::{self, Item, Noise, Row};
use crate::layers::crf::{ConstraintMode, Crf};
use crate::tagging;
use crate::training::TrainOptions;

/// The part in which such taggers differ: from words to vectors.
pub trait WordEncoder: AutodiffModule<Backend, InnerModule = Self> + ModuleDisplay + Sync + 'static {
    /// The tagger's name, needs and source.
    const INFO: SystemInfo;

    /// Sizes.
    type Config: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// A batch beyond its words.
    type Extra;

    /// How the tagger is trained from scratch unless told otherwise.
    fn defaults() -> TrainOptions;

    /// A fresh encoder, its sizes and its vocabulary.
    fn create(foundation: &Foundation<'_>) -> Result<(Self, Self::Config, Tokenizer), CreateError>;

    /// An encoder of these sizes.
    fn new(config: &Self::Config, device: &Device) -> Self;

    /// Width of a word's vector.
    fn width(config: &Self::Config) -> usize;

    /// Most pieces of a row.
    fn longest(_: &Self::Config) -> usize {
        input::WINDOW_PIECES
    }

    /// An image as it takes it, with its own width and height in pixels, if it looks at images.
    fn picture(_: &Self::Config, _: Option<&Arc<RgbImage>>) -> Option<(Arc<Pixels>, [u32; 2])> {
        None
    }

    /// The parts in which it sees an image; see [`System::region_grid`].
    fn region_grid(_: &Self::Config) -> Option<RegionGrid> {
        None
    }

    /// The published encoder in it; see [`System::published`].
    fn published<'a>(&'a mut self, _: &'a mut Self::Config) -> Option<Published<'a>> {
        None
    }

    /// Rows of its own table of pieces; see [`System::vocabulary`].
    fn vocabulary(_: &Self::Config) -> Option<usize> {
        None
    }

    /// What it needs besides the words.
    fn extra(config: &Self::Config, rows: &[&Row], device: &Device) -> Self::Extra;

    /// Vectors of words, `[B, N, width]`.
    fn encode(&self, text: &TextBatch, extra: &Self::Extra) -> Tensor<Backend, 3>;
}

/// Sizes of a [`ChainTagger`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainConfig<C> {
    /// The encoder's.
    pub encoder: C,
    /// Where the tag grammar is enforced.
    pub constraints: ConstraintMode,
}

/// Encoder, tag scores, CRF.
#[derive(Module, Debug)]
pub struct ChainTagger<B: BurnBackend, E> {
    encoder: E,
    emissions: Linear<B>,
    crf: Crf<B>,
}

impl<E: WordEncoder> ChainTagger<Backend, E> {
    fn over(encoder: E, spec: &Spec<ChainConfig<E::Config>>, device: &Device) -> Self {
        Self {
            encoder,
            emissions: LinearConfig::new(E::width(&spec.config.encoder), spec.tags()).init(device),
            crf: Crf::new(spec.tags(), device),
        }
    }

    /// Tag scores `[B, N, K]` of a batch.
    pub(crate) fn emit(&self, (text, extra): &(TextBatch, E::Extra)) -> Tensor<Backend, 3> {
        self.emissions.forward(self.encoder.encode(text, extra))
    }
}

impl<E: WordEncoder> System for ChainTagger<Backend, E> {
    const INFO: SystemInfo = E::INFO;

    type Config = ChainConfig<E::Config>;
    type Batch = (TextBatch, E::Extra);

    fn defaults() -> TrainOptions {
        E::defaults()
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, Spec<Self::Config>), CreateError> {
        let (encoder, config, pieces) = E::create(foundation)?;
        let config = ChainConfig { encoder: config, constraints: ConstraintMode::Decode };
        let spec = foundation.spec(config, pieces);
        Ok((Self::over(encoder, &spec, foundation.device), spec))
    }

    fn new(spec: &Spec<Self::Config>, device: &Device) -> Self {
        Self::over(E::new(&spec.config.encoder, device), spec, device)
    }

    fn rows(spec: &Spec<Self::Config>, item: &Item, image: Option<&Arc<RgbImage>>) -> Vec<Row> {
        let config = &spec.config.encoder;
        let picture = E::picture(config, image);
        input::rows(&item.example, &spec.labels, spec.scheme, &spec.pieces, E::longest(config), picture.as_ref())
    }

    fn region_grid(config: &Self::Config) -> Option<RegionGrid> {
        E::region_grid(&config.encoder)
    }

    fn collate(spec: &Spec<Self::Config>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> Self::Batch {
        (TextBatch::new(rows, &spec.pieces, noise, device), E::extra(&spec.config.encoder, rows, device))
    }

    fn loss(&self, _: &Spec<Self::Config>, batch: &Self::Batch) -> Tensor<Backend, 1> {
        self.crf.loss(self.emit(batch), batch.0.tags.clone(), &batch.0.words)
    }

    fn answer(&self, spec: &Spec<Self::Config>, batch: &Self::Batch, rows: &[&Row], _: bool) -> Vec<Answer> {
        tagging::answers(self.emit(batch), &self.crf, spec, spec.config.constraints, rows)
    }

    fn published<'a>(&'a mut self, config: &'a mut Self::Config) -> Option<Published<'a>> {
        self.encoder.published(&mut config.encoder)
    }

    fn vocabulary(config: &Self::Config) -> Option<usize> {
        E::vocabulary(&config.encoder)
    }

    fn relabel(mut self, from: &Spec<Self::Config>, to: &Spec<Self::Config>, device: &Device) -> Self {
        let fresh = Self::over(self.encoder.clone(), to, device);
        let kept = tagging::kept_tags(from, to);
        self.emissions = tagging::keep_outputs(fresh.emissions, self.emissions, &kept);
        self.crf = tagging::keep_transitions(&fresh.crf, &self.crf, &kept);
        self
    }
}
