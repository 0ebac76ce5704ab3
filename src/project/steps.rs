//! Which steps can be undone and redone, and how a step is written.

use std::collections::HashMap;

use indexmap::IndexMap;
use rusqlite::{Connection, Transaction, params};

use super::comments::{self, Comment, CommentId};
use super::contexts::{self, ContextId, ContextRecord};
use super::log::{Applied, EditKind, Labelling, kind_of, now, to_json};
use super::suggested::Answered;
use super::voices::{self, Opinions};
use super::{EntityType, Project, ProjectError, TweetId, boxes, dismissed, scores, types};

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
        let mut select = db.prepare(
            "SELECT step, kind, target FROM edits UNION SELECT step, kind, target FROM project_edits ORDER BY step",
        )?;
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
    /// The entity types of the project.
    pub types: Option<Pair<Vec<EntityType>>>,
    pub comments: IndexMap<CommentId, Pair<Option<Comment>>>,
    /// What annotators said in a merged project; it changes only with the names of types.
    pub voices: IndexMap<TweetId, Pair<Opinions>>,
    /// What it does with a model's suggestions.
    pub answered: Vec<(TweetId, Answered)>,
}

impl Changes {
    fn drop_unchanged(&mut self) {
        self.labels.retain(|_, (before, after)| before != after);
        self.contexts.retain(|_, (before, after)| before != after);
        self.types.take_if(|(before, after)| before == after);
        self.comments.retain(|_, (before, after)| before != after);
        self.voices.retain(|_, (before, after)| before != after);
    }

    fn is_empty(&self) -> bool {
        // What becomes of suggestions only accompanies a change.
        let Self { labels, contexts, types, comments, voices, answered: _ } = self;
        labels.is_empty() && contexts.is_empty() && types.is_none() && comments.is_empty() && voices.is_empty()
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
        let commented = self.comments.values().filter_map(|(before, after)| before.as_ref().or(after.as_ref()));
        tweets.extend(commented.map(|comment| (comment.tweet, ())));
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
        if changes.is_empty() {
            return Ok(None);
        }
        for (tweet, (before, after)) in &changes.labels {
            // An undo may lead back to where more was admitted.
            if before.spans != after.spans {
                self.check_admitted(*tweet, &after.spans)?;
            }
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
        let types = changes.types.is_some();
        if let Some((_, after)) = changes.types {
            self.types_changed(&after);
        }
        Ok(Some(Applied { tweets, reread, types, summary: step.summary.to_owned(), step: step.number }))
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
        if before.boxes != after.boxes {
            boxes::write(db, *tweet, after.boxes.as_deref())?;
        }
        if before.dismissed != after.dismissed {
            dismissed::write(db, *tweet, &after.dismissed)?;
        }
    }
    for (tweet, answered) in &changes.answered {
        answered.write(db, *number, *tweet)?;
    }
    for (id, (before, after)) in &changes.contexts {
        append(id.tweet, Some(id.slot), to_json(before)?, to_json(after)?)?;
        contexts::write(db, *id, after.as_ref(), *kind)?;
    }
    append_of_project(db, who, &at, step, changes)
}

/// The part of a step that is neither a tweet's labelling nor one of its contexts.
fn append_of_project(
    db: &Transaction<'_>,
    who: &str,
    at: &str,
    step: &Step<'_>,
    changes: &Changes,
) -> rusqlite::Result<()> {
    let Step { kind, number, target, summary, .. } = step;
    let mut append = db.prepare_cached(
        "INSERT INTO project_edits (at, who, step, kind, target, summary, subject, tweet, id, before, after) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut append = |subject: &str, tweet: Option<TweetId>, id: Option<CommentId>, before: String, after: String| {
        let of_step = params![at, who, number, kind.name(), target, summary, subject, tweet, id, before, after];
        append.insert(of_step).map(drop)
    };
    if let Some((before, after)) = &changes.types {
        append("types", None, None, to_json(before)?, to_json(after)?)?;
        types::write(db, after)?;
    }
    for (id, (before, after)) in &changes.comments {
        let tweet = before.as_ref().or(after.as_ref()).map(|comment| comment.tweet);
        append("comment", tweet, Some(*id), to_json(before)?, to_json(after)?)?;
        comments::write(db, *id, after.as_ref())?;
    }
    for (tweet, (before, after)) in &changes.voices {
        append("voices", Some(*tweet), None, to_json(before)?, to_json(after)?)?;
        voices::write(db, *tweet, after)?;
    }
    Ok(())
}
