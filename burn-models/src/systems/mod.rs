//! The taggers. One file per system; each implements [`System`], and one line in [`REGISTRY`] lists it.

pub mod compact;

use std::sync::Arc;

use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use image::RgbImage;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::alignment::Alignment;
use crate::device::{Backend, Device};
use crate::encoders::text::WordPieces;
use crate::example::{LabelSet, TagScheme};
use crate::input::{Item, Noise, Row};
use crate::layers::crf::Chain;
use crate::model::{Entry, entry};
use crate::prediction::Prediction;
use crate::training::TrainOptions;

/// Every system there is.
pub static REGISTRY: &[Entry] = &[entry::<compact::CompactTagger<Backend>>()];

/// The registered system called `name`.
pub fn find(name: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.info.name == name)
}

/// What a system is and needs.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SystemInfo {
    /// Name in the registry and on the command line.
    pub name: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// Where it was published.
    pub source: &'static str,
    /// Whether it looks at an image.
    pub uses_image: bool,
    /// Whether it reads contexts (captions, tags, knowledge).
    pub uses_contexts: bool,
    /// Methods of its alignments; empty where it has none.
    pub alignments: &'static [&'static str],
}

/// What a trained system consists of besides its weights.
#[derive(Clone, Debug)]
pub struct Spec<C> {
    /// Sizes.
    pub config: C,
    /// Entity types.
    pub labels: LabelSet,
    /// How spans become tags.
    pub scheme: TagScheme,
    /// The vocabulary.
    pub pieces: WordPieces,
}

impl<C> Spec<C> {
    /// Number of tags.
    pub fn tags(&self) -> usize {
        self.scheme.tag_count(self.labels.len())
    }
}

/// Parts of a model that learn at rates of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterGroup {
    /// Text and image encoders.
    Encoder,
    /// What is built on them.
    Head,
    /// Transition scores.
    Crf,
}

/// Labels and alignments of one row or tweet.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Entities and probabilities.
    pub prediction: Prediction,
    /// What was looked at.
    pub alignments: Vec<Alignment>,
    /// The scores behind the labelling, one chain per window in order; empty where the system has none.
    pub chains: Vec<Chain>,
}

impl Answer {
    /// Adds the answer for the next window of the same tweet, which begins at token `offset` and has `words` words.
    pub fn append(&mut self, next: Self, offset: usize, words: usize) {
        let before = &mut self.prediction;
        let shifted = next.prediction.spans.into_iter().map(|mut scored| {
            scored.span.start += offset;
            scored.span.end += offset;
            scored
        });
        before.spans.extend(shifted);
        before.path_probability *= next.prediction.path_probability;
        let (known, new) = (offset as f32, words as f32);
        before.entropy = (before.entropy * known + next.prediction.entropy * new) / (known + new);
        for (alignment, more) in self.alignments.iter_mut().zip(&next.alignments) {
            alignment.append(more);
        }
        self.chains.extend(next.chains);
    }
}

/// One trainable text-image tagger.
///
/// Trainer, worker, command line and screens speak to this trait alone (through [`crate::model::Tagger`]).
pub trait System: AutodiffModule<Backend, InnerModule = Self> + Sync + 'static {
    /// Name, needs and source.
    const INFO: SystemInfo;

    /// Sizes, kept in `model.toml`.
    type Config: Clone + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Rows as tensors.
    type Batch;

    /// The default sizes over a vocabulary of `pieces` word pieces.
    fn configure(pieces: usize) -> Self::Config;

    /// Size of the vocabulary that is learned when training from scratch.
    fn vocabulary() -> usize;

    /// How it is trained from scratch unless told otherwise.
    fn defaults() -> TrainOptions;

    /// Fresh weights.
    fn new(spec: &Spec<Self::Config>, device: &Device) -> Self;

    /// The group that the parameter at `path` (`text.blocks.0.widen.weight`) belongs to.
    fn group(path: &str) -> ParameterGroup;

    /// Rows of one tweet; the image is decoded already.
    fn rows(spec: &Spec<Self::Config>, item: &Item, image: Option<&Arc<RgbImage>>) -> Vec<Row>;

    /// Rows as tensors on `device`; `noise` is given while training only.
    fn collate(spec: &Spec<Self::Config>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> Self::Batch;

    /// Training loss of a batch, a single number.
    fn loss(&self, spec: &Spec<Self::Config>, batch: &Self::Batch) -> Tensor<Backend, 1>;

    /// One answer per row, decoded with marginal probabilities; alignments where `align` is set.
    fn answer(&self, spec: &Spec<Self::Config>, batch: &Self::Batch, rows: &[&Row], align: bool) -> Vec<Answer>;

    /// The same model for another label set; types known before keep what was learned about them.
    #[must_use]
    fn relabel(self, from: &Spec<Self::Config>, to: &Spec<Self::Config>, device: &Device) -> Self;
}
