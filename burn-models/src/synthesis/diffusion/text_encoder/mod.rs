//! Words as the denoiser sees them: a prompt through the tokenizer and the text encoder of CLIP.

mod prompt;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;

use burn::tensor::{Int, Tensor, TensorData};
use serde_json::Value;

use super::DiffusionError;
use crate::device::{Backend, Device};
use crate::encoders::image::clip::{ClipText, ClipTextConfig, ClipTokenizer};
use crate::encoders::published::PublishedError;

pub use prompt::{Cut, Prompt};

/// Files that say which piece fills up a short prompt; the first that does counts, as in `transformers`.
const PADDINGS: [&str; 2] = ["special_tokens_map.json", "tokenizer_config.json"];

/// Tensors beside the text encoder that a denoiser does not need.
const NOT_NEEDED: [&str; 2] = ["position_ids", "text_projection.weight"];

/// Tokenizer and text encoder.
#[derive(Debug)]
pub struct TextEncoder {
    tokenizer: ClipTokenizer,
    /// The piece that fills up a short prompt.
    padding: u32,
    clip: ClipText<Backend>,
    config: ClipTextConfig,
    device: Device,
}

impl TextEncoder {
    /// Reads `tokenizer/` and `text_encoder/` of the folder of a published model.
    pub fn open(folder: &Path, device: &Device) -> Result<Self, DiffusionError> {
        let [words, encoder] = ["tokenizer", "text_encoder"].map(|part| folder.join(part));
        // What is cut is found here, so that it can be told.
        let mut tokenizer = ClipTokenizer::open(&words, usize::MAX)?;
        let padding = match padding(&words)? {
            Some(name) => tokenizer.special(&name)?,
            None => tokenizer.end(),
        };
        let (clip, config, mut unused) = ClipText::open(&encoder, device)?;
        unused.retain(|name| !NOT_NEEDED.iter().any(|end| name.ends_with(end)));
        if !unused.is_empty() {
            return Err(DiffusionError::Unused { path: encoder, tensors: unused });
        }
        let (pieces, rows) = (tokenizer.rows(), config.vocabulary);
        if pieces > rows {
            return Err(PublishedError::Vocabulary { path: words, pieces, rows }.into());
        }
        if config.positions < 2 {
            let reason = format!("the text encoder has {} positions, start and end alone need 2", config.positions);
            return Err(DiffusionError::Mismatch { folder: folder.to_owned(), reason });
        }
        Ok(Self { tokenizer, padding, clip, config, device: device.clone() })
    }

    /// Width of the vectors of the words.
    pub fn width(&self) -> usize {
        self.config.blocks.width
    }

    /// Places of a prompt, with start and end.
    pub fn positions(&self) -> usize {
        self.config.positions
    }

    /// The pieces of `words`, as though spaces stood between them, and what does not fit.
    pub fn prompt(&self, words: &[impl AsRef<str>]) -> Result<Prompt, DiffusionError> {
        let pieces = words.iter().map(|word| self.tokenizer.pieces(word.as_ref()));
        let pieces = pieces.collect::<Result<Vec<_>, _>>()?;
        // Start and end are around every word; an empty text has nothing else.
        let around = self.tokenizer.pieces("")?;
        let inner = |pieces: Vec<u32>| pieces.get(1..pieces.len().saturating_sub(1)).unwrap_or_default().to_vec();
        let start = around.first().copied().unwrap_or(self.padding);
        let ends = [start, self.tokenizer.end(), self.padding];
        Ok(Prompt::new(pieces.into_iter().map(inner).collect(), ends, self.positions()))
    }

    /// The vectors `[1, T, d]` of a prompt; every piece, padding too, sees those before it.
    pub fn encode(&self, prompt: &Prompt) -> Tensor<Backend, 3> {
        let ids: Vec<i64> = prompt.ids.iter().map(|id| i64::from(*id)).collect();
        let shape = [1, ids.len()];
        let ids = Tensor::<Backend, 2, Int>::from_data(TensorData::new(ids, shape), &self.device);
        self.clip.forward(ids, None).hidden
    }
}

/// The name of the piece that fills up a short prompt, if a file in `folder` says so.
fn padding(folder: &Path) -> Result<Option<String>, DiffusionError> {
    for name in PADDINGS {
        let path = folder.join(name);
        if !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).map_err(PublishedError::reading(&path))?;
        let json: Value = serde_json::from_slice(&bytes)
            .map_err(|error| PublishedError::Config { path: path.clone(), message: error.to_string() })?;
        let value = &json["pad_token"];
        if let Some(padding) = value.as_str().or_else(|| value["content"].as_str()) {
            return Ok(Some(padding.to_owned()));
        }
    }
    Ok(None)
}
