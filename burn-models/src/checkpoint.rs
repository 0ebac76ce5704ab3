//! A checkpoint is a folder: `model.toml`, `weights.safetensors`, `tokenizer.json`, `metrics.json`, `metrics.jsonl`.
//!
//! It is written beside its place and renamed, so that a killed process leaves the old one or the new one. A small
//! checkpoint leaves out the weights of the encoder that it was fine-tuned from, and says in `model.toml` which it was.

mod base;
mod error;
mod identity;
mod manifest;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod tests;
pub(crate) mod weights;

use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::backend::Backend as BurnBackend;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use base::{Base, Checksums, FindEncoder};
pub use error::CheckpointError;
pub use identity::identity;
pub use manifest::Manifest;
pub use weights::Precision;

use crate::device::{Backend, Device};
use crate::encoders::image::{CompactImage, ImageArchitecture, ImageEncoder, ImageEncoderConfig};
use crate::encoders::published::{PublishedWeights, fill_places};
use crate::encoders::text::Tokenizer;
use crate::model::Tagger;
use crate::systems::compact::CompactConfig;
use crate::systems::{self, Spec};

const MANIFEST: &str = "model.toml";
const WEIGHTS: &str = "weights.safetensors";
const TOKENIZER: &str = "tokenizer.json";
const METRICS: &str = "metrics.json";
const LOG: &str = "metrics.jsonl";

/// Version of the folder's layout; from 2 on weights may be left out.
const LAYOUT: u32 = 2;

/// The tagger that is part of the program.
mod embedded {
    pub const NAME: &str = "embedded";
    pub const MANIFEST: &str = include_str!("../embedded/model.toml");
    pub const WEIGHTS: &[u8] = include_bytes!("../embedded/weights.safetensors");
    pub const TOKENIZER: &[u8] = include_bytes!("../embedded/tokenizer.json");
}

/// What of a model goes into a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// All but what a published encoder holds.
    WithoutEncoder,
    /// All but what a published encoder, or another checkpoint in the same place, holds.
    WithoutNeighbour,
}

/// The contents of a checkpoint's files.
#[derive(Clone, Debug)]
pub struct Parts {
    /// `model.toml`.
    pub manifest: Manifest,
    /// `weights.safetensors`.
    pub weights: Vec<u8>,
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// `metrics.jsonl`: how the training went, one JSON object a line; empty where nobody wrote it down.
    pub log: Vec<u8>,
}

/// A checkpoint on its way to a tagger.
pub struct Opened<'a> {
    /// `model.toml`.
    pub manifest: Manifest,
    /// `weights.safetensors`.
    pub(crate) weights: PublishedWeights,
    tokenizer: Vec<u8>,
    folder: PathBuf,
    encoders: &'a FindEncoder<'a>,
}

impl Opened<'_> {
    /// What the tagger consists of besides its weights.
    pub(crate) fn spec<C: DeserializeOwned>(&self) -> Result<Spec<C>, CheckpointError> {
        let pieces = Tokenizer::from_bytes(&self.tokenizer)
            .map_err(|source| CheckpointError::Tokenizer { path: self.tokenizer_file(), source })?;
        let config = self.manifest.config(&self.folder.join(MANIFEST))?;
        Ok(Spec { config, labels: self.manifest.labels(), scheme: self.manifest.scheme, pieces })
    }

    /// `tokenizer.json`.
    pub(crate) fn tokenizer_file(&self) -> PathBuf {
        self.folder.join(TOKENIZER)
    }

    /// What holds the weights that are left out, and where it is; `None` if none are.
    pub(crate) fn base(&self) -> Result<Option<(Base, PathBuf)>, CheckpointError> {
        self.manifest.base.clone().map(|base| base.find(&self.folder, self.encoders)).transpose()
    }
}

/// The weights of the whole checkpoint in `folder`.
pub(crate) fn open_weights(folder: &Path) -> Result<PublishedWeights, CheckpointError> {
    Ok(PublishedWeights::open(&folder.join(WEIGHTS))?)
}

/// The tagger that is part of the program.
pub fn load_embedded(device: &Device) -> Result<Box<dyn Tagger>, CheckpointError> {
    let folder = PathBuf::from(embedded::NAME);
    let opened = Opened {
        manifest: Manifest::parse(embedded::MANIFEST, &folder.join(MANIFEST))?,
        weights: PublishedWeights::in_memory(&folder.join(WEIGHTS), embedded::WEIGHTS)?,
        tokenizer: embedded::TOKENIZER.to_vec(),
        folder,
        encoders: &|_| None,
    };
    assemble(&opened, device)
}

/// The image encoder of the tagger that is part of the program, and how pictures are brought to it.
pub(crate) fn embedded_image_encoder(
    device: &Device,
) -> Result<(ImageEncoder<Backend>, ImageEncoderConfig), CheckpointError> {
    let folder = PathBuf::from(embedded::NAME);
    let path = folder.join(MANIFEST);
    let config: CompactConfig = Manifest::parse(embedded::MANIFEST, &path)?.config(&path)?;
    let weights = PublishedWeights::in_memory(&folder.join(WEIGHTS), embedded::WEIGHTS)?;
    let part = CompactImagePart { image: CompactImage::new(&config.image, device) };
    let CompactImagePart { image } = fill_places(part, &weights, |_| true)?;
    let preprocessing = config.image.preprocessing();
    let architecture = ImageArchitecture::Compact(config.image);
    Ok((ImageEncoder::Compact(image), ImageEncoderConfig { preprocessing, architecture }))
}

/// The part of the embedded tagger that sees, under its name there.
#[derive(Module, Debug)]
struct CompactImagePart<B: BurnBackend> {
    image: CompactImage<B>,
}

/// Reads the checkpoint in `folder`; `encoders` finds the encoder whose weights a small one leaves out.
pub fn load(folder: &Path, encoders: &FindEncoder<'_>, device: &Device) -> Result<Box<dyn Tagger>, CheckpointError> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|source| CheckpointError::Read { path, source })
    };
    let path = folder.join(MANIFEST);
    let manifest = String::from_utf8(read(MANIFEST)?)
        .map_err(|error| CheckpointError::Manifest { path: path.clone(), message: error.to_string() })?;
    let opened = Opened {
        manifest: Manifest::parse(&manifest, &path)?,
        weights: open_weights(folder)?,
        tokenizer: read(TOKENIZER)?,
        folder: folder.to_owned(),
        encoders,
    };
    assemble(&opened, device)
}

fn assemble(opened: &Opened<'_>, device: &Device) -> Result<Box<dyn Tagger>, CheckpointError> {
    let name = &opened.manifest.system;
    let unknown = || CheckpointError::System { path: opened.folder.join(MANIFEST), name: name.clone() };
    let entry = systems::find(name).ok_or_else(unknown)?;
    (entry.load)(opened, device)
}

/// Whether `folder` holds a checkpoint.
pub fn is_checkpoint(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// Whether a checkpoint may go to `folder`: nothing, an empty folder or a checkpoint stands there.
pub fn check_place(folder: &Path) -> Result<(), CheckpointError> {
    let empty = || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if folder.exists() && !is_checkpoint(folder) && !empty() {
        return Err(CheckpointError::NotOurs(folder.to_owned()));
    }
    Ok(())
}

/// Writes a checkpoint with `metrics` (any JSON) to `folder`, replacing a checkpoint that stands there.
pub fn save(parts: &Parts, metrics: &impl Serialize, folder: &Path) -> Result<(), CheckpointError> {
    check_place(folder)?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| CheckpointError::Write { path, source }
    };
    let beside = sibling(folder, "new");
    let result = (|| {
        // What a killed process left beside is worth nothing.
        remove_if_there(&beside)?;
        fs::create_dir_all(&beside).map_err(failed(&beside))?;
        let metrics = serde_json::to_vec_pretty(metrics)
            .map_err(|error| CheckpointError::Write { path: folder.join(METRICS), source: error.into() })?;
        let manifest = parts.manifest.clone().placed(folder).to_toml()?;
        let files = [
            (MANIFEST, manifest.as_bytes()),
            (WEIGHTS, parts.weights.as_slice()),
            (TOKENIZER, parts.tokenizer.as_slice()),
            (METRICS, metrics.as_slice()),
            (LOG, parts.log.as_slice()),
        ];
        for (name, bytes) in files.into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
            let path = beside.join(name);
            fs::write(&path, bytes).and_then(|()| fs::File::open(&path)?.sync_all()).map_err(failed(&path))?;
        }
        let old = sibling(folder, "old");
        remove_if_there(&old)?;
        if folder.exists() {
            fs::rename(folder, &old).map_err(failed(folder))?;
        }
        fs::rename(&beside, folder).map_err(failed(folder))?;
        remove_if_there(&old)
    })();
    if result.is_err() {
        // The error that counts is the first one.
        let _ = fs::remove_dir_all(&beside);
    }
    result
}

fn sibling(folder: &Path, suffix: &str) -> PathBuf {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    folder.with_file_name(format!(".{name}.{suffix}"))
}

fn remove_if_there(folder: &Path) -> Result<(), CheckpointError> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(CheckpointError::Write { path: folder.to_owned(), source })
        }
        _ => Ok(()),
    }
}
