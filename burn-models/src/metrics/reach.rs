//! What a system that classifies phrases of a few words cannot find, and must not be spared.

use serde::Serialize;

use super::Judged;
use super::counts::ratio;

/// Recall over all gold entities, and over those short enough to be found.
///
/// The released evaluation of `SpanNER` and `SMNER` counts the latter only; scores here are always of all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reach {
    /// Most words of an entity that the system can find.
    pub words: usize,
    /// Gold entities.
    pub gold: usize,
    /// Gold entities that are longer.
    pub beyond: usize,
    /// Recall over all gold entities, `0..=1`.
    pub recall_all: f64,
    /// Recall over those within reach, `0..=1`.
    pub recall_candidates: f64,
}

impl Reach {
    /// That of a system which finds entities of at most `words` words.
    pub fn of(judged: &[Judged], words: usize) -> Self {
        let all = judged.iter().flat_map(|tweet| tweet.gold.iter().map(move |span| (tweet, span)));
        let (mut gold, mut beyond, mut matched) = (0, 0, 0);
        for (tweet, span) in all {
            gold += 1;
            beyond += usize::from(span.end - span.start > words);
            matched += usize::from(tweet.predicted.iter().any(|scored| scored.span == *span));
        }
        let recall_candidates = ratio(matched, gold - beyond);
        Self { words, gold, beyond, recall_all: ratio(matched, gold), recall_candidates }
    }
}

#[cfg(test)]
mod tests {
    use super::super::judged::judged;
    use super::*;

    #[test]
    fn long_entities_are_missed_and_counted() {
        let long = judged("B-PER I-PER I-PER I-PER I-PER", "B-PER O O O O");
        let reach = Reach::of(std::slice::from_ref(&long), 4);
        assert_eq!((reach.gold, reach.beyond), (1, 1));
        assert!(reach.recall_all.abs() < 1e-12 && reach.recall_candidates.abs() < 1e-12);
        assert_eq!(Judged::scores(std::slice::from_ref(&long)).overall.gold, 1, "it is a miss of every score");
        let reach = Reach::of(&[long, judged("B-PER O B-LOC", "B-PER O O")], 4);
        assert!((reach.recall_all - 1.0 / 3.0).abs() < 1e-12 && (reach.recall_candidates - 0.5).abs() < 1e-12);
    }
}
