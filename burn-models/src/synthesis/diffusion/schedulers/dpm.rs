//! DPM-Solver++ (2M) (Lu et al. 2022, algorithm 2).
//!
//! With sigma the noise over the signal, `exp(-lambda)` of the paper is sigma itself, so that the last step, where lambda is
//! infinite, needs no case of its own.

use super::config::SchedulerConfig;
use super::noise::{between, sigmas};
use super::spacing::{Spacing, leading, linspace, trailing};
use super::{Schedule, Step};

/// With fewer steps the last one is of first order if `lower_order_final` says so.
const FEW: usize = 15;

pub(super) fn schedule(config: &SchedulerConfig, steps: usize) -> Schedule {
    let table = sigmas(&config.finite_signal());
    // Times at which there is less signal than asked for are left out; lambda is minus the logarithm of sigma.
    let least = config.lambda_min_clipped.unwrap_or(f64::NEG_INFINITY);
    let all = table.iter().filter(|sigma| -sigma.ln() >= least).count();
    let mut times = match config.timestep_spacing {
        Spacing::Linspace => linspace(all.saturating_sub(1) as f64, steps + 1),
        Spacing::Leading => leading(all / (steps + 1), steps + 1, config.steps_offset),
        Spacing::Trailing => trailing(all, config.train_steps, steps),
    };
    if config.timestep_spacing != Spacing::Trailing {
        times.pop();
    }
    let times: Vec<f64> = times.into_iter().map(f64::round_ties_even).collect();
    let mut noise: Vec<f64> = times.iter().map(|time| between(&table, *time)).collect();
    noise.push(if config.ends_with_noise { table[0] } else { 0.0 });
    let count = times.len();
    let low_end = config.euler_at_final || !config.ends_with_noise || (config.lower_order_final && count < FEW);
    let step = |place: usize| {
        let first_order = config.solver_order == 1 || place == 0 || (place + 1 == count && low_end);
        let before = if first_order { None } else { Some(noise[place - 1]) };
        step(config, times[place], before, noise[place], noise[place + 1])
    };
    Schedule { start: 1.0, steps: (0..count).map(step).collect() }
}

/// From `sigma` to `next`; of second order where the noise `before` is given.
fn step(config: &SchedulerConfig, timestep: f64, before: Option<f64>, sigma: f64, next: f64) -> Step {
    let alpha = |sigma: f64| 1.0 / sigma.hypot(1.0);
    let (alpha_now, alpha_next) = (alpha(sigma), alpha(next));
    let (noise_now, noise_next) = (sigma * alpha_now, next * alpha_next);
    let shrunk = next / sigma;
    let own = noise_next / noise_now;
    let implied = alpha_next * (1.0 - shrunk);
    // The factor of the difference to the picture implied before, divided by r of the paper.
    let curve = before.map_or(0.0, |before| {
        let (length, ratio) = (-shrunk.ln(), (before / sigma).ln() / -shrunk.ln());
        let slope = if config.heun { alpha_next * ((shrunk - 1.0) / length + 1.0) } else { implied / 2.0 };
        slope / ratio
    });
    let clean = config.clean(alpha_now, noise_now);
    Step { timestep, input: 1.0, clean, clip: None, next: [own, 0.0, implied + curve, -curve] }
}
