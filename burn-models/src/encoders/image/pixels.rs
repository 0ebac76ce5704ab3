//! Images as an encoder takes them.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use image::RgbImage;
use image::imageops::{FilterType, resize};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// An image squashed to a square, so that the grid covers the whole of it and nothing is cropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    side: usize,
    rgb: Vec<u8>,
}

impl Pixels {
    /// Resizes `image` to `side x side` with a triangle filter.
    pub fn new(image: &RgbImage, side: usize) -> Self {
        let square = resize(image, side as u32, side as u32, FilterType::Triangle);
        Self { side, rgb: square.into_raw() }
    }
}

/// A change of an image that leaves what it shows as it is; used while training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variation {
    /// Left and right exchanged.
    pub mirrored: bool,
    /// Which channel each channel takes its values from.
    pub channels: [usize; 3],
    /// Factor on every channel, values being `-1..=1`.
    pub gain: f32,
}

impl Variation {
    /// The image as it is.
    pub const NONE: Self = Self { mirrored: false, channels: [0, 1, 2], gain: 1.0 };

    /// A random one: colours and sides say nothing about what a thing is.
    pub fn random(rng: &mut impl Rng) -> Self {
        let mut channels = [0, 1, 2];
        channels.shuffle(rng);
        Self { mirrored: rng.random(), channels, gain: rng.random_range(0.7..1.1) }
    }
}

/// A batch `[B, 3, side, side]` with channels scaled to `-1..=1`; rows without an image are grey.
pub fn stack_pixels<B: Backend>(
    images: &[Option<(&Pixels, Variation)>],
    side: usize,
    device: &B::Device,
) -> Tensor<B, 4> {
    let plane = side * side;
    let mut values = vec![0.0_f32; images.len() * 3 * plane];
    for (image, row) in images.iter().zip(values.chunks_exact_mut(3 * plane)) {
        let Some((image, variation)) = image.filter(|(image, _)| image.side == side) else { continue };
        for (place, rgb) in image.rgb.chunks_exact(3).enumerate() {
            let (y, x) = (place / side, place % side);
            let place = y * side + if variation.mirrored { side - 1 - x } else { x };
            for (channel, from) in variation.channels.into_iter().enumerate() {
                row[channel * plane + place] = (f32::from(rgb[from]) / 127.5 - 1.0) * variation.gain;
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
    fn channels_are_planes_and_absent_images_are_grey() {
        let red = Pixels::new(&RgbImage::from_pixel(3, 5, image::Rgb([255, 0, 0])), 2);
        let batch = stack_pixels::<Backend>(&[Some((&red, Variation::NONE)), None], 2, &cpu());
        let values: Vec<f32> = batch.into_data().to_vec().expect("floats");
        assert_eq!(values[..12], [1., 1., 1., 1., -1., -1., -1., -1., -1., -1., -1., -1.]);
        assert!(values[12..].iter().all(|value| *value == 0.0));
    }
}
