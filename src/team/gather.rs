//! The same tweets of several annotators, side by side.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use spanlight_models::example::Span;
use spanlight_models::metrics::agreement::Judgement;

use super::TeamError;
use super::labeller::{Beside, Counting, Entry, Labeller, Opened, Rename, SourceFile, rename_spans, versioned};
use super::stage::{Stage, Watch};
use crate::corpus::{Listed, ReadOptions};
use crate::project::{Project, State};

/// What one annotator made of a tweet.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The entities, in order.
    pub spans: Vec<Span>,
    /// How far the labelling is.
    pub state: State,
    /// What the annotator wrote about the tweet.
    pub note: Option<String>,
    /// What the annotator's project has of it besides; a corpus has nothing.
    pub beside: Option<Beside>,
    /// Whether a person changed or confirmed the labels.
    pub human: bool,
    /// Whether the tweet counts as labelled.
    pub counts: bool,
}

/// A tweet that at least one annotator has.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// Its id in the corpus.
    pub id: String,
    /// Its tokens.
    pub tokens: Vec<String>,
    /// Its bytes in the file of the first annotator who has it.
    pub source: Vec<u8>,
    /// Its entities as that annotator imported them, renamed.
    pub imported: Vec<Span>,
    /// Whether types in it were renamed.
    pub renamed: bool,
    /// That annotator, and the file's place among the annotator's files.
    pub origin: (usize, usize),
    /// What each annotator made of it; `None` where one does not have it.
    pub sides: Vec<Option<Side>>,
}

impl Gathered {
    /// The sides that count, with the places of their annotators.
    pub fn labelled(&self) -> impl Iterator<Item = (usize, &Side)> {
        let sides = self.sides.iter().enumerate();
        sides.filter_map(|(who, side)| side.as_ref().filter(|side| side.counts).map(|side| (who, side)))
    }

    /// For the measures of agreement.
    pub fn judgement(&self) -> Judgement<'_> {
        let counted = self.sides.iter().map(|side| side.as_ref().filter(|side| side.counts));
        let by = counted.map(|side| side.map(|side| side.spans.as_slice()));
        Judgement { tokens: self.tokens.len(), by: by.collect() }
    }
}

/// Annotators and their tweets.
pub struct Team {
    /// The annotators, as they were given.
    pub labellers: Vec<Labeller>,
    /// All tweets: those of the first annotator in order, then what the others have besides.
    pub tweets: Vec<Gathered>,
    pub(super) opened: Vec<Opened>,
    pub(super) files: Vec<Vec<SourceFile>>,
    by_id: HashMap<String, Vec<usize>>,
}

impl Team {
    /// Reads the labels of several annotators.
    pub fn gather(
        paths: &[PathBuf],
        options: ReadOptions,
        counting: Counting,
        renames: &[Rename],
        watch: &mut Watch<'_>,
    ) -> Result<Self, TeamError> {
        let names = names(paths)?;
        let mut team = Self {
            labellers: Vec::new(),
            tweets: Vec::new(),
            opened: Vec::new(),
            files: Vec::new(),
            by_id: HashMap::new(),
        };
        for (name, path) in names.into_iter().zip(paths) {
            team.add(name, path, options, counting, renames, watch)?;
        }
        team.check_common()?;
        Ok(team)
    }

    /// All types, in the order in which the annotators have them.
    pub fn types(&self) -> Vec<String> {
        let mut types: Vec<String> = Vec::new();
        for name in self.labellers.iter().flat_map(|labeller| &labeller.types) {
            if !types.contains(name) {
                types.push(name.clone());
            }
        }
        types
    }

    /// What types which annotator lacks, in words.
    pub fn missing_types(&self) -> Vec<String> {
        let all = self.types();
        let lacks = |labeller: &Labeller| {
            let missing: Vec<&str> =
                all.iter().filter(|name| !labeller.types.contains(name)).map(String::as_str).collect();
            (!missing.is_empty()).then(|| format!("{} has no {}", labeller.name, missing.join(", ")))
        };
        self.labellers.iter().filter_map(lacks).collect()
    }

    /// The projects, where all annotators have one.
    pub(super) fn projects(&self) -> Option<Vec<&Project>> {
        self.opened.iter().map(Opened::project).collect()
    }

    fn add(
        &mut self,
        name: String,
        path: &Path,
        options: ReadOptions,
        counting: Counting,
        renames: &[Rename],
        watch: &mut Watch<'_>,
    ) -> Result<(), TeamError> {
        let opened = Opened::open(path, options)?;
        let who = self.opened.len();
        let (files, types, clock) = (opened.files(), opened.types(renames), opened.clock()?);
        let (path, labelled, entities) = (path.to_owned(), 0, 0);
        let mut labeller = Labeller { name, path, tweets: 0, labelled, unfinished: 0, entities, types, clock };
        let mut other_tokens = OtherTokens::default();
        opened.each(counting, |entry| {
            let file = &files[entry.file];
            let place = self.place(&entry, file, who, &labeller.path, renames, &mut other_tokens)?;
            let tweet = &mut self.tweets[place];
            let mut spans = match entry.spans {
                Some(spans) => spans,
                None if tweet.source == entry.source => tweet.imported.clone(),
                None => file.read(&entry.name, &entry.source, &labeller.path)?.spans,
            };
            rename_spans(&mut spans, renames);
            labeller.tweets += 1;
            watch(Stage::Reading { annotator: &labeller.name, done: labeller.tweets });
            labeller.labelled += usize::from(entry.counts);
            labeller.unfinished += usize::from(entry.human && !entry.counts);
            labeller.entities += if entry.counts { spans.len() } else { 0 };
            let (state, note, human, counts) = (entry.state, entry.note, entry.human, entry.counts);
            tweet.sides.resize(who, None);
            tweet.sides.push(Some(Side { spans, state, note, beside: entry.beside, human, counts }));
            Ok(())
        })?;
        if let Some((first, tweets)) = other_tokens.0 {
            let first = self.labellers[first].name.clone();
            return Err(TeamError::OtherTokens { first, second: labeller.name, tweets: Box::new(tweets) });
        }
        for tweet in &mut self.tweets {
            tweet.sides.resize(who + 1, None);
        }
        self.labellers.push(labeller);
        self.opened.push(opened);
        self.files.push(files);
        Ok(())
    }

    /// The place of the tweet among all; a new one where nobody has had it.
    fn place(
        &mut self,
        entry: &Entry,
        file: &SourceFile,
        who: usize,
        path: &Path,
        renames: &[Rename],
        other_tokens: &mut OtherTokens,
    ) -> Result<usize, TeamError> {
        let candidates = self.by_id.get(&entry.name).map(Vec::as_slice).unwrap_or_default();
        // Those of them that this annotator has not had yet: an id may be there more than once.
        let free: Vec<usize> =
            candidates.iter().copied().filter(|place| self.tweets[*place].sides.len() <= who).collect();
        if let Some(same) = free.iter().find(|place| self.tweets[**place].source == entry.source) {
            return Ok(*same);
        }
        let example = file.read(&entry.name, &entry.source, path)?;
        if let Some(same) = free.iter().find(|place| self.tweets[**place].tokens == example.tokens) {
            return Ok(*same);
        }
        if let Some(other) = free.first() {
            other_tokens.push(self.tweets[*other].origin.0, &entry.name);
        }
        let mut imported = example.spans;
        let renamed = imported.iter().any(|span| renames.iter().any(|rename| rename.from == span.label));
        rename_spans(&mut imported, renames);
        let place = self.tweets.len();
        self.by_id.entry(entry.name.clone()).or_default().push(place);
        self.tweets.push(Gathered {
            id: entry.name.clone(),
            tokens: example.tokens,
            source: entry.source.clone(),
            imported,
            renamed,
            origin: (who, entry.file),
            sides: Vec::new(),
        });
        Ok(place)
    }

    /// Every annotator must share a tweet with another one.
    fn check_common(&self) -> Result<(), TeamError> {
        let mut shares = vec![false; self.labellers.len()];
        for tweet in &self.tweets {
            let having = || tweet.sides.iter().enumerate().filter(|(_, side)| side.is_some()).map(|(who, _)| who);
            if having().count() > 1 {
                having().for_each(|who| shares[who] = true);
            }
        }
        let Some(alone) = shares.iter().position(|shares| !shares).filter(|_| shares.len() > 1) else { return Ok(()) };
        let name = |labeller: &Labeller| labeller.name.clone();
        let others = self.labellers.iter().enumerate().filter(|(who, _)| *who != alone).map(|(_, other)| name(other));
        let second = others.collect::<Vec<_>>().join(", ");
        Err(TeamError::NothingInCommon { first: name(&self.labellers[alone]), second })
    }
}

/// Tweets of an annotator that have the id, but not the tokens, of another one's.
#[derive(Default)]
struct OtherTokens(Option<(usize, Listed<String>)>);

impl OtherTokens {
    fn push(&mut self, first: usize, tweet: &str) {
        self.0.get_or_insert_with(|| (first, Listed::default())).1.push(tweet.to_owned());
    }
}

/// A name for each path: without folders and ending, if that tells them apart.
fn names(paths: &[PathBuf]) -> Result<Vec<String>, TeamError> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    for (place, path) in paths.iter().enumerate() {
        if paths[..place].iter().any(|other| real(other) == real(path)) {
            return Err(TeamError::Twice(path.clone()));
        }
    }
    let stem = |path: &Path| {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        stem.unwrap_or_else(|| path.display().to_string())
    };
    let short = |path: &PathBuf| match versioned(path) {
        Some((dir, version)) => format!("{}@{version}", stem(&dir)),
        None => stem(path),
    };
    let shorts: Vec<String> = paths.iter().map(short).collect();
    let unique = |name: &String| shorts.iter().filter(|other| *other == name).count() == 1;
    let name =
        |(path, short): (&PathBuf, &String)| if unique(short) { short.clone() } else { path.display().to_string() };
    Ok(paths.iter().zip(&shorts).map(name).collect())
}
