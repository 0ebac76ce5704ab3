//! Texts that accompany tweets: those that came with the corpus, those that were taken in or made, and what a person
//! made of them. Every change of them is a step of the same history as labels.

mod answers;
mod export;
mod import;
mod replace;

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use spanlight_models::example::Context;

use super::log::{json, now, to_json};
use super::steps::{Changes, StepId};
use super::{Applied, EditKind, HistoryEntry, Project, ProjectError, TweetId};

pub use answers::{ContextResult, ContextTask, Known};
pub use export::{ContextFilter, ListedContext, source_of};
pub use import::{ContextImport, Coverage};

/// A context's place: its tweet, and its number among that tweet's contexts. Those of the corpus come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ContextId {
    /// The tweet.
    pub tweet: TweetId,
    /// Its number, from 0; stays the same whatever happens to the others.
    pub slot: i64,
}

/// A context as the store keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContextRecord {
    /// Kind, text, source, model.
    #[serde(flatten)]
    pub context: Context,
    /// When it came to be or was last changed, RFC 3339 in UTC; absent as long as it is as the corpus has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What it was made from, where a job made it: image, provider, model and prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl ContextRecord {
    /// A context that comes to be now.
    pub fn new(context: Context) -> Self {
        Self { context, at: Some(now()), key: None }
    }
}

/// A context of a tweet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoredContext {
    /// Its place.
    #[serde(flatten)]
    pub id: ContextId,
    /// What it says.
    #[serde(flatten)]
    pub record: ContextRecord,
}

/// What is to change about a context.
#[derive(Clone, Debug, PartialEq)]
pub enum ContextChange {
    /// One more for the tweet.
    Add(TweetId, ContextRecord),
    /// Another in its place.
    Set(ContextId, ContextRecord),
    /// None any more.
    Remove(ContextId),
}

/// What the store has beside the corpus: numbers with what stands there, `None` where something was taken away.
pub(super) type Beside = Vec<(i64, Option<ContextRecord>)>;

impl Project {
    /// The contexts of a tweet, those of the corpus first.
    pub fn contexts(&self, tweet: TweetId) -> Result<Vec<StoredContext>, ProjectError> {
        let of_corpus = self.imported(tweet)?.contexts;
        Ok(merged(tweet, of_corpus, self.contexts_beside(tweet)?))
    }

    /// One context; `None` where there is none or it was taken away.
    pub fn context(&self, id: ContextId) -> Result<Option<StoredContext>, ProjectError> {
        Ok(self.contexts(id.tweet)?.into_iter().find(|context| context.id == id))
    }

    /// Changes contexts in one durable transaction, which is one step of undo; `None` where nothing would change.
    ///
    /// With `within`, the changes go on with that step as long as nothing came after it, so that all results of a job
    /// are undone at once.
    pub fn change_contexts(
        &mut self,
        summary: &str,
        changes: &[ContextChange],
        within: Option<StepId>,
    ) -> Result<Option<Applied>, ProjectError> {
        let mut step = Changes::default();
        let mut free: HashMap<TweetId, i64> = HashMap::new();
        for change in changes {
            let (id, after) = match change {
                ContextChange::Add(tweet, record) => {
                    let slot = free.get(tweet).map_or_else(|| self.next_slot(*tweet), |slot| Ok(*slot))?;
                    free.insert(*tweet, slot + 1);
                    (ContextId { tweet: *tweet, slot }, Some(record.clone()))
                }
                ContextChange::Set(id, record) => (*id, Some(record.clone())),
                ContextChange::Remove(id) => (*id, None),
            };
            let before = match (change, step.contexts.get(&id)) {
                (ContextChange::Add(..), _) => None,
                (_, Some((before, _))) => before.clone(),
                (_, None) => Some(self.context(id)?.ok_or(ProjectError::NoSuchContext(id))?.record),
            };
            step.contexts.insert(id, (before, after));
        }
        let during = format!("the edit “{summary}”");
        self.write_step(&self.edit_step(&during, summary, within), step)
    }

    /// Gives a tweet one more context, as a person's own edit.
    pub fn put_context(&mut self, tweet: TweetId, context: Context) -> Result<Option<Applied>, ProjectError> {
        let summary = format!("add {}", context.kind);
        self.change_contexts(&summary, &[ContextChange::Add(tweet, ContextRecord::new(context))], None)
    }

    /// Writes another text in a context, as a person's own edit: its source is the person from then on, and what was
    /// measured on the old text is gone.
    pub fn edit_context(&mut self, id: ContextId, text: &str) -> Result<Option<Applied>, ProjectError> {
        let old = self.context(id)?.ok_or(ProjectError::NoSuchContext(id))?.record;
        if old.context.items.is_empty() && old.context.text == text {
            return Ok(None);
        }
        let context = Context {
            text: text.to_owned(),
            items: Vec::new(),
            similarity: None,
            source: Some(self.who.clone()),
            model: None,
            ..old.context
        };
        let record = ContextRecord { context, at: Some(now()), key: old.key };
        let summary = format!("edit {}", record.context.kind);
        self.change_contexts(&summary, &[ContextChange::Set(id, record)], None)
    }

    /// Takes contexts away.
    pub fn remove_contexts(&mut self, ids: &[ContextId]) -> Result<Option<Applied>, ProjectError> {
        let summary = if ids.len() == 1 { "remove a context" } else { "remove contexts" };
        let changes: Vec<_> = ids.iter().map(|id| ContextChange::Remove(*id)).collect();
        self.change_contexts(summary, &changes, None)
    }

    /// Everything that ever happened to a context, oldest first.
    pub fn context_history(&self, id: ContextId) -> Result<Vec<HistoryEntry<Option<ContextRecord>>>, ProjectError> {
        let sql = "SELECT at, who, kind, summary, before, after FROM edits WHERE tweet = ? AND slot = ? ORDER BY seq";
        self.rows("reading a context's history", sql, params![id.tweet, id.slot], HistoryEntry::read)
    }

    /// What the store has for a tweet beside the corpus.
    pub(super) fn contexts_beside(&self, tweet: TweetId) -> Result<Beside, ProjectError> {
        let sql = "SELECT slot, content FROM contexts WHERE tweet = ? ORDER BY slot";
        let row = |row: &Row<'_>| {
            let stands = row.get_ref(1)?.as_str_or_null()?.is_some();
            Ok((row.get(0)?, stands.then(|| json(row, 1)).transpose()?))
        };
        self.rows("reading the contexts of a tweet", sql, [tweet], row)
    }

    fn next_slot(&self, tweet: TweetId) -> Result<i64, ProjectError> {
        let sql = "SELECT MAX(slot) + 1 FROM contexts WHERE tweet = ?";
        let read = || self.db.prepare_cached(sql)?.query_row([tweet], |row| row.get(0)).optional();
        let beside: Option<i64> = read().map_err(self.failed("reading the contexts of a tweet"))?.flatten();
        Ok(beside.unwrap_or(0).max(self.imported(tweet)?.contexts.len() as i64))
    }
}

/// The contexts of a tweet as they are now.
pub(super) fn merged(tweet: TweetId, of_corpus: Vec<Context>, beside: Beside) -> Vec<StoredContext> {
    let slots = of_corpus.into_iter().zip(0..);
    let mut all: Vec<(i64, Option<ContextRecord>)> =
        slots.map(|(context, slot)| (slot, Some(ContextRecord { context, at: None, key: None }))).collect();
    for (slot, record) in beside {
        match all.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, place)) => *place = record,
            None => all.push((slot, record)),
        }
    }
    let stored = |(slot, record): (i64, Option<ContextRecord>)| {
        Some(StoredContext { id: ContextId { tweet, slot }, record: record? })
    };
    all.into_iter().filter_map(stored).collect()
}

/// The contexts of a tweet as a model takes them.
pub(super) fn current(tweet: TweetId, of_corpus: Vec<Context>, beside: Beside) -> Vec<Context> {
    merged(tweet, of_corpus, beside).into_iter().map(|context| context.record.context).collect()
}

/// Moves what is current on; a context that an undo takes away leaves no trace but in the log.
pub(super) fn write(
    db: &Transaction<'_>,
    id: ContextId,
    after: Option<&ContextRecord>,
    kind: EditKind,
) -> rusqlite::Result<()> {
    let Some(record) = after else {
        return forget(db, id, kind);
    };
    let sql = "INSERT INTO contexts (tweet, slot, content, key) VALUES (?, ?, ?, ?) \
               ON CONFLICT (tweet, slot) DO UPDATE SET content = excluded.content, key = excluded.key";
    db.prepare_cached(sql)?.execute(params![id.tweet, id.slot, to_json(record)?, record.key]).map(drop)
}

/// The key stays with what a person took away, so that no job makes it again.
fn forget(db: &Connection, id: ContextId, kind: EditKind) -> rusqlite::Result<()> {
    let sql = match kind {
        EditKind::Undo => "DELETE FROM contexts WHERE tweet = ? AND slot = ?",
        EditKind::Edit | EditKind::Redo => {
            "INSERT INTO contexts (tweet, slot) VALUES (?, ?) ON CONFLICT (tweet, slot) DO UPDATE SET content = NULL"
        }
    };
    db.prepare_cached(sql)?.execute(params![id.tweet, id.slot]).map(drop)
}
