//! Shapes in the units of a drawing, on a layer of pixels of their own.
//!
//! Every object is drawn on an empty layer, so that its gold box is simply what the layer covers.

use tiny_skia::{FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapPaint, Rect, Stroke, Transform};

use super::color::Color;

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Area {
    pub fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }
}

/// Transparent pixels with a transform from the units of a drawing.
pub struct Canvas {
    pixmap: Pixmap,
    frame: Transform,
}

impl Canvas {
    /// A layer of `width` x `height` pixels whose units are pixels.
    pub fn new(width: u32, height: u32) -> Self {
        let pixmap = Pixmap::new(width, height).expect("pictures have at least one pixel");
        Self { pixmap, frame: Transform::identity() }
    }

    /// From now on units are those of a drawing `view` units wide and high that fills `area`.
    pub fn frame(&mut self, view: (f32, f32), area: Area, mirrored: bool, tilt: f32) {
        let (width, height) = view;
        let mirror =
            if mirrored { Transform::from_row(-1.0, 0.0, 0.0, 1.0, width, 0.0) } else { Transform::identity() };
        self.frame = mirror
            .post_concat(Transform::from_rotate_at(tilt, width / 2.0, height / 2.0))
            .post_scale(area.width / width, area.height / height)
            .post_translate(area.x, area.y);
    }

    pub fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, color: Color) {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            self.fill(Some(PathBuilder::from_rect(rect)), color);
        }
    }

    pub fn rounded(&mut self, x: f32, y: f32, width: f32, height: f32, radius: f32, color: Color) {
        let radius = radius.min(width / 2.0).min(height / 2.0);
        let (right, bottom) = (x + width, y + height);
        self.shape(color, |path| {
            path.move_to(x + radius, y);
            path.line_to(right - radius, y);
            path.quad_to(right, y, right, y + radius);
            path.line_to(right, bottom - radius);
            path.quad_to(right, bottom, right - radius, bottom);
            path.line_to(x + radius, bottom);
            path.quad_to(x, bottom, x, bottom - radius);
            path.line_to(x, y + radius);
            path.quad_to(x, y, x + radius, y);
            path.close();
        });
    }

    pub fn ellipse(&mut self, x: f32, y: f32, radius_x: f32, radius_y: f32, color: Color) {
        let oval = Rect::from_xywh(x - radius_x, y - radius_y, radius_x * 2.0, radius_y * 2.0);
        self.fill(oval.and_then(PathBuilder::from_oval), color);
    }

    pub fn circle(&mut self, x: f32, y: f32, radius: f32, color: Color) {
        self.ellipse(x, y, radius, radius, color);
    }

    pub fn polygon(&mut self, points: &[(f32, f32)], color: Color) {
        self.shape(color, |path| {
            trace(path, points);
            path.close();
        });
    }

    /// A line through `points` with round ends.
    pub fn line(&mut self, points: &[(f32, f32)], width: f32, color: Color) {
        self.stroke(width, color, |path| trace(path, points));
    }

    /// Fills what `draw` outlines.
    pub fn shape(&mut self, color: Color, draw: impl FnOnce(&mut PathBuilder)) {
        let mut path = PathBuilder::new();
        draw(&mut path);
        self.fill(path.finish(), color);
    }

    /// Draws along what `draw` outlines.
    pub fn stroke(&mut self, width: f32, color: Color, draw: impl FnOnce(&mut PathBuilder)) {
        let mut path = PathBuilder::new();
        draw(&mut path);
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        if let Some(path) = path.finish() {
            self.pixmap.stroke_path(&path, &ink(color), &stroke, self.frame, None);
        }
    }

    fn fill(&mut self, path: Option<Path>, color: Color) {
        if let Some(path) = path {
            self.pixmap.fill_path(&path, &ink(color), FillRule::Winding, self.frame, None);
        }
    }

    /// Lays `other` over this layer.
    pub fn lay(&mut self, other: &Self) {
        self.pixmap.draw_pixmap(0, 0, other.pixmap.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
    }

    /// The smallest rectangle that holds everything drawn so far.
    pub fn covered(&self) -> Option<Area> {
        let width = self.pixmap.width() as usize;
        let (mut left, mut top, mut right, mut bottom) = (usize::MAX, usize::MAX, 0, 0);
        for (index, pixel) in self.pixmap.pixels().iter().enumerate() {
            if pixel.alpha() > 127 {
                let (x, y) = (index % width, index / width);
                (left, top) = (left.min(x), top.min(y));
                (right, bottom) = (right.max(x + 1), bottom.max(y + 1));
            }
        }
        (left < right).then(|| Area::new(left as f32, top as f32, (right - left) as f32, (bottom - top) as f32))
    }

    pub fn width(&self) -> f32 {
        self.pixmap.width() as f32
    }

    pub fn height(&self) -> f32 {
        self.pixmap.height() as f32
    }

    /// The picture without transparency.
    pub fn into_rgb(self) -> image::RgbImage {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let pixels = self.pixmap.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
        image::RgbImage::from_raw(width, height, pixels).expect("three bytes for every pixel")
    }
}

fn trace(path: &mut PathBuilder, points: &[(f32, f32)]) {
    for (index, &(x, y)) in points.iter().enumerate() {
        if index == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
}

fn ink(color: Color) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(color.red, color.green, color.blue, 255);
    paint
}
