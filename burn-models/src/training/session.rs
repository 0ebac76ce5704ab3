//! Weights, optimizer and graph of a running training.

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};

use burn::module::ParamId;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::DeviceOps;
use indexmap::IndexMap;
use rand::seq::SliceRandom;

use super::average::Average;
use super::chance::{self, Purpose};
use super::mentions::Mentions;
use super::optimizer::{Optimizer, rate};
use super::options::TrainOptions;
use super::parameters::{self, Flat, Parameter};
use super::report::TrainError;
use crate::device::{self, Backend, Device};
use crate::input::{Noise, Row};
use crate::systems::{ParameterGroup, Spec, System};
use crate::tagging::numbers;

/// Steps whose loss is not waited for on a GPU, so that the next ones are prepared meanwhile.
const IN_FLIGHT: usize = 8;

/// Batches of similar length are drawn from so many batches' worth of rows.
const BUCKET: usize = 16;

pub struct Session<'a, S: System> {
    pub module: S,
    pub parameters: &'a IndexMap<ParamId, Parameter>,
    pub optimizer: Optimizer<'a>,
    pub average: Option<Average>,
    /// Steps made.
    pub steps: usize,
    /// Steps in all.
    pub total: usize,
    /// Most rows that are computed at once; larger batches are computed in parts.
    pub most_rows: usize,
    spec: &'a Spec<S::Config>,
    options: &'a TrainOptions,
    device: Device,
    rows: &'a [Row],
    mentions: Option<Mentions>,
    /// Losses that were not read yet, with their steps.
    pending: VecDeque<(usize, Tensor<Backend, 1>)>,
}

impl<'a, S: System> Session<'a, S> {
    /// `module` is on the autodiff twin of `device`; `parameters` are its own, `rows` those of an epoch.
    pub fn new(
        module: S,
        parameters: &'a IndexMap<ParamId, Parameter>,
        spec: &'a Spec<S::Config>,
        options: &'a TrainOptions,
        device: &Device,
        rows: &'a [Row],
    ) -> Self {
        // Where an encoder has adapters, they alone learn.
        let adapted = parameters.values().any(Parameter::is_adapter);
        let trained = |parameter: &Parameter| {
            rate(options, parameter.group) > 0.0
                && parameter.depth.is_none_or(|depth| depth >= options.frozen_layers)
                && !(adapted && parameter.group == ParameterGroup::Encoder && !parameter.is_adapter())
                && !(options.frozen_down && parameter.is_down())
        };
        let trained: HashSet<ParamId> =
            parameters.iter().filter(|(_, parameter)| trained(parameter)).map(|(id, _)| *id).collect();
        let module = parameters::trainable(module, &trained);
        let batches = rows.len().div_ceil(options.batch.max(1));
        let replaces = options.mention_replacement > 0.0;
        Self {
            average: (options.average > 0.0).then(|| Average::new(parameters::weights(&module), options.average)),
            optimizer: Optimizer::new(options, parameters),
            total: options.epochs * batches.div_ceil(options.accumulate.max(1)),
            steps: 0,
            most_rows: usize::MAX,
            mentions: replaces.then(|| Mentions::new(rows, spec.scheme, spec.labels.len())),
            rows,
            device: Device::autodiff(device.clone()),
            pending: VecDeque::new(),
            module,
            parameters,
            spec,
            options,
        }
    }

    /// The rows of every step of an epoch, counted from 1: shuffled, with rows of similar length in one batch, so that
    /// little is padded.
    pub fn order(&self, epoch: usize) -> Vec<Vec<Vec<usize>>> {
        let mut rng = chance::generator(self.options.seed, Purpose::Order, epoch);
        let size = self.options.batch.max(1);
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.shuffle(&mut rng);
        for bucket in order.chunks_mut(size * BUCKET) {
            bucket.sort_by_key(|row| self.rows[*row].pieces.len());
        }
        let mut batches: Vec<Vec<usize>> = order.chunks(size).map(<[usize]>::to_vec).collect();
        batches.shuffle(&mut rng);
        batches.chunks(self.options.accumulate.max(1)).map(<[_]>::to_vec).collect()
    }

    /// One step of the optimizer on the mean gradient of some batches.
    pub fn step(&mut self, batches: &[Vec<usize>]) {
        let place = self.steps;
        self.steps += 1;
        let mut noise = self.noise(place);
        let mut gradients = Flat::new();
        let mut total: Option<Tensor<Backend, 1>> = None;
        for batch in batches {
            for part in batch.chunks(self.most_rows) {
                let share = part.len() as f64 / (batch.len() * batches.len()) as f64;
                let (loss, found) = self.gradients(part, share, &mut noise);
                total = Some(total.map_or(loss.clone(), |sum| sum + loss));
                for (id, gradient) in found {
                    let sum = match gradients.swap_remove(&id) {
                        Some(sum) => sum + gradient,
                        None => gradient,
                    };
                    gradients.insert(id, sum);
                }
            }
        }
        self.pending.extend(total.map(|loss| (self.steps, loss)));
        let share = self.options.share(self.steps, self.total);
        self.module = self.optimizer.step(self.module.clone(), gradients, share);
        if let Some(average) = &mut self.average {
            average.add(parameters::weights(&self.module), self.steps);
        }
    }

    /// Loss and gradients for some rows, as in a step, for nothing; waits for them.
    pub fn rehearse(&self, rows: &[usize]) {
        let (loss, gradients) = self.gradients(rows, 1.0, &mut self.noise(0));
        numbers(loss);
        // The last gradient that comes is that of the lowest layer.
        gradients.first().map(|(_, gradient)| numbers(gradient.clone()));
    }

    /// The chance of step `place`.
    fn noise(&self, place: usize) -> Noise {
        device::seed(&self.device, chance::seed(self.options.seed, Purpose::Device, place));
        Noise {
            rng: chance::generator(self.options.seed, Purpose::Noise, place),
            word_dropout: self.options.word_dropout,
            name_dropout: self.options.name_dropout,
            progress: place as f64 / self.total.max(1) as f64,
        }
    }

    /// A `share` of the loss of some rows, and its gradients.
    fn gradients(&self, rows: &[usize], share: f64, noise: &mut Noise) -> (Tensor<Backend, 1>, Flat) {
        let rows: Vec<Cow<'_, Row>> = rows.iter().map(|row| self.row(*row, noise)).collect();
        let rows: Vec<&Row> = rows.iter().map(AsRef::as_ref).collect();
        let batch = S::collate(self.spec, &rows, Some(noise), &self.device);
        let loss = self.module.loss(self.spec, &batch).mul_scalar(share);
        let value = loss.clone().inner();
        let found = GradientsParams::from_grads(loss.backward(), &self.module);
        (value, parameters::gradients(&self.module, found))
    }

    /// The rows of an epoch.
    pub fn rows(&self) -> &'a [Row] {
        self.rows
    }

    /// Where the weights are, apart from any graph.
    pub fn device(&self) -> Device {
        self.device.inner().clone()
    }

    /// A row as it is, or with other names.
    fn row(&self, row: usize, noise: &mut Noise) -> Cow<'a, Row> {
        let row = &self.rows[row];
        let replace = |mentions: &Mentions| mentions.replaced(row, self.options.mention_replacement, &mut noise.rng);
        self.mentions.as_ref().map(replace).map_or(Cow::Borrowed(row), Cow::Owned)
    }

    /// The losses that can be read without waiting; of all steps if `settle` is set.
    pub fn losses(&mut self, settle: bool) -> Result<Vec<f32>, TrainError> {
        let waiting = if settle || device::is_cpu(&self.device) { 0 } else { IN_FLIGHT };
        let mut losses = Vec::new();
        while self.pending.len() > waiting {
            let Some((step, loss)) = self.pending.pop_front() else { break };
            let loss = numbers(loss).first().copied().unwrap_or(f32::NAN);
            if !loss.is_finite() {
                return Err(TrainError::Diverged { step, loss });
            }
            losses.push(loss);
        }
        Ok(losses)
    }

    /// The weights to score and keep.
    pub fn learned(&self) -> Flat {
        match &self.average {
            Some(average) => average.means().clone(),
            None => parameters::weights(&self.module),
        }
    }

    /// The module with `weights`, ready for use.
    pub fn with(&self, weights: &Flat) -> S {
        parameters::changed(self.module.clone(), &mut &*weights).valid()
    }
}
