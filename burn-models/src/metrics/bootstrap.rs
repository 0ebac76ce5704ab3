//! Whether a difference between two systems on the same tweets is more than the choice of tweets.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use super::Counts;

/// Resamples of a comparison.
pub const RESAMPLES: usize = 10_000;

/// Paired bootstrap of the difference in micro F1, second system minus first, over tweets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bootstrap {
    /// Number of resamples.
    pub resamples: usize,
    /// The difference on the tweets themselves.
    pub difference: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// Share of the resamples in which the second system is not better (difference at most 0).
    pub not_better: f64,
    /// Two-sided p-value: twice the smaller share of resamples on one side of 0, 0 counted on both.
    pub p: f64,
}

/// Draws the tweets with replacement, again and again, the same for both systems.
///
/// `None` without tweets or where the two are not the same tweets.
pub fn paired_bootstrap(first: &[Counts], second: &[Counts], resamples: usize, seed: u64) -> Option<Bootstrap> {
    let tweets = first.len();
    if tweets == 0 || tweets != second.len() || resamples == 0 {
        return None;
    }
    let pairs: Vec<(Counts, Counts)> = first.iter().copied().zip(second.iter().copied()).collect();
    let mut rng = StdRng::seed_from_u64(seed);
    let mut differences: Vec<f64> =
        (0..resamples).map(|_| difference((0..tweets).map(|_| pairs[rng.random_range(0..tweets)]))).collect();
    differences.sort_by(f64::total_cmp);
    let not_better = differences.partition_point(|difference| *difference <= 0.0);
    let not_worse = resamples - differences.partition_point(|difference| *difference < 0.0);
    // The tweets themselves count as one more resample, so that no p-value is 0 (Davison and Hinkley 1997).
    let p = 2.0 * (not_better.min(not_worse) + 1) as f64 / (resamples + 1) as f64;
    let (low, high) = middle(&differences)?;
    Some(Bootstrap {
        resamples,
        difference: difference(pairs.iter().copied()),
        low,
        high,
        not_better: not_better as f64 / resamples as f64,
        p: p.min(1.0),
    })
}

/// Between which of the resampled figures, in rising order, 95 % of them lie: 2.5 % are outside on each side.
pub(super) fn middle(sorted: &[f64]) -> Option<(f64, f64)> {
    let outside = sorted.len() / 40;
    let last = sorted.len().checked_sub(1)?;
    Some((sorted[outside], sorted[last - outside]))
}

/// Difference in micro F1 over the drawn tweets.
fn difference(drawn: impl Iterator<Item = (Counts, Counts)>) -> f64 {
    let (mut first, mut second) = (Counts::default(), Counts::default());
    for (one, other) in drawn {
        first += one;
        second += other;
    }
    second.f1() - first.f1()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tweets(matched: impl Fn(usize) -> usize) -> Vec<Counts> {
        (0..200).map(|tweet| Counts { matched: matched(tweet), predicted: 2, gold: 2 }).collect()
    }

    #[test]
    fn a_system_against_itself_has_an_interval_of_exactly_zero() {
        let same = tweets(|tweet| tweet % 3);
        let bootstrap = paired_bootstrap(&same, &same, 1000, 1).expect("tweets");
        assert_eq!([bootstrap.difference, bootstrap.low, bootstrap.high].map(f64::to_bits), [0; 3]);
        assert!((bootstrap.p - 1.0).abs() < 1e-12 && (bootstrap.not_better - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_better_system_is_better_in_nearly_all_resamples() {
        let (worse, better) = (tweets(|tweet| tweet % 2), tweets(|tweet| tweet % 2 + usize::from(tweet % 5 == 0)));
        let bootstrap = paired_bootstrap(&worse, &better, RESAMPLES, 1).expect("tweets");
        assert!((bootstrap.difference - 0.1).abs() < 1e-12);
        assert!(bootstrap.low > 0.0 && bootstrap.low < 0.1 && bootstrap.high > 0.1 && bootstrap.p < 0.001);
        // The standard error of 200 coins of 1/5, half an F1 each, is 0.0141.
        assert!((bootstrap.high - bootstrap.low - 2.0 * 1.96 * 0.014_1).abs() < 0.006, "{bootstrap:?}");
        let turned = paired_bootstrap(&better, &worse, RESAMPLES, 1).expect("tweets");
        assert!((turned.low + bootstrap.high).abs() < 1e-9 && (turned.not_better - 1.0).abs() < 1e-12);
        assert_eq!(paired_bootstrap(&worse, &better, RESAMPLES, 1), Some(bootstrap));
        let drawn = (1..=8).filter_map(|seed| paired_bootstrap(&worse, &better, 1, seed)).map(|one| one.low.to_bits());
        assert!(drawn.collect::<std::collections::HashSet<_>>().len() > 1, "another seed draws other tweets");
    }

    #[test]
    fn other_tweets_cannot_be_compared() {
        let some = tweets(|_| 1);
        assert!(paired_bootstrap(&some, &some[1..], 10, 1).is_none() && paired_bootstrap(&[], &[], 10, 1).is_none());
    }
}
