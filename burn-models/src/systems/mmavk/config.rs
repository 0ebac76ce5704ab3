//! Sizes and options of MMAVK.

use serde::{Deserialize, Serialize};

use crate::example::{Context, ContextKind};
use crate::layers::crf::ConstraintMode;
use crate::systems::contexts::{self, BUDGET, CONTEXTS};
use crate::systems::options::{OptionError, Options, SystemOption};
use crate::systems::published::PublishedTextConfig;

/// The options.
pub const OPTIONS: [SystemOption; 3] = [
    SystemOption { default: "knowledge", ..CONTEXTS },
    SystemOption { default: "256", ..BUDGET },
    SystemOption {
        name: "threshold",
        summary: "similarity of tweet and image below which the knowledge is passed over (the paper has 0.35 for CLIP \
                  ViT-B/32); auto chooses it on the validation data; knowledge whose similarity nobody measured is used",
        value: "NUMBER|auto",
        default: "auto",
    },
];

/// Sizes and options of a [`super::Mmavk`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MmavkConfig {
    /// The kinds of contexts that are knowledge, in their order.
    pub contexts: Vec<ContextKind>,
    /// Most pieces of the knowledge.
    pub budget: usize,
    /// Similarity below which the knowledge is passed over; infinite where none or all of it is used.
    pub threshold: f32,
    /// Whether training chooses the threshold.
    pub auto: bool,
    /// Share of the words' activations dropped before the fusion while training.
    pub dropout: f64,
    /// Where the tag grammar is enforced.
    pub constraints: ConstraintMode,
    /// The encoder.
    pub text: PublishedTextConfig,
}

impl MmavkConfig {
    /// The published recipe over an encoder, with what was chosen.
    pub fn new(text: PublishedTextConfig, options: &Options) -> Result<Self, OptionError> {
        let [kinds, budget, threshold] = &OPTIONS;
        let threshold = options.read(threshold, similarity)?;
        Ok(Self {
            contexts: options.read(kinds, contexts::kinds)?,
            budget: options.read(budget, str::parse)?,
            threshold: threshold.unwrap_or(f32::NEG_INFINITY),
            auto: threshold.is_none(),
            dropout: 0.1,
            constraints: ConstraintMode::Decode,
            text,
        })
    }

    /// The contexts that are knowledge, with their places among all, in the order of their kinds.
    pub fn knowledge<'a>(&self, contexts: &'a [Context]) -> Vec<(usize, &'a Context)> {
        let of_kind = |kind: ContextKind| contexts.iter().enumerate().filter(move |(_, context)| context.kind == kind);
        self.contexts.iter().flat_map(|kind| of_kind(*kind)).collect()
    }

    /// The similarity that decides about all knowledge of a tweet: the first that somebody measured.
    pub fn similarity(&self, contexts: &[Context]) -> Option<f32> {
        self.knowledge(contexts).iter().find_map(|(_, context)| context.similarity)
    }
}

/// A threshold; `None` for `auto`.
fn similarity(text: &str) -> Result<Option<f32>, &'static str> {
    if text == "auto" {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|number: &f32| !number.is_nan());
    number.map(Some).ok_or("a similarity is a number like 0.35")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_numbers_or_chosen() {
        assert_eq!(similarity("auto"), Ok(None));
        assert_eq!(similarity("0.35"), Ok(Some(0.35)));
        assert_eq!(similarity("-inf"), Ok(Some(f32::NEG_INFINITY)));
        assert!(similarity("nan").is_err() && similarity("high").is_err());
    }
}
