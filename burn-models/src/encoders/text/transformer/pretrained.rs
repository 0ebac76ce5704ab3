//! From a hub folder and back to one.

use std::fs;
use std::path::Path;

use burn::tensor::backend::Backend;

use crate::encoders::published::{self, PublishedError, PublishedWeights, write_safetensors};
use crate::encoders::text::Tokenizer;
use crate::layers::projection::is_adapter;

use super::naming::PREFIXES;
use super::{Family, TextTransformer, TransformerConfig};

/// A tensor that every family has.
const PROBE: &str = "embeddings.word_embeddings.weight";

/// A published encoder that was read.
#[derive(Debug)]
pub struct Pretrained<B: Backend> {
    /// The encoder.
    pub encoder: TextTransformer<B>,
    /// Its sizes.
    pub config: TransformerConfig,
    /// Names of the tensors in the file that are no part of it, such as the head it was trained with.
    pub unused: Vec<String>,
}

impl<B: Backend> Pretrained<B> {
    /// Reads `config.json` and the weights of a hub folder.
    pub fn read(folder: &Path, device: &B::Device) -> Result<Self, PublishedError> {
        let config = TransformerConfig::read(&folder.join("config.json"))?;
        let weights = open(folder)?;
        let config = TransformerConfig { pooler: weights.contains("pooler.dense.weight"), ..config };
        let family = config.family;
        let fresh = TextTransformer::new(&config, device);
        let (encoder, unused) = published::fill(fresh, &weights, naming(family))?;
        Ok(Self { encoder, config, unused })
    }

    /// Reads the tokenizer of the same hub folder.
    pub fn tokenizer(&self, folder: &Path) -> Result<Tokenizer, PublishedError> {
        let tokenizer = Tokenizer::from_folder(folder)?;
        let (pieces, rows) = (tokenizer.rows(), self.config.vocabulary);
        if pieces > rows {
            return Err(PublishedError::Vocabulary { path: folder.to_owned(), pieces, rows });
        }
        Ok(tokenizer)
    }
}

impl<B: Backend> TextTransformer<B> {
    /// The same encoder with the weights of a hub folder for its own; its adapters stay as they are.
    pub fn filled(self, config: &TransformerConfig, folder: &Path) -> Result<Self, PublishedError> {
        let naming = naming(config.family);
        let own = |path: &str| if is_adapter(path) { Vec::new() } else { naming(path) };
        Ok(published::fill(self, &open(folder)?, own)?.0)
    }

    /// Writes `config.json` and `model.safetensors` to `folder`, as `transformers` reads them; adapters are merged.
    ///
    /// The tokenizer's files are not written.
    pub fn export(&self, config: &TransformerConfig, folder: &Path) -> Result<(), PublishedError> {
        let path = folder.join("config.json");
        let failed = |source| PublishedError::Write { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        fs::write(&path, format!("{:#}\n", config.to_json())).map_err(failed)?;
        let tensors = published::collect(&self.clone().merged(), naming(config.family));
        write_safetensors(&tensors, &folder.join("model.safetensors"))
    }
}

fn open(folder: &Path) -> Result<PublishedWeights, PublishedError> {
    Ok(PublishedWeights::open(folder)?.without_prefix(&PREFIXES, PROBE))
}

fn naming(family: Family) -> impl published::Naming {
    move |path: &str| vec![family.published(path)]
}
