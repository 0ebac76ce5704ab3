//! What several annotators said: read from a project for a comparison, kept in a project that was merged.

use rusqlite::{Row, params};
use serde::Serialize;
use spanlight_models::example::Span;

use super::log::{Labelling, json, now, to_json};
use super::{ImportedFile, Project, ProjectError, Role, State, TweetId, Voice};

/// A tweet of a project as its annotator left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// The file it came from, by its number in the store.
    pub file: i64,
    /// Its id in the corpus.
    pub name: String,
    /// Its bytes in the file.
    pub source: Vec<u8>,
    /// How far its labelling is.
    pub state: State,
    /// Its entities; `None`: as they were imported.
    pub spans: Option<Vec<Span>>,
    /// What the annotator wrote about it.
    pub note: Option<String>,
    /// Whether a person changed or confirmed its labels.
    pub human: bool,
}

/// What the times of a project's edits tell about the clock of its machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// The latest time that any edit has, RFC 3339 in UTC.
    pub latest: Option<String>,
    /// Whether that lies ahead of this machine's clock.
    pub ahead: bool,
    /// How many edits are older than the one before them.
    pub backwards: usize,
}

/// An annotator of a merged project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Annotator {
    /// Name, which is that of the project without its ending.
    pub name: String,
    /// Where the project was.
    pub project: String,
}

/// A file for a merged project, with those of its tweets that come from it.
#[derive(Debug)]
pub struct MergedFile {
    /// As it was imported by the annotator.
    pub file: ImportedFile,
    /// What stood before its first tweet.
    pub prologue: Vec<u8>,
    /// Its tweets, in order.
    pub tweets: Vec<MergedTweet>,
}

/// A tweet for a merged project.
#[derive(Debug)]
pub struct MergedTweet {
    /// Its id in the corpus.
    pub name: String,
    /// Its bytes in the file.
    pub source: Vec<u8>,
    /// Its tokens, joined by one space.
    pub text: String,
    /// Its entities as they were imported.
    pub imported: Vec<Span>,
    /// What each annotator said, by place.
    pub voices: Vec<(usize, Voice)>,
    /// What became of it; `None` where it stays as it was imported.
    pub outcome: Option<Outcome>,
}

/// The first edit of a tweet in a merged project.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Whose labels these are: names with commas between them.
    pub who: String,
    /// What was done, for the history.
    pub summary: String,
    /// The labels.
    pub labelling: Labelling,
}

impl Project {
    /// Goes through the tweets of a role as their annotator left them, in order of import.
    pub fn each_labelled(
        &self,
        role: Role,
        mut take: impl FnMut(Labelled) -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        let failed = self.failed("reading the labels");
        let sql = "SELECT t.file, t.name, t.source, l.state, l.spans, l.note, COALESCE(l.human, 0) FROM tweets t \
                   JOIN files f ON f.id = t.file LEFT JOIN labellings l ON l.tweet = t.id WHERE f.role = ? ORDER BY t.id";
        let mut select = self.db.prepare(sql).map_err(&failed)?;
        let mut rows = select.query([role.name()]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            take(labelled(row).map_err(&failed)?)?;
        }
        Ok(())
    }

    /// What the times of the edits tell; they decide nothing, since every machine has a clock of its own.
    pub fn clock(&self) -> Result<Clock, ProjectError> {
        let sql = "SELECT MAX(at), COALESCE(SUM(at < before), 0) FROM \
                   (SELECT at, LAG(at) OVER (ORDER BY seq) AS before FROM edits)";
        let read = || self.db.query_row(sql, [], |row| Ok((row.get::<_, Option<String>>(0)?, row.get(1)?)));
        let (latest, backwards) = read().map_err(self.failed("reading the log of edits"))?;
        // Times are written in one form, so that they are in order as text.
        let ahead = latest.as_ref().is_some_and(|latest| *latest > now());
        Ok(Clock { latest, ahead, backwards })
    }

    /// Number of tweets whose contexts a person or a job changed.
    pub fn tweets_with_own_contexts(&self) -> Result<usize, ProjectError> {
        let read = || self.db.query_row("SELECT COUNT(DISTINCT tweet) FROM contexts", [], |row| row.get(0));
        read().map_err(self.failed("counting contexts"))
    }

    /// The annotators of a merged project, in order; none in any other.
    pub fn annotators(&self) -> Result<Vec<Annotator>, ProjectError> {
        let sql = "SELECT name, project FROM annotators ORDER BY id";
        self.rows("reading the annotators", sql, [], |row| Ok(Annotator { name: row.get(0)?, project: row.get(1)? }))
    }

    /// What each annotator said about a tweet of a merged project, in the order of the annotators.
    pub fn voices(&self, tweet: TweetId) -> Result<Vec<Voice>, ProjectError> {
        let sql = "SELECT a.name, v.spans, v.state, v.note, v.counts FROM voices v \
                   JOIN annotators a ON a.id = v.annotator WHERE v.tweet = ? ORDER BY a.id";
        self.rows("reading what the annotators said", sql, [tweet], |row| {
            let state = State::from_name(row.get_ref(2)?.as_str()?).unwrap_or_default();
            Ok(Voice { name: row.get(0)?, spans: json(row, 1)?, state, note: row.get(3)?, counts: row.get(4)? })
        })
    }

    /// Tweets of a merged project about which the annotators differ and nobody has decided yet, in order of import.
    pub fn to_adjudicate(&self) -> Result<Vec<TweetId>, ProjectError> {
        let sql = "SELECT v.tweet FROM voices v LEFT JOIN labellings l ON l.tweet = v.tweet \
                   WHERE v.counts AND COALESCE(l.state, '') NOT IN (?, ?) \
                   GROUP BY v.tweet HAVING COUNT(DISTINCT v.spans) > 1 ORDER BY v.tweet";
        let decided = [State::Done.name(), State::Skipped.name()];
        self.rows("looking for differences", sql, decided, |row| row.get(0))
    }

    /// Fills an empty project with the tweets and the labels of several, in one transaction; open it again afterwards.
    pub fn fill(&mut self, annotators: &[Annotator], files: &[MergedFile]) -> Result<(), ProjectError> {
        let failed = self.failed("the merge");
        let who = self.who.clone();
        let mut write = || -> rusqlite::Result<()> {
            let transaction = self.db.transaction()?;
            for annotator in annotators {
                let sql = "INSERT INTO annotators (name, project) VALUES (?, ?)";
                transaction.execute(sql, params![annotator.name, annotator.project])?;
            }
            let mut step = 0;
            for file in files {
                insert_file(&transaction, file, &who, &mut step)?;
            }
            transaction.commit()
        };
        write().map_err(failed)?;
        self.settle_and_trim();
        Ok(())
    }
}

fn labelled(row: &Row<'_>) -> rusqlite::Result<Labelled> {
    let state = row.get::<_, Option<String>>(3)?.and_then(|name| State::from_name(&name)).unwrap_or_default();
    let edited = row.get_ref(4)?.as_str_or_null()?.is_some();
    let spans = edited.then(|| json(row, 4)).transpose()?;
    let (file, name, source) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(Labelled { file, name, source, state, spans, note: row.get(5)?, human: row.get(6)? })
}

fn insert_file(db: &rusqlite::Transaction<'_>, merged: &MergedFile, who: &str, step: &mut i64) -> rusqlite::Result<()> {
    let MergedFile { file, prologue, tweets } = merged;
    let sql =
        "INSERT INTO files (name, role, format, layout, prologue, digest, at, who) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let (role, format) = (file.role.name(), file.format.name());
    db.execute(sql, params![file.name, role, format, to_json(&file.layout)?, prologue, file.digest, now(), who])?;
    let id = db.last_insert_rowid();
    for tweet in tweets {
        let mut insert = db.prepare_cached("INSERT INTO tweets (file, name, source, text) VALUES (?, ?, ?, ?)")?;
        let row = insert.insert(params![id, tweet.name, tweet.source, tweet.text])?;
        let sql = "INSERT INTO voices (tweet, annotator, state, spans, note, counts) VALUES (?, ?, ?, ?, ?, ?)";
        let mut insert = db.prepare_cached(sql)?;
        for (place, Voice { spans, state, note, counts, .. }) in &tweet.voices {
            // Annotators are numbered from 1 in their order.
            insert.execute(params![row, place + 1, state.name(), to_json(spans)?, note, counts])?;
        }
        if let Some(outcome) = &tweet.outcome {
            *step += 1;
            insert_outcome(db, row, &tweet.imported, outcome, *step)?;
        }
    }
    Ok(())
}

/// A step of its own for every tweet, so that one undo takes back one of them.
fn insert_outcome(
    db: &rusqlite::Transaction<'_>,
    tweet: TweetId,
    imported: &[Span],
    outcome: &Outcome,
    step: i64,
) -> rusqlite::Result<()> {
    let Outcome { who, summary, labelling } = outcome;
    let before = Labelling { spans: imported.to_vec(), ..Labelling::default() };
    let sql = "INSERT INTO edits (at, who, step, kind, target, summary, tweet, before, after) \
               VALUES (?, ?, ?, 'edit', ?, ?, ?, ?, ?)";
    let values = params![now(), who, step, step, summary, tweet, to_json(&before)?, to_json(labelling)?];
    let seq = db.prepare_cached(sql)?.insert(values)?;
    // What one annotator dismissed is not settled for all of them.
    let Labelling { state, spans, note, image, human, .. } = labelling;
    let sql = "INSERT INTO labellings (tweet, state, spans, note, human, seq, image) VALUES (?, ?, ?, ?, ?, ?, ?)";
    db.prepare_cached(sql)?.execute(params![tweet, state.name(), to_json(spans)?, note, human, seq, image])?;
    Ok(())
}
