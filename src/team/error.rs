//! What can go wrong when the work of several annotators is put together, in words.

use std::fmt::Write;
use std::io;
use std::path::PathBuf;

use crate::corpus::{Listed, ReadError, Unwritable, shown};
use crate::project::ProjectError;

/// How many tweets a message names.
const NAMED: usize = 5;

/// Why labels of several annotators cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    /// A project cannot be read or written.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A corpus cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A tweet's stored bytes cannot be read.
    #[error("{}: tweet {}: {cause}", .file.display(), shown(tweet))]
    Tweet {
        /// The project.
        file: PathBuf,
        /// Id of the tweet.
        tweet: String,
        /// What is wrong.
        cause: Box<Unwritable>,
    },
    /// One project twice.
    #[error("{} is given twice; an annotator counts once", .0.display())]
    Twice(PathBuf),
    /// Tweets of the same id that say something else.
    #[error(
        "{first} and {second} are not about the same tweets: {} of the same id have other tokens ({}); projects of one \
         corpus, with one tokenisation, are needed",
        tweets.total(), named(tweets)
    )]
    OtherTokens {
        /// Name of the one annotator.
        first: String,
        /// Name of the other.
        second: String,
        /// Ids of the tweets.
        tweets: Box<Listed<String>>,
    },
    /// Annotators of different corpora.
    #[error(
        "{first} and {second} have no tweet in common; they are of different corpora, or each got a part of its own"
    )]
    NothingInCommon {
        /// Name of the one annotator.
        first: String,
        /// Name of the others, with commas between them.
        second: String,
    },
    /// Annotators who chose from different types.
    #[error(
        "the annotators have different types: {}; say which are the same with --rename OLD=NEW, or keep all of them with \
         --all-types",
        .0.join("; ")
    )]
    OtherTypes(
        /// What each one lacks.
        Vec<String>,
    ),
    /// Something stands where the merged project should go.
    #[error("{} exists; name a folder that does not, the merge never changes one", .0.display())]
    Exists(PathBuf),
    /// A folder cannot be made or renamed.
    #[error("{}: the merged project cannot be put there: {cause}", .path.display())]
    Place {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// An annotator who is none of the project's.
    #[error("{} is no annotator of this project; they are {}", shown(name), annotators.join(", "))]
    NoSuchAnnotator {
        /// Who was asked for.
        name: String,
        /// Who there are.
        annotators: Vec<String>,
    },
    /// Annotators without a usable name.
    #[error("`{0}` is no name for an annotator: it becomes a folder, so it may hold letters, digits, `.`, `-` and `_`")]
    Name(String),
}

/// The first of the tweets.
fn named(tweets: &Listed<String>) -> String {
    let mut text = String::new();
    for (place, tweet) in tweets.items().iter().take(NAMED).enumerate() {
        let _ = write!(text, "{}{}", if place == 0 { "" } else { ", " }, shown(tweet));
    }
    if tweets.total() > NAMED {
        text.push_str(", ...");
    }
    text
}
