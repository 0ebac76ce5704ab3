//! Which steps can be undone and redone, and how a step is written.

use std::collections::HashMap;

use indexmap::IndexMap;
use rusqlite::{Connection, Transaction, params};

use super::contexts::{self, ContextId, ContextRecord};
use super::log::{Applied, EditKind, Labelling, kind_of, now, to_json};
use super::{Project, ProjectError, TweetId, dismissed, scores};

/// Number of a step in the log.
pub type StepId = i64;

/// Which steps can be undone and redone, from the log alone.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub undo: Vec<StepId>,
    pub redo: Vec<StepId>,
    pub last: StepId,
}

impl Steps {
    pub fn load(db: &Connection) -> rusqlite::Result<Self> {
        let mut steps = Self::default();
        let mut select = db.prepare("SELECT DISTINCT step, kind, target FROM edits ORDER BY step")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            steps.take(row.get(0)?, kind_of(row, 1)?, row.get(2)?);
        }
        Ok(steps)
    }

    fn take(&mut self, step: StepId, kind: EditKind, target: StepId) {
        self.last = step;
        match kind {
            EditKind::Edit => {
                // A step that goes on is one step.
                if self.undo.last() != Some(&step) {
                    self.undo.push(step);
                }
                self.redo.clear();
            }
            EditKind::Undo => {
                self.undo.pop_if(|last| *last == target);
                self.redo.push(target);
            }
            EditKind::Redo => {
                self.redo.pop_if(|last| *last == target);
                self.undo.push(target);
            }
        }
    }
}

/// Something before and after a step.
pub(super) type Pair<T> = (T, T);

/// What a step changes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub labels: IndexMap<TweetId, Pair<Labelling>>,
    pub contexts: IndexMap<ContextId, Pair<Option<ContextRecord>>>,
}

impl Changes {
    fn drop_unchanged(&mut self) {
        self.labels.retain(|_, (before, after)| before != after);
        self.contexts.retain(|_, (before, after)| before != after);
    }

    /// The other way round, so that tweets are told in the order in which they were changed.
    pub fn reverse(&mut self) {
        self.labels.reverse();
        self.contexts.reverse();
    }

    /// The tweets that a model reads otherwise afterwards.
    fn reread(&self) -> Vec<TweetId> {
        let other_image = |(_, (before, after)): &(&TweetId, &Pair<Labelling>)| before.image != after.image;
        let mut tweets: IndexMap<TweetId, ()> =
            self.labels.iter().filter(other_image).map(|(tweet, _)| (*tweet, ())).collect();
        tweets.extend(self.contexts.keys().map(|id| (id.tweet, ())));
        tweets.into_keys().collect()
    }

    fn tweets(&self) -> Vec<TweetId> {
        let mut tweets: IndexMap<TweetId, ()> = self.labels.keys().map(|tweet| (*tweet, ())).collect();
        tweets.extend(self.contexts.keys().map(|id| (id.tweet, ())));
        tweets.into_keys().collect()
    }
}

/// How a step stands in the log.
pub(super) struct Step<'a> {
    /// What is being done, for messages.
    pub during: &'a str,
    pub kind: EditKind,
    /// Its number.
    pub number: StepId,
    /// The step that is undone or redone; the step itself for an edit.
    pub target: StepId,
    pub summary: &'a str,
}

impl Project {
    /// A new edit; it goes on with the step `within` where nothing came after that.
    pub(super) fn edit_step<'a>(&self, during: &'a str, summary: &'a str, within: Option<StepId>) -> Step<'a> {
        let (last, kind) = (self.steps.last, EditKind::Edit);
        let stands = within.filter(|step| *step == last && self.steps.undo.last() == Some(step));
        let number = stands.unwrap_or(last + 1);
        Step { during, kind, number, target: number, summary }
    }

    /// Appends a step to the log and moves what is current on, all or nothing; then memory follows.
    pub(super) fn write_step(
        &mut self,
        step: &Step<'_>,
        mut changes: Changes,
    ) -> Result<Option<Applied>, ProjectError> {
        // An undo stays a step even if it changes nothing, or it would be undone for ever.
        if step.kind == EditKind::Edit {
            changes.drop_unchanged();
        }
        if changes.labels.is_empty() && changes.contexts.is_empty() {
            return Ok(None);
        }
        let failed = self.failed(step.during);
        let who = self.who.as_str();
        let write = |db: &mut Connection| -> rusqlite::Result<HashMap<TweetId, f32>> {
            let transaction = db.transaction()?;
            append(&transaction, who, step, &changes)?;
            let contradictions = scores::contradict(&transaction, &changes.labels)?;
            transaction.commit()?;
            Ok(contradictions)
        };
        let contradictions = write(&mut self.db).map_err(failed)?;
        self.steps.take(step.number, step.kind, step.target);
        for (tweet, (_, after)) in &changes.labels {
            if let Some(index) = self.index_of(*tweet) {
                self.queue[index].state = after.state;
                if let Some(scores) = &mut self.queue[index].scores {
                    scores.labels = contradictions.get(tweet).copied();
                }
            }
        }
        let (tweets, reread) = (changes.tweets(), changes.reread());
        Ok(Some(Applied { tweets, reread, summary: step.summary.to_owned(), step: step.number }))
    }
}

fn append(db: &Transaction<'_>, who: &str, step: &Step<'_>, changes: &Changes) -> rusqlite::Result<()> {
    let at = now();
    let Step { kind, number, target, summary, .. } = step;
    let mut append = db.prepare_cached(
        "INSERT INTO edits (at, who, step, kind, target, summary, tweet, before, after, slot) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut append = |tweet: TweetId, slot: Option<i64>, before: String, after: String| {
        append.insert(params![at, who, number, kind.name(), target, summary, tweet, before, after, slot])
    };
    let mut update = db.prepare_cached(
        "INSERT OR REPLACE INTO labellings (tweet, state, spans, note, human, seq, image) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    for (tweet, (before, after)) in &changes.labels {
        let seq = append(*tweet, None, to_json(before)?, to_json(after)?)?;
        let spans = to_json(&after.spans)?;
        update.execute(params![tweet, after.state.name(), spans, after.note, after.human, seq, after.image])?;
        if before.dismissed != after.dismissed {
            dismissed::write(db, *tweet, &after.dismissed)?;
        }
    }
    for (id, (before, after)) in &changes.contexts {
        append(id.tweet, Some(id.slot), to_json(before)?, to_json(after)?)?;
        contexts::write(db, *id, after.as_ref(), *kind)?;
    }
    Ok(())
}
