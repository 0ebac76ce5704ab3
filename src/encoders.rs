//! Published encoders that the user added under a name, each in a folder of its own among the program's data.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What an encoder consists of besides its weights.
const COMPANIONS: [&str; 8] = [
    "config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
];

/// Endings of weights and of the index beside weights in parts.
const WEIGHTS: [&str; 5] = [".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".pth"];

/// Where it came from.
const ORIGIN: &str = "origin.toml";

/// Why an encoder cannot be added or found.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// The name is none.
    #[error("`{0}` is no name for an encoder: use letters, digits, `.`, `-` and `_`")]
    Name(String),
    /// The name is taken.
    #[error("there is an encoder called `{0}` already; choose another name, or --replace it")]
    Taken(String),
    /// Nothing there is called so.
    #[error("`{name}` is neither a folder or file nor the name of an encoder; {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The person stopped it.
    #[error("stopped; nothing was added")]
    Stopped,
    /// The folder has no weights.
    #[error("{} has no weights (a file that ends with .safetensors, .bin or .pth)", .0.display())]
    NoWeights(PathBuf),
    /// A file cannot be read or written.
    #[error("{}: {source}; the encoder was not added", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
}

impl EncoderError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// An encoder that was added.
#[derive(Clone, Debug, Serialize)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The folder, file or hub name it was added from.
    pub origin: String,
}

#[derive(Serialize, Deserialize)]
struct Origin {
    from: String,
}

/// The folder of all that were added.
#[derive(Clone, Debug)]
pub struct Encoders {
    folder: PathBuf,
}

impl Encoders {
    /// Those among the program's `data`.
    pub fn in_data(data: &Path) -> Self {
        Self { folder: data.join("encoders") }
    }

    /// All of them by name.
    pub fn list(&self) -> Vec<Known> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut known: Vec<Known> = entries.filter_map(|entry| read(&entry.path())).collect();
        known.sort_by(|one, other| one.name.cmp(&other.name));
        known
    }

    /// The folder of what was added under `name`.
    pub fn named(&self, name: &str) -> Option<PathBuf> {
        self.list().into_iter().find(|known| known.name == name).map(|known| known.folder)
    }

    /// The folder or file that `word` stands for: what was added under this name, or a path.
    pub fn find(&self, word: &str) -> Result<PathBuf, EncoderError> {
        let path = Path::new(word);
        let list = self.list();
        if let Some(folder) = self.named(word) {
            return Ok(folder);
        }
        if path.exists() {
            return Ok(path.to_owned());
        }
        let names: Vec<&str> = list.iter().map(|known| known.name.as_str()).collect();
        let known = match names.as_slice() {
            [] => "none was added yet (spanlight model add)".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        Err(EncoderError::Unknown { name: word.to_owned(), known })
    }

    /// The place for an encoder called `name`; one that is taken is an error, unless it may be replaced.
    pub fn place(&self, name: &str, replace: bool) -> Result<PathBuf, EncoderError> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return Err(EncoderError::Name(name.to_owned()));
        }
        let place = self.folder.join(name);
        if place.exists() && !replace { Err(EncoderError::Taken(name.to_owned())) } else { Ok(place) }
    }

    /// Copies the `files` of an encoder, which come from `origin`, and calls it `name`.
    ///
    /// `observe` hears the bytes copied and those in all, and stops it by returning `false`. What is there already is only
    /// replaced with `replace`, and then at the end.
    pub fn add(
        &self,
        files: &[PathBuf],
        name: &str,
        origin: &str,
        replace: bool,
        observe: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Known, EncoderError> {
        let place = self.place(name, replace)?;
        fs::create_dir_all(&self.folder).map_err(EncoderError::io(&self.folder))?;
        let aside = tempfile::Builder::new().prefix(".adding-").tempdir_in(&self.folder);
        let aside = aside.map_err(EncoderError::io(&self.folder))?;
        let total = files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum();
        let mut copied = 0;
        for file in files {
            let target = aside.path().join(file.file_name().unwrap_or_default());
            copied += fs::copy(file, &target).map_err(EncoderError::io(file))?;
            if !observe(copied, total) {
                return Err(EncoderError::Stopped);
            }
        }
        let origin = Origin { from: origin.to_owned() };
        let text = toml::to_string(&origin).map_err(|error| io::Error::other(error.to_string()));
        let path = aside.path().join(ORIGIN);
        text.and_then(|text| fs::write(&path, text)).map_err(EncoderError::io(&path))?;
        if place.exists() {
            fs::remove_dir_all(&place).map_err(EncoderError::io(&place))?;
        }
        fs::rename(aside.keep(), &place).map_err(EncoderError::io(&place))?;
        Ok(Known { name: name.to_owned(), folder: place, origin: origin.from })
    }

    /// Takes an encoder away.
    pub fn remove(&self, name: &str) -> Result<(), EncoderError> {
        match self.list().into_iter().find(|known| known.name == name) {
            Some(known) => fs::remove_dir_all(&known.folder).map_err(EncoderError::io(&known.folder)),
            None => self.find(name).map(drop).and(Err(EncoderError::Name(name.to_owned()))),
        }
    }
}

fn read(folder: &Path) -> Option<Known> {
    let origin: Origin = toml::from_str(&fs::read_to_string(folder.join(ORIGIN)).ok()?).ok()?;
    let name = folder.file_name()?.to_string_lossy().into_owned();
    // One that a kill kept from being added whole.
    if name.starts_with('.') {
        return None;
    }
    Some(Known { name, folder: folder.to_owned(), origin: origin.from })
}

/// The files of the encoder at `source`, a folder or a file of weights.
pub fn files(source: &Path) -> Result<Vec<PathBuf>, EncoderError> {
    if source.is_file() {
        return Ok(vec![source.to_owned()]);
    }
    let entries = fs::read_dir(source).map_err(EncoderError::io(source))?;
    let files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let weighs = |path: &PathBuf| WEIGHTS.iter().any(|ending| name(path).ends_with(ending));
    if !files.iter().any(weighs) {
        return Err(EncoderError::NoWeights(source.to_owned()));
    }
    Ok(files.into_iter().filter(|path| weighs(path) || COMPANIONS.contains(&name(path).as_str())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoders_are_added_found_and_taken_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let source = folder.path().join("source");
        fs::create_dir(&source).expect("writable");
        for (name, text) in [("config.json", "{}"), ("model.safetensors", "weights"), ("README.md", "no")] {
            fs::write(source.join(name), text).expect("writable");
        }
        let encoders = Encoders::in_data(folder.path());
        let mut heard = 0;
        let files = files(&source).expect("an encoder");
        let known = encoders.add(&files, "mini", "there", false, &mut |copied, total| {
            heard = total - copied;
            true
        });
        let known = known.expect("added");
        assert_eq!((heard, known.origin.as_str()), (0, "there"));
        let mut names: Vec<_> =
            fs::read_dir(&known.folder).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        assert_eq!(names, ["config.json", "model.safetensors", "origin.toml"]);
        assert_eq!(encoders.find("mini").expect("known"), known.folder);

        let again = |name: &str, replace| encoders.add(&files, name, "", replace, &mut |_, _| true);
        assert!(matches!(again("mini", false), Err(EncoderError::Taken(_))));
        assert!(again("mini", true).is_ok());
        for name in ["", "../mini", ".hidden", "a/b"] {
            assert!(matches!(again(name, true), Err(EncoderError::Name(_))), "{name}");
        }
        encoders.remove("mini").expect("it was there");
        let message = encoders.find("mini").expect_err("gone").to_string();
        assert!(message.contains("none was added yet"), "{message}");
    }

    #[test]
    fn a_folder_without_weights_is_no_encoder() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("config.json"), "{}").expect("writable");
        assert!(matches!(files(folder.path()), Err(EncoderError::NoWeights(_))));
    }

    #[test]
    fn what_is_not_whole_is_not_listed() {
        let folder = tempfile::tempdir().expect("a folder");
        let weights = [folder.path().join("model.safetensors")];
        fs::write(&weights[0], "weights").expect("writable");
        let encoders = Encoders::in_data(folder.path());
        let stopped = encoders.add(&weights, "x", "", false, &mut |_, _| false);
        assert!(matches!(stopped, Err(EncoderError::Stopped)));
        assert_eq!(fs::read_dir(folder.path().join("encoders")).expect("a folder").count(), 0);
        let known = encoders.add(&weights, "x", "", false, &mut |_, _| true).expect("added");
        fs::rename(known.folder, folder.path().join("encoders/.adding-1")).expect("renamed");
        assert!(encoders.list().is_empty());
    }
}
