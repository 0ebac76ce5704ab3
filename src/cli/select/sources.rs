//! Candidates, maps and references of a tweet, and the choice among them.

use image::RgbImage;
use serde::Serialize;
use spanlight_models::example::Example;
use spanlight_models::image_file;
use spanlight_models::synthesis::{Candidate, EncoderRegions, References, Selection, SelectionOptions, select};

use super::references::Folders;
use crate::cli::error::CliError;
use crate::cli::map_files;
use crate::corpus::{ImageScores, ImageStore, MapStore};

/// Where everything lies.
pub struct Sources {
    pub images: ImageStore,
    pub maps: Option<MapStore>,
    pub references: Option<Folders>,
    pub encoder: EncoderRegions,
}

/// What was chosen for a tweet; the places in `selection` are those in `candidates` and `references`.
#[derive(Debug, Serialize)]
pub struct Choice {
    /// Id of the chosen image; absent where no image can be used.
    pub chosen: Option<String>,
    /// Ids of all images, in the order of the corpus.
    #[serde(skip)]
    all: Vec<String>,
    /// Ids of the images that can be used.
    pub candidates: Vec<String>,
    /// Names of the pictures that candidates are held against.
    pub references: Vec<String>,
    /// Images and references that cannot be used.
    pub unusable: Vec<Unusable>,
    /// All scores.
    pub selection: Option<Selection>,
}

/// A picture that cannot be used.
#[derive(Debug, Serialize)]
pub struct Unusable {
    /// Id of the image, or name of the reference.
    pub image: String,
    /// Why.
    pub reason: String,
}

impl Choice {
    /// The images of the tweet with the chosen one first; as they stand where that is the first already.
    pub fn order(&self, tweet: &Example) -> Vec<String> {
        let Some(chosen) = self.chosen.as_ref().filter(|_| self.changes()) else { return tweet.images.clone() };
        let others = self.all.iter().filter(|id| *id != chosen);
        std::iter::once(chosen).chain(others).cloned().collect()
    }

    /// The scores of the images that were measured, and what they are made of.
    pub fn scores(&self) -> ImageScores {
        let (ids, count) = (&self.candidates, self.candidates.len());
        let scores = self.selection.iter().flat_map(|selection| selection.scores(count));
        let measures = self.selection.iter().flat_map(|selection| selection.measures(count));
        ImageScores {
            scores: ids.iter().zip(scores).filter_map(|(id, score)| Some((id.clone(), score?))).collect(),
            measures: ids.iter().cloned().zip(measures).filter(|(_, measures)| !measures.is_empty()).collect(),
        }
    }

    /// Whether another image than before is preferred.
    pub fn changes(&self) -> bool {
        self.chosen.is_some() && self.chosen.as_ref() != self.all.first()
    }
}

impl Sources {
    /// Looks at all images of a tweet.
    pub fn choose(&self, tweet: &Example, options: &SelectionOptions) -> Result<Choice, CliError> {
        let mut unusable = Vec::new();
        let all = self.images.candidates(tweet);
        let (candidates, pictures) = self.candidates(tweet, &all, &mut unusable)?;
        let (references, known) = self.references(tweet, &mut unusable)?;
        let usable = !candidates.is_empty() && !known.is_empty();
        let with = usable.then_some(References { images: &known, encoder: &self.encoder });
        let selection = select(&pictures, with, options);
        let chosen = selection.as_ref().and_then(|selection| candidates.get(selection.selected).cloned());
        Ok(Choice { chosen, all, candidates, references, unusable, selection })
    }

    /// The images among `ids` that can be used, with their ids.
    fn candidates(
        &self,
        tweet: &Example,
        ids: &[String],
        unusable: &mut Vec<Unusable>,
    ) -> Result<(Vec<String>, Vec<Candidate>), CliError> {
        let only = ids.len() == 1;
        let (mut names, mut candidates) = (Vec::new(), Vec::new());
        for id in ids.iter().cloned() {
            let loaded = match self.images.find(&id) {
                Some(path) => image_file::load(&path).map_err(|error| error.to_string()),
                None => Err("there is no file of this name".to_owned()),
            };
            match loaded {
                Err(reason) => unusable.push(Unusable { image: id, reason }),
                Ok(image) => {
                    // A file called as the tweet cannot say which of several images it is about.
                    let find = |store: &MapStore| {
                        let file = if only { store.find(&id, &tweet.id) } else { store.of_image(&id) };
                        file.map(ToOwned::to_owned)
                    };
                    let maps = self.maps.as_ref().and_then(find);
                    let maps = maps.map(|path| map_files::read(&path, tweet)).transpose()?;
                    names.push(id);
                    candidates.push(Candidate { image, maps });
                }
            }
        }
        Ok((names, candidates))
    }

    /// The references that can be used, with the names of their files.
    fn references(
        &self,
        tweet: &Example,
        unusable: &mut Vec<Unusable>,
    ) -> Result<(Vec<String>, Vec<RgbImage>), CliError> {
        let files = self.references.as_ref().map(|folders| folders.files(&tweet.id)).transpose()?.unwrap_or_default();
        let (mut names, mut pictures) = (Vec::new(), Vec::new());
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match image_file::load(&file) {
                Ok(picture) => {
                    names.push(name);
                    pictures.push(picture);
                }
                Err(error) => unusable.push(Unusable { image: name, reason: error.to_string() }),
            }
        }
        Ok((names, pictures))
    }
}
