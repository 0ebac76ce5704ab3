//! Writes the splits: one JSON object a line, the pictures in several formats, and where they show the words.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use half::f16;
use image::codecs::{gif, jpeg, png, webp};
use image::{ExtendedColorType, ImageResult, RgbImage};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::candidates::{self, Maps};
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
    /// Maps.
    #[error("cannot encode the maps over image `{id}`: {source}")]
    Maps { id: String, source: safetensors::SafeTensorError },
    /// A tweet.
    #[error("cannot write tweet `{id}` as JSON: {source}")]
    Tweet { id: String, source: serde_json::Error },
}

/// Writes everything below `folder`, where pictures and maps of an earlier run are removed.
pub fn write(splits: &[Split], folder: &Path, dice: &mut Dice) -> Result<(), OutputError> {
    let images = emptied(folder.join("images"))?;
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
                write_image(&images, id, image, dice)?;
            }
        }
    }
    write_choices(splits, folder, dice)
}

/// The pictures that tweets may have instead of their own, the ones they are held against, and the maps over all of them.
fn write_choices(splits: &[Split], folder: &Path, dice: &mut Dice) -> Result<(), OutputError> {
    let (images, maps) = (folder.join("images"), emptied(folder.join("maps"))?);
    let references = emptied(folder.join("references"))?;
    for split in splits {
        for tweet in &split.tweets {
            let taught = split.name == "train";
            let own = (taught || !tweet.candidates.is_empty()).then(|| tweet.example.images.first()).flatten();
            let side = if taught { candidates::COARSE } else { candidates::FINE };
            if let Some((id, own)) = own.and_then(|id| Some((id, candidates::own_maps(tweet, side, dice)?))) {
                write_maps(&maps, id, &own)?;
            }
            for candidate in &tweet.candidates {
                write_image(&images, &candidate.id, &candidate.image, dice)?;
                write_maps(&maps, &candidate.id, &candidate.maps)?;
            }
            if !tweet.references.is_empty() {
                let known = emptied(references.join(&tweet.example.id))?;
                for (index, image) in tweet.references.iter().enumerate() {
                    write_image(&known, &(index + 1).to_string(), image, dice)?;
                }
            }
        }
    }
    Ok(())
}

/// The folder at `path` without anything in it.
fn emptied(path: PathBuf) -> Result<PathBuf, OutputError> {
    let made = match fs::remove_dir_all(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(&path),
    };
    made.map(|()| path.clone()).map_err(|source| OutputError::File { path, source })
}

fn write_image(folder: &Path, id: &str, image: &RgbImage, dice: &mut Dice) -> Result<(), OutputError> {
    let encoded = encode(image, dice).map_err(|source| OutputError::Image { id: id.to_owned(), source });
    let (extension, bytes) = encoded?;
    write_file(folder.join(format!("{id}.{extension}")), &bytes)
}

/// Half precision is enough for what a generator measures.
fn write_maps(folder: &Path, id: &str, maps: &Maps) -> Result<(), OutputError> {
    let failed = |source| OutputError::Maps { id: id.to_owned(), source };
    let numbers: Vec<u8> = maps.values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
    let tensor = TensorView::new(Dtype::F16, maps.shape.to_vec(), &numbers).map_err(failed)?;
    let bytes = safetensors::serialize(HashMap::from([("maps", tensor)]), None).map_err(failed)?;
    write_file(folder.join(format!("{id}.safetensors")), &bytes)
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
