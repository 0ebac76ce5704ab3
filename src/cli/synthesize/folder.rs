//! The corpus of what was drawn: tweets, pictures, maps, and how each picture came about.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use spanlight_models::example::Example;

use crate::corpus::{ImageStore, TWEETS};
use crate::file_name::file_name;
use crate::hash::stable_hash;
use crate::replace::replace_file;
use crate::synthesis::{Picture, Provenance, SynthesisError, provenance_of};

const IMAGES: &str = "images";
const MAPS: &str = "maps";
const PROVENANCE: &str = "provenance";

/// The folder.
pub struct Folder {
    path: PathBuf,
    names: HashSet<String>,
}

impl Folder {
    /// Makes the folder if it is not there.
    pub fn open(path: &Path) -> Result<Self, SynthesisError> {
        for part in [IMAGES, MAPS, PROVENANCE] {
            let part = path.join(part);
            fs::create_dir_all(&part).map_err(SynthesisError::io("making the folder of the pictures", part))?;
        }
        Ok(Self { path: path.to_owned(), names: HashSet::new() })
    }

    /// What the pictures of a tweet are called, before their numbers.
    pub fn name(&mut self, tweet: &Example) -> String {
        // What stands before an underscore would be the name of a group of pictures.
        let name = file_name(&tweet.id).replace('_', "-");
        let other = || format!("{name}-{:08x}", stable_hash(&[tweet.id.as_bytes()]) as u32);
        let name = if self.names.contains(&name) { other() } else { name };
        self.names.insert(name.clone());
        name
    }

    /// Whether the picture that was called so when it was put here is `wanted`, with all that belongs to it; what it says of
    /// itself.
    pub fn has(&self, name: &str, wanted: &Provenance) -> Option<Provenance> {
        let found = provenance_of(&self.file(IMAGES, name, "png"))?;
        let whole = found.maps.is_none() || self.file(MAPS, name, "safetensors").is_file();
        (found.key() == wanted.key() && whole && self.file(PROVENANCE, name, "json").is_file()).then_some(found)
    }

    /// Writes a picture and what belongs to it. The picture comes last but one: where it is, its maps are.
    pub fn put(&self, name: &str, picture: &Picture) -> Result<(), SynthesisError> {
        let image = self.file(IMAGES, name, "png");
        match fs::remove_file(&image) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(SynthesisError::io("replacing a picture", image)(error));
            }
            _ => {}
        }
        let maps = self.file(MAPS, name, "safetensors");
        if let Some(bytes) = picture.maps_to_safetensors() {
            write(&maps, bytes)?;
        } else {
            // Those of an earlier picture of this name.
            let _ = fs::remove_file(&maps);
        }
        write(&image, picture.to_png())?;
        write(&self.file(PROVENANCE, name, "json"), picture.described().map(|text| (text + "\n").into_bytes()))
    }

    /// Copies the pictures that a tweet had before; their ids.
    pub fn keep_own(&self, tweet: &Example, images: &ImageStore) -> Result<Vec<String>, SynthesisError> {
        let mut ids = Vec::new();
        for id in images.candidates(tweet) {
            let Some(path) = images.find(&id) else { continue };
            let name = path.file_name().unwrap_or_default();
            let to = self.path.join(IMAGES).join(name);
            if !to.exists() {
                write(&to, fs::read(&path))?;
            }
            ids.push(id);
        }
        Ok(ids)
    }

    /// Writes the tweets.
    pub fn finish(&self, tweets: &[u8]) -> Result<(), SynthesisError> {
        write(&self.path.join(TWEETS), Ok(tweets.to_vec()))
    }

    fn file(&self, part: &str, name: &str, ending: &str) -> PathBuf {
        self.path.join(part).join(format!("{name}.{ending}"))
    }
}

fn write(path: &Path, bytes: io::Result<Vec<u8>>) -> Result<(), SynthesisError> {
    let written = bytes.and_then(|bytes| replace_file(path, |file| file.write_all(&bytes)));
    written.map_err(SynthesisError::io("writing the pictures", path))
}
