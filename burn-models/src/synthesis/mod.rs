//! Pictures for tweets: which of several candidates shows the tweet's entities best, and looks most like pictures that are
//! known to belong to it (`InstructNER`, stage 1).
//!
//! Where candidates and their maps come from is nobody's business here: a generator, files, or a corpus with several
//! images a tweet.

mod accuracy;
mod coverage;
pub mod diffusion;
mod regions;
mod selection;
#[cfg(test)]
mod selection_tests;
mod visual_words;

use image::RgbImage;

use crate::word_maps::WordMaps;

pub use accuracy::{Accuracy, Bags, Selector};
pub use coverage::Coverage;
pub use regions::{EncoderRegions, LocalFeatures, RegionEncoder};
pub use selection::{Flag, References, Selection, SelectionOptions, select};
pub use visual_words::VisualWords;

/// A picture that a tweet could have.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The picture.
    pub image: RgbImage,
    /// Where it shows each word, as far as somebody measured it.
    pub maps: Option<WordMaps>,
}
