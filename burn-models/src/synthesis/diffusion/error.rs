//! What can go wrong on the way from words to a picture.

use std::path::PathBuf;

use crate::encoders::published::PublishedError;

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
    /// Weights or a configuration that cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
}
