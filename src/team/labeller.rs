//! One annotator: a project, or a corpus in which every tweet counts as labelled.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;
use spanlight_models::example::{Example, RegionBox, Span};

use super::TeamError;
use crate::corpus::{Corpus, Format, Layout, ReadOptions};
use crate::project::{Clock, ImportedFile, Project, Role, State, TweetId};

/// Which tweets of a project count as labelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Counting {
    /// Those that are done.
    #[default]
    Done,
    /// Those whose labels a person changed or confirmed, skipped ones not.
    Touched,
    /// All but the skipped ones, also those that are as they were imported.
    All,
}

impl Counting {
    /// All ways to count, by their names on the command line.
    pub const ALL: [(&'static str, Self); 3] = [("done", Self::Done), ("touched", Self::Touched), ("all", Self::All)];

    fn counts(self, state: State, human: bool) -> bool {
        match self {
            Self::Done => state == State::Done,
            Self::Touched => human && state != State::Skipped,
            Self::All => state != State::Skipped,
        }
    }
}

/// A type that is called otherwise from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// What annotators called it.
    pub from: String,
    /// What it is called.
    pub to: String,
}

impl FromStr for Rename {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok(Self { from: from.into(), to: to.into() }),
            _ => Err("expected OLD=NEW, two names of types".to_owned()),
        }
    }
}

/// Calls types by their new names.
fn rename(label: &mut String, renames: &[Rename]) {
    if let Some(rename) = renames.iter().find(|rename| rename.from == *label) {
        label.clone_from(&rename.to);
    }
}

/// Calls the types of entities by their new names.
pub(super) fn rename_spans(spans: &mut [Span], renames: &[Rename]) {
    for span in spans {
        rename(&mut span.label, renames);
    }
}

/// An annotator and where the labels are.
#[derive(Clone, Debug, Serialize)]
pub struct Labeller {
    /// Name of the project or file without its ending; the whole path where two have the same name.
    pub name: String,
    /// The project or file.
    pub path: PathBuf,
    /// Number of tweets.
    pub tweets: usize,
    /// Number of tweets that count as labelled.
    pub labelled: usize,
    /// Number of tweets that were begun and do not count.
    pub unfinished: usize,
    /// Entities of the tweets that count.
    pub entities: usize,
    /// The types that could be chosen, renamed ones by their new name.
    pub types: Vec<String>,
    /// What the times of the edits tell; a corpus has none.
    pub clock: Option<Clock>,
}

/// A tweet as one annotator has it, not read yet.
pub(super) struct Entry {
    pub name: String,
    pub source: Vec<u8>,
    /// Place of its file among [`Opened::files`].
    pub file: usize,
    pub state: State,
    pub spans: Option<Vec<Span>>,
    pub note: Option<String>,
    /// What else a project has of it.
    pub beside: Option<Beside>,
    pub human: bool,
    pub counts: bool,
}

/// What a project has of a tweet besides its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// The tweet's row in the store.
    pub row: TweetId,
    /// The boxes that the annotator drew; `None`: as the corpus has them.
    pub boxes: Option<Vec<RegionBox>>,
}

/// Where tweets come from.
pub(super) struct SourceFile {
    pub format: Format,
    pub layout: Layout,
    /// What a project knows of it.
    pub imported: Option<ImportedFile>,
}

impl SourceFile {
    /// Reads a tweet from its bytes; the name is for messages.
    pub fn read(&self, name: &str, source: &[u8], path: &Path) -> Result<Example, TeamError> {
        let (file, tweet) = (path.to_owned(), name.to_owned());
        let failed = |cause| TeamError::Tweet { file, tweet, cause: Box::new(cause) };
        self.format.read_tweet(source, self.layout).map(|(example, _)| example).map_err(failed)
    }
}

/// The project and the version that a path `PROJECT@VERSION` means; nothing where the path itself is there.
pub(super) fn versioned(path: &Path) -> Option<(PathBuf, &str)> {
    let (dir, version) = path.to_str().filter(|_| !path.exists())?.rsplit_once('@')?;
    let dir = PathBuf::from(dir);
    Project::is_project(&dir).then_some((dir, version))
}

/// What is open for reading: a project, or a corpus.
pub(super) enum Opened {
    Project(Box<Project>),
    Corpus(Box<Corpus>),
}

impl Opened {
    pub fn open(path: &Path, options: ReadOptions) -> Result<Self, TeamError> {
        if let Some((dir, version)) = versioned(path) {
            return Ok(Self::Project(Box::new(Project::open_version(&dir, version)?)));
        }
        if path.is_dir() {
            return Ok(Self::Project(Box::new(Project::open_read_only(path)?)));
        }
        Ok(Self::Corpus(Box::new(Corpus::read(path, options)?)))
    }

    pub fn project(&self) -> Option<&Project> {
        match self {
            Self::Project(project) => Some(project),
            Self::Corpus(_) => None,
        }
    }

    pub fn files(&self) -> Vec<SourceFile> {
        match self {
            Self::Project(project) => project
                .files()
                .iter()
                .map(|file| SourceFile { format: file.format, layout: file.layout, imported: Some(file.clone()) })
                .collect(),
            Self::Corpus(corpus) => {
                vec![SourceFile { format: corpus.format(), layout: corpus.layout(), imported: None }]
            }
        }
    }

    /// The types that could be chosen.
    pub fn types(&self, renames: &[Rename]) -> Vec<String> {
        let labels = match self {
            Self::Project(project) => &project.settings().labels,
            Self::Corpus(corpus) => corpus.labels(),
        };
        let mut types: Vec<String> = Vec::new();
        for name in labels.names() {
            let mut name = name.to_owned();
            rename(&mut name, renames);
            if !types.contains(&name) {
                types.push(name);
            }
        }
        types
    }

    pub fn clock(&self) -> Result<Option<Clock>, TeamError> {
        Ok(self.project().map(Project::clock).transpose()?)
    }

    /// All tweets that are there to be labelled, in order.
    pub fn each(
        &self,
        counting: Counting,
        mut take: impl FnMut(Entry) -> Result<(), TeamError>,
    ) -> Result<(), TeamError> {
        match self {
            Self::Corpus(corpus) => {
                for index in 0..corpus.len() {
                    let Example { id, spans, .. } = corpus.example(index);
                    let source = corpus.source(index).to_vec();
                    let (state, spans) = (State::Done, Some(spans));
                    let (note, beside, human, counts) = (None, None, true, true);
                    take(Entry { name: id, source, file: 0, state, spans, note, beside, human, counts })?;
                }
                Ok(())
            }
            Self::Project(project) => {
                let mut result = Ok(());
                project.each_labelled(Role::Label, |tweet| {
                    if result.is_ok() {
                        // Every tweet belongs to a file; the store checks that itself.
                        let file = project.files().iter().position(|file| file.id == tweet.file).unwrap_or(0);
                        let counts = counting.counts(tweet.state, tweet.human);
                        let (name, source, state, spans) = (tweet.name, tweet.source, tweet.state, tweet.spans);
                        let (note, human) = (tweet.note, tweet.human);
                        let beside = Some(Beside { row: tweet.row, boxes: tweet.boxes });
                        result = take(Entry { name, source, file, state, spans, note, beside, human, counts });
                    }
                    Ok(())
                })?;
                result
            }
        }
    }
}
