//! A corpus as a folder: the tweets in one file, with `images` and `maps` beside it.

use std::path::{Path, PathBuf};

/// The file with the tweets.
pub const TWEETS: &str = "tweets.jsonl";

/// The file with the tweets of the corpus at `path`, which may be the folder around it.
pub fn tweets_file(path: &Path) -> PathBuf {
    let inside = path.join(TWEETS);
    if path.is_dir() && inside.is_file() { inside } else { path.to_owned() }
}
