//! Weights over a grid of image regions, laid over the picture pixel by pixel.

use image::RgbImage;
use serde::Deserialize;
use spanlight_models::alignment::Frame;

use super::{ColorMap, Rgb, mix};

/// Share of grey mixed into the picture under a map, so that the map's colours are read and not the picture's.
const DESATURATION: f32 = 0.7;
/// Opacity of the map where its value is least and most.
const OPACITY: (f32, f32) = (0.35, 0.75);

/// How the space between the centres of two regions is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeatStyle {
    /// Values between the centres of regions are mixed.
    #[default]
    Smooth,
    /// Every region is one plain rectangle.
    Grid,
}

/// A map over the regions of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    /// Rows of the grid.
    pub rows: usize,
    /// Columns of the grid.
    pub columns: usize,
    /// The part of the picture under the grid.
    pub frame: Frame,
    /// `rows * columns` weights, row by row.
    pub weights: Vec<f32>,
    /// How regions become pixels.
    pub style: HeatStyle,
    /// Colours.
    pub map: ColorMap,
}

impl Heat {
    /// Least and greatest weight, the ends of the colour scale.
    pub fn scale(&self) -> (f32, f32) {
        let finite = self.weights.iter().copied().filter(|weight| weight.is_finite());
        finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), weight| (least.min(weight), most.max(weight)))
    }

    /// Lays the map over `picture`, which shows the whole image.
    pub fn draw(&self, picture: &mut RgbImage) {
        if self.rows == 0 || self.columns == 0 || self.weights.len() != self.rows * self.columns {
            return;
        }
        let (least, most) = self.scale();
        let span = if most > least { most - least } else { 1.0 };
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let grey = greyed(pixel.0);
            let position = ((x as f32 + 0.5) / width, (y as f32 + 0.5) / height);
            pixel.0 = match self.value_at(position) {
                Some(weight) => {
                    let value = ((weight - least) / span).clamp(0.0, 1.0);
                    mix(grey, self.map.color(value), OPACITY.0 + (OPACITY.1 - OPACITY.0) * value)
                }
                // The encoder never saw this part: no colour, and darker.
                None => mix(grey, [0; 3], 0.5),
            };
        }
    }

    /// The weight at a place given in fractions of the picture, or nothing outside the frame.
    pub fn value_at(&self, (x, y): (f32, f32)) -> Option<f32> {
        let column = (x - self.frame.x) / self.frame.width * self.columns as f32;
        let row = (y - self.frame.y) / self.frame.height * self.rows as f32;
        let inside = (0.0..self.columns as f32).contains(&column) && (0.0..self.rows as f32).contains(&row);
        inside.then(|| match self.style {
            HeatStyle::Grid => self.weights[row as usize * self.columns + column as usize],
            HeatStyle::Smooth => self.between(column - 0.5, row - 0.5),
        })
    }

    /// Bilinear mix, in units of regions from the centre of the first one; the outer half regions take the nearest value.
    fn between(&self, column: f32, row: f32) -> f32 {
        let column = column.clamp(0.0, (self.columns - 1) as f32);
        let row = row.clamp(0.0, (self.rows - 1) as f32);
        let (left, upper) = (column as usize, row as usize);
        let (right, lower) = ((left + 1).min(self.columns - 1), (upper + 1).min(self.rows - 1));
        let (dx, dy) = (column - left as f32, row - upper as f32);
        let at = |row: usize, column: usize| self.weights[row * self.columns + column];
        let above = at(upper, left) * (1.0 - dx) + at(upper, right) * dx;
        let below = at(lower, left) * (1.0 - dx) + at(lower, right) * dx;
        above * (1.0 - dy) + below * dy
    }
}

fn greyed(color: Rgb) -> Rgb {
    let [red, green, blue] = color.map(f32::from);
    let grey = (0.299 * red + 0.587 * green + 0.114 * blue) as u8;
    mix(color, [grey; 3], DESATURATION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heat(frame: Frame, weights: &[f32], rows: usize, columns: usize, style: HeatStyle) -> Heat {
        Heat { rows, columns, frame, weights: weights.to_vec(), style, map: ColorMap::Viridis }
    }

    /// The pixel whose colour says "most".
    fn brightest(picture: &RgbImage) -> (u32, u32) {
        let sum = |p: &image::Rgb<u8>| p.0.iter().map(|c| u32::from(*c)).sum::<u32>();
        picture.enumerate_pixels().max_by_key(|(_, _, p)| sum(p)).map(|(x, y, _)| (x, y)).expect("pixels")
    }

    #[test]
    fn the_grid_lies_over_the_whole_of_a_picture_that_is_not_square() {
        let mut picture = RgbImage::from_pixel(60, 20, image::Rgb([80; 3]));
        let mut weights = vec![0.0; 12];
        weights[4 + 2] = 1.0;
        heat(Frame::WHOLE, &weights, 3, 4, HeatStyle::Grid).draw(&mut picture);
        let hot = *picture.get_pixel(37, 10);
        for (x, y, pixel) in picture.enumerate_pixels() {
            let inside = (30..45).contains(&x) && (20.0 / 3.0..40.0 / 3.0).contains(&(y as f32 + 0.5));
            assert_eq!(*pixel == hot, inside, "{x},{y}");
        }
    }

    #[test]
    fn a_crop_is_undone_exactly() {
        // The encoder saw the middle square of a picture twice as wide as high.
        let frame = Frame { x: 0.25, y: 0.0, width: 0.5, height: 1.0 };
        let map = heat(frame, &[1.0, 0.0, 0.0, 0.0], 2, 2, HeatStyle::Grid);
        assert_eq!(map.value_at((0.24, 0.1)), None);
        assert_eq!(map.value_at((0.26, 0.1)), Some(1.0));
        assert_eq!(map.value_at((0.49, 0.49)), Some(1.0));
        assert_eq!(map.value_at((0.51, 0.49)), Some(0.0));
        assert_eq!(map.value_at((0.76, 0.1)), None);
        let mut picture = RgbImage::from_pixel(80, 40, image::Rgb([200; 3]));
        map.draw(&mut picture);
        assert_eq!(*picture.get_pixel(10, 10), image::Rgb([100; 3]), "outside the crop the picture is only darkened");
    }

    #[test]
    fn smooth_maps_peak_at_the_centre_of_the_region() {
        let mut picture = RgbImage::from_pixel(70, 70, image::Rgb([80; 3]));
        let mut weights = vec![0.0; 49];
        weights[2 * 7 + 5] = 0.5;
        heat(Frame::WHOLE, &weights, 7, 7, HeatStyle::Smooth).draw(&mut picture);
        let (x, y) = brightest(&picture);
        assert!((54..=55).contains(&x) && (24..=25).contains(&y), "{x},{y}");
    }

    #[test]
    fn maps_that_do_not_fit_or_are_flat_do_no_harm() {
        let mut picture = RgbImage::from_pixel(4, 4, image::Rgb([80; 3]));
        heat(Frame::WHOLE, &[1.0], 2, 2, HeatStyle::Grid).draw(&mut picture);
        assert_eq!(*picture.get_pixel(0, 0), image::Rgb([80; 3]));
        heat(Frame::WHOLE, &[0.25; 4], 2, 2, HeatStyle::Smooth).draw(&mut picture);
        assert!(picture.pixels().all(|pixel| pixel == picture.get_pixel(0, 0)));
        heat(Frame::WHOLE, &[f32::NAN; 4], 2, 2, HeatStyle::Smooth).draw(&mut picture);
    }
}
