//! `model.toml`: everything about a model but its weights and its vocabulary.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::base::Base;
use super::{CheckpointError, LAYOUT, MANIFEST};
use crate::example::{LabelSet, TagScheme};

/// Layout of a folder that holds all weights, which older programs can read.
const WHOLE: u32 = 1;

/// `model.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    layout: u32,
    /// Name of the system in the registry.
    pub system: String,
    /// How spans become tags.
    pub scheme: TagScheme,
    /// Entity types; a list, since a TOML table has no order.
    labels: Vec<String>,
    /// What holds the weights that are not in the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    config: toml::Table,
}

impl Manifest {
    /// The manifest of a whole model of `system`.
    pub fn new(
        system: &str,
        labels: &LabelSet,
        scheme: TagScheme,
        config: &impl Serialize,
    ) -> Result<Self, CheckpointError> {
        let config = toml::Table::try_from(config).map_err(|error| unwritten(&error))?;
        let labels = labels.names().map(str::to_owned).collect();
        Ok(Self { layout: WHOLE, system: system.to_owned(), scheme, labels, base: None, config })
    }

    /// The same model without the weights that `base` holds.
    pub fn on(self, base: Base) -> Self {
        Self { layout: LAYOUT, base: Some(base), ..self }
    }

    /// As it is written for the checkpoint in `folder`.
    pub(super) fn placed(self, folder: &Path) -> Self {
        Self { base: self.base.map(|base| base.seen_from(folder)), ..self }
    }

    /// Reads `text`, the contents of `path`.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, CheckpointError> {
        let manifest: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |place| 1 + text[..place.start].matches('\n').count());
            let message = format!("line {line}: {}", error.message());
            CheckpointError::Manifest { path: path.to_owned(), message }
        })?;
        if manifest.layout > LAYOUT {
            return Err(CheckpointError::Layout { path: path.to_owned(), found: manifest.layout });
        }
        Ok(manifest)
    }

    /// Entity types in tag order.
    pub fn labels(&self) -> LabelSet {
        LabelSet::new(self.labels.iter().map(String::as_str))
    }

    /// The system's own sizes; an error names `path`.
    pub(super) fn config<C: DeserializeOwned>(&self, path: &Path) -> Result<C, CheckpointError> {
        let broken = |error: toml::de::Error| CheckpointError::Manifest {
            path: path.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        };
        self.config.clone().try_into().map_err(broken)
    }

    /// The contents of `model.toml`.
    pub fn to_toml(&self) -> Result<String, CheckpointError> {
        toml::to_string(self).map_err(|error| unwritten(&error))
    }
}

fn unwritten(error: &toml::ser::Error) -> CheckpointError {
    CheckpointError::Manifest { path: PathBuf::from(MANIFEST), message: error.to_string() }
}
