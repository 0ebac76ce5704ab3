//! Resizing as Pillow does it: filters widened when shrinking, columns first, bytes in between.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use serde::{Deserialize, Serialize};

/// A filter of Pillow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// The nearest pixel.
    Nearest,
    /// Lanczos with three lobes.
    Lanczos,
    /// A triangle.
    Bilinear,
    /// Cubic with a = -0.5.
    Bicubic,
    /// The mean of the pixels below.
    Box,
    /// A Hamming window.
    Hamming,
}

impl Filter {
    /// The filter behind the `resample` number of a `preprocessor_config.json`.
    pub fn from_number(number: u64) -> Option<Self> {
        let filters = [Self::Nearest, Self::Lanczos, Self::Bilinear, Self::Bicubic, Self::Box, Self::Hamming];
        filters.get(usize::try_from(number).ok()?).copied()
    }

    fn algorithm(self) -> ResizeAlg {
        ResizeAlg::Convolution(match self {
            Self::Nearest => return ResizeAlg::Nearest,
            Self::Lanczos => FilterType::Lanczos3,
            Self::Bilinear => FilterType::Bilinear,
            Self::Bicubic => FilterType::CatmullRom,
            Self::Box => FilterType::Box,
            Self::Hamming => FilterType::Hamming,
        })
    }
}

/// The part of `image` from `corner` (x, y) of `size` (width, height) as a square; the filter may look beyond the part.
///
/// Corner and size are in pixels of the image and need not be whole. An image without pixels becomes black.
pub(super) fn resize(image: &RgbImage, corner: [f64; 2], size: [f64; 2], side: usize, filter: Filter) -> RgbImage {
    let side = side as u32;
    let mut square = RgbImage::new(side, side);
    let source = ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3);
    let target = Image::from_slice_u8(side, side, &mut square, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(filter.algorithm()).crop(corner[0], corner[1], size[0], size[1]);
    let done = match (source, target) {
        (Ok(source), Ok(mut target)) => Resizer::new().resize(&source, &mut target, &options).is_ok(),
        _ => false,
    };
    debug_assert!(done || image.is_empty(), "a part of an RGB image can be resized to any square");
    square
}
