//! Why there is no picture.

use std::io;
use std::path::PathBuf;

use spanlight_models::synthesis::diffusion::DiffusionError;
use spanlight_models::synthesis::diffusion::training::PictureTrainingError;

use crate::sample::SampleError;

/// Why nothing can be drawn, or what was drawn not be kept.
#[derive(Debug, thiserror::Error)]
pub enum SynthesisError {
    /// The model.
    #[error(transparent)]
    Diffusion(#[from] DiffusionError),
    /// The training of the small model.
    #[error(transparent)]
    Training(#[from] PictureTrainingError),
    /// The sample cannot be unpacked.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// `--model` names neither a folder nor the small model.
    #[error(
        "`{0}` is no text-to-image model: give the folder of one (it holds model_index.json), or `tiny` for the small one \
         that is trained on the sample pictures"
    )]
    NoModel(String),
    /// A file or a folder.
    #[error("{}: {during} failed: {cause}", .path.display())]
    Io {
        /// What was being done.
        during: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl SynthesisError {
    /// For `map_err`: a failure with a file.
    pub fn io(during: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::Io { during, path, cause }
    }
}
