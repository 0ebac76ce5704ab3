//! How an image becomes what a published encoder was trained on: resize, crop, scale. Part of parity.

use std::path::Path;

use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::alignment::Frame;
use crate::image_file::{self, ImageFileError};

use super::Pixels;
use super::resize::{Filter, resize};

/// The side of the picture for which most image encoders were trained.
const USUAL_SIDE: usize = 224;

/// Mean of the channels over ImageNet, values being `0..=1`.
const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];

/// Standard deviation of the channels over ImageNet.
const IMAGENET_DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// The steps from an image to the input of an encoder, in the order of the fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    /// Side of the square input in pixels.
    pub side: usize,
    /// How the picture is brought to that size.
    pub fit: Fit,
    /// Filter of the resize.
    pub filter: Filter,
    /// From bytes to the numbers that the encoder takes.
    pub scaling: Scaling,
}

/// How a picture of any form becomes a square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Fit {
    /// Width and height are each resized to the side; the whole picture is seen, squashed.
    Squash,
    /// The shorter side is resized to `shorter` and the middle is cut out; the edges are not seen.
    Crop {
        /// Length of the shorter side before the cut, at least the side.
        shorter: usize,
        /// Where the cut falls if what is left over is odd.
        middle: Middle,
    },
}

/// How half a pixel is rounded where a cut falls between two; the reference libraries differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Middle {
    /// To the nearest even number, as `torchvision` does.
    Even,
    /// Down, as the image processors of the model hub do.
    Down,
}

/// `(byte * factor - mean) / deviation`, for each channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// Factor on the bytes, usually 1/255.
    pub factor: f32,
    /// Mean of every channel.
    pub mean: [f32; 3],
    /// Standard deviation of every channel.
    pub deviation: [f32; 3],
}

impl Scaling {
    /// Mean and deviation of ImageNet.
    pub const IMAGENET: Self = Self { factor: 1.0 / 255.0, mean: IMAGENET_MEAN, deviation: IMAGENET_DEVIATION };

    /// From bytes to `-1..=1`.
    pub const SIGNED: Self = Self { factor: 1.0 / 255.0, mean: [0.5; 3], deviation: [0.5; 3] };

    /// The colour that the encoder takes for the mean of all.
    pub fn mean_colour(&self) -> [u8; 3] {
        self.mean.map(|mean| (mean / self.factor).round().clamp(0.0, 255.0) as u8)
    }

    /// What becomes of every byte in every channel.
    pub(super) fn table(&self) -> [[f32; 256]; 3] {
        std::array::from_fn(|channel| {
            std::array::from_fn(|byte| (byte as f32 * self.factor - self.mean[channel]) / self.deviation[channel])
        })
    }
}

impl Preprocessing {
    /// The project's own: the grid covers the whole picture; scaled by the statistics of ImageNet.
    pub const WHOLE: Self =
        Self { side: USUAL_SIDE, fit: Fit::Squash, filter: Filter::Bilinear, scaling: Scaling::IMAGENET };

    /// That of `torchvision`'s ImageNet models: shorter side 256, the middle 224 x 224.
    pub const TORCHVISION: Self = Self {
        side: USUAL_SIDE,
        fit: Fit::Crop { shorter: 256, middle: Middle::Even },
        filter: Filter::Bilinear,
        scaling: Scaling::IMAGENET,
    };

    /// Reads an image file upright, without its transparency, and prepares it.
    pub fn read(&self, path: &Path) -> Result<Pixels, ImageFileError> {
        Ok(self.apply(&image_file::load_opaque(path)?))
    }

    /// The image as the encoder takes it, and which part of it that is.
    pub fn apply(&self, image: &RgbImage) -> Pixels {
        let size = [image.width(), image.height()].map(|length| length as usize);
        let Fit::Crop { shorter, middle } = self.fit else {
            let square = resize(image, [self.side; 2], [0; 2], self.side, self.filter);
            return Pixels::from_square(square, Frame::WHOLE);
        };
        // Cut off, not rounded, as both reference libraries do.
        let scaled = size.map(|length| (shorter * length / size[0].min(size[1]).max(1)).max(self.side));
        let corner = scaled.map(|length| middle.start(length - self.side));
        let share = |axis: usize, length: usize| length as f32 / scaled[axis] as f32;
        let frame = Frame {
            x: share(0, corner[0]),
            y: share(1, corner[1]),
            width: share(0, self.side),
            height: share(1, self.side),
        };
        Pixels::from_square(resize(image, scaled, corner, self.side, self.filter), frame)
    }
}

impl Middle {
    /// Where a cut begins that leaves `over` pixels on both sides together.
    fn start(self, over: usize) -> usize {
        match self {
            // Half of 4 n + 3 is nearer to an even number above, half of 4 n + 1 to one below.
            Self::Even => over / 2 + usize::from(over % 4 == 3),
            Self::Down => over / 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_says_where_it_lies_in_the_picture() {
        // 40 x 20 becomes 64 x 32; 24 of it are cut out, 20 columns and 4 rows from the corner.
        let fit = Fit::Crop { shorter: 32, middle: Middle::Even };
        let preprocessing = Preprocessing { side: 24, fit, ..Preprocessing::TORCHVISION };
        let frame = preprocessing.apply(&RgbImage::new(40, 20)).frame();
        assert_eq!(frame, Frame { x: 0.3125, y: 0.125, width: 0.375, height: 0.75 });
        let whole = Preprocessing::WHOLE.apply(&RgbImage::new(40, 20));
        assert_eq!((whole.frame(), whole.side()), (Frame::WHOLE, 224));
    }

    #[test]
    fn the_mean_colour_is_scaled_to_nothing() {
        assert!(Scaling::SIGNED.mean_colour().iter().all(|level| (127..=128).contains(level)), "half way");
        let colour = Scaling::IMAGENET.mean_colour();
        assert_eq!(colour, [124, 116, 104]);
        let table = Scaling::IMAGENET.table();
        assert!((0..3).all(|channel| table[channel][usize::from(colour[channel])].abs() < 0.01));
    }

    #[test]
    fn half_pixels_fall_as_in_each_reference() {
        assert_eq!([0, 1, 2, 3, 4, 5].map(|over| Middle::Even.start(over)), [0, 0, 1, 2, 2, 2]);
        assert_eq!([0, 1, 2, 3, 4, 5].map(|over| Middle::Down.start(over)), [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn the_smallest_and_the_longest_picture_can_be_prepared() {
        for (width, height) in [(1, 1), (16_384, 1), (1, 16_384)] {
            let pixels = Preprocessing::TORCHVISION.apply(&RgbImage::from_pixel(width, height, image::Rgb([9; 3])));
            assert!(pixels.side() == 224 && pixels.rgb().iter().all(|value| *value == 9));
        }
    }
}
