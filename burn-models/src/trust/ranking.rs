//! Heads in the order in which they are worth looking at.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Trust;
use crate::alignment::{OneHead, Regions};
use crate::encoders::image::Rectangle;

/// What heads are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Those that gave most to the regions first.
    #[default]
    Strength,
    /// The sharpest first.
    Entropy,
    /// Those with the largest share of their weight in the gold boxes first.
    Overlap,
}

/// A word that names no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no order of heads; there are strength, entropy and overlap")]
pub struct UnknownOrder(String);

impl Order {
    /// All orders.
    pub const ALL: [Self; 3] = [Self::Strength, Self::Entropy, Self::Overlap];

    /// Its name on the command line and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Strength => "strength",
            Self::Entropy => "entropy",
            Self::Overlap => "overlap",
        }
    }

    /// What is sorted by, larger before smaller; what was not measured comes last.
    pub(super) fn key(self, strength: f64, entropy: f64, mass: Option<f64>) -> f64 {
        match self {
            Self::Strength => strength,
            Self::Entropy => -entropy,
            Self::Overlap => mass.unwrap_or(f64::NEG_INFINITY),
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Order {
    type Err = UnknownOrder;

    fn from_str(name: &str) -> Result<Self, UnknownOrder> {
        Self::ALL.into_iter().find(|order| order.name() == name).ok_or_else(|| UnknownOrder(name.to_owned()))
    }
}

/// The maps of a gallery measured and sorted; those that looked at nothing come last, and what is equal stays as it was.
pub fn ranked(
    heads: Vec<OneHead>,
    order: Order,
    regions: &Regions,
    boxes: &[Rectangle],
) -> Vec<(OneHead, Option<Trust>)> {
    let measured = heads.into_iter().map(|head| {
        let trust = Trust::of(&head.map, regions, boxes);
        (head, trust)
    });
    let mut measured: Vec<_> = measured.collect();
    let key = |trust: &Option<Trust>| {
        trust.map_or(f64::NEG_INFINITY, |trust| {
            let mass = trust.overlap.map(|overlap| f64::from(overlap.mass));
            order.key(trust.strength.into(), trust.entropy.into(), mass)
        })
    };
    measured.sort_by(|(_, one), (_, other)| key(other).total_cmp(&key(one)));
    measured
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alignment::{Frame, Map};

    #[test]
    fn heads_are_sorted_by_what_is_asked_for() {
        let head = |head, weights: [f32; 2]| OneHead { layer: 0, head, map: Map::of(weights.to_vec()) };
        let heads = vec![head(0, [0.0, 0.0]), head(1, [0.5, 0.4]), head(2, [0.02, 0.08]), head(3, [0.6, 0.0])];
        let regions = Regions::Grid { image: "a".into(), rows: 1, columns: 2, frame: Frame::WHOLE };
        let sorted = |order, boxes: &[Rectangle]| {
            ranked(heads.clone(), order, &regions, boxes).iter().map(|(head, _)| head.head).collect::<Vec<_>>()
        };
        assert_eq!(sorted(Order::Strength, &[]), [1, 3, 2, 0]);
        assert_eq!(sorted(Order::Entropy, &[]), [3, 2, 1, 0]);
        assert_eq!(sorted(Order::Overlap, &[[0.5, 0.0, 1.0, 1.0]]), [2, 1, 3, 0]);
        assert_eq!(sorted(Order::Overlap, &[]), [0, 1, 2, 3], "nothing was measured");
        for order in Order::ALL {
            assert_eq!(order.name().parse(), Ok(order));
        }
    }
}
