//! From tweets to the rows of a batch: word pieces, shapes, gold tags, pixels and where names are visible.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use rand::RngExt;
use rand::rngs::StdRng;

use crate::encoders::image::Pixels;
use crate::encoders::text::{WordPieces, word_shape};
use crate::example::{Example, LabelSet, TagScheme};

/// Longest piece of a tweet that is encoded at once; longer tweets are read in windows.
pub const WINDOW_WORDS: usize = 128;

/// Most word pieces of one word; the rest of a longer word says nothing new.
const WORD_PIECES: usize = 6;

/// Most word pieces of a window.
pub const WINDOW_PIECES: usize = WINDOW_WORDS * WORD_PIECES;

/// A tweet and the file of its preferred image.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The tweet.
    pub example: Example,
    /// File of the image, if there is one.
    pub image: Option<PathBuf>,
}

/// One row of a batch: a tweet, or a window of a long one.
#[derive(Clone, Debug)]
pub struct Row {
    /// The window's first token in its tweet.
    pub offset: usize,
    /// Word pieces.
    pub pieces: Vec<u32>,
    /// Shape of the word behind every piece.
    pub shapes: Vec<u8>,
    /// Index of every word's first piece, and one past the last piece of the last word.
    pub firsts: Vec<usize>,
    /// Gold tag of every word, 0 (`O`) where nothing is labelled.
    pub tags: Vec<usize>,
    /// The image as the encoder takes it.
    pub pixels: Option<Arc<Pixels>>,
    /// Words of the window and the grid regions in which they are visible.
    pub visible: Vec<(Range<usize>, Vec<bool>)>,
}

impl Row {
    /// Number of words.
    pub fn words(&self) -> usize {
        self.tags.len()
    }

    /// Pieces with some words made unknown, so that context, shape and image must do.
    pub fn pieces_with_noise(&self, noise: &mut Noise, unknown: u32) -> Vec<u32> {
        let mut pieces = self.pieces.clone();
        for (word, tag) in self.tags.iter().enumerate() {
            let share = if *tag == 0 { noise.word_dropout } else { noise.name_dropout };
            if noise.rng.random::<f32>() < share {
                pieces[self.firsts[word]..self.firsts[word + 1]].fill(unknown);
            }
        }
        pieces
    }
}

/// What is disturbed while training.
#[derive(Debug)]
pub struct Noise {
    /// Source of chance.
    pub rng: StdRng,
    /// Share of ordinary words made unknown.
    pub word_dropout: f32,
    /// Share of name words made unknown.
    pub name_dropout: f32,
}

/// Rounds up so that few distinct shapes occur, each of which costs a warm-up on a GPU.
pub fn padded(length: usize) -> usize {
    length.next_multiple_of(8).max(8)
}

/// Encodes the windows of one tweet; a tweet without tokens has none.
///
/// `grid` is the number of rows and columns of the image encoder's regions; `image` is its size in pixels.
pub fn rows(
    example: &Example,
    labels: &LabelSet,
    scheme: TagScheme,
    pieces: &WordPieces,
    picture: Option<(Arc<Pixels>, [u32; 2])>,
    grid: usize,
) -> Vec<Row> {
    let tags = gold_tags(example, labels, scheme);
    let visible = picture.as_ref().map(|(_, size)| visible_regions(example, *size, grid)).unwrap_or_default();
    let windows = (0..example.tokens.len()).step_by(WINDOW_WORDS);
    let windows = windows.map(|offset| offset..example.tokens.len().min(offset + WINDOW_WORDS));
    windows
        .map(|window| {
            let mut row = Row {
                offset: window.start,
                pieces: Vec::new(),
                shapes: Vec::new(),
                firsts: Vec::new(),
                tags: tags[window.clone()].to_vec(),
                pixels: picture.as_ref().map(|(pixels, _)| Arc::clone(pixels)),
                visible: Vec::new(),
            };
            for word in &example.tokens[window.clone()] {
                let ids = pieces.pieces(word, WORD_PIECES);
                row.firsts.push(row.pieces.len());
                row.shapes.extend(std::iter::repeat_n(word_shape(word), ids.len()));
                row.pieces.extend(ids);
            }
            row.firsts.push(row.pieces.len());
            for (words, regions) in &visible {
                let inside = words.start.max(window.start)..words.end.min(window.end);
                if !inside.is_empty() {
                    row.visible.push((inside.start - window.start..inside.end - window.start, regions.clone()));
                }
            }
            row
        })
        .collect()
}

/// Tag indices of the gold spans; spans of unknown types and spans that do not fit are left out.
fn gold_tags(example: &Example, labels: &LabelSet, scheme: TagScheme) -> Vec<usize> {
    let mut tags = vec![0; example.tokens.len()];
    for span in &example.spans {
        let Some(label) = labels.index_of(&span.label) else { continue };
        for token in span.start..span.end.min(tags.len()) {
            tags[token] = scheme.join_index(scheme.prefix_at(span, token), label).unwrap_or(0);
        }
    }
    tags
}

/// For every entity with a box in the preferred image: its words and the regions whose centre lies in the box.
pub fn visible_regions(example: &Example, [width, height]: [u32; 2], grid: usize) -> Vec<(Range<usize>, Vec<bool>)> {
    let Some(image) = example.images.first() else { return Vec::new() };
    let mut found: Vec<(Range<usize>, Vec<bool>)> = Vec::new();
    for region in example.boxes.iter().filter(|region| &region.image == image) {
        let scale = |edge: f32, size: u32| edge / size.max(1) as f32 * grid as f32;
        let (left, right) = (scale(region.xmin, width), scale(region.xmax, width));
        let (top, bottom) = (scale(region.ymin, height), scale(region.ymax, height));
        let middle = |low: f32, high: f32| (f32::midpoint(low, high) as usize).min(grid - 1);
        // A box between two centres still holds the region under its own middle.
        let own = (middle(top, bottom), middle(left, right));
        let inside = |row: usize, column: usize| {
            let (y, x) = (row as f32 + 0.5, column as f32 + 0.5);
            (row, column) == own || ((left..=right).contains(&x) && (top..=bottom).contains(&y))
        };
        let regions = (0..grid * grid).map(|place| inside(place / grid, place % grid));
        let words = region.start..region.end;
        match found.iter_mut().find(|(other, _)| *other == words) {
            Some((_, seen)) => seen.iter_mut().zip(regions).for_each(|(seen, region)| *seen |= region),
            None => found.push((words, regions.collect())),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{RegionBox, Span};

    fn example(words: usize) -> Example {
        Example {
            id: "1".into(),
            tokens: (0..words).map(|word| format!("w{word}")).collect(),
            spans: vec![Span::new("PER", 1, 3), Span::new("NEW", 3, 4)],
            images: vec!["a".into()],
            boxes: vec![RegionBox { image: "a".into(), start: 1, end: 3, xmin: 0., ymin: 50., xmax: 50., ymax: 100. }],
            ..Example::default()
        }
    }

    #[test]
    fn long_tweets_are_windows_that_lose_no_word() {
        let pieces = WordPieces::train(["w1", "w2", "w1", "w2"].into_iter(), 20).expect("a vocabulary");
        let example = example(300);
        let rows = rows(&example, &LabelSet::new(["PER"]), TagScheme::Bio, &pieces, None, 7);
        assert_eq!(rows.iter().map(Row::words).collect::<Vec<_>>(), [128, 128, 44]);
        assert_eq!(rows.iter().map(|row| row.offset).collect::<Vec<_>>(), [0, 128, 256]);
        assert_eq!(rows[0].tags[..5], [0, 1, 2, 0, 0]);
        assert_eq!(rows[2].firsts.len(), 45);
    }

    #[test]
    fn boxes_become_regions_in_their_place() {
        let visible = visible_regions(&example(4), [100, 100], 4);
        assert_eq!(visible.len(), 1);
        assert_eq!(visible[0].0, 1..3);
        let places: Vec<usize> = (0..16).filter(|place| visible[0].1[*place]).collect();
        assert_eq!(places, [8, 9, 12, 13]);
    }
}
