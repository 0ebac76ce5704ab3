//! Why a provider cannot be used, and why one question was not answered.

use std::io;
use std::path::PathBuf;

use spanlight_models::encoders::published::PublishedError;

use crate::corpus::contexts::ContextReadError;

/// Why a provider cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Tesseract is not installed.
    #[error(
        "`{}` was not found; install Tesseract (Debian and Ubuntu: apt-get install tesseract-ocr), or name the program \
         in settings.toml ([contexts.tesseract] program)",
        .0.display()
    )]
    NoTesseract(PathBuf),
    /// Tesseract is there and does not work.
    #[error("{} does not work: {what}", .program.display())]
    Tesseract {
        /// The program.
        program: PathBuf,
        /// What it said.
        what: String,
    },
    /// A language without trained data.
    #[error(
        "Tesseract has no data for the language `{language}`; it has {}; install more (Debian and Ubuntu: apt-get \
         install tesseract-ocr-{language})",
        .known.join(", ")
    )]
    NoLanguage {
        /// The language.
        language: String,
        /// Those that are there.
        known: Vec<String>,
    },
    /// No address.
    #[error("no address of an endpoint; give it with --url, or in settings.toml ([contexts.endpoint] url)")]
    NoUrl,
    /// An address that is none.
    #[error("`{url}` is no address of an endpoint ({what}); it looks like http://127.0.0.1:8000/v1")]
    BadUrl {
        /// The address.
        url: String,
        /// What is wrong with it.
        what: String,
    },
    /// The settings forbid it.
    #[error(
        "{url} is not on this machine, and settings.toml says that pictures stay here ([contexts] offline = true); \
         nothing was sent"
    )]
    Offline {
        /// The address.
        url: String,
    },
    /// No model.
    #[error(
        "no model; name one that the endpoint serves with --model, or in settings.toml ([contexts.endpoint] model)"
    )]
    NoModel,
    /// No kind.
    #[error("an endpoint can write captions, tags, knowledge and more; say which with --kind")]
    NoKind,
    /// The variable with the key is not set.
    #[error("the environment variable {0}, which should hold the key of the endpoint, is not set")]
    NoKey(String),
    /// A kind for which there is no prompt.
    #[error(
        "there is no prompt for contexts of kind {0}; give one with --prompt, or in settings.toml ([contexts.prompts] {0})"
    )]
    NoPrompt(&'static str),
    /// A file of contexts cannot be read.
    #[error(transparent)]
    File(#[from] ContextReadError),
    /// A file without ids.
    #[error("{0} has no ids, so it can only be taken in as a whole; use spanlight context import")]
    NoIds(String),
    /// A file without similarities.
    #[error("{0} holds no similarities; expected lines `ID<TAB>NUMBER`, or objects with `id` and `similarity`")]
    NoScores(String),
    /// A published model cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// No CLIP model was named.
    #[error("no CLIP model; name its folder, or the name that `spanlight model add` gave it, with --model")]
    NoClip,
    /// No file was named.
    #[error("no file; name it with --from")]
    NoFile,
    /// A thread cannot be started.
    #[error("a thread cannot be started: {0}")]
    Thread(io::Error),
}

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Something about this tweet or this answer.
    #[error("{0}")]
    Tweet(String),
    /// The provider answers nobody any more.
    #[error("{0}")]
    Down(String),
    /// Somebody wished it.
    #[error("stopped")]
    Stopped,
}
