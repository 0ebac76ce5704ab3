//! A picture that was drawn, with where its words are.

use std::io;

use image::RgbImage;
use spanlight_models::word_maps::{Array, WordMaps, to_safetensors};

use super::Provenance;
use super::png;

/// A picture, how it came about, and where it shows each word.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The picture.
    pub image: RgbImage,
    /// How it came about.
    pub provenance: Provenance,
    /// One map for each word; `None` where there are no words.
    pub maps: Option<WordMaps>,
}

impl Picture {
    /// The picture as a PNG file that says how it came about.
    pub fn to_png(&self) -> io::Result<Vec<u8>> {
        png::encode(&self.image, &self.described()?)
    }

    /// The maps as a file that training and selection read.
    pub fn maps_to_safetensors(&self) -> Option<io::Result<Vec<u8>>> {
        let maps = self.maps.as_ref()?;
        let (words, [height, width]) = (maps.words(), maps.size());
        let values = (0..words).flat_map(|word| maps.map(word)).copied().collect();
        Some(to_safetensors(&[Array { name: "maps".to_owned(), shape: vec![words, height, width], values }]))
    }

    /// How it came about, as JSON.
    pub fn described(&self) -> io::Result<String> {
        Ok(serde_json::to_string(&self.provenance)?)
    }
}
