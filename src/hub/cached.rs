//! What was fetched before, without a network.

use std::fs;
use std::path::{Path, PathBuf};

use super::needed::{self, CONFIG, Needed};
use super::watch::Tell;
use super::{Hub, HubError, Request, Snapshot, Transfer, digest};

/// Finds what is needed of a model in the cache.
pub fn snapshot(hub: &Hub, request: &Request, tell: &Tell) -> Result<Snapshot, HubError> {
    let lacks = |lack: String| HubError::NotCached {
        repo: request.repo.clone(),
        revision: request.revision.clone(),
        cache: hub.cache.path().clone(),
        lack,
    };
    let folder = folder(hub, request).ok_or_else(|| lacks("nothing of it".to_owned()))?;
    let files = files(&folder).map_err(lacks)?;
    for file in &files {
        let name = file_name(file);
        let whole = whole(file, || {
            let _ = tell.send(Transfer { file: name.clone(), ..Transfer::default() });
        });
        if !whole.map_err(|error| HubError::Cache { path: file.clone(), source: error })? {
            return Err(lacks(format!("a damaged {name}")));
        }
    }
    Ok(Snapshot { commit: file_name(&folder), folder, files })
}

/// The folder of the commit that the revision stands for, or is.
fn folder(hub: &Hub, request: &Request) -> Option<PathBuf> {
    let cached = hub.cache.repo(request.repo());
    let named = cached.get(CONFIG).and_then(|config| Some(config.parent()?.to_owned()));
    let commit = || Some(cached.pointer_path(&request.revision)).filter(|folder| folder.join(CONFIG).is_file());
    named.or_else(commit)
}

/// The needed files in a folder of the cache; an error names what is missing.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    // A link whose file was removed is none.
    let there = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_file());
    let names: Vec<String> = there.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let needed = Needed::among(&names)?;
    let weights = folder.join(&needed.weights);
    let mut files: Vec<PathBuf> = needed.companions.iter().map(|name| folder.join(name)).collect();
    if needed.in_parts() {
        let parts = needed::parts(&weights).map_err(|error| format!("a damaged {} ({error})", needed.weights))?;
        files.extend(parts.iter().map(|part| folder.join(part)));
    }
    files.push(weights);
    match files.iter().find(|file| !file.is_file()) {
        Some(file) => Err(format!("no {}", file_name(file))),
        None => Ok(files),
    }
}

/// Whether a file is what its mark says, which is the name of the file it links to.
fn whole(file: &Path, step: impl FnMut()) -> std::io::Result<bool> {
    digest::agrees(file, &file_name(&file.canonicalize()?), step)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
