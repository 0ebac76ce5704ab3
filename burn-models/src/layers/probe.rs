//! Asks a forward pass for more than its answer: the scores that it reads the answer from, the attention of every layer with
//! what a score owes to it, and the answer's maps made of other weights.
//!
//! The layers lie deep in the systems; a probe that was handed down to them would stand in the signature of every one. So a
//! probe belongs to the thread that computes, for the time of one pass. Without one a layer asks once whether there is one.

use std::any::Any;
use std::cell::RefCell;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend as BurnBackend;

use crate::device::{Backend, Device};

thread_local! {
    static PROBE: RefCell<Option<Probe>> = const { RefCell::new(None) };
}

/// What is asked of the pass that runs.
enum Probe {
    /// Only the scores.
    Scores(Option<Tensor<Backend, 3>>),
    /// The scores, and attention by layers on a graph or by those off it.
    Record { on_graph: bool, record: Record },
    /// To tell these weights in place of its own, one layer after the other.
    Tell { on_graph: bool, weights: std::vec::IntoIter<Tensor<Backend, 4>> },
}

/// What a pass was asked for.
#[derive(Debug, Default)]
pub struct Record {
    /// The attention of every layer in the order in which they ran, `[B, heads, Q, K]`.
    pub layers: Vec<Tensor<Backend, 4>>,
    /// On a graph, for every layer the zeros that were added to its weights: their gradient is that of the weights, which lie
    /// deep in the graph and keep none themselves.
    pub leaves: Vec<Tensor<Backend, 4>>,
    /// The places among the layers at which a stack of layers over the same pieces begins.
    pub stacks: Vec<usize>,
    /// `[B, rows, classes]`, the scores of tags or classes that the answer is read from.
    pub scores: Option<Tensor<Backend, 3>>,
}

/// Takes the probe away again, also if the pass panics.
struct Held;

impl Held {
    fn new(probe: Probe) -> Self {
        PROBE.replace(Some(probe));
        Self
    }

    fn end(self) -> Option<Probe> {
        let probe = PROBE.take();
        drop(self);
        probe
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        PROBE.take();
    }
}

/// Runs a pass and gives the scores that its answer was read from.
pub fn scores<T>(pass: impl FnOnce() -> T) -> (T, Option<Tensor<Backend, 3>>) {
    let held = Held::new(Probe::Scores(None));
    let answer = pass();
    let Some(Probe::Scores(scores)) = held.end() else { return (answer, None) };
    (answer, scores)
}

/// Runs a pass on `device` and keeps its attention and scores; on an autodiff device gradients of the attention can be asked
/// for afterwards. Layers on the other kind of device, as those of a frozen encoder may be, are passed over.
pub fn record<T>(device: &Device, pass: impl FnOnce() -> T) -> (T, Record) {
    let on_graph = on_graph(device);
    let held = Held::new(Probe::Record { on_graph, record: Record::default() });
    let answer = pass();
    let Some(Probe::Record { record, .. }) = held.end() else { return (answer, Record::default()) };
    (answer, record)
}

/// Runs the same pass on the same `device` once more, whose layers compute what they did and tell `weights` instead of
/// theirs, so that the answer's maps are made of those.
pub fn tell<T>(device: &Device, weights: Vec<Tensor<Backend, 4>>, pass: impl FnOnce() -> T) -> T {
    let held = Held::new(Probe::Tell { on_graph: on_graph(device), weights: weights.into_iter() });
    let answer = pass();
    held.end();
    answer
}

/// Whether something is learned on `device`: gradients are kept there, and not only to explain an answer.
pub fn learns<B: BurnBackend>(device: &B::Device) -> bool {
    B::ad_enabled(device) && PROBE.with_borrow(Option::is_none)
}

/// A layer's attention `[B, heads, Q, K]`: first the weights to compute with, then those to tell.
pub fn attended<B: BurnBackend>(weights: Tensor<B, 4>) -> (Tensor<B, 4>, Tensor<B, 4>) {
    PROBE.with_borrow_mut(|probe| match probe {
        Some(Probe::Record { on_graph, record }) if *on_graph == B::ad_enabled(&weights.device()) => {
            let weights = if *on_graph { record.tracked(weights) } else { weights };
            record.layers.extend(on_backend(weights.clone()));
            (weights.clone(), weights)
        }
        Some(Probe::Tell { on_graph, weights: told }) if *on_graph == B::ad_enabled(&weights.device()) => {
            let told = told.next().and_then(on_backend).filter(|told: &Tensor<B, 4>| told.dims() == weights.dims());
            let told = told.unwrap_or_else(|| weights.clone());
            (weights, told)
        }
        _ => (weights.clone(), weights),
    })
}

/// Hears that a stack of layers over the same pieces begins.
pub fn stack_begins() {
    PROBE.with_borrow_mut(|probe| {
        if let Some(Probe::Record { record, .. }) = probe {
            record.stacks.push(record.layers.len());
        }
    });
}

/// Hears the scores that an answer is read from, `[B, rows, classes]`; the first ones of a pass count.
pub fn scored(scores: &Tensor<Backend, 3>) {
    PROBE.with_borrow_mut(|probe| {
        if let Some(Probe::Scores(kept) | Probe::Record { record: Record { scores: kept, .. }, .. }) = probe {
            kept.get_or_insert_with(|| scores.clone());
        }
    });
}

impl Record {
    /// The weights with zeros added whose gradient can be asked for.
    fn tracked<B: BurnBackend>(&mut self, weights: Tensor<B, 4>) -> Tensor<B, 4> {
        let leaf = weights.zeros_like().detach().require_grad();
        self.leaves.extend(on_backend(leaf.clone()));
        weights + leaf
    }
}

fn on_graph(device: &Device) -> bool {
    <Backend as BurnBackend>::ad_enabled(device)
}

/// The same tensor on the program's backend, which is the only one that there is behind the layers' generic ones.
fn on_backend<B: BurnBackend, C: BurnBackend>(tensor: Tensor<B, 4>) -> Option<Tensor<C, 4>> {
    let mut slot = Some(tensor);
    let any: &mut dyn Any = &mut slot;
    any.downcast_mut::<Option<Tensor<C, 4>>>().and_then(Option::take)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use crate::device::cpu;
    use crate::layers::attention::Attention;
    use crate::tagging::numbers;

    fn random(shape: [usize; 3], device: &Device) -> Tensor<Backend, 3> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
    }

    /// Two layers of attention, the second over what the first makes; weights are moved by `by`.
    fn two_layers(
        scores: &Tensor<Backend, 4>,
        values: &Tensor<Backend, 4>,
        by: [Tensor<Backend, 4>; 2],
    ) -> Tensor<Backend, 1> {
        let [first, second] = by;
        let attend = |scores: Tensor<Backend, 4>, by: Tensor<Backend, 4>| {
            let (weights, _) = attended(burn::tensor::activation::softmax(scores, 3));
            (weights + by).matmul(values.clone())
        };
        let x = attend(scores.clone(), first);
        let y = attend(x.clone().matmul(x.swap_dims(2, 3)), second);
        y.powi_scalar(2).sum()
    }

    #[test]
    fn gradients_of_weights_in_any_layer_are_those_of_finite_differences() {
        let graph = Device::autodiff(cpu());
        let random = || Tensor::<Backend, 4>::random([1, 1, 3, 3], Distribution::Normal(0.0, 1.0), &cpu());
        let (scores, values) = (random(), random());
        let none = |device: &Device| Tensor::<Backend, 4>::zeros([1, 1, 3, 3], device);
        let on_graph = |x: &Tensor<Backend, 4>| Tensor::from_inner(x.clone());
        let pass = || two_layers(&on_graph(&scores), &on_graph(&values), [none(&graph), none(&graph)]);
        let (sum, record) = super::record(&graph, pass);
        assert_eq!((record.layers.len(), record.leaves.len()), (2, 2));
        let gradients = sum.backward();
        for (layer, leaf) in record.leaves.iter().enumerate() {
            let found = numbers(leaf.grad(&gradients).expect("it was asked for"));
            for (place, found) in found.iter().enumerate() {
                let at = |step: f32| {
                    let mut moved = vec![0.0; 9];
                    moved[place] = step;
                    let moved = Tensor::from_data(burn::tensor::TensorData::new(moved, [1, 1, 3, 3]), &cpu());
                    let mut by = [none(&cpu()), none(&cpu())];
                    by[layer] = moved;
                    numbers(two_layers(&scores, &values, by))[0]
                };
                let difference = (at(1e-2) - at(-1e-2)) / 2e-2;
                assert!(
                    (found - difference).abs() < 0.01 + 0.02 * found.abs(),
                    "{layer}, {place}: {found}, {difference}"
                );
            }
        }
    }

    #[test]
    fn a_pass_without_a_probe_is_none_of_its_business_and_a_panic_leaves_none_behind() {
        let layer = Attention::<Backend>::new(4, 4, 2, &cpu());
        let x = random([1, 2, 4], &cpu());
        let (_, record) = super::record(&cpu(), || layer.forward(x.clone(), x.clone(), None));
        assert_eq!((record.layers.len(), record.leaves.len()), (1, 0));
        assert!(std::panic::catch_unwind(|| super::record(&cpu(), || panic!("stop"))).is_err());
        assert!(learns::<Backend>(&Device::autodiff(cpu())) && !learns::<Backend>(&cpu()));
        let (learning, _) = super::record(&cpu(), || learns::<Backend>(&Device::autodiff(cpu())));
        assert!(!learning, "dropout rests while an answer is explained");
        let told = tell(&cpu(), vec![Tensor::ones([1, 2, 2, 2], &cpu())], || layer.forward(x.clone(), x, None).weights);
        assert_eq!(numbers(told), [1.0; 8]);
    }
}
