//! Labels frozen under a name: a place in the log of edits, from which the labels of that time are told.

use std::path::Path;

use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::log::{Applied, Labelling, json, now, to_json};
use super::steps::{Changes, Steps};
use super::{Project, ProjectError, State, TweetId};

/// Stands for the labels as they are, where a version could be named.
pub const NOW: &str = "now";

/// Longest name of a version, in characters.
const LONGEST_NAME: usize = 60;

/// The labels of a time, under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Its name.
    pub name: String,
    /// When it was made, RFC 3339 in UTC.
    pub at: String,
    /// Who made it.
    pub who: String,
    /// Number of the last edit that is in it.
    pub through: i64,
    /// Number of the last tweet that is in it; those that were imported later are not.
    pub tweets: TweetId,
    /// The entity types that could be chosen then.
    pub types: Vec<String>,
    /// Number of tweets whose labelling was edited since.
    pub edited_since: usize,
}

/// What became of going back to a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The step of undo; `None` where everything is as it was then.
    pub applied: Option<Applied>,
    /// Types of the version that the settings no longer have.
    pub missing_types: Vec<String>,
}

impl Project {
    /// Freezes the labels, states, notes and preferred images of now under a name.
    pub fn create_version(&mut self, name: &str) -> Result<Version, ProjectError> {
        let name = checked(name)?;
        let during = format!("the version “{name}”");
        let failed = self.failed(&during);
        if self.is_read_only() {
            return Err(ProjectError::ReadOnly { during });
        }
        let types: Vec<String> = self.settings.labels.names().map(str::to_owned).collect();
        let sql = "INSERT INTO versions (name, at, who, through, tweets, types) VALUES \
                   (?, ?, ?, (SELECT COALESCE(MAX(seq), 0) FROM edits), (SELECT COALESCE(MAX(id), 0) FROM tweets), ?) \
                   ON CONFLICT DO NOTHING";
        let write = || self.db.execute(sql, params![name, now(), self.who, to_json(&types)?]);
        if write().map_err(failed)? == 0 {
            return Err(ProjectError::VersionThere(name.to_owned()));
        }
        self.version(name)
    }

    /// All versions, the oldest first.
    pub fn versions(&self) -> Result<Vec<Version>, ProjectError> {
        let sql = format!("{SELECT} ORDER BY v.through, v.at, v.name");
        self.rows("reading the versions", &sql, [], version)
    }

    /// The version of this name.
    pub fn version(&self, name: &str) -> Result<Version, ProjectError> {
        let sql = format!("{SELECT} WHERE v.name = ?");
        let read = || self.db.prepare_cached(&sql)?.query_row([name], version).optional();
        if let Some(version) = read().map_err(self.failed("reading a version"))? {
            return Ok(version);
        }
        let versions = self.versions()?.into_iter().map(|version| version.name).collect();
        Err(ProjectError::NoSuchVersion { name: name.to_owned(), versions })
    }

    /// Goes back to the labels of a version; one step of undo, whatever its size.
    ///
    /// Tweets that were imported later stay as they are.
    pub fn restore_version(&mut self, name: &str) -> Result<Restored, ProjectError> {
        let version = self.version(name)?;
        let sql = format!("SELECT tweet, before FROM edits WHERE seq IN ({FIRST_AFTER}) AND tweet <= ?2");
        let bounds = [version.through, version.tweets];
        let row = |row: &Row<'_>| Ok((row.get::<_, TweetId>(0)?, json::<Labelling>(row, 1)?));
        let then = self.rows("reading a version", &sql, bounds, row)?;
        let known: Vec<&str> = self.settings.labels.names().collect();
        let labels = then.iter().flat_map(|(_, labelling)| &labelling.spans).map(|span| &span.label);
        let mut missing_types: Vec<String> = labels.filter(|label| !known.contains(&label.as_str())).cloned().collect();
        missing_types.sort();
        missing_types.dedup();
        let applied = self.restore(&format!("restore version {}", version.name), then)?;
        Ok(Restored { applied, missing_types })
    }

    /// Goes back to earlier labellings of tweets, in one step.
    pub(super) fn restore(
        &mut self,
        summary: &str,
        labellings: Vec<(TweetId, Labelling)>,
    ) -> Result<Option<Applied>, ProjectError> {
        let mut step = Changes::default();
        for (tweet, mut after) in labellings {
            let before = self.labelling(tweet)?;
            // That somebody has looked at it since is no edit, and is not taken back by one.
            if (before.state, after.state) == (State::Seen, State::New) {
                after.state = State::Seen;
            }
            step.labels.insert(tweet, (before, after));
        }
        let during = format!("the edit “{summary}”");
        self.write_step(&self.edit_step(&during, summary, None), step)
    }

    /// Opens a project to look at or to export as it was when a version was made.
    pub fn open_version(dir: &Path, name: &str) -> Result<Self, ProjectError> {
        let mut project = Self::open_read_only(dir)?;
        let Version { through, tweets, .. } = project.version(name)?;
        let first_after =
            format!("SELECT MIN(seq) FROM main.edits WHERE seq > {through} AND slot IS NULL GROUP BY tweet");
        // Temporary names come first, so that everything that reads the store reads that of the version.
        let then = format!(
            "CREATE TEMP TABLE labellings AS SELECT * FROM main.labellings WHERE tweet <= {tweets};
             CREATE UNIQUE INDEX temp.labellings_by_tweet ON labellings (tweet);
             INSERT OR REPLACE INTO temp.labellings (tweet, state, spans, note, human, seq, image)
                 SELECT tweet, before ->> 'state', before -> 'spans', before ->> 'note', before ->> 'human', {through},
                     before ->> 'image'
                 FROM main.edits WHERE tweet <= {tweets} AND seq IN ({first_after});
             CREATE TEMP TABLE boxes AS SELECT * FROM main.boxes WHERE tweet NOT IN
                 (SELECT tweet FROM main.edits WHERE seq > {through} AND slot IS NULL);
             CREATE UNIQUE INDEX temp.boxes_by_tweet ON boxes (tweet);
             INSERT INTO temp.boxes SELECT tweet, before -> 'boxes' FROM main.edits
                 WHERE tweet <= {tweets} AND seq IN ({first_after}) AND before ->> 'boxes' IS NOT NULL;
             CREATE TEMP VIEW edits AS SELECT * FROM main.edits WHERE seq <= {through};
             CREATE TEMP VIEW tweets AS SELECT * FROM main.tweets WHERE id <= {tweets};"
        );
        project.db.execute_batch(&then).map_err(project.failed("reading a version"))?;
        project.files = project.load_files()?;
        project.steps = Steps::load(&project.db).map_err(project.failed("reading the log of edits"))?;
        project.load_queue()?;
        Ok(project)
    }
}

/// The first edit of each tweet's labelling after edit `?1`; what was before it stood at that time.
const FIRST_AFTER: &str = "SELECT MIN(seq) FROM edits WHERE seq > ?1 AND slot IS NULL GROUP BY tweet";

const SELECT: &str = "SELECT v.name, v.at, v.who, v.through, v.tweets, v.types, \
    (SELECT COUNT(DISTINCT e.tweet) FROM edits e WHERE e.seq > v.through AND e.slot IS NULL AND e.tweet <= v.tweets) \
    FROM versions v";

fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    let (name, at, who) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (through, tweets) = (row.get(3)?, row.get(4)?);
    Ok(Version { name, at, who, through, tweets, types: json(row, 5)?, edited_since: row.get(6)? })
}

/// A name that can be written on the command line beside that of a project.
fn checked(name: &str) -> Result<&str, ProjectError> {
    let name = name.trim();
    let wrong = |what| Err(ProjectError::VersionName { name: name.to_owned(), what });
    if name.is_empty() {
        return wrong("it needs a letter or a digit");
    }
    if name.chars().count() > LONGEST_NAME {
        return wrong("it may have 60 characters at most");
    }
    if name == NOW || name.chars().any(|c| c.is_control() || matches!(c, '@' | '/' | '\\')) {
        return wrong("`now` stands for the labels as they are, and @, /, \\ and control characters are not allowed");
    }
    Ok(name)
}
