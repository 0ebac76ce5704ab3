//! What can be wrong with published weights.

use std::path::{Path, PathBuf};

use crate::encoders::text::TokenizerError;

/// Why published weights cannot be used. Every message names the file, and the tensor where there is one.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// A file cannot be read.
    #[error("{}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{}: {source}; the weights were not exported", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A folder without weights.
    #[error("{} holds no weights: it should have one of {}", .folder.display(), .expected.join(", "))]
    NoWeights {
        /// The folder.
        folder: PathBuf,
        /// The files that were looked for.
        expected: &'static [&'static str],
    },
    /// A file of an unknown kind.
    #[error("{}: not a weights file; it should end in .safetensors, .pth, .pt or .bin", .0.display())]
    UnknownKind(PathBuf),
    /// A file whose contents contradict themselves.
    #[error("{} is damaged or incomplete: {reason}; fetch or make it again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// A tensor whose description contradicts the file.
    #[error("{}: the tensor `{tensor}` is damaged: {reason}; fetch or make the file again", .path.display())]
    DamagedTensor {
        /// The file.
        path: PathBuf,
        /// The tensor's name in the file.
        tensor: String,
        /// What does not fit.
        reason: String,
    },
    /// A pickle that asks for more than tensors.
    #[error(
        "{} asks for `{name}` to be run, which is never done; only files saved with \
         `torch.save(model.state_dict(), ...)` are read, or the same weights as .safetensors",
        .path.display()
    )]
    Code {
        /// The file.
        path: PathBuf,
        /// Module and name of the function.
        name: String,
    },
    /// A tensor that the model needs is not there.
    #[error(
        "{}: the tensor `{tensor}` is missing; the weights are incomplete or of another architecture",
        .path.display()
    )]
    Missing {
        /// The file or folder.
        path: PathBuf,
        /// The name that was looked for.
        tensor: String,
    },
    /// A tensor has another shape than the model's configuration says.
    #[error(
        "{}: the tensor `{tensor}` has the shape {found:?}, but the configuration asks for {expected:?}",
        .path.display()
    )]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor's name in the file.
        tensor: String,
        /// The shape the model needs.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tensor has elements that cannot be used here.
    #[error(
        "{}: the tensor `{tensor}` holds elements of type {found}, not {expected}",
        .path.display()
    )]
    Element {
        /// The file.
        path: PathBuf,
        /// The tensor's name in the file.
        tensor: String,
        /// What the file says.
        found: String,
        /// What can be used.
        expected: &'static str,
    },
    /// A weight is not a number.
    #[error(
        "{}: the tensor `{tensor}` holds {value} at index {index}; such weights cannot be used",
        .path.display()
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor's name in the file.
        tensor: String,
        /// Place of the first such number in row-major order.
        index: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// The tokenizer beside the weights cannot be read.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The tokenizer beside the weights is that of another model.
    #[error("{}: the tokenizer has {pieces} pieces, but the weights know only {rows}", .path.display())]
    Vocabulary {
        /// The folder.
        path: PathBuf,
        /// Pieces of the tokenizer.
        pieces: usize,
        /// Rows of the table of pieces.
        rows: usize,
    },
    /// A file of inputs and outputs that a model cannot be compared with.
    #[error("{}: {message}", .path.display())]
    Reference {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A configuration that does not describe a model.
    #[error("{}: {message}", .path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The configuration of an architecture that is not built here.
    #[error("{}: the architecture `{found}` is not supported; supported are {}", .path.display(), .supported.join(", "))]
    Architecture {
        /// The file.
        path: PathBuf,
        /// Its `model_type`.
        found: String,
        /// The values of `model_type` that can be read.
        supported: &'static [&'static str],
    },
}

impl PublishedError {
    /// For `map_err`: the file at `path` could not be read.
    pub(crate) fn reading(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |source| Self::Read { path: path.to_owned(), source }
    }

    /// The file at `path` contradicts itself.
    pub(super) fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.into() }
    }
}
