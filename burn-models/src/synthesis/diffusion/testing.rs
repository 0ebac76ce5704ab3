//! Models of which the reference library computed something, made by `tests/golden/diffusion/make_models.py`.

use std::path::{Path, PathBuf};

use burn::tensor::{Tensor, TensorData};
use serde_json::Value;

use crate::device::{Backend, cpu};
use crate::encoders::published::PublishedWeights;

/// Folders of more such models, which nobody looked at when the code was written; separated as in `PATH`.
const MORE: &str = "SPANLIGHT_DIFFUSION_REFERENCE";

/// One model, and what the reference made of it.
pub struct Reference {
    pub folder: PathBuf,
    pub described: Value,
    tensors: PublishedWeights,
}

pub fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/diffusion").join(name)
}

impl Reference {
    pub fn open(folder: PathBuf) -> Self {
        let text = std::fs::read_to_string(folder.join("reference.json")).expect("a reference");
        let tensors = PublishedWeights::open(&folder.join("reference.safetensors")).expect("a reference");
        Self { described: serde_json::from_str(&text).expect("JSON"), tensors, folder }
    }

    /// Those of the repository, and those in folders that the environment names.
    pub fn all() -> Vec<Self> {
        let more = std::env::var_os(MORE).unwrap_or_default();
        let folders = ["stable-1", "stable-2"].map(golden).into_iter().chain(std::env::split_paths(&more));
        folders.filter(|folder| !folder.as_os_str().is_empty()).map(Self::open).collect()
    }

    pub fn name(&self) -> String {
        self.folder.display().to_string()
    }

    pub fn tensor<const D: usize>(&self, name: &str) -> Tensor<Backend, D> {
        let shape = self.tensors.shape(name).expect("it is there").to_vec();
        Tensor::from_data(TensorData::new(self.tensors.floats(name).expect("floats"), shape), &cpu())
    }

    /// Fails if `ours` is of another shape or further away than `tolerance` anywhere.
    pub fn compare<const D: usize>(&self, name: &str, ours: Tensor<Backend, D>, tolerance: f32) {
        let theirs = self.tensor::<D>(name);
        assert_eq!(ours.dims(), theirs.dims(), "{}: {name}", self.name());
        let difference = (ours - theirs).abs().max().into_scalar();
        assert!(difference <= tolerance, "{}: {name}: {difference}", self.name());
        println!("{}: {name}: {difference}", self.name());
    }

    /// The words of the prompt `index`.
    pub fn prompt(&self, index: usize) -> Vec<String> {
        serde_json::from_value(self.described["prompts"][index].clone()).expect("words")
    }
}

/// A copy of a model's folder that may be spoilt.
pub fn copied(name: &str) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).expect("writable");
        for entry in std::fs::read_dir(from).expect("a folder").flatten() {
            let (path, to) = (entry.path(), to.join(entry.file_name()));
            if path.is_dir() {
                copy(&path, &to);
            } else {
                std::fs::copy(&path, &to).expect("writable");
            }
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    copy(&golden(name), folder.path());
    folder
}

/// Replaces `from` by `to` in a file of a folder.
pub fn replace(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).expect("a text");
    assert!(text.contains(from), "{file}: {from}");
    std::fs::write(path, text.replace(from, to)).expect("writable");
}
