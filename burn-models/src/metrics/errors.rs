//! What kinds of mistakes there are, and where.

use serde::Serialize;

use crate::example::Span;
use crate::prediction::ScoredSpan;

use super::Judged;

/// A way of being wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Right borders, wrong type.
    WrongType,
    /// Right type, wrong borders that touch the gold entity.
    WrongBoundary,
    /// Wrong type and wrong borders that touch the gold entity.
    WrongBoth,
    /// A gold entity for which nothing was predicted.
    Missed,
    /// A predicted entity for which there is no gold.
    Spurious,
}

impl ErrorKind {
    /// The kind in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::WrongType => "wrong type",
            Self::WrongBoundary => "wrong boundary",
            Self::WrongBoth => "wrong type and boundary",
            Self::Missed => "missed",
            Self::Spurious => "spurious",
        }
    }

    /// All kinds, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::WrongType, Self::WrongBoundary, Self::WrongBoth, Self::Missed, Self::Spurious];
}

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntityError<'a> {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where.
    pub tweet: &'a Judged,
    /// The gold entity, unless there is none.
    pub gold: Option<&'a Span>,
    /// The predicted entity, unless there is none.
    pub predicted: Option<&'a ScoredSpan>,
}

/// All mistakes, tweet by tweet.
///
/// Entities that are wrong and touch are paired, one to one: first those with equal borders, then those with equal types,
/// then those that share more words. So `missed + paired` is what lacks in recall, `spurious + paired` what lacks in
/// precision.
pub fn errors(judged: &[Judged]) -> Vec<EntityError<'_>> {
    judged.iter().flat_map(errors_of).collect()
}

fn errors_of(tweet: &Judged) -> Vec<EntityError<'_>> {
    let right = |span: &Span| tweet.predicted.iter().any(|scored| &scored.span == span);
    let mut gold: Vec<&Span> = tweet.gold.iter().filter(|span| !right(span)).collect();
    let mut predicted: Vec<&ScoredSpan> =
        tweet.predicted.iter().filter(|scored| !tweet.is_right(&scored.span)).collect();
    let mut found = Vec::new();
    while let Some((_, wanted, said)) = best_pair(&gold, &predicted) {
        let (wanted, said) = (gold.remove(wanted), predicted.remove(said));
        let same_borders = (wanted.start, wanted.end) == (said.span.start, said.span.end);
        let kind = match (same_borders, wanted.label == said.span.label) {
            (true, _) => ErrorKind::WrongType,
            (false, true) => ErrorKind::WrongBoundary,
            (false, false) => ErrorKind::WrongBoth,
        };
        found.push(EntityError { kind, tweet, gold: Some(wanted), predicted: Some(said) });
    }
    found.extend(gold.into_iter().map(|span| EntityError {
        kind: ErrorKind::Missed,
        tweet,
        gold: Some(span),
        predicted: None,
    }));
    found.extend(predicted.into_iter().map(|scored| EntityError {
        kind: ErrorKind::Spurious,
        tweet,
        gold: None,
        predicted: Some(scored),
    }));
    found
}

/// How well two entities go together: equal borders, equal types, shared words.
type Likeness = (bool, bool, usize);

/// The places of the gold and the predicted entity that go together best; the first ones among equals.
fn best_pair(gold: &[&Span], predicted: &[&ScoredSpan]) -> Option<(Likeness, usize, usize)> {
    let mut best: Option<(Likeness, usize, usize)> = None;
    for (wanted, span) in gold.iter().enumerate() {
        for (said, other) in predicted.iter().map(|scored| &scored.span).enumerate() {
            let shared = span.end.min(other.end).saturating_sub(span.start.max(other.start));
            let borders = (span.start, span.end) == (other.start, other.end);
            let likeness = (borders, span.label == other.label, shared);
            if shared > 0 && best.is_none_or(|(most, _, _)| likeness > most) {
                best = Some((likeness, wanted, said));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::super::judged::judged;
    use super::*;

    fn kinds(gold: &str, predicted: &str) -> Vec<ErrorKind> {
        errors(&[judged(gold, predicted)]).iter().map(|error| error.kind).collect()
    }

    #[test]
    fn every_kind_is_recognised() {
        use ErrorKind::*;
        assert_eq!(kinds("B-PER I-PER O", "B-PER I-PER O"), []);
        assert_eq!(kinds("B-PER I-PER O", "B-LOC I-LOC O"), [WrongType]);
        assert_eq!(kinds("B-PER I-PER O", "B-PER O O"), [WrongBoundary]);
        assert_eq!(kinds("B-PER I-PER O", "O B-LOC I-LOC"), [WrongBoth]);
        assert_eq!(kinds("B-PER O O", "O O B-PER"), [Missed, Spurious]);
        // One gold entity answers for one prediction only.
        assert_eq!(kinds("B-PER I-PER I-PER", "B-LOC I-LOC B-PER"), [WrongBoundary, Spurious]);
    }

    #[test]
    fn mistakes_account_for_all_that_is_not_matched() {
        let mut rng = StdRng::seed_from_u64(3);
        let known = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];
        for _ in 0..2000 {
            let words = rng.random_range(1..10);
            let mut tags = || (0..words).map(|_| known[rng.random_range(0..known.len())]).collect::<Vec<_>>().join(" ");
            let tweet = judged(&tags(), &tags());
            let counts = tweet.counts();
            let found = errors(std::slice::from_ref(&tweet));
            let with = |pick: fn(&EntityError<'_>) -> bool| found.iter().filter(|error| pick(error)).count();
            assert_eq!(with(|error| error.gold.is_some()), counts.gold - counts.matched);
            assert_eq!(with(|error| error.predicted.is_some()), counts.predicted - counts.matched);
        }
    }
}
