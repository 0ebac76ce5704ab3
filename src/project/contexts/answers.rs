//! What providers answered, kept so that nobody is asked twice.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension, params};
use spanlight_models::example::ContextKind;

use super::replace::{Anew, scored};
use super::{ContextChange, ContextRecord};
use crate::corpus::contexts::Said;
use crate::project::log::{json, now, to_json};
use crate::project::{Applied, Project, ProjectError, Role, StepId, TweetId};

/// A tweet for which a job may make contexts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextTask {
    /// Row in the store.
    pub tweet: TweetId,
    /// Id in the corpus.
    pub name: String,
    /// Its words, joined by spaces.
    pub text: String,
    /// Ids of its images, the preferred one first.
    pub images: Vec<String>,
    /// File of the preferred image, if there is one.
    pub image: Option<PathBuf>,
}

/// What was made and answered already, by key.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Keys of what was made for a tweet, also where a person changed it or took it away since.
    pub made: HashMap<TweetId, HashSet<String>>,
    /// Keys of all answers.
    pub answers: HashSet<String>,
}

/// What a job found out about a tweet.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextResult {
    /// The tweet.
    pub tweet: TweetId,
    /// What the answer depends on: image, provider, model, prompt.
    pub key: String,
    /// The answer; empty where there was nothing to find.
    pub said: Said,
}

impl Project {
    /// The tweets of a role, or of all, with the files of their images, in order of import.
    pub fn context_tasks(&self, role: Option<Role>) -> Result<Vec<ContextTask>, ProjectError> {
        let mut tasks = Vec::new();
        for role in Role::ALL.into_iter().filter(|known| role.is_none_or(|role| role == *known)) {
            self.each_stored("reading the tweets", role, |stored| {
                let mut example = self.imported(stored.id)?;
                let image = self.images.prefer(&mut example);
                let text = example.tokens.join(" ");
                tasks.push(ContextTask { tweet: stored.id, name: stored.name, text, images: example.images, image });
                Ok(())
            })?;
        }
        Ok(tasks)
    }

    /// What need not be made again.
    pub fn known_answers(&self) -> Result<Known, ProjectError> {
        let during = "reading what was answered";
        let mut known = Known::default();
        self.rows(during, "SELECT tweet, key FROM contexts WHERE key IS NOT NULL", [], |row| {
            known.made.entry(row.get(0)?).or_default().insert(row.get(1)?);
            Ok(())
        })?;
        known.answers = self.rows(during, "SELECT key FROM answers", [], |row| row.get(0))?.into_iter().collect();
        Ok(known)
    }

    /// What was answered to this key.
    pub fn answer(&self, key: &str) -> Result<Option<Said>, ProjectError> {
        let sql = "SELECT said FROM answers WHERE key = ?";
        let read = || self.db.prepare_cached(sql)?.query_row([key], |row| json(row, 0)).optional();
        read().map_err(self.failed("reading an answer"))
    }

    /// Keeps answers and gives the tweets their contexts, at once and durably.
    ///
    /// What came from the same source before, of the same kind, gives way. `within` as in
    /// [`Project::change_contexts`]. `None` where the contexts were there already.
    pub fn store_results(
        &mut self,
        summary: &str,
        source: &str,
        kind: Option<ContextKind>,
        results: &[ContextResult],
        within: Option<StepId>,
    ) -> Result<Option<Applied>, ProjectError> {
        self.keep_answers(results)?;
        let mut changes: Vec<ContextChange> = Vec::new();
        for ContextResult { tweet, key, said } in results {
            let current = self.contexts(*tweet)?;
            let record =
                |context: &_| ContextRecord { key: Some(key.clone()), ..ContextRecord::new(Clone::clone(context)) };
            let new: Vec<ContextRecord> = said.contexts.iter().map(record).collect();
            changes.extend(scored(&current, kind, said));
            // A similarity alone is no reason to take texts away.
            if said.similarity.is_none() {
                let anew = Anew::new(new, false);
                let anew = if let Some(kind) = kind { anew.instead_of(kind, source) } else { anew };
                changes.extend(anew.changes(*tweet, &current));
            }
        }
        self.change_contexts(summary, &changes, within)
    }

    fn keep_answers(&mut self, results: &[ContextResult]) -> Result<(), ProjectError> {
        let failed = self.failed("keeping an answer");
        let write = |db: &mut Connection| -> rusqlite::Result<()> {
            let transaction = db.transaction()?;
            let mut insert =
                transaction.prepare_cached("INSERT OR REPLACE INTO answers (key, said, at) VALUES (?, ?, ?)")?;
            for result in results {
                insert.execute(params![result.key, to_json(&result.said)?, now()])?;
            }
            drop(insert);
            transaction.commit()
        };
        write(&mut self.db).map_err(failed)
    }
}
