//! How far reading and merging are.

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage<'a> {
    /// The labels of an annotator are read.
    Reading {
        /// Who it is.
        annotator: &'a str,
        /// Tweets read.
        done: usize,
    },
    /// The annotators' labels are put together.
    Joining {
        /// Tweets put together.
        done: usize,
        /// Tweets in all.
        total: usize,
    },
    /// The new project is written.
    Writing {
        /// Its tweets.
        tweets: usize,
    },
}

/// Who is told.
pub type Watch<'a> = dyn FnMut(Stage<'_>) + 'a;
