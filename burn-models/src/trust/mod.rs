//! How far a map can be trusted: how sharp it is, whether it lies on what a person boxed, and whether what it shows matters
//! to the label.

mod occlusion;
mod overlap;
mod ranking;
mod report;

use serde::Serialize;

pub use occlusion::{OcclusionCheck, draw_others};
pub use overlap::{Overlap, cell, union_area};
pub use ranking::{Order, UnknownOrder, ranked};
pub use report::{Hidden, Line, Measured, Report, Reporter};

use crate::alignment::{Map, Regions};
use crate::encoders::image::Rectangle;

/// The part of a map's largest weight from which on a region counts as looked at, for [`Overlap::iou`].
pub const THRESHOLD: f32 = 0.5;

/// What no measure here takes back, in one line for people.
pub const NOTE: &str = "A map shows where the model looked, which is not a proof of why it labelled.";

/// How sharp one map is, and how it lies on the boxes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Trust {
    /// Shannon entropy of the weights in nats: 0 where one region got all, the logarithm of the number of regions where all
    /// got the same.
    pub entropy: f32,
    /// The same over that largest value, `0..=1`; 0 where there is only one region.
    pub normalised_entropy: f32,
    /// The largest weight, `0..=1`.
    pub peak: f32,
    /// The region that has it, the first of several.
    pub brightest: usize,
    /// What the weights summed to before they were brought to one; see [`Map::sum`].
    pub strength: f32,
    /// How it lies on the gold boxes, where there are some on the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
}

impl Trust {
    /// Measures a map over `regions` against the gold `boxes` of its words in fractions of the image; `None` where nothing
    /// was looked at.
    pub fn of(map: &Map, regions: &Regions, boxes: &[Rectangle]) -> Option<Self> {
        let brightest = map.brightest()?;
        let entropy = entropy(&map.weights);
        let most = (map.weights.len() as f32).ln();
        Some(Self {
            entropy,
            normalised_entropy: if most > 0.0 { (entropy / most).min(1.0) } else { 0.0 },
            peak: map.weights[brightest],
            brightest,
            strength: map.sum,
            overlap: Overlap::of(map, regions, boxes, THRESHOLD),
        })
    }
}

/// Shannon entropy in nats of weights that sum to one.
pub fn entropy(weights: &[f32]) -> f32 {
    let terms = weights.iter().filter(|weight| **weight > 0.0).map(|weight| f64::from(*weight));
    terms.map(|weight| -weight * weight.ln()).sum::<f64>().max(0.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alignment::Frame;

    fn grid(rows: usize, columns: usize) -> Regions {
        Regions::Grid { image: "a".into(), rows, columns, frame: Frame::WHOLE }
    }

    fn near(one: f32, other: f32) -> bool {
        (one - other).abs() < 1e-5
    }

    #[test]
    fn entropy_and_peak_are_those_computed_by_hand() {
        // A quarter each: ln 4. Half, quarter, two eighths: 1.75 bits.
        let even = Trust::of(&Map::of(vec![2.0; 4]), &grid(2, 2), &[]).expect("a map");
        assert!(near(even.entropy, 1.386_294) && near(even.normalised_entropy, 1.0) && near(even.peak, 0.25));
        assert_eq!((even.brightest, even.overlap), (0, None), "the first of several");
        assert!(near(even.strength, 8.0));
        let uneven = Trust::of(&Map::of(vec![0.125, 0.25, 0.5, 0.125]), &grid(2, 2), &[]).expect("a map");
        assert!(near(uneven.entropy, 1.75 * std::f32::consts::LN_2) && near(uneven.normalised_entropy, 0.875));
        assert_eq!((uneven.brightest, uneven.peak), (2, 0.5));
    }

    #[test]
    fn a_map_of_one_region_is_as_sharp_as_can_be_and_one_of_nothing_is_no_map() {
        let one = Trust::of(&Map::of(vec![0.3]), &grid(1, 1), &[]).expect("a map");
        assert_eq!((one.entropy, one.normalised_entropy, one.peak), (0.0, 0.0, 1.0));
        assert_eq!(Trust::of(&Map::of(vec![0.0; 4]), &grid(2, 2), &[]), None);
        assert_eq!(Trust::of(&Map::default(), &grid(0, 0), &[]), None);
    }
}
