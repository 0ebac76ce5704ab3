//! One trainer for all systems: epochs or a few incremental steps, schedule, evaluation, stop.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use burn::module::{ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::{AdamWConfig, GradientsParams, Optimizer};
use burn::tensor::Tensor;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::device::{self, Backend, Device};
use crate::input::{Item, Noise, Row};
use crate::metrics::Scores;
use crate::model::{Prepared, prepare, score};
use crate::systems::{ParameterGroup, Spec, System};
use crate::tagging::numbers;

/// How to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainOptions {
    /// Passes over the training data.
    pub epochs: usize,
    /// Rows of one step.
    pub batch: usize,
    /// Peak learning rate of the encoders; 0 freezes them.
    pub encoder_rate: f64,
    /// Peak learning rate of what is built on them.
    pub head_rate: f64,
    /// Peak learning rate of the transition scores.
    pub crf_rate: f64,
    /// Share of the steps over which the rates rise; afterwards they fall linearly to zero.
    pub warmup: f64,
    /// Weight decay of `AdamW`.
    pub weight_decay: f32,
    /// Largest norm of all gradients together.
    pub clip: f64,
    /// Share of ordinary words made unknown in a step.
    pub word_dropout: f32,
    /// Share of name words made unknown in a step.
    pub name_dropout: f32,
    /// Stop after so many evaluations without a better F1.
    pub patience: Option<usize>,
    /// Seed of everything that is left to chance.
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch: 16,
            encoder_rate: 1e-4,
            head_rate: 1e-3,
            crf_rate: 1e-2,
            warmup: 0.1,
            weight_decay: 0.01,
            clip: 5.0,
            word_dropout: 0.1,
            name_dropout: 0.5,
            patience: None,
            seed: 1,
        }
    }
}

/// What to train on and what to judge by.
#[derive(Clone, Debug, Default)]
pub struct TrainingData {
    /// Gold to learn from.
    pub train: Vec<Item>,
    /// Gold that is never trained on; chooses the best epoch.
    pub valid: Vec<Item>,
}

/// A sign of life of the trainer.
#[derive(Clone, Debug)]
pub enum TrainEvent {
    /// Images are decoded and words split.
    Preparing {
        /// Tweets ready.
        done: usize,
        /// Tweets in all.
        total: usize,
    },
    /// A step was made.
    Step {
        /// Steps made.
        step: usize,
        /// Steps in all.
        total: usize,
        /// Pass over the data, from 1.
        epoch: usize,
        /// Loss of the step's batch.
        loss: f32,
        /// Estimate of the time left.
        left: Duration,
    },
    /// The validation data is being scored.
    Evaluating {
        /// Rows scored.
        done: usize,
        /// Rows in all.
        total: usize,
    },
    /// The validation data was scored.
    Evaluated {
        /// Steps made.
        step: usize,
        /// Passes over the data made.
        epoch: usize,
        /// The scores.
        scores: Scores,
    },
}

/// Whether to go on; asked after every event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop now and keep the best model so far.
    Stop,
}

/// What the trainer tells and asks while it works.
pub type Observer<'a> = dyn FnMut(TrainEvent) -> Control + 'a;

/// How a training went.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TrainReport {
    /// Steps made.
    pub steps: usize,
    /// Steps after which the kept model stood.
    pub best_step: usize,
    /// Its scores on the validation data, where there is any.
    pub best: Option<Scores>,
    /// Mean loss of every epoch.
    pub losses: Vec<f32>,
    /// F1 on the validation data after every epoch.
    pub f1: Vec<f64>,
    /// Whether it was stopped from outside.
    pub stopped: bool,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Tweets whose image could not be used, with the reason.
    pub image_problems: Vec<(String, String)>,
}

/// Why a training failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// Nothing to learn from.
    #[error("there is no tweet with words to train on")]
    NoData,
    /// The loss is no number any more.
    #[error("the loss became {loss} at step {step}: try lower learning rates")]
    Diverged {
        /// The step.
        step: usize,
        /// The loss.
        loss: f32,
    },
}

/// Trains `module` and returns the model of the best epoch by validation F1 (the first of equals), or of the last
/// epoch without validation data.
pub(crate) fn fit<S: System>(
    module: S,
    spec: &Spec<S::Config>,
    data: &TrainingData,
    options: &TrainOptions,
    device: &Device,
    observe: &mut Observer<'_>,
) -> Result<(S, TrainReport), TrainError> {
    let begun = Instant::now();
    let mut report = TrainReport::default();
    let total = data.train.len() + data.valid.len();
    let mut prepared_so_far = 0;
    let mut prepare_part = |items: &[Item]| {
        prepare::<S>(spec, items, &mut || {
            prepared_so_far += 1;
            observe(TrainEvent::Preparing { done: prepared_so_far, total })
        })
    };
    let (train, valid) = (prepare_part(&data.train), prepare_part(&data.valid));
    let (Some(train), Some(valid)) = (train, valid) else {
        return Ok((module, TrainReport { stopped: true, ..report }));
    };
    if train.rows.is_empty() {
        return Err(TrainError::NoData);
    }
    for (items, prepared) in [(&data.train, &train), (&data.valid, &valid)] {
        let problems =
            prepared.problems.iter().map(|(item, problem)| (items[*item].example.id.clone(), problem.clone()));
        report.image_problems.extend(problems);
    }

    let mut session = Session::new(module, spec, options, device, train.rows.len());
    let mut best: Option<S> = None;
    let mut without_gain = 0;
    'epochs: for epoch in 1..=options.epochs {
        let mut losses = Vec::new();
        for batch in session.batches(&train.rows) {
            let rows: Vec<&Row> = batch.iter().map(|row| &train.rows[*row]).collect();
            let loss = session.step(&rows)?;
            losses.push(loss);
            report.steps = session.steps;
            let left = session.left(begun.elapsed());
            let event = TrainEvent::Step { step: session.steps, total: session.total, epoch, loss, left };
            if observe(event) == Control::Stop {
                report.stopped = true;
                break 'epochs;
            }
        }
        report.losses.push(losses.iter().sum::<f32>() / losses.len().max(1) as f32);
        if valid.rows.is_empty() {
            continue;
        }
        let Some(scores) = evaluate(&session.module.valid(), spec, &data.valid, &valid, device, observe) else {
            report.stopped = true;
            break;
        };
        let f1 = scores.overall.f1();
        report.f1.push(f1);
        without_gain += 1;
        if report.best.as_ref().is_none_or(|best| f1 > best.overall.f1()) {
            report.best = Some(scores.clone());
            report.best_step = session.steps;
            best = Some(session.module.valid());
            without_gain = 0;
        }
        let event = TrainEvent::Evaluated { step: session.steps, epoch, scores };
        if observe(event) == Control::Stop {
            report.stopped = true;
            break;
        }
        if options.patience.is_some_and(|patience| without_gain >= patience) {
            break;
        }
    }
    if best.is_none() {
        report.best_step = session.steps;
    }
    report.seconds = begun.elapsed().as_secs_f64();
    Ok((best.unwrap_or_else(|| session.module.valid()), report))
}

fn evaluate<S: System>(
    module: &S,
    spec: &Spec<S::Config>,
    items: &[Item],
    prepared: &Prepared,
    device: &Device,
    observe: &mut Observer<'_>,
) -> Option<Scores> {
    let total = prepared.rows.len();
    score(module, spec, items, prepared, device, &mut |done| observe(TrainEvent::Evaluating { done, total }))
}

/// Weights, optimizer and chance of a running training.
struct Session<'a, S: System> {
    module: S,
    spec: &'a Spec<S::Config>,
    options: &'a TrainOptions,
    device: Device,
    optimizer: burn::optim::adaptor::OptimizerAdaptor<burn::optim::AdamW, S, Backend>,
    groups: HashMap<ParamId, ParameterGroup>,
    noise: Noise,
    steps: usize,
    total: usize,
}

impl<'a, S: System> Session<'a, S> {
    fn new(module: S, spec: &'a Spec<S::Config>, options: &'a TrainOptions, device: &Device, rows: usize) -> Self {
        let device = Device::autodiff(device.clone());
        device::seed(&device, options.seed);
        let module = S::from_inner(module);
        let groups = parameter_groups(&module);
        let frozen = |id: &ParamId| groups.get(id).is_none_or(|group| rate(options, *group) <= 0.0);
        let module = module.map(&mut Trainable { frozen });
        let noise = Noise {
            rng: StdRng::seed_from_u64(options.seed),
            word_dropout: options.word_dropout,
            name_dropout: options.name_dropout,
        };
        let optimizer = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(options.weight_decay).init();
        let total = options.epochs * rows.div_ceil(options.batch.max(1));
        Self { module, spec, options, device, optimizer, groups, noise, steps: 0, total }
    }

    /// A shuffled epoch: rows of similar length together, so that little is padded.
    fn batches(&mut self, rows: &[Row]) -> Vec<Vec<usize>> {
        let size = self.options.batch.max(1);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.shuffle(&mut self.noise.rng);
        for bucket in order.chunks_mut(size * 16) {
            bucket.sort_by_key(|row| rows[*row].pieces.len());
        }
        let mut batches: Vec<Vec<usize>> = order.chunks(size).map(<[usize]>::to_vec).collect();
        batches.shuffle(&mut self.noise.rng);
        batches
    }

    fn step(&mut self, rows: &[&Row]) -> Result<f32, TrainError> {
        let batch = S::collate(self.spec, rows, Some(&mut self.noise), &self.device);
        let loss = self.module.loss(self.spec, &batch);
        let value = numbers(loss.clone()).first().copied().unwrap_or(f32::NAN);
        self.steps += 1;
        if !value.is_finite() {
            return Err(TrainError::Diverged { step: self.steps, loss: value });
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &self.module);
        let schedule = self.schedule();
        for (group, part) in clipped(&self.module, gradients, &self.groups, self.options.clip) {
            self.module = self.optimizer.step(schedule * rate(self.options, group), self.module.clone(), part);
        }
        Ok(value)
    }

    /// Share of the peak rate at the current step.
    fn schedule(&self) -> f64 {
        let (step, total) = (self.steps as f64, self.total.max(1) as f64);
        let rising = (self.options.warmup * total).max(1.0);
        if step <= rising { step / rising } else { ((total - step + 1.0) / (total - rising + 1.0)).max(0.0) }
    }

    fn left(&self, elapsed: Duration) -> Duration {
        elapsed.mul_f64(self.total.saturating_sub(self.steps) as f64 / self.steps.max(1) as f64)
    }
}

/// Peak learning rate of a group; 0 means frozen.
fn rate(options: &TrainOptions, group: ParameterGroup) -> f64 {
    match group {
        ParameterGroup::Encoder => options.encoder_rate,
        ParameterGroup::Head => options.head_rate,
        ParameterGroup::Crf => options.crf_rate,
    }
}

/// Makes every parameter collect gradients unless its group is frozen.
struct Trainable<F> {
    frozen: F,
}

impl<F: Fn(&ParamId) -> bool> ModuleMapper<Backend> for Trainable<F> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<Backend, D>>) -> Param<Tensor<Backend, D>> {
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, tensor.set_require_grad(!(self.frozen)(&id)), mapper)
    }
}

/// The group of every float parameter.
fn parameter_groups<S: System>(module: &S) -> HashMap<ParamId, ParameterGroup> {
    struct Names {
        path: Vec<String>,
        groups: HashMap<ParamId, ParameterGroup>,
        group: fn(&str) -> ParameterGroup,
    }
    impl ModuleVisitor<Backend> for Names {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Backend, D>>) {
            self.groups.insert(param.id, (self.group)(&self.path.join(".")));
        }
    }
    let mut names = Names { path: Vec::new(), groups: HashMap::new(), group: S::group };
    module.visit(&mut names);
    names.groups
}

/// Gradients scaled so that their common norm is at most `limit`, by group.
fn clipped<S: System>(
    module: &S,
    gradients: GradientsParams,
    groups: &HashMap<ParamId, ParameterGroup>,
    limit: f64,
) -> Vec<(ParameterGroup, GradientsParams)> {
    struct Norm<'a> {
        gradients: &'a GradientsParams,
        squares: Option<Tensor<Backend, 1>>,
    }
    impl ModuleVisitor<Backend> for Norm<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Backend, D>>) {
            let Some(gradient) = self.gradients.get::<Backend, D>(param.id) else { return };
            let square = gradient.square().sum();
            self.squares = Some(match self.squares.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
    struct Split<'a> {
        gradients: GradientsParams,
        factor: Tensor<Backend, 1>,
        groups: &'a HashMap<ParamId, ParameterGroup>,
        parts: Vec<(ParameterGroup, GradientsParams)>,
    }
    impl ModuleVisitor<Backend> for Split<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Backend, D>>) {
            let (Some(gradient), Some(group)) =
                (self.gradients.remove::<Backend, D>(param.id), self.groups.get(&param.id))
            else {
                return;
            };
            let gradient = gradient * self.factor.clone().unsqueeze();
            let part = self.parts.iter_mut().find(|(other, _)| other == group);
            if let Some((_, part)) = part {
                part.register(param.id, gradient);
            } else {
                let mut part = GradientsParams::new();
                part.register(param.id, gradient);
                self.parts.push((*group, part));
            }
        }
    }
    let mut norm = Norm { gradients: &gradients, squares: None };
    module.visit(&mut norm);
    let Some(squares) = norm.squares else { return Vec::new() };
    // The factor stays on the device: reading it would wait for the whole step.
    let factor = squares.sqrt().add_scalar(1e-6).recip().mul_scalar(limit).clamp_max(1.0);
    let mut split = Split { gradients, factor, groups, parts: Vec::new() };
    module.visit(&mut split);
    split.parts
}
