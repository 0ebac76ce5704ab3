//! Rectangles around the places where entities are visible.

use image::RgbImage;
use spanlight_models::alignment::Frame;

use super::Rgb;

/// A rectangle in pixels of the full-size image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outline {
    /// Left, upper, right and lower edge.
    pub edges: [f32; 4],
    /// Its colour.
    pub color: Rgb,
}

impl Outline {
    /// Around a part of an image of `width` x `height` pixels.
    pub fn around(frame: Frame, (width, height): (u32, u32), color: Rgb) -> Self {
        let (across, down) = (width as f32, height as f32);
        let (right, lower) = (frame.x + frame.width, frame.y + frame.height);
        Self { edges: [frame.x * across, frame.y * down, right * across, lower * down], color }
    }

    /// The same in pixels of the part of the image that begins at `(x, y)`.
    pub fn from(self, (x, y): (u32, u32)) -> Self {
        let [left, upper, right, lower] = self.edges;
        let (x, y) = (x as f32, y as f32);
        Self { edges: [left - x, upper - y, right - x, lower - y], ..self }
    }

    /// Whether any of it is in an image of `width` x `height` pixels.
    pub fn meets(&self, (width, height): (u32, u32)) -> bool {
        let [left, upper, right, lower] = self.edges;
        left < width as f32 && upper < height as f32 && right > 0.0 && lower > 0.0
    }

    /// Draws the rectangle, `thick` pixels inwards, into a `picture` that shows an image of `width` x `height` pixels.
    pub fn draw(&self, picture: &mut RgbImage, (width, height): (u32, u32), thick: u32) {
        if picture.width() == 0 || picture.height() == 0 || width == 0 || height == 0 {
            return;
        }
        let last = (picture.width() - 1, picture.height() - 1);
        let place = |edge: f32, full: u32, last: u32| {
            let place = edge / full as f32 * (last + 1) as f32;
            (place.floor().max(0.0) as u32).min(last)
        };
        // An edge at the far side of a pixel belongs to that pixel, not to the next one.
        let far = |edge: f32| edge - 0.001;
        let [xmin, ymin, xmax, ymax] = self.edges;
        let (left, right) = (place(xmin, width, last.0), place(far(xmax), width, last.0));
        let (upper, lower) = (place(ymin, height, last.1), place(far(ymax), height, last.1));
        let (right, lower) = (right.max(left), lower.max(upper));
        for inwards in 0..thick {
            let (left, right) = ((left + inwards).min(right), right.saturating_sub(inwards).max(left));
            let (upper, lower) = ((upper + inwards).min(lower), lower.saturating_sub(inwards).max(upper));
            for x in left..=right {
                picture.put_pixel(x, upper, image::Rgb(self.color));
                picture.put_pixel(x, lower, image::Rgb(self.color));
            }
            for y in upper..=lower {
                picture.put_pixel(left, y, image::Rgb(self.color));
                picture.put_pixel(right, y, image::Rgb(self.color));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_scaled_with_the_image() {
        let mut picture = RgbImage::new(20, 10);
        Outline { edges: [100.0, 50.0, 200.0, 100.0], color: [255; 3] }.draw(&mut picture, (200, 100), 1);
        let drawn: Vec<(u32, u32)> =
            picture.enumerate_pixels().filter(|p| p.2.0 == [255; 3]).map(|p| (p.0, p.1)).collect();
        assert!(drawn.contains(&(10, 5)) && drawn.contains(&(19, 9)) && drawn.contains(&(19, 5)));
        assert!(!drawn.contains(&(12, 7)), "the inside stays free");
        assert!(drawn.iter().all(|(x, y)| *x >= 10 && *y >= 5));
    }

    #[test]
    fn boxes_that_leave_the_image_are_held_inside() {
        let mut picture = RgbImage::new(4, 4);
        Outline { edges: [-50.0, -50.0, 900.0, 900.0], color: [1; 3] }.draw(&mut picture, (10, 10), 1);
        Outline { edges: [f32::NAN, 5.0, 1.0, 2.0], color: [1; 3] }.draw(&mut picture, (10, 10), 1);
        assert_eq!(picture.get_pixel(3, 3).0, [1; 3]);
    }
}
