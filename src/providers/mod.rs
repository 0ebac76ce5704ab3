//! Tools that write the texts which accompany tweets, behind one trait; and the threads that ask them.
//!
//! A provider knows no project: it is given a tweet's id and picture and says what it found.

mod clip;
mod endpoint;
mod error;
mod job;
mod precomputed;
mod prompts;
mod stop;
mod tesseract;

use std::path::Path;

use spanlight_models::example::ContextKind;

use crate::corpus::contexts::Said;

pub use clip::ClipSimilarity;
pub use endpoint::{Endpoint, EndpointOptions};
pub use error::{Failure, ProviderError};
pub use job::{Ended, Event, Job, JobItem};
pub use precomputed::Precomputed;
pub use prompts::Prompts;
pub use stop::Stop;
pub use tesseract::{Tesseract, TesseractOptions};

/// A picture as it lies on disk.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// Its file.
    pub path: &'a Path,
    /// The file's bytes.
    pub bytes: &'a [u8],
    /// Id of the image.
    pub id: &'a str,
}

/// What a provider is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Id of the tweet.
    pub id: &'a str,
    /// Its words, joined by spaces.
    pub text: &'a str,
    /// Ids of its images.
    pub images: &'a [String],
    /// Its preferred picture, for providers that need one.
    pub picture: Option<Picture<'a>>,
}

/// What a provider found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// What it says of the tweet; empty where there was nothing to find.
    pub said: Said,
    /// Whether control characters had to be taken out.
    pub cleaned: bool,
}

/// Something that writes contexts.
pub trait Provider: Send + Sync {
    /// What it is called on the command line.
    fn name(&self) -> &'static str;

    /// Where its contexts come from, as stands beside them.
    fn source(&self) -> &str;

    /// The kind of its contexts, where it has but one; for similarities the kind they belong to.
    fn kind(&self) -> Option<ContextKind>;

    /// All that an answer depends on besides the tweet: model, prompt, settings.
    fn fingerprint(&self) -> &str;

    /// Whether it looks at pictures; else at ids.
    fn needs_picture(&self) -> bool;

    /// Whether it reads the tweet besides.
    fn reads_text(&self) -> bool {
        false
    }

    /// Asks about one tweet; may take long, and gives up soon after `stop` is raised.
    fn ask(&self, subject: &Subject<'_>, stop: &Stop) -> Result<Answer, Failure>;
}
