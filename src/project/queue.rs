//! The light list of tweets that is kept in memory, however large the corpus.

use std::ops::Range;

use rusqlite::types::FromSql;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::scores::Scores;
use super::text::TextIndex;
use super::{Project, ProjectError};

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

impl State {
    /// All states, in the order of work.
    pub const ALL: [Self; 6] = [Self::New, Self::Seen, Self::InProgress, Self::Done, Self::Skipped, Self::Flagged];

    /// The name in the store and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Seen => "seen",
            Self::InProgress => "in-progress",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Flagged => "flagged",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
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

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Label, Self::Replay, Self::HeldOut];

    /// The name in the store, on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Replay => "replay",
            Self::HeldOut => "held-out",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A tweet of the queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueItem {
    /// Row in the store.
    pub id: TweetId,
    /// How far its labelling is.
    pub state: State,
    /// What the model makes of it, once it was scored.
    pub scores: Option<Scores>,
}

impl QueueItem {
    pub(super) fn new(id: TweetId) -> Self {
        Self { id, state: State::New, scores: None }
    }

    /// How unsure the model is of its labelling, `0..=1`, once it was scored.
    pub fn uncertainty(&self) -> Option<f32> {
        self.scores.map(|scores| scores.uncertainty.least_confidence)
    }
}

/// A row of the queue as it is listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Snippet {
    /// Row, state and uncertainty.
    pub item: QueueItem,
    /// Beginning of the text, tokens joined by one space; raw, may hold control characters.
    pub text: String,
}

impl Project {
    /// All tweets of role [`Role::Label`] in order of import.
    pub fn queue(&self) -> &[QueueItem] {
        &self.queue
    }

    /// Place of a tweet in the queue.
    pub fn index_of(&self, tweet: TweetId) -> Option<usize> {
        self.queue.binary_search_by_key(&tweet, |item| item.id).ok()
    }

    /// The queue's rows `range` with the beginnings of their texts, from memory; rows beyond the end are left out.
    pub fn snippets(&self, range: Range<usize>) -> Vec<Snippet> {
        let end = range.end.min(self.queue.len());
        let row = |index: usize| Snippet { item: self.queue[index], text: self.text.snippet(index).to_owned() };
        (range.start.min(end)..end).map(row).collect()
    }

    /// The whole text of the tweet at a place of the queue, tokens joined by one space.
    pub fn text_at(&self, index: usize) -> &str {
        self.text.whole(index)
    }

    /// The row of the queue at a place, as it is listed.
    pub fn snippet(&self, index: usize) -> Option<Snippet> {
        let item = *self.queue.get(index)?;
        Some(Snippet { item, text: self.text.snippet(index).to_owned() })
    }

    /// The first tweet of the queue with this id in its corpus.
    pub fn find_id(&self, id: &str) -> Result<Option<TweetId>, ProjectError> {
        let sql =
            "SELECT t.id FROM tweets t JOIN files f ON f.id = t.file WHERE t.name = ? AND f.role = ? ORDER BY t.id";
        let find =
            || self.db.prepare_cached(sql)?.query_row(params![id, Role::Label.name()], |row| row.get(0)).optional();
        find().map_err(self.failed("looking for a tweet"))
    }

    /// The first tweet with this id in its corpus, whatever it is for.
    pub fn tweet_called(&self, id: &str) -> Result<Option<TweetId>, ProjectError> {
        let sql = "SELECT id FROM tweets WHERE name = ? ORDER BY id";
        let find = || self.db.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional();
        find().map_err(self.failed("looking for a tweet"))
    }

    /// Tweets of the queue whose text contains `text`, whatever the case; tokens are joined by one space.
    pub fn search(&self, text: &str) -> Vec<TweetId> {
        self.text.containing(text).into_iter().map(|index| self.queue[index].id).collect()
    }

    /// Where exactly these tokens occur in the queue; places do not overlap.
    pub fn occurrences(&self, tokens: &[String]) -> Result<Vec<(TweetId, Range<usize>)>, ProjectError> {
        let mut places = Vec::new();
        // The texts say where to look; only the tokens say whether it is there, since a token may hold spaces.
        for index in self.text.containing_words(&tokens.join(" ")) {
            let id = self.queue[index].id;
            let words = self.imported(id)?.tokens;
            let mut start = 0;
            while start + tokens.len() <= words.len() {
                if words[start..start + tokens.len()] == *tokens {
                    places.push((id, start..start + tokens.len()));
                    start += tokens.len();
                } else {
                    start += 1;
                }
            }
        }
        Ok(places)
    }

    /// Notes that a new tweet was looked at; no step of undo, and nothing for a tweet that is no longer new.
    pub fn mark_seen(&mut self, tweet: TweetId) -> Result<(), ProjectError> {
        let Some(index) = self.index_of(tweet).filter(|index| self.queue[*index].state == State::New) else {
            return Ok(());
        };
        let sql = "INSERT INTO labellings (tweet, state, human, seq) VALUES (?, ?, 0, 0) \
                   ON CONFLICT (tweet) DO UPDATE SET state = excluded.state";
        self.casually("marking a tweet as seen", |db| {
            db.prepare_cached(sql)?.execute(params![tweet, State::Seen.name()])
        })?;
        self.queue[index].state = State::Seen;
        Ok(())
    }

    /// The tweet one was at.
    pub fn position(&self) -> Option<TweetId> {
        self.position
    }

    /// Remembers the tweet one is at.
    pub fn set_position(&mut self, tweet: TweetId) -> Result<(), ProjectError> {
        if self.position == Some(tweet) {
            return Ok(());
        }
        self.index_of(tweet).ok_or(ProjectError::NoSuchTweet(tweet))?;
        let sql = "INSERT OR REPLACE INTO place (only, tweet) VALUES (0, ?)";
        self.casually("remembering the place", |db| db.prepare_cached(sql)?.execute([tweet]))?;
        self.position = Some(tweet);
        Ok(())
    }

    /// Reads the queue and its texts.
    pub(super) fn load_queue(&mut self) -> Result<(), ProjectError> {
        let during = "reading the queue";
        let (mut queue, mut text) = (Vec::new(), TextIndex::default());
        let sql = "SELECT t.id, t.text FROM tweets t JOIN files f ON f.id = t.file WHERE f.role = ? ORDER BY t.id";
        self.rows(during, sql, [Role::Label.name()], |row| {
            queue.push(QueueItem::new(row.get(0)?));
            text.push(row.get_ref(1)?.as_str()?);
            Ok(())
        })?;
        let position = self.rows(during, "SELECT tweet FROM place", [], |row| row.get(0))?.pop();
        let states = self.rows(during, "SELECT tweet, state FROM labellings", [], pair::<String>)?;
        let scores = self.stored_scores()?;
        (self.queue, self.text, self.position) = (queue, text, position);
        for (tweet, state) in states {
            let state = State::from_name(&state).ok_or_else(|| self.corrupt(format!("`{state}` is no state")))?;
            if let Some(index) = self.index_of(tweet) {
                self.queue[index].state = state;
            }
        }
        for (tweet, scores) in scores {
            if let Some(index) = self.index_of(tweet) {
                self.queue[index].scores = Some(scores);
            }
        }
        Ok(())
    }
}

/// A tweet and something about it.
fn pair<T: FromSql>(row: &Row<'_>) -> rusqlite::Result<(TweetId, T)> {
    Ok((row.get(0)?, row.get(1)?))
}
