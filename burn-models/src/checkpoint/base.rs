//! What a small checkpoint leaves out: the weights of the encoder it was fine-tuned from, found again and checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{CheckpointError, MANIFEST, WEIGHTS};
use crate::checksum::sha256;
use crate::encoders::published::{PublishedError, PublishedWeights};

/// Finds the folder of the encoder that the user added under a name.
pub type FindEncoder<'a> = dyn Fn(&str) -> Option<PathBuf> + 'a;

/// SHA-256 in hexadecimal of files by name, as `sha256sum` prints it.
pub type Checksums = BTreeMap<String, String>;

/// Where the weights lie that a checkpoint leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Base {
    /// With a published encoder.
    Encoder {
        /// Name under which it was added, or that of its folder.
        name: String,
        /// Its folder where it was not added under a name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        folder: Option<PathBuf>,
        /// Its files of weights.
        files: Checksums,
    },
    /// In another, whole checkpoint.
    Checkpoint {
        /// Its folder, in a file relative to that of the checkpoint which leaves them out if both lie side by side.
        folder: PathBuf,
        /// Its file of weights.
        files: Checksums,
    },
}

impl Base {
    /// The published encoder in `folder`, which was added under `name` if it has one.
    pub fn encoder(name: Option<&str>, folder: &Path) -> Result<Self, PublishedError> {
        let files = checksums(PublishedWeights::open(folder)?.files())?;
        if let Some(name) = name {
            return Ok(Self::Encoder { name: name.to_owned(), folder: None, files });
        }
        let folder = folder.canonicalize().map_err(PublishedError::reading(folder))?;
        let name = folder.file_stem().filter(|_| folder.is_file()).or(folder.file_name());
        let name = name.unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self::Encoder { name, folder: Some(folder), files })
    }

    /// The whole checkpoint in `folder`.
    pub fn checkpoint(folder: &Path) -> Result<Self, PublishedError> {
        let files = checksums([folder.join(WEIGHTS).as_path()])?;
        Ok(Self::Checkpoint { folder: folder.to_owned(), files })
    }

    /// As the checkpoint in `folder` writes it: a checkpoint beside it by its name alone, so that both can be moved.
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        match self {
            Self::Checkpoint { folder: base, files } if base.parent() == folder.parent() => {
                let name = base.file_name().map_or(base.clone(), |name| Path::new("..").join(name));
                Self::Checkpoint { folder: name, files }
            }
            other => other,
        }
    }

    /// The same base where it is, and its folder; `of` is the folder of the checkpoint that leaves it out.
    pub(super) fn find(self, of: &Path, encoders: &FindEncoder<'_>) -> Result<(Self, PathBuf), CheckpointError> {
        let path = of.join(MANIFEST);
        match self {
            Self::Checkpoint { folder, files } => {
                let folder = match folder.strip_prefix("..") {
                    Ok(name) => of.with_file_name(name),
                    Err(_) => folder,
                };
                let base = folder.join(WEIGHTS);
                let found = match checksums([base.as_path()]) {
                    Ok(found) if found == files => {
                        return Ok((Self::Checkpoint { folder: folder.clone(), files }, folder));
                    }
                    Ok(found) => format!("it has {}", told(&found)),
                    Err(error) => error.to_string(),
                };
                Err(CheckpointError::NoCheckpoint { path, base, expected: told(&files), found })
            }
            Self::Encoder { name, folder, files } => {
                let mut other = None;
                for place in [encoders(&name), folder.clone()].into_iter().flatten().filter(|place| place.exists()) {
                    let found = checksums(PublishedWeights::open(&place)?.files())?;
                    if found == files {
                        return Ok((Self::Encoder { name, folder, files }, place));
                    }
                    other.get_or_insert((place, found));
                }
                Err(match other {
                    Some((folder, found)) => {
                        let (expected, found) = (told(&files), told(&found));
                        CheckpointError::OtherEncoder { path, name, folder, expected, found }
                    }
                    None => CheckpointError::NoEncoder { path, name, folder, files: told(&files) },
                })
            }
        }
    }
}

/// The checksums of files by name.
fn checksums<'a>(files: impl IntoIterator<Item = &'a Path>) -> Result<Checksums, PublishedError> {
    let named = |path: &'a Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sha256(path, || ()).map(|sum| (name, sum)).map_err(PublishedError::reading(path))
    };
    files.into_iter().map(named).collect()
}

/// `model.safetensors with SHA-256 ...`.
fn told(files: &Checksums) -> String {
    let one = |(name, sum): (&String, &String)| format!("{name} with SHA-256 {sum}");
    let all: Vec<String> = files.iter().map(one).collect();
    all.join(", ")
}
