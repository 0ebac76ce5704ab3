//! What a model says about one tweet.

use serde::{Deserialize, Serialize};

use crate::example::Span;

/// A predicted entity with the probability that exactly this entity is there (not the mean of token probabilities).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredSpan {
    /// The entity.
    #[serde(flatten)]
    pub span: Span,
    /// Probability of the exact entity under the model, `0..=1`.
    pub probability: f32,
}

/// A model's labelling of one tweet.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Prediction {
    /// Entities of the best labelling, in order.
    pub spans: Vec<ScoredSpan>,
    /// Probability of that whole labelling.
    pub path_probability: f32,
    /// Entropy of the distribution over labellings, in nats per token.
    pub entropy: f32,
}

impl Prediction {
    /// How unsure the model is of the whole labelling: `1 - path_probability`, the least-confidence measure.
    pub fn uncertainty(&self) -> f32 {
        1.0 - self.path_probability
    }
}
