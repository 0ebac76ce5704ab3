//! The light list of tweets that is kept in memory, however large the corpus.

use serde::{Deserialize, Serialize};

/// A tweet's row in the store, in order of import.
pub type TweetId = i64;

/// How far the labelling of a tweet is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Never looked at.
    #[default]
    New,
    /// Looked at, nothing changed.
    Seen,
    /// A person has begun to label it.
    InProgress,
    /// A person says its labels are right.
    Done,
    /// Left out on purpose.
    Skipped,
    /// Set aside for a second look.
    Flagged,
}

/// What an imported file is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// To be labelled: the queue.
    #[default]
    Label,
    /// Older gold, mixed into training so that nothing is forgotten.
    Replay,
    /// Gold that is never trained on and decides whether a model is taken over.
    HeldOut,
}

/// A tweet of the queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueItem {
    /// Row in the store.
    pub id: TweetId,
    /// How far its labelling is.
    pub state: State,
    /// How unsure the model is of it, `0..=1`, once it was scored.
    pub uncertainty: Option<f32>,
}

/// A row of the queue as it is listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Snippet {
    /// Row, state and uncertainty.
    pub item: QueueItem,
    /// Beginning of the text, tokens joined by one space; raw, may hold control characters.
    pub text: String,
}
