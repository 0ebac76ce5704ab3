//! Pictures that were drawn before, found by what decides them.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use spanlight_models::word_maps::WordMaps;

use super::png;
use super::{Picture, Provenance};
use crate::replace::replace_file;

/// The folder of the pictures.
#[derive(Clone, Debug)]
pub struct Cache(PathBuf);

impl Cache {
    /// That among what the program can make again at any time.
    pub fn in_folder(cache: &Path) -> Self {
        Self(cache.join("pictures"))
    }

    /// The picture with this provenance, if it was kept and is whole.
    pub fn get(&self, wanted: &Provenance) -> Option<Picture> {
        let path = self.path(&wanted.key());
        let bytes = fs::read(path.with_extension("png")).ok()?;
        let provenance: Provenance = serde_json::from_str(&png::text(io::Cursor::new(&bytes))?).ok()?;
        let maps = match provenance.maps {
            Some(_) => Some(WordMaps::read(&path.with_extension("safetensors"), wanted.words.len()).ok()?),
            None => None,
        };
        // The same picture may have been drawn with the model under another name.
        let same = provenance.key() == wanted.key();
        let provenance = Provenance { program: wanted.program.clone(), model: wanted.model.clone(), ..provenance };
        same.then_some(Picture { image: png::decode(&bytes)?, provenance, maps })
    }

    /// Keeps a picture; the maps first, so that no picture is ever without them.
    pub fn put(&self, picture: &Picture) -> io::Result<()> {
        let path = self.path(&picture.provenance.key());
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        if let Some(maps) = picture.maps_to_safetensors() {
            let maps = maps?;
            replace_file(&path.with_extension("safetensors"), |file| file.write_all(&maps))?;
        }
        let bytes = picture.to_png()?;
        replace_file(&path.with_extension("png"), |file| file.write_all(&bytes))
    }

    /// Not too many in one folder.
    fn path(&self, key: &str) -> PathBuf {
        self.0.join(&key[..2.min(key.len())]).join(key)
    }
}

/// What the picture in the file at `path` says about itself.
pub fn provenance_of(path: &Path) -> Option<Provenance> {
    serde_json::from_str(&png::text(BufReader::new(File::open(path).ok()?))?).ok()
}
