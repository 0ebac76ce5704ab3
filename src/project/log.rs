//! Edits: appended and never changed; undo and redo are edits too, so they work over everything and over restarts.

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use spanlight_models::example::{RegionBox, Span, SpanStructure, check_spans};

use super::boxes::follow;
use super::comments::{Comment, CommentId};
use super::contexts::{ContextId, ContextRecord};
use super::steps::{Changes, Step, StepId};
use super::suggested::{Answered, Suggested};
use super::voices::Opinions;
use super::{EntityType, Project, ProjectError, State, TweetId};

/// All that can be edited on a tweet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Labelling {
    /// State.
    pub state: State,
    /// Entities, in order.
    pub spans: Vec<Span>,
    /// What a person wrote about the tweet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Id of the image that a person prefers to the others of the tweet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Where entities are visible, once a person drew or took away a box; `None`: as the corpus has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boxes: Option<Vec<RegionBox>>,
    /// Whether a person changed or confirmed the labels.
    pub human: bool,
    /// Suspicions about the labels that a person turned down, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dismissed: Vec<String>,
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
    /// The tweets whose labels, state, note, preferred image or contexts changed.
    pub tweets: Vec<TweetId>,
    /// Those of them that a model reads otherwise from now on: their preferred image or their contexts changed.
    pub reread: Vec<TweetId>,
    /// Whether the entity types of the project changed.
    pub types: bool,
    /// One line for the status bar: `label PER`, `undo: label PER`.
    pub summary: String,
    /// Its number in the log.
    pub step: StepId,
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

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Undo => "undo",
            Self::Redo => "redo",
        }
    }
}

/// One line of the history of a tweet's labelling, or of something else that is edited.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryEntry<T = Labelling> {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Who.
    pub who: String,
    /// Edit, undo or redo.
    pub kind: EditKind,
    /// What the step was called.
    pub summary: String,
    /// Before the step.
    pub before: T,
    /// After the step.
    pub after: T,
}

impl<T: serde::de::DeserializeOwned> HistoryEntry<T> {
    /// Reads the columns `at, who, kind, summary, before, after`.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            at: row.get(0)?,
            who: row.get(1)?,
            kind: kind_of(row, 2)?,
            summary: row.get(3)?,
            before: json(row, 4)?,
            after: json(row, 5)?,
        })
    }
}

/// Where a row of the log leads.
enum Replayed {
    Labels(Labelling),
    Context(i64, Option<ContextRecord>),
}

/// The same for a row of what is not of one labelling: first where it comes from, then where it leads.
enum ReplayedOfProject {
    Types(Vec<EntityType>, Vec<EntityType>),
    Comment(CommentId, Option<Comment>),
    Voices(TweetId, Opinions),
}

impl Project {
    /// Changes tweets in one durable transaction, which is one step of undo; `None` where nothing would change.
    pub fn apply(&mut self, summary: &str, changes: &[Change]) -> Result<Option<Applied>, ProjectError> {
        self.apply_beside(summary, changes, &[])
    }

    /// The same where a model had suggested something, so that it is known what became of that.
    pub fn apply_beside(
        &mut self,
        summary: &str,
        changes: &[Change],
        suggested: &[Suggested],
    ) -> Result<Option<Applied>, ProjectError> {
        let mut step = Changes::default();
        for change in changes {
            let before = match step.labels.get(&change.tweet) {
                Some((_, so_far)) => so_far.clone(),
                None => self.labelling(change.tweet)?,
            };
            let after = self.changed(&before, change)?;
            step.labels.entry(change.tweet).or_insert_with(|| (before, after.clone())).1.clone_from(&after);
        }
        let answered = suggested.iter().filter_map(|suggested| {
            let (before, after) = step.labels.get(&suggested.tweet)?;
            Some((suggested.tweet, Answered::new(suggested, before, after)?))
        });
        step.answered = answered.collect();
        let during = format!("the edit “{summary}”");
        self.write_step(&self.edit_step(&during, summary, None), step)
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

    /// Everything that ever happened to a tweet's labelling, oldest first.
    pub fn history(&self, tweet: TweetId) -> Result<Vec<HistoryEntry>, ProjectError> {
        let sql = "SELECT at, who, kind, summary, before, after FROM edits \
                   WHERE tweet = ? AND slot IS NULL ORDER BY seq";
        self.rows("reading a tweet's history", sql, [tweet], HistoryEntry::read)
    }

    /// The current labelling of a tweet.
    pub(super) fn labelling(&self, tweet: TweetId) -> Result<Labelling, ProjectError> {
        let sql = "SELECT l.state, l.spans, l.note, l.human, l.image, b.boxes FROM labellings l \
                   LEFT JOIN boxes b ON b.tweet = l.tweet WHERE l.tweet = ?";
        let row = |row: &Row<'_>| {
            let spans: Option<Vec<Span>> = optional_json(row, 1)?;
            let boxes: Option<Vec<RegionBox>> = optional_json(row, 5)?;
            Ok((state_of(row, 0)?, spans, row.get(2)?, row.get(3)?, row.get(4)?, boxes))
        };
        let read = || self.db.prepare_cached(sql)?.query_row([tweet], row).optional();
        let found = read().map_err(self.failed("reading a tweet"))?.unwrap_or_default();
        let (state, spans, note, human, image, boxes) = found;
        let spans = spans.map_or_else(|| self.imported(tweet).map(|example| example.spans), Ok)?;
        let dismissed = self.dismissed(tweet)?;
        Ok(Labelling { state, spans, note, image, boxes, human, dismissed })
    }

    fn changed(&self, before: &Labelling, change: &Change) -> Result<Labelling, ProjectError> {
        let mut after = before.clone();
        if let Some(spans) = &change.spans {
            let example = self.imported(change.tweet)?;
            // What they may share with each other is checked where the step is written.
            check_spans(spans, example.tokens.len(), SpanStructure::Overlapping)
                .map_err(|cause| ProjectError::Spans { tweet: example.id, cause })?;
            after.spans.clone_from(spans);
            after.spans.sort();
            if after.spans != before.spans {
                let boxes = before.boxes.as_ref().unwrap_or(&example.boxes);
                let followed = follow(boxes, &before.spans, &after.spans);
                if followed != *boxes {
                    after.boxes = Some(followed);
                }
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
    fn replay(&mut self, kind: EditKind, target: StepId) -> Result<Option<Applied>, ProjectError> {
        // What a step changed several times goes back to before the first time, or on to after the last one.
        let (column, order, what) =
            if kind == EditKind::Undo { ("before", "DESC", "undo") } else { ("after", "ASC", "redo") };
        let sql = format!("SELECT tweet, slot, {column}, summary FROM edits WHERE step = ? ORDER BY seq {order}");
        let mut changes = Changes::default();
        let mut name = String::new();
        let rows = self.rows(what, &sql, [target], |row| {
            name = row.get(3)?;
            let tweet = row.get(0)?;
            Ok(match row.get(1)? {
                None => (tweet, Replayed::Labels(json(row, 2)?)),
                Some(slot) => (tweet, Replayed::Context(slot, json(row, 2)?)),
            })
        })?;
        for (tweet, replayed) in rows {
            match replayed {
                Replayed::Labels(after) => {
                    changes.labels.insert(tweet, (self.labelling(tweet)?, after));
                }
                Replayed::Context(slot, after) => {
                    let id = ContextId { tweet, slot };
                    changes.contexts.insert(id, (self.context(id)?.map(|context| context.record), after));
                }
            }
        }
        self.replay_of_project(kind, target, &mut changes, &mut name)?;
        if kind == EditKind::Undo {
            changes.reverse();
        }
        let during = format!("{what} of “{name}”");
        let step = Step { during: &during, kind, number: self.steps.last + 1, target, summary: &name };
        let applied = self.write_step(&step, changes)?;
        Ok(applied.map(|applied| Applied { summary: format!("{what}: {name}"), ..applied }))
    }

    /// The part of a step that is neither a tweet's labelling nor one of its contexts.
    fn replay_of_project(
        &self,
        kind: EditKind,
        target: StepId,
        changes: &mut Changes,
        name: &mut String,
    ) -> Result<(), ProjectError> {
        let (from, to, order) =
            if kind == EditKind::Undo { ("after", "before", "DESC") } else { ("before", "after", "ASC") };
        let sql = format!(
            "SELECT subject, tweet, id, {from}, {to}, summary FROM project_edits WHERE step = ? ORDER BY seq {order}"
        );
        let rows = self.rows("reading the log of edits", &sql, [target], |row| {
            *name = row.get(5)?;
            Ok(match row.get_ref(0)?.as_str()? {
                "types" => ReplayedOfProject::Types(json(row, 3)?, json(row, 4)?),
                "voices" => ReplayedOfProject::Voices(row.get(1)?, json(row, 4)?),
                _ => ReplayedOfProject::Comment(row.get(2)?, json(row, 4)?),
            })
        })?;
        for row in rows {
            match row {
                ReplayedOfProject::Types(from, to) => {
                    let current = self.settings.types();
                    let after = super::types::restored(&current, &from, &to);
                    changes.types = Some((current, after));
                }
                ReplayedOfProject::Comment(id, after) => {
                    changes.comments.insert(id, (self.comment(id)?, after));
                }
                ReplayedOfProject::Voices(tweet, after) => {
                    changes.voices.insert(tweet, (self.opinions(tweet)?, after));
                }
            }
        }
        Ok(())
    }
}

/// The time as it stands in the store: RFC 3339 in UTC.
pub(super) fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

pub(super) fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Reads a column that holds JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

/// Reads a column that holds JSON or nothing.
pub(super) fn optional_json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    row.get_ref(column)?.as_str_or_null()?.map(|_| json(row, column)).transpose()
}

fn state_of(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    let name = row.get_ref(column)?.as_str()?;
    State::from_name(name).ok_or_else(|| unknown(column, name))
}

pub(super) fn kind_of(row: &Row<'_>, column: usize) -> rusqlite::Result<EditKind> {
    let name = row.get_ref(column)?.as_str()?;
    EditKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| unknown(column, name))
}

fn unknown(column: usize, name: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("`{name}` is not known").into())
}
