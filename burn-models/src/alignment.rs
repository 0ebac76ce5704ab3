//! What a model looked at: maps from words to image regions or context words, per layer and head.

use serde::Serialize;

use crate::input::ContextWord;

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
    /// Words of the tweet's contexts, as far as they found room.
    Words {
        /// The words in order.
        words: Vec<ContextWord>,
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
    /// `tokens * regions` weights; each token's row sums to the share of its attention that the regions got, which is one
    /// where there was nothing else to look at.
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
    ///
    /// Fewer words of a context find room behind a longer window; those that did not got nothing.
    pub fn append(&mut self, next: &Self) {
        let (own, more) = (self.regions.len(), next.regions.len());
        if let (Regions::Words { words }, Regions::Words { words: others }) = (&mut self.regions, &next.regions) {
            words.extend_from_slice(&others[own.min(more)..]);
        }
        for (map, following) in self.maps.iter_mut().zip(&next.maps) {
            let mut weights = widened(&map.weights, self.tokens, own.max(more));
            weights.extend(widened(&following.weights, next.tokens, own.max(more)));
            map.weights = weights;
        }
        self.tokens += next.tokens;
    }

    /// Mean over layers, heads and the tokens `start..end`: one weight per region, summing to one, or to zero where nothing
    /// was looked at.
    pub fn span_map(&self, start: usize, end: usize) -> Vec<f32> {
        let mut mean = self.mean(start, end);
        let total: f32 = mean.iter().sum();
        if total > 0.0 {
            for weight in &mut mean {
                *weight /= total;
            }
        }
        mean
    }

    /// Share of the attention of the tokens `start..end` that the regions got, `0..=1`, the mean over layers and heads.
    pub fn share(&self, start: usize, end: usize) -> f32 {
        self.mean(start, end).iter().sum()
    }

    fn mean(&self, start: usize, end: usize) -> Vec<f32> {
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

/// `rows` rows of weights with zeros behind each, up to `width`.
fn widened(weights: &[f32], rows: usize, width: usize) -> Vec<f32> {
    let own = weights.len() / rows.max(1);
    let row = |row: usize| {
        let weights = weights[row * own..(row + 1) * own].iter().copied();
        weights.chain(std::iter::repeat_n(0.0, width - own))
    };
    (0..rows).flat_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(names: &[&str]) -> Regions {
        let word = |name: &&str| ContextWord { text: (*name).to_owned(), ..ContextWord::default() };
        Regions::Words { words: names.iter().map(word).collect() }
    }

    #[test]
    fn span_map_is_the_mean_over_tokens_and_heads() {
        let regions = words(&["a", "b"]);
        let head = |head, weights: &[f32]| HeadMap { layer: 0, head, weights: weights.to_vec() };
        let maps = vec![head(0, &[1.0, 0.0, 0.5, 0.5]), head(1, &[0.0, 1.0, 0.5, 0.5])];
        let alignment = Alignment { method: "attention", tokens: 2, regions, maps };
        assert_eq!(alignment.span_map(0, 1), [0.5, 0.5]);
        assert_eq!(alignment.span_map(1, 9), [0.5, 0.5]);
        assert_eq!(alignment.span_map(5, 9), [0.0, 0.0]);
    }

    #[test]
    fn a_map_is_of_what_the_regions_got_and_their_share_is_told() {
        let maps = vec![HeadMap { layer: 0, head: 0, weights: vec![0.1, 0.3] }];
        let alignment = Alignment { method: "attention", tokens: 1, regions: words(&["a", "b"]), maps };
        let map = alignment.span_map(0, 1);
        assert!((map[0] - 0.25).abs() < 1e-6 && (map[1] - 0.75).abs() < 1e-6, "{map:?}");
        assert!((alignment.share(0, 1) - 0.4).abs() < 1e-6);
    }

    #[test]
    fn windows_that_see_fewer_words_of_a_context_are_joined() {
        let of = |names: &[&str], tokens: usize| {
            let weights = vec![0.5; tokens * names.len()];
            Alignment {
                method: "attention",
                tokens,
                regions: words(names),
                maps: vec![HeadMap { layer: 0, head: 0, weights }],
            }
        };
        let mut joined = of(&["a"], 2);
        joined.append(&of(&["a", "b", "c"], 1));
        joined.append(&of(&[], 1));
        assert_eq!((joined.tokens, &joined.regions), (4, &words(&["a", "b", "c"])));
        let rows: Vec<&[f32]> = joined.maps[0].weights.chunks(3).collect();
        assert_eq!(rows, [[0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.5; 3], [0.0; 3]]);
    }
}
