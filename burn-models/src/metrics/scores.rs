//! Entity scores by strict matching of type and both borders: overall, per type, and by borders alone.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::example::Span;

use super::counts::{Counts, ratio};

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

    /// Share of the predicted entities with right borders whose type is right too, `0..=1`; 0 without any.
    pub fn type_accuracy(&self) -> f64 {
        ratio(self.overall.matched, self.span_only.matched)
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
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

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
        assert!((scores.type_accuracy() - 0.8).abs() < 1e-12);
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
        assert!(Scores::default().type_accuracy().abs() < 1e-12);
    }

    #[test]
    fn the_order_of_tweets_does_not_matter_and_parts_add_up() {
        let mut turned = SENTENCES;
        turned.reverse();
        let all = score(&SENTENCES);
        assert_eq!(score(&turned).overall, all.overall);
        let mut sum = score(&SENTENCES[..3]).overall;
        sum += score(&SENTENCES[3..]).overall;
        assert_eq!(sum, all.overall);
    }

    #[test]
    fn bio_and_bioes_of_the_same_entities_score_the_same() {
        let mut scores = Scores::default();
        for (gold, predicted) in SENTENCES {
            let words = gold.split(' ').count();
            let again = |spans: Vec<Span>| {
                let tags = TagScheme::Bioes.encode(&spans, words).expect("spans fit");
                TagScheme::Bioes.decode(&tags).expect("own tags").0
            };
            scores.add(&again(spans(gold)), &again(spans(predicted)));
        }
        assert_eq!(scores, score(&SENTENCES));
    }

    /// The rule of `seqeval`, written as it states it: where does a chunk end, where does one start.
    fn seqeval(tags: &[&str]) -> Vec<Span> {
        let parts =
            |tag: &str| tag.split_once('-').map_or(("O".to_owned(), String::new()), |(p, t)| (p.into(), t.into()));
        let (mut before, mut begun, mut chunks) = (parts("O"), 0, Vec::new());
        for (word, tag) in tags.iter().chain(&["O"]).enumerate() {
            let now = parts(tag);
            let ends = before.0 != "O" && (now.0 == "B" || now.0 == "O" || before.1 != now.1);
            let starts = now.0 == "B" || (now.0 == "I" && (before.0 == "O" || before.1 != now.1));
            if ends {
                chunks.push(Span::new(before.1.as_str(), begun, word));
            }
            if starts {
                begun = word;
            }
            before = now;
        }
        chunks
    }

    #[test]
    fn entities_are_read_as_seqeval_reads_them_and_repairs_change_none() {
        let mut rng = StdRng::seed_from_u64(5);
        let known = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];
        for _ in 0..20_000 {
            let tags: Vec<&str> =
                (0..rng.random_range(1..9)).map(|_| known[rng.random_range(0..known.len())]).collect();
            let (spans, _) = TagScheme::Bio.decode(&tags).expect("tags");
            assert_eq!(spans, seqeval(&tags), "{tags:?}");
            let repaired = TagScheme::Bio.encode(&spans, tags.len()).expect("spans fit");
            assert_eq!(TagScheme::Bio.decode(&repaired).expect("tags"), (spans, Vec::new()));
        }
    }
}
