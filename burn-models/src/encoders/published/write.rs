//! The parameters of a burn module back under their published names.

use std::collections::HashMap;
use std::path::Path;

use ::safetensors::Dtype;
use ::safetensors::tensor::TensorView;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use half::f16;

use super::PublishedError;
use super::fill::{Naming, Place, transpose};

/// A tensor on its way to a file.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Published name.
    pub name: String,
    /// Axes as published.
    pub shape: Vec<usize>,
    /// Row by row.
    pub values: Vec<f32>,
}

/// Every parameter of `module` under its published name, the reverse of [`super::fill`].
pub fn collect<B: Backend, M: Module<B>>(module: &M, naming: impl Naming) -> Vec<NamedTensor> {
    let mut collector = Collector { naming, place: Place::default(), tensors: Vec::new() };
    module.visit(&mut collector);
    collector.tensors
}

/// Writes `tensors` as 32-bit floats to the `.safetensors` file at `path`, as `transformers` expects them.
pub fn write_safetensors(tensors: &[NamedTensor], path: &Path) -> Result<(), PublishedError> {
    write(tensors, Dtype::F32, f32::to_le_bytes, path)
}

/// The same as 16-bit floats.
pub fn write_half(tensors: &[NamedTensor], path: &Path) -> Result<(), PublishedError> {
    write(tensors, Dtype::F16, |value| f16::from_f32(value).to_le_bytes(), path)
}

fn write<const BYTES: usize>(
    tensors: &[NamedTensor],
    dtype: Dtype,
    encode: impl Fn(f32) -> [u8; BYTES],
    path: &Path,
) -> Result<(), PublishedError> {
    let failed = |error: std::io::Error| PublishedError::Write { path: path.to_owned(), source: error };
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|tensor| tensor.values.iter().flat_map(|value| encode(*value)).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        TensorView::new(dtype, tensor.shape.clone(), bytes).map(|view| (tensor.name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>();
    // Without this word `transformers` refuses the file.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let written = views.and_then(|views| ::safetensors::serialize_to_file(views, Some(metadata), path));
    written.map_err(|error| match error {
        ::safetensors::SafeTensorError::IoError(source) => failed(source),
        other => failed(std::io::Error::other(other.to_string())),
    })
}

struct Collector<N> {
    naming: N,
    place: Place,
    tensors: Vec<NamedTensor>,
}

impl<B: Backend, N: Naming> ModuleVisitor<B> for Collector<N> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.place.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let tensor = param.val();
        let mut shape: Vec<usize> = tensor.dims().to_vec();
        let mut values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
        if self.place.is_transposed() {
            values = transpose(&values, shape[0], shape[1]);
            shape.reverse();
        }
        let names = (self.naming)(&self.place.path());
        if let Some(outputs) = shape.first_mut() {
            *outputs /= names.len().max(1);
        }
        let size = shape.iter().product::<usize>().max(1);
        let parts = names.into_iter().zip(values.chunks(size));
        self.tensors.extend(parts.map(|(name, part)| NamedTensor {
            name,
            shape: shape.clone(),
            values: part.to_vec(),
        }));
    }
}
