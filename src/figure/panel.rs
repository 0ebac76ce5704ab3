//! One part of a figure: a map over the image, words with their weights, or labels with their probabilities.

use std::sync::Arc;

use image::RgbImage;

use super::bar::{Bar, short};
use super::palette::{self, DIM, EMPTY, INK, LINE, PAPER};
use super::scene::{Area, Paragraph, Scene, Shape};
use super::typeface::Typeface;
use crate::graphics::{Heat, Outline, Rgb, Tone};

/// Most height of a picture.
const HIGHEST: f32 = 300.0;
/// Size of headings.
const HEADING: f32 = 11.5;
/// Size of what is written under a map.
const RULE: f32 = 8.5;

/// A part of a figure.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What it shows.
    pub heading: String,
    /// What is in it.
    pub content: Content,
    /// What its colours mean, and how its numbers were made.
    pub rule: Vec<String>,
}

/// What a panel shows.
#[derive(Clone, Debug)]
pub enum Content {
    /// A map over the image.
    Map {
        /// The whole image.
        picture: Arc<RgbImage>,
        /// The map.
        heat: Heat,
        /// Where entities are visible, in pixels of the image.
        boxes: Vec<Outline>,
        /// Whether there are values beyond the lower and the upper end.
        clipped: [bool; 2],
    },
    /// Words with weights.
    Words {
        /// What the words are of, and the words.
        groups: Vec<(String, Vec<(String, f32)>)>,
        /// What the colours mean.
        tone: Tone,
        /// Whether there are values beyond the lower and the upper end.
        clipped: [bool; 2],
    },
    /// Probabilities of labels in two readings.
    Labels {
        /// Names of the readings.
        names: [String; 2],
        /// Label and probability in both.
        rows: Vec<(String, [f32; 2])>,
    },
    /// Nothing, and why.
    Absent(String),
}

impl Panel {
    /// Draws the panel, `width` wide; gives where it ends.
    pub fn draw(&self, scene: &mut Scene, typeface: &Typeface, x: f32, top: f32, width: f32) -> f32 {
        let heading = Paragraph { x, top, width, size: HEADING, color: INK };
        let mut y = scene.paragraph(typeface, &self.heading, heading) + 3.0;
        y = match &self.content {
            Content::Map { picture, heat, boxes, clipped } => {
                let below = map(scene, picture, heat, boxes, Paper { x, top: y, width });
                Bar { tone: Tone::of(heat), clipped: *clipped, over_picture: true }.draw(
                    scene,
                    typeface,
                    x,
                    below + 7.0,
                    width,
                )
            }
            Content::Words { groups, tone, clipped } => {
                let below = words(scene, typeface, groups, *tone, Paper { x, top: y, width });
                Bar { tone: *tone, clipped: *clipped, over_picture: false }.draw(scene, typeface, x, below + 7.0, width)
            }
            Content::Labels { names, rows } => labels(scene, typeface, names, rows, Paper { x, top: y, width }),
            Content::Absent(reason) => absent(scene, typeface, reason, Paper { x, top: y, width }),
        };
        for rule in &self.rule {
            y = scene.paragraph(typeface, rule, Paragraph { x, top: y, width, size: RULE, color: DIM });
        }
        y
    }
}

/// Where there is room for something.
#[derive(Clone, Copy, Debug)]
struct Paper {
    x: f32,
    top: f32,
    width: f32,
}

/// The picture as large as it fits, the map and the boxes on it.
fn map(scene: &mut Scene, picture: &Arc<RgbImage>, heat: &Heat, boxes: &[Outline], paper: Paper) -> f32 {
    let (width, height) = (picture.width().max(1) as f32, picture.height().max(1) as f32);
    let scale = (paper.width / width).min(HIGHEST / height);
    // Thin pictures are seen too.
    let (wide, high) = ((width * scale).max(2.0), (height * scale).max(2.0));
    let area = Area { x: paper.x + (paper.width - wide) / 2.0, y: paper.top, width: wide, height: high };
    scene.shapes.push(Shape::Picture { area, pixels: Arc::clone(picture), heat: Some(heat.clone()) });
    let drawn = |outline: &&Outline| outline.edges.iter().all(|edge| edge.is_finite());
    for outline in boxes.iter().filter(drawn) {
        let [xmin, ymin, xmax, ymax] = outline.edges;
        let [left, right] = [xmin, xmax].map(|edge| area.x + (edge / width).clamp(0.0, 1.0) * wide);
        let [upper, lower] = [ymin, ymax].map(|edge| area.y + (edge / height).clamp(0.0, 1.0) * high);
        let edges = Area { x: left, y: upper, width: (right - left).max(0.5), height: (lower - upper).max(0.5) };
        // White below, so that the line is seen on every picture.
        scene.border(edges, PAPER, 3.2, 0.0);
        scene.border(edges, outline.color, 1.6, 0.0);
    }
    area.bottom()
}

/// Words in boxes of their colours, group below group.
fn words(
    scene: &mut Scene,
    typeface: &Typeface,
    groups: &[(String, Vec<(String, f32)>)],
    tone: Tone,
    Paper { x, top, width }: Paper,
) -> f32 {
    const SIZE: f32 = 11.0;
    const PAD: f32 = 3.5;
    const LINE: f32 = 19.0;
    let mut y = top;
    for (name, words) in groups {
        y = scene.paragraph(typeface, name, Paragraph { x, top: y, width, size: RULE, color: DIM }) + 1.0;
        let mut left = x;
        for (word, weight) in words {
            let mut writing = typeface.write(word, SIZE);
            if writing.width + 2.0 * PAD > width {
                writing = typeface.write(word, SIZE * (width - 2.0 * PAD) / writing.width);
            }
            let wide = writing.width + 2.0 * PAD;
            if left + wide > x + width + 0.01 && left > x {
                (left, y) = (x, y + LINE);
            }
            let color = tone.map.color(tone.place(*weight));
            scene.fill(Area { x: left, y, width: wide, height: LINE - 3.0 }, color, 2.5);
            scene.text(left + PAD, y + 11.8, writing, palette::ink_on(color));
            left += wide + 3.0;
        }
        y += LINE + 3.0;
    }
    y
}

/// Two bars for every label.
fn labels(
    scene: &mut Scene,
    typeface: &Typeface,
    names: &[String; 2],
    rows: &[(String, [f32; 2])],
    Paper { x, top, width }: Paper,
) -> f32 {
    const SIZE: f32 = 9.5;
    const BAR: f32 = 7.0;
    const COLORS: [Rgb; 2] = [[120, 124, 136], [0, 99, 168]];
    let mut y = top;
    for (name, color) in names.iter().zip(COLORS) {
        scene.fill(Area { x, y: y + 3.0, width: BAR, height: BAR }, color, 0.0);
        let place = Paragraph { x: x + BAR + 5.0, top: y, width: width - BAR - 5.0, size: SIZE, color: INK };
        y = scene.paragraph(typeface, name, place);
    }
    y += 4.0;
    let written: Vec<_> = rows.iter().map(|(label, _)| typeface.write(label, SIZE)).collect();
    let label_width = written.iter().map(|label| label.width).fold(0.0, f32::max).min(width / 2.0) + 7.0;
    let room = width - label_width - 92.0;
    for (writing, (_, values)) in written.into_iter().zip(rows) {
        scene.text(x, y + 11.0, writing, INK);
        for ((value, color), row) in values.iter().zip(COLORS).zip([0.0, BAR]) {
            let wide = (value.clamp(0.0, 1.0) * room).max(0.5);
            scene.fill(Area { x: x + label_width, y: y + row, width: wide, height: BAR - 0.5 }, color, 0.0);
        }
        let change = values[1] - values[0];
        let sign = if change > 0.0 { "+" } else { "" };
        // What would be written as nothing.
        let change = if change.abs() < 0.005 { "±0".to_owned() } else { format!("{sign}{}", short(change, 1.0)) };
        let text = format!("{} → {}  {change}", short(values[0], 1.0), short(values[1], 1.0));
        scene.text(x + label_width + room + 5.0, y + 11.0, typeface.write(&text, 8.5), DIM);
        y += 2.0 * BAR + 5.0;
    }
    y
}

/// A grey field that says why there is no map.
fn absent(scene: &mut Scene, typeface: &Typeface, reason: &str, Paper { x, top, width }: Paper) -> f32 {
    let lines = typeface.wrap(reason, 10.0, width - 40.0);
    let text = lines.len() as f32 * 14.0;
    let area = Area { x, y: top, width, height: (text + 40.0).max(150.0) };
    scene.fill(area, EMPTY, 3.0);
    scene.border(area, LINE, 0.7, 3.0);
    let mut y = top + (area.height - text) / 2.0;
    for line in lines {
        let left = x + (width - line.width) / 2.0;
        scene.text(left, y + 10.0, line, DIM);
        y += 14.0;
    }
    area.bottom() + 6.0
}
