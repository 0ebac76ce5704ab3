//! Whether a difference over several seeds is more than chance.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Deviation, as a share of the largest difference, below which all differences are the same but for rounding.
const NO_DEVIATION: f64 = 1e-12;

/// Student's t-test of paired differences, two-sided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TTest {
    /// Number of pairs.
    pub pairs: usize,
    /// Mean difference.
    pub mean: f64,
    /// Standard deviation of the differences, with `n - 1` below.
    pub deviation: f64,
    /// `mean / (deviation / sqrt(n))`; absent where all differences are the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t: Option<f64>,
    /// Probability of a `t` as large under no difference; absent with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
}

/// Tests whether the mean of `differences` is 0; `None` with fewer than two.
pub fn paired_t_test(differences: &[f64]) -> Option<TTest> {
    let pairs = differences.len();
    if pairs < 2 {
        return None;
    }
    let count = pairs as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let squares: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
    let deviation = (squares / (count - 1.0)).sqrt();
    let largest = differences.iter().fold(0.0, |most: f64, difference| most.max(difference.abs()));
    let t = (deviation > NO_DEVIATION * largest).then(|| mean / (deviation / count.sqrt()));
    let distribution = StudentsT::new(0.0, 1.0, count - 1.0).ok()?;
    Some(TTest { pairs, mean, deviation, t, p: t.map(|t| (2.0 * distribution.sf(t.abs())).min(1.0)) })
}

/// Holm's correction (1979) of several p-values, in their order.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut corrected = vec![0.0; p_values.len()];
    let mut least: f64 = 0.0;
    for (rank, place) in order.into_iter().enumerate() {
        least = least.max((p_values.len() - rank) as f64 * p_values[place]).min(1.0);
        corrected[place] = least;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_numbers() {
        let test = paired_t_test(&[0.4, 0.6, 0.1, 0.5, 0.3]).expect("five pairs");
        assert!((test.mean - 0.38).abs() < 1e-12 && (test.deviation - 0.192_354).abs() < 1e-6);
        assert!((test.t.expect("t") - 4.417_410).abs() < 1e-6);
        assert!((test.p.expect("p") - 0.011_534).abs() < 1e-6);
        // The bound of 5 % for five pairs.
        let t = StudentsT::new(0.0, 1.0, 4.0).expect("a distribution").sf(2.776);
        assert!((2.0 * t - 0.05).abs() < 1e-4);
    }

    #[test]
    fn nothing_is_divided_by_no_deviation() {
        let same = paired_t_test(&[0.1, 0.1, 0.1]).expect("three pairs");
        assert_eq!((same.t, same.p), (None, None));
        let none = paired_t_test(&[0.0, 0.0]).expect("two pairs");
        assert_eq!((none.t, none.mean.abs() < 1e-15), (None, true));
        assert!(paired_t_test(&[0.3]).is_none());
    }

    #[test]
    fn holm_corrects_the_smallest_most_and_never_turns_the_order() {
        let close =
            |ones: Vec<f64>, others: &[f64]| ones.iter().zip(others).all(|(one, other)| (one - other).abs() < 1e-12);
        assert!(close(holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]));
        assert!(close(holm(&[0.6, 0.7]), &[1.0, 1.0]));
        assert!(close(holm(&[0.04]), &[0.04]) && holm(&[]).is_empty());
    }
}
