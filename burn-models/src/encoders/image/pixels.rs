//! Images as an encoder takes them.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use image::RgbImage;
use image::imageops::{FilterType, resize};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use crate::alignment::Frame;

use super::Scaling;

/// An image, or a part of one, as a square.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    side: usize,
    rgb: Vec<u8>,
    frame: Frame,
}

impl Pixels {
    /// Resizes `image` to `side x side` with a triangle filter: the whole of it is seen, nothing is cropped.
    pub fn new(image: &RgbImage, side: usize) -> Self {
        Self::from_square(resize(image, side as u32, side as u32, FilterType::Triangle), Frame::WHOLE)
    }

    /// A square picture, and the part of the image that it shows.
    pub(super) fn from_square(square: RgbImage, frame: Frame) -> Self {
        Self { side: square.width() as usize, rgb: square.into_raw(), frame }
    }

    /// Side in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The part of the image that is seen, on which a grid of regions lies.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// The same with region `place` of a grid of `grid x grid`, row by row from the upper left, filled with one colour.
    ///
    /// Where the grid does not divide the side, a region has all pixels that it touches.
    #[must_use]
    pub fn hiding(&self, place: usize, grid: usize, colour: [u8; 3]) -> Self {
        let touched = |line: usize| line * self.side / grid..((line + 1) * self.side).div_ceil(grid);
        let mut hidden = self.clone();
        for y in touched(place / grid) {
            let columns = touched(place % grid);
            let line = &mut hidden.rgb[(y * self.side + columns.start) * 3..(y * self.side + columns.end) * 3];
            line.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&colour));
        }
        hidden
    }

    /// Red, green and blue of every pixel, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

/// A rectangle of an image in fractions of its width and height: left, top, right, bottom.
pub type Rectangle = [f32; 4];

/// A change of an image that leaves what it shows as it is; used while training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variation {
    /// Left and right exchanged.
    pub mirrored: bool,
    /// How much larger things appear.
    pub zoom: f32,
    /// Where in the image, from its centre, the new centre lies: right and down.
    pub shift: [f32; 2],
    /// Which channel each channel takes its values from.
    pub channels: [usize; 3],
    /// Factor on every channel after scaling.
    pub gain: f32,
}

impl Variation {
    /// The image as it is.
    pub const NONE: Self = Self { mirrored: false, zoom: 1.0, shift: [0.0; 2], channels: [0, 1, 2], gain: 1.0 };

    /// A random one: colour, side, size and place say nothing about what a thing is.
    pub fn random(rng: &mut impl Rng) -> Self {
        let mut channels = [0, 1, 2];
        channels.shuffle(rng);
        Self {
            mirrored: rng.random(),
            zoom: rng.random_range(0.75..1.35),
            shift: [rng.random_range(-0.15..0.15), rng.random_range(-0.15..0.15)],
            channels,
            gain: rng.random_range(0.6..1.2),
        }
    }

    /// Where the pixel at `at` (a fraction along `axis`, 0 = right, 1 = down) comes from.
    fn source(&self, at: f32, axis: usize) -> f32 {
        let at = if axis == 0 && self.mirrored { 1.0 - at } else { at };
        (at - 0.5) / self.zoom + 0.5 + self.shift[axis]
    }

    /// Where a rectangle of the image comes to lie; `None` if it left the picture.
    pub fn rectangle(&self, [left, top, right, bottom]: Rectangle) -> Option<Rectangle> {
        let place = |from: f32, axis: usize| (from - 0.5 - self.shift[axis]) * self.zoom + 0.5;
        let (mut left, mut right) = (place(left, 0), place(right, 0));
        if self.mirrored {
            (left, right) = (1.0 - right, 1.0 - left);
        }
        let (top, bottom) = (place(top, 1), place(bottom, 1));
        let kept = [left, top, right, bottom].map(|edge| edge.clamp(0.0, 1.0));
        (kept[0] < kept[2] && kept[1] < kept[3]).then_some(kept)
    }
}

/// A batch `[B, 3, side, side]` with scaled channels; rows without an image are zero.
pub fn stack_pixels<B: Backend>(
    images: &[Option<(&Pixels, Variation)>],
    side: usize,
    scaling: &Scaling,
    device: &B::Device,
) -> Tensor<B, 4> {
    let plane = side * side;
    let table = scaling.table();
    let mut values = vec![0.0_f32; images.len() * 3 * plane];
    for (image, row) in images.iter().zip(values.chunks_exact_mut(3 * plane)) {
        let Some((image, variation)) = image.filter(|(image, _)| image.side == side) else { continue };
        let sources = |axis: usize| -> Vec<usize> {
            let source = |place: usize| variation.source((place as f32 + 0.5) / side as f32, axis) * side as f32;
            (0..side).map(|place| (source(place).max(0.0) as usize).min(side - 1)).collect()
        };
        let (columns, lines) = (sources(0), sources(1));
        for (y, from_y) in lines.iter().enumerate() {
            for (x, from_x) in columns.iter().enumerate() {
                let rgb = &image.rgb[(from_y * side + from_x) * 3..][..3];
                for (channel, from) in variation.channels.into_iter().enumerate() {
                    row[channel * plane + y * side + x] = table[channel][usize::from(rgb[from])] * variation.gain;
                }
            }
        }
    }
    Tensor::from_data(TensorData::new(values, [images.len(), 3, side, side]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Backend, cpu};

    #[test]
    fn channels_are_planes_and_absent_images_are_zero() {
        let red = Pixels::new(&RgbImage::from_pixel(3, 5, image::Rgb([255, 0, 0])), 2);
        let batch = stack_pixels::<Backend>(&[Some((&red, Variation::NONE)), None], 2, &Scaling::SIGNED, &cpu());
        let values: Vec<f32> = batch.into_data().to_vec().expect("floats");
        assert_eq!(values[..12], [1., 1., 1., 1., -1., -1., -1., -1., -1., -1., -1., -1.]);
        assert!(values[12..].iter().all(|value| *value == 0.0));
    }

    #[test]
    fn a_hidden_region_and_nothing_else_has_the_colour() {
        let white = Pixels::new(&RgbImage::from_pixel(3, 5, image::Rgb([255; 3])), 4);
        let grey = |pixels: Pixels| {
            let grey = pixels.rgb().chunks(3).enumerate().filter(|(_, rgb)| *rgb == [9, 8, 7]);
            grey.map(|(place, _)| place).collect::<Vec<_>>()
        };
        assert_eq!(grey(white.hiding(1, 2, [9, 8, 7])), [2, 3, 6, 7]);
        assert_eq!(grey(white.hiding(4, 3, [9, 8, 7])), [5, 6, 9, 10], "a third of four pixels touches two");
        assert_eq!(grey(white.hiding(0, 1, [9, 8, 7])).len(), 16);
        assert_eq!(white.hiding(3, 2, [0; 3]).frame(), white.frame());
    }

    #[test]
    fn a_rectangle_moves_with_what_it_surrounds() {
        // A white patch on black: after any variation the white pixels fill the moved rectangle.
        let side = 40;
        let mut picture = RgbImage::new(side, side);
        for (x, y) in (8..20).flat_map(|x| (12..28).map(move |y| (x, y))) {
            picture.put_pixel(x, y, image::Rgb([255; 3]));
        }
        let pixels = Pixels::new(&picture, side as usize);
        let patch = [0.2, 0.3, 0.5, 0.7];
        for variation in [
            Variation::NONE,
            Variation { mirrored: true, ..Variation::NONE },
            Variation { zoom: 1.25, shift: [0.1, -0.05], ..Variation::NONE },
            Variation { mirrored: true, zoom: 0.8, shift: [-0.1, 0.1], ..Variation::NONE },
        ] {
            let batch = stack_pixels::<Backend>(&[Some((&pixels, variation))], side as usize, &Scaling::SIGNED, &cpu());
            let values: Vec<f32> = batch.into_data().to_vec().expect("floats");
            let [left, top, right, bottom] = variation.rectangle(patch).expect("it stays in the picture");
            for (place, value) in values[..(side * side) as usize].iter().enumerate() {
                let (x, y) = (place as u32 % side, place as u32 / side);
                let (x, y) = ((x as f32 + 0.5) / side as f32, (y as f32 + 0.5) / side as f32);
                let depth = (x - left).min(right - x).min(y - top).min(bottom - y);
                if depth.abs() > 1.5 / side as f32 {
                    assert_eq!(*value > 0.0, depth > 0.0, "{variation:?} at {x}, {y}");
                }
            }
        }
        assert_eq!(Variation { shift: [0.9, 0.0], ..Variation::NONE }.rectangle(patch), None);
    }
}
