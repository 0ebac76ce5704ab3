//! The inline images of iTerm2: a file in the text.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbImage};

/// Shows the picture stretched over the cells.
pub fn encode(image: &RgbImage, columns: u16, rows: u16) -> Result<Vec<u8>, String> {
    let mut file = Cursor::new(Vec::new());
    let (width, height) = image.dimensions();
    PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Sub)
        .write_image(image.as_raw(), width, height, ExtendedColorType::Rgb8)
        .map_err(|error| error.to_string())?;
    let file = file.into_inner();
    let start = format!(
        "\x1b]1337;File=inline=1;preserveAspectRatio=0;doNotMoveCursor=1;size={};width={columns};height={rows}:",
        file.len()
    );
    Ok([start.as_bytes(), STANDARD.encode(file).as_bytes(), b"\x07"].concat())
}
