//! A tweet's words in lines, with its entities on coloured ground and what is asked about in a frame.

use std::ops::Range;

use spanlight_models::example::{LabelSet, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::palette::{self, INK};
use super::scene::{Area, Scene};
use super::script::{is_rtl, reads_from_right, visual_order};
use super::typeface::{Typeface, Writing};

/// Size of the words.
const SIZE: f32 = 14.0;
/// Size of the names of types.
const TAG: f32 = 8.0;
/// Space between two words.
const SPACE: f32 = 6.5;
/// Distance between two lines.
const LINE: f32 = 25.0;

/// What is shown of a tweet.
#[derive(Clone, Copy, Debug)]
pub struct Tweet<'a> {
    /// Its words.
    pub tokens: &'a [String],
    /// Its entities.
    pub spans: &'a [Span],
    /// The types, which decide the colours.
    pub labels: &'a LabelSet,
    /// The words that are asked about; none where this is empty.
    pub query: (usize, usize),
}

/// A word or a part of one, or the name of a type behind the last word of an entity.
struct Atom {
    writing: Writing,
    /// `None` for the name of a type.
    token: Option<usize>,
    /// The entity it is in.
    span: Option<usize>,
    /// Space before it where it does not begin a line.
    gap: f32,
    rtl: Option<bool>,
}

impl Tweet<'_> {
    /// Draws the words from `top` on, at most `width` wide; gives where they end.
    pub fn draw(&self, scene: &mut Scene, typeface: &Typeface, x: f32, top: f32, width: f32) -> f32 {
        let atoms = self.atoms(typeface, width);
        let base = self.tokens.iter().find_map(|token| token.chars().find_map(is_rtl)).unwrap_or(false);
        let mut y = top;
        for line in lines(&atoms, width) {
            self.draw_line(scene, &atoms[line], base, Area { x, y, width, height: LINE });
            y += LINE;
        }
        y
    }

    fn atoms(&self, typeface: &Typeface, width: f32) -> Vec<Atom> {
        let mut atoms = Vec::new();
        for (token, word) in self.tokens.iter().enumerate() {
            let span = self.spans.iter().position(|span| span.contains(token));
            let rtl = word.chars().find_map(is_rtl);
            for (part, writing) in parts(typeface, word, width).into_iter().enumerate() {
                let gap = if part == 0 { SPACE } else { 0.0 };
                atoms.push(Atom { writing, token: Some(token), span, gap, rtl });
            }
            if let Some(ended) = span.filter(|span| self.spans[*span].end == token + 1) {
                let writing = typeface.write(&self.spans[ended].label, TAG);
                // The name of a type belongs to the word, on whichever side it is read.
                atoms.push(Atom { writing, token: None, span, gap: 4.0, rtl });
            }
        }
        atoms
    }

    fn draw_line(&self, scene: &mut Scene, atoms: &[Atom], base: bool, area: Area) {
        let directions: Vec<Option<bool>> = atoms.iter().map(|atom| atom.rtl).collect();
        let order = visual_order(&directions, base);
        let total: f32 = atoms.iter().map(|atom| atom.gap + atom.writing.width).sum();
        let gap_of_first = atoms.first().map_or(0.0, |atom| atom.gap);
        let mut x = if base { area.right() - total + gap_of_first } else { area.x };
        let mut places = vec![0.0; atoms.len()];
        for (number, place) in order.iter().enumerate() {
            // The space between two neighbours is that before the one which is read later.
            let before = number.checked_sub(1).map(|left| order[left].max(*place));
            x += before.map_or(0.0, |later| atoms[later].gap);
            places[*place] = x;
            x += atoms[*place].writing.width;
        }
        let ground = |shown: &dyn Fn(&Atom) -> bool| extent(atoms, &places, shown, area);
        for (number, span) in self.spans.iter().enumerate() {
            if let Some(area) = ground(&|atom| atom.span == Some(number)) {
                let color = palette::of_type(self.labels, &span.label);
                scene.fill(area, palette::ground(color), 3.0);
                scene.fill(Area { y: area.bottom() - 1.6, height: 1.6, ..area }, color, 0.0);
            }
        }
        let (start, end) = self.query;
        // The frame of a whole entity is around the name of its type too.
        let whole = self.spans.iter().position(|span| (span.start, span.end) == (start, end));
        let asked = |atom: &Atom| match atom.token {
            Some(token) => (start..end).contains(&token),
            None => whole.is_some() && atom.span == whole,
        };
        if let Some(area) = ground(&asked) {
            scene.border(area, INK, 1.4, 3.0);
        }
        let baseline = area.y + 17.0;
        for (atom, x) in atoms.iter().zip(places) {
            let color = match atom.span.filter(|_| atom.token.is_none()) {
                Some(span) => palette::of_type(self.labels, &self.spans[span].label),
                None => INK,
            };
            scene.text(x, baseline, atom.writing.clone(), color);
        }
    }
}

/// The rectangle around those of a line's atoms that are `shown`.
fn extent(atoms: &[Atom], places: &[f32], shown: &dyn Fn(&Atom) -> bool, line: Area) -> Option<Area> {
    let edges = atoms.iter().zip(places).filter(|(atom, _)| shown(atom));
    let edges = edges.map(|(atom, x)| (*x, x + atom.writing.width));
    let (left, right) = edges.reduce(|one, two| (one.0.min(two.0), one.1.max(two.1)))?;
    Some(Area { x: left - 2.5, y: line.y + 1.5, width: right - left + 5.0, height: LINE - 4.5 })
}

/// A word, in parts if it is longer than a line.
fn parts(typeface: &Typeface, word: &str, width: f32) -> Vec<Writing> {
    let whole = typeface.write(word, SIZE);
    if whole.width <= width {
        return vec![whole];
    }
    let (mut parts, mut part) = (Vec::new(), String::new());
    for grapheme in word.graphemes(true) {
        let longer = format!("{part}{grapheme}");
        if part.is_empty() || typeface.width(&longer, SIZE) <= width {
            part = longer;
        } else {
            parts.push(typeface.write(&part, SIZE));
            grapheme.clone_into(&mut part);
        }
    }
    parts.push(typeface.write(&part, SIZE));
    parts
}

/// Which atoms stand in which line; the name of a type stays with its word.
fn lines(atoms: &[Atom], width: f32) -> Vec<Range<usize>> {
    let (mut lines, mut from, mut used) = (Vec::new(), 0, 0.0);
    for (place, atom) in atoms.iter().enumerate() {
        let tag =
            atoms.get(place + 1).filter(|next| next.token.is_none()).map_or(0.0, |tag| tag.gap + tag.writing.width);
        let gap = if place == from { 0.0 } else { atom.gap };
        let wide = used + gap + atom.writing.width + tag;
        if wide > width && place > from && atom.token.is_some() {
            lines.push(from..place);
            (from, used) = (place, atom.writing.width);
        } else {
            used += gap + atom.writing.width;
        }
    }
    lines.push(from..atoms.len());
    lines
}

/// A tweet's words `start..end` as a text to be read.
pub fn phrase(tokens: &[String], start: usize, end: usize) -> String {
    let words = tokens.get(start..end.min(tokens.len())).unwrap_or_default().join(" ");
    // Quotation marks would turn around a phrase that is read from the right.
    if reads_from_right(&words) { words } else { format!("“{words}”") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::scene::Shape;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    /// Words with their places.
    fn drawn(tweet: &Tweet<'_>, width: f32) -> (Vec<(String, f32, f32)>, Scene) {
        let typeface = Typeface::new(&[]).expect("a font");
        let mut scene = Scene::new(width);
        tweet.draw(&mut scene, &typeface, 0.0, 0.0, width);
        let text = |shape: &Shape| match shape {
            Shape::Text { x, baseline, writing, .. } => Some((writing.text.clone(), *x, *baseline)),
            _ => None,
        };
        (scene.shapes.iter().filter_map(text).collect(), scene)
    }

    #[test]
    fn long_tweets_wrap_and_every_line_of_an_entity_has_its_ground() {
        let tokens = words("see the Very Long Name Of Place tonight");
        let (spans, labels) = ([Span::new("LOC", 2, 7)], LabelSet::new(["LOC"]));
        let tweet = Tweet { tokens: &tokens, spans: &spans, labels: &labels, query: (2, 7) };
        let (texts, scene) = drawn(&tweet, 120.0);
        let rows = texts.iter().map(|text| text.2.to_bits()).collect::<std::collections::BTreeSet<_>>().len();
        assert!(rows >= 3 && texts.len() == 9, "{texts:?}");
        let frames = scene.shapes.iter().filter(|shape| matches!(shape, Shape::Border { .. })).count();
        assert!(frames >= 2, "{frames}");
        for shape in &scene.shapes {
            if let Shape::Text { x, writing, .. } = shape {
                assert!(*x >= 0.0 && x + writing.width <= 120.5, "{writing:?}");
            }
        }
    }

    #[test]
    fn a_tweet_that_is_read_from_the_right_begins_there() {
        let tokens = words("שלום Bob Smith בבית !");
        let labels = LabelSet::new(["PER"]);
        let tweet = Tweet { tokens: &tokens, spans: &[], labels: &labels, query: (0, 0) };
        let (texts, _) = drawn(&tweet, 300.0);
        let at = |word: &str| texts.iter().find(|text| text.0 == word).map(|text| text.1).expect("a word");
        assert!(at("שלום") > at("Smith") && at("Smith") > at("Bob") && at("Bob") > at("בבית") && at("בבית") > at("!"));
        assert!(at("שלום") > 240.0);
    }

    #[test]
    fn a_word_longer_than_a_line_is_broken() {
        let tokens = vec!["https://example.org/".repeat(4), "b".to_owned()];
        let tweet = Tweet { tokens: &tokens, spans: &[], labels: &LabelSet::default(), query: (0, 0) };
        let (texts, _) = drawn(&tweet, 100.0);
        assert_eq!(texts.iter().take(texts.len() - 1).map(|text| text.0.as_str()).collect::<String>(), tokens[0]);
        let (texts, _) = drawn(&Tweet { tokens: &[], ..tweet }, 100.0);
        assert!(texts.is_empty());
    }
}
