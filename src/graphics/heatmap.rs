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
    /// Ends of the colour scale; the least and the greatest weight where nothing is laid down.
    pub range: Option<(f32, f32)>,
    /// How regions become pixels.
    pub style: HeatStyle,
    /// Colours.
    pub map: ColorMap,
}

impl Heat {
    /// The ends of the colour scale.
    pub fn scale(&self) -> (f32, f32) {
        self.range.unwrap_or_else(|| self.extent())
    }

    /// Least and greatest weight.
    fn extent(&self) -> (f32, f32) {
        let finite = self.weights.iter().copied().filter(|weight| weight.is_finite());
        finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), weight| (least.min(weight), most.max(weight)))
    }

    /// Lays the map over `picture`, which shows the whole image.
    pub fn draw(&self, picture: &mut RgbImage) {
        if self.rows == 0 || self.columns == 0 || self.weights.len() != self.rows * self.columns {
            return;
        }
        let tone = Tone::of(self);
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let position = ((x as f32 + 0.5) / width, (y as f32 + 0.5) / height);
            let weight = self.value_at(position);
            let ground = ground(pixel.0, weight.is_some());
            pixel.0 = weight.map_or(ground, |weight| {
                let (color, opacity) = tone.tint(weight);
                mix(ground, color, opacity)
            });
        }
    }

    /// Makes `picture` what the map is laid over: greyed, and darker where the encoder never looked.
    pub fn prepare(&self, picture: &mut RgbImage) {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let seen = self.region_at(((x as f32 + 0.5) / width, (y as f32 + 0.5) / height)).is_some();
            pixel.0 = ground(pixel.0, seen);
        }
    }

    /// The rectangle of a region in fractions of the picture.
    pub fn region(&self, index: usize) -> Frame {
        let (width, height) = (self.frame.width / self.columns as f32, self.frame.height / self.rows as f32);
        let (column, row) = ((index % self.columns) as f32, (index / self.columns) as f32);
        Frame { x: self.frame.x + column * width, y: self.frame.y + row * height, width, height }
    }

    /// The weight at a place given in fractions of the picture, or nothing outside the frame.
    pub fn value_at(&self, (x, y): (f32, f32)) -> Option<f32> {
        self.region_at((x, y)).map(|(column, row)| match self.style {
            HeatStyle::Grid => self.weights[row as usize * self.columns + column as usize],
            HeatStyle::Smooth => self.between(column - 0.5, row - 0.5),
        })
    }

    /// A place in units of regions, column and row, or nothing outside the frame.
    fn region_at(&self, (x, y): (f32, f32)) -> Option<(f32, f32)> {
        let column = (x - self.frame.x) / self.frame.width * self.columns as f32;
        let row = (y - self.frame.y) / self.frame.height * self.rows as f32;
        let inside = (0.0..self.columns as f32).contains(&column) && (0.0..self.rows as f32).contains(&row);
        inside.then_some((column, row))
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

/// A colour scale: what a weight looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// Its ends.
    pub range: (f32, f32),
    /// Colours.
    pub map: ColorMap,
}

impl Tone {
    /// The scale of a map.
    pub fn of(heat: &Heat) -> Self {
        Self { range: heat.scale(), map: heat.map }
    }

    /// Where a weight lies between the ends, `0..=1`.
    pub fn place(&self, weight: f32) -> f32 {
        let (least, most) = self.range;
        let span = if most > least { most - least } else { 1.0 };
        ((weight - least) / span).clamp(0.0, 1.0)
    }

    /// The colour of a weight, and how far it covers what lies below, `0..=1`.
    pub fn tint(&self, weight: f32) -> (Rgb, f32) {
        let value = self.place(weight);
        (self.map.color(value), OPACITY.0 + (OPACITY.1 - OPACITY.0) * self.map.strength(value))
    }
}

/// A pixel below a map; where the encoder never looked it gets no colour, and darker.
fn ground(color: Rgb, seen: bool) -> Rgb {
    if seen { greyed(color) } else { mix(greyed(color), [0; 3], 0.5) }
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
        Heat { rows, columns, frame, weights: weights.to_vec(), range: None, style, map: ColorMap::Viridis }
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
    fn regions_are_rectangles_of_the_picture_and_what_was_not_seen_is_darker() {
        let frame = Frame { x: 0.25, y: 0.0, width: 0.5, height: 1.0 };
        let map = heat(frame, &[1.0, 0.0, 0.0, 0.0], 2, 2, HeatStyle::Grid);
        assert_eq!(map.region(3), Frame { x: 0.5, y: 0.5, width: 0.25, height: 0.5 });
        let mut picture = RgbImage::from_pixel(8, 4, image::Rgb([200; 3]));
        map.prepare(&mut picture);
        let rows: Vec<u8> = (0..8).map(|x| picture.get_pixel(x, 1).0[0]).collect();
        assert_eq!(rows, [100, 100, 200, 200, 200, 200, 100, 100]);
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
    fn one_scale_for_several_maps_leaves_the_weaker_one_darker() {
        let draw = |weights: &[f32]| {
            let mut picture = RgbImage::from_pixel(4, 4, image::Rgb([80; 3]));
            let range = Some((0.0, 1.0));
            Heat { range, ..heat(Frame::WHOLE, weights, 1, 1, HeatStyle::Grid) }.draw(&mut picture);
            picture.get_pixel(0, 0).0
        };
        let tone = Tone { range: (0.0, 1.0), map: ColorMap::Viridis };
        let seen = |weight: f32| {
            let (color, opacity) = tone.tint(weight);
            mix([80; 3], color, opacity)
        };
        assert_eq!([draw(&[0.25]), draw(&[1.0]), draw(&[7.0])], [seen(0.25), seen(1.0), seen(1.0)]);
        assert_ne!(draw(&[0.25]), draw(&[1.0]));
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
