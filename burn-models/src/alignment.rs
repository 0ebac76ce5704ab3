//! What a model looked at: maps from words to image regions or context words, per layer and head.

use serde::Serialize;

/// A rectangle of an image in fractions of its width and height, origin at the upper left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Frame {
    /// Left edge, `0..=1`.
    pub x: f32,
    /// Upper edge, `0..=1`.
    pub y: f32,
    /// Width, `0..=1`.
    pub width: f32,
    /// Height, `0..=1`.
    pub height: f32,
}

impl Frame {
    /// The whole image.
    pub const WHOLE: Self = Self { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
}

/// What the columns of a map are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Regions {
    /// A grid over the part of an image that the encoder saw, row by row from the upper left.
    Grid {
        /// Id of the image.
        image: String,
        /// Rows of the grid.
        rows: usize,
        /// Columns of the grid.
        columns: usize,
        /// The part of the image under the grid, resize and crop undone.
        frame: Frame,
    },
    /// Words of an accompanying text.
    Words {
        /// The words in order.
        words: Vec<String>,
    },
}

impl Regions {
    /// Number of columns of a map.
    pub fn len(&self) -> usize {
        match self {
            Self::Grid { rows, columns, .. } => rows * columns,
            Self::Words { words } => words.len(),
        }
    }

    /// Whether there is no region.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Weights of one head: `tokens x regions`, row by row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadMap {
    /// Layer, from 0.
    pub layer: usize,
    /// Head, from 0.
    pub head: usize,
    /// `tokens * regions` weights; each token's row sums to one.
    pub weights: Vec<f32>,
}

/// What one method says about where the words of one tweet looked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alignment {
    /// How the weights were computed (`attention`, ...).
    pub method: &'static str,
    /// Number of tokens of the tweet, the rows of every map.
    pub tokens: usize,
    /// The columns of every map.
    pub regions: Regions,
    /// One map per layer and head.
    pub maps: Vec<HeadMap>,
}

impl Alignment {
    /// Names the image that the regions lie on.
    pub fn name_image(&mut self, id: Option<&String>) {
        if let (Regions::Grid { image, .. }, Some(id)) = (&mut self.regions, id) {
            image.clone_from(id);
        }
    }

    /// Adds the rows of the tokens that follow, seen by the same method in the same regions.
    pub fn append(&mut self, next: &Self) {
        self.tokens += next.tokens;
        for (map, more) in self.maps.iter_mut().zip(&next.maps) {
            map.weights.extend_from_slice(&more.weights);
        }
    }

    /// Mean over layers, heads and the tokens `start..end`: one weight per region, summing to one.
    pub fn span_map(&self, start: usize, end: usize) -> Vec<f32> {
        let width = self.regions.len();
        let mut mean = vec![0.0; width];
        let tokens = start.min(self.tokens)..end.min(self.tokens);
        let rows = self.maps.len() * tokens.len();
        for map in &self.maps {
            for token in tokens.clone() {
                for (sum, weight) in mean.iter_mut().zip(&map.weights[token * width..(token + 1) * width]) {
                    *sum += weight / rows as f32;
                }
            }
        }
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_map_is_the_mean_over_tokens_and_heads() {
        let regions = Regions::Words { words: vec!["a".into(), "b".into()] };
        let head = |head, weights: &[f32]| HeadMap { layer: 0, head, weights: weights.to_vec() };
        let maps = vec![head(0, &[1.0, 0.0, 0.5, 0.5]), head(1, &[0.0, 1.0, 0.5, 0.5])];
        let alignment = Alignment { method: "attention", tokens: 2, regions, maps };
        assert_eq!(alignment.span_map(0, 1), [0.5, 0.5]);
        assert_eq!(alignment.span_map(1, 9), [0.5, 0.5]);
        assert_eq!(alignment.span_map(5, 9), [0.0, 0.0]);
    }
}
