//! Pictures as PNG files that say how they came about.

use std::io::{self, BufRead, Cursor, Seek};

use image::RgbImage;
use png::{BitDepth, ColorType, Decoder, Encoder};

/// The key of the text in the file.
const KEYWORD: &str = "spanlight";

/// The bytes of `image` with `text`, which is JSON, in a `tEXt` chunk.
pub fn encode(image: &RgbImage, text: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, image.width(), image.height());
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.add_text_chunk(KEYWORD.to_owned(), ascii(text))?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(image.as_raw())?;
    writer.finish()?;
    Ok(bytes)
}

/// The text of such a file; `None` where it is no PNG or has none.
pub fn text(file: impl BufRead + Seek) -> Option<String> {
    let reader = Decoder::new(file).read_info().ok()?;
    let chunks = &reader.info().uncompressed_latin1_text;
    chunks.iter().find(|chunk| chunk.keyword == KEYWORD).map(|chunk| chunk.text.clone())
}

/// The picture in `bytes`.
pub fn decode(bytes: &[u8]) -> Option<RgbImage> {
    let format = image::ImageFormat::Png;
    Some(image::load(Cursor::new(bytes), format).ok()?.into_rgb8())
}

/// The same JSON in letters that the chunk can hold.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            text.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let image = RgbImage::from_fn(5, 3, |x, y| image::Rgb([x as u8 * 9, y as u8 * 9, 7]));
        let words = "{\"words\":[\"보미\",\"👩‍🚀\",\"é\",\"\\u007f\"]}";
        let bytes = encode(&image, words).expect("a picture");
        let said = text(Cursor::new(&bytes)).expect("a text");
        assert!(said.is_ascii(), "{said}");
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!((parse(&said), decode(&bytes)), (parse(words), Some(image)));
        assert_eq!((text(Cursor::new(&b"no picture"[..])), decode(&bytes[..40])), (None, None));
    }
}
