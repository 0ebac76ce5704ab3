//! Gradient times attention (Chefer et al. 2021, eq. 5): a head counts where its attention moves the score of the label.

use burn::tensor::activation::relu;
use burn::tensor::backend::DeviceOps;
use burn::tensor::{Tensor, TensorData};

use super::explain::{Explainer, Watch, first};
use super::{AttributionError, Method};
use crate::alignment::{Alignment, HeadMap};
use crate::device::{Backend, Device};
use crate::input::Row;
use crate::layers::probe::{self, Record};
use crate::systems::System;
use crate::training::Control;

/// Copies of a window that are read at once, each for the label of one row.
const COPIES: usize = 16;

impl<S: System> Explainer<'_, S> {
    /// For every row of a window's maps what the score of its own label owes to its weights; `None` where it has no maps.
    ///
    /// The score is that of the row's label less the mean of all classes': what all classes have in common says nothing
    /// about the label. Every row has a copy of the window for itself, so that no gradient is of another row's score.
    pub(super) fn gradient(&self, row: &Row, watch: Watch<'_>) -> Result<Option<Alignment>, AttributionError> {
        let labels = self.chances(&[row]).pop().map(|chances| chances.labels).unwrap_or_default();
        let device = Device::autodiff(self.device.inner().clone());
        let module = S::from_inner(self.module.clone());
        let mut whole: Option<Alignment> = None;
        for from in (0..labels.len()).step_by(COPIES) {
            if watch(from, labels.len()) == Control::Stop {
                return Err(AttributionError::Stopped);
            }
            let labels = &labels[from..labels.len().min(from + COPIES)];
            let copies = vec![row; labels.len()];
            let pass = || {
                let batch = S::collate(self.spec, &copies, None, &device);
                module.answer(self.spec, &batch, &copies, true)
            };
            let (_, record) = probe::record(&device, pass);
            let answers = probe::tell(&device, owed(record, from, labels), pass);
            let maps = answers.into_iter().map(|answer| first(answer.alignments));
            for (place, alignment) in maps.enumerate() {
                let Some(alignment) = alignment else { return Ok(None) };
                let whole = whole.get_or_insert_with(|| empty(&alignment));
                take_row(whole, &alignment, from + place);
            }
        }
        Ok(whole)
    }
}

/// The positive part of gradient times weight of every layer, where copy `place` is read for row `from + place` and its
/// label.
fn owed(record: Record, from: usize, labels: &[usize]) -> Vec<Tensor<Backend, 4>> {
    let Some(scores) = record.scores else { return Vec::new() };
    let [copies, rows, classes] = scores.dims();
    let mut chosen = vec![0.0_f32; copies * rows * classes];
    for (place, label) in labels.iter().enumerate() {
        let own = &mut chosen[(place * rows + from + place) * classes..][..classes];
        own.fill(-1.0 / classes as f32);
        own[*label] += 1.0;
    }
    let chosen = Tensor::from_data(TensorData::new(chosen, [copies, rows, classes]), &scores.device());
    let gradients = (scores * chosen).sum().backward();
    let owed = |(weights, leaf): (Tensor<Backend, 4>, Tensor<Backend, 4>)| {
        let weights = weights.inner();
        let owed = leaf.grad(&gradients).map(|gradient| relu(gradient * weights.clone()));
        Tensor::from_inner(owed.unwrap_or_else(|| weights.zeros_like()))
    };
    record.layers.into_iter().zip(record.leaves).map(owed).collect()
}

/// The same alignment with rows yet to be filled.
fn empty(alignment: &Alignment) -> Alignment {
    let zeros = |map: &HeadMap| HeadMap {
        weights: vec![0.0; map.weights.len()],
        whole: vec![0.0; map.whole.len()],
        ..HeadMap { layer: map.layer, head: map.head, ..HeadMap::default() }
    };
    Alignment {
        method: Method::GradientAttention.name(),
        maps: alignment.maps.iter().map(zeros).collect(),
        ..alignment.clone()
    }
}

/// Copies row `row` of all maps.
fn take_row(to: &mut Alignment, from: &Alignment, row: usize) {
    let width = from.regions.len();
    for (to, from) in to.maps.iter_mut().zip(&from.maps) {
        to.weights[row * width..][..width].copy_from_slice(&from.weights[row * width..][..width]);
        if let (Some(to), Some(from)) = (to.whole.get_mut(row), from.whole.get(row)) {
            *to = *from;
        }
    }
}
