//! What a model looked at: maps from words to image regions or context words, per layer and head.

mod maps;
mod selection;

use std::ops::Range;

use serde::Serialize;

pub use maps::{Map, MapError, OneHead};
pub use selection::{Selection, UnknownSelection};

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
    /// Rows and columns of the regions; words stand in one row.
    pub fn shape(&self) -> (usize, usize) {
        match self {
            Self::Grid { rows, columns, .. } => (*rows, *columns),
            Self::Words { words } => (1, words.len()),
        }
    }

    /// Number of columns of a map.
    pub fn len(&self) -> usize {
        let (rows, columns) = self.shape();
        rows * columns
    }

    /// Whether there is no region.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Weights of one head: `rows x regions`, row by row.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HeadMap {
    /// Layer, from 0.
    pub layer: usize,
    /// Head, from 0.
    pub head: usize,
    /// `rows * regions` weights; each row sums to the share of its attention that the regions got, which with its part of
    /// `whole` is one where there was nothing else to look at. Where regions look at words instead, and in maps that come
    /// from elsewhere, rows have sums of their own.
    pub weights: Vec<f32>,
    /// One weight a row for the image as a whole, which is looked at beside its regions; empty where it is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub whole: Vec<f32>,
}

/// What one method says about where the words of one tweet looked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alignment {
    /// How the weights were computed (`attention`, ...).
    pub method: &'static str,
    /// Number of tokens of the tweet.
    pub tokens: usize,
    /// The tokens of every row of the maps where rows are phrases; empty where every token has a row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Range<usize>>,
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

    /// Id of the image that the regions lie on; `None` where they are words.
    pub fn image(&self) -> Option<&str> {
        match &self.regions {
            Regions::Grid { image, .. } => Some(image),
            Regions::Words { .. } => None,
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
        let rows = |alignment: &Self| if alignment.spans.is_empty() { alignment.tokens } else { alignment.spans.len() };
        let (rows, following_rows) = (rows(self), rows(next));
        for (map, following) in self.maps.iter_mut().zip(&next.maps) {
            let mut weights = widened(&map.weights, rows, own.max(more));
            weights.extend(widened(&following.weights, following_rows, own.max(more)));
            map.weights = weights;
            map.whole.extend_from_slice(&following.whole);
        }
        let before = self.tokens;
        self.spans.extend(next.spans.iter().map(|span| span.start + before..span.end + before));
        self.tokens += next.tokens;
    }

    /// Mean over layers, heads and the rows of the tokens `start..end`: one weight per region, summing to one, or to zero
    /// where nothing was looked at or what was is no number.
    pub fn span_map(&self, start: usize, end: usize) -> Vec<f32> {
        self.to_regions(start..end, Selection::Mean).map_or_else(|_| vec![0.0; self.regions.len()], |map| map.weights)
    }

    /// Share of the attention of the tokens `start..end` that the regions got, `0..=1`, the mean over layers and heads.
    pub fn share(&self, start: usize, end: usize) -> f32 {
        self.to_regions(start..end, Selection::Mean).map_or(0.0, |map| map.sum)
    }

    /// How much the tokens `start..end` looked at the image as a whole, `0..=1`, the mean over layers, heads and rows;
    /// `None` where it is no region of its own.
    pub fn whole_share(&self, start: usize, end: usize) -> Option<f32> {
        let rows = self.rows(start, end);
        let shares = self.maps.iter().flat_map(|map| rows.iter().filter_map(|row| map.whole.get(*row)));
        let (sum, count) = shares.fold((0.0, 0), |(sum, count), share| (sum + share, count + 1));
        (count > 0).then(|| sum / count as f32)
    }

    /// The rows for the tokens `start..end`: theirs, or where rows are phrases that of the phrase, or those of its words if
    /// it is longer than any.
    pub fn rows(&self, start: usize, end: usize) -> Vec<usize> {
        if self.spans.is_empty() {
            return (start.min(self.tokens)..end.min(self.tokens)).collect();
        }
        let phrase = start..end;
        if let Some(row) = self.spans.iter().position(|span| *span == phrase) {
            return vec![row];
        }
        let word = |span: &Range<usize>| span.len() == 1 && phrase.contains(&span.start);
        (0..self.spans.len()).filter(|row| word(&self.spans[*row])).collect()
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
        let head = |head, weights: &[f32]| HeadMap { head, weights: weights.to_vec(), ..HeadMap::default() };
        let maps = vec![head(0, &[1.0, 0.0, 0.5, 0.5]), head(1, &[0.0, 1.0, 0.5, 0.5])];
        let alignment = Alignment { method: "attention", tokens: 2, spans: Vec::new(), regions, maps };
        assert_eq!(alignment.span_map(0, 1), [0.5, 0.5]);
        assert_eq!(alignment.span_map(1, 9), [0.5, 0.5]);
        assert_eq!(alignment.span_map(5, 9), [0.0, 0.0]);
    }

    #[test]
    fn a_map_is_of_what_the_regions_got_and_their_share_is_told() {
        let maps = vec![HeadMap { weights: vec![0.1, 0.3], ..HeadMap::default() }];
        let alignment =
            Alignment { method: "attention", tokens: 1, spans: Vec::new(), regions: words(&["a", "b"]), maps };
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
                spans: Vec::new(),
                regions: words(names),
                maps: vec![HeadMap { weights, ..HeadMap::default() }],
            }
        };
        let mut joined = of(&["a"], 2);
        joined.append(&of(&["a", "b", "c"], 1));
        joined.append(&of(&[], 1));
        assert_eq!((joined.tokens, &joined.regions), (4, &words(&["a", "b", "c"])));
        let rows: Vec<&[f32]> = joined.maps[0].weights.chunks(3).collect();
        assert_eq!(rows, [[0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.5; 3], [0.0; 3]]);
    }

    #[test]
    fn a_phrase_has_a_row_of_its_own_and_a_longer_one_those_of_its_words() {
        let of = |spans: Vec<Range<usize>>, tokens: usize, weights: &[f32]| Alignment {
            method: "attention",
            tokens,
            regions: words(&["a", "b"]),
            maps: vec![HeadMap {
                weights: weights.to_vec(),
                whole: weights.chunks(2).map(|row| 1.0 - row[0] - row[1]).collect(),
                ..HeadMap::default()
            }],
            spans,
        };
        let mut joined = of(vec![0..1, 0..2, 1..2], 2, &[0.5, 0.0, 0.1, 0.3, 0.0, 0.5]);
        joined.append(&of(vec![0..1; 1], 1, &[0.25, 0.25]));
        assert_eq!((joined.tokens, joined.spans.last()), (3, Some(&(2..3))));
        let near =
            |found: Vec<f32>, wanted: [f32; 2]| found.iter().zip(wanted).all(|(one, two)| (one - two).abs() < 1e-6);
        assert!(near(joined.span_map(0, 2), [0.25, 0.75]), "the phrase's own row");
        assert!(near(joined.span_map(0, 3), [0.5, 0.5]), "the mean of its words'");
        assert!(joined.whole_share(0, 2).is_some_and(|share| (share - 0.6).abs() < 1e-6));
        assert!(joined.whole_share(0, 3).is_some_and(|share| (share - 0.5).abs() < 1e-6));
        assert_eq!(joined.whole_share(7, 9), None);
    }
}
