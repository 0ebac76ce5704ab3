//! What a model made of a tweet's words for an image, and how near that is to the image.

use serde::Serialize;

/// What was kept and made, level by level from below.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Imagination {
    /// The levels.
    pub levels: Vec<ImaginedLevel>,
}

/// One level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImaginedLevel {
    /// The block of the text encoder, from 0, that looks at what is made here.
    pub layer: usize,
    /// For every word whether something is made of it.
    pub words: Vec<Choice>,
    /// The tweet's image, which has no part in what is made; absent where the tweet has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImaginedImage>,
}

/// Whether a word or region is kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// Whether it is.
    pub kept: bool,
    /// Its probability, `0..=1`.
    pub probability: f32,
}

/// What was made against the image; of a tweet that is read in windows, by the first one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImaginedImage {
    /// Rows of the grid of regions.
    pub rows: usize,
    /// Columns of the grid.
    pub columns: usize,
    /// For every region, row by row from the upper left, whether words are made of it.
    pub regions: Vec<Choice>,
    /// For every region the cosine between what was made for it and what is there.
    pub similarity: Vec<f32>,
    /// The same for the image as a whole.
    pub whole: f32,
    /// Cosine between the means of both over what is kept of the image.
    pub mean: f32,
}

impl Imagination {
    /// Adds the words of the window that follows.
    pub fn append(&mut self, next: Self) {
        for (level, more) in self.levels.iter_mut().zip(next.levels) {
            level.words.extend(more.words);
        }
    }
}
