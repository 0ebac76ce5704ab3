//! What becomes of predictions when something about the input changes, a picture above all.

use std::collections::BTreeSet;
use std::ops::AddAssign;

use serde::Serialize;

use crate::example::Span;
use crate::prediction::ScoredSpan;

use super::judged::label_at;

/// Places (exact borders) whose label differs between two predictions, no entity being a label too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Tweets with at least one of them.
    pub tweets: usize,
    /// All of them.
    pub changed: usize,
    /// Wrong before, as in the gold after.
    pub became_right: usize,
    /// As in the gold before, wrong after.
    pub became_wrong: usize,
}

impl Changes {
    /// The changes in one tweet.
    pub fn of(gold: &[Span], before: &[ScoredSpan], after: &[ScoredSpan]) -> Self {
        fn spans(scored: &[ScoredSpan]) -> impl Iterator<Item = &Span> {
            scored.iter().map(|scored| &scored.span)
        }
        let places: BTreeSet<(usize, usize)> =
            spans(before).chain(spans(after)).map(|span| (span.start, span.end)).collect();
        let mut changes = Self::default();
        for (start, end) in places {
            let (old, new) = (label_at(spans(before), start, end), label_at(spans(after), start, end));
            if old == new {
                continue;
            }
            let wanted = label_at(gold.iter(), start, end);
            changes.changed += 1;
            changes.became_right += usize::from(new == wanted);
            changes.became_wrong += usize::from(old == wanted);
        }
        changes.tweets = usize::from(changes.changed > 0);
        changes
    }
}

impl AddAssign for Changes {
    fn add_assign(&mut self, more: Self) {
        self.tweets += more.tweets;
        self.changed += more.changed;
        self.became_right += more.became_right;
        self.became_wrong += more.became_wrong;
    }
}

#[cfg(test)]
mod tests {
    use super::super::judged::judged;
    use super::*;

    #[test]
    fn changes_are_counted_by_what_they_lead_to() {
        let changes = |gold: &str, before: &str, after: &str| {
            let (one, other) = (judged(gold, before), judged(gold, after));
            Changes::of(&one.gold, &one.predicted, &other.predicted)
        };
        let expected = |changed, became_right, became_wrong| Changes { tweets: 1, changed, became_right, became_wrong };
        assert_eq!(changes("B-PER O", "B-PER O", "B-PER O"), Changes::default());
        assert_eq!(changes("B-PER O", "B-LOC O", "B-PER O"), expected(1, 1, 0));
        assert_eq!(changes("B-PER O", "B-PER O", "O O"), expected(1, 0, 1));
        assert_eq!(changes("B-PER O", "B-LOC O", "B-ORG O"), expected(1, 0, 0));
        // Other borders are two changes: one entity went, another came.
        assert_eq!(changes("B-PER I-PER", "B-PER I-PER", "B-PER O"), expected(2, 0, 2));
    }
}
