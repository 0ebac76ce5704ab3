//! What the readers of all published image encoders need.

use std::path::Path;

use crate::encoders::published::{PublishedError, PublishedWeights};

/// A module with published weights.
#[derive(Debug)]
pub(super) struct Loaded<M> {
    pub module: M,
    /// Names of the tensors that it has no place for, such as a classifier.
    pub unused: Vec<String>,
}

/// The length of an axis of the tensor `name`.
pub(super) fn axis(weights: &PublishedWeights, name: &str, axis: usize) -> Result<usize, PublishedError> {
    let shape = weights.shape(name)?;
    shape.get(axis).copied().filter(|length| *length > 0).ok_or_else(|| PublishedError::DamagedTensor {
        path: weights.path().to_owned(),
        tensor: name.to_owned(),
        reason: format!("the shape {shape:?} is none of a layer"),
    })
}

/// An error unless `value`, called `name` in the configuration at `path`, is `1..=most`.
pub(super) fn bounded(path: &Path, name: &str, value: usize, most: usize) -> Result<usize, PublishedError> {
    if (1..=most).contains(&value) {
        return Ok(value);
    }
    let message = format!("`{name}` is {value}; it must be 1 to {most}");
    Err(PublishedError::Config { path: path.to_owned(), message })
}
