//! Files with the maps of words over images, by the ids of images and tweets.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::stem;

/// Endings of such files, the first of which counts where there are several for one id.
const ENDINGS: [&str; 2] = ["npz", "safetensors"];

/// Finds such files in one folder.
///
/// An id is looked up among the names of the files and is never made into a path, so no id leads outside; links are not
/// followed.
#[derive(Clone, Debug, Default)]
pub struct MapStore {
    files: HashMap<String, PathBuf>,
}

impl MapStore {
    /// Lists the folder; the folders in it are left alone.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let mut found: Vec<(usize, String, PathBuf)> = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some((id, ending)) = name.to_str().and_then(|name| name.rsplit_once('.')) else { continue };
            let Some(rank) = ENDINGS.iter().position(|known| *known == ending) else { continue };
            if entry.file_type()?.is_file() {
                found.push((rank, id.to_owned(), entry.path()));
            }
        }
        found.sort();
        let mut files = HashMap::new();
        for (_, id, path) in found {
            files.entry(id).or_insert(path);
        }
        Ok(Self { files })
    }

    /// Number of ids that have a file.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file called as the image, with or without the ending of the image.
    pub fn of_image(&self, image: &str) -> Option<&Path> {
        self.named(image).or_else(|| self.named(stem(image)))
    }

    /// The file called as the image, or else as the tweet.
    pub fn find(&self, image: &str, tweet: &str) -> Option<&Path> {
        self.of_image(image).or_else(|| self.named(tweet))
    }

    fn named(&self, id: &str) -> Option<&Path> {
        self.files.get(id).map(PathBuf::as_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_id_and_no_id_leads_outside() {
        let outside = tempfile::tempdir().expect("a folder");
        let folder = outside.path().join("maps");
        fs::create_dir(&folder).expect("a folder");
        for name in ["maps/a.npz", "maps/a.safetensors", "maps/t:1.safetensors", "maps/v2.0.npz", "maps/c.txt", "s.npz"]
        {
            fs::write(outside.path().join(name), b"").expect("writable");
        }
        let store = MapStore::open(&folder).expect("a folder");
        assert_eq!((store.len(), store.is_empty()), (3, false));
        assert_eq!(store.find("a.jpg", "t:1"), Some(folder.join("a.npz").as_path()));
        assert_eq!(store.find("b", "t:1"), Some(folder.join("t:1.safetensors").as_path()));
        assert_eq!((store.of_image("b"), store.of_image("v2.0")), (None, Some(folder.join("v2.0.npz").as_path())));
        let absolute = outside.path().join("s").display().to_string();
        for id in ["../s", "s", "c", "c.txt", "", ".", "..", &absolute] {
            assert_eq!(store.find(id, id), None, "{id}");
        }
        assert!(MapStore::open(&outside.path().join("none")).is_err());
    }
}
