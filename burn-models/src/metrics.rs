//! Entity scores: micro precision, recall and F1 by strict matching of type and both borders, per type and per span.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::example::Span;

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

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Scores of a labelled corpus, summed over all its sentences.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// All types together.
    pub overall: Counts,
    /// Borders only, whatever the type.
    pub span_only: Counts,
    /// Each type, in the order of its first appearance.
    pub per_type: IndexMap<String, Counts>,
}

impl Scores {
    /// Adds one sentence.
    pub fn add(&mut self, gold: &[Span], predicted: &[Span]) {
        for span in gold {
            self.overall.gold += 1;
            self.type_counts(&span.label).gold += 1;
        }
        for span in predicted {
            let right = gold.contains(span);
            let bounded = gold.iter().any(|other| (other.start, other.end) == (span.start, span.end));
            self.overall.predicted += 1;
            self.overall.matched += usize::from(right);
            self.span_only.matched += usize::from(bounded);
            let counts = self.type_counts(&span.label);
            counts.predicted += 1;
            counts.matched += usize::from(right);
        }
        self.span_only.gold += gold.len();
        self.span_only.predicted += predicted.len();
    }

    fn type_counts(&mut self, label: &str) -> &mut Counts {
        if !self.per_type.contains_key(label) {
            self.per_type.insert(label.to_owned(), Counts::default());
        }
        &mut self.per_type[label]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::TagScheme;

    fn spans(tags: &str) -> Vec<Span> {
        TagScheme::Bio.decode(&tags.split(' ').collect::<Vec<_>>()).expect("tags of the test").0
    }

    const SENTENCES: [(&str, &str); 7] = [
        ("B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC"),
        ("B-PER I-PER O", "B-PER O O"),
        ("O I-LOC I-LOC", "O B-LOC I-LOC"),
        ("B-PER I-PER I-PER", "B-PER I-ORG I-PER"),
        ("B-ORG B-ORG", "B-ORG I-ORG"),
        ("B-MISC I-MISC O B-PER", "B-ORG I-ORG O B-PER"),
        ("O O", "O B-PER"),
    ];

    fn score(sentences: &[(&str, &str)]) -> Scores {
        let mut scores = Scores::default();
        for (gold, predicted) in sentences {
            scores.add(&spans(gold), &spans(predicted));
        }
        scores
    }

    #[test]
    fn worked_example() {
        let scores = score(&SENTENCES);
        assert_eq!(scores.overall, Counts { matched: 4, predicted: 11, gold: 9 });
        assert!((scores.overall.precision() - 0.363_636).abs() < 1e-6);
        assert!((scores.overall.recall() - 0.444_444).abs() < 1e-6);
        assert!((scores.overall.f1() - 0.4).abs() < 1e-12);
        assert_eq!(scores.per_type["LOC"], Counts { matched: 2, predicted: 2, gold: 2 });
        assert_eq!(scores.per_type["PER"], Counts { matched: 2, predicted: 6, gold: 4 });
        assert_eq!(scores.per_type["ORG"], Counts { matched: 0, predicted: 3, gold: 2 });
        assert_eq!(scores.per_type["MISC"], Counts { matched: 0, predicted: 0, gold: 1 });
        assert_eq!(scores.span_only.matched, 5);
    }

    #[test]
    fn swapping_gold_and_prediction_swaps_precision_and_recall() {
        let swapped: Vec<_> = SENTENCES.iter().map(|(gold, predicted)| (*predicted, *gold)).collect();
        let (one, other) = (score(&SENTENCES).overall, score(&swapped).overall);
        assert!((one.precision() - other.recall()).abs() < 1e-12);
        assert!((one.f1() - other.f1()).abs() < 1e-12);
    }

    #[test]
    fn identical_is_one_and_empty_is_zero() {
        let same: Vec<_> = SENTENCES.iter().map(|(gold, _)| (*gold, *gold)).collect();
        assert!((score(&same).overall.f1() - 1.0).abs() < 1e-12);
        assert!(score(&[("B-PER", "O")]).overall.f1().abs() < 1e-12);
        assert!(Scores::default().overall.f1().abs() < 1e-12);
    }
}
