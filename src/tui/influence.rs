//! What the texts that accompany a tweet do to its labels: with all of them held against without some.

use spanlight_models::influence::{Ablation, LeftOut};
use spanlight_models::prediction::{Prediction, ScoredSpan};

use crate::project::TweetId;

/// Words that moved less than this did not move.
const STILL: f32 = 0.005;

/// What the model was asked about the texts of a tweet, and what it said.
#[derive(Clone, Debug)]
pub struct Influence {
    /// The tweet.
    pub tweet: TweetId,
    /// Version of the model that was asked.
    pub version: u64,
    /// Its answer, or why there is none; `None` until then.
    pub said: Option<Result<Ablation, String>>,
}

/// A name with all texts and without some of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair<'a> {
    /// With all.
    pub with: Option<&'a ScoredSpan>,
    /// Without some.
    pub without: Option<&'a ScoredSpan>,
}

impl Pair<'_> {
    /// Whether the label is another one.
    pub fn differs(&self) -> bool {
        self.with.map(|scored| &scored.span) != self.without.map(|scored| &scored.span)
    }

    /// First token and one past the last.
    pub fn tokens(&self) -> (usize, usize) {
        self.with.or(self.without).map_or((0, 0), |scored| (scored.span.start, scored.span.end))
    }
}

/// The names of both labellings in order; those of the same words stand side by side.
pub fn pairs<'a>(with: &'a Prediction, without: &'a Prediction) -> Vec<Pair<'a>> {
    let place = |scored: &ScoredSpan| (scored.span.start, scored.span.end);
    let at = |prediction: &'a Prediction, wanted| prediction.spans.iter().find(|scored| place(scored) == wanted);
    let mut places: Vec<(usize, usize)> = with.spans.iter().chain(&without.spans).map(place).collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().map(|place| Pair { with: at(with, place), without: at(without, place) }).collect()
}

/// The reading without the text at `place`, or without any behind the last one.
pub fn left_out(ablation: &Ablation, place: usize) -> &LeftOut {
    ablation.without_one.get(place).unwrap_or(&ablation.without_all)
}

/// The words whose labels moved furthest, the furthest first, with how far.
pub fn furthest(change: &[f32], count: usize) -> Vec<(usize, f32)> {
    let mut moved: Vec<(usize, f32)> = change.iter().copied().enumerate().filter(|(_, far)| *far >= STILL).collect();
    moved.sort_by(|one, other| other.1.total_cmp(&one.1));
    moved.truncate(count);
    moved
}

#[cfg(test)]
mod tests {
    use spanlight_models::example::Span;

    use super::*;

    fn prediction(spans: &[(&str, usize, usize)]) -> Prediction {
        let scored = |(label, start, end): &(&str, usize, usize)| ScoredSpan {
            span: Span::new(*label, *start, *end),
            probability: 0.5,
        };
        Prediction { spans: spans.iter().map(scored).collect(), ..Prediction::default() }
    }

    #[test]
    fn names_of_the_same_words_stand_side_by_side() {
        let (with, without) =
            (prediction(&[("PER", 0, 2), ("LOC", 4, 5)]), prediction(&[("ORG", 0, 2), ("LOC", 3, 5)]));
        let pairs = pairs(&with, &without);
        assert_eq!(pairs.iter().map(Pair::tokens).collect::<Vec<_>>(), [(0, 2), (3, 5), (4, 5)]);
        assert!(pairs.iter().all(Pair::differs));
        assert!(pairs[0].with.is_some() && pairs[0].without.is_some() && pairs[1].with.is_none());
        assert!(!super::pairs(&with, &with).iter().any(Pair::differs));
    }

    #[test]
    fn words_that_stay_where_they_are_are_not_told() {
        assert_eq!(furthest(&[0.1, 0.0, 0.9, 0.3], 2), [(2, 0.9), (3, 0.3)]);
        assert_eq!(furthest(&[0.001, 0.0], 2), []);
    }
}
