//! Fetching the files of an encoder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hf_hub::CacheRepo;
use hf_hub::api::Progress;
use hf_hub::api::sync::{Api, ApiBuilder, ApiRepo};

use super::error::Subject;
use super::needed::{self, Needed};
use super::watch::Tell;
use super::{Hub, HubError, Request, Snapshot, Transfer, digest, is_plain};

/// How often a file that breaks off is gone on with before the person is asked.
const TRIES: usize = 3;

/// Brings what is needed of a model into the cache and tells how far it is.
pub fn snapshot(hub: &Hub, request: &Request, tell: &Tell) -> Result<Snapshot, HubError> {
    let subject = hub.subject(request);
    let builder = ApiBuilder::from_cache(hub.cache.clone()).with_endpoint(hub.endpoint.clone());
    let api = builder.with_token(hub.token.clone()).with_progress(false).build();
    let api = api.map_err(|error| subject.explain(None, error))?;
    let listing = api.repo(request.repo()).info().map_err(|error| subject.explain(None, error))?;
    let names: Vec<String> = listing.siblings.into_iter().map(|sibling| sibling.rfilename).collect();
    let needed = Needed::among(&names).map_err(|lack| HubError::NoEncoder {
        page: subject.page.clone(),
        revision: request.revision.clone(),
        lack,
    })?;
    // All files are of the commit that was listed, even if somebody changes the branch meanwhile.
    let commit = listing.sha;
    let pinned = request.repo_at(&commit);
    let (repo, cached) = (api.repo(pinned.clone()), hub.cache.repo(pinned));
    let mut run = Run { subject, api, repo, cached, commit, tell, done: 0, total: 0 };
    if !is_plain(&run.commit) {
        return Err(run.strange(needed::CONFIG, format!("its commit is `{}`", run.commit)));
    }
    let mut names = needed.companions.clone();
    if needed.in_parts() {
        let index = run.ask(&needed.weights)?;
        run.total = index.size;
        let path = run.fetch(&index)?;
        let parts = needed::parts(&path).map_err(|error| run.strange(&needed.weights, error.to_string()))?;
        names.extend(parts);
    }
    names.push(needed.weights);
    let files: Vec<File> = names.iter().map(|name| run.ask(name)).collect::<Result<_, _>>()?;
    (run.done, run.total) = (0, files.iter().map(|file| file.size).sum());
    let files: Vec<PathBuf> = files.iter().map(|file| run.fetch(file)).collect::<Result<_, _>>()?;
    // Only a whole encoder is what the revision stands for.
    let cached = hub.cache.repo(request.repo());
    cached.create_ref(&run.commit).map_err(|error| run.subject.explain_io(needed::CONFIG, error))?;
    Ok(Snapshot { folder: run.cached.pointer_path(&run.commit), files, commit: run.commit })
}

/// A file as the hub describes it.
struct File {
    name: String,
    size: u64,
    /// Its `ETag`.
    mark: String,
}

/// One download of several files.
struct Run<'a> {
    subject: Subject,
    api: Api,
    repo: ApiRepo,
    cached: CacheRepo,
    commit: String,
    tell: &'a Tell,
    /// Bytes of the files that are here.
    done: u64,
    total: u64,
}

impl Run<'_> {
    /// Asks for the size and the mark of a file.
    fn ask(&self, name: &str) -> Result<File, HubError> {
        self.say(name, 0);
        let metadata =
            self.api.metadata(&self.repo.url(name)).map_err(|error| self.subject.explain(Some(name), error))?;
        // Both become names of files.
        let mark = metadata.etag();
        if metadata.commit_hash() != self.commit || !is_plain(mark.strip_prefix("W/").unwrap_or(mark)) {
            return Err(self.strange(name, format!("commit `{}`, mark `{mark}`", metadata.commit_hash())));
        }
        Ok(File { name: name.to_owned(), size: metadata.size() as u64, mark: mark.to_owned() })
    }

    /// Brings a file into the cache, unless it is there, and makes sure that it is what the hub says.
    fn fetch(&mut self, file: &File) -> Result<PathBuf, HubError> {
        let path = self.cached.pointer_path(&self.commit).join(&file.name);
        if size(&path) != Some(file.size) || self.check(file, &path).is_err() {
            discard(&path);
            // Another commit may have brought the same content.
            if !(self.link(file, &path) && self.check(file, &path).is_ok()) {
                self.download(file)?;
                self.check(file, &path)?;
            }
        }
        self.done += file.size;
        Ok(path)
    }

    /// Gives content that is in the cache its name in this commit, as `hf-hub` does after a download.
    fn link(&self, file: &File, path: &Path) -> bool {
        if size(&self.cached.blob_path(&file.mark)) != Some(file.size) {
            return false;
        }
        let folder = self.cached.pointer_path(&self.commit);
        let content = Path::new("../../blobs").join(&file.mark);
        fs::create_dir_all(folder).and_then(|()| link(&content, path)).is_ok()
    }

    /// Fetches a file; one that breaks off is gone on with a few times.
    fn download(&self, file: &File) -> Result<(), HubError> {
        let part = self.cached.blob_path(&file.mark).with_extension("part");
        // Bytes after the last one are refused by hubs, and what is longer is something else.
        if size(&part).is_some_and(|size| size >= file.size) {
            discard(&part);
        }
        let mut tries = 1;
        loop {
            let before = size(&part);
            let counter = Counter { run: self, name: &file.name, here: 0 };
            let outcome = self.repo.download_with_progress(&file.name, counter);
            match outcome.map_err(|error| self.subject.explain(Some(&file.name), error)) {
                Err(HubError::Broken { .. }) if tries < TRIES && size(&part) > before => tries += 1,
                outcome => return outcome.map(drop),
            }
        }
    }

    /// Throws a file away that is not what the hub says.
    fn check(&self, file: &File, path: &Path) -> Result<(), HubError> {
        let same = digest::agrees(path, &file.mark, || self.say(&file.name, file.size));
        let what = match same.map_err(|error| self.subject.explain_io(&file.name, error))? {
            true if size(path) == Some(file.size) => return Ok(()),
            true => "size",
            false => "SHA-256",
        };
        discard(path);
        Err(HubError::Damaged { page: self.subject.page.clone(), file: file.name.clone(), what })
    }

    fn strange(&self, file: &str, reason: String) -> HubError {
        HubError::Strange { page: self.subject.page.clone(), what: file.to_owned(), reason }
    }

    fn say(&self, file: &str, here: u64) {
        // Nobody listens any more after a stop.
        let _ = self.tell.send(Transfer { file: file.to_owned(), done: self.done + here, total: self.total });
    }
}

/// Counts the bytes of one file.
struct Counter<'a> {
    run: &'a Run<'a>,
    name: &'a str,
    here: u64,
}

impl Progress for Counter<'_> {
    fn init(&mut self, _size: usize, _name: &str) {
        self.here = 0;
    }

    fn update(&mut self, size: usize) {
        self.here += size as u64;
        self.run.say(self.name, self.here);
    }

    fn finish(&mut self) {}
}

#[cfg(unix)]
fn link(content: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(content, path)
}

/// Elsewhere links may be forbidden, and files are fetched again.
#[cfg(not(unix))]
fn link(_content: &Path, _path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn size(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|metadata| metadata.len())
}

/// Removes a file, and what it stands for if it is a link; what cannot be removed is found out when it is written.
fn discard(path: &Path) {
    let _ = path.canonicalize().and_then(fs::remove_file);
    let _ = fs::remove_file(path);
}
