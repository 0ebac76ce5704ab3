//! Why no model came of a training.

use std::io;
use std::path::PathBuf;

use super::Stage;
use crate::encoders::published::PublishedError;
use crate::synthesis::diffusion::DiffusionError;
use crate::training::KeepError;

/// Why a text-to-image model cannot be trained.
#[derive(Debug, thiserror::Error)]
pub enum PictureTrainingError {
    /// There are no pictures with texts.
    #[error("there is no picture with words to learn from")]
    NoScenes,
    /// A loss is no number.
    #[error("the {} diverged: its loss in step {step} is {loss}; another seed may help", .stage.name())]
    Diverged {
        /// What was trained.
        stage: Stage,
        /// The step, from 1.
        step: usize,
        /// Its loss.
        loss: f32,
    },
    /// Something is where the model should go.
    #[error("{} exists; name a folder that does not", .0.display())]
    Exists(PathBuf),
    /// The model's folder cannot be made.
    #[error("{}: {cause}; the model was not written", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// An interrupted training that cannot be gone on with.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// A part of the model does not fit the others.
    #[error(transparent)]
    Diffusion(#[from] DiffusionError),
}

impl From<PublishedError> for PictureTrainingError {
    fn from(error: PublishedError) -> Self {
        Self::Diffusion(error.into())
    }
}
