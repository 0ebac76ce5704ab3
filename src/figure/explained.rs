//! One tweet and where its words looked: what figures and arrays are made of.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use image::RgbImage;
use image::imageops::{self, FilterType};
use spanlight_models::alignment::{Alignment, Map, MapError, Selection};
use spanlight_models::attribution::{Method, Piece, Unit};
use spanlight_models::example::{Example, LabelSet, Span};
use spanlight_models::image_file::{self, ImageFileError};
use spanlight_models::trust::Trust;

use crate::graphics::{ColorMap, HeatStyle, Scale};

/// Longest side of a picture in a figure, in pixels; more would not be seen.
const SIDE: u32 = 1200;

/// What is asked and how it is shown; the same for all tweets.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// What has a map.
    pub unit: Unit,
    /// Which layers and heads.
    pub selection: Selection,
    /// Whether figures show which tokens looked at the brightest region too.
    pub to_tokens: bool,
    /// The ends of the colour scale.
    pub scale: Scale,
    /// Colours.
    pub colors: ColorMap,
    /// How regions are drawn.
    pub style: HeatStyle,
}

/// The image of a tweet.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// Width and height of its file in pixels.
    pub size: [u32; 2],
    /// Its pixels, perhaps scaled down; absent where no figure is made.
    pub pixels: Option<Arc<RgbImage>>,
}

impl Shown {
    /// The image in a file, with pixels if it is to be `drawn`: as many as are seen in a figure.
    pub fn read(id: &str, path: &Path, drawn: bool) -> Result<Self, ImageFileError> {
        let id = id.to_owned();
        if !drawn {
            let info = image_file::probe(path)?;
            return Ok(Self { id, size: [info.width, info.height], pixels: None });
        }
        let pixels = image_file::load(path)?;
        let (width, height) = pixels.dimensions();
        let scale = (SIDE as f32 / width.max(height) as f32).min(1.0);
        let side = |length: u32| ((length as f32 * scale).round() as u32).max(1);
        let pixels = if scale < 1.0 {
            imageops::resize(&pixels, side(width), side(height), FilterType::Triangle)
        } else {
            pixels
        };
        Ok(Self { id, size: [width, height], pixels: Some(Arc::new(pixels)) })
    }
}

/// A tweet and what models say about it.
#[derive(Clone, Debug)]
pub struct Explained<'a> {
    /// The tweet.
    pub example: &'a Example,
    /// Its entities.
    pub spans: Vec<Span>,
    /// Whose entities they are (`data`, or `model`).
    pub spans_of: &'static str,
    /// The types, which decide the colours.
    pub labels: &'a LabelSet,
    /// The image, or why it cannot be shown.
    pub image: Result<Shown, String>,
    /// One reading, or two that are compared.
    pub sides: Vec<Side>,
}

/// What one model says in one reading, or what files say in its place.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// Its system.
    pub system: &'static str,
    /// Whether this is no model but what files record.
    pub recorded: bool,
    /// For every method the maps, or why there are none.
    pub maps: Vec<(Method, Result<Looked, String>)>,
    /// For every token the probabilities of the types in the order of `types`, the last one of no entity.
    pub chances: Vec<Vec<f32>>,
    /// The model's types.
    pub types: Vec<String>,
}

/// Where the words looked by one method.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The maps.
    pub alignment: Alignment,
    /// Where sub-tokens have the rows, in their order; otherwise empty.
    pub pieces: Vec<Piece>,
}

/// What has a map: some tokens, or a sub-token of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The tokens.
    pub tokens: Range<usize>,
    /// The sub-token's place among all of them, with its text.
    pub piece: Option<(usize, String)>,
    /// Name of the entity's type, where it is one.
    pub label: Option<String>,
}

impl Look {
    /// Which maps of a method are looked at: there is a choice only where it has one for every layer and head.
    pub fn selection(&self, method: Method) -> Selection {
        match method {
            Method::Attention | Method::GradientAttention => self.selection,
            Method::Rollout | Method::Occlusion => Selection::Mean,
        }
    }
}

impl Asked {
    /// Short, for names of files: first and last token from 0, or the token and its sub-token.
    pub fn key(&self) -> String {
        match &self.piece {
            Some((piece, _)) => format!("p{piece}"),
            None if self.label.is_none() && self.tokens.len() == 1 => format!("w{}", self.tokens.start),
            None => format!("{}-{}", self.tokens.start, self.tokens.end - 1),
        }
    }

    /// The words, or the sub-token.
    pub fn text(&self, tokens: &[String]) -> String {
        match &self.piece {
            Some((_, text)) => text.clone(),
            None => tokens.get(self.tokens.clone()).unwrap_or_default().join(" "),
        }
    }
}

impl Explained<'_> {
    /// What has a map, in the order of the words.
    pub fn asked(&self, unit: Unit) -> Vec<Asked> {
        match unit {
            Unit::Span => {
                let asked =
                    |span: &Span| Asked { tokens: span.start..span.end, piece: None, label: Some(span.label.clone()) };
                self.spans.iter().map(asked).collect()
            }
            Unit::Word => {
                let asked = |token| Asked { tokens: token..token + 1, piece: None, label: None };
                (0..self.example.tokens.len()).map(asked).collect()
            }
            Unit::SubToken => {
                let looked = self.sides.iter().flat_map(|side| &side.maps).find_map(|(_, maps)| maps.as_ref().ok());
                let asked = |(place, piece): (usize, &Piece)| Asked {
                    tokens: piece.token..piece.token + 1,
                    piece: Some((place, piece.text.clone())),
                    label: None,
                };
                looked.into_iter().flat_map(|looked| looked.pieces.iter().enumerate()).map(asked).collect()
            }
        }
    }

    /// The measures of a map, with the gold boxes of its words where they are an entity.
    pub fn trust(&self, looked: &Looked, asked: &Asked, map: &Map) -> Option<Trust> {
        let Range { start, end } = asked.tokens;
        let boxes = match (&self.image, looked.alignment.image()) {
            (Ok(shown), Some(image)) => self.example.boxes_of(start, end, image, shown.size),
            _ => Vec::new(),
        };
        Trust::of(map, &looked.alignment.regions, &boxes)
    }
}

impl Side {
    /// The maps by a method.
    pub fn looked(&self, method: Method) -> Option<&Looked> {
        self.maps.iter().find(|(own, _)| *own == method).and_then(|(_, maps)| maps.as_ref().ok())
    }

    /// For every type and for no entity its name and mean probability over the tokens; empty where nothing is known.
    pub fn chances(&self, tokens: Range<usize>) -> Vec<(String, f32)> {
        let words = self.chances.get(tokens).unwrap_or_default();
        if words.is_empty() {
            return Vec::new();
        }
        let mean = |place: usize| {
            words.iter().map(|word| word.get(place).copied().unwrap_or(0.0)).sum::<f32>() / words.len() as f32
        };
        let names = self.types.iter().cloned().chain([NO_ENTITY.to_owned()]);
        names.enumerate().map(|(place, name)| (name, mean(place))).collect()
    }
}

/// What stands for words outside of entities.
const NO_ENTITY: &str = "no entity";

impl Looked {
    /// Where what is asked about looked.
    pub fn map(&self, asked: &Asked, selection: Selection) -> Result<Map, MapError> {
        self.alignment.to_regions(self.rows(asked), selection)
    }

    /// The tokens, or the sub-token, as the alignment counts them.
    fn rows(&self, asked: &Asked) -> Range<usize> {
        match (&asked.piece, self.pieces.is_empty()) {
            (Some((piece, _)), false) => *piece..piece + 1,
            (_, true) => asked.tokens.clone(),
            // Maps of sub-tokens asked about words: the pieces of the words.
            (None, false) => {
                let inside = |piece: &Piece| asked.tokens.contains(&piece.token);
                let start = self.pieces.iter().position(inside).unwrap_or(0);
                start..start + self.pieces.iter().filter(|piece| inside(piece)).count()
            }
        }
    }

    /// Rows and columns of the regions: those of the grid, or one row of words.
    pub fn grid(&self) -> [usize; 2] {
        self.alignment.regions.shape().into()
    }

    /// Words that the maps of one token each are about: those of the tweet, or its sub-tokens.
    pub fn words(&self, example: &Example) -> Vec<String> {
        if self.pieces.is_empty() {
            example.tokens.clone()
        } else {
            self.pieces.iter().map(|piece| piece.text.clone()).collect()
        }
    }
}
