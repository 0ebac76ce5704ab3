//! Which tag may follow which.

use serde::{Deserialize, Serialize};

use crate::example::TagScheme;

/// Score of a forbidden move: `exp` of it is 0 in `f32`, and differences stay finite.
pub const FORBIDDEN: f32 = -1e4;

/// Where the tag grammar is enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConstraintMode {
    /// Nowhere, as in the public code of the papers.
    None,
    /// In decoding and in every probability that is shown.
    #[default]
    Decode,
}

/// Additive scores: 0 for allowed moves, [`FORBIDDEN`] for the others. Constants, never trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraints {
    /// `K * K`, from x to.
    pub transitions: Vec<f32>,
    /// `K`.
    pub start: Vec<f32>,
    /// `K`.
    pub end: Vec<f32>,
}

impl Constraints {
    /// The grammar of `scheme` over `types` entity types.
    pub fn new(scheme: TagScheme, types: usize) -> Self {
        let count = scheme.tag_count(types);
        let cost = |allowed: bool| if allowed { 0.0 } else { FORBIDDEN };
        let may_start = |to| !matches!(scheme.split_index(to), Some(('I' | 'E', _)));
        let may_end = |from| scheme == TagScheme::Bio || !matches!(scheme.split_index(from), Some(('B' | 'I', _)));
        let may_follow = |from, to| match (scheme.split_index(from), scheme.split_index(to)) {
            (Some(('B' | 'I', open)), Some(('I' | 'E', label))) => open == label,
            (_, Some(('I' | 'E', _))) => false,
            (Some(('B' | 'I', _)), _) => scheme == TagScheme::Bio,
            _ => true,
        };
        Self {
            transitions: (0..count * count).map(|pair| cost(may_follow(pair / count, pair % count))).collect(),
            start: (0..count).map(|tag| cost(may_start(tag))).collect(),
            end: (0..count).map(|tag| cost(may_end(tag))).collect(),
        }
    }
}
