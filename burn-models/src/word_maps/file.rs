//! Maps from a file: `.npz` of numpy, or `.safetensors`.

use std::path::Path;

use super::{MapFault, WordMaps, WordMapsError, check_shape, npz};
use crate::encoders::published::{PublishedError, PublishedWeights};

/// The array that holds all maps.
pub(super) const MAPS: &str = "maps";

impl WordMaps {
    /// Reads the maps of a tweet of `words` words; the shape is checked before anything is held in memory.
    ///
    /// An `.npz` holds an array `maps` of `[words, height, width]`, or one of `[height, width]` for each word, called `0`
    /// or `arr_0` and so on, where a word without an array has no map; a `.safetensors` holds the first of these.
    pub fn read(path: &Path, words: usize) -> Result<Self, WordMapsError> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("npz") => npz::read(path, words),
            Some("safetensors") => read_safetensors(path, words),
            _ => Err(WordMapsError::UnknownKind(path.to_owned())),
        }
    }
}

fn read_safetensors(path: &Path, words: usize) -> Result<WordMaps, WordMapsError> {
    let weights = PublishedWeights::open(path)?;
    if !weights.contains(MAPS) {
        return Err(WordMapsError::layout(path, format!("there is no tensor `{MAPS}`")));
    }
    let shape = three(path, weights.shape(MAPS)?)?;
    check(path, shape, words)?;
    let values = weights.floats(MAPS).map_err(|error| match error {
        PublishedError::NotFinite { index, value, .. } => {
            let fault = MapFault::Value { word: index / (shape[1] * shape[2]), value };
            WordMapsError::Fault { path: path.to_owned(), fault }
        }
        error => error.into(),
    })?;
    WordMaps::new(values, shape).map_err(WordMapsError::fault(path))
}

/// The three axes of maps.
pub(super) fn three(path: &Path, shape: &[usize]) -> Result<[usize; 3], WordMapsError> {
    let axes = || WordMapsError::layout(path, format!("`{MAPS}` has the shape {shape:?}"));
    shape.try_into().map_err(|_| axes())
}

/// Refuses a shape before its numbers are read.
pub(super) fn check(path: &Path, shape: [usize; 3], words: usize) -> Result<(), WordMapsError> {
    let fault = WordMapsError::fault(path);
    check_shape(shape).map_err(&fault)?;
    if shape[0] == words { Ok(()) } else { Err(fault(MapFault::Words { found: shape[0], expected: words })) }
}
