//! What a tweet has besides text and entities, for the field `spanlight` in files of tools that keep fields they do not know.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use spanlight_models::example::{Context, Example, ImageMeasures, RegionBox};

/// Name of the field.
pub(super) const FIELD: &str = "spanlight";

/// What the field holds; it is written only where there is something to hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    /// The tokens, where the text alone does not tell them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub image_scores: IndexMap<String, f32>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub image_measures: IndexMap<String, ImageMeasures>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<Context>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boxes: Vec<RegionBox>,
}

impl Kept {
    /// What must be kept of a tweet whose text is its tokens joined by one space.
    pub fn of(example: &Example) -> Option<Self> {
        let Example { tokens, images, image_scores, image_measures, contexts, boxes, .. } = example;
        let plain = tokens.iter().all(|token| !token.is_empty() && !token.contains(|c: char| c.is_ascii_whitespace()));
        let kept = Self {
            tokens: (!plain).then(|| tokens.clone()),
            images: images.clone(),
            image_scores: image_scores.clone(),
            image_measures: image_measures.clone(),
            contexts: contexts.clone(),
            boxes: boxes.clone(),
        };
        (kept != Self::default()).then_some(kept)
    }

    /// The same as JSON.
    pub fn json(example: &Example) -> Option<serde_json::Value> {
        Self::of(example).and_then(|kept| serde_json::to_value(kept).ok())
    }
}
