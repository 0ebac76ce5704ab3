//! `AdamW` (Loshchilov and Hutter 2019) with a learning rate per group, no decay of biases and normalisations, and one
//! limit for the norm of all gradients together.

use burn::module::{Module, ParamId};
use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, SimpleOptimizer};
use burn::tensor::Tensor;
use indexmap::IndexMap;
use spanlight_kernels::EPSILON;

use super::one_pass;
use super::options::TrainOptions;
use super::parameters::{Change, Flat, Parameter, changed};
use crate::device::{self, Backend};
use crate::systems::ParameterGroup;
use crate::tagging::numbers;

/// The moments of one parameter.
type State = AdamWState<Backend, 1>;

pub struct Optimizer<'a> {
    options: &'a TrainOptions,
    parameters: &'a IndexMap<ParamId, Parameter>,
    decaying: AdamW,
    plain: AdamW,
    states: IndexMap<ParamId, State>,
}

impl<'a> Optimizer<'a> {
    pub fn new(options: &'a TrainOptions, parameters: &'a IndexMap<ParamId, Parameter>) -> Self {
        let adam = |decay| AdamWConfig::new().with_epsilon(EPSILON).with_weight_decay(decay).build();
        let (decaying, plain) = (adam(options.weight_decay), adam(0.0));
        Self { options, parameters, decaying, plain, states: IndexMap::new() }
    }

    /// One step along `gradients` at `share` of the peak rates.
    pub fn step<M: Module<Backend>>(&mut self, module: M, gradients: Flat, share: f64) -> M {
        let gradients = clipped(gradients, self.options.clip);
        changed(module, &mut Step { optimizer: self, gradients, share })
    }

    /// First and second moments and the number of steps that each parameter made.
    pub fn moments(&self) -> impl Iterator<Item = (ParamId, [Tensor<Backend, 1>; 2], usize)> {
        self.states.iter().map(|(id, state)| {
            let momentum = &state.momentum;
            (*id, [momentum.moment_1.clone(), momentum.moment_2.clone()], momentum.time)
        })
    }

    /// Takes a parameter's moments over from an earlier run.
    pub fn restore(&mut self, id: ParamId, [first, second]: [Tensor<Backend, 1>; 2], steps: usize) {
        self.states.insert(id, State::new(AdaptiveMomentumState::new(steps, first, second)));
    }
}

/// Peak learning rate of a group; 0 means frozen.
pub fn rate(options: &TrainOptions, group: ParameterGroup) -> f64 {
    match group {
        ParameterGroup::Encoder => options.encoder_rate,
        ParameterGroup::Head => options.head_rate,
        ParameterGroup::Crf => options.crf_rate,
    }
}

struct Step<'a, 'b> {
    optimizer: &'b mut Optimizer<'a>,
    gradients: Flat,
    share: f64,
}

impl Change for Step<'_, '_> {
    fn concerns(&self, id: ParamId) -> bool {
        self.gradients.contains_key(&id)
    }

    fn change(&mut self, id: ParamId, old: Tensor<Backend, 1>) -> Tensor<Backend, 1> {
        let known = self.optimizer.parameters.get(&id);
        let (Some(gradient), Some(parameter)) = (self.gradients.swap_remove(&id), known) else { return old };
        let rate = self.share * rate(self.optimizer.options, parameter.group);
        // Taken out, moments can be changed in place.
        let state = self.optimizer.states.swap_remove(&id);
        if device::is_cpu(&old.device()) {
            let decay = if parameter.decays { f64::from(self.optimizer.options.weight_decay) } else { 0.0 };
            let time = state.as_ref().map_or(0, |state| state.momentum.time) + 1;
            let moments = state.map(|state| [state.momentum.moment_1, state.momentum.moment_2]);
            let Some((new, moments)) = one_pass::step(old.clone(), gradient, moments, time, [rate, decay]) else {
                return old;
            };
            self.optimizer.restore(id, moments, time);
            return new;
        }
        let adam = if parameter.decays { &self.optimizer.decaying } else { &self.optimizer.plain };
        let (new, state) = adam.step(rate, old, gradient, state);
        self.optimizer.states.extend(state.map(|state| (id, state)));
        new
    }
}

/// Gradients scaled so that their common norm is at most `limit`.
fn clipped(mut gradients: Flat, limit: f64) -> Flat {
    let squares = gradients.values().map(|gradient| gradient.clone().square().sum()).reduce(|sum, next| sum + next);
    let Some(squares) = squares else { return gradients };
    let factor = squares.sqrt().add_scalar(1e-6).recip().mul_scalar(limit).clamp_max(1.0);
    if device::is_cpu(&factor.device()) {
        // Reading costs nothing here, and mostly there is nothing to scale.
        let factor = numbers(factor).first().copied().unwrap_or(1.0);
        if factor < 1.0 {
            gradients.values_mut().for_each(|gradient| *gradient = gradient.clone().mul_scalar(factor));
        }
        return gradients;
    }
    // The factor stays on the device: reading it would wait for the whole step.
    gradients.values_mut().for_each(|gradient| *gradient = gradient.clone() * factor.clone());
    gradients
}
