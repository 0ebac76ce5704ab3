//! Pictures that are known to belong to tweets, in a folder for each.

use std::collections::HashMap;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;

/// The folders by the ids of the tweets; an id is never made into a path, and links are not followed.
#[derive(Debug)]
pub struct Folders(HashMap<String, PathBuf>);

impl Folders {
    /// The folders in `folder`.
    pub fn open(folder: &Path) -> Result<Self, CliError> {
        let listed = entries(folder).map_err(CliError::io("listing the references", folder))?;
        let own = |entry: DirEntry| {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            entry.file_name().into_string().ok().filter(|_| is_folder).map(|name| (name, entry.path()))
        };
        Ok(Self(listed.into_iter().filter_map(own).collect()))
    }

    /// The files in the folder of a tweet, by name.
    pub fn files(&self, tweet: &str) -> Result<Vec<PathBuf>, CliError> {
        let Some(folder) = self.0.get(tweet) else { return Ok(Vec::new()) };
        let mut listed = entries(folder).map_err(CliError::io("listing the references", folder))?;
        listed.retain(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        listed.sort_by_key(DirEntry::file_name);
        Ok(listed.into_iter().map(|entry| entry.path()).collect())
    }
}

fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    fs::read_dir(folder)?.collect()
}
