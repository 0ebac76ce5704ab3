//! Writes the splits: one JSON object a line, and the pictures in several formats.

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use image::codecs::{gif, jpeg, png, webp};
use image::{ExtendedColorType, ImageResult, RgbImage};

use crate::dice::Dice;
use crate::split::Split;
use spanlight_models::example::Example;

/// What could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file or folder.
    #[error("cannot write {}: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
    /// A picture.
    #[error("cannot encode image `{id}`: {source}")]
    Image { id: String, source: image::ImageError },
    /// A tweet.
    #[error("cannot write tweet `{id}` as JSON: {source}")]
    Tweet { id: String, source: serde_json::Error },
}

/// Writes everything below `folder`, where pictures of an earlier run are removed.
pub fn write(splits: &[Split], folder: &Path, dice: &mut Dice) -> Result<(), OutputError> {
    let images = folder.join("images");
    let failed = |source| OutputError::File { path: images.clone(), source };
    if images.exists() {
        fs::remove_dir_all(&images).map_err(failed)?;
    }
    fs::create_dir_all(&images).map_err(failed)?;
    for split in splits {
        let gold: Vec<Example> = split.tweets.iter().map(|tweet| tweet.example.clone()).collect();
        if split.name == "today" {
            write_lines(folder.join("today.gold.jsonl"), &gold)?;
            write_lines(folder.join("today.jsonl"), &gold.iter().map(without_gold).collect::<Vec<_>>())?;
        } else {
            write_lines(folder.join(format!("{}.jsonl", split.name)), &gold)?;
        }
        for tweet in &split.tweets {
            if let (Some(image), Some(id)) = (&tweet.image, tweet.example.images.first()) {
                let encoded = encode(image, dice).map_err(|source| OutputError::Image { id: id.clone(), source });
                let (extension, bytes) = encoded?;
                write_file(images.join(format!("{id}.{extension}")), &bytes)?;
            }
        }
    }
    Ok(())
}

/// The tweet as somebody who labels finds it.
pub fn without_gold(example: &Example) -> Example {
    Example { spans: Vec::new(), boxes: Vec::new(), ..example.clone() }
}

fn write_lines(path: PathBuf, examples: &[Example]) -> Result<(), OutputError> {
    let mut lines = String::new();
    for example in examples {
        let line = serde_json::to_string(example);
        lines += &line.map_err(|source| OutputError::Tweet { id: example.id.clone(), source })?;
        lines.push('\n');
    }
    write_file(path, lines.as_bytes())
}

fn write_file(path: PathBuf, bytes: &[u8]) -> Result<(), OutputError> {
    fs::write(&path, bytes).map_err(|source| OutputError::File { path, source })
}

/// The picture in a format chosen by chance, mostly the smallest one.
fn encode(image: &RgbImage, dice: &mut Dice) -> ImageResult<(&'static str, Vec<u8>)> {
    let (width, height) = image.dimensions();
    let mut bytes = Cursor::new(Vec::new());
    let extension = match dice.whole(0, 99) {
        0..=4 => {
            gif::GifEncoder::new_with_speed(&mut bytes, 10).encode(image, width, height, ExtendedColorType::Rgb8)?;
            "gif"
        }
        5..=10 => {
            jpeg::JpegEncoder::new_with_quality(&mut bytes, 88).encode_image(image)?;
            "jpg"
        }
        11..=30 => {
            webp::WebPEncoder::new_lossless(&mut bytes).encode(image, width, height, ExtendedColorType::Rgb8)?;
            "webp"
        }
        _ => {
            let (compression, filter) = (png::CompressionType::Best, png::FilterType::NoFilter);
            image.write_with_encoder(png::PngEncoder::new_with_quality(&mut bytes, compression, filter))?;
            "png"
        }
    };
    Ok((extension, bytes.into_inner()))
}
