//! What is sent: the question, and the picture as a data URL.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use serde_json::json;
use spanlight_models::image_file;

use crate::providers::{Failure, Picture};

/// Files up to this size are sent as they are, if every endpoint can read them.
const AS_IT_IS: usize = 4 << 20;

/// Longest side of a picture that is made smaller, in pixels; models look at no more.
const LONGEST: u32 = 1536;

/// Quality of a picture that is written anew.
const QUALITY: u8 = 90;

/// The body of a request: greedy, so that the same question gives the same answer.
pub fn body(model: &str, prompt: &str, max_tokens: u32, picture: Picture<'_>) -> Result<Vec<u8>, Failure> {
    let (kind, bytes) = encoded(picture)?;
    let bytes = bytes.as_deref().unwrap_or(picture.bytes);
    let url = format!("data:{kind};base64,{}", STANDARD.encode(bytes));
    let content = json!([{"type": "text", "text": prompt}, {"type": "image_url", "image_url": {"url": url}}]);
    let body = json!({
        "model": model,
        "messages": [{"role": "user", "content": content}],
        "max_tokens": max_tokens,
        "temperature": 0,
        "stream": false,
    });
    Ok(body.to_string().into_bytes())
}

/// Media type, and the picture's bytes where they are not those of its file.
fn encoded(picture: Picture<'_>) -> Result<(&'static str, Option<Vec<u8>>), Failure> {
    match image::guess_format(picture.bytes) {
        Ok(ImageFormat::Jpeg) if picture.bytes.len() <= AS_IT_IS => return Ok(("image/jpeg", None)),
        Ok(ImageFormat::Png) if picture.bytes.len() <= AS_IT_IS => return Ok(("image/png", None)),
        _ => {}
    }
    let failed = |error: &dyn std::fmt::Display| Failure::Tweet(error.to_string());
    let image = image_file::load(picture.path).map_err(|error| failed(&error))?;
    let longest = image.width().max(image.height());
    let image = if longest > LONGEST {
        let side = |side: u32| (u64::from(side) * u64::from(LONGEST) / u64::from(longest)).max(1) as u32;
        image::imageops::resize(&image, side(image.width()), side(image.height()), FilterType::Triangle)
    } else {
        image
    };
    let mut bytes = Cursor::new(Vec::new());
    image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY)).map_err(|error| failed(&error))?;
    Ok(("image/jpeg", Some(bytes.into_inner())))
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn pictures_that_not_every_endpoint_reads_are_written_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, format, kind) in
            [("a.png", ImageFormat::Png, "image/png"), ("a.gif", ImageFormat::Gif, "image/jpeg")]
        {
            let path = folder.path().join(name);
            RgbImage::new(2000, 4).save_with_format(&path, format).expect("written");
            let bytes = std::fs::read(&path).expect("read");
            let picture = Picture { path: &path, bytes: &bytes, id: "a" };
            let body = body("m", "p", 8, picture).expect("a body");
            let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            let url = body["messages"][0]["content"][1]["image_url"]["url"].as_str().expect("an address");
            let data = url.strip_prefix(&format!("data:{kind};base64,")).expect("a data URL");
            let sent = STANDARD.decode(data).expect("base64");
            let sent = image::load_from_memory(&sent).expect("an image");
            assert_eq!(sent.width(), if kind == "image/png" { 2000 } else { LONGEST });
        }
    }
}
