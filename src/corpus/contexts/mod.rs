//! Files of texts that accompany tweets: captions, tags, what was read in images, knowledge, similarities.
//!
//! The published forms and spanlight's own are told apart by content. What cannot be used is listed with line and id;
//! nothing is dropped silently.

mod attach;
mod error;
mod form;
mod forms;
mod matching;
mod record;
mod sink;
mod write;

use std::path::Path;

use serde::{Deserialize, Serialize};
use spanlight_models::example::{Context, ContextKind};

use super::{Listed, Problem};

pub use attach::Attached;
pub use error::ContextReadError;
pub use form::ContextForm;
pub use matching::{Known, contexts_of, matched};
pub use write::{ContextLine, ContextOutput};

use sink::Sink;

/// The largest file, in bytes: the captions of ten million tweets.
pub const MAX_BYTES: u64 = 2 << 30;

/// How to read a file of contexts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContextOptions {
    /// The form; recognised by content where absent.
    pub form: Option<ContextForm>,
    /// What the texts are, where the file does not say so itself.
    pub kind: Option<ContextKind>,
    /// Go on without malformed entries.
    pub skip_bad: bool,
}

/// What is said of one tweet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<Context>,
    /// How similar the tweet's text and its image are, where somebody measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f32>,
}

impl Said {
    /// Texts, and no similarity of the whole.
    pub fn contexts(contexts: Vec<Context>) -> Self {
        Self { contexts, similarity: None }
    }
}

/// Which tweet an entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The tweet with this id, or with an image of this id.
    Id(String),
    /// The tweet of these tokens; the form has no ids.
    Tokens(Vec<String>),
}

/// What a file says of one tweet.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// First line, from 1.
    pub line: usize,
    /// The tweet.
    pub subject: Subject,
    /// What is said of it.
    pub said: Said,
}

/// A file of contexts.
#[derive(Clone, Debug)]
pub struct ContextFile {
    /// Name of the file, for messages.
    pub name: String,
    /// Its form.
    pub form: ContextForm,
    /// What it says, in order.
    pub entries: Vec<Entry>,
    /// Entries without a text, by line and id.
    pub empty: Listed<Problem>,
    /// Malformed entries that were left out.
    pub skipped: Listed<Problem>,
}

impl ContextFile {
    /// Reads the file at `path`.
    pub fn read(path: &Path, options: ContextOptions) -> Result<Self, ContextReadError> {
        let name = path.display().to_string();
        let failed = |cause| ContextReadError::Io { file: name.clone(), cause };
        let metadata = path.metadata().map_err(failed)?;
        if metadata.len() > MAX_BYTES {
            return Err(ContextReadError::TooLarge { file: name });
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        Self::parse(&name, &bytes, options)
    }

    /// Reads a file's bytes; `name` stands for the file in messages.
    pub fn parse(name: &str, bytes: &[u8], options: ContextOptions) -> Result<Self, ContextReadError> {
        let form = match options.form {
            Some(form) => form,
            None => ContextForm::recognise(bytes)
                .map_err(|guess| ContextReadError::UnknownForm { file: name.to_owned(), guess })?,
        };
        let mut sink = Sink::new(options.kind);
        form.read(bytes, &mut sink);
        let Sink { entries, empty, problems: skipped, .. } = sink;
        let file = name.to_owned();
        if !skipped.is_empty() && !options.skip_bad {
            return Err(ContextReadError::Malformed { file, problems: skipped });
        }
        if entries.is_empty() {
            return Err(ContextReadError::Nothing { file, empty: empty.total(), skipped: skipped.total() });
        }
        Ok(Self { name: file, form, entries, empty, skipped })
    }

    /// The name of the file without its folders: where its texts come from.
    pub fn source(&self) -> String {
        let name = Path::new(&self.name).file_name();
        name.map_or_else(|| self.name.clone(), |name| name.to_string_lossy().into_owned())
    }
}
