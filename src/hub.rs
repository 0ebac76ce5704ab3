//! Encoders from a model hub: fetched through `hf-hub` into the cache that all programs of that hub share.
//!
//! `hf-hub` lists, fetches, goes on with what broke off, and keeps the cache. Around it stand here what it lacks:
//! `HF_TOKEN`, the offline mode, checksums, silence and Ctrl-C, and errors that say what to do.

mod cached;
mod digest;
mod download;
mod error;
mod needed;
mod watch;

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use directories::BaseDirs;
use hf_hub::{Cache, Repo, RepoType};
use serde::Serialize;

pub use self::error::HubError;
use self::error::Subject;

/// Where models are asked for if `HF_ENDPOINT` names no other place.
const ENDPOINT: &str = "https://huggingface.co";

/// A hub that says nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// What to fetch.
#[derive(Clone, Debug)]
pub struct Request {
    /// `OWNER/NAME`.
    pub repo: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

impl Request {
    fn repo(&self) -> Repo {
        self.repo_at(&self.revision)
    }

    fn repo_at(&self, revision: &str) -> Repo {
        Repo::with_revision(self.repo.clone(), RepoType::Model, revision.to_owned())
    }
}

/// An encoder in the hub's cache.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The folder that holds its files, perhaps among others.
    pub folder: PathBuf,
    /// Those that are needed.
    pub files: Vec<PathBuf>,
    /// The commit they are from.
    pub commit: String,
}

/// How far a download is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// The file that is being fetched; empty while the hub is asked what there is.
    pub file: String,
    /// Bytes of all files that are here.
    pub done: u64,
    /// Bytes of all files.
    pub total: u64,
}

/// Whether `word` may be the name of a model on a hub, `OWNER/NAME`.
pub fn is_name(word: &str) -> bool {
    let part = |part: &str| is_plain(part) && part.len() <= 96 && !part.starts_with('-');
    word.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name))
}

/// Whether `word` is one part of a path that leads nowhere else.
fn is_plain(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !word.is_empty() && !word.starts_with('.') && word.chars().all(plain)
}

/// A hub, the cache of what was fetched from it, and who asks.
#[derive(Clone, Debug)]
pub struct Hub {
    cache: Cache,
    endpoint: String,
    token: Option<String>,
    offline: bool,
}

impl Hub {
    /// The hub of `HF_ENDPOINT` with the cache in `HF_HOME`; the token is that of `HF_TOKEN`, or of the file that the
    /// hub's own tools write. With `HF_HUB_OFFLINE` only the cache is looked into.
    ///
    /// `None` where the system knows no home folder and `HF_HOME` names none.
    pub fn from_env() -> Option<Self> {
        let set = |name| env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let cache = match set("HF_HOME") {
            Some(home) => Cache::new(PathBuf::from(home).join("hub")),
            // Its usual place cannot be asked for where there is no home folder.
            None => BaseDirs::new().map(|_| Cache::default())?,
        };
        let endpoint = set("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned());
        let yes = |value: String| ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str());
        Some(Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: set("HF_TOKEN").or_else(|| cache.token()),
            offline: set("HF_HUB_OFFLINE").is_some_and(yes),
            cache,
        })
    }

    /// The address at which people read about a model.
    pub fn page(&self, repo: &str) -> String {
        format!("{}/{repo}", self.endpoint)
    }

    /// What an error about `request` names.
    fn subject(&self, request: &Request) -> Subject {
        Subject {
            page: self.page(&request.repo),
            revision: request.revision.clone(),
            token: self.token.is_some(),
            cache: self.cache.path().clone(),
        }
    }

    /// Brings the encoder into the cache, as far as it is not there, and makes sure that it is whole.
    ///
    /// `observe` hears several times a second how far it is, and stops it by returning `false`; what came stays, and
    /// the next call goes on from there.
    ///
    /// # Errors
    ///
    /// Whatever keeps a needed file from being here, whole and as the hub has it.
    pub fn fetch(&self, request: &Request, observe: &mut dyn FnMut(&Transfer) -> bool) -> Result<Snapshot, HubError> {
        if !request.revision.split('/').all(is_plain) {
            return Err(HubError::Revision(request.revision.clone()));
        }
        let (hub, asked) = (self.clone(), request.clone());
        let find = if hub.offline { cached::snapshot } else { download::snapshot };
        let work = move |tell: &watch::Tell| find(&hub, &asked, tell);
        watch::watched(&self.page(&request.repo), PATIENCE, work, observe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_paths() {
        for name in ["bert/base-uncased", "sentence-transformers/all-MiniLM-L6-v2", "a/b.c_d"] {
            assert!(is_name(name), "{name}");
        }
        for path in ["bert", "/a/b", "a/b/c", "./a", "../a", "a/..", "a/", "/a", "~/a", "-a/b", "a b/c", "C:\\a/b"] {
            assert!(!is_name(path), "{path}");
        }
    }
}
