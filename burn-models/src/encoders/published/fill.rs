//! Published tensors into the parameters of a burn module.

use std::collections::HashSet;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::{PublishedError, PublishedWeights};

/// What the places of a module are called in a publication.
///
/// Given the path of a parameter in the module (`layers.0.query.weight`, the last part spelled as PyTorch does), gives the
/// published name; more than one where the module keeps in one tensor what is published in several of equal size, which
/// follow each other on the output axis, and none where the parameter stays as it is.
pub trait Naming: Fn(&str) -> Vec<String> {}

impl<F: Fn(&str) -> Vec<String>> Naming for F {}

/// Puts `weights` into every parameter of `module`; gives the names in the file of the tensors that were not used.
///
/// The weight of a linear layer is `[outputs, inputs]` in a publication and is transposed; everything else is taken as it
/// is. A parameter without its tensor, or with one of another shape or with values that are not finite, is an error.
pub fn fill<B: Backend, M: Module<B>>(
    module: M,
    weights: &PublishedWeights,
    naming: impl Naming,
) -> Result<(M, Vec<String>), PublishedError> {
    let (module, filler) = run(module, weights, Spelling::Published, naming)?;
    let left = weights.names().filter(|name| !filler.used.contains(*name));
    let left = left.filter_map(|name| weights.name_in_file(name)).map(str::to_owned).collect();
    Ok((module, left))
}

/// Puts `weights`, which burn wrote under their places, into the parameters of `module` at the places that `wanted` picks.
///
/// A parameter without its tensor, or with one of another shape or with values that are not finite, is an error.
pub(crate) fn fill_places<B: Backend, M: Module<B>>(
    module: M,
    weights: &PublishedWeights,
    wanted: impl Fn(&str) -> bool,
) -> Result<M, PublishedError> {
    let naming = |place: &str| if wanted(place) { vec![place.to_owned()] } else { Vec::new() };
    run(module, weights, Spelling::Burn, naming).map(|(module, _)| module)
}

fn run<B: Backend, M: Module<B>, N: Naming>(
    module: M,
    weights: &PublishedWeights,
    spelling: Spelling,
    naming: N,
) -> Result<(M, Filler<'_, N>), PublishedError> {
    let mut filler = Filler { weights, spelling, naming, place: Place::default(), used: HashSet::new(), error: None };
    let module = module.map(&mut filler);
    match filler.error.take() {
        Some(error) => Err(error),
        None => Ok((module, filler)),
    }
}

/// How a file calls and lays out the parameters of burn's own layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// As PyTorch does.
    Published,
    /// As burn does.
    Burn,
}

/// Where in a module a visitor stands.
#[derive(Debug, Default)]
pub(super) struct Place {
    names: Vec<String>,
    containers: Vec<String>,
}

impl Place {
    pub fn enter(&mut self, name: &str, container: &str) {
        self.names.push(name.to_owned());
        self.containers.push(container.to_owned());
    }

    pub fn leave(&mut self) {
        self.names.pop();
        self.containers.pop();
    }

    /// The path, with a norm's `gamma` and `beta` spelled as PyTorch does.
    pub fn path(&self) -> String {
        let spelled = |(place, name): (usize, &String)| match name.as_str() {
            "gamma" if place + 1 == self.names.len() => "weight".to_owned(),
            "beta" if place + 1 == self.names.len() => "bias".to_owned(),
            name => name.to_owned(),
        };
        self.names.iter().enumerate().map(spelled).collect::<Vec<_>>().join(".")
    }

    /// Whether a tensor here is published with its two axes exchanged.
    pub fn is_transposed(&self) -> bool {
        let last = |list: &[String], word| list.last().is_some_and(|last| last == word);
        last(&self.containers, "Struct:Linear") && last(&self.names, "weight")
    }
}

struct Filler<'a, N> {
    weights: &'a PublishedWeights,
    spelling: Spelling,
    naming: N,
    place: Place,
    used: HashSet<String>,
    error: Option<PublishedError>,
}

impl<N: Naming> Filler<'_, N> {
    /// The values for a parameter of `shape`; `None` if it stays as it is.
    fn values(&mut self, shape: &[usize]) -> Result<Option<Vec<f32>>, PublishedError> {
        let (path, transposed) = match self.spelling {
            Spelling::Published => (self.place.path(), self.place.is_transposed()),
            Spelling::Burn => (self.place.names.join("."), false),
        };
        let mut published = shape.to_vec();
        if transposed {
            published.reverse();
        }
        let names = (self.naming)(&path);
        if names.is_empty() {
            return Ok(None);
        }
        if let Some(outputs) = published.first_mut() {
            *outputs /= names.len();
        }
        let mut values = Vec::new();
        for name in names {
            let part = self.weights.floats_shaped(&name, &published)?;
            if values.is_empty() {
                values = part;
            } else {
                values.extend(part);
            }
            self.used.insert(name);
        }
        Ok(Some(if transposed { transpose(&values, shape[1], shape[0]) } else { values }))
    }
}

impl<B: Backend, N: Naming> ModuleMapper<B> for Filler<'_, N> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.place.leave();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        if self.error.is_some() {
            return param;
        }
        let shape = param.lazy_shape();
        match self.values(shape.as_slice()) {
            Ok(None) => param,
            Ok(Some(values)) => {
                let id = param.id;
                let tensor = Tensor::from_data(TensorData::new(values, shape), &param.lazy_device());
                param.transform_for_load(tensor, id)
            }
            Err(error) => {
                self.error = Some(error);
                param
            }
        }
    }
}

/// `[rows, columns]` to `[columns, rows]`, in blocks that stay in the processor's cache.
pub(super) fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    const BLOCK: usize = 32;
    let mut transposed = vec![0.0; values.len()];
    for top in (0..rows).step_by(BLOCK) {
        for left in (0..columns).step_by(BLOCK) {
            for row in top..rows.min(top + BLOCK) {
                for column in left..columns.min(left + BLOCK) {
                    transposed[column * rows + row] = values[row * columns + column];
                }
            }
        }
    }
    transposed
}
