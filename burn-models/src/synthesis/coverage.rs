//! How much of a tweet's entities each candidate shows, by the maps of the words (eq. 1 of `InstructNER`).

use serde::Serialize;

use crate::word_maps::WordMaps;

/// What the maps say; `l` candidates, `n` words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// Mean of every word's map in every candidate, `l x n` (mu).
    pub means: Vec<Vec<f32>>,
    /// How much of each word all candidates show together, `n` (w).
    pub importance: Vec<f32>,
    /// The words that count as entities (E).
    pub entity_words: Vec<usize>,
    /// Mean over the entity words of each candidate's means, `l`; large is good (cov).
    pub scores: Vec<f32>,
    /// Whether no word was important enough, so that all words with a map count.
    pub all_words: bool,
}

impl Coverage {
    /// Of the maps of candidates, all of the same tweet; words of at least `threshold` importance count as entities (theta).
    pub fn of(maps: &[&WordMaps], threshold: f32) -> Self {
        let words = maps.iter().map(|maps| maps.words()).max().unwrap_or(0);
        let mean = |maps: &WordMaps, word: usize| if word < maps.words() { maps.mean(word) } else { 0.0 };
        let means: Vec<Vec<f32>> = maps.iter().map(|maps| (0..words).map(|word| mean(maps, word)).collect()).collect();
        let total = |word: usize| means.iter().map(|means| f64::from(means[word])).sum::<f64>() as f32;
        let importance: Vec<f32> = (0..words).map(total).collect();
        let at_least = |least: f32| -> Vec<usize> {
            let enough = |word: &usize| importance[*word] > 0.0 && importance[*word] >= least;
            (0..words).filter(enough).collect()
        };
        let entities = at_least(threshold);
        let all_words = entities.is_empty();
        let entity_words = if all_words { at_least(0.0) } else { entities };
        let count = entity_words.len().max(1) as f64;
        let score =
            |means: &Vec<f32>| (entity_words.iter().map(|word| f64::from(means[*word])).sum::<f64>() / count) as f32;
        let scores = means.iter().map(score).collect();
        Self { means, importance, entity_words, scores, all_words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps(values: &[[f32; 4]]) -> WordMaps {
        WordMaps::new(values.concat(), [values.len(), 2, 2]).expect("maps")
    }

    fn near(one: &[f32], other: &[f32]) -> bool {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-6)
    }

    #[test]
    fn coverage_is_what_it_is_by_hand() {
        let first = maps(&[[0.1; 4], [0.4, 0.2, 0.1, 0.1], [0.0, 0.0, 0.02, 0.02]]);
        let second = maps(&[[0.1; 4], [0.0, 0.1, 0.1, 0.2], [0.02; 4]]);
        let coverage = Coverage::of(&[&first, &second], 0.05);
        assert!(near(&coverage.means[0], &[0.10, 0.20, 0.01]) && near(&coverage.means[1], &[0.10, 0.10, 0.02]));
        assert!(near(&coverage.importance, &[0.20, 0.30, 0.03]));
        assert_eq!((coverage.entity_words.as_slice(), coverage.all_words), (&[0, 1][..], false));
        assert!(near(&coverage.scores, &[0.15, 0.10]));
    }

    #[test]
    fn a_word_at_the_threshold_counts_and_without_any_all_do() {
        let one = maps(&[[0.05; 4], [0.049; 4], [0.0; 4]]);
        assert_eq!(Coverage::of(&[&one], 0.05).entity_words, [0]);
        let none = Coverage::of(&[&one], 0.5);
        assert_eq!((none.entity_words.as_slice(), none.all_words), (&[0, 1][..], true));
        let nothing = Coverage::of(&[&maps(&[[0.0; 4]])], 0.05);
        assert_eq!((nothing.entity_words.len(), nothing.scores[0], nothing.all_words), (0, 0.0, true));
    }
}
