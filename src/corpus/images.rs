//! Images by their ids, from one or several folders.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use spanlight_models::example::Example;
use spanlight_models::image_file;

/// Endings that an id and a file name may differ by; what a file really is, its content says.
const ENDINGS: [&str; 5] = ["jpg", "jpeg", "png", "gif", "webp"];

/// How deep the folders are searched.
const MAX_DEPTH: usize = 8;

/// Whether a tweet's image can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageStatus {
    /// The file; its header is that of an image within the limits.
    Ready(PathBuf),
    /// No file of that name is in the folders.
    Missing,
    /// There is a file, but it cannot be used; why.
    Corrupt(String),
    /// The tweet has no image.
    None,
}

/// Finds image files by id.
///
/// An id is looked up among the names of the files in the folders and is never made into a path, so no id leads
/// outside.
#[derive(Debug, Default)]
pub struct ImageStore {
    folders: Vec<PathBuf>,
    index: OnceLock<Index>,
}

/// The names that are in the folders.
#[derive(Debug, Default)]
struct Index {
    /// Files by name and by name without ending; the first one of a name counts.
    files: HashMap<String, Entry>,
    /// Names without ending by what stands before their last underscore: several images of one tweet.
    groups: HashMap<String, Vec<String>>,
}

/// A file, and the folder it must not lead out of.
#[derive(Clone, Debug)]
struct Entry {
    path: PathBuf,
    folder: usize,
    link: bool,
}

impl ImageStore {
    /// Images of these folders and the folders in them; they are listed when the first image is asked for.
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders, index: OnceLock::new() }
    }

    /// The folders.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Lists the folders again when the next image is asked for.
    pub fn refresh(&mut self) {
        self.index = OnceLock::new();
    }

    /// The file for `id`, which may be written with or without ending; does not look into the file.
    pub fn find(&self, id: &str) -> Option<PathBuf> {
        let entry = self.index().entry(id)?;
        if !entry.link {
            return Some(entry.path.clone());
        }
        let target = fs::canonicalize(&entry.path).ok()?;
        let folder = fs::canonicalize(&self.folders[entry.folder]).ok()?;
        (target.starts_with(folder) && target.is_file()).then_some(target)
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.folders))
    }

    /// The ids of all images that a tweet can have, best first: where no file is called `id`, those called `id_1`,
    /// `id_2` and so on take its place.
    pub fn candidates(&self, example: &Example) -> Vec<String> {
        example.images.iter().flat_map(|id| self.index().candidates(id)).collect()
    }

    /// Puts the first of the tweet's images for which there is a file before the others; that file.
    pub fn prefer(&self, example: &mut Example) -> Option<PathBuf> {
        example.images = self.candidates(example);
        let (place, path) = example.images.iter().enumerate().find_map(|(place, id)| Some((place, self.find(id)?)))?;
        example.images[..=place].rotate_right(1);
        Some(path)
    }

    /// Whether the image `id` can be shown; reads its header.
    pub fn status(&self, id: &str) -> ImageStatus {
        match self.find(id) {
            None => ImageStatus::Missing,
            Some(path) => match image_file::probe(&path) {
                Ok(_) => ImageStatus::Ready(path),
                Err(error) => ImageStatus::Corrupt(error.to_string()),
            },
        }
    }

    /// The first of the tweet's images that can be shown, or what is wrong with the preferred one.
    pub fn status_of(&self, example: &Example) -> ImageStatus {
        let mut all = self.candidates(example).into_iter().map(|id| self.status(&id));
        let Some(first) = all.next() else { return ImageStatus::None };
        match first {
            ImageStatus::Ready(_) => first,
            _ => all.find(|status| matches!(status, ImageStatus::Ready(_))).unwrap_or(first),
        }
    }

    /// The first of the tweet's images for which there is a file.
    pub fn path_of(&self, example: &Example) -> Option<PathBuf> {
        self.candidates(example).iter().find_map(|id| self.find(id))
    }
}

/// A name without an ending that images have.
pub(crate) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) => stem,
        _ => name,
    }
}

impl Index {
    fn of(folders: &[PathBuf]) -> Self {
        let mut index = Self::default();
        for (number, folder) in folders.iter().enumerate() {
            list(folder, number, MAX_DEPTH, &mut index);
        }
        for names in index.groups.values_mut() {
            names.sort_by_cached_key(|name| {
                let end = name.rsplit_once('_').map_or("", |(_, end)| end);
                (end.parse().unwrap_or(u64::MAX), end.to_owned())
            });
        }
        index
    }

    fn add(&mut self, name: &str, entry: &Entry) {
        let stem = stem(name);
        if let Some((group, _)) = stem.rsplit_once('_').filter(|_| !self.files.contains_key(stem)) {
            self.groups.entry(group.to_owned()).or_default().push(stem.to_owned());
        }
        for key in [name, stem] {
            self.files.entry(key.to_owned()).or_insert_with(|| entry.clone());
        }
    }

    fn entry(&self, id: &str) -> Option<&Entry> {
        self.files.get(id).or_else(|| self.files.get(stem(id)))
    }

    fn candidates(&self, id: &str) -> Vec<String> {
        match self.groups.get(stem(id)).filter(|_| self.entry(id).is_none()) {
            Some(names) => names.clone(),
            None => vec![id.to_owned()],
        }
    }
}

fn list(path: &Path, folder: usize, depth: usize, index: &mut Index) {
    let Ok(entries) = fs::read_dir(path) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut inner = Vec::new();
    for entry in entries {
        let (Ok(kind), name) = (entry.file_type(), entry.file_name()) else { continue };
        // Folders behind links are left alone: they lead elsewhere, or round in circles.
        if kind.is_dir() {
            inner.push(entry.path());
        } else if kind.is_file() || kind.is_symlink() {
            let Some(name) = OsStr::to_str(&name) else { continue };
            index.add(name, &Entry { path: entry.path(), folder, link: kind.is_symlink() });
        }
    }
    if depth > 0 {
        for path in inner {
            list(&path, folder, depth - 1, index);
        }
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    fn image(path: &Path) {
        let format = image::ImageFormat::Png;
        RgbImage::new(2, 2).save_with_format(path, format).expect("written");
    }

    fn example(images: &[&str]) -> Example {
        Example { images: images.iter().map(|id| (*id).to_owned()).collect(), ..Example::default() }
    }

    #[test]
    fn ids_are_found_with_and_without_ending() {
        let (first, second) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        fs::create_dir(first.path().join("deep")).expect("a folder");
        image(&first.path().join("1.jpg"));
        image(&first.path().join("deep/v2.0.PNG"));
        image(&second.path().join("1.png"));
        fs::write(second.path().join("2.jpg"), b"no image").expect("written");
        let mut store = ImageStore::new(vec![first.path().to_owned(), second.path().to_owned()]);
        assert_eq!(store.status("1"), ImageStatus::Ready(first.path().join("1.jpg")));
        assert_eq!(store.find("1.png"), Some(second.path().join("1.png")));
        assert_eq!(store.find("v2.0"), Some(first.path().join("deep/v2.0.PNG")));
        assert_eq!(store.find("v2.0.jpeg"), Some(first.path().join("deep/v2.0.PNG")));
        assert!(matches!(store.status("2"), ImageStatus::Corrupt(why) if why.contains("no PNG")));
        assert_eq!(store.status_of(&example(&["2", "nowhere", "1"])), ImageStatus::Ready(first.path().join("1.jpg")));
        assert_eq!(store.status_of(&example(&["nowhere", "2"])), ImageStatus::Missing);
        assert_eq!(store.status_of(&example(&[])), ImageStatus::None);
        image(&second.path().join("late.jpg"));
        assert_eq!(store.status("late"), ImageStatus::Missing);
        store.refresh();
        assert_eq!(store.path_of(&example(&["late"])), Some(second.path().join("late.jpg")));
    }

    #[test]
    fn several_images_of_a_tweet_are_its_candidates() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["W_10.jpg", "W_2.jpg", "W_1.png", "W_b.jpg", "W_a.jpg", "V.jpg", "V_1.jpg", "W_2.png"] {
            image(&folder.path().join(name));
        }
        let store = ImageStore::new(vec![folder.path().to_owned()]);
        let numbered = ["W_1", "W_2", "W_10", "W_a", "W_b"];
        assert_eq!(store.candidates(&example(&["W"])), numbered);
        assert_eq!(store.candidates(&example(&["W.jpg"])), numbered);
        assert_eq!(store.candidates(&example(&["V", "W_2", "none"])), ["V", "W_2", "none"]);
        assert_eq!(store.path_of(&example(&["W"])), Some(folder.path().join("W_1.png")));
        assert!(matches!(store.status_of(&example(&["W"])), ImageStatus::Ready(_)));
        let mut tweet = example(&["none", "nothing", "V"]);
        assert_eq!(store.prefer(&mut tweet), Some(folder.path().join("V.jpg")));
        assert_eq!(tweet.images, ["V", "none", "nothing"]);
        assert_eq!(store.prefer(&mut example(&["none"])), None);
    }

    #[test]
    fn ids_never_lead_outside() {
        let outside = tempfile::tempdir().expect("a folder");
        image(&outside.path().join("secret.png"));
        let folder = outside.path().join("images");
        fs::create_dir(&folder).expect("a folder");
        image(&folder.join("real.png"));
        let store = ImageStore::new(vec![folder.clone(), PathBuf::from("/nonexistent")]);
        let absolute = outside.path().join("secret.png").display().to_string();
        for id in
            ["../secret", "../secret.png", "../../etc/passwd", "/etc/passwd", &absolute, "", ".", "..", "a\0b", ".png"]
        {
            assert_eq!(store.status(id), ImageStatus::Missing, "{id:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_outside_are_refused() {
        use std::os::unix::fs::symlink;

        let outside = tempfile::tempdir().expect("a folder");
        image(&outside.path().join("secret.png"));
        let folder = outside.path().join("images");
        fs::create_dir(&folder).expect("a folder");
        image(&folder.join("real.png"));
        symlink("../secret.png", folder.join("out.png")).expect("a link");
        symlink("real.png", folder.join("in.png")).expect("a link");
        symlink("..", folder.join("up")).expect("a link");
        symlink("gone.png", folder.join("dangling.png")).expect("a link");
        let store = ImageStore::new(vec![folder]);
        assert!(matches!(store.status("in"), ImageStatus::Ready(_)));
        for id in ["out", "secret", "up", "dangling"] {
            assert_eq!(store.status(id), ImageStatus::Missing, "{id}");
        }
    }
}
