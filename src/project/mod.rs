//! One annotator's work: a `NAME.spanlight/` folder with the corpus, every edit ever made, and where one left off.
//!
//! The folder holds `project.toml` (settings), `store.sqlite` (tweets as imported, an append-only log of edits and the
//! current labelling beside it), `lock` (who has it open) and `models/` (the worker's checkpoints). Every change is one
//! durable transaction; what is in memory follows only after it.

pub mod adjudication;
mod boxes;
mod bulk;
mod comments;
pub mod contexts;
mod dictionary;
mod dismissed;
mod error;
mod export;
mod facts;
mod history;
mod images;
mod import;
pub(crate) mod lock;
mod log;
mod next;
pub mod progress;
mod queue;
mod remarks_of_corpus;
mod schema;
mod scores;
mod settings;
mod settle;
mod stats;
mod steps;
mod structure;
mod suggested;
mod text;
mod training;
mod types;
mod versions;
mod views;
mod voices;

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction};
use serde::Serialize;
use spanlight_models::example::{Example, Repair};

use crate::corpus::{Format, ImageStore, Layout};

pub use adjudication::Voice;
pub use bulk::{Bulk, BulkChange, BulkReport, add_beside, contradicts, occurrences};
pub use comments::{Comment, CommentAnswer, CommentId, CommentKind, ListedRemark, Remark, StoredComment};
pub use dictionary::{Dictionary, DictionarySource, Known};
pub use error::ProjectError;
pub use export::{ExportOptions, ExportReport, FlattenedTweet};
pub use history::Point;
pub use import::ImportReport;
pub use lock::Holder;
pub use log::{Applied, Change, EditKind, HistoryEntry, Labelling};
pub use next::Search;
pub use queue::{QueueItem, Role, Snippet, State, TweetId};
pub use scores::{ScoredTweet, Scores};
pub use settings::{EntityType, Settings};
pub use stats::{Day, Stats};
pub use steps::StepId;
pub use structure::Misfit;
pub use suggested::Suggested;
pub use training::{TrainingCaps, TrainingSet, TrainingTweet};
pub use types::{LabelsOfRemoved, TypeEdit, TypePreview, TypeSample, TypeUse};
pub use versions::{NOW, Restored, Version};
pub use views::View;
pub use voices::{Annotator, Clock, Labelled, MERGED, MergedFile, MergedTweet, Outcome, contested_in};

use lock::LockError;
use steps::Steps;
use text::TextIndex;

const STORE: &str = "store.sqlite";
const SETTINGS: &str = "project.toml";
const LOCK: &str = "lock";
const MODELS: &str = "models";

/// An open project.
#[derive(Debug)]
pub struct Project {
    dir: PathBuf,
    db: Connection,
    settings: Settings,
    images: ImageStore,
    files: Vec<ImportedFile>,
    queue: Vec<QueueItem>,
    text: TextIndex,
    steps: Steps,
    position: Option<TweetId>,
    /// How far the annotators of a merged project differ, once it was asked.
    differences: HashMap<TweetId, f32>,
    /// Tweets that exports and counts are restricted to.
    narrowed: Option<HashSet<TweetId>>,
    who: String,
    /// Number of changes through this connection that are in the database's file, not only in its log.
    settled: u64,
    /// Held as long as the project is open for work; `None`: read-only.
    lock: Option<File>,
}

/// A file that was imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedFile {
    /// Row in the store.
    pub id: i64,
    /// Its name when it was imported.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Its format.
    pub format: Format,
    /// What its format leaves open and the file decides.
    pub layout: Layout,
    /// Number of its tweets.
    pub tweets: usize,
    /// When it was imported, RFC 3339 in UTC.
    pub at: String,
    /// The first of its tweets; the others follow, since one import is one transaction.
    #[serde(skip)]
    first: TweetId,
    #[serde(skip)]
    digest: i64,
}

impl ImportedFile {
    /// Whether both were imported from the same bytes.
    pub fn same_bytes(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

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
    /// Id of the image that a person prefers to the others, which then stands first.
    pub preferred: Option<String>,
    /// Whether a person changed or confirmed its labels.
    pub human: bool,
}

impl Project {
    /// Makes a project folder and opens it; the folder may be there, but must not hold a project yet.
    pub fn create(dir: &Path, settings: &Settings) -> Result<Self, ProjectError> {
        let failed = |cause| ProjectError::io(dir, "making the project folder", cause);
        fs::create_dir_all(dir.join(MODELS)).map_err(failed)?;
        // The lock first: of two programs that make the same project, one is refused.
        let lock = take_lock(dir)?;
        if Self::is_project(dir) {
            return Err(ProjectError::AlreadyThere { dir: dir.to_owned() });
        }
        settings.write(&dir.join(SETTINGS))?;
        schema::create(&dir.join(STORE))?;
        Self::load(dir, Some(lock))
    }

    /// Opens a project for work; a second writer gets [`ProjectError::Locked`].
    pub fn open(dir: &Path) -> Result<Self, ProjectError> {
        if !Self::is_project(dir) {
            return Err(ProjectError::NotAProject { dir: dir.to_owned() });
        }
        let lock = take_lock(dir)?;
        Self::load(dir, Some(lock))
    }

    /// Opens a project to look at or to export, also while another program works in it.
    pub fn open_read_only(dir: &Path) -> Result<Self, ProjectError> {
        if !Self::is_project(dir) {
            return Err(ProjectError::NotAProject { dir: dir.to_owned() });
        }
        Self::load(dir, None)
    }

    /// The settings of the project in `dir`, without opening it.
    pub fn settings_in(dir: &Path) -> Result<Settings, ProjectError> {
        Settings::read(&dir.join(SETTINGS))
    }

    /// Whether `dir` holds a project.
    pub fn is_project(dir: &Path) -> bool {
        dir.join(STORE).is_file()
    }

    fn load(dir: &Path, lock: Option<File>) -> Result<Self, ProjectError> {
        let db = schema::open(&dir.join(STORE), lock.is_none())?;
        let settings = Settings::read(&dir.join(SETTINGS))?;
        let mut project = Self {
            images: ImageStore::new(settings.image_folders(dir)),
            dir: dir.to_owned(),
            db,
            settings,
            files: Vec::new(),
            queue: Vec::new(),
            text: TextIndex::default(),
            steps: Steps::default(),
            position: None,
            differences: HashMap::new(),
            narrowed: None,
            who: lock::user(),
            settled: 0,
            lock,
        };
        // What a crash left in the log.
        if !project.is_read_only() {
            project.settle_and_trim();
        }
        project.take_unwritten_types()?;
        project.files = project.load_files()?;
        project.steps = Steps::load(&project.db).map_err(project.failed("reading the log of edits"))?;
        project.load_queue()?;
        Ok(project)
    }

    /// The project's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder for the worker's checkpoints.
    pub fn models_dir(&self) -> PathBuf {
        self.dir.join(MODELS)
    }

    /// Whether it was opened read-only.
    pub fn is_read_only(&self) -> bool {
        self.lock.is_none()
    }

    /// Who works in it: the name that stands beside every edit.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// The files that were imported, in order.
    pub fn files(&self) -> &[ImportedFile] {
        &self.files
    }

    /// Entity types, tag scheme, image folders.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Writes new settings to the folder, then uses them.
    pub fn update_settings(&mut self, settings: Settings) -> Result<(), ProjectError> {
        if self.is_read_only() {
            return Err(ProjectError::ReadOnly { during: "saving the settings".to_owned() });
        }
        settings.write(&self.dir.join(SETTINGS))?;
        if settings.images != self.settings.images {
            self.images = ImageStore::new(settings.image_folders(&self.dir));
        }
        self.settings = settings;
        Ok(())
    }

    /// The file with the annotation guidelines, whether it is there or not.
    pub fn guidelines_file(&self) -> PathBuf {
        self.settings.guidelines_file(&self.dir)
    }

    /// Finds images by their ids.
    pub fn images(&self) -> &ImageStore {
        &self.images
    }

    /// Lists the image folders again, for images that came later.
    pub fn refresh_images(&mut self) {
        self.images.refresh();
    }

    /// A tweet with its current labels and all images that the folders have for it, the preferred one first.
    pub fn tweet(&self, tweet: TweetId) -> Result<Tweet, ProjectError> {
        let mut example = self.imported(tweet)?;
        let labelling = self.labelling(tweet)?;
        example.spans = labelling.spans;
        example.contexts = contexts::current(tweet, example.contexts, self.contexts_beside(tweet)?);
        self.order_images(&mut example, labelling.image.as_deref());
        if let Some(boxes) = labelling.boxes {
            example.boxes = boxes;
        }
        let Labelling { state, note, image: preferred, human, .. } = labelling;
        Ok(Tweet { id: tweet, example, state, note, preferred, human })
    }

    /// A tweet as it was imported.
    pub fn imported(&self, tweet: TweetId) -> Result<Example, ProjectError> {
        let (file, name, source) = self.source(tweet)?;
        Ok(Example { id: name.clone(), ..self.imported_from(file, &name, &source)? })
    }

    /// The tags of a tweet that were read differently when it was imported.
    pub fn repairs(&self, tweet: TweetId) -> Result<Vec<Repair>, ProjectError> {
        let (file, name, source) = self.source(tweet)?;
        let file = self.file(file)?;
        let read = file.format.read_tweet(&source, file.layout);
        read.map(|(_, repairs)| repairs).map_err(|cause| ProjectError::Tweet { tweet: name, cause })
    }

    /// The number of a tweet's file, its id and its bytes.
    fn source(&self, tweet: TweetId) -> Result<(i64, String, Vec<u8>), ProjectError> {
        let sql = "SELECT file, name, source FROM tweets WHERE id = ?";
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?));
        let read = || self.db.prepare_cached(sql)?.query_row([tweet], row).optional();
        let found = read().map_err(self.failed("reading a tweet"))?;
        found.ok_or(ProjectError::NoSuchTweet(tweet))
    }

    /// A tweet as it was imported, from its bytes; its id is empty where the bytes give none.
    pub(crate) fn imported_from(&self, file: i64, name: &str, source: &[u8]) -> Result<Example, ProjectError> {
        let file = self.file(file)?;
        match file.format.read_tweet(source, file.layout) {
            Ok((example, _)) => Ok(example),
            Err(cause) => Err(ProjectError::Tweet { tweet: name.to_owned(), cause }),
        }
    }

    fn file(&self, id: i64) -> Result<&ImportedFile, ProjectError> {
        let file = self.files.iter().find(|file| file.id == id);
        file.ok_or_else(|| self.corrupt(format!("file {id} is missing")))
    }

    fn load_files(&self) -> Result<Vec<ImportedFile>, ProjectError> {
        let sql = "SELECT f.id, f.name, f.role, f.format, f.layout, f.at, f.digest, COUNT(t.id), \
                   COALESCE(MIN(t.id), 0) \
                   FROM files f LEFT JOIN tweets t ON t.file = f.id GROUP BY f.id ORDER BY f.id";
        let file = |row: &Row<'_>| {
            let known = (Role::from_name(row.get_ref(2)?.as_str()?), row.get_ref(3)?.as_str()?.parse().ok());
            let layout = log::json(row, 4)?;
            let (Some(role), Some(format)) = known else { return Ok(None) };
            let (id, name, at) = (row.get(0)?, row.get(1)?, row.get(5)?);
            let (digest, tweets, first) = (row.get(6)?, row.get(7)?, row.get(8)?);
            Ok(Some(ImportedFile { id, name, role, format, layout, tweets, at, first, digest }))
        };
        let files: Option<Vec<_>> = self.rows("reading the list of files", sql, [], file)?.into_iter().collect();
        files.ok_or_else(|| self.corrupt("a file has an unknown role or format".to_owned()))
    }

    /// Runs a change that may be lost with the machine's power, but not with this process; it is not waited for.
    fn casually<T>(
        &mut self,
        during: &str,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, ProjectError> {
        let failed = self.failed(during);
        let run = |db: &mut Connection| {
            db.pragma_update(None, "synchronous", "NORMAL")?;
            let transaction = db.transaction()?;
            let result = change(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        let result = run(&mut self.db);
        let restored = self.db.pragma_update(None, "synchronous", "FULL");
        result.and_then(|result| restored.map(|()| result)).map_err(failed)
    }

    /// All rows of a query.
    fn rows<T>(
        &self,
        during: &str,
        sql: &str,
        values: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, ProjectError> {
        let read = || self.db.prepare_cached(sql)?.query_map(values, row)?.collect::<Result<Vec<T>, _>>();
        read().map_err(self.failed(during))
    }

    /// Turns what the database says into an error that says what was being done.
    fn failed(&self, during: &str) -> impl Fn(rusqlite::Error) -> ProjectError + use<> {
        let (store, during) = (self.dir.join(STORE), during.to_owned());
        move |cause| ProjectError::store(&store, &during, cause)
    }

    fn corrupt(&self, what: String) -> ProjectError {
        ProjectError::Corrupt { path: self.dir.join(STORE), what }
    }
}

fn take_lock(dir: &Path) -> Result<File, ProjectError> {
    lock::acquire(&dir.join(LOCK)).map_err(|error| match error {
        LockError::Held(holder) => ProjectError::Locked { dir: dir.to_owned(), holder: Box::new(holder) },
        LockError::Io(cause) => ProjectError::io(&dir.join(LOCK), "locking the project", cause),
    })
}
