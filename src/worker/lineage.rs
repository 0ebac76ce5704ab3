//! Which checkpoints a project's model went through: every accepted step can be rolled back, also after a restart.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::replace::replace_file;

const FILE: &str = "lineage.json";

/// Why the lineage cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
    /// The file is broken.
    #[error("{}: {message}; move it away to start again from the first model", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The file cannot be written.
    #[error("{}: {source}; the step was not recorded", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
}

/// Versions from the first model (0) to the one in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// Name of version 0: `embedded`, or a folder.
    base: String,
    /// Accepted versions that lead to the one in use, oldest first; empty for version 0.
    versions: Vec<u64>,
    /// The highest version ever given; numbers are not used twice.
    highest: u64,
    #[serde(skip)]
    folder: PathBuf,
}

impl Lineage {
    /// Reads the lineage in `folder`; a new one where there is none or where it began with another model.
    pub fn open(folder: &Path, base: &str) -> Result<Self, LineageError> {
        let path = folder.join(FILE);
        let fresh = Self { base: base.to_owned(), versions: Vec::new(), highest: 0, folder: folder.to_owned() };
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(fresh),
            other => other,
        };
        let broken = |message: String| LineageError::Broken { path: path.clone(), message };
        let text = text.map_err(|error| broken(error.to_string()))?;
        let read: Self = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        let versions = if read.base == base { read.versions } else { Vec::new() };
        Ok(Self { versions, highest: read.highest, ..fresh })
    }

    /// The version in use.
    pub fn current(&self) -> u64 {
        self.versions.last().copied().unwrap_or(0)
    }

    /// Folder of the checkpoint in use; `None` for the first model.
    pub fn checkpoint(&self) -> Option<PathBuf> {
        self.versions.last().map(|version| self.path_of(*version))
    }

    /// The number the next accepted model gets, and the folder it goes to.
    pub fn next(&self) -> (u64, PathBuf) {
        let version = self.highest + 1;
        (version, self.path_of(version))
    }

    /// The lineage with `version` in use.
    pub fn advanced(&self, version: u64) -> Self {
        let mut next = self.clone();
        next.versions.push(version);
        next.highest = next.highest.max(version);
        next
    }

    /// The lineage before the last accepted step; `None` at the first model.
    pub fn rolled_back(&self) -> Option<Self> {
        let mut before = self.clone();
        before.versions.pop().map(|_| before)
    }

    /// Writes the lineage beside its place and renames it.
    pub fn save(&self) -> Result<(), LineageError> {
        let path = self.folder.join(FILE);
        let failed = |source| LineageError::Write { path: path.clone(), source };
        let text = serde_json::to_string(self).map_err(|error| failed(error.into()))?;
        fs::create_dir_all(&self.folder).map_err(failed)?;
        replace_file(&path, |out| out.write_all(text.as_bytes())).map_err(failed)
    }

    fn path_of(&self, version: u64) -> PathBuf {
        self.folder.join(format!("v{version:04}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_survive_a_restart_and_are_never_given_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let lineage = Lineage::open(folder.path(), "embedded").expect("none yet");
        assert_eq!((lineage.current(), lineage.rolled_back()), (0, None));
        let (version, _) = lineage.next();
        lineage.advanced(version).save().expect("it can be written");
        let lineage = Lineage::open(folder.path(), "embedded").expect("as written");
        assert_eq!(lineage.current(), 1);
        let back = lineage.rolled_back().expect("one step");
        assert_eq!((back.current(), back.next().0), (0, 2));
        assert_eq!(Lineage::open(folder.path(), "other").expect("another base").current(), 0);
        fs::write(folder.path().join(FILE), "{").expect("it can be broken");
        assert!(matches!(Lineage::open(folder.path(), "embedded"), Err(LineageError::Broken { .. })));
    }
}
