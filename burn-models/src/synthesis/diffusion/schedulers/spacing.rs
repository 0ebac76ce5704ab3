//! Which times of training are visited (Lin et al. 2024, table 2).

use serde::Deserialize;

/// How the visited times lie among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// Evenly from the first to the last.
    Linspace,
    /// Multiples of a whole number, from the first on, plus an offset.
    Leading,
    /// Backwards from the last.
    Trailing,
}

/// `count` times evenly from `last` down to 0.
pub(super) fn linspace(last: f64, count: usize) -> Vec<f64> {
    let gaps = (count.max(2) - 1) as f64;
    // Of one time the first is taken, which is 0.
    (0..count).rev().map(|place| place as f64 * last / gaps).collect()
}

/// `count` multiples of `step` from the largest to 0, plus `offset`.
pub(super) fn leading(step: usize, count: usize, offset: usize) -> Vec<f64> {
    (0..count).rev().map(|place| (place * step + offset) as f64).collect()
}

/// Whole times from `last` downwards, `all / count` apart, counted from 1 and given from 0.
pub(super) fn trailing(last: usize, all: usize, count: usize) -> Vec<f64> {
    let step = all as f64 / count as f64;
    let places = (last as f64 / step).ceil() as usize;
    (0..places).map(|place| (last as f64 - place as f64 * step).round_ties_even() - 1.0).collect()
}
