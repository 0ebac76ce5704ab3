//! Projects that commands open for work.

use std::path::{Path, PathBuf};

use spanlight_models::example::SpanStructure;

use super::arguments::Admitting;
use super::error::CliError;
use crate::corpus::Corpus;
use crate::project::{Project, Settings};

/// The project in `dir`, made for the corpus if it is not there, with the image folders among its own; it admits what
/// `admitting` says.
pub fn open_or_create(
    dir: &Path,
    corpus: &Corpus,
    folders: Vec<PathBuf>,
    admitting: Admitting,
) -> Result<Project, CliError> {
    if Project::is_project(dir) {
        return open_admitting(dir, folders, admitting);
    }
    let (scheme, spans) = (corpus.layout().scheme, admitting.spans.unwrap_or_default());
    Ok(Project::create(dir, &Settings { scheme, spans, images: folders, ..Settings::default() })?)
}

/// The project in `dir`, with the image folders among its own; it admits what `admitting` says.
pub fn open_admitting(dir: &Path, folders: Vec<PathBuf>, admitting: Admitting) -> Result<Project, CliError> {
    let mut project = open(dir, folders)?;
    if let Some(spans) = admitting.spans {
        project.set_structure(spans)?;
    }
    Ok(project)
}

/// What the project in `dir` will admit, whether it is there or not.
pub fn structure(dir: &Path, admitting: Admitting) -> Result<SpanStructure, CliError> {
    match admitting.spans {
        Some(spans) => Ok(spans),
        None if Project::is_project(dir) => Ok(Project::settings_in(dir)?.spans),
        None => Ok(SpanStructure::default()),
    }
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
