//! Where a tagger's words looked, by the method that one asks for: one file for each.

mod chances;
mod explain;
#[cfg(test)]
mod geometry_tests;
mod gradient;
mod method;
mod occlusion;
mod rollout;
#[cfg(test)]
mod tests;
mod unit;

use serde::Serialize;

pub use chances::chances;
pub(crate) use explain::Explainer;
pub use explain::Watch;
pub use method::{Method, UnknownMethod};
pub use unit::{Direction, Unit, UnknownDirection, UnknownUnit};

use crate::alignment::{Alignment, MapError};
use crate::model::Reading;

/// What a tagger says about one tweet, and where its words looked by one method.
#[derive(Clone, Debug)]
pub struct Attribution {
    /// Its labels; what other alignments it has by itself is in here too.
    pub reading: Reading,
    /// Where the words looked.
    pub alignment: Alignment,
    /// Where sub-tokens have the rows of the alignment, in their order; otherwise empty.
    pub pieces: Vec<Piece>,
    /// By [`Method::Occlusion`] how much every region changed every row, rises too.
    pub falls: Option<Falls>,
}

/// A sub-token of a tweet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// As the vocabulary has it.
    pub text: String,
    /// The token that it is a part of.
    pub token: usize,
}

/// What hiding regions, one at a time, does to the labels of one tweet.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Falls {
    /// The regions that were hidden, in order: places in the grid, or in the words of the contexts.
    pub regions: Vec<usize>,
    /// Probability of every row's label with nothing hidden, `0..=1`; rows are those of the alignment.
    pub probabilities: Vec<f32>,
    /// `rows x regions`, row by row: how far that probability fell, `-1..=1`, below zero where it rose.
    pub falls: Vec<f32>,
}

/// What a system has instead of a method that it lacks.
fn offer(methods: &[Method]) -> String {
    if methods.is_empty() {
        "no maps at all, only labels and their probabilities".into()
    } else {
        Method::list(methods)
    }
}

/// Why there is no such attribution.
#[derive(Debug, thiserror::Error)]
pub enum AttributionError {
    /// The system has no such maps.
    #[error("`{system}` has no {method}: {reason}; it has {offered}", offered = offer(offered))]
    NotOffered {
        /// The system.
        system: &'static str,
        /// What was asked for.
        method: Method,
        /// Why it has none.
        reason: &'static str,
        /// What it has.
        offered: Vec<Method>,
    },
    /// The unit has no rows by this method.
    #[error("`{system}` has no {method} of a {unit}: {reason}; ask for words or spans")]
    NoSuchUnit {
        /// The system.
        system: &'static str,
        /// The method.
        method: Method,
        /// What was asked for.
        unit: Unit,
        /// Why there are no rows.
        reason: &'static str,
    },
    /// There is nothing in the tweet that its words could look at.
    #[error("`{system}` has no map of the tweet `{tweet}`: it has {missing}")]
    NothingToSee {
        /// Id of the tweet.
        tweet: String,
        /// The system.
        system: &'static str,
        /// `no image`, or what is wrong with it; `no tokens`.
        missing: String,
    },
    /// A map cannot be shown.
    #[error("the tweet `{tweet}`: {source}")]
    Map {
        /// Id of the tweet.
        tweet: String,
        /// Why.
        source: MapError,
    },
    /// Whoever asked does not want it any more.
    #[error("stopped")]
    Stopped,
}
