//! The tensors of a folder or file by name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::stored::Stored;
use super::{PublishedError, folder, safetensors};

/// How old checkpoints call the two vectors of a layer norm, and how the current ones do.
const OLD_ENDINGS: [(&str, &str); 2] = [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")];

/// Published weights, opened but not read.
#[derive(Clone, Debug)]
pub struct PublishedWeights {
    path: PathBuf,
    prefix: String,
    tensors: IndexMap<String, Stored>,
}

impl PublishedWeights {
    /// Opens a hub folder (`model.safetensors` or `pytorch_model.bin`, also in parts behind an index) or a single
    /// `.safetensors`, `.pth`, `.pt` or `.bin` file.
    pub fn open(path: &Path) -> Result<Self, PublishedError> {
        Ok(Self::of(path, folder::open(path, &folder::FILES)?))
    }

    /// Opens the folder of a part of a model as `diffusers` publishes it, where the files are called otherwise.
    pub(crate) fn open_component(folder: &Path) -> Result<Self, PublishedError> {
        Ok(Self::of(folder, folder::open(folder, &folder::COMPONENT_FILES)?))
    }

    /// Opens a safetensors file called `path` that is part of the program.
    pub(crate) fn in_memory(path: &Path, bytes: &'static [u8]) -> Result<Self, PublishedError> {
        Ok(Self::of(path, safetensors::open_memory(path, bytes)?))
    }

    fn of(path: &Path, stored: Vec<Stored>) -> Self {
        let tensors = stored.into_iter().map(|tensor| (current_name(&tensor.name), tensor)).collect();
        Self { path: path.to_owned(), prefix: String::new(), tensors }
    }

    /// Drops the first of `prefixes` (with its dot) under which the tensor `probe` is found from all names that have it.
    ///
    /// The same encoder is published as it is (`embeddings...`) and as a part of a larger model (`bert.embeddings...`).
    pub fn without_prefix(mut self, prefixes: &[&str], probe: &str) -> Self {
        let prefix = prefixes.iter().find(|prefix| self.contains(&format!("{prefix}{probe}")));
        if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) {
            let strip = |name: String| name.strip_prefix(*prefix).map(str::to_owned).unwrap_or(name);
            self.tensors = self.tensors.into_iter().map(|(name, tensor)| (strip(name), tensor)).collect();
            (*prefix).clone_into(&mut self.prefix);
        }
        self
    }

    /// Without the axes of length 1 at the end of the matrices that `wanted` picks: some layers are published as
    /// convolutions with a kernel of one pixel.
    pub(crate) fn squeezed(mut self, wanted: impl Fn(&str) -> bool) -> Self {
        for (_, tensor) in self.tensors.iter_mut().filter(|(name, _)| wanted(name)) {
            if let [rows, columns, 1, 1] = tensor.shape[..] {
                tensor.shape = vec![rows, columns];
                if let Some(strides) = &mut tensor.strides {
                    strides.truncate(2);
                }
            }
        }
        self
    }

    /// The folder or file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files in which the tensors are.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.tensors.values().map(|tensor| &*tensor.path).collect::<BTreeSet<_>>().into_iter()
    }

    /// What [`Self::without_prefix`] dropped; empty if nothing.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Names of all tensors, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Whether there is a tensor called `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The axes of the tensor `name`.
    pub fn shape(&self, name: &str) -> Result<&[usize], PublishedError> {
        self.find(name).map(|tensor| tensor.shape.as_slice())
    }

    /// The tensor `name` as `f32`, row by row; every value is finite.
    pub fn floats(&self, name: &str) -> Result<Vec<f32>, PublishedError> {
        let tensor = self.find(name)?;
        let values = tensor.floats()?;
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(values),
            Some(index) => Err(PublishedError::NotFinite {
                path: tensor.path.to_path_buf(),
                tensor: tensor.name.clone(),
                index,
                value: values[index],
            }),
        }
    }

    /// The tensor `name` as integers, row by row.
    pub fn integers(&self, name: &str) -> Result<Vec<i64>, PublishedError> {
        self.find(name)?.integers()
    }

    /// The same as [`Self::floats`], if the tensor has the shape `expected`.
    pub(in super::super) fn floats_shaped(&self, name: &str, expected: &[usize]) -> Result<Vec<f32>, PublishedError> {
        let tensor = self.find(name)?;
        if tensor.shape != expected {
            return Err(PublishedError::Shape {
                path: tensor.path.to_path_buf(),
                tensor: tensor.name.clone(),
                expected: expected.to_vec(),
                found: tensor.shape.clone(),
            });
        }
        self.floats(name)
    }

    /// The name that the file itself uses.
    pub(super) fn name_in_file(&self, name: &str) -> Option<&str> {
        self.tensors.get(name).map(|tensor| tensor.name.as_str())
    }

    fn find(&self, name: &str) -> Result<&Stored, PublishedError> {
        let missing = || PublishedError::Missing { path: self.path.clone(), tensor: format!("{}{name}", self.prefix) };
        self.tensors.get(name).ok_or_else(missing)
    }
}

fn current_name(name: &str) -> String {
    for (old, current) in OLD_ENDINGS {
        if let Some(start) = name.strip_suffix(old) {
            return format!("{start}{current}");
        }
    }
    name.to_owned()
}
