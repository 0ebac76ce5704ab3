//! What can be wrong with maps of words.

use std::io;
use std::path::{Path, PathBuf};

use super::{MAX_NUMBERS, MAX_SIDE};
use crate::encoders::published::PublishedError;

/// Why numbers are no maps of the words of a tweet.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MapFault {
    /// More or fewer maps than the tweet has words.
    #[error("there are maps for {found} words, but the tweet has {expected}")]
    Words {
        /// Number of maps.
        found: usize,
        /// Number of words.
        expected: usize,
    },
    /// No map, or maps that are too large.
    #[error(
        "the shape {shape:?} is none of maps: words, height and width are at least 1, the sides at most {MAX_SIDE}, all \
         together at most {MAX_NUMBERS} numbers"
    )]
    Size {
        /// Words, height, width.
        shape: [usize; 3],
    },
    /// Another number of values than the shape says.
    #[error("{found} numbers do not fill maps of the shape {shape:?}")]
    Count {
        /// Number of values.
        found: usize,
        /// Words, height, width.
        shape: [usize; 3],
    },
    /// A value that no map can have.
    #[error("the map of word {word} (counted from 0) holds {value}; maps are finite and not negative")]
    Value {
        /// The word, from 0.
        word: usize,
        /// The first such value.
        value: f32,
    },
}

/// Why a file holds no maps of the words of a tweet. Every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum WordMapsError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// A file of another kind.
    #[error("{}: not a file of maps; it should end in .npz or .safetensors", .0.display())]
    UnknownKind(PathBuf),
    /// A file whose contents contradict themselves.
    #[error("{} is damaged or incomplete: {reason}; make it again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// Other arrays than expected.
    #[error(
        "{}: {reason}; expected is an array `maps` of [words, height, width] in 16, 32 or 64 bits, or in an .npz an array of \
         [height, width] for each word, called by its place from 0",
        .path.display()
    )]
    Layout {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Its numbers are no maps of the tweet's words.
    #[error("{}: {fault}", .path.display())]
    Fault {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: MapFault,
    },
    /// A safetensors file that cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
}

impl WordMapsError {
    /// For `map_err`: the file at `path` could not be read.
    pub(super) fn reading(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Read { path: path.to_owned(), source }
    }

    /// The file at `path` contradicts itself.
    pub(super) fn damaged(path: &Path, reason: String) -> Self {
        Self::Damaged { path: path.to_owned(), reason }
    }

    /// The file at `path` holds other arrays than expected.
    pub(super) fn layout(path: &Path, reason: impl Into<String>) -> Self {
        Self::Layout { path: path.to_owned(), reason: reason.into() }
    }

    /// For `map_err`: the numbers of the file at `path` are no maps.
    pub(super) fn fault(path: &Path) -> impl Fn(MapFault) -> Self {
        move |fault| Self::Fault { path: path.to_owned(), fault }
    }
}
