//! Spans as the unit of labelling: which there are, what is known of them before any reading, and which of them can be
//! entities together (`SpanNER`, Fu et al. 2021; `SMNER`, Xu et al. 2024).

use std::cmp::Ordering;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Case classes of a word besides 0, which stands for no word.
pub const CASES: usize = 5;

/// Buckets of a span's length in pieces.
pub const PIECE_BUCKETS: usize = 4;

/// All spans of at most `longest` words, by start and then by end: `4 n - 6` for `n >= 3` words and `longest` 4.
pub fn enumerate(words: usize, longest: usize) -> Vec<Range<usize>> {
    (0..words).flat_map(|start| (start + 1..=words.min(start + longest)).map(move |end| start..end)).collect()
}

/// How a word is written: 1 in capitals, 2 in small letters, 3 as a title, 4 in digits, 5 otherwise; tried in this order.
///
/// Capitals and small letters need a letter that has a case; in a title each run of letters begins with a capital.
pub fn case(word: &str) -> usize {
    let cased = || word.chars().filter(|c| c.is_uppercase() || c.is_lowercase());
    let any = cased().next().is_some();
    if any && cased().all(char::is_uppercase) {
        1
    } else if any && cased().all(char::is_lowercase) {
        2
    } else if any && is_title(word) {
        3
    } else if !word.is_empty() && word.chars().all(char::is_numeric) {
        4
    } else {
        5
    }
}

fn is_title(word: &str) -> bool {
    let mut in_run = false;
    for c in word.chars() {
        if (c.is_uppercase() && in_run) || (c.is_lowercase() && !in_run) {
            return false;
        }
        in_run = c.is_uppercase() || c.is_lowercase();
    }
    true
}

/// Bucket of a length in pieces, from 0.
pub fn piece_bucket(pieces: usize) -> usize {
    pieces.saturating_sub(1).min(PIECE_BUCKETS - 1)
}

/// A span that may be an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Words.
    pub words: Range<usize>,
    /// Index of the type.
    pub label: usize,
    /// Probability of that type.
    pub probability: f32,
}

impl Candidate {
    /// Whether they share a word.
    fn overlaps(&self, other: &Self) -> bool {
        self.words.start < other.words.end && other.words.start < self.words.end
    }
}

/// Which of the candidates stand together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decoding {
    /// The likeliest ones that do not overlap.
    #[default]
    Best,
    /// As the authors of `SpanNER` released it, which may keep overlaps; for comparing numbers with theirs.
    SpannerLegacy,
}

impl Decoding {
    /// The candidates that stand together, in the order of the words.
    pub fn choose(self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        match self {
            Self::Best => without_overlaps(candidates),
            Self::SpannerLegacy => as_released(candidates),
        }
    }
}

/// From left to right, what overlaps a likelier one that follows is dropped, and what is kept gives way to a likelier one;
/// the last candidate is kept regardless.
fn as_released(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by_key(|candidate| (candidate.words.start, candidate.words.end));
    let Some(last) = candidates.pop() else { return Vec::new() };
    let mut kept: Vec<Candidate> = Vec::new();
    for (place, candidate) in candidates.iter().enumerate() {
        let mut later = candidates[place + 1..].iter().chain([&last]);
        if later.any(|later| later.overlaps(candidate) && later.probability > candidate.probability) {
            continue;
        }
        match kept.last_mut().filter(|before| before.overlaps(candidate)) {
            Some(before) if before.probability < candidate.probability => *before = candidate.clone(),
            Some(_) => {}
            None => kept.push(candidate.clone()),
        }
    }
    kept.push(last);
    kept
}

/// The candidates that can stand together, in the order of the words: likelier ones first, then longer ones, then
/// earlier ones keep out what overlaps them.
fn without_overlaps(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|one, other| {
        let likelier = other.probability.partial_cmp(&one.probability).unwrap_or(Ordering::Equal);
        likelier.then(other.words.len().cmp(&one.words.len())).then(one.words.start.cmp(&other.words.start))
    });
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        if !kept.iter().any(|other| other.overlaps(&candidate)) {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|candidate| candidate.words.start);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_spans_as_published() {
        for words in 3..40 {
            assert_eq!(enumerate(words, 4).len(), 4 * words - 6, "{words} words");
        }
        assert_eq!(enumerate(3, 4), [0..1, 0..2, 0..3, 1..2, 1..3, 2..3]);
        assert!(enumerate(0, 4).is_empty());
    }

    #[test]
    fn words_are_told_apart_by_their_case() {
        let cases = ["U.S.", "@BBC", "small", "Rome", "Jean-Luc", "2026", "iPhone", "#1", "McDonald", "", "東京"];
        assert_eq!(cases.map(case), [1, 1, 2, 3, 3, 4, 5, 5, 5, 5, 5]);
    }

    #[test]
    fn overlapping_candidates_give_way() {
        let candidate = |words, probability| Candidate { words, label: 1, probability };
        let kept = |candidates: &[Candidate]| {
            without_overlaps(candidates.to_vec())
                .iter()
                .map(|kept| [kept.words.start, kept.words.end])
                .collect::<Vec<_>>()
        };
        assert_eq!(
            kept(&[candidate(0..2, 0.9), candidate(1..3, 0.6)]),
            [[0, 2]],
            "the last one is not kept regardless"
        );
        assert_eq!(kept(&[candidate(2..3, 0.5), candidate(1..3, 0.5), candidate(0..1, 0.5)]), [[0, 1], [1, 3]]);
        assert_eq!(kept(&[candidate(0..2, 0.6), candidate(1..3, 0.7), candidate(2..4, 0.8)]), [[0, 2], [2, 4]]);
    }

    #[test]
    fn spans_are_those_of_the_published_table() {
        let counts = [1, 2, 3, 4, 5, 6, 10, 16, 128].map(|words| enumerate(words, 4).len());
        assert_eq!(counts, [1, 3, 6, 10, 14, 18, 34, 58, 506]);
        let five: Vec<(usize, usize)> = enumerate(5, 4).iter().map(|span| (span.start, span.end - 1)).collect();
        let starts = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4];
        let ends = [0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 3, 4, 4];
        assert_eq!(five, starts.into_iter().zip(ends).collect::<Vec<_>>());
        assert_eq!([1, 2, 3, 4, 9].map(piece_bucket), [0, 1, 2, 3, 3]);
    }

    #[test]
    fn what_is_kept_is_free_of_overlaps_and_does_not_depend_on_the_order() {
        let candidate = |(words, probability)| Candidate { words, label: 0, probability };
        let kept =
            |candidates: &[(Range<usize>, f32)]| without_overlaps(candidates.iter().cloned().map(candidate).collect());
        let words = |kept: &[Candidate]| kept.iter().map(|kept| kept.words.clone()).collect::<Vec<_>>();
        assert_eq!(words(&kept(&[(0..1, 0.7), (0..2, 0.9), (1..2, 0.8)])), vec![0..2; 1]);
        assert_eq!(words(&kept(&[(0..2, 0.8), (0..3, 0.8)])), vec![0..3; 1]);
        assert_eq!(words(&kept(&[(0..1, 0.5), (0..2, 0.9), (1..2, 0.6), (5..6, 0.4)])), [0..2, 5..6]);
        // All spans of a sentence with probabilities that repeat.
        let mut all: Vec<(Range<usize>, f32)> =
            enumerate(12, 4).into_iter().enumerate().map(|(place, words)| (words, (place * 37 % 11) as f32)).collect();
        let once = kept(&all);
        assert!(once.windows(2).all(|pair| pair[0].words.end <= pair[1].words.start));
        let loser =
            |other: &Candidate| once.iter().any(|kept| kept.probability >= other.probability && kept.overlaps(other));
        assert!(all.iter().cloned().map(candidate).all(|other| loser(&other)), "nobody is left out without a winner");
        for turn in 1..all.len() {
            all.rotate_left(turn);
            assert_eq!(kept(&all), once);
        }
    }

    #[test]
    fn the_released_procedure_keeps_the_last_candidate() {
        let kept = |candidates: &[(Range<usize>, f32)]| {
            let candidates = candidates.iter().cloned();
            let candidates = candidates.map(|(words, probability)| Candidate { words, label: 0, probability });
            let kept = Decoding::SpannerLegacy.choose(candidates.collect());
            kept.into_iter().map(|kept| kept.words).collect::<Vec<_>>()
        };
        assert_eq!(kept(&[(0..2, 0.9), (1..3, 0.6)]), [0..2, 1..3]);
        assert_eq!(kept(&[(0..2, 0.6), (1..3, 0.9)]), vec![1..3; 1]);
        assert_eq!(kept(&[(0..1, 0.7), (0..2, 0.9), (1..2, 0.8)]), [0..2, 1..2]);
        assert!(kept(&[]).is_empty());
    }
}
