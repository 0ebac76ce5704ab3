//! How much is wrong among what a model is most confident of.

use serde::Serialize;

use super::calibration::Outcome;

/// A share of the outcomes, the most confident ones, and how many of them are right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CoveragePoint {
    /// Share kept, `0..=1`.
    pub coverage: f64,
    /// Share of the kept that is right, `0..=1`.
    pub precision: f64,
}

/// The risk-coverage curve (Geifman and El-Yaniv 2017).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RiskCoverage {
    /// Area under the curve: mean share of wrong ones over all numbers of kept outcomes; smaller is better.
    pub aurc: f64,
    /// Precision at every tenth of the outcomes.
    pub points: Vec<CoveragePoint>,
}

impl RiskCoverage {
    /// The curve of `outcomes`; `None` without any.
    pub fn of(outcomes: &[Outcome]) -> Option<Self> {
        let wrong = wrong_among_first(outcomes);
        let count = wrong.len();
        let risk = |kept: usize| wrong[kept - 1] / kept as f64;
        let point = |tenth: usize| {
            let kept = (tenth * count).div_ceil(10);
            CoveragePoint { coverage: kept as f64 / count as f64, precision: 1.0 - risk(kept) }
        };
        (count > 0).then(|| Self {
            aurc: (1..=count).map(risk).sum::<f64>() / count as f64,
            points: (1..=10).map(point).collect(),
        })
    }
}

/// The number of wrong ones among the most confident, for every number of them.
///
/// Outcomes of equal confidence come in no order; within such a group the expected number stands.
fn wrong_among_first(outcomes: &[Outcome]) -> Vec<f64> {
    let mut sorted = outcomes.to_vec();
    sorted.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut before = 0.0;
    let mut wrong = Vec::with_capacity(sorted.len());
    for group in sorted.chunk_by(|a, b| a.confidence.total_cmp(&b.confidence).is_eq()) {
        let inside = group.iter().filter(|outcome| !outcome.right).count() as f64;
        wrong.extend((1..=group.len()).map(|kept| before + inside * kept as f64 / group.len() as f64));
        before += inside;
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(confidences: &[f64], right: &[bool]) -> Vec<Outcome> {
        confidences.iter().zip(right).map(|(&confidence, &right)| Outcome { confidence, right }).collect()
    }

    #[test]
    fn the_surest_come_first() {
        let curve = RiskCoverage::of(&outcomes(&[0.2, 0.9, 0.8, 0.4], &[false, true, true, true])).expect("outcomes");
        assert!((curve.aurc - 0.25 / 4.0).abs() < 1e-12);
        let (middle, end) = (curve.points[4], curve.points[9]);
        assert!((middle.coverage - 0.5).abs() < 1e-12 && (middle.precision - 1.0).abs() < 1e-12);
        assert!((end.coverage - 1.0).abs() < 1e-12 && (end.precision - 0.75).abs() < 1e-12);
        assert!(RiskCoverage::of(&[]).is_none());
    }

    #[test]
    fn equals_come_in_no_order() {
        let one = RiskCoverage::of(&outcomes(&[0.5; 4], &[true, true, false, false])).expect("outcomes");
        let other = RiskCoverage::of(&outcomes(&[0.5; 4], &[false, true, false, true])).expect("outcomes");
        assert_eq!(one, other);
        assert!((one.aurc - 0.5).abs() < 1e-12);
    }
}
