//! Projects that commands open for work.

use std::path::{Path, PathBuf};

use super::error::CliError;
use crate::corpus::Corpus;
use crate::project::{Project, Settings};

/// The project in `dir`, made for the corpus if it is not there, with the image folders among its own.
pub fn open_or_create(dir: &Path, corpus: &Corpus, folders: Vec<PathBuf>) -> Result<Project, CliError> {
    if Project::is_project(dir) {
        return open(dir, folders);
    }
    let settings = Settings { scheme: corpus.layout().scheme, images: folders, ..Settings::default() };
    Ok(Project::create(dir, &settings)?)
}

/// The project in `dir`, with the image folders among its own.
pub fn open(dir: &Path, folders: Vec<PathBuf>) -> Result<Project, CliError> {
    let mut project = Project::open(dir)?;
    let mut settings = project.settings().clone();
    for folder in folders {
        if !settings.images.contains(&folder) {
            settings.images.push(folder);
        }
    }
    if settings != *project.settings() {
        project.update_settings(settings)?;
    }
    Ok(project)
}
