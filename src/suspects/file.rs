//! `suspects.json`: what was found, for the screen and for programs.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Check, Suspect};
use crate::replace::replace_file;

/// Name of the file in a project's folder.
pub const FILE: &str = "suspects.json";

/// Version of its form.
const VERSION: u32 = 1;

/// Why the file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SuspectsError {
    /// It cannot be read or written.
    #[error("{}: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is not in this form.
    #[error("{}: {message}; `spanlight suspects` makes it anew", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Version of the form.
    version: u32,
    /// What was looked for.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// The model that was asked, in words; none where none was.
    #[serde(default)]
    pub model: Option<String>,
    /// Tweets that were looked through.
    #[serde(default)]
    pub tweets: usize,
    /// Labels in them.
    #[serde(default)]
    pub entities: usize,
    /// The most suspicious first.
    pub suspects: Vec<Suspect>,
}

impl Found {
    /// What was found in so many tweets with so many labels.
    pub fn new(
        checks: Vec<Check>,
        model: Option<String>,
        tweets: usize,
        entities: usize,
        suspects: Vec<Suspect>,
    ) -> Self {
        Self { version: VERSION, checks, model, tweets, entities, suspects }
    }

    /// Writes the file; the old one is there until the new one is.
    pub fn write(&self, path: &Path) -> Result<(), SuspectsError> {
        let failed = |cause| SuspectsError::Io { path: path.to_owned(), cause };
        let text = serde_json::to_string(self).map_err(|error| failed(error.into()))?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        replace_file(path, |out| out.write_all(text.as_bytes())).map_err(failed)
    }

    /// Reads the file; `None` where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>, SuspectsError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(SuspectsError::Io { path: path.to_owned(), cause }),
        };
        let broken = |message: String| SuspectsError::Broken { path: path.to_owned(), message };
        let found: Self = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        if found.version != VERSION {
            return Err(broken(format!("it is of version {}, this program knows {VERSION}", found.version)));
        }
        Ok(Some(found))
    }
}
