//! How much noise a latent has at every time of training.

use serde::Deserialize;

/// What is left of the signal at the last time where there should be none: the smallest 16-bit float.
const NEARLY_NOTHING: f32 = 5.960_464_5e-8;

/// How the noise grows with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BetaSchedule {
    /// Evenly (Ho et al. 2020, section 4).
    Linear,
    /// Evenly in the square root (Rombach et al. 2022).
    ScaledLinear,
    /// By a cosine (Nichol and Dhariwal 2021, eq. 17).
    #[serde(rename = "squaredcos_cap_v2")]
    Cosine,
}

impl BetaSchedule {
    /// Variance of the noise that is added at each of `count` times (beta), rounded to 32 bits as in training.
    pub fn betas(self, start: f64, end: f64, count: usize) -> Vec<f32> {
        let even = |from: f64, to: f64, place: usize| from + (to - from) * place as f64 / (count.max(2) - 1) as f64;
        let left = |time: f64| ((time + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2).cos().powi(2);
        let beta = |place: usize| match self {
            Self::Linear => even(start, end, place) as f32,
            Self::ScaledLinear => (even(start.sqrt(), end.sqrt(), place) as f32).powi(2),
            Self::Cosine => {
                let (now, next) = (place as f64 / count as f64, (place + 1) as f64 / count as f64);
                (1.0 - left(next) / left(now)).min(0.999) as f32
            }
        };
        (0..count).map(beta).collect()
    }
}

/// Betas with which nothing of the signal is left at the last time (Lin et al. 2024, algorithm 1).
pub(super) fn without_signal_at_last(betas: &[f32]) -> Vec<f32> {
    let roots: Vec<f32> = signal(betas).into_iter().map(f32::sqrt).collect();
    let (first, last) = (roots.first().copied().unwrap_or_default(), roots.last().copied().unwrap_or_default());
    let squares: Vec<f32> = roots.iter().map(|root| ((root - last) * (first / (first - last))).powi(2)).collect();
    let before = std::iter::once(1.0).chain(squares.iter().copied());
    squares.iter().zip(before).map(|(own, before)| 1.0 - own / before).collect()
}

/// The share of the signal's variance at every time, the product of all `1 - beta` so far.
pub(super) fn signal(betas: &[f32]) -> Vec<f32> {
    let mut product = 1.0_f64;
    let next = |beta: &f32| {
        product *= f64::from(1.0 - beta);
        product as f32
    };
    betas.iter().map(next).collect()
}

/// The same with a last time at which noise over signal is large but finite.
pub(super) fn finite(mut signal: Vec<f32>) -> Vec<f32> {
    if let Some(last) = signal.last_mut() {
        *last = NEARLY_NOTHING;
    }
    signal
}

/// Standard deviation of the noise where the signal's is 1 (sigma).
pub(super) fn sigmas(signal: &[f32]) -> Vec<f64> {
    signal.iter().map(|signal| f64::from((1.0 - signal) / signal).sqrt()).collect()
}

/// The value of `table` at the place `at`, on the straight line between its two neighbours.
pub(super) fn between(table: &[f64], at: f64) -> f64 {
    let last = table.len() - 1;
    let at = at.clamp(0.0, last as f64);
    let low = (at.floor() as usize).min(last);
    let high = (low + 1).min(last);
    table[low] + (table[high] - table[low]) * (at - low as f64)
}
