//! Why an encoder cannot be had from a hub.

use std::io;
use std::path::PathBuf;

use hf_hub::api::sync::ApiError;

/// Every message names the repository and the file where there is one, and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The revision is none.
    #[error("`{0}` is no revision: give a branch, a tag or a commit")]
    Revision(String),
    /// The hub does not know it.
    #[error(
        "{page} has no revision `{revision}`, or there is no such model, and no folder here is called so; check the \
         spelling, and set HF_TOKEN if the model is private"
    )]
    Unknown {
        /// The address of the model.
        page: String,
        /// The revision that was asked for.
        revision: String,
    },
    /// A file that was listed is not there.
    #[error("{page} lists {file} but does not have it; try again later, or another --revision")]
    NoFile {
        /// The address of the model.
        page: String,
        /// The file.
        file: String,
    },
    /// The hub does not give it to everybody.
    #[error(
        "{page}: the hub does not give {what} to {who} (status {status}); check the spelling, agree to the model's \
         terms on that page if it has any, and set HF_TOKEN to a token that may read it"
    )]
    Forbidden {
        /// The address of the model.
        page: String,
        /// The file, or `this model`.
        what: String,
        /// Who asked.
        who: &'static str,
        /// Of HTTP.
        status: u16,
    },
    /// The hub cannot at the moment, or does not want to.
    #[error("{page}: the hub answered with status {status} when asked for {what}; try again later")]
    Refused {
        /// The address of the model.
        page: String,
        /// The file, or `this model`.
        what: String,
        /// Of HTTP.
        status: u16,
    },
    /// No answer.
    #[error(
        "{page}: the hub cannot be reached; check the network, the proxy and HF_ENDPOINT, or set HF_HUB_OFFLINE=1 to \
         use what was fetched before"
    )]
    Unreachable {
        /// The address of the model.
        page: String,
        /// What happened.
        source: Box<ureq::Error>,
    },
    /// Nothing that could be asked.
    #[error("{page} cannot be asked for; check HF_ENDPOINT (an address that begins with https://) and HF_TOKEN")]
    Settings {
        /// The address of the model.
        page: String,
        /// What is wrong.
        source: Box<ureq::Error>,
    },
    /// An answer that a hub would not give, such as the page of a network that wants a log-in.
    #[error(
        "{page}: what answered when asked for {what} is no model hub ({reason}); check the network and HF_ENDPOINT"
    )]
    Strange {
        /// The address of the model.
        page: String,
        /// The file, or `this model`.
        what: String,
        /// What is strange.
        reason: String,
    },
    /// Nothing came for a long time.
    #[error("{page}: nothing came for {seconds} s; the same command goes on from here")]
    Silent {
        /// The address of the model.
        page: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The end of a file did not come.
    #[error("{page}: {file} broke off ({reason}); the same command goes on from here")]
    Broken {
        /// The address of the model.
        page: String,
        /// The file.
        file: String,
        /// What happened.
        reason: String,
    },
    /// A file is not what the hub says it is.
    #[error("{page}: {file} came damaged (its {what} is wrong) and was thrown away; the same command fetches it again")]
    Damaged {
        /// The address of the model.
        page: String,
        /// The file.
        file: String,
        /// What is wrong.
        what: &'static str,
    },
    /// The disk is full.
    #[error(
        "{file} of {page} does not fit on the disk of {}; make room there, or set HF_HOME to a folder on another disk, and \
         give the same command again",
        .cache.display()
    )]
    Full {
        /// The address of the model.
        page: String,
        /// The file.
        file: String,
        /// The cache.
        cache: PathBuf,
    },
    /// The cache cannot be read or written.
    #[error("{}: the hub's cache cannot be used; HF_HOME says where it is", .path.display())]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// Another program fetches the same file.
    #[error("{file} of {page} is being fetched by another program; try again when that is done")]
    Busy {
        /// The address of the model.
        page: String,
        /// The file.
        file: String,
    },
    /// No encoder that could be read.
    #[error("{page} (revision `{revision}`) is no encoder that can be read: it has {lack}")]
    NoEncoder {
        /// The address of the model.
        page: String,
        /// The revision.
        revision: String,
        /// What is missing.
        lack: String,
    },
    /// Not to be had without a network.
    #[error(
        "{repo} (revision `{revision}`) is not whole in the hub's cache {}: it has {lack}; unset HF_HUB_OFFLINE to fetch it, \
         or add a folder that holds it",
        .cache.display()
    )]
    NotCached {
        /// `OWNER/NAME`.
        repo: String,
        /// The revision.
        revision: String,
        /// The cache.
        cache: PathBuf,
        /// What is missing.
        lack: String,
    },
    /// The person stopped it.
    #[error("stopped; nothing was added, and the same command goes on from here")]
    Stopped,
    /// A thread cannot be started.
    #[error("a thread cannot be started: {0}")]
    Thread(io::Error),
    /// The client of the hub gave up in a way that it should not.
    #[error("{page}: an answer could not be understood at all; check HF_ENDPOINT, and try again later")]
    Crashed {
        /// The address of the model.
        page: String,
    },
}

/// What an error of the client is about.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// The address of the model.
    pub page: String,
    /// The revision that was asked for.
    pub revision: String,
    /// Whether the hub was told who asks.
    pub token: bool,
    /// The cache.
    pub cache: PathBuf,
}

impl Subject {
    /// What the client's `error` means to a person; it came up over `file`, or over the list of all.
    pub fn explain(&self, file: Option<&str>, error: ApiError) -> HubError {
        let (page, what) = (self.page.clone(), file.unwrap_or("this model").to_owned());
        match error {
            ApiError::RequestError(error) => match *error {
                ureq::Error::StatusCode(404) => match file {
                    Some(file) => HubError::NoFile { page, file: file.to_owned() },
                    None => HubError::Unknown { page, revision: self.revision.clone() },
                },
                ureq::Error::StatusCode(status @ (401 | 403)) => {
                    let who = if self.token { "the owner of this token" } else { "everybody" };
                    HubError::Forbidden { page, what, who, status }
                }
                ureq::Error::StatusCode(status) => HubError::Refused { page, what, status },
                ureq::Error::Json(error) => HubError::Strange { page, what, reason: error.to_string() },
                error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl) => {
                    HubError::Settings { page, source: Box::new(error) }
                }
                error => HubError::Unreachable { page, source: Box::new(error) },
            },
            ApiError::IoError(error) => self.explain_io(&what, error),
            ApiError::LockAcquisition(_) => HubError::Busy { page, file: what },
            error => HubError::Strange { page, what, reason: error.to_string() },
        }
    }

    /// What a failure to receive or to write `file` means.
    pub fn explain_io(&self, file: &str, error: io::Error) -> HubError {
        use io::ErrorKind::{
            AlreadyExists, FileTooLarge, IsADirectory, NotADirectory, NotFound, PermissionDenied, QuotaExceeded,
            ReadOnlyFilesystem, StorageFull,
        };
        let (page, file, cache) = (self.page.clone(), file.to_owned(), self.cache.clone());
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => HubError::Full { page, file, cache },
            AlreadyExists | IsADirectory | NotADirectory | NotFound | PermissionDenied | ReadOnlyFilesystem => {
                HubError::Cache { path: cache, source: error }
            }
            _ => HubError::Broken { page, file, reason: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_names_the_model_and_a_way_on() {
        let subject = |token| Subject {
            page: "https://hub/a/b".to_owned(),
            revision: "main".to_owned(),
            token,
            cache: PathBuf::from("/cache"),
        };
        let status = |code| ApiError::RequestError(Box::new(ureq::Error::StatusCode(code)));
        let io = |kind| ApiError::IoError(io::Error::from(kind));
        let cases = [
            (None, status(404), "no revision `main`"),
            (Some("x.bin"), status(404), "lists x.bin"),
            (None, status(401), "to everybody (status 401)"),
            (Some("x.bin"), status(403), "does not give x.bin"),
            (None, status(503), "status 503"),
            (None, ApiError::RequestError(Box::new(ureq::Error::HostNotFound)), "HF_HUB_OFFLINE=1"),
            (None, ApiError::RequestError(Box::new(ureq::Error::BadUri("x".to_owned()))), "begins with https://"),
            (None, ApiError::MissingHeader("etag"), "is no model hub"),
            (Some("x.bin"), io(io::ErrorKind::StorageFull), "HF_HOME"),
            (Some("x.bin"), io(io::ErrorKind::UnexpectedEof), "goes on from here"),
            (Some("x.bin"), ApiError::LockAcquisition(PathBuf::from("lock")), "another program"),
        ];
        for (file, error, expected) in cases {
            let said = subject(false).explain(file, error).to_string();
            assert!(said.contains(expected) && said.contains("https://hub/a/b"), "{said}");
        }
        let said = subject(true).explain(None, status(403)).to_string();
        assert!(said.contains("the owner of this token"), "{said}");
        let said = subject(true).explain(Some("x"), io(io::ErrorKind::PermissionDenied)).to_string();
        assert!(said.starts_with("/cache"), "{said}");
    }
}
