//! What a project's `project.toml` says.

use std::path::PathBuf;

use spanlight_models::example::{LabelSet, TagScheme};

/// Settings of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Entity types with colours and keys, in order.
    pub labels: LabelSet,
    /// Scheme for files that do not bring their own.
    pub scheme: TagScheme,
    /// Folders with images; relative ones start at the project's folder.
    pub images: Vec<PathBuf>,
}
