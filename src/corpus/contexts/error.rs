//! Why a file of contexts cannot be read.

use std::io;

use super::ContextForm;
use crate::corpus::{Listed, Problem, malformed};

/// Why a file of contexts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ContextReadError {
    /// The file cannot be opened or read.
    #[error("cannot read {file}: {cause}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        cause: io::Error,
    },
    /// More than any file of captions has.
    #[error("{file} has more than {} bytes, so it holds no captions; check the file", super::MAX_BYTES)]
    TooLarge {
        /// The file.
        file: String,
    },
    /// No known form.
    #[error("{file} {guess}; known forms are {}; see `spanlight context import --help`", ContextForm::names())]
    UnknownForm {
        /// The file.
        file: String,
        /// What it looks like.
        guess: &'static str,
    },
    /// Malformed entries, all of them.
    #[error("{}\nMend these lines, or leave them out with --skip-bad.", malformed(file, problems))]
    Malformed {
        /// The file.
        file: String,
        /// The lines.
        problems: Listed<Problem>,
    },
    /// Nothing in it.
    #[error("{file} holds no text ({empty} entries are empty, {skipped} malformed)")]
    Nothing {
        /// The file.
        file: String,
        /// Number of entries without a text.
        empty: usize,
        /// Number of malformed entries.
        skipped: usize,
    },
}
