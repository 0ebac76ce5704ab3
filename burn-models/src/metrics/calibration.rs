//! Whether confidences can be believed: calibration error, Brier score and the bins of a reliability diagram.

use serde::Serialize;

use super::Judged;
use super::coverage::RiskCoverage;

/// Bins of a reliability diagram, and of the calibration error.
pub const RELIABILITY_BINS: usize = 15;

/// One confidence, and whether what it was about was right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Probability that the model gave, `0..=1`.
    pub confidence: f64,
    /// Whether it was right.
    pub right: bool,
}

impl Outcome {
    fn rightness(self) -> f64 {
        f64::from(u8::from(self.right))
    }
}

/// The outcomes whose confidence lies in `(low, high]`; a confidence of 0 lies in the first bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Lower border.
    pub low: f64,
    /// Upper border.
    pub high: f64,
    /// Number of outcomes.
    pub count: usize,
    /// Mean confidence; 0 without outcomes.
    pub confidence: f64,
    /// Share that was right; 0 without outcomes.
    pub accuracy: f64,
}

impl ReliabilityBin {
    fn of(outcomes: &[Outcome], low: f64, high: f64) -> Self {
        let (confidence, accuracy) = means(outcomes);
        Self { low, high, count: outcomes.len(), confidence, accuracy }
    }
}

/// Calibration of many outcomes (Guo et al. 2017, "On Calibration of Modern Neural Networks").
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Number of outcomes.
    pub count: usize,
    /// Mean confidence.
    pub confidence: f64,
    /// Share that was right.
    pub accuracy: f64,
    /// Expected calibration error over [`RELIABILITY_BINS`] bins of equal width.
    pub ece: f64,
    /// The same over bins of equal count.
    pub ece_equal_mass: f64,
    /// Brier score: mean square of confidence minus rightness.
    pub brier: f64,
    /// Risk among the most confident, at every share kept.
    pub coverage: RiskCoverage,
    /// The bins of equal width.
    pub bins: Vec<ReliabilityBin>,
}

impl Calibration {
    /// Measures `outcomes`; `None` without any.
    pub fn of(outcomes: &[Outcome]) -> Option<Self> {
        let (confidence, accuracy) = means(outcomes);
        let bins = equal_width(outcomes, RELIABILITY_BINS);
        Some(Self {
            count: outcomes.len(),
            confidence,
            accuracy,
            ece: calibration_error(&bins),
            ece_equal_mass: calibration_error(&equal_mass(outcomes, RELIABILITY_BINS)),
            brier: brier(outcomes),
            coverage: RiskCoverage::of(outcomes)?,
            bins,
        })
    }
}

/// Every predicted entity with its probability, right where exactly this entity is gold.
pub fn entity_outcomes(judged: &[Judged]) -> Vec<Outcome> {
    let of = |tweet: &Judged| {
        let outcome = |scored: &crate::prediction::ScoredSpan| Outcome {
            confidence: f64::from(scored.probability),
            right: tweet.is_right(&scored.span),
        };
        tweet.predicted.iter().map(outcome).collect::<Vec<_>>()
    };
    judged.iter().flat_map(of).collect()
}

/// Mean confidence and share that was right; zeros without outcomes.
fn means(outcomes: &[Outcome]) -> (f64, f64) {
    let count = outcomes.len().max(1) as f64;
    let sum = |value: fn(&Outcome) -> f64| outcomes.iter().map(value).sum::<f64>() / count;
    (sum(|outcome| outcome.confidence), sum(|outcome| outcome.rightness()))
}

fn equal_width(outcomes: &[Outcome], bins: usize) -> Vec<ReliabilityBin> {
    let border = |bin: usize| bin as f64 / bins as f64;
    // Comparing with the borders themselves keeps `(low, high]` exact where a product would be rounded.
    let place = |confidence: f64| (1..bins).find(|bin| confidence <= border(*bin)).unwrap_or(bins) - 1;
    let mut sorted: Vec<Vec<Outcome>> = vec![Vec::new(); bins];
    for outcome in outcomes {
        sorted[place(outcome.confidence)].push(*outcome);
    }
    let of = |(bin, inside): (usize, &Vec<Outcome>)| ReliabilityBin::of(inside, border(bin), border(bin + 1));
    sorted.iter().enumerate().map(of).collect()
}

/// Bins of as equal counts as can be, by rising confidence.
fn equal_mass(outcomes: &[Outcome], bins: usize) -> Vec<ReliabilityBin> {
    let mut sorted = outcomes.to_vec();
    // Rightness decides among equals, so that the order of the tweets does not.
    sorted.sort_by(|a, b| a.confidence.total_cmp(&b.confidence).then(a.right.cmp(&b.right)));
    let border = |bin: usize| bin * sorted.len() / bins;
    let inside = (0..bins).map(|bin| &sorted[border(bin)..border(bin + 1)]);
    let of = |inside: &[Outcome]| {
        let at = |outcome: Option<&Outcome>| outcome.map_or(0.0, |outcome| outcome.confidence);
        ReliabilityBin::of(inside, at(inside.first()), at(inside.last()))
    };
    inside.map(of).collect()
}

/// Mean distance of accuracy and confidence over the outcomes of all bins.
fn calibration_error(bins: &[ReliabilityBin]) -> f64 {
    let total = bins.iter().map(|bin| bin.count).sum::<usize>().max(1) as f64;
    bins.iter().map(|bin| bin.count as f64 / total * (bin.accuracy - bin.confidence).abs()).sum()
}

fn brier(outcomes: &[Outcome]) -> f64 {
    let squares = outcomes.iter().map(|outcome| (outcome.confidence - outcome.rightness()).powi(2));
    squares.sum::<f64>() / outcomes.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference() -> Vec<Outcome> {
        let confidences = [0.95, 0.85, 0.75, 0.65, 0.55, 0.92, 0.35, 0.25];
        let right = [true, true, false, true, false, true, false, false];
        confidences.into_iter().zip(right).map(|(confidence, right)| Outcome { confidence, right }).collect()
    }

    #[test]
    fn reference_numbers() {
        assert!((calibration_error(&equal_width(&reference(), 5)) - 0.228_75).abs() < 1e-12);
        assert!((brier(&reference()) - 0.150_487_5).abs() < 1e-12);
    }

    #[test]
    fn a_border_belongs_to_the_bin_below_it() {
        let at = |confidence| {
            let bins = equal_width(&[Outcome { confidence, right: true }], 15);
            bins.iter().position(|bin| bin.count == 1).expect("in some bin")
        };
        assert_eq!([0.0, 1e-9, 1.0, 1.0 + 1e-9].map(at), [0, 0, 14, 14]);
        for bin in 1..15_u32 {
            let border = f64::from(bin) / 15.0;
            assert_eq!((at(border), at(border + 1e-12)), (bin as usize - 1, bin as usize));
        }
    }

    #[test]
    fn equal_mass_bins_hold_equal_counts_in_any_order() {
        let mut outcomes: Vec<Outcome> =
            (0..31).map(|n| Outcome { confidence: f64::from(n / 4) / 10.0, right: n % 3 == 0 }).collect();
        let bins = equal_mass(&outcomes, 15);
        assert!(bins.iter().all(|bin| (2..=3).contains(&bin.count)));
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<usize>(), 31);
        outcomes.reverse();
        assert_eq!(equal_mass(&outcomes, 15), bins);
    }

    #[test]
    fn who_keeps_his_promises_is_calibrated() {
        let outcomes: Vec<Outcome> = (0..100).map(|n| Outcome { confidence: 0.75, right: n % 4 != 0 }).collect();
        let calibration = Calibration::of(&outcomes).expect("outcomes");
        assert!(calibration.ece.abs() < 1e-12 && (calibration.brier - 0.1875).abs() < 1e-12);
        assert!(Calibration::of(&[]).is_none());
    }
}
