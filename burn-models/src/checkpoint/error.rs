//! What can be wrong with a checkpoint.

use std::path::PathBuf;

use super::{LAYOUT, MANIFEST, TOKENIZER, WEIGHTS};
use crate::encoders::published::PublishedError;
use crate::encoders::text::TokenizerError;

/// Why a checkpoint cannot be read or written. Every message names the file, and the tensor where there is one.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A file cannot be read.
    #[error("{}: {source}; a checkpoint is a folder with {MANIFEST}, {WEIGHTS} and {TOKENIZER}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{}: {source}; the checkpoint was not saved", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// Something else stands where the checkpoint should go.
    #[error("{} exists and is no checkpoint; choose another folder", .0.display())]
    NotOurs(PathBuf),
    /// `model.toml` is broken.
    #[error("{}: {message}", .path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The layout is newer than this program.
    #[error("{} has layout {found}, this program reads layouts up to {LAYOUT}; use a newer spanlight", .path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: u32,
    },
    /// No such system.
    #[error("{} names the system `{name}`, which this program does not have", .path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// The system.
        name: String,
    },
    /// The weights are broken or of another model.
    #[error(transparent)]
    Weights(#[from] PublishedError),
    /// The weights cannot be put into the form of a file.
    #[error("{WEIGHTS}: {0}; the checkpoint was not saved")]
    Unwritable(String),
    /// The tokenizer is broken.
    #[error("{}: {source}", .path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: TokenizerError,
    },
    /// The encoder that a small checkpoint was fine-tuned from is not there.
    #[error(
        "{} holds only what was learned on top of the encoder `{name}` ({files}), which is not here; add it with \
         `spanlight model add DIR --name {name}`{}",
        .path.display(),
        .folder.as_ref().map(|folder| format!(", or put it back to {}", folder.display())).unwrap_or_default()
    )]
    NoEncoder {
        /// `model.toml`.
        path: PathBuf,
        /// The encoder's name.
        name: String,
        /// Where it was, if it was read by its folder.
        folder: Option<PathBuf>,
        /// Its files with their checksums.
        files: String,
    },
    /// The encoder of this name or place is another one.
    #[error(
        "{} is not the encoder that {} was fine-tuned from: it has {found} where {expected} is needed; add the right \
         one with `spanlight model add DIR --name {name} --replace`, or keep both and name a checkpoint of this one",
        .folder.display(), .path.display()
    )]
    OtherEncoder {
        /// `model.toml`.
        path: PathBuf,
        /// The encoder's name.
        name: String,
        /// The folder that was looked into.
        folder: PathBuf,
        /// File and checksum that are needed.
        expected: String,
        /// File and checksum that are there.
        found: String,
    },
    /// The checkpoint that a small one was made of is not there or was changed.
    #[error(
        "{} needs {}, as it was when it was made of it ({expected}), but {found}; put it back, or begin with another model",
        .path.display(), .base.display()
    )]
    NoCheckpoint {
        /// `model.toml`.
        path: PathBuf,
        /// The file that is needed.
        base: PathBuf,
        /// Its checksum.
        expected: String,
        /// What is there instead.
        found: String,
    },
}
