//! Taking a file of contexts into a project.

use std::ops::Range;

use serde::Serialize;
use spanlight_models::example::{ContextKind, Example};

use super::replace::{Anew, scored};
use super::{ContextChange, ContextRecord};
use crate::corpus::contexts::{ContextFile, Entry, Known, contexts_of, matched};
use crate::corpus::{Listed, Problem};
use crate::project::{ImportedFile, Project, ProjectError, Role, TweetId};

/// What became of an import of contexts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ContextImport {
    /// Number of contexts that are new.
    pub added: usize,
    /// Number of contexts that took the place of older ones, or got another similarity.
    pub changed: usize,
    /// Number of older contexts that nothing replaced.
    pub removed: usize,
    /// Number of tweets that the file says something of.
    pub tweets: usize,
    /// Entries about tweets that the project does not have.
    pub extra: Listed<Problem>,
    /// Tweets with a similarity and without a context that it could belong to.
    pub nothing_to_score: Listed<String>,
    /// How far each imported corpus is covered.
    pub files: Vec<Coverage>,
}

/// How many tweets of an imported corpus a file of contexts covers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// The corpus.
    pub file: String,
    /// What it is for.
    pub role: Role,
    /// Number of its tweets.
    pub tweets: usize,
    /// Number of those that the file says something of.
    pub covered: usize,
    /// Ids of the others.
    pub missed: Listed<String>,
    /// Whether nothing but the corpus's last tweet is missing, as where a reader gave up a tweet too early.
    pub ends_early: bool,
}

/// Tweets that entries may be about, and the places of each corpus's tweets among them.
struct Tweets {
    ids: Vec<TweetId>,
    known: Vec<Known>,
    files: Vec<(ImportedFile, Range<usize>)>,
}

impl Project {
    /// Takes in a file of contexts, in one durable transaction, which is one step of undo.
    ///
    /// Contexts of the same kind from a file of this name are replaced; with `replace` all those of the kind are.
    /// `kind` says to which contexts similarities belong; all where it is absent.
    pub fn import_contexts(
        &mut self,
        file: &ContextFile,
        kind: Option<ContextKind>,
        replace: bool,
    ) -> Result<ContextImport, ProjectError> {
        let tweets = self.tweets_to_match()?;
        let files: Vec<Range<usize>> = tweets.files.iter().map(|(_, places)| places.clone()).collect();
        let (matches, extra) = matched(&file.entries, &tweets.known, &files);
        let source = file.source();
        let mut report = ContextImport { extra, ..ContextImport::default() };
        let mut changes = Vec::new();
        for (place, entries) in matches.iter().enumerate().filter(|(_, entries)| !entries.is_empty()) {
            let (id, tweet) = (tweets.ids[place], &tweets.known[place]);
            let current = self.contexts(id)?;
            let new: Vec<ContextRecord> =
                entries.iter().flat_map(|entry| contexts_of(entry, tweet, &source)).map(ContextRecord::new).collect();
            let said = entries.iter().rev().find(|entry| entry.said.similarity.is_some());
            if let Some(entry) = said {
                let meant = |kind: ContextKind| current.iter().any(|stored| stored.record.context.kind == kind);
                if kind.map_or(current.is_empty(), |kind| !meant(kind)) {
                    report.nothing_to_score.push(tweet.name.clone());
                }
                changes.extend(scored(&current, kind, &entry.said));
            }
            changes.extend(Anew::new(new, replace).changes(id, &current));
            report.tweets += 1;
        }
        for change in &changes {
            match change {
                ContextChange::Add(..) => report.added += 1,
                ContextChange::Set(..) => report.changed += 1,
                ContextChange::Remove(_) => report.removed += 1,
            }
        }
        report.files = tweets.files.iter().map(|file| coverage(file, &tweets.known, &matches)).collect();
        self.change_contexts(&format!("import {source}"), &changes, None)?;
        Ok(report)
    }

    fn tweets_to_match(&self) -> Result<Tweets, ProjectError> {
        let mut tweets = Tweets { ids: Vec::new(), known: Vec::new(), files: Vec::new() };
        for role in Role::ALL {
            self.each_stored("reading the tweets", role, |stored| {
                let file = self.file(stored.file)?;
                let read = file.format.read_tweet(&stored.source, file.layout);
                let (example, _) = read.map_err(|cause| ProjectError::Tweet { tweet: stored.name.clone(), cause })?;
                let place = tweets.known.len();
                match tweets.files.last_mut() {
                    Some((last, places)) if last.id == file.id => places.end = place + 1,
                    _ => tweets.files.push((file.clone(), place..place + 1)),
                }
                let images = self.images_of(&example);
                tweets.ids.push(stored.id);
                tweets.known.push(Known { name: stored.name, images, tokens: example.tokens });
                Ok(())
            })?;
        }
        Ok(tweets)
    }

    /// Ids of the images that a tweet names, and of those that the folders have for it.
    fn images_of(&self, example: &Example) -> Vec<String> {
        let mut images = example.images.clone();
        images.extend(self.images.candidates(example));
        images.dedup();
        images
    }
}

fn coverage((file, places): &(ImportedFile, Range<usize>), tweets: &[Known], matches: &[Vec<&Entry>]) -> Coverage {
    let missed: Vec<usize> = places.clone().filter(|place| matches[*place].is_empty()).collect();
    Coverage {
        file: file.name.clone(),
        role: file.role,
        tweets: places.len(),
        covered: places.len() - missed.len(),
        ends_early: missed == [places.end - 1] && places.len() > 1,
        missed: missed.into_iter().map(|place| tweets[place].name.clone()).collect(),
    }
}
