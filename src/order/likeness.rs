//! How alike two texts are, cheaply: shared words and pairs of neighbours.

use std::collections::HashSet;

use crate::hash::stable_hash;

/// From this likeness on a text counts as a near-copy of another.
const NEAR_COPY: f64 = 0.5;

/// Words, and pairs of words that stand beside each other, of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shingles(HashSet<u64>);

impl Shingles {
    /// Those of a text; case, links and handles are passed over, because copies differ in them.
    pub fn of(text: &str) -> Self {
        let words: Vec<String> = text
            .split_whitespace()
            .filter(|word| !word.contains("://") && !word.starts_with('@'))
            .map(str::to_lowercase)
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .collect();
        let single = words.iter().map(|word| stable_hash(&[word.as_bytes()]));
        let pairs = words.windows(2).map(|pair| stable_hash(&[pair[0].as_bytes(), b" ", pair[1].as_bytes()]));
        Self(single.chain(pairs).collect())
    }

    /// Share of what the two have together that both have (Jaccard), `0..=1`; 0 where one has nothing.
    pub fn likeness(&self, other: &Self) -> f64 {
        if self.0.is_empty() || other.0.is_empty() {
            return 0.0;
        }
        let shared = self.0.intersection(&other.0).count();
        shared as f64 / (self.0.len() + other.0.len() - shared) as f64
    }

    /// Whether one text is nearly a copy of the other.
    pub fn is_near_copy(&self, other: &Self) -> bool {
        self.likeness(other) >= NEAR_COPY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retweets_are_near_copies_and_other_tweets_are_not() {
        let text = Shingles::of("RT @one : Great night with Greta in Lisbon http://t.co/a1 !");
        assert!(text.is_near_copy(&Shingles::of("great night with Greta in Lisbon http://t.co/zz")));
        assert!(!text.is_near_copy(&Shingles::of("A quiet morning with Greta in Porto")));
        assert!(Shingles::of("@a http://b ...").likeness(&Shingles::of("@a http://b ...")).abs() < 1e-9);
    }
}
