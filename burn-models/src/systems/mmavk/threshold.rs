//! The threshold under which most entities are right.

use crate::metrics::Counts;

/// Into so many parts of equal size, more and less similar, the tweets are divided.
const PARTS: usize = 20;

/// What becomes of one tweet.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Similarity of its image, as far as somebody measured it.
    pub similarity: Option<f32>,
    /// With its knowledge.
    pub with: Counts,
    /// Without.
    pub without: Counts,
}

/// The threshold with the highest micro-F1; of equals the one that lets least knowledge through, since what makes no
/// difference is no knowledge. `None` where no similarity is known.
///
/// It lies midway between two similarities, or is infinite where all or none of the knowledge is best. Only so many
/// thresholds are looked at that the best of them is not best by chance.
pub fn best_threshold(outcomes: &[Outcome]) -> Option<f32> {
    let mut measured: Vec<(f32, &Outcome)> = outcomes.iter().filter_map(|out| Some((out.similarity?, out))).collect();
    measured.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut total = Counts::default();
    for outcome in outcomes {
        total += if outcome.similarity.is_some() { outcome.without } else { outcome.with };
    }
    let mut best = (!measured.is_empty()).then_some((f32::INFINITY, total.f1()))?;
    let part = |passed: usize| passed * PARTS / measured.len();
    let mut looked_at = 0;
    for (place, (similarity, outcome)) in measured.iter().enumerate() {
        total.matched = total.matched + outcome.with.matched - outcome.without.matched;
        total.predicted = total.predicted + outcome.with.predicted - outcome.without.predicted;
        let next = measured.get(place + 1).map(|(next, _)| *next);
        if next == Some(*similarity) || part(place + 1) == looked_at {
            continue;
        }
        looked_at = part(place + 1);
        if total.f1() > best.1 {
            best = (next.map_or(f32::NEG_INFINITY, |next| f32::midpoint(*similarity, next)), total.f1());
        }
    }
    Some(best.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(similarity: Option<f32>, with: usize, without: usize) -> Outcome {
        let counts = |matched| Counts { matched, predicted: 2, gold: 2 };
        Outcome { similarity, with: counts(with), without: counts(without) }
    }

    #[test]
    fn the_threshold_parts_what_helps_from_what_harms() {
        let helps = [outcome(Some(0.4), 2, 0), outcome(Some(0.36), 2, 1)];
        let harms = [outcome(Some(0.3), 0, 2), outcome(Some(0.2), 0, 1)];
        let all: Vec<Outcome> = helps.into_iter().chain(harms).collect();
        assert_eq!(best_threshold(&all), Some(f32::midpoint(0.36, 0.3)));
        assert_eq!(best_threshold(&helps), Some(f32::NEG_INFINITY));
        assert_eq!(best_threshold(&harms), Some(f32::INFINITY));
    }

    #[test]
    fn what_makes_no_difference_is_passed_over_and_equal_similarities_stay_together() {
        assert_eq!(best_threshold(&[outcome(Some(0.4), 1, 1)]), Some(f32::INFINITY));
        // Together the two do harm, whatever one of them does alone.
        let equal = [outcome(Some(0.3), 2, 1), outcome(Some(0.3), 0, 2)];
        assert_eq!(best_threshold(&equal), Some(f32::INFINITY));
        assert_eq!(best_threshold(&[outcome(None, 2, 0)]), None);
    }

    #[test]
    fn single_tweets_decide_nothing_among_many() {
        let helps = (0..50).map(|number| outcome(Some(0.6 + number as f32 / 1000.0), 2, 1));
        let harms = (0..50).map(|number| outcome(Some(0.3 + number as f32 / 1000.0), 1, 2));
        let all: Vec<Outcome> = helps.chain(harms).collect();
        let threshold = best_threshold(&all).expect("they are measured");
        assert!((threshold - f32::midpoint(0.6, 0.349)).abs() < 1e-6, "{threshold}");
        // One that helps at the upper end of those that harm lowers nothing.
        let lucky: Vec<Outcome> = all[..99].iter().copied().chain([outcome(Some(0.3499), 2, 0)]).collect();
        assert!(best_threshold(&lucky).expect("they are measured") > 0.35);
    }
}
