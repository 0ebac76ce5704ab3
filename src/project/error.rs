//! What can go wrong with a project, in words.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use spanlight_models::example::{SpanError, SpanStructure};

use super::TweetId;
use super::comments::CommentId;
use super::contexts::ContextId;
use super::lock::Holder;
use super::structure::Misfit;
use crate::corpus::{CorpusFormat, Listed, PRINTED, Unwritable, shown, tweets_have};

/// Why something could not be done with a project.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// A project is to be made where one is.
    #[error("{} already holds a project; open it, or choose another folder", .dir.display())]
    AlreadyThere {
        /// The folder.
        dir: PathBuf,
    },
    /// A folder without a store.
    #[error("{} is not a spanlight project (it has no store.sqlite); make one with `spanlight import`", .dir.display())]
    NotAProject {
        /// The folder.
        dir: PathBuf,
    },
    /// Another program has it open for work.
    #[error("{} is open in another program: {holder}; close it there, or look at it read-only", .dir.display())]
    Locked {
        /// The folder.
        dir: PathBuf,
        /// Who has it.
        holder: Box<Holder>,
    },
    /// A change to a project that was opened read-only.
    #[error("{during} was not done: the project is open read-only")]
    ReadOnly {
        /// What was being done.
        during: String,
    },
    /// Made by a newer spanlight.
    #[error("{} was made by a newer spanlight (store version {found}, this program knows {known}); update spanlight", .dir.display())]
    NewerVersion {
        /// The folder.
        dir: PathBuf,
        /// Version of the store.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The store is damaged or is something else.
    #[error("{} is damaged or no spanlight store ({what}); restore the folder from a copy", .path.display())]
    Corrupt {
        /// The store, or the folder.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// No room for a change.
    #[error("{during} was not saved: no space is left on the disk of {}; free some and do it again (nothing else is lost)", .path.display())]
    DiskFull {
        /// What was being done.
        during: String,
        /// The store.
        path: PathBuf,
    },
    /// Any other failure of the store.
    #[error("{during} failed in {}: {cause}", .path.display())]
    Store {
        /// What was being done.
        during: String,
        /// The store.
        path: PathBuf,
        /// What the database said.
        cause: rusqlite::Error,
    },
    /// `project.toml` cannot be used.
    #[error("{}: {what}; mend the file", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A file cannot be read or written.
    #[error("{during} failed: {}: {cause}", .path.display())]
    Io {
        /// What was being done.
        during: String,
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The same bytes are in the project.
    #[error("{file} is in the project already (imported {at} as {role}); nothing was changed")]
    AlreadyImported {
        /// The file.
        file: String,
        /// When it was imported.
        at: String,
        /// What for.
        role: &'static str,
    },
    /// No tweet with this number.
    #[error("the project has no tweet number {0}")]
    NoSuchTweet(TweetId),
    /// No context in this place.
    #[error("tweet number {} has no context number {}; it may have been taken away", .0.tweet, .0.slot)]
    NoSuchContext(ContextId),
    /// An image that is not the tweet's.
    #[error("tweet {} has no image {}; spanlight image list shows which it has", shown(tweet), shown(image))]
    NoSuchImage {
        /// Id of the tweet in its corpus.
        tweet: String,
        /// Id of the image.
        image: String,
    },
    /// A box that cannot be.
    #[error("tweet {}: {what}; nothing was changed", shown(tweet))]
    Box {
        /// Id of the tweet in its corpus.
        tweet: String,
        /// What is wrong.
        what: String,
    },
    /// No comment with this number.
    #[error("there is no comment number {0}; spanlight comments list shows which there are")]
    NoSuchComment(CommentId),
    /// A comment that cannot be written.
    #[error("tweet {}: {what}; nothing was changed", shown(tweet))]
    Comment {
        /// Id of the tweet in its corpus.
        tweet: String,
        /// What is wrong.
        what: String,
    },
    /// A change of the scheme of types that cannot be made.
    #[error("{0}")]
    Type(String),
    /// A version that is not there.
    #[error("the project has no version {}; {}", shown(name), known(versions))]
    NoSuchVersion {
        /// What was asked for.
        name: String,
        /// What there is.
        versions: Vec<String>,
    },
    /// A version where one is.
    #[error("the project has a version {} already; a version is never changed, choose another name", shown(.0))]
    VersionThere(String),
    /// A name that a version cannot have.
    #[error("{} is no name for a version: {what}", shown(name))]
    VersionName {
        /// The name.
        name: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A point that is not in the history of a tweet.
    #[error(
        "nothing with the number {number} ever happened to tweet {}; `spanlight history` lists what did",
        shown(tweet)
    )]
    NoSuchPoint {
        /// Id of the tweet in its corpus.
        tweet: String,
        /// What was asked for.
        number: i64,
    },
    /// Labels that do not fit their tweet.
    #[error("tweet {}: {cause}; nothing was changed", shown(tweet))]
    Spans {
        /// Id of the tweet in its corpus.
        tweet: String,
        /// What is wrong.
        cause: SpanError,
    },
    /// Labels that share tokens in a way that the project does not admit.
    #[error(
        "tweet {}: {cause}, which spans = \"{structure}\" in project.toml does not admit; nothing was changed \
         (`spanlight types spans` changes the setting)",
        shown(tweet)
    )]
    Structure {
        /// Id of the tweet in its corpus.
        tweet: String,
        /// What the project admits.
        structure: SpanStructure,
        /// What is wrong.
        cause: SpanError,
    },
    /// Labels of several tweets that do not fit what is to be admitted.
    #[error("{}", misfitting(*structure, misfits))]
    Misfits {
        /// What is to be admitted.
        structure: SpanStructure,
        /// The tweets.
        misfits: Listed<Misfit>,
    },
    /// Entities that share tokens, for a format that cannot hold such.
    #[error("{}", not_held(*format, *needed, misfits))]
    NotHeld {
        /// The format.
        format: CorpusFormat,
        /// What it would have to hold.
        needed: SpanStructure,
        /// The tweets.
        misfits: Listed<Misfit>,
    },
    /// A tweet whose stored bytes cannot be read any more.
    #[error("tweet {}: {cause}", shown(tweet))]
    Tweet {
        /// Id of the tweet in its corpus.
        tweet: String,
        /// What is wrong.
        cause: Unwritable,
    },
    /// The output of an export cannot be written.
    #[error("the export cannot be written: {0}")]
    Output(io::Error),
}

/// The tweets whose labels do not fit, a line each, as many as a person reads.
fn misfitting(structure: SpanStructure, misfits: &Listed<Misfit>) -> String {
    let heading = format!(
        "{} labels that spans = \"{structure}\" does not admit; nothing was changed:",
        tweets_have(misfits.total())
    );
    listed(heading, misfits).join("\n")
}

fn not_held(format: CorpusFormat, needed: SpanStructure, misfits: &Listed<Misfit>) -> String {
    let heading = format!(
        "{} entities that share tokens, which {format} cannot hold; nothing was written:",
        tweets_have(misfits.total())
    );
    let mut lines = listed(heading, misfits);
    let others = CorpusFormat::holding(needed).join(", ");
    lines.push(format!("Write {others} instead, or give up entities with --flatten outermost or --flatten innermost."));
    lines.join("\n")
}

fn listed(heading: String, misfits: &Listed<Misfit>) -> Vec<String> {
    let mut lines = vec![heading];
    lines.extend(misfits.lines(PRINTED, Misfit::line));
    lines
}

/// The names of versions, in words.
fn known(versions: &[String]) -> String {
    if versions.is_empty() {
        return "it has none yet, `spanlight version create` makes one".to_owned();
    }
    format!("it has {}", versions.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", "))
}

impl ProjectError {
    pub(super) fn store(path: &Path, during: &str, cause: rusqlite::Error) -> Self {
        let (during, path) = (during.to_owned(), path.to_owned());
        match cause.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { during, path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { during },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { path, what: cause.to_string() }
            }
            _ => Self::Store { during, path, cause },
        }
    }

    pub(super) fn io(path: &Path, during: &str, cause: io::Error) -> Self {
        let (during, path) = (during.to_owned(), path.to_owned());
        match cause.kind() {
            io::ErrorKind::StorageFull => Self::DiskFull { during, path },
            _ => Self::Io { during, path, cause },
        }
    }
}
