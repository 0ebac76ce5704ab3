//! A figure as pixels.

use std::collections::HashMap;
use std::io::{self, Write};

use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::FilterType;
use image::{ExtendedColorType, ImageEncoder, ImageError, RgbImage, imageops};
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use super::scene::{Area, Scene, Shape};
use super::typeface::{Mark, Typeface, Writing};
use crate::graphics::Rgb;

/// How far control points lie from the corner of a quarter circle.
const ARC: f32 = 0.552_285;

/// Draws a figure with `zoom` pixels to a point; `None` for one without any pixel, or with more than memory holds.
pub fn raster(scene: &Scene, typeface: &Typeface, zoom: f32) -> Option<RgbImage> {
    let side = |length: f32| (length * zoom).ceil() as u32;
    let mut painter = Painter {
        pixmap: Pixmap::new(side(scene.width), side(scene.height))?,
        typeface,
        zoom,
        outlines: HashMap::new(),
    };
    painter.pixmap.fill(Color::WHITE);
    for shape in &scene.shapes {
        painter.draw(shape);
    }
    // Everything is opaque, so nothing has to be undone of the mixing with transparency.
    let pixels = painter.pixmap.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    RgbImage::from_raw(side(scene.width), side(scene.height), pixels.collect())
}

/// Writes pixels as PNG.
pub fn write_png(pixels: &RgbImage, out: &mut dyn Write) -> io::Result<()> {
    let (width, height) = pixels.dimensions();
    let encoder = PngEncoder::new_with_quality(out, CompressionType::Fast, PngFilter::Adaptive);
    encoder.write_image(pixels, width, height, ExtendedColorType::Rgb8).map_err(|error| match error {
        ImageError::IoError(error) => error,
        error => io::Error::other(error),
    })
}

struct Painter<'a> {
    pixmap: Pixmap,
    typeface: &'a Typeface,
    zoom: f32,
    /// Outlines of glyphs in ems, by font and number.
    outlines: HashMap<(usize, u16), Option<Path>>,
}

impl Painter<'_> {
    fn draw(&mut self, shape: &Shape) {
        match shape {
            Shape::Fill { area, color, radius } => {
                if let Some(path) = rounded(*area, *radius) {
                    self.fill(&path, *color);
                }
            }
            Shape::Border { area, color, thickness, radius } => {
                if let Some(path) = rounded(*area, *radius) {
                    self.stroke(&path, *color, *thickness);
                }
            }
            Shape::Text { x, baseline, writing, color } => self.text(*x, *baseline, writing, *color),
            Shape::Picture { area, pixels, heat } => {
                let [left, right] = [area.x, area.right()].map(|edge| (edge * self.zoom).round() as u32);
                let [top, bottom] = [area.y, area.bottom()].map(|edge| (edge * self.zoom).round() as u32);
                let (width, height) = ((right - left).max(1), (bottom - top).max(1));
                let mut pixels = imageops::resize(pixels.as_ref(), width, height, FilterType::Triangle);
                if let Some(heat) = heat {
                    heat.draw(&mut pixels);
                }
                self.blit(left, top, &pixels);
            }
        }
    }

    fn fill(&mut self, path: &Path, color: Rgb) {
        let transform = Transform::from_scale(self.zoom, self.zoom);
        self.pixmap.fill_path(path, &paint(color), FillRule::Winding, transform, None);
    }

    fn stroke(&mut self, path: &Path, color: Rgb, thickness: f32) {
        let transform = Transform::from_scale(self.zoom, self.zoom);
        let stroke = Stroke { width: thickness, ..Stroke::default() };
        self.pixmap.stroke_path(path, &paint(color), &stroke, transform, None);
    }

    fn text(&mut self, x: f32, baseline: f32, writing: &Writing, color: Rgb) {
        let mut letters = PathBuilder::new();
        for mark in &writing.marks {
            match *mark {
                Mark::Glyph { face, id, x: right, y: up } => {
                    let outline = self.outlines.entry((face, id)).or_insert_with(|| self.typeface.outline(face, id));
                    // Outlines are drawn upwards.
                    let place = Transform::from_row(writing.size, 0.0, 0.0, -writing.size, x + right, baseline - up);
                    if let Some(outline) = outline.clone().and_then(|outline| outline.transform(place)) {
                        letters.push_path(&outline);
                    }
                }
                Mark::Missing { x: right } => {
                    let size = writing.size;
                    let area = Area {
                        x: x + right + 0.1 * size,
                        y: baseline - 0.75 * size,
                        width: 0.75 * size,
                        height: 0.85 * size,
                    };
                    if let Some(path) = rounded(area, 0.08 * size) {
                        self.stroke(&path, color, 0.07 * size);
                    }
                }
            }
        }
        if let Some(letters) = letters.finish() {
            self.fill(&letters, color);
        }
    }

    /// Copies pixels; what leaves the figure is cut off.
    fn blit(&mut self, left: u32, top: u32, pixels: &RgbImage) {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let count = pixels.width().min(width.saturating_sub(left)) as usize;
        for (row, source) in pixels.rows().enumerate().take(height.saturating_sub(top) as usize) {
            let from = ((top as usize + row) * width as usize + left as usize) * 4;
            let line = &mut self.pixmap.data_mut()[from..from + count * 4];
            for (pixel, source) in line.chunks_exact_mut(4).zip(source) {
                pixel[..3].copy_from_slice(&source.0);
            }
        }
    }
}

fn paint(color: Rgb) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(color[0], color[1], color[2], 255);
    paint
}

/// A rectangle with round corners; `None` for one without an area.
fn rounded(area: Area, radius: f32) -> Option<Path> {
    let rect = Rect::from_xywh(area.x, area.y, area.width, area.height)?;
    if radius <= 0.0 {
        return Some(PathBuilder::from_rect(rect));
    }
    let radius = radius.min(area.width / 2.0).min(area.height / 2.0);
    let (left, top, right, bottom) = (rect.left(), rect.top(), rect.right(), rect.bottom());
    let bend = radius * (1.0 - ARC);
    let mut path = PathBuilder::new();
    path.move_to(left + radius, top);
    path.line_to(right - radius, top);
    path.cubic_to(right - bend, top, right, top + bend, right, top + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - bend, right - bend, bottom, right - radius, bottom);
    path.line_to(left + radius, bottom);
    path.cubic_to(left + bend, bottom, left, bottom - bend, left, bottom - radius);
    path.line_to(left, top + radius);
    path.cubic_to(left, top + bend, left + bend, top, left + radius, top);
    path.close();
    path.finish()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn shapes_are_drawn_where_they_are_and_as_large() {
        let typeface = Typeface::new(&[]).expect("a font");
        let mut scene = Scene::new(20.0);
        scene.height = 10.0;
        scene.fill(Area { x: 1.0, y: 1.0, width: 4.0, height: 4.0 }, [255, 0, 0], 0.0);
        scene.border(Area { x: 8.0, y: 2.0, width: 6.0, height: 6.0 }, [0, 0, 255], 1.0, 0.0);
        let pixels = Arc::new(RgbImage::from_pixel(3, 1, image::Rgb([0, 200, 0])));
        // A picture that would leave the figure is cut off.
        let area = Area { x: 16.0, y: 0.0, width: 9.0, height: 30.0 };
        scene.shapes.push(Shape::Picture { area, pixels, heat: None });
        let drawn = raster(&scene, &typeface, 2.0).expect("pixels");
        assert_eq!(drawn.dimensions(), (40, 20));
        let at = |x: u32, y: u32| drawn.get_pixel(x, y).0;
        assert_eq!([at(2, 2), at(9, 9), at(1, 1), at(10, 10)], [[255, 0, 0], [255, 0, 0], [255; 3], [255; 3]]);
        assert_eq!([at(16, 8), at(22, 10)], [[0, 0, 255], [255; 3]]);
        assert_eq!([at(32, 0), at(39, 19), at(31, 0)], [[0, 200, 0], [0, 200, 0], [255; 3]]);
        assert!(raster(&Scene::new(0.0), &typeface, 1.0).is_none());
    }

    #[test]
    fn letters_stand_on_their_line() {
        let typeface = Typeface::new(&[]).expect("a font");
        let mut scene = Scene::new(40.0);
        scene.height = 30.0;
        scene.text(5.0, 20.0, typeface.write("HH", 10.0), [0; 3]);
        let drawn = raster(&scene, &typeface, 4.0).expect("pixels");
        let dark = || drawn.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[0] < 60);
        let (top, bottom) = (dark().map(|p| p.1).min(), dark().map(|p| p.1).max());
        assert_eq!(bottom, Some(79), "the last row above the line");
        assert!(top.is_some_and(|top| (49..=52).contains(&top)), "{top:?}");
        let mut bytes = Vec::new();
        write_png(&drawn, &mut bytes).expect("encoded");
        assert_eq!(image::load_from_memory(&bytes).expect("a PNG").into_rgb8(), drawn);
    }
}
