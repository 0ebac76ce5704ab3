//! Words as the denoiser sees them: a prompt through the tokenizer and the text encoder of CLIP.

mod prompt;
#[cfg(test)]
mod tests;
mod words;

use std::path::Path;

use burn::tensor::{Int, Tensor, TensorData};

use super::DiffusionError;
use crate::device::{Backend, Device};
use crate::encoders::image::clip::{ClipText, ClipTextConfig};
use crate::encoders::published::PublishedError;

pub use prompt::{Cut, Prompt};
pub(super) use words::Words;

/// Tensors beside the text encoder that a denoiser does not need.
const NOT_NEEDED: [&str; 2] = ["position_ids", "text_projection.weight"];

/// Tokenizer and text encoder.
#[derive(Debug)]
pub struct TextEncoder {
    words: Words,
    clip: ClipText<Backend>,
    config: ClipTextConfig,
    device: Device,
}

impl TextEncoder {
    /// Reads `tokenizer/` and `text_encoder/` of the folder of a published model.
    pub fn open(folder: &Path, device: &Device) -> Result<Self, DiffusionError> {
        let [words, encoder] = ["tokenizer", "text_encoder"].map(|part| folder.join(part));
        let (clip, config, mut unused) = ClipText::open(&encoder, device)?;
        unused.retain(|name| !NOT_NEEDED.iter().any(|end| name.ends_with(end)));
        if !unused.is_empty() {
            return Err(DiffusionError::Unused { path: encoder, tensors: unused });
        }
        if config.positions < 2 {
            let reason = format!("the text encoder has {} positions, start and end alone need 2", config.positions);
            return Err(DiffusionError::Mismatch { folder: folder.to_owned(), reason });
        }
        let (path, rows) = (words, config.vocabulary);
        let words = Words::open(&path, config.positions)?;
        let pieces = words.rows();
        if pieces > rows {
            return Err(PublishedError::Vocabulary { path, pieces, rows }.into());
        }
        Ok(Self { words, clip, config, device: device.clone() })
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
        self.words.prompt(words)
    }

    /// The vectors `[1, T, d]` of a prompt; every piece, padding too, sees those before it.
    pub fn encode(&self, prompt: &Prompt) -> Tensor<Backend, 3> {
        let ids: Vec<i64> = prompt.ids.iter().map(|id| i64::from(*id)).collect();
        let shape = [1, ids.len()];
        let ids = Tensor::<Backend, 2, Int>::from_data(TensorData::new(ids, shape), &self.device);
        self.clip.forward(ids, None).hidden
    }
}
