//! All that is measured of a model's probabilities on one corpus.

use serde::Serialize;

use super::Judged;
use super::calibration::{Calibration, Outcome, entity_outcomes};
use super::sentence::{Sentence, loss_per_word};

/// Calibration of entities and of words, and the likelihood of the gold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certainty {
    /// Predicted entities with their exact probabilities; absent without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entities: Option<Calibration>,
    /// The tags of all words; absent where the system has no tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Calibration>,
    /// The tags of words in a gold or a predicted entity, which are the hard ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_words: Option<Calibration>,
    /// Negative log likelihood of the gold per word, in nats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_per_word: Option<f64>,
}

impl Certainty {
    /// Measures predictions and, where the system scores tags, sentences.
    pub fn of(judged: &[Judged], sentences: &[Sentence]) -> Self {
        let words: Vec<_> = sentences.iter().flat_map(Sentence::word_outcomes).collect();
        let outcomes = |only_entities: bool| -> Vec<Outcome> {
            words.iter().filter(|word| word.entity || !only_entities).map(|word| word.outcome).collect()
        };
        Self {
            entities: Calibration::of(&entity_outcomes(judged)),
            words: Calibration::of(&outcomes(false)),
            entity_words: Calibration::of(&outcomes(true)),
            loss_per_word: loss_per_word(sentences),
        }
    }
}
