//! Edits: appended and never changed; undo and redo are edits too, so they work over everything and over restarts.

use indexmap::IndexMap;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use spanlight_models::example::{Span, check_spans};

use super::{Project, ProjectError, State, TweetId};

/// All that can be edited on a tweet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelling {
    /// State.
    pub state: State,
    /// Entities, in order.
    pub spans: Vec<Span>,
    /// What a person wrote about the tweet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether a person changed or confirmed the labels.
    pub human: bool,
}

/// What is to change on one tweet; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The tweet.
    pub tweet: TweetId,
    /// Its new labels. They make a new or seen tweet one in progress, unless `state` says otherwise.
    pub spans: Option<Vec<Span>>,
    /// Its new state.
    pub state: Option<State>,
    /// Its new note; an empty one takes the note away.
    pub note: Option<String>,
}

/// What an edit, an undo or a redo did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The tweets whose labels, state or note changed.
    pub tweets: Vec<TweetId>,
    /// One line for the status bar: `label PER`, `undo: label PER`.
    pub summary: String,
}

/// Whether a step is new or moves along the old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EditKind {
    /// A new edit.
    Edit,
    /// Takes a step back.
    Undo,
    /// Does an undone step again.
    Redo,
}

impl EditKind {
    const ALL: [Self; 3] = [Self::Edit, Self::Undo, Self::Redo];

    fn name(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Undo => "undo",
            Self::Redo => "redo",
        }
    }
}

/// One line of a tweet's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Who.
    pub who: String,
    /// Edit, undo or redo.
    pub kind: EditKind,
    /// What the step was called.
    pub summary: String,
    /// Before the step.
    pub before: Labelling,
    /// After the step.
    pub after: Labelling,
}

/// Which steps can be undone and redone, from the log alone.
#[derive(Debug, Default)]
pub(super) struct Steps {
    undo: Vec<i64>,
    redo: Vec<i64>,
    last: i64,
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

    fn take(&mut self, step: i64, kind: EditKind, target: i64) {
        self.last = step;
        match kind {
            EditKind::Edit => {
                self.undo.push(step);
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

/// A labelling before and after.
type Pair = (Labelling, Labelling);

impl Project {
    /// Changes tweets in one durable transaction, which is one step of undo; `None` where nothing would change.
    pub fn apply(&mut self, summary: &str, changes: &[Change]) -> Result<Option<Applied>, ProjectError> {
        let mut pairs: IndexMap<TweetId, Pair> = IndexMap::new();
        for change in changes {
            let before = match pairs.get(&change.tweet) {
                Some((_, so_far)) => so_far.clone(),
                None => self.labelling(change.tweet)?,
            };
            let after = self.changed(&before, change)?;
            pairs.entry(change.tweet).or_insert_with(|| (before, after.clone())).1.clone_from(&after);
        }
        let during = format!("the edit “{summary}”");
        self.write_step(&during, EditKind::Edit, self.steps.last + 1, summary, pairs)
    }

    /// Takes back the last step that still stands; `None` where there is none.
    pub fn undo(&mut self) -> Result<Option<Applied>, ProjectError> {
        match self.steps.undo.last() {
            Some(&target) => self.replay(EditKind::Undo, target),
            None => Ok(None),
        }
    }

    /// Does again what was undone last; `None` where there is none.
    pub fn redo(&mut self) -> Result<Option<Applied>, ProjectError> {
        match self.steps.redo.last() {
            Some(&target) => self.replay(EditKind::Redo, target),
            None => Ok(None),
        }
    }

    /// Number of steps that can be undone, and that can be redone.
    pub fn undo_depth(&self) -> (usize, usize) {
        (self.steps.undo.len(), self.steps.redo.len())
    }

    /// Everything that ever happened to a tweet, oldest first.
    pub fn history(&self, tweet: TweetId) -> Result<Vec<HistoryEntry>, ProjectError> {
        let sql = "SELECT at, who, kind, summary, before, after FROM edits WHERE tweet = ? ORDER BY seq";
        let entry = |row: &Row<'_>| {
            Ok(HistoryEntry {
                at: row.get(0)?,
                who: row.get(1)?,
                kind: kind_of(row, 2)?,
                summary: row.get(3)?,
                before: json(row, 4)?,
                after: json(row, 5)?,
            })
        };
        self.rows("reading a tweet's history", sql, [tweet], entry)
    }

    /// The current labelling of a tweet.
    pub(super) fn labelling(&self, tweet: TweetId) -> Result<Labelling, ProjectError> {
        let sql = "SELECT state, spans, note, human FROM labellings WHERE tweet = ?";
        let row = |row: &Row<'_>| {
            let spans = row.get::<_, Option<String>>(1)?.map(|_| json::<Vec<Span>>(row, 1)).transpose()?;
            Ok((state_of(row, 0)?, spans, row.get(2)?, row.get(3)?))
        };
        let read = || self.db.prepare_cached(sql)?.query_row([tweet], row).optional();
        let (state, spans, note, human) = read().map_err(self.failed("reading a tweet"))?.unwrap_or_default();
        let spans = spans.map_or_else(|| self.imported(tweet).map(|example| example.spans), Ok)?;
        Ok(Labelling { state, spans, note, human })
    }

    fn changed(&self, before: &Labelling, change: &Change) -> Result<Labelling, ProjectError> {
        let mut after = before.clone();
        if let Some(spans) = &change.spans {
            let example = self.imported(change.tweet)?;
            check_spans(spans, example.tokens.len())
                .map_err(|cause| ProjectError::Spans { tweet: example.id, cause })?;
            after.spans.clone_from(spans);
            after.spans.sort();
            if after.spans != before.spans {
                after.human = true;
                if matches!(after.state, State::New | State::Seen) {
                    after.state = State::InProgress;
                }
            }
        }
        if let Some(state) = change.state {
            after.state = state;
            after.human |= state == State::Done;
        }
        if let Some(note) = &change.note {
            after.note = Some(note.clone()).filter(|note| !note.is_empty());
        }
        Ok(after)
    }

    /// Undoes or redoes the step `target`.
    fn replay(&mut self, kind: EditKind, target: i64) -> Result<Option<Applied>, ProjectError> {
        let (column, what) = if kind == EditKind::Undo { ("before", "undo") } else { ("after", "redo") };
        let sql = format!("SELECT tweet, {column}, summary FROM edits WHERE step = ? ORDER BY seq");
        let row = |row: &Row<'_>| Ok((row.get(0)?, json(row, 1)?, row.get::<_, String>(2)?));
        let rows = self.rows(what, &sql, [target], row)?;
        let name = rows.first().map(|(_, _, summary)| summary.clone()).unwrap_or_default();
        let mut pairs = IndexMap::new();
        for (tweet, after, _) in rows {
            pairs.insert(tweet, (self.labelling(tweet)?, after));
        }
        let applied = self.write_step(&format!("{what} of “{name}”"), kind, target, &name, pairs)?;
        Ok(applied.map(|applied| Applied { summary: format!("{what}: {name}"), ..applied }))
    }

    /// Appends one step to the log and moves the current labellings on, all or nothing; then memory follows.
    fn write_step(
        &mut self,
        during: &str,
        kind: EditKind,
        target: i64,
        summary: &str,
        mut pairs: IndexMap<TweetId, Pair>,
    ) -> Result<Option<Applied>, ProjectError> {
        // An undo stays a step even if it changes nothing, or it would be undone for ever.
        if kind == EditKind::Edit {
            pairs.retain(|_, (before, after)| before != after);
        }
        if pairs.is_empty() {
            return Ok(None);
        }
        let failed = self.failed(during);
        let step = self.steps.last + 1;
        let (at, who) = (now(), &self.who);
        let write = |db: &mut Connection| -> rusqlite::Result<()> {
            let transaction = db.transaction()?;
            let mut append = transaction.prepare_cached(
                "INSERT INTO edits (at, who, step, kind, target, summary, tweet, before, after) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?;
            let mut update = transaction.prepare_cached(
                "INSERT OR REPLACE INTO labellings (tweet, state, spans, note, human, seq) VALUES (?, ?, ?, ?, ?, ?)",
            )?;
            for (tweet, (before, after)) in &pairs {
                let (before, full) = (to_json(before)?, to_json(after)?);
                let seq = append.insert(params![at, who, step, kind.name(), target, summary, tweet, before, full])?;
                let spans = to_json(&after.spans)?;
                update.execute(params![tweet, after.state.name(), spans, after.note, after.human, seq])?;
            }
            drop((append, update));
            transaction.commit()
        };
        write(&mut self.db).map_err(failed)?;
        self.steps.take(step, kind, target);
        for (tweet, (_, after)) in &pairs {
            if let Some(index) = self.index_of(*tweet) {
                self.queue[index].state = after.state;
            }
        }
        Ok(Some(Applied { tweets: pairs.into_keys().collect(), summary: summary.to_owned() }))
    }
}

/// The time as it stands in the store: RFC 3339 in UTC.
pub(super) fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Reads a column that holds JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

fn state_of(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    let name = row.get_ref(column)?.as_str()?;
    State::from_name(name).ok_or_else(|| unknown(column, name))
}

fn kind_of(row: &Row<'_>, column: usize) -> rusqlite::Result<EditKind> {
    let name = row.get_ref(column)?.as_str()?;
    EditKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| unknown(column, name))
}

fn unknown(column: usize, name: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("`{name}` is not known").into())
}
