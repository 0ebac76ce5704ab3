//! Why a simulation ends without its work done.

use std::io;
use std::path::PathBuf;

use spanlight_models::checkpoint::CheckpointError;
use spanlight_models::systems::CreateError;
use spanlight_models::training::TrainError;

use crate::project::ProjectError;

/// Why a simulation ends without its work done.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// Something about the annotator's project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// No model can be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// No model can be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A model cannot be kept or read back.
    #[error("a model of the simulation cannot be kept or read back")]
    Checkpoint(#[source] Box<CheckpointError>),
    /// The folder holds a simulation that was begun differently.
    #[error("{} holds a simulation with {what}; name another folder with --out, or start again with --fresh", .folder.display())]
    Other {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        what: String,
    },
    /// A file of an earlier run that does not read.
    #[error("{}: {message}; start again with --fresh", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Too few tweets.
    #[error("there are {tweets} tweets to label, too few for --start {start} and one round of {every}")]
    TooFew {
        /// Tweets that there are.
        tweets: usize,
        /// Tweets of the start.
        start: usize,
        /// Tweets of a round.
        every: usize,
    },
    /// Nothing to make the first model of.
    #[error("the model is trained on the first tweets: give --start a number, or name a model with --model")]
    NoStart,
    /// The tweets of the start have no entity.
    #[error("none of the {0} tweets of the start has an entity to learn; give --start a larger number")]
    EmptyStart(usize),
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
    /// The person stopped it.
    #[error("stopped after {done} of {rounds} rounds; the same command goes on with the others")]
    Stopped {
        /// Rounds that are finished.
        done: usize,
        /// Rounds in all.
        rounds: usize,
    },
}

impl SimulationError {
    /// For `map_err`: a model could not be kept or read back.
    pub fn checkpoint(error: CheckpointError) -> Self {
        Self::Checkpoint(Box::new(error))
    }

    /// For `map_err`: a failure with a file.
    pub fn io(during: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::Io { during, path, cause }
    }
}
