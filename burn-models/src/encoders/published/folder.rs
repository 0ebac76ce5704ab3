//! The layout of a model hub: one weights file, or an index beside the parts of a large one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::stored::Stored;
use super::{PublishedError, safetensors, torch};

/// What is looked for in a folder, in this order.
pub(super) const FILES: [&str; 5] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "model.fp16.safetensors",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// The same in the folder of a part of a model of `diffusers`.
pub(super) const COMPONENT_FILES: [&str; 6] = [
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.safetensors.index.json",
    "diffusion_pytorch_model.fp16.safetensors",
    "diffusion_pytorch_model.fp16.safetensors.index.json",
    "diffusion_pytorch_model.safetensors.index.fp16.json",
    "diffusion_pytorch_model.bin",
];

/// An index file.
#[derive(Deserialize)]
struct Index {
    /// The part in which each tensor is.
    weight_map: BTreeMap<String, String>,
}

/// The tensors of a file, or of the first of `files` that is in a folder.
pub(super) fn open(path: &Path, files: &'static [&'static str]) -> Result<Vec<Stored>, PublishedError> {
    if !path.is_dir() {
        return open_file(path);
    }
    let found = files.iter().map(|name| path.join(name)).find(|file| file.is_file());
    let found = found.ok_or_else(|| PublishedError::NoWeights { folder: path.to_owned(), expected: files })?;
    if found.extension().is_some_and(|extension| extension == "json") { open_parts(&found) } else { open_file(&found) }
}

fn open_file(path: &Path) -> Result<Vec<Stored>, PublishedError> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("safetensors") => safetensors::open(path),
        Some("pth" | "pt" | "bin") => torch::open(path),
        _ => Err(PublishedError::UnknownKind(path.to_owned())),
    }
}

fn open_parts(index: &Path) -> Result<Vec<Stored>, PublishedError> {
    let text = fs::read_to_string(index).map_err(PublishedError::reading(index))?;
    let parsed: Result<Index, _> = serde_json::from_str(&text);
    let map = parsed.map_err(|error| PublishedError::damaged(index, error.to_string()))?.weight_map;
    let mut tensors = Vec::new();
    for part in map.values().collect::<BTreeSet<_>>() {
        tensors.extend(open_file(&beside(index, part)?)?);
    }
    let there: BTreeSet<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    match map.iter().find(|(name, _)| !there.contains(name.as_str())) {
        Some((name, part)) => Err(PublishedError::Missing { path: index.with_file_name(part), tensor: name.clone() }),
        None => Ok(tensors),
    }
}

/// The file called `part` in the folder of `index`, and nowhere else.
fn beside(index: &Path, part: &str) -> Result<PathBuf, PublishedError> {
    let mut components = Path::new(part).components();
    match (components.next(), components.next()) {
        (Some(Component::Normal(name)), None) => Ok(index.with_file_name(name)),
        _ => Err(PublishedError::damaged(index, format!("`{part}` is no file of the same folder"))),
    }
}
