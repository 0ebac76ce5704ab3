//! Words in the pieces of CLIP, with the piece that fills up a short prompt.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Prompt;
use crate::encoders::image::clip::ClipTokenizer;
use crate::encoders::published::PublishedError;
use crate::synthesis::diffusion::DiffusionError;

/// Files that say which piece fills up a short prompt; the first that does counts, as in `transformers`.
const PADDINGS: [&str; 2] = ["special_tokens_map.json", "tokenizer_config.json"];

/// The tokenizer of a text-to-image model.
#[derive(Debug)]
pub struct Words {
    tokenizer: ClipTokenizer,
    /// The piece that fills up a short prompt.
    padding: u32,
    /// Places of a prompt, with start and end.
    positions: usize,
}

impl Words {
    /// Reads the folder `tokenizer/` of a published model; prompts have `positions` places, at least 2.
    pub fn open(folder: &Path, positions: usize) -> Result<Self, DiffusionError> {
        // What is cut is found here, so that it can be told.
        let mut tokenizer = ClipTokenizer::open(folder, usize::MAX)?;
        let padding = match padding(folder)? {
            Some(name) => tokenizer.special(&name)?,
            None => tokenizer.end(),
        };
        Ok(Self { tokenizer, padding, positions })
    }

    /// Rows that a table of its pieces needs.
    pub fn rows(&self) -> usize {
        self.tokenizer.rows()
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
        Ok(Prompt::new(pieces.into_iter().map(inner).collect(), ends, self.positions))
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
