//! Counts over a project.

use indexmap::IndexMap;
use rusqlite::Row;
use serde::Serialize;

use super::{Project, ProjectError, Role, State};

/// Counts over a project, fit for JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// Tweets per role.
    pub roles: IndexMap<&'static str, usize>,
    /// Tweets of the queue per state.
    pub states: IndexMap<&'static str, usize>,
    /// Tokens of the queue.
    pub tokens: usize,
    /// Current entities of the queue per type: those of the settings in their order, then others.
    pub types: IndexMap<String, usize>,
    /// Tweets of the queue whose labels a person changed or confirmed.
    pub human: usize,
    /// Edited tweets, summed over all edits that were ever made.
    pub edits: usize,
    /// The same for undone edits.
    pub undone: usize,
    /// The same for edits done again.
    pub redone: usize,
    /// Who edited how many tweets on which days.
    pub days: Vec<Day>,
}

/// What one person did on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Day {
    /// The day in UTC, `2026-01-31`.
    pub day: String,
    /// The person.
    pub who: String,
    /// Edited tweets, undos and redos included.
    pub edits: usize,
    /// Tweets that came to be done.
    pub done: usize,
}

impl Project {
    /// Counts over the project; reads every tweet of the queue.
    pub fn stats(&self) -> Result<Stats, ProjectError> {
        let mut roles: IndexMap<_, _> = Role::ALL.map(|role| (role.name(), 0)).into();
        for (role, tweets) in self.tweets_by_role()? {
            roles[role.name()] += tweets;
        }
        let mut states: IndexMap<_, _> = State::ALL.map(|state| (state.name(), 0)).into();
        for item in self.queue.iter().filter(|item| self.concerns(item.id)) {
            states[item.state.name()] += 1;
        }
        let mut types: IndexMap<String, usize> =
            self.settings.labels.names().map(|name| (name.to_owned(), 0)).collect();
        let mut tokens = 0;
        self.each_stored("counting", Role::Label, |tweet| {
            let file = self.file(tweet.file)?;
            let read = file.format.read_tweet(&tweet.source, file.layout);
            let (example, _) = read.map_err(|cause| ProjectError::Tweet { tweet: tweet.name, cause })?;
            tokens += example.tokens.len();
            for span in tweet.spans.unwrap_or(example.spans) {
                *types.entry(span.label).or_default() += 1;
            }
            Ok(())
        })?;
        let failed = self.failed("counting");
        let human = "SELECT COUNT(*) FROM labellings l JOIN tweets t ON t.id = l.tweet JOIN files f ON f.id = t.file \
                     WHERE l.human AND f.role = ?";
        let human = format!("{human}{}", self.concerned("l.tweet"));
        let human = self.db.query_row(&human, [Role::Label.name()], |row| row.get(0)).map_err(&failed)?;
        let sql = format!("SELECT COUNT(*) FROM edits WHERE kind = ? AND slot IS NULL{}", self.concerned("tweet"));
        let count = |kind: &str| self.db.query_row(&sql, [kind], |row| row.get(0)).map_err(&failed);
        let (edits, undone, redone) = (count("edit")?, count("undo")?, count("redo")?);
        Ok(Stats { roles, states, tokens, types, human, edits, undone, redone, days: self.days()? })
    }

    /// Tweets that are counted, per file's role.
    fn tweets_by_role(&self) -> Result<Vec<(Role, usize)>, ProjectError> {
        let sql = format!("SELECT file, COUNT(*) FROM tweets WHERE TRUE{} GROUP BY file", self.concerned("id"));
        let counts = self.rows("counting", &sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
        counts.into_iter().map(|(file, tweets)| Ok((self.file(file)?.role, tweets))).collect()
    }

    fn days(&self) -> Result<Vec<Day>, ProjectError> {
        let sql = format!(
            "SELECT substr(at, 1, 10) AS day, who, COUNT(*), \
             SUM(after ->> 'state' = ?1 AND before ->> 'state' <> ?1) FROM edits \
             WHERE slot IS NULL{} GROUP BY day, who ORDER BY day, who",
            self.concerned("tweet")
        );
        let day = |row: &Row<'_>| Ok(Day { day: row.get(0)?, who: row.get(1)?, edits: row.get(2)?, done: row.get(3)? });
        self.rows("counting", &sql, [State::Done.name()], day)
    }
}
