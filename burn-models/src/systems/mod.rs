//! The taggers. One file per system; each implements [`System`], and one line in [`REGISTRY`] lists it.

pub mod bert_crf;
pub mod bga;
pub mod chain;
pub mod compact;
pub mod contexts;
mod feature_memory;
pub mod hvpnet;
pub mod instruct;
pub mod ita;
pub mod maf;
pub mod mmavk;
pub mod options;
pub mod published;
pub mod published_image;
pub mod recurrent;
pub mod region_chain;
pub mod smner;
mod span_batch;
mod span_classifier;
pub mod span_ner;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod toy;
pub mod umt;

use std::path::Path;
use std::sync::Arc;

use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use image::RgbImage;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::alignment::Alignment;
use crate::checkpoint::CheckpointError;
use crate::device::{Backend, Device};
use crate::encoders::image::RegionGrid;
use crate::encoders::published::PublishedError;
use crate::encoders::text::{Tokenizer, TokenizerError, WordVectorError};
use crate::example::{LabelSet, TagScheme};
use crate::imagination::Imagination;
use crate::influence::Fusion;
use crate::input::{Item, Noise, Row, View};
use crate::layers::crf::Chain;
use crate::layers::projection::AdapterConfig;
use crate::metrics::Counts;
use crate::model::{Entry, entry};
use crate::prediction::Prediction;
use crate::training::TrainOptions;
use crate::word_maps::WordMapsError;

use options::{OptionError, Options, SystemOption};
use published::Published;

/// Every system there is; the first one is the default.
pub static REGISTRY: &[Entry] = &[
    entry::<compact::CompactTagger<Backend>>(),
    entry::<chain::ChainTagger<Backend, recurrent::BiLstmWords<Backend>>>(),
    entry::<chain::ChainTagger<Backend, recurrent::CnnBiLstmWords<Backend>>>(),
    entry::<chain::ChainTagger<Backend, bert_crf::BertWords<Backend>>>(),
    entry::<span_ner::SpanNer<Backend>>(),
    entry::<ita::Ita<Backend>>(),
    entry::<mmavk::Mmavk<Backend>>(),
    entry::<region_chain::RegionChain<Backend, umt::Mt<Backend>>>(),
    entry::<region_chain::RegionChain<Backend, umt::Umt<Backend>>>(),
    entry::<region_chain::RegionChain<Backend, maf::Maf<Backend>>>(),
    entry::<chain::ChainTagger<Backend, hvpnet::HvpnetWords<Backend>>>(),
    entry::<smner::Smner<Backend>>(),
    entry::<bga::Bga<Backend>>(),
    entry::<region_chain::RegionChain<Backend, instruct::Instruct<Backend>>>(),
];

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
    /// What its text encoder begins with.
    pub text_encoder: EncoderNeed,
    /// What its image encoder begins with.
    pub image_encoder: EncoderNeed,
    /// Methods of its alignments; empty where it has none.
    pub alignments: &'static [&'static str],
    /// What can be chosen when a fresh tagger is made.
    pub options: &'static [SystemOption],
}

/// What an encoder begins with when a system is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncoderNeed {
    /// Nothing from elsewhere: there is no such encoder, or it is trained from scratch.
    None,
    /// A file of word vectors if one is given.
    WordVectors,
    /// A published model, or a small encoder of the program's own where none is named.
    Published,
}

/// What a fresh tagger is made of.
#[derive(Clone, Debug)]
pub struct Foundation<'a> {
    /// The tweets it will be trained on.
    pub items: &'a [Item],
    /// Entity types.
    pub labels: LabelSet,
    /// How spans become tags.
    pub scheme: TagScheme,
    /// Folder of a published text encoder, or a file of word vectors; without, the system has its own beginning.
    pub text: Option<&'a Path>,
    /// Name under which the user added that text encoder.
    pub text_name: Option<&'a str>,
    /// Folder or file of a published image encoder; without, the system has its own beginning.
    pub image: Option<&'a Path>,
    /// The adapters through which a published text encoder is fine-tuned; without, all of it is.
    pub adapter: Option<AdapterConfig>,
    /// What was chosen among the system's options.
    pub options: Options,
    /// Where it computes.
    pub device: &'a Device,
}

impl<'a> Foundation<'a> {
    /// A foundation on tweets alone.
    pub fn new(items: &'a [Item], labels: LabelSet, scheme: TagScheme, device: &'a Device) -> Self {
        Self {
            items,
            labels,
            scheme,
            text: None,
            text_name: None,
            image: None,
            adapter: None,
            options: Options::default(),
            device,
        }
    }

    /// The words of all tweets.
    pub fn words(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.items.iter().flat_map(|item| item.example.tokens.iter().map(String::as_str))
    }

    /// What a system of these sizes and this vocabulary consists of.
    pub fn spec<C>(&self, config: C, pieces: Tokenizer) -> Spec<C> {
        Spec { config, labels: self.labels.clone(), scheme: self.scheme, pieces }
    }
}

/// Why a fresh tagger could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The vocabulary failed.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// A published encoder cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// The image encoder that the program carries cannot be read.
    #[error(transparent)]
    Embedded(#[from] Box<CheckpointError>),
    /// An option cannot be what was chosen.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The word vectors cannot be read.
    #[error(transparent)]
    WordVectors(#[from] WordVectorError),
    /// An encoder was given to a system that has no use for it.
    #[error("{system} begins without a published {kind} encoder; leave `{given}` out")]
    NoUse {
        /// The system.
        system: &'static str,
        /// `text` or `image`.
        kind: &'static str,
        /// What was given.
        given: String,
    },
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
    /// What makes pieces of words.
    pub pieces: Tokenizer,
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
    /// What fused knowledge did, where the system fuses any.
    pub fusion: Option<Fusion>,
    /// What was made of the words for an image, where the system does so and alignments are asked for.
    pub imagination: Option<Imagination>,
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
        if let (Some(fusion), Some(more)) = (&mut self.fusion, next.fusion) {
            fusion.change.extend(more.change);
        }
        if let (Some(imagination), Some(more)) = (&mut self.imagination, next.imagination) {
            imagination.append(more);
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

    /// Whether its maps come from a stack of layers over the same pieces, so that attention can be multiplied through.
    const STACKED: bool = false;

    /// Sizes, kept in `model.toml`.
    type Config: Clone + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Rows as tensors.
    type Batch;

    /// How it is trained from scratch unless told otherwise.
    fn defaults() -> TrainOptions;

    /// A fresh tagger.
    fn create(foundation: &Foundation<'_>) -> Result<(Self, Spec<Self::Config>), CreateError>;

    /// Weights of the right shapes, to be replaced by a checkpoint's.
    fn new(spec: &Spec<Self::Config>, device: &Device) -> Self;

    /// The group that the parameter at `path` (`text.blocks.0.widen.weight`) belongs to, by the names of the parts it is in.
    fn group(path: &str) -> ParameterGroup {
        match path.split('.').next() {
            Some("encoder" | "text" | "image") => ParameterGroup::Encoder,
            _ if path.split('.').any(|part| part == "crf") => ParameterGroup::Crf,
            _ => ParameterGroup::Head,
        }
    }

    /// Rows of one tweet; the image is decoded already.
    fn rows(spec: &Spec<Self::Config>, item: &Item, image: Option<&Arc<RgbImage>>) -> Vec<Row>;

    /// Gives the rows of a tweet the maps of its words over the image, where the system learns from such maps or shows them.
    fn add_maps(_: &Spec<Self::Config>, _: &Item, _: &mut [Row]) -> Result<(), WordMapsError> {
        Ok(())
    }

    /// The parts in which it sees an image, so that they can be hidden; `None` where an answer does not depend on an image.
    fn region_grid(_: &Self::Config) -> Option<RegionGrid> {
        None
    }

    /// Rows as tensors on `device`; `noise` is given while training only.
    fn collate(spec: &Spec<Self::Config>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> Self::Batch;

    /// Training loss of a batch, a single number.
    fn loss(&self, spec: &Spec<Self::Config>, batch: &Self::Batch) -> Tensor<Backend, 1>;

    /// One answer per row, decoded with marginal probabilities; alignments where `align` is set.
    fn answer(&self, spec: &Spec<Self::Config>, batch: &Self::Batch, rows: &[&Row], align: bool) -> Vec<Answer>;

    /// Most words of an entity that it can find, where there is a limit.
    fn reach(_: &Spec<Self::Config>) -> Option<usize> {
        None
    }

    /// The views by whose mean F1 an epoch is chosen.
    fn judged_views(_: &Self::Config) -> &'static [View] {
        &[View::Context]
    }

    /// Settles what is chosen on validation tweets once the weights are there, such as a threshold.
    ///
    /// `judge` counts what a tagger with such a configuration gets right in every one of `items`, or was stopped. `None`
    /// where everything stays as it is.
    fn settle(
        _: &Self::Config,
        _items: &[Item],
        _judge: &mut dyn FnMut(&Self::Config) -> Option<Vec<Counts>>,
    ) -> Option<Self::Config> {
        None
    }

    /// Its published text encoder with the sizes of it; `None` for a system without one.
    fn published<'a>(&'a mut self, _: &'a mut Self::Config) -> Option<Published<'a>> {
        None
    }

    /// Rows of the table of pieces that it has of its own; `None` if it reads pieces through its published encoder.
    fn vocabulary(_: &Self::Config) -> Option<usize> {
        None
    }

    /// The same model for another label set; types known before keep what was learned about them.
    #[must_use]
    fn relabel(self, from: &Spec<Self::Config>, to: &Spec<Self::Config>, device: &Device) -> Self;
}
