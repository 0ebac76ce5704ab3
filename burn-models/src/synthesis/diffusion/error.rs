//! What can go wrong on the way from words to a picture.

use std::path::PathBuf;

use crate::encoders::published::{PublishedError, PublishedWeights};
use crate::word_maps::MapFault;

/// Why a model cannot be read, or no picture be drawn with it. Every message about a file names it.
#[derive(Debug, thiserror::Error)]
pub enum DiffusionError {
    /// A part of the model's folder is not there.
    #[error(
        "{} has no {component}; the folder of a text-to-image model has model_index.json, scheduler/, text_encoder/, \
         tokenizer/, unet/ and vae/",
        .folder.display()
    )]
    Component {
        /// The folder of the model.
        folder: PathBuf,
        /// What was looked for in it.
        component: String,
    },
    /// A part of another kind of model.
    #[error("{}: the class `{found}` is not supported; supported are {}", .path.display(), .supported.join(", "))]
    Class {
        /// The configuration.
        path: PathBuf,
        /// Its `_class_name`.
        found: String,
        /// The classes that can be read.
        supported: &'static [&'static str],
    },
    /// The scheduler of the folder is none that is built here, and nobody asked for another one.
    #[error(
        "{}: the scheduler `{found}` is not supported; ask for one of ddim, euler and dpm, which then uses the same noise",
        .path.display()
    )]
    Scheduler {
        /// The configuration.
        path: PathBuf,
        /// Its `_class_name`.
        found: String,
    },
    /// A setting that belongs to another kind of model, or has a value that is not built here.
    #[error("{}: `{field}` is {found}, but only {supported} is supported", .path.display())]
    Field {
        /// The configuration.
        path: PathBuf,
        /// The setting.
        field: String,
        /// Its value.
        found: String,
        /// The values that are.
        supported: String,
    },
    /// Settings that nothing here knows.
    #[error(
        "{}: {} is unknown here, so this is a model of another family or version and would be drawn wrongly",
        .path.display(),
        .fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
    )]
    UnknownFields {
        /// The configuration.
        path: PathBuf,
        /// The settings.
        fields: Vec<String>,
    },
    /// Steps with which the scheduler cannot work.
    #[error("{steps} steps cannot be made with this scheduler: {reason}")]
    Steps {
        /// Number of steps asked for.
        steps: usize,
        /// What does not fit.
        reason: String,
    },
    /// Weights that the configuration has no place for.
    #[error(
        "{}: the configuration has no place for {} tensors, the first of which is `{}`; it belongs to another model",
        .path.display(), .tensors.len(), .tensors.first().map_or("", String::as_str)
    )]
    Unused {
        /// The folder.
        path: PathBuf,
        /// The tensors' names in the file.
        tensors: Vec<String>,
    },
    /// Parts of a folder that do not fit each other.
    #[error("{}: {reason}; its parts belong to different models", .folder.display())]
    Mismatch {
        /// The folder.
        folder: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// A size that no picture of this model can have.
    #[error(
        "a picture of {width} x {height} pixels cannot be drawn: both sides must be multiples of {step}, up to {most}"
    )]
    Size {
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
        /// Pixels of a place of the latent.
        step: usize,
        /// Most pixels of a side.
        most: usize,
    },
    /// A guidance that is no number.
    #[error("the guidance {0} is no finite number")]
    Guidance(f64),
    /// The model's numbers ran over.
    #[error("the model gave numbers that are not finite in step {step} of {steps}; its weights may be damaged")]
    NotFinite {
        /// The step, from 1; one more than there are for the decoder.
        step: usize,
        /// Number of steps.
        steps: usize,
    },
    /// The device has too little memory even for one query of attention at a time.
    #[error(
        "there is too little memory for {width} x {height} pixels, with attention in slices of {scores} scores as well:          {reason}; draw a smaller picture, or use --device cpu"
    )]
    Memory {
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
        /// The smallest slices that were tried.
        scores: usize,
        /// What the device said.
        reason: String,
    },
    /// What was recorded cannot be maps.
    #[error("the recorded attention cannot be used: {0}")]
    Maps(#[from] MapFault),
    /// Weights or a configuration that cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
}

impl DiffusionError {
    /// An error if any tensor of `weights` is left over: a model with more in it is another model.
    pub(super) fn unless_used(weights: &PublishedWeights, unused: Vec<String>) -> Result<(), Self> {
        if unused.is_empty() { Ok(()) } else { Err(Self::Unused { path: weights.path().to_owned(), tensors: unused }) }
    }
}
