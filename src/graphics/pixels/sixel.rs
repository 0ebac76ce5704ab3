//! Sixel: rows of six pixels in a palette of at most 256 colours.

use icy_sixel::SixelImage;
use image::{DynamicImage, RgbImage};

/// Most pixels in a row and rows; xterm shows no more of a picture unless it is told to.
pub const LARGEST: u32 = 1000;

/// Shows the picture with one pixel of the screen for each of its own.
pub fn encode(image: &RgbImage) -> Result<Vec<u8>, String> {
    let (width, height) = image.dimensions();
    if width > LARGEST {
        return Err(format!("a sixel picture may be {LARGEST} pixels wide, not {width}"));
    }
    let rgba = DynamicImage::ImageRgb8(image.clone()).into_rgba8().into_raw();
    let picture = SixelImage::try_from_rgba(rgba, width as usize, height as usize);
    picture.and_then(|picture| picture.encode()).map(String::into_bytes).map_err(|error| error.to_string())
}
