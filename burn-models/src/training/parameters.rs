//! A module's parameters as flat tensors by name, always in the module's own order, so that sums come out alike.

use std::collections::{HashMap, HashSet};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::{ElementConversion, Tensor};
use indexmap::IndexMap;

use crate::device::Backend;
use crate::layers::projection::is_adapter;
use crate::systems::ParameterGroup;

/// One flattened tensor for each of a module's parameters.
pub type Flat = IndexMap<ParamId, Tensor<Backend, 1>>;

/// What the trainer knows of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its place in the module (`text.layers.0.query.weight`).
    pub path: String,
    /// How many numbers it has.
    pub size: usize,
    /// Whose learning rate it has.
    pub group: ParameterGroup,
    /// Whether it decays; biases and normalisations do not.
    pub decays: bool,
    /// Its layer from below in an encoder of numbered layers: 0 for embeddings, 1 for the first layer.
    pub depth: Option<usize>,
}

impl Parameter {
    /// Whether it belongs to a low-rank adapter.
    pub fn is_adapter(&self) -> bool {
        is_adapter(&self.path)
    }

    /// Whether it is the first matrix of an adapter.
    pub fn is_down(&self) -> bool {
        self.path.ends_with("adapter.down")
    }
}

/// The float parameters of a module.
pub fn list<M: Module<Backend>>(module: &M, group: fn(&str) -> ParameterGroup) -> IndexMap<ParamId, Parameter> {
    let mut listing = Listing { path: Vec::new(), parameters: IndexMap::new(), group };
    module.visit(&mut listing);
    listing.parameters
}

struct Listing {
    path: Vec<String>,
    parameters: IndexMap<ParamId, Parameter>,
    group: fn(&str) -> ParameterGroup,
}

impl ModuleVisitor<Backend> for Listing {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Backend, D>>) {
        let path = self.path.join(".");
        let group = (self.group)(&path);
        let depth = if group == ParameterGroup::Encoder { depth(&self.path) } else { None };
        self.parameters
            .insert(param.id, Parameter { path, size: param.lazy_shape().num_elements(), group, decays: D > 1, depth });
    }
}

fn depth(path: &[String]) -> Option<usize> {
    let numbered = path.windows(2).find(|pair| matches!(pair[0].as_str(), "layers" | "blocks"));
    let number = numbered.and_then(|pair| pair[1].parse::<usize>().ok()).map(|layer| layer + 1);
    number.or_else(|| path.iter().any(|part| part.contains("embedding")).then_some(0))
}

/// Draws the numbers of the parameters that nobody asked for yet; every copy of the module would draw others.
pub fn settle<M: Module<Backend>>(module: &M) {
    struct Settling;
    impl ModuleVisitor<Backend> for Settling {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Backend, D>>) {
            param.val();
        }
    }
    module.visit(&mut Settling);
}

/// The weights, apart from any graph.
pub fn weights<M: Module<Backend>>(module: &M) -> Flat {
    struct Weights(Flat);
    impl ModuleVisitor<Backend> for Weights {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Backend, D>>) {
            self.0.insert(param.id, flat(param.val().inner()));
        }
    }
    let mut weights = Weights(Flat::new());
    module.visit(&mut weights);
    weights.0
}

/// The gradients of the parameters that have one.
pub fn gradients<M: Module<Backend>>(module: &M, gradients: GradientsParams) -> Flat {
    struct Gradients {
        all: GradientsParams,
        flat: Flat,
    }
    impl ModuleVisitor<Backend> for Gradients {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Backend, D>>) {
            let gradient = self.all.remove::<Backend, D>(param.id);
            self.flat.extend(gradient.map(|gradient| (param.id, flat(gradient))));
        }
    }
    let mut gradients = Gradients { all: gradients, flat: Flat::new() };
    module.visit(&mut gradients);
    gradients.flat
}

fn flat<const D: usize>(tensor: Tensor<Backend, D>) -> Tensor<Backend, 1> {
    let count = tensor.shape().num_elements();
    tensor.reshape([count])
}

/// New values for some of a module's weights.
pub trait Change {
    /// Whether the weight gets a new value.
    fn concerns(&self, id: ParamId) -> bool;

    /// The new value for the flattened weight `old`.
    fn change(&mut self, id: ParamId, old: Tensor<Backend, 1>) -> Tensor<Backend, 1>;
}

impl Change for &Flat {
    fn concerns(&self, id: ParamId) -> bool {
        self.contains_key(&id)
    }

    fn change(&mut self, id: ParamId, old: Tensor<Backend, 1>) -> Tensor<Backend, 1> {
        self.get(&id).cloned().unwrap_or(old)
    }
}

/// The module, which is on an autodiff device, with changed weights; what is trained stays trained.
pub fn changed<M: Module<Backend>>(module: M, change: &mut impl Change) -> M {
    struct Changing<'a, C>(&'a mut C);
    impl<C: Change> ModuleMapper<Backend> for Changing<'_, C> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<Backend, D>>) -> Param<Tensor<Backend, D>> {
            let (id, mut tensor, mapper) = param.consume();
            if self.0.concerns(id) {
                let (shape, trained) = (tensor.shape(), tensor.is_require_grad());
                let new = self.0.change(id, flat(tensor.inner())).reshape(shape);
                tensor = Tensor::from_inner(new).set_require_grad(trained);
            }
            Param::from_mapped_value(id, tensor, mapper)
        }
    }
    module.map(&mut Changing(change))
}

/// Weights on the straight line between two modules of one shape: `from` at share 0, `towards` at share 1
/// (Wortsman et al. 2022). Both are on an autodiff device. What is the same in both stays so to the bit.
pub fn blended<M: Module<Backend>>(from: M, towards: &M, share: f64) -> M {
    let mix = |(id, old, new): (ParamId, Tensor<Backend, 1>, Tensor<Backend, 1>)| {
        (id, old.mul_scalar(1.0 - share) + new.mul_scalar(share))
    };
    let mixed: Flat = differing(&from, towards).map(mix).collect();
    changed(from, &mut &mixed)
}

/// Places of the parameters in which two modules of one shape differ; both are on an autodiff device.
pub fn differences<M: Module<Backend>>(one: &M, other: &M) -> HashSet<String> {
    let differing: HashSet<ParamId> = differing(one, other).map(|(id, ..)| id).collect();
    places(one, &differing).into_keys().collect()
}

fn differing<M: Module<Backend>>(
    one: &M,
    other: &M,
) -> impl Iterator<Item = (ParamId, Tensor<Backend, 1>, Tensor<Backend, 1>)> {
    let pairs = weights(one).into_iter().zip(weights(other).into_values());
    pairs.filter_map(|((id, one), other)| {
        let same = one.clone().equal(other.clone()).all().into_scalar();
        (!same.elem::<bool>()).then_some((id, one, other))
    })
}

/// Identifiers of all parameters.
pub fn ids<M: Module<Backend>>(module: &M) -> HashSet<ParamId> {
    list(module, |_| ParameterGroup::Head).into_keys().collect()
}

/// Places of the parameters that `wanted` holds, with their numbers of numbers.
pub fn places<M: Module<Backend>>(module: &M, wanted: &HashSet<ParamId>) -> HashMap<String, usize> {
    let all = list(module, |_| ParameterGroup::Head).into_iter();
    all.filter(|(id, _)| wanted.contains(id)).map(|(_, parameter)| (parameter.path, parameter.size)).collect()
}

/// The module with gradients collected for the parameters that `trained` names, and for no others.
pub fn trainable<M: Module<Backend>>(module: M, trained: &HashSet<ParamId>) -> M {
    struct Trainable<'a>(&'a HashSet<ParamId>);
    impl ModuleMapper<Backend> for Trainable<'_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<Backend, D>>) -> Param<Tensor<Backend, D>> {
            let (id, tensor, mapper) = param.consume();
            Param::from_mapped_value(id, tensor.set_require_grad(self.0.contains(&id)), mapper)
        }
    }
    module.map(&mut Trainable(trained))
}
