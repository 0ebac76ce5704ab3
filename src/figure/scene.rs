//! What a figure consists of, before it is written as pixels or as SVG.

use std::sync::Arc;

use image::RgbImage;

use super::typeface::{Mark, Typeface, Writing};
use crate::graphics::{Heat, Rgb};

/// A rectangle in points of the figure, origin at the upper left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// One thing in a figure; later ones lie over earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled rectangle.
    Fill {
        /// Where.
        area: Area,
        /// Its colour.
        color: Rgb,
        /// Radius of its corners.
        radius: f32,
    },
    /// The border of a rectangle.
    Border {
        /// Where; half of the line is outside.
        area: Area,
        /// Its colour.
        color: Rgb,
        /// How thick the line is.
        thickness: f32,
        /// Radius of its corners.
        radius: f32,
    },
    /// A line of text.
    Text {
        /// Left end.
        x: f32,
        /// The line that the letters stand on.
        baseline: f32,
        /// What is written.
        writing: Writing,
        /// Its colour.
        color: Rgb,
    },
    /// A picture, and the map on it.
    Picture {
        /// Where; the picture is stretched to it.
        area: Area,
        /// The whole image.
        pixels: Arc<RgbImage>,
        /// The map.
        heat: Option<Heat>,
    },
}

/// A figure of a given size with a white ground.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// What is in it.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// An empty figure.
    pub fn new(width: f32) -> Self {
        Self { width, height: 0.0, shapes: Vec::new() }
    }

    /// How many letters are boxes, since no font has them.
    pub fn missing_letters(&self) -> usize {
        let of = |shape: &Shape| match shape {
            Shape::Text { writing, .. } => {
                writing.marks.iter().filter(|mark| matches!(mark, Mark::Missing { .. })).count()
            }
            _ => 0,
        };
        self.shapes.iter().map(of).sum()
    }

    /// Adds a filled rectangle.
    pub fn fill(&mut self, area: Area, color: Rgb, radius: f32) {
        self.shapes.push(Shape::Fill { area, color, radius });
    }

    /// Adds a border.
    pub fn border(&mut self, area: Area, color: Rgb, thickness: f32, radius: f32) {
        self.shapes.push(Shape::Border { area, color, thickness, radius });
    }

    /// Adds a line of text.
    pub fn text(&mut self, x: f32, baseline: f32, writing: Writing, color: Rgb) {
        self.shapes.push(Shape::Text { x, baseline, writing, color });
    }

    /// Adds lines of text below `top`, each as far from its left end as `left` says; gives where they end.
    pub fn lines(&mut self, x: f32, top: f32, lines: Vec<Writing>, color: Rgb) -> f32 {
        let mut y = top;
        for line in lines {
            let height = line.size * LEADING;
            self.text(x, y + line.size, line, color);
            y += height;
        }
        y
    }

    /// Adds text broken into lines of at most `width`; gives where it ends.
    pub fn paragraph(&mut self, typeface: &Typeface, text: &str, place: Paragraph) -> f32 {
        let lines = typeface.wrap(text, place.size, place.width);
        self.lines(place.x, place.top, lines, place.color)
    }
}

/// Distance between two lines, in ems.
const LEADING: f32 = 1.4;

/// Where and how a text is written.
#[derive(Clone, Copy, Debug)]
pub struct Paragraph {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub top: f32,
    /// Most width.
    pub width: f32,
    /// Size of the letters.
    pub size: f32,
    /// Colour.
    pub color: Rgb,
}

impl Area {
    /// The same with `by` more on every side.
    pub fn grown(self, by: f32) -> Self {
        Self { x: self.x - by, y: self.y - by, width: self.width + 2.0 * by, height: self.height + 2.0 * by }
    }

    /// Right edge.
    pub fn right(self) -> f32 {
        self.x + self.width
    }

    /// Lower edge.
    pub fn bottom(self) -> f32 {
        self.y + self.height
    }
}
