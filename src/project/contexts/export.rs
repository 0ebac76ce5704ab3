//! Contexts of a project, listed and written.

use std::io::Write;

use serde::Serialize;
use spanlight_models::example::{Context, ContextKind};

use super::StoredContext;
use crate::corpus::contexts::{ContextLine, ContextOutput};
use crate::project::{Project, ProjectError, Role};

/// Where contexts come from that came with the corpus and name no source.
const CORPUS: &str = "corpus";

/// Where a context came from, as lists and filters name it.
pub fn source_of(context: &Context) -> &str {
    context.source.as_deref().unwrap_or(CORPUS)
}

/// Which contexts are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextFilter {
    /// Of this kind; of all where it is absent.
    pub kind: Option<ContextKind>,
    /// From there, by the name of [`source_of`].
    pub source: Option<String>,
    /// Of the tweets with one of these ids; of all where there is none.
    pub tweets: Vec<String>,
}

impl ContextFilter {
    /// Whether a context is meant.
    fn takes(&self, tweet: &str, stored: &StoredContext) -> bool {
        let context = &stored.record.context;
        (self.tweets.is_empty() || self.tweets.iter().any(|id| id == tweet))
            && self.kind.is_none_or(|kind| kind == context.kind)
            && self.source.as_deref().is_none_or(|source| source == source_of(context))
    }
}

/// A context with the id of its tweet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedContext {
    /// Id of the tweet in its corpus.
    pub id: String,
    /// The context.
    #[serde(flatten)]
    pub stored: StoredContext,
}

impl Project {
    /// Goes through the contexts that are meant, tweet by tweet in order of import.
    pub fn each_context<E: From<ProjectError>>(
        &self,
        filter: &ContextFilter,
        mut take: impl FnMut(ListedContext) -> Result<(), E>,
    ) -> Result<(), E> {
        for role in Role::ALL {
            let mut tweets = Vec::new();
            self.each_stored("reading the contexts", role, |stored| {
                if filter.tweets.is_empty() || filter.tweets.contains(&stored.name) {
                    tweets.push((stored.id, stored.name));
                }
                Ok(())
            })?;
            for (tweet, id) in tweets {
                for stored in self.contexts(tweet)?.into_iter().filter(|stored| filter.takes(&id, stored)) {
                    take(ListedContext { id: id.clone(), stored })?;
                }
            }
        }
        Ok(())
    }

    /// Writes the contexts that are meant; how many there were.
    pub fn export_contexts(
        &self,
        filter: &ContextFilter,
        output: ContextOutput,
        out: &mut dyn Write,
    ) -> Result<usize, ProjectError> {
        let mut count = 0;
        output.begin(out).map_err(ProjectError::Output)?;
        self.each_context(filter, |listed| {
            let record = &listed.stored.record;
            let line = ContextLine { id: &listed.id, context: &record.context, at: record.at.as_deref() };
            count += 1;
            output.write(&line, out).map_err(ProjectError::Output)
        })?;
        out.flush().map_err(ProjectError::Output)?;
        Ok(count)
    }
}
