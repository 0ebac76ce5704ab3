//! Euler's method (Karras et al. 2022, algorithm 1 without the correction), on latents whose signal is not scaled down.

use super::config::{Prediction, SchedulerConfig};
use super::noise::{between, sigmas};
use super::spacing::{Spacing, leading, linspace, trailing};
use super::{Schedule, Step};

pub(super) fn schedule(config: &SchedulerConfig, steps: usize) -> Schedule {
    let all = config.train_steps;
    let times = match config.timestep_spacing {
        // Not rounded: the model is asked between the times of training. Of 32 bits, as the reference has them.
        Spacing::Linspace => linspace((all - 1) as f64, steps).into_iter().map(|time| f64::from(time as f32)).collect(),
        Spacing::Leading => leading(all / steps, steps, config.steps_offset),
        Spacing::Trailing => trailing(all, all, steps),
    };
    let table = sigmas(&config.finite_signal());
    let mut noise: Vec<f64> = times.iter().map(|time| between(&table, *time)).collect();
    noise.push(if config.ends_with_noise { table[0] } else { 0.0 });
    let largest = noise.iter().copied().fold(0.0, f64::max);
    let start = if config.timestep_spacing == Spacing::Leading { largest.hypot(1.0) } else { largest };
    let steps = times.iter().zip(noise.windows(2)).map(|(time, noise)| step(config, *time, noise[0], noise[1]));
    Schedule { start, steps: steps.collect() }
}

fn step(config: &SchedulerConfig, timestep: f64, sigma: f64, next: f64) -> Step {
    let length = sigma.hypot(1.0);
    let clean = match config.prediction_type {
        Prediction::Epsilon => [1.0, -sigma],
        Prediction::VPrediction => [1.0 / length.powi(2), -sigma / length],
    };
    let kept = next / sigma;
    Step { timestep, input: 1.0 / length, clean, clip: None, next: [kept, 0.0, 1.0 - kept, 0.0] }
}
