//! A prompt in pieces.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The pieces of a prompt, filled up to the length that the text encoder reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Start, pieces, end, padding.
    pub ids: Vec<u32>,
    /// The positions of each word's pieces among `ids`, as far as they were not cut.
    pub words: Vec<Range<usize>>,
    /// What did not fit.
    pub cut: Option<Cut>,
}

/// The end of a prompt that is too long, which the picture knows nothing of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// The first word, from 0, of which anything is missing; all words after it are missing.
    pub word: usize,
    /// Number of its pieces that were read.
    pub read: usize,
    /// Pieces of the whole prompt.
    pub pieces: usize,
    /// Pieces of a prompt that fit.
    pub fit: usize,
}

impl Prompt {
    /// Of the pieces of every word, with the pieces `[start, end, padding]`; `length` is at least 2.
    pub(super) fn new(words: Vec<Vec<u32>>, [start, end, padding]: [u32; 3], length: usize) -> Self {
        let fit = length - 2;
        let pieces = words.iter().map(Vec::len).sum();
        let mut ids = vec![start];
        let mut ranges = Vec::with_capacity(words.len());
        let mut cut = None;
        for (index, word) in words.into_iter().enumerate() {
            let first = ids.len();
            let read = word.len().min(1 + fit - first);
            if read < word.len() && cut.is_none() {
                cut = Some(Cut { word: index, read, pieces, fit });
            }
            ids.extend(&word[..read]);
            ranges.push(first..ids.len());
        }
        ids.push(end);
        ids.resize(length, padding);
        Self { ids, words: ranges, cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told() {
        let prompt = |words: Vec<Vec<u32>>| Prompt::new(words, [90, 91, 0], 6);
        let short = prompt(vec![vec![1, 2], vec![], vec![3]]);
        assert_eq!((short.ids, short.cut), (vec![90, 1, 2, 3, 91, 0], None));
        assert_eq!(short.words, [1..3, 3..3, 3..4]);
        let full = prompt(vec![vec![1, 2], vec![3, 4]]);
        assert_eq!((full.ids, full.cut), (vec![90, 1, 2, 3, 4, 91], None));
        let long = prompt(vec![vec![1, 2], vec![3, 4, 5], vec![6]]);
        assert_eq!(long.ids, [90, 1, 2, 3, 4, 91]);
        assert_eq!(long.words, [1..3, 3..5, 5..5]);
        assert_eq!(long.cut, Some(Cut { word: 1, read: 2, pieces: 6, fit: 4 }));
        let empty = prompt(Vec::new());
        assert_eq!((empty.ids, empty.cut), (vec![90, 91, 0, 0, 0, 0], None));
    }
}
