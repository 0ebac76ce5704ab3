//! A figure with its interval, or the reason why there is none.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::measures::Sums;
use super::tally::{Plan, Tally, add};
use crate::metrics::bootstrap::middle;

/// Why a figure has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    /// Nothing to compare.
    #[error("no tweet was labelled by two of them")]
    NoCommonTweet,
    /// Fleiss' kappa needs the same number of annotators for every tweet.
    #[error("no tweet was labelled by all of them")]
    NoTweetOfAll,
    /// F1 of nothing.
    #[error("none of them marked such an entity")]
    NoEntity,
    /// Agreement that chance alone explains.
    #[error("all of them put every token into the same class, so chance alone would make them agree")]
    OneCategory,
    /// An interval from one tweet.
    #[error("one tweet alone says nothing about others")]
    OneTweet,
    /// An interval over samples in which the figure is undefined.
    #[error("the figure has no value in more than a twentieth of the samples; there is too little to compare")]
    RarelyDefined,
    /// No interval was asked for.
    #[error("no samples were drawn")]
    NotAsked,
}

/// Where 95 % of the resampled figures lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A figure of agreement; in JSON `{"value", "low", "high"}`, `null` and `why` where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The figure.
    pub value: Result<f64, Undefined>,
    /// Its bootstrap interval over tweets.
    pub interval: Result<Interval, Undefined>,
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("value", &self.value.ok())?;
        map.serialize_entry("low", &self.interval.ok().map(|interval| interval.low))?;
        map.serialize_entry("high", &self.interval.ok().map(|interval| interval.high))?;
        if let Some(why) = self.value.err().or(self.interval.err()) {
            map.serialize_entry("why", &why.to_string())?;
        }
        map.end()
    }
}

/// The sums over all tweets and over resamples of them.
pub(super) struct Resampled {
    total: Vec<f64>,
    drawn: Vec<Vec<f64>>,
    groups: usize,
}

impl Resampled {
    /// Draws groups of tweets with replacement.
    pub fn draw(tally: &Tally, resamples: usize, seed: u64) -> Self {
        let (total, groups) = (tally.total(), tally.groups.len());
        let mut rng = StdRng::seed_from_u64(seed);
        let mut weights = vec![0.0; groups];
        let mut sample = |_| {
            weights.fill(0.0);
            for _ in 0..groups {
                weights[rng.random_range(0..groups)] += 1.0;
            }
            let mut sums = vec![0.0; total.len()];
            for (group, weight) in tally.groups.iter().zip(&weights).filter(|(_, weight)| **weight > 0.0) {
                add(&mut sums, group, *weight);
            }
            sums
        };
        let drawn = if groups < 2 { Vec::new() } else { (0..resamples).map(&mut sample).collect() };
        Self { total, drawn, groups }
    }

    /// The figure over all tweets, with its interval.
    pub fn figure(&self, plan: Plan, measure: &dyn Fn(&Sums<'_>) -> Result<f64, Undefined>) -> Figure {
        let value = measure(&Sums::new(plan, &self.total));
        Figure { value, interval: value.and_then(|_| self.interval(plan, measure)) }
    }

    fn interval(
        &self,
        plan: Plan,
        measure: &dyn Fn(&Sums<'_>) -> Result<f64, Undefined>,
    ) -> Result<Interval, Undefined> {
        if self.groups < 2 {
            return Err(Undefined::OneTweet);
        }
        let mut values: Vec<f64> = self.drawn.iter().filter_map(|sums| measure(&Sums::new(plan, sums)).ok()).collect();
        if values.len() * 20 < self.drawn.len() * 19 {
            return Err(Undefined::RarelyDefined);
        }
        values.sort_by(f64::total_cmp);
        let (low, high) = middle(&values).ok_or(Undefined::NotAsked)?;
        Ok(Interval { low, high })
    }
}
