//! Whether the brightest region of a map matters to the label more than others do.

use std::cmp::Ordering;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::Serialize;

use crate::attribution::Falls;

/// The brightest region hidden, against others hidden one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OcclusionCheck {
    /// The brightest region.
    pub region: usize,
    /// How far the probability of the label fell without it, `-1..=1`, below zero where it rose.
    pub fall: f32,
    /// How many other regions were hidden.
    pub draws: usize,
    /// By how much the probability changed without one of them, up or down, their mean, `0..=1`.
    pub others: f32,
    /// Share of them that changed it less than the brightest one, up or down, `0..=1`; one that changed it as much counts
    /// half. A map that says nothing gets a half in the mean over many.
    pub beaten: f32,
    /// Whether the brightest region changed it more than the mean of the others.
    pub passed: bool,
}

impl OcclusionCheck {
    /// Holds region `brightest` against all others, which were all hidden; see [`Self::against`].
    pub fn of(brightest: usize, falls: &Falls, rows: &[usize]) -> Option<Self> {
        Self::against(brightest, &falls.regions, falls, rows)
    }

    /// Holds region `brightest` against `others` of `falls`, for the label of the rows `rows`, the mean over them.
    ///
    /// The others are to be all there are, or some drawn by chance ([`draw_others`]): regions that were hidden because they
    /// are bright for something else would make the check harder than it is. `None` where the region was not hidden, or no
    /// other.
    pub fn against(brightest: usize, others: &[usize], falls: &Falls, rows: &[usize]) -> Option<Self> {
        let own = falls.regions.iter().position(|region| *region == brightest)?;
        let means = falls.means(rows)?;
        let drawn = falls.regions.iter().zip(&means);
        let others: Vec<f32> = drawn
            .filter(|(region, _)| **region != brightest && others.contains(region))
            .map(|(_, fall)| fall.abs())
            .collect();
        if others.is_empty() {
            return None;
        }
        let (fall, count) = (means[own], others.len() as f32);
        let points = others.iter().map(|other| match fall.abs().total_cmp(other) {
            Ordering::Greater => 1.0,
            Ordering::Equal => 0.5,
            Ordering::Less => 0.0,
        });
        let beaten = points.sum::<f32>() / count;
        let mean = others.iter().sum::<f32>() / count;
        Some(Self { region: brightest, fall, draws: others.len(), others: mean, beaten, passed: fall.abs() > mean })
    }
}

/// Up to `draws` different regions of `count` besides `brightest`, by chance.
pub fn draw_others(count: usize, brightest: usize, draws: usize, seed: u64) -> Vec<usize> {
    let mut others: Vec<usize> = (0..count).filter(|region| *region != brightest).collect();
    others.shuffle(&mut StdRng::seed_from_u64(seed));
    others.truncate(draws);
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    fn falls() -> Falls {
        // Two rows, four regions of which the last was not hidden.
        Falls { regions: vec![0, 1, 2], probabilities: vec![0.9, 0.5], falls: vec![0.4, 0.0, -0.1, 0.2, 0.1, -0.1] }
    }

    #[test]
    fn the_brightest_region_is_held_against_the_others() {
        let check = OcclusionCheck::of(0, &falls(), &[0, 1]).expect("it was hidden");
        assert!((check.fall - 0.3).abs() < 1e-6 && (check.others - 0.075).abs() < 1e-6, "{check:?}");
        assert_eq!((check.region, check.draws, check.passed), (0, 2, true));
        assert!((check.beaten - 1.0).abs() < 1e-6);
        let other = OcclusionCheck::of(1, &falls(), &[1]).expect("it was hidden");
        assert!((other.beaten - 0.25).abs() < 1e-6 && !other.passed, "as much as one, less than the other: {other:?}");
        let drawn = OcclusionCheck::against(1, &[2, 1, 3], &falls(), &[1]).expect("one other was hidden");
        assert_eq!((drawn.draws, drawn.beaten), (1, 0.5), "only those that were drawn count: {drawn:?}");
        assert_eq!(OcclusionCheck::against(1, &[3], &falls(), &[1]), None, "no other was hidden");
        assert_eq!(OcclusionCheck::of(3, &falls(), &[0]), None, "it was not hidden");
        assert_eq!((OcclusionCheck::of(0, &falls(), &[]), OcclusionCheck::of(0, &falls(), &[2])), (None, None));
        let alone = Falls { regions: vec![5], probabilities: vec![0.5], falls: vec![0.1] };
        assert_eq!(OcclusionCheck::of(5, &alone, &[0]), None, "there is nothing to hold it against");
    }

    #[test]
    fn others_are_drawn_once_each_and_the_same_for_a_seed() {
        let drawn = draw_others(10, 3, 6, 1);
        assert_eq!(drawn, draw_others(10, 3, 6, 1));
        let mut sorted = drawn.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert!(sorted.len() == 6 && !drawn.contains(&3));
        assert_eq!(draw_others(3, 1, 99, 7).len(), 2);
        assert!((1..9).any(|seed| draw_others(10, 3, 6, seed) != drawn), "another seed draws others");
        assert!(draw_others(1, 0, 5, 1).is_empty());
    }
}
