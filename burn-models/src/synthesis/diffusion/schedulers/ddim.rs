//! DDIM (Song et al. 2021, eq. 12) without added noise.

use super::config::{Prediction, SchedulerConfig};
use super::spacing::{Spacing, leading, linspace, trailing};
use super::{Schedule, Step};

pub(super) fn schedule(config: &SchedulerConfig, steps: usize) -> Schedule {
    let all = config.train_steps;
    let times = match config.timestep_spacing {
        Spacing::Linspace => linspace((all - 1) as f64, steps).into_iter().map(f64::round_ties_even).collect(),
        Spacing::Leading => leading(all / steps, steps, config.steps_offset),
        Spacing::Trailing => trailing(all, all, steps),
    };
    let gap = (all / steps) as f64;
    Schedule { start: 1.0, steps: times.into_iter().map(|time| step(config, time, time - gap)).collect() }
}

/// From the whole time `now` to `next`, which may lie before the first.
fn step(config: &SchedulerConfig, now: f64, next: f64) -> Step {
    let signal = |time: f64| config.signal.get(time as usize).map_or(f64::NAN, |signal| f64::from(*signal));
    let last = if config.set_alpha_to_one { 1.0 } else { signal(0.0) };
    let signal_next = if next < 0.0 { last } else { signal(next) };
    let [alpha, sigma] = [signal(now).sqrt(), (1.0 - signal(now)).sqrt()];
    let [alpha_next, sigma_next] = [signal_next.sqrt(), (1.0 - signal_next).sqrt()];
    // The noise in the latent, of the latent and the answer.
    let noise = match config.prediction_type {
        Prediction::Epsilon => [0.0, 1.0],
        Prediction::VPrediction => [sigma, alpha],
    };
    Step {
        timestep: now,
        input: 1.0,
        clean: config.clean(alpha, sigma),
        clip: config.clip_sample,
        next: [sigma_next * noise[0], sigma_next * noise[1], alpha_next, 0.0],
    }
}
