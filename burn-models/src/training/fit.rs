//! The loop over epochs and steps: learn, score, keep the best, tell about it, stop when asked.

use std::path::Path;
use std::time::{Duration, Instant};

use super::keep::{Keeper, Progress};
use super::options::TrainOptions;
use super::parameters::{self, Flat};
use super::report::{Control, Observer, TrainError, TrainEvent, TrainReport, TrainingData};
use super::session::Session;
use super::verdict::{self, Verdict};
use crate::device::{self, Device};
use crate::input::Item;
use crate::layers::projection::Products;
use crate::model::{Prepared, prepare};
use crate::systems::{Spec, System};

/// Trains `module` and returns the model of the best epoch by validation F1 (the first of equals), or of the last
/// epoch without validation data, with its configuration where something in it was settled on the validation data.
///
/// With a file `keep` it goes on from where an interrupted training of the same kind was, and leaves there what is
/// needed to go on; removing the file is the caller's part.
pub fn fit<S: System>(
    module: S,
    spec: &Spec<S::Config>,
    data: &TrainingData,
    options: &TrainOptions,
    keep: Option<&Path>,
    device: &Device,
    observe: &mut Observer<'_>,
) -> Result<(S, Option<S::Config>, TrainReport), TrainError> {
    let Some((train, valid)) = prepare_all::<S>(spec, data, observe) else {
        return Ok((module, None, TrainReport { stopped: true, ..TrainReport::default() }));
    };
    if train.rows.is_empty() {
        return Err(TrainError::NoData);
    }
    let module = S::from_inner(multiplying(module, spec, options.products));
    let parameters = parameters::list(&module, S::group);
    let session = Session::new(module, &parameters, spec, options, device, &train.rows);
    let keeper = keep.map(|path| Keeper::new::<S>(path, spec, data, options));
    let course = Course { spec, options, device, valid: &valid, valid_items: &data.valid };
    let mut fitting = Fitting { session, keeper, best: None, progress: Progress::default(), begun: Instant::now() };
    let stopped = fitting.resume(observe)? == Control::Stop
        || fitting.warm_up(device, observe)? == Control::Stop
        || fitting.epochs(&course, observe)? == Control::Stop;
    let mut report = fitting.report();
    report.stopped = stopped;
    report.beyond_flat = data.train.iter().map(|item| item.example.beyond_flat()).sum();
    let problems = [(&data.train, &train), (&data.valid, &valid)];
    report.image_problems =
        problems.into_iter().flat_map(|(items, prepared)| image_problems(items, prepared)).collect();
    let learned = fitting.best.unwrap_or_else(|| fitting.session.learned());
    let module = multiplying(fitting.session.with(&learned), spec, Products::F32);
    let settled = verdict::settle(&module, spec, &data.valid, &valid, device, &mut |_| Control::Continue);
    let config = settled.map(|spec| spec.config.clone());
    Ok((module, config, report))
}

/// The module with the products of its published text encoder, if it has one, computed in these numbers.
pub(crate) fn multiplying<S: System>(mut module: S, spec: &Spec<S::Config>, products: Products) -> S {
    if let Some(published) = module.published(&mut spec.config.clone()) {
        published.multiply_in(products);
    }
    module
}

fn prepare_all<S: System>(
    spec: &Spec<S::Config>,
    data: &TrainingData,
    observe: &mut Observer<'_>,
) -> Option<(Prepared, Prepared)> {
    let total = data.train.len() + data.valid.len();
    let mut done = 0;
    let mut prepare_part = |items: &[Item]| {
        prepare::<S>(spec, items, &mut || {
            done += 1;
            observe(TrainEvent::Preparing { done, total })
        })
    };
    Some((prepare_part(&data.train)?, prepare_part(&data.valid)?))
}

fn image_problems<'a>(items: &'a [Item], prepared: &'a Prepared) -> impl Iterator<Item = (String, String)> + 'a {
    prepared.problems.iter().map(|(item, problem)| (items[*item].example.id.clone(), problem.clone()))
}

/// What a training is given and does not change.
struct Course<'a, S: System> {
    spec: &'a Spec<S::Config>,
    options: &'a TrainOptions,
    device: &'a Device,
    valid: &'a Prepared,
    valid_items: &'a [Item],
}

struct Fitting<'a, S: System> {
    session: Session<'a, S>,
    keeper: Option<Keeper>,
    best: Option<Flat>,
    progress: Progress,
    begun: Instant,
}

impl<S: System> Fitting<'_, S> {
    fn resume(&mut self, observe: &mut Observer<'_>) -> Result<Control, TrainError> {
        let Some(keeper) = &self.keeper else { return Ok(Control::Continue) };
        let Some((progress, best)) = keeper.resume(&mut self.session)? else { return Ok(Control::Continue) };
        (self.progress, self.best) = (progress, best);
        Ok(observe(TrainEvent::Resumed { step: self.session.steps, epoch: self.progress.epochs + 1 }))
    }

    /// On the CPU there is nothing to compile.
    fn warm_up(&mut self, device: &Device, observe: &mut Observer<'_>) -> Result<Control, TrainError> {
        if device::is_cpu(device) { Ok(Control::Continue) } else { self.session.warm_up(observe) }
    }

    fn epochs(&mut self, course: &Course<'_, S>, observe: &mut Observer<'_>) -> Result<Control, TrainError> {
        let (epochs, patience) = (course.options.epochs, course.options.patience);
        let pace = Pace { since: Instant::now(), from: self.session.steps };
        while self.progress.epochs < epochs && patience.is_none_or(|patience| self.progress.without_gain < patience) {
            if self.steps(&pace, observe)? == Control::Stop {
                self.keep(observe)?;
                return Ok(Control::Stop);
            }
            self.read_losses(true)?;
            let Some(control) = self.judge(course, observe) else {
                self.keep(observe)?;
                return Ok(Control::Stop);
            };
            let losses = std::mem::take(&mut self.progress.losses);
            self.progress.report.losses.push(losses.iter().sum::<f32>() / losses.len().max(1) as f32);
            self.progress.epochs += 1;
            self.progress.steps = 0;
            self.keep(observe)?;
            if control == Control::Stop {
                return Ok(Control::Stop);
            }
        }
        Ok(Control::Continue)
    }

    /// What is left of the current epoch.
    fn steps(&mut self, pace: &Pace, observe: &mut Observer<'_>) -> Result<Control, TrainError> {
        let epoch = self.progress.epochs + 1;
        for batches in self.session.order(epoch).iter().skip(self.progress.steps) {
            self.session.step(batches);
            self.progress.steps += 1;
            self.read_losses(false)?;
            let (step, total) = (self.session.steps, self.session.total);
            if let Some(loss) = self.progress.losses.last().copied() {
                let event = TrainEvent::Step { step, total, epoch, loss, left: pace.left(step, total) };
                if observe(event) == Control::Stop {
                    return Ok(Control::Stop);
                }
            }
            if self.keeper.as_ref().is_some_and(Keeper::is_due) {
                self.keep(observe)?;
            }
        }
        Ok(Control::Continue)
    }

    fn read_losses(&mut self, settle: bool) -> Result<(), TrainError> {
        self.progress.losses.extend(self.session.losses(settle)?);
        Ok(())
    }

    /// Scores the validation data and remembers the weights if they are the best so far; `None` if that was stopped.
    fn judge(&mut self, course: &Course<'_, S>, observe: &mut Observer<'_>) -> Option<Control> {
        if course.valid.rows.is_empty() {
            return Some(Control::Continue);
        }
        let learned = self.session.learned();
        let module = self.session.with(&learned);
        let Verdict { f1, scores } = evaluate(&module, course, observe)?;
        let report = &mut self.progress.report;
        let better = report.f1.iter().all(|before| f1 > *before);
        report.f1.push(f1);
        self.progress.without_gain += 1;
        if better {
            report.best = Some(scores.clone());
            report.best_step = self.session.steps;
            self.best = Some(learned);
            self.progress.without_gain = 0;
        }
        let (step, epoch) = (self.session.steps, self.progress.epochs + 1);
        Some(observe(TrainEvent::Evaluated { step, epoch, f1, scores }))
    }

    /// A training that cannot be kept goes on: what it has learned so far is worth more.
    fn keep(&mut self, observe: &mut Observer<'_>) -> Result<(), TrainError> {
        self.read_losses(true)?;
        let report = self.report();
        let Some(keeper) = &mut self.keeper else { return Ok(()) };
        self.progress.report = report;
        self.begun = Instant::now();
        if let Err(error) = keeper.save(&self.session, &self.progress, self.best.as_ref()) {
            observe(TrainEvent::NotKept { reason: error.to_string() });
        }
        Ok(())
    }

    fn report(&self) -> TrainReport {
        let mut report = self.progress.report.clone();
        report.steps = self.session.steps;
        report.seconds += self.begun.elapsed().as_secs_f64();
        if report.best.is_none() {
            report.best_step = report.steps;
        }
        report
    }
}

/// How long the steps take.
struct Pace {
    since: Instant,
    from: usize,
}

impl Pace {
    fn left(&self, step: usize, total: usize) -> Duration {
        self.since.elapsed().mul_f64(total.saturating_sub(step) as f64 / step.saturating_sub(self.from).max(1) as f64)
    }
}

fn evaluate<S: System>(module: &S, course: &Course<'_, S>, observe: &mut Observer<'_>) -> Option<Verdict> {
    let total = course.valid.rows.len();
    let observe = &mut |done| observe(TrainEvent::Evaluating { done, total });
    verdict::judge(module, course.spec, course.valid_items, course.valid, course.device, observe)
}
