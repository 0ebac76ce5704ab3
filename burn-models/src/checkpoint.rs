//! A checkpoint is a folder: `model.toml`, `weights.safetensors`, `tokenizer.json`, `metrics.json`, `metrics.jsonl`.
//!
//! It is written beside its place and renamed, so that a killed process leaves the old one or the new one.

use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::{ModuleAdapter, ModuleSnapshot, SafetensorsStore, TensorSnapshot};
use burn::tensor::DType;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::device::{Backend, Device};
use crate::encoders::text::TokenizerError;
use crate::example::{LabelSet, TagScheme};
use crate::model::Tagger;
use crate::systems;

const MANIFEST: &str = "model.toml";
const WEIGHTS: &str = "weights.safetensors";
const TOKENIZER: &str = "tokenizer.json";
const METRICS: &str = "metrics.json";
const LOG: &str = "metrics.jsonl";

/// Version of the folder's layout.
const LAYOUT: u32 = 1;

/// The tagger that is part of the program.
mod embedded {
    pub const MANIFEST: &str = include_str!("../embedded/model.toml");
    pub const WEIGHTS: &[u8] = include_bytes!("../embedded/weights.safetensors");
    pub const TOKENIZER: &[u8] = include_bytes!("../embedded/tokenizer.json");
}

/// Why a checkpoint cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A file cannot be read.
    #[error("{}: {source}; a checkpoint is a folder with {MANIFEST}, {WEIGHTS} and {TOKENIZER}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{}: {source}; the checkpoint was not saved", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// Something else stands where the checkpoint should go.
    #[error("{} exists and is no checkpoint; choose another folder", .0.display())]
    NotOurs(PathBuf),
    /// `model.toml` is broken.
    #[error("{MANIFEST}: {0}")]
    Manifest(String),
    /// The layout is newer than this program.
    #[error("{MANIFEST} has layout {0}, this program reads layout {LAYOUT}; use a newer spanlight")]
    Layout(u32),
    /// No such system.
    #[error("{MANIFEST} names the system `{0}`, which this program does not have")]
    System(String),
    /// The weights are broken or of another model.
    #[error("{WEIGHTS} does not fit {MANIFEST}: {0}")]
    Weights(String),
    /// The tokenizer is broken.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
}

/// How exactly weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits, as they are trained.
    Full,
    /// 16 bits.
    Half,
}

/// `model.toml`: everything about a model but its weights and its vocabulary.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    layout: u32,
    /// Name of the system in the registry.
    pub system: String,
    /// How spans become tags.
    pub scheme: TagScheme,
    /// Entity types; a list, since a TOML table has no order.
    labels: Vec<String>,
    config: toml::Table,
}

impl Manifest {
    /// The manifest of a model of `system`.
    pub fn new(
        system: &str,
        labels: &LabelSet,
        scheme: TagScheme,
        config: &impl Serialize,
    ) -> Result<Self, CheckpointError> {
        let config = toml::Table::try_from(config).map_err(|error| CheckpointError::Manifest(error.to_string()))?;
        let labels = labels.names().map(str::to_owned).collect();
        Ok(Self { layout: LAYOUT, system: system.to_owned(), scheme, labels, config })
    }

    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let manifest: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |place| 1 + text[..place.start].matches('\n').count());
            CheckpointError::Manifest(format!("line {line}: {}", error.message()))
        })?;
        if manifest.layout != LAYOUT {
            return Err(CheckpointError::Layout(manifest.layout));
        }
        Ok(manifest)
    }

    /// Entity types in tag order.
    pub fn labels(&self) -> LabelSet {
        LabelSet::new(self.labels.iter().map(String::as_str))
    }

    /// The system's own sizes.
    pub fn config<C: DeserializeOwned>(&self) -> Result<C, CheckpointError> {
        self.config.clone().try_into().map_err(|error| CheckpointError::Manifest(error.to_string()))
    }

    /// The contents of `model.toml`.
    pub fn to_toml(&self) -> Result<String, CheckpointError> {
        toml::to_string(self).map_err(|error| CheckpointError::Manifest(error.to_string()))
    }
}

/// The contents of a checkpoint's files.
#[derive(Clone, Debug)]
pub struct Parts {
    /// `model.toml`.
    pub manifest: String,
    /// `weights.safetensors`.
    pub weights: Vec<u8>,
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// `metrics.jsonl`: how the training went, one JSON object a line; empty where nobody wrote it down.
    pub log: Vec<u8>,
}

/// The tagger that is part of the program.
pub fn load_embedded(device: &Device) -> Result<Box<dyn Tagger>, CheckpointError> {
    let parts = Parts {
        manifest: embedded::MANIFEST.to_owned(),
        weights: embedded::WEIGHTS.to_vec(),
        tokenizer: embedded::TOKENIZER.to_vec(),
        log: Vec::new(),
    };
    assemble(parts, device)
}

/// Reads the checkpoint in `folder`.
pub fn load(folder: &Path, device: &Device) -> Result<Box<dyn Tagger>, CheckpointError> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|source| CheckpointError::Read { path, source })
    };
    let manifest = String::from_utf8(read(MANIFEST)?).map_err(|error| CheckpointError::Manifest(error.to_string()))?;
    assemble(Parts { manifest, weights: read(WEIGHTS)?, tokenizer: read(TOKENIZER)?, log: Vec::new() }, device)
}

fn assemble(parts: Parts, device: &Device) -> Result<Box<dyn Tagger>, CheckpointError> {
    let manifest = Manifest::parse(&parts.manifest)?;
    let entry = systems::find(&manifest.system).ok_or_else(|| CheckpointError::System(manifest.system.clone()))?;
    (entry.load)(&manifest, parts, device)
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
        let metrics =
            serde_json::to_vec_pretty(metrics).map_err(|error| CheckpointError::Manifest(error.to_string()))?;
        let files = [
            (MANIFEST, parts.manifest.as_bytes()),
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

/// Casts every float tensor to one type on its way to or from a file.
#[derive(Clone, Debug)]
struct Cast(DType);

impl ModuleAdapter for Cast {
    fn adapt(&self, snapshot: &TensorSnapshot) -> TensorSnapshot {
        if !matches!(snapshot.dtype, DType::F64 | DType::F32 | DType::F16 | DType::BF16) || snapshot.dtype == self.0 {
            return snapshot.clone();
        }
        let read = snapshot.clone_data_fn();
        let target = self.0;
        TensorSnapshot::from_closure(
            std::rc::Rc::new(move || Ok(read()?.convert_dtype(target))),
            target,
            snapshot.shape.clone(),
            snapshot.path_stack.clone().unwrap_or_default(),
            snapshot.container_stack.clone().unwrap_or_default(),
            snapshot.tensor_id.unwrap_or_default(),
        )
    }

    fn clone_box(&self) -> Box<dyn ModuleAdapter> {
        Box::new(self.clone())
    }
}

/// The contents of `weights.safetensors`.
pub(crate) fn write_weights<M: Module<Backend>>(module: &M, precision: Precision) -> Result<Vec<u8>, CheckpointError> {
    let failed = |error: &dyn std::fmt::Display| CheckpointError::Weights(error.to_string());
    let target = match precision {
        Precision::Full => DType::F32,
        Precision::Half => DType::F16,
    };
    let mut store = SafetensorsStore::from_bytes(None).with_to_adapter(Cast(target));
    module.save_into(&mut store).map_err(|error| failed(&error))?;
    store.get_bytes().map_err(|error| failed(&error))
}

/// Puts weights into a module; every parameter must be there, in its shape.
pub(crate) fn read_weights<M: Module<Backend>>(mut module: M, bytes: Vec<u8>) -> Result<M, CheckpointError> {
    let mut store = SafetensorsStore::from_bytes(Some(bytes)).with_from_adapter(Cast(DType::F32));
    let result = module.load_from(&mut store).map_err(|error| CheckpointError::Weights(error.to_string()))?;
    match result.missing.first() {
        Some(missing) => Err(CheckpointError::Weights(format!("`{missing:?}` is missing"))),
        None => Ok(module),
    }
}
