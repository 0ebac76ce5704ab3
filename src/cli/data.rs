//! Corpora from the command line, with the files of their images.

use std::path::{Path, PathBuf};

use spanlight_models::example::{Example, LabelSet};
use spanlight_models::input::Item;

use super::arguments::Reading;
use super::context_files::ContextFiles;
use super::error::CliError;
use super::output;
use crate::corpus::exchange::Conversion;
use crate::corpus::{Corpus, ImageStore, Overlaps};

/// A corpus as a model takes it.
#[derive(Debug)]
pub struct Data {
    /// Its tweets.
    pub items: Vec<Item>,
    /// Its types, by falling frequency.
    pub labels: LabelSet,
    /// Number of tweets that name an image for which there is no file.
    pub missing_images: usize,
    /// Entities that models here cannot learn or find.
    pub overlaps: Overlaps,
}

impl Data {
    /// Reads a corpus, finds its images and the contexts beside it; tells what had to be read differently.
    pub fn read(file: &Path, reading: &Reading, contexts: &ContextFiles) -> Result<Self, CliError> {
        let corpus = read_corpus(file, reading)?;
        let images = ImageStore::new(image_folders(file, &reading.images)?);
        let mut items: Vec<Item> = corpus.examples().map(|example| with_image(example, &images)).collect();
        contexts.attach(&mut items, reading.skip_bad)?;
        let missing = |item: &&Item| item.image.is_none() && !item.example.images.is_empty();
        let missing_images = items.iter().filter(missing).count();
        if missing_images > 0 {
            let all = items.len();
            output::note(format!("{}: no file for the image of {missing_images} of {all} tweets", file.display()));
        }
        let overlaps = corpus.overlaps();
        if overlaps.tweets > 0 {
            let Overlaps { tweets, entities } = overlaps;
            output::note(format!(
                "{}: {entities} entities in {tweets} tweets lie within or across longer ones; models here give a word one \
                 entity at most: they learn and find the outermost, and scores count all",
                file.display()
            ));
        }
        Ok(Self { items, labels: corpus.labels().clone(), missing_images, overlaps })
    }

    /// The same, where every use of it needs entities.
    pub fn read_labelled(
        file: &Path,
        reading: &Reading,
        contexts: &ContextFiles,
        purpose: &'static str,
    ) -> Result<Self, CliError> {
        let data = Self::read(file, reading, contexts)?;
        if data.labels.is_empty() {
            return Err(CliError::NoEntity { file: file.to_owned(), purpose });
        }
        Ok(data)
    }
}

/// Reads a corpus, and tells what was left out and what was read differently.
pub fn read_corpus(file: &Path, reading: &Reading) -> Result<Corpus, CliError> {
    let corpus = Corpus::read(file, reading.options())?;
    let (name, skipped, repairs) = (file.display(), corpus.skipped().total(), corpus.repairs().total());
    if skipped > 0 {
        output::note(format!("{name}: {skipped} malformed tweets left out"));
    }
    if repairs > 0 {
        output::note(format!(
            "{name}: {repairs} tags without a proper predecessor are read as the beginning of an entity"
        ));
    }
    for line in corpus.conversion().map(Conversion::lines).into_iter().flatten() {
        output::note(format!("{name}: {line}"));
    }
    Ok(corpus)
}

/// The folders that were given, or the folder `images` beside the corpus if there is one; absolute.
pub fn image_folders(file: &Path, given: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    if given.is_empty() {
        let beside = file.with_file_name("images");
        return Ok(beside.canonicalize().ok().filter(|folder| folder.is_dir()).into_iter().collect());
    }
    given_folders(given)
}

/// The folders that were given, absolute.
pub fn given_folders(given: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let absolute = |folder: &PathBuf| {
        let found = folder.canonicalize().ok().filter(|folder| folder.is_dir());
        found.ok_or_else(|| CliError::NoImageFolder(folder.clone()))
    };
    given.iter().map(absolute).collect()
}

/// The tweet with the first of its images for which there is a file as the preferred one.
fn with_image(mut example: Example, images: &ImageStore) -> Item {
    let image = images.prefer(&mut example);
    Item { example, image, maps: None }
}
