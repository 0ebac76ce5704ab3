//! A folder of maps of words on the command line.

use std::path::{Path, PathBuf};

use spanlight_models::example::Example;
use spanlight_models::input::Item;
use spanlight_models::word_maps::WordMaps;

use super::error::CliError;
use super::output;
use crate::corpus::MapStore;

/// Where the images show the words.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct MapFiles {
    /// Folder with maps of the words over the images: a file ID.npz or ID.safetensors for each image or tweet, with an
    /// array `maps` of [words, height, width]
    #[arg(long, value_name = "DIR")]
    map_folder: Option<PathBuf>,
}

impl MapFiles {
    /// These, or those in `folder` where none were asked for.
    pub fn or(&self, folder: Option<PathBuf>) -> Self {
        Self { map_folder: self.map_folder.clone().or(folder) }
    }

    /// The folder, where one was given.
    pub fn folder(&self) -> Option<&Path> {
        self.map_folder.as_deref()
    }

    /// The files, where a folder was given.
    pub fn open(&self) -> Result<Option<MapStore>, CliError> {
        let open = |folder: &PathBuf| MapStore::open(folder).map_err(CliError::io("listing the maps", folder));
        self.map_folder.as_ref().map(open).transpose()
    }

    /// Gives the tweets the maps over their preferred images, and tells how many have any; every file is read once, so that
    /// none is found broken later.
    pub fn attach(&self, items: &mut [Item]) -> Result<(), CliError> {
        let (Some(folder), Some(store)) = (&self.map_folder, self.open()?) else { return Ok(()) };
        for item in items.iter_mut().filter(|item| item.image.is_some()) {
            let Example { id, images, .. } = &item.example;
            let Some(path) = images.first().and_then(|image| store.find(image, id)) else { continue };
            read(path, &item.example)?;
            item.maps = Some(path.to_owned());
        }
        let with = items.iter().filter(|item| item.maps.is_some()).count();
        output::note(format!("{}: maps of {with} of {} tweets", folder.display(), items.len()));
        Ok(())
    }
}

/// The maps in the file at `path` for the words of a tweet.
pub fn read(path: &Path, tweet: &Example) -> Result<WordMaps, CliError> {
    let named = |cause| CliError::Maps { tweet: tweet.id.clone(), cause };
    WordMaps::read(path, tweet.tokens.len()).map_err(named)
}
