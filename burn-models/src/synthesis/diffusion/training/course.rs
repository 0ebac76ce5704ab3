//! The steps of one part of the training, with a running average of its weights and a file to go on from.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use burn::module::{AutodiffModule, Module, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use indexmap::IndexMap;
use rand::seq::SliceRandom;
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use super::{PictureEvent, PictureObserver, PictureTrainingError, Stage};
use crate::device::{Backend, Device};
use crate::systems::ParameterGroup;
use crate::tagging::numbers;
use crate::training::average::Average;
use crate::training::chance::{self, Purpose};
use crate::training::keep::{self, EVERY, KeepError, Set};
use crate::training::optimizer::Optimizer;
use crate::training::parameters::{self, Flat, Parameter};
use crate::training::{Control, TrainOptions};

/// What to do.
pub(super) struct Course {
    pub stage: Stage,
    pub steps: usize,
    pub options: TrainOptions,
    /// File to go on from.
    pub keep: Option<PathBuf>,
    /// What is trained how on what.
    pub fingerprint: String,
}

/// How far an interrupted course is.
#[derive(Serialize, Deserialize)]
struct Reached {
    fingerprint: String,
    step: usize,
}

impl Course {
    /// The rows of `count` that step `step`, counted from 0, is about: all of them before any comes again.
    pub fn rows(&self, count: usize, step: usize) -> Vec<usize> {
        let batch = self.options.batch;
        let mut rows = Vec::with_capacity(batch);
        let (mut order, mut shuffled) = (Vec::new(), None);
        for place in step * batch..(step + 1) * batch {
            let epoch = place / count;
            if shuffled != Some(epoch) {
                order = (0..count).collect();
                order.shuffle(&mut chance::generator(self.options.seed, Purpose::Order, epoch));
                shuffled = Some(epoch);
            }
            rows.push(order[place % count]);
        }
        rows
    }

    /// Makes all steps on the `loss` of the module and the step, counted from 0; the averaged weights, or `None` if
    /// `observe` stopped it.
    pub fn run<M: AutodiffModule<Backend, InnerModule = M>>(
        &self,
        module: M,
        device: &Device,
        mut loss: impl FnMut(&M, usize) -> Tensor<Backend, 1>,
        observe: &mut PictureObserver<'_>,
    ) -> Result<Option<M>, PictureTrainingError> {
        let module = M::from_inner(module);
        let parameters = parameters::list(&module, |_| ParameterGroup::Head);
        let all: HashSet<ParamId> = parameters.keys().copied().collect();
        let module = parameters::trainable(module, &all);
        let average = Average::new(parameters::weights(&module), self.options.average);
        let optimizer = Optimizer::new(&self.options, &parameters);
        let mut run = Run { module, average, optimizer, parameters: &parameters, step: 0 };
        if self.resume(&mut run, device)? {
            let event = PictureEvent::Resumed { stage: self.stage, step: run.step };
            if observe(event) == Control::Stop {
                return Ok(None);
            }
        }
        let (begun, from, mut kept) = (Instant::now(), run.step, Instant::now());
        while run.step < self.steps {
            let loss = run.advance(self, &mut loss)?;
            let (made, open) = (run.step - from, self.steps - run.step);
            let left = begun.elapsed().mul_f64(open as f64 / made as f64);
            let stopped = observe(self.told(run.step, loss, left)) == Control::Stop;
            if stopped || run.step == self.steps || kept.elapsed() >= EVERY {
                kept = Instant::now();
                if let Err(error) = self.save(&run) {
                    observe(PictureEvent::NotKept { reason: error.to_string() });
                }
            }
            if stopped {
                return Ok(None);
            }
        }
        let mut means = run.average.means();
        Ok(Some(parameters::changed(run.module, &mut means).valid()))
    }

    fn told(&self, step: usize, loss: f32, left: Duration) -> PictureEvent {
        PictureEvent::Step { stage: self.stage, step, steps: self.steps, loss, left }
    }

    /// Brings `run` to where an interrupted one was; false where there was none.
    fn resume<M: Module<Backend>>(&self, run: &mut Run<'_, M>, device: &Device) -> Result<bool, KeepError> {
        let Some(path) = &self.keep else { return Ok(false) };
        let Some((reached, bytes)) = keep::read::<Reached>(path)? else { return Ok(false) };
        if reached.fingerprint != self.fingerprint {
            return Err(KeepError::Other(path.clone()));
        }
        let broken = |message: String| KeepError::Broken { path: path.clone(), message };
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| broken(error.to_string()))?;
        let mut weights = Flat::new();
        for (id, Parameter { path, size, .. }) in run.parameters {
            let read = |set: Set| keep::read_tensor(&tensors, &set.key(path), device).filter(|x| x.dims() == [*size]);
            let missing = || broken(format!("`{path}` is missing"));
            weights.insert(*id, read(Set::Weights).ok_or_else(missing)?);
            run.average.restore(*id, read(Set::Average).ok_or_else(missing)?);
            if let (Some(first), Some(second)) = (read(Set::First), read(Set::Second)) {
                run.optimizer.restore(*id, [first, second], reached.step);
            }
        }
        run.module = parameters::changed(run.module.clone(), &mut &weights);
        run.step = reached.step;
        Ok(true)
    }

    fn save<M: Module<Backend>>(&self, run: &Run<'_, M>) -> std::io::Result<()> {
        let Some(path) = &self.keep else { return Ok(()) };
        let mut tensors = Vec::new();
        let mut add = |set: Set, id: ParamId, tensor: Tensor<Backend, 1>| {
            tensors.extend(run.parameters.get(&id).map(|parameter| (set.key(&parameter.path), tensor)));
        };
        parameters::weights(&run.module).into_iter().for_each(|(id, weight)| add(Set::Weights, id, weight));
        run.average.means().iter().for_each(|(id, mean)| add(Set::Average, *id, mean.clone()));
        for (id, [first, second], _) in run.optimizer.moments() {
            add(Set::First, id, first);
            add(Set::Second, id, second);
        }
        keep::write(path, &Reached { fingerprint: self.fingerprint.clone(), step: run.step }, tensors)
    }
}

/// A course that is under way.
struct Run<'a, M> {
    /// On the autodiff twin of the device.
    module: M,
    average: Average,
    optimizer: Optimizer<'a>,
    parameters: &'a IndexMap<ParamId, Parameter>,
    /// Steps made.
    step: usize,
}

impl<M: AutodiffModule<Backend>> Run<'_, M> {
    /// Makes a step; its loss.
    fn advance(
        &mut self,
        course: &Course,
        loss: &mut impl FnMut(&M, usize) -> Tensor<Backend, 1>,
    ) -> Result<f32, PictureTrainingError> {
        let loss = loss(&self.module, self.step);
        self.step += 1;
        let value = numbers(loss.clone().inner()).first().copied().unwrap_or(f32::NAN);
        if !value.is_finite() {
            return Err(PictureTrainingError::Diverged { stage: course.stage, step: self.step, loss: value });
        }
        let found = GradientsParams::from_grads(loss.backward(), &self.module);
        let gradients = parameters::gradients(&self.module, found);
        let share = course.options.share(self.step, course.steps);
        self.module = self.optimizer.step(self.module.clone(), gradients, share);
        self.average.add(parameters::weights(&self.module), self.step);
        Ok(value)
    }
}
