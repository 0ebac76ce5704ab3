//! How a picture is taken out of noise: at which times the model is asked, and what its answer does to the latent.
//!
//! All three schedulers are linear: a step is a handful of factors, computed once on the host in 64 bits.

mod config;
mod ddim;
mod dpm;
mod euler;
mod noise;
mod spacing;
mod step;

#[cfg(test)]
mod tests;

pub use config::{Prediction, SchedulerConfig, SchedulerKind};
pub use spacing::Spacing;
pub use step::{Advanced, Step};

use super::DiffusionError;

/// All steps from noise to a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Standard deviation of the noise that the first step expects.
    pub start: f64,
    /// The steps, the noisiest first.
    pub steps: Vec<Step>,
}

impl Schedule {
    /// The steps of `config` when there are to be `steps` of them; trailing times may need one more.
    pub fn new(config: &SchedulerConfig, steps: usize) -> Result<Self, DiffusionError> {
        let refused = |reason: String| DiffusionError::Steps { steps, reason };
        let most = config.train_steps;
        if !(1..=most).contains(&steps) {
            return Err(refused(format!("there must be 1 to {most}, the times at which the model was trained")));
        }
        let schedule = match config.kind {
            SchedulerKind::Ddim => ddim::schedule(config, steps),
            SchedulerKind::Euler => euler::schedule(config, steps),
            SchedulerKind::Dpm => dpm::schedule(config, steps),
        };
        let last = (most - 1) as f64;
        if let Some(step) = schedule.steps.iter().find(|step| !(0.0..=last).contains(&step.timestep)) {
            return Err(refused(format!("the time {} is outside of 0 to {last}; take fewer steps", step.timestep)));
        }
        if schedule.steps.is_empty() || !schedule.steps.iter().all(Step::is_finite) {
            let reason = "some factor is no finite number; noise without any signal asks for a model of velocities";
            return Err(refused(reason.to_owned()));
        }
        Ok(schedule)
    }
}
