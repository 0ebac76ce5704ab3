//! Matched, predicted and gold entities, and the scores made of them.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Matched, predicted and gold entities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Entities in both.
    pub matched: usize,
    /// Predicted entities.
    pub predicted: usize,
    /// Gold entities.
    pub gold: usize,
}

impl Counts {
    /// Share of the predicted entities that are right, `0..=1`; 0 without any.
    pub fn precision(self) -> f64 {
        ratio(self.matched, self.predicted)
    }

    /// Share of the gold entities that were found, `0..=1`; 0 without any.
    pub fn recall(self) -> f64 {
        ratio(self.matched, self.gold)
    }

    /// Harmonic mean of precision and recall, `2 tp / (np + ng)`.
    pub fn f1(self) -> f64 {
        ratio(2 * self.matched, self.predicted + self.gold)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.matched += more.matched;
        self.predicted += more.predicted;
        self.gold += more.gold;
    }
}

/// `part / whole`, 0 without a whole.
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
