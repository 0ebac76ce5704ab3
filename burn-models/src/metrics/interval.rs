//! How far a mean over tweets would move with other tweets.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

/// A mean and its 95 % interval by the percentile bootstrap over tweets (Efron and Tibshirani 1993, chapter 13).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The mean over all values.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Number of values.
    pub count: usize,
}

/// Tweets drawn with replacement, again and again: how often each is in every resample.
#[derive(Clone, Debug)]
pub struct Resamples {
    times: Vec<Vec<u16>>,
}

impl Resamples {
    /// Draws as many of `tweets` tweets as there are, `resamples` times.
    pub fn draw(tweets: usize, resamples: usize, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut resample = || {
            let mut times = vec![0_u16; tweets];
            for _ in 0..tweets {
                let drawn = &mut times[rng.random_range(0..tweets)];
                *drawn = drawn.saturating_add(1);
            }
            times
        };
        Self { times: (0..resamples).map(|_| resample()).collect() }
    }

    /// The mean of values of which each tweet has some, given as their sum and number; tweets stay whole, since the values
    /// of one are alike. `None` without a value.
    ///
    /// A resample without any value says nothing and is left out.
    pub fn interval(&self, tweets: &[(f64, usize)]) -> Option<Interval> {
        let of = |times: &[u16]| {
            let (mut sum, mut count) = (0.0, 0.0);
            for ((own, values), times) in tweets.iter().zip(times) {
                sum += own * f64::from(*times);
                count += *values as f64 * f64::from(*times);
            }
            (count > 0.0).then(|| sum / count)
        };
        let mean = of(&vec![1; tweets.len()])?;
        let mut means: Vec<f64> = self.times.iter().filter_map(|times| of(times)).collect();
        means.sort_by(f64::total_cmp);
        // 2.5 % of the resamples lie outside on each side.
        let outside = means.len() / 40;
        Some(Interval {
            mean,
            low: means.get(outside).copied().unwrap_or(mean),
            high: means.iter().rev().nth(outside).copied().unwrap_or(mean),
            count: tweets.iter().map(|(_, count)| count).sum(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_standard_error() {
        // 200 tweets with one coin each: standard error 0.5 / sqrt(200) = 0.0354.
        let coins: Vec<(f64, usize)> = (0..200).map(|tweet| (f64::from(tweet % 2), 1)).collect();
        let found = Resamples::draw(200, 4000, 1).interval(&coins).expect("values");
        assert!((found.mean - 0.5).abs() < 1e-12 && found.count == 200);
        assert!((found.high - found.low - 2.0 * 1.96 * 0.035_4).abs() < 0.015, "{found:?}");
        assert!(found.low < 0.5 && found.high > 0.5);
        assert_eq!(Resamples::draw(200, 4000, 1).interval(&coins), Some(found), "a seed decides");
    }

    #[test]
    fn values_of_one_tweet_stay_together() {
        // Ten tweets with twenty equal values each are no more than ten values.
        let alone: Vec<(f64, usize)> = (0..10).map(|tweet| (f64::from(tweet % 2), 1)).collect();
        let many: Vec<(f64, usize)> = alone.iter().map(|(sum, _)| (sum * 20.0, 20)).collect();
        let resamples = Resamples::draw(10, 1000, 3);
        let (one, other) = (resamples.interval(&alone).expect("values"), resamples.interval(&many).expect("values"));
        assert!((one.low - other.low).abs() < 1e-12 && (one.high - other.high).abs() < 1e-12 && other.count == 200);
    }

    #[test]
    fn a_single_value_and_none() {
        let resamples = Resamples::draw(3, 100, 1);
        let one = resamples.interval(&[(0.7, 1), (0.0, 0), (0.0, 0)]).expect("a value");
        assert!((one.mean - 0.7).abs() < 1e-12 && (one.low - 0.7).abs() < 1e-12 && (one.high - 0.7).abs() < 1e-12);
        assert_eq!(resamples.interval(&[(0.0, 0); 3]), None);
        assert_eq!(Resamples::draw(0, 10, 1).interval(&[]), None);
    }
}
