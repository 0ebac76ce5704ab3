//! Attention rollout (Abnar and Zuidema 2020): what a piece sees of every other through all layers of a stack.

use burn::tensor::Tensor;

use super::Method;
use super::explain::{Explainer, first};
use crate::alignment::{Alignment, HeadMap};
use crate::device::Backend;
use crate::input::Row;
use crate::layers::probe::{self, Record};
use crate::systems::System;

impl<S: System> Explainer<'_, S> {
    /// One map for every row of a window, over all layers and heads; `None` where it has no maps.
    pub(super) fn rollout(&self, row: &Row) -> Option<Alignment> {
        let pass = || {
            let batch = S::collate(self.spec, &[row], None, self.device);
            self.module.answer(self.spec, &batch, &[row], true).pop()
        };
        let (_, record) = probe::record(self.device, pass);
        let mut alignment = first(probe::tell(self.device, rolled_out(record), pass)?.alignments)?;
        // Every layer tells what has been passed on up to there, every head the same.
        let last = alignment.maps.pop()?;
        alignment.maps = vec![HeadMap { layer: 0, head: 0, ..last }];
        alignment.method = Method::Rollout.name();
        Some(alignment)
    }
}

/// In place of every layer's weights what its stack has passed on up to it, the same for all heads.
fn rolled_out(record: Record) -> Vec<Tensor<Backend, 4>> {
    let mut passed: Option<Tensor<Backend, 3>> = None;
    let mut layers = Vec::with_capacity(record.layers.len());
    for (place, weights) in record.layers.into_iter().enumerate() {
        if record.stacks.contains(&place) {
            passed = None;
        }
        let [batch, heads, rows, columns] = weights.dims();
        if rows != columns {
            layers.push(weights);
            continue;
        }
        let next = step(weights.mean_dim(1).squeeze_dim(1), passed);
        layers.push(next.clone().unsqueeze_dim::<4>(1).expand([batch, heads, rows, columns]));
        passed = Some(next);
    }
    layers
}

/// One more layer, whose heads look in the mean as `weights` `[B, S, S]` say: half of what a piece passes on is what it had
/// (eq. 1 and 2 of the paper).
fn step(weights: Tensor<Backend, 3>, passed: Option<Tensor<Backend, 3>>) -> Tensor<Backend, 3> {
    let [_, length, _] = weights.dims();
    let own = Tensor::<Backend, 2>::eye(length, &weights.device()).unsqueeze::<3>();
    let layer = (weights + own).div_scalar(2.0);
    match passed {
        Some(passed) => layer.matmul(passed),
        None => layer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::cpu;
    use crate::tagging::numbers;

    #[test]
    fn layers_are_multiplied_through_and_stacks_begin_anew() {
        // Two heads that mean (0.5, 0.5) and (0, 1); twice, then a stack of its own.
        let heads = [[[1.0_f32, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]];
        let layer = Tensor::<Backend, 4>::from_data([heads], &cpu());
        let wide = Tensor::<Backend, 4>::ones([1, 2, 2, 3], &cpu());
        let layers = vec![layer.clone(), layer.clone(), wide, layer];
        let told = rolled_out(Record { layers, stacks: vec![0, 3], ..Record::default() });
        // Half itself: (0.75, 0.25), (0, 1). Squared: (0.5625, 0.4375), (0, 1).
        assert_eq!(numbers(told[0].clone()), [0.75, 0.25, 0.0, 1.0, 0.75, 0.25, 0.0, 1.0]);
        assert_eq!(numbers(told[1].clone())[..4], [0.5625, 0.4375, 0.0, 1.0]);
        assert_eq!(numbers(told[2].clone()), [1.0; 12], "what is no stack stays");
        assert_eq!(numbers(told[3].clone())[..4], [0.75, 0.25, 0.0, 1.0]);
    }
}
