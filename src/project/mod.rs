//! One annotator's work: a `NAME.spanlight/` folder with the corpus, every edit ever made, and where one left off.
//!
//! The folder holds `project.toml` (settings), `store.sqlite` (tweets as imported, an append-only log of edits and the
//! current labelling beside it), `lock` (who has it open) and `models/` (the worker's checkpoints).

mod queue;
mod settings;

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use spanlight_models::example::{Example, Repair, Span, TagScheme};

use crate::corpus::{Corpus, Format, ImageStore};

pub use queue::{QueueItem, Role, Snippet, State, TweetId};
pub use settings::Settings;

/// An open project.
#[derive(Debug)]
pub struct Project {}

/// A tweet with its current labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Tweet {
    /// Row in the store.
    pub id: TweetId,
    /// Tokens, current spans, images, contexts, boxes.
    pub example: Example,
    /// How far its labelling is.
    pub state: State,
    /// What a person wrote about it.
    pub note: Option<String>,
    /// Whether a person touched or confirmed its labels.
    pub human: bool,
}

/// What is to change on one tweet; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// The tweet.
    pub tweet: TweetId,
    /// Its new labels.
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

/// How many tweets a training step may take of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainingCaps {
    /// Most recent corrections first.
    pub corrections: usize,
    /// A stable sample.
    pub replay: usize,
    /// A stable sample, the same for every training step.
    pub held_out: usize,
}

/// A tweet to learn from or to score on.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingTweet {
    /// Row in the store.
    pub tweet: TweetId,
    /// Tokens and current spans.
    pub example: Example,
    /// File of the preferred image, if there is one.
    pub image: Option<PathBuf>,
}

/// What one training step works with; no tweet is in two of the lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingSet {
    /// Tweets that a person confirmed or changed since the model last learned.
    pub corrections: Vec<TrainingTweet>,
    /// Older gold and corrections learned before.
    pub replay: Vec<TrainingTweet>,
    /// Gold that is never trained on.
    pub held_out: Vec<TrainingTweet>,
    /// The last edit that is in here; hand it to [`Project::mark_learned`].
    pub through: i64,
}

impl Project {
    /// Makes a project folder and opens it; the folder must not hold a project yet.
    pub fn create(dir: &Path, settings: Settings) -> Result<Self, ProjectError> {
        todo!()
    }
    /// Opens a project for work; a second writer gets [`ProjectError::Locked`].
    pub fn open(dir: &Path) -> Result<Self, ProjectError> {
        todo!()
    }
    /// Opens a project to look at or to export, also while another program works in it.
    pub fn open_read_only(dir: &Path) -> Result<Self, ProjectError> {
        todo!()
    }
    /// Whether `dir` is a project folder.
    pub fn is_project(dir: &Path) -> bool {
        todo!()
    }
    /// The project's folder.
    pub fn dir(&self) -> &Path {
        todo!()
    }
    /// The folder for the worker's checkpoints.
    pub fn models_dir(&self) -> PathBuf {
        todo!()
    }
    /// Takes in a corpus, in one transaction; new entity types are added to the settings.
    pub fn import(&mut self, corpus: &Corpus, role: Role) -> Result<ImportReport, ProjectError> {
        todo!()
    }
    /// Entity types, tag scheme, image folders.
    pub fn settings(&self) -> &Settings {
        todo!()
    }
    /// Writes new settings to the folder, then uses them.
    pub fn update_settings(&mut self, settings: Settings) -> Result<(), ProjectError> {
        todo!()
    }
    /// All tweets of role [`Role::Label`] in order of import.
    pub fn queue(&self) -> &[QueueItem] {
        todo!()
    }
    /// Place of a tweet in the queue.
    pub fn index_of(&self, tweet: TweetId) -> Option<usize> {
        todo!()
    }
    /// The queue's rows `range` with the beginnings of their texts; from memory.
    pub fn snippets(&self, range: Range<usize>) -> Vec<Snippet> {
        todo!()
    }
    /// A tweet with its current labels.
    pub fn tweet(&self, tweet: TweetId) -> Result<Tweet, ProjectError> {
        todo!()
    }
    /// The first tweet of the queue with this id in its corpus.
    pub fn find_id(&self, id: &str) -> Result<Option<TweetId>, ProjectError> {
        todo!()
    }
    /// Changes tweets in one durable transaction, which is one step of undo; `None` where nothing would change.
    pub fn apply(&mut self, summary: &str, changes: &[Change]) -> Result<Option<Applied>, ProjectError> {
        todo!()
    }
    /// Takes back the last step that still stands; `None` where there is none.
    pub fn undo(&mut self) -> Result<Option<Applied>, ProjectError> {
        todo!()
    }
    /// Does again what was undone last; `None` where there is none.
    pub fn redo(&mut self) -> Result<Option<Applied>, ProjectError> {
        todo!()
    }
    /// Everything that ever happened to a tweet, oldest first.
    pub fn history(&self, tweet: TweetId) -> Result<Vec<HistoryEntry>, ProjectError> {
        todo!()
    }
    /// Notes that a new tweet was looked at; no step of undo.
    pub fn mark_seen(&mut self, tweet: TweetId) -> Result<(), ProjectError> {
        todo!()
    }
    /// The tweet one was at.
    pub fn position(&self) -> Option<TweetId> {
        todo!()
    }
    /// Remembers the tweet one is at.
    pub fn set_position(&mut self, tweet: TweetId) -> Result<(), ProjectError> {
        todo!()
    }
    /// Tweets of the queue whose text contains `text`, whatever the case; tokens are joined by one space.
    pub fn search(&self, text: &str) -> Vec<TweetId> {
        todo!()
    }
    /// Where exactly these tokens occur in the queue.
    pub fn occurrences(&self, tokens: &[String]) -> Result<Vec<(TweetId, Range<usize>)>, ProjectError> {
        todo!()
    }
    /// Takes in how unsure a model is of each tweet.
    pub fn record_scores(&mut self, scores: &[(TweetId, f32)]) -> Result<(), ProjectError> {
        todo!()
    }
    /// What a training step may learn from.
    pub fn training_set(&self, caps: TrainingCaps) -> Result<TrainingSet, ProjectError> {
        todo!()
    }
    /// Notes that model `version` learned the edits up to `through` (of [`TrainingSet`]).
    pub fn mark_learned(&mut self, version: u64, through: i64) -> Result<(), ProjectError> {
        todo!()
    }
    /// Forgets what was learned by models after `version`, because the model went back to it.
    pub fn unlearn_after(&mut self, version: u64) -> Result<(), ProjectError> {
        todo!()
    }
    /// Writes tweets with their current labels.
    pub fn export(&self, options: &ExportOptions, out: &mut dyn Write) -> Result<ExportReport, ProjectError> {
        todo!()
    }
    /// Writes tweets to a file, aside and then renamed, so that no half export is ever there.
    pub fn export_to_file(&self, options: &ExportOptions, path: &Path) -> Result<ExportReport, ProjectError> {
        todo!()
    }
    /// Finds images by their ids.
    pub fn images(&self) -> &ImageStore {
        todo!()
    }
    /// Counts over the project.
    pub fn stats(&self) -> Result<Stats, ProjectError> {
        todo!()
    }
}

/// What became of an import.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportReport {
    /// Number of tweets taken in.
    pub tweets: usize,
    /// Entity types that the settings did not have.
    pub new_types: Vec<String>,
    /// Tags that were read differently from how they stand.
    pub repairs: Listed<RepairedTag>,
    /// Tweets left out by `skip_bad`.
    pub skipped: Listed<SkippedTweet>,
    /// Ids that the project already had.
    pub repeated_ids: Listed<String>,
}

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportOptions {
    /// Format of the output.
    pub format: Format,
    /// Role of the tweets to write.
    pub role: Role,
}

/// What became of an export.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExportReport {
    /// Number of tweets written.
    pub tweets: usize,
    /// How many of them are byte for byte as they were imported.
    pub unchanged: usize,
    /// Tags that are written differently from how they were imported, in tweets whose labels nobody changed.
    pub repairs: Listed<RepairedTag>,
    /// Tweets that the format cannot hold, with the reason.
    pub left_out: Listed<SkippedTweet>,
    /// Tweets whose images, contexts or boxes the format cannot hold.
    pub reduced: usize,
}

/// One line of a tweet's history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Who.
    pub who: String,
    /// Edit, undo or redo.
    pub kind: EditKind,
    /// What the step was called.
    pub summary: String,
    /// Labels, state and note before.
    pub before: Labelling,
    /// Labels, state and note after.
    pub after: Labelling,
}

/// Whether a step is new or moves along the old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditKind {
    /// A new edit.
    Edit,
    /// Takes a step back.
    Undo,
    /// Does an undone step again.
    Redo,
}

/// All that can be edited on a tweet.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelling {
    /// Entities.
    pub spans: Vec<Span>,
    /// State.
    pub state: State,
    /// Note.
    pub note: Option<String>,
    /// Whether a person touched or confirmed the labels.
    pub human: bool,
}

/// Counts over a project.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Stats {
    /// Tweets of the queue.
    pub tweets: usize,
    /// Tweets of the queue per state.
    pub states: indexmap::IndexMap<State, usize>,
    /// Entities of the queue per type.
    pub types: indexmap::IndexMap<String, usize>,
    /// Edits, undos and redos.
    pub edits: usize,
    /// Edits per day (UTC) and person.
    pub days: Vec<(String, String, usize)>,
}
