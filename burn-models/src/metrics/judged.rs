//! A tweet with its gold and with what a model said: what all other measures are computed from.

use serde::{Deserialize, Serialize};

use crate::example::Span;
use crate::prediction::ScoredSpan;

use super::{Counts, Scores};

/// What a model could see of a tweet's image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageState {
    /// The image.
    Present,
    /// The tweet has none, or the model was not given it.
    #[default]
    Absent,
    /// The tweet names one, but there is no file for it or it cannot be decoded.
    Unreadable,
}

/// A tweet, its gold entities and the predicted ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// Identifier of the tweet.
    pub id: String,
    /// The words.
    pub tokens: Vec<String>,
    /// Gold entities.
    pub gold: Vec<Span>,
    /// Predicted entities with their probabilities.
    pub predicted: Vec<ScoredSpan>,
    /// What the model could see of the image.
    pub image: ImageState,
}

impl Judged {
    /// The predicted entities without their probabilities.
    pub fn spans(&self) -> Vec<Span> {
        self.predicted.iter().map(|scored| scored.span.clone()).collect()
    }

    /// Whether exactly this entity is in the gold.
    pub fn is_right(&self, span: &Span) -> bool {
        self.gold.contains(span)
    }

    /// Its share in the overall score.
    pub fn counts(&self) -> Counts {
        let matched = self.predicted.iter().filter(|scored| self.is_right(&scored.span)).count();
        Counts { matched, predicted: self.predicted.len(), gold: self.gold.len() }
    }

    /// Scores of all tweets together.
    pub fn scores(judged: &[Self]) -> Scores {
        let mut scores = Scores::default();
        for tweet in judged {
            scores.add(&tweet.gold, &tweet.spans());
        }
        scores
    }
}

/// The label of the span that covers exactly `start..end`.
pub(super) fn label_at<'a>(mut spans: impl Iterator<Item = &'a Span>, start: usize, end: usize) -> Option<&'a str> {
    spans.find(|span| (span.start, span.end) == (start, end)).map(|span| span.label.as_str())
}

#[cfg(test)]
pub(super) fn judged(gold: &str, predicted: &str) -> Judged {
    let spans = |tags: &str| {
        crate::example::TagScheme::Bio.decode(&tags.split(' ').collect::<Vec<_>>()).expect("tags of the test").0
    };
    let scored = |span| ScoredSpan { span, probability: 0.5 };
    Judged {
        tokens: (0..gold.split(' ').count()).map(|word| format!("W{word}")).collect(),
        gold: spans(gold),
        predicted: spans(predicted).into_iter().map(scored).collect(),
        ..Judged::default()
    }
}
