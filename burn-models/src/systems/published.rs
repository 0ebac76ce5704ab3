//! A published text encoder as the beginning of a system.

use std::fs;
use std::path::Path;

use burn::module::Module;
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::{Bool, Int, Tensor};
use serde::{Deserialize, Serialize};

use super::{CreateError, Foundation};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::encoders::published::PublishedError;
use crate::encoders::text::Tokenizer;
use crate::encoders::text::transformer::{
    Ascent, Family, Prefix, Pretrained, TextInput, TextOutput, TextTransformer, TransformerConfig,
};
use crate::input;
use crate::layers::activation::Activation;
use crate::layers::projection::{AdapterConfig, Products};

/// Most pieces of a vocabulary that is learned with its encoder.
const VOCABULARY: usize = 3000;

/// Sizes of a [`PublishedText`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedTextConfig {
    /// The adapters through which it is fine-tuned; without, all of it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterConfig>,
    /// Whether it began with random weights because nobody named a published one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scratch: bool,
    /// The encoder.
    pub transformer: TransformerConfig,
}

impl PublishedTextConfig {
    /// A small one over `pieces`, to be trained from scratch.
    fn scratch(pieces: &Tokenizer, adapter: Option<AdapterConfig>) -> Self {
        let transformer = TransformerConfig {
            family: Family::Bert,
            vocabulary: pieces.rows(),
            positions: 512,
            types: 1,
            width: 128,
            layers: 2,
            heads: 4,
            hidden: 256,
            activation: Activation::Gelu,
            epsilon: 1e-12,
            dropout: 0.1,
            attention_dropout: 0.1,
            padding: pieces.padding() as usize,
            buckets: 0,
            pooler: false,
        };
        Self { adapter, scratch: true, transformer }
    }

    /// Most pieces of a row, which is padded.
    pub fn longest(&self) -> usize {
        input::fitting(self.transformer.longest())
    }
}

/// The encoder, with adapters where they are wanted.
#[derive(Module, Debug)]
pub struct PublishedText<B: BurnBackend> {
    transformer: TextTransformer<B>,
}

impl PublishedText<Backend> {
    /// The encoder in the folder that `foundation` names, or else a small one with a vocabulary of the tweets' words.
    pub fn create(foundation: &Foundation<'_>) -> Result<(Self, PublishedTextConfig, Tokenizer), CreateError> {
        let adapter = foundation.adapter;
        let Some(folder) = foundation.text else {
            let pieces = Tokenizer::train_framed(foundation.words(), VOCABULARY)?;
            let config = PublishedTextConfig::scratch(&pieces, adapter);
            return Ok((Self::new(&config, foundation.device), config, pieces));
        };
        let pretrained = Pretrained::read(folder, foundation.device)?;
        let pieces = pretrained.tokenizer(folder)?;
        let config = PublishedTextConfig { adapter, scratch: false, transformer: pretrained.config };
        let transformer = with_adapters(pretrained.encoder, &config, foundation.device);
        Ok((Self { transformer }, config, pieces))
    }

    /// An encoder of these sizes.
    pub fn new(config: &PublishedTextConfig, device: &Device) -> Self {
        let transformer = TextTransformer::new(&config.transformer, device);
        Self { transformer: with_adapters(transformer, config, device) }
    }

    /// Writes the encoder, adapters merged, to the hub folder `folder`, with the vocabulary `pieces`.
    pub fn export(
        &self,
        config: &PublishedTextConfig,
        pieces: &Tokenizer,
        folder: &Path,
    ) -> Result<(), PublishedError> {
        self.transformer.export(&config.transformer, folder)?;
        let path = folder.join("tokenizer.json");
        fs::write(&path, pieces.to_json()?).map_err(|source| PublishedError::Write { path, source })
    }

    /// Vectors of the batch's pieces.
    pub fn forward(&self, text: &TextBatch) -> TextOutput<Backend> {
        self.read(text.pieces.clone(), text.hidden.clone(), false)
    }

    /// Vectors of any pieces, `ids` and `hidden` `[B, S]`, the latter true on padding; with every block's attention where
    /// `record` is set.
    pub fn read(
        &self,
        ids: Tensor<Backend, 2, Int>,
        hidden: Tensor<Backend, 2, Bool>,
        record: bool,
    ) -> TextOutput<Backend> {
        self.transformer.forward(TextInput { record, ..TextInput::new(ids, hidden) })
    }

    /// The same where pieces see `prefixes`, one for every block, in front of themselves; `hidden` `[B, P]` is true on what of
    /// them must not be seen.
    pub fn forward_behind(
        &self,
        text: &TextBatch,
        prefixes: Vec<Prefix<Backend>>,
        hidden: Tensor<Backend, 2, Bool>,
    ) -> TextOutput<Backend> {
        let plain = TextInput::new(text.pieces.clone(), text.hidden.clone());
        self.transformer.forward(TextInput { prefixes, hidden_prefix: Some(hidden), ..plain })
    }

    /// The batch's pieces below the first block, for a system that goes through the blocks one at a time.
    pub fn ascent(&self, text: &TextBatch) -> Ascent<'_, Backend> {
        self.transformer.ascent(text.pieces.clone(), text.hidden.clone())
    }

    /// One vector for every row, `[B, d]`, of its pieces' `[B, S, d]`: the pooler's; `None` if the weights have no pooler.
    pub fn pooled(&self, last: &Tensor<Backend, 3>) -> Option<Tensor<Backend, 2>> {
        self.transformer.pooled(last)
    }

    /// Vectors of the batch's words, those of their first pieces: `[B, N, d]`.
    pub fn words(&self, text: &TextBatch) -> Tensor<Backend, 3> {
        text.first_pieces(self.forward(text).last)
    }
}

/// The published text encoder of a system, where it stands.
pub struct Published<'a> {
    /// The encoder.
    pub text: &'a mut PublishedText<Backend>,
    /// Its sizes.
    pub config: &'a mut PublishedTextConfig,
}

impl Published<'_> {
    /// Gives the encoder adapters through which it learns from now on, or puts what they learned into its own weights and
    /// takes them away; either way it computes what it did. Adapters that it has already stay as they are.
    pub fn adapt(self, adapter: Option<AdapterConfig>, device: &Device) {
        if adapter.is_some() && self.config.adapter.is_some() {
            return;
        }
        let transformer = self.text.transformer.clone();
        self.config.adapter = adapter;
        self.text.transformer = with_adapters(transformer.merged(), self.config, device);
    }

    /// Has the encoder compute its products in these numbers from now on; checkpoints do not remember it.
    pub fn multiply_in(self, products: Products) {
        self.text.transformer = self.text.transformer.clone().with_products(products);
    }

    /// Takes the weights of the hub folder `folder` for its own; adapters stay as they are.
    pub fn fill(self, folder: &Path) -> Result<(), PublishedError> {
        self.text.transformer = self.text.transformer.clone().filled(&self.config.transformer, folder)?;
        Ok(())
    }
}

fn with_adapters(
    transformer: TextTransformer<Backend>,
    config: &PublishedTextConfig,
    device: &Device,
) -> TextTransformer<Backend> {
    match config.adapter {
        Some(adapter) => transformer.with_adapters(adapter, device),
        None => transformer,
    }
}
