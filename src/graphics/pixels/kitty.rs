//! The graphics protocol of kitty: raw pixels, in parts, replaced by number and removed at a word.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;

/// Most characters of a part.
const PART: usize = 4096;

/// Removes every picture and forgets its pixels; the terminal keeps silent about it.
pub const REMOVE_ALL: &[u8] = b"\x1b_Ga=d,d=A,q=2\x1b\\";

/// Shows the picture and leaves the cursor where it is.
pub fn encode(image: &RgbImage, columns: u16, rows: u16) -> Vec<u8> {
    let payload = STANDARD.encode(image.as_raw());
    let (width, height) = image.dimensions();
    let mut text = String::with_capacity(payload.len() + payload.len() / PART * 16 + 80);
    let mut rest = payload.as_str();
    let mut control = format!("a=T,f=24,s={width},v={height},c={columns},r={rows},C=1,q=2");
    loop {
        let (part, after) = rest.split_at(rest.len().min(PART));
        let more = u8::from(!after.is_empty());
        // Writing to a string cannot fail.
        let _ = write!(text, "\x1b_G{control},m={more};{part}\x1b\\");
        if after.is_empty() {
            return text.into_bytes();
        }
        (rest, control) = (after, "q=2".to_owned());
    }
}
