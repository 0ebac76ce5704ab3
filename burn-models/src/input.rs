//! From tweets to the rows of a batch: word pieces, shapes, gold tags, pixels and where names are visible.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use rand::RngExt;
use rand::rngs::StdRng;

use crate::encoders::image::{Pixels, Rectangle};
use crate::encoders::text::{Tokenizer, word_shape};
use crate::example::{Example, Flatten, LabelSet, Span, TagScheme};

mod context;
mod view;

pub use context::{ContextWord, Knowledge, RowContext};
pub use view::{UnknownView, View};

/// Longest piece of a tweet that is encoded at once; longer tweets are read in windows.
pub const WINDOW_WORDS: usize = 128;

/// Most word pieces of one word; the rest of a longer word says nothing new.
const WORD_PIECES: usize = 6;

/// Most word pieces of a window.
pub const WINDOW_PIECES: usize = WINDOW_WORDS * WORD_PIECES;

/// A tweet and the files of its preferred image.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The tweet.
    pub example: Example,
    /// File of the image, if there is one.
    pub image: Option<PathBuf>,
    /// File of the maps of the tweet's words over that image ([`crate::word_maps::WordMaps`]), if there is one.
    pub maps: Option<PathBuf>,
}

/// One row of a batch: a tweet, or a window of a long one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The window's first token in its tweet.
    pub offset: usize,
    /// The words as they are written.
    pub tokens: Vec<String>,
    /// Pieces, with those that stand around every text.
    pub pieces: Vec<u32>,
    /// Shape of the word behind every piece.
    pub shapes: Vec<u8>,
    /// Index of every word's first piece, and one past the last piece of the last word.
    pub firsts: Vec<usize>,
    /// Gold tag of every word, 0 (`O`) where nothing is labelled.
    pub tags: Vec<usize>,
    /// The image as the encoder takes it.
    pub pixels: Option<Arc<Pixels>>,
    /// Words of the window and the parts of the image in which they are visible.
    pub visible: Vec<(Range<usize>, Vec<Rectangle>)>,
    /// For every word its map over the encoder's regions, row by row, empty for a word without one; without anything where
    /// nobody knows or needs them.
    pub maps: Vec<Vec<f32>>,
    /// Accompanying texts, whose pieces stand behind the tweet's own.
    pub context: RowContext,
    /// An accompanying text that is read on its own.
    pub knowledge: Option<Arc<Knowledge>>,
}

impl Row {
    /// Number of words.
    pub fn words(&self) -> usize {
        self.tags.len()
    }

    /// The same with every piece of the tweet as a word of its own, without labels.
    #[must_use]
    pub fn by_pieces(&self) -> Self {
        let word_of = |word: usize| std::iter::repeat_n(&self.tokens[word], self.firsts[word + 1] - self.firsts[word]);
        let tokens: Vec<String> = (0..self.words()).flat_map(word_of).cloned().collect();
        let first = self.firsts.first().copied().unwrap_or(0);
        Self {
            firsts: (first..=first + tokens.len()).collect(),
            tags: vec![0; tokens.len()],
            tokens,
            visible: Vec::new(),
            maps: Vec::new(),
            ..self.clone()
        }
    }

    /// Adds pieces of one word.
    fn push(&mut self, pieces: impl IntoIterator<Item = u32>, word: &str) {
        self.pieces.extend(pieces);
        self.shapes.resize(self.pieces.len(), word_shape(word));
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
    /// Share of the training's steps that were made, `0..=1`, for what rises or falls meanwhile.
    pub progress: f64,
}

/// Lengths of batches are multiples of this.
pub const STEP: usize = 8;

/// Rounds up so that few distinct shapes occur, each of which costs a warm-up on a GPU.
pub fn padded(length: usize) -> usize {
    length.next_multiple_of(STEP).max(STEP)
}

/// Most pieces of a row that an encoder of `longest` positions can read when it is padded; at least [`STEP`] positions.
pub fn fitting(longest: usize) -> usize {
    longest - longest % STEP
}

/// Encodes the windows of one tweet, each of at most `limit` pieces; a tweet without tokens has none.
///
/// Where the tokenizer has pieces that stand around every text, every window has them. `picture` is the image as the
/// encoder takes it, and its own width and height in pixels.
pub fn rows(
    example: &Example,
    labels: &LabelSet,
    scheme: TagScheme,
    pieces: &Tokenizer,
    limit: usize,
    picture: Option<&(Arc<Pixels>, [u32; 2])>,
) -> Vec<Row> {
    let tags = gold_tags(example, labels, scheme);
    let visible = picture.map(|(_, size)| visible_boxes(example, *size)).unwrap_or_default();
    let room = limit.saturating_sub(pieces.frame().map_or(0, |frame| frame.len()));
    let words: Vec<Vec<u32>> = example.tokens.iter().map(|word| pieces.pieces(word, WORD_PIECES.min(room))).collect();
    windows(&words, room)
        .into_iter()
        .map(|window| {
            let mut row = Row {
                offset: window.start,
                tokens: example.tokens[window.clone()].to_vec(),
                pieces: Vec::new(),
                shapes: Vec::new(),
                firsts: Vec::new(),
                tags: tags[window.clone()].to_vec(),
                pixels: picture.map(|(pixels, _)| Arc::clone(pixels)),
                visible: Vec::new(),
                maps: Vec::new(),
                context: RowContext::default(),
                knowledge: None,
            };
            row.push(pieces.frame().map(|[start, _]| start), "");
            for (word, ids) in example.tokens[window.clone()].iter().zip(&words[window.clone()]) {
                row.firsts.push(row.pieces.len());
                row.push(ids.iter().copied(), word);
            }
            row.firsts.push(row.pieces.len());
            row.push(pieces.frame().map(|[_, end]| end), "");
            for (words, boxes) in &visible {
                let inside = words.start.max(window.start)..words.end.min(window.end);
                if !inside.is_empty() {
                    row.visible.push((inside.start - window.start..inside.end - window.start, boxes.clone()));
                }
            }
            row
        })
        .collect()
}

/// The windows of a tweet whose words have these pieces: as many words as fit, at most [`WINDOW_WORDS`].
fn windows(words: &[Vec<u32>], room: usize) -> Vec<Range<usize>> {
    let mut windows = Vec::new();
    let (mut start, mut taken) = (0, 0);
    for (word, pieces) in words.iter().enumerate() {
        if word > start && (word - start == WINDOW_WORDS || taken + pieces.len() > room) {
            windows.push(start..word);
            (start, taken) = (word, 0);
        }
        taken += pieces.len();
    }
    if start < words.len() {
        windows.push(start..words.len());
    }
    windows
}

/// Tag indices of the gold spans, of those that overlap the outermost; spans of unknown types and spans that do not fit are
/// left out.
pub fn gold_tags(example: &Example, labels: &LabelSet, scheme: TagScheme) -> Vec<usize> {
    let mut tags = vec![0; example.tokens.len()];
    let known: Vec<Span> =
        example.spans.iter().filter(|span| labels.index_of(&span.label).is_some()).cloned().collect();
    for span in Flatten::Outermost.split(&known).0 {
        let Some(label) = labels.index_of(&span.label) else { continue };
        for token in span.start..span.end.min(tags.len()) {
            tags[token] = scheme.join_index(scheme.prefix_at(&span, token), label).unwrap_or(0);
        }
    }
    tags
}

/// For every entity with boxes in the preferred image: its words and its boxes.
fn visible_boxes(example: &Example, size: [u32; 2]) -> Vec<(Range<usize>, Vec<Rectangle>)> {
    let Some(image) = example.images.first() else { return Vec::new() };
    let mut found: Vec<(Range<usize>, Vec<Rectangle>)> = Vec::new();
    for region in example.boxes.iter().filter(|region| &region.image == image) {
        let rectangle = region.fractions(size);
        let words = region.start..region.end;
        match found.iter_mut().find(|(other, _)| *other == words) {
            Some((_, boxes)) => boxes.push(rectangle),
            None => found.push((words, vec![rectangle])),
        }
    }
    found
}

/// The regions of a `grid x grid` whose centre lies in the rectangle, and the one under the rectangle's own centre.
pub fn regions_in([left, top, right, bottom]: Rectangle, grid: usize) -> Vec<bool> {
    let middle = |low: f32, high: f32| ((f32::midpoint(low, high) * grid as f32) as usize).min(grid - 1);
    let own = (middle(top, bottom), middle(left, right));
    let inside = |row: usize, column: usize| {
        let centre = |place: usize| (place as f32 + 0.5) / grid as f32;
        (row, column) == own || ((left..=right).contains(&centre(column)) && (top..=bottom).contains(&centre(row)))
    };
    (0..grid * grid).map(|place| inside(place / grid, place % grid)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::RegionBox;

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

    fn encode(example: &Example, pieces: &Tokenizer, limit: usize) -> Vec<Row> {
        rows(example, &LabelSet::new(["PER"]), TagScheme::Bio, pieces, limit, None)
    }

    #[test]
    fn long_tweets_are_windows_that_lose_no_word() {
        let pieces = Tokenizer::train(["w1", "w2", "w1", "w2"].into_iter(), 20).expect("a vocabulary");
        let rows = encode(&example(300), &pieces, WINDOW_PIECES);
        assert_eq!(rows.iter().map(Row::words).collect::<Vec<_>>(), [128, 128, 44]);
        assert_eq!(rows.iter().map(|row| row.offset).collect::<Vec<_>>(), [0, 128, 256]);
        assert_eq!(rows[0].tags[..5], [0, 1, 2, 0, 0]);
        assert_eq!(rows[2].firsts.len(), 45);
    }

    #[test]
    fn windows_end_where_the_encoder_does() {
        let pieces = Tokenizer::framed_for_tests();
        for limit in [4, 9, 10, 100] {
            let rows = encode(&example(25), &pieces, limit);
            assert_eq!(rows.iter().map(Row::words).sum::<usize>(), 25, "{limit}");
            let mut next = 0;
            for row in &rows {
                assert!(row.pieces.len() <= limit && row.words() > 0, "{limit}");
                assert_eq!((row.offset, row.shapes.len()), (next, row.pieces.len()));
                assert_eq!([row.pieces[0], row.pieces[row.pieces.len() - 1]], pieces.frame().expect("a frame"));
                assert_eq!((row.firsts[0], row.firsts[row.words()]), (1, row.pieces.len() - 1));
                next += row.words();
            }
        }
    }

    #[test]
    fn boxes_become_regions_in_their_place() {
        let visible = visible_boxes(&example(4), [100, 200]);
        assert_eq!(visible, [(1..3, vec![[0.0, 0.25, 0.5, 0.5]])]);
        let places = |rectangle| {
            let regions = regions_in(rectangle, 4);
            (0..16).filter(|place| regions[*place]).collect::<Vec<usize>>()
        };
        assert_eq!(places([0.0, 0.5, 0.5, 1.0]), [8, 9, 12, 13]);
        assert_eq!(places([0.3, 0.3, 0.31, 0.31]), [5]);
    }
}
