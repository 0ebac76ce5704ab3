//! The tables of `store.sqlite`.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::ProjectError;

/// Marks the file as ours: `span` in ASCII.
const APPLICATION: i64 = 0x7370_616e;

/// Version of the tables; grows with every change to them.
const VERSION: i64 = 5;

/// How long a reader may keep a writer waiting.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Size of the log, in pages, at which a commit empties it after all because nobody did ([`Project::settle`]); 64 MB.
///
/// [`Project::settle`]: super::Project::settle
const LOG_PAGES: i64 = 1 << 14;

/// What was imported never changes; what a person does is appended to `edits`, and `labellings` keeps where that led,
/// for the tweets that were ever touched.
const TABLES: &str = "
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    format TEXT NOT NULL,
    layout TEXT NOT NULL,     -- JSON
    prologue BLOB NOT NULL,   -- what stood before the first tweet
    digest INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL
) STRICT;
CREATE TABLE tweets (
    id INTEGER PRIMARY KEY,
    file INTEGER NOT NULL REFERENCES files,
    name TEXT NOT NULL,       -- its id in the corpus
    source BLOB NOT NULL,     -- its bytes in the file
    text TEXT NOT NULL        -- its tokens, joined by one space
) STRICT;
CREATE INDEX tweets_by_name ON tweets (name);
CREATE TABLE labellings (
    tweet INTEGER PRIMARY KEY REFERENCES tweets,
    state TEXT NOT NULL,
    spans TEXT,               -- JSON; NULL: as imported
    note TEXT,
    human INTEGER NOT NULL,
    seq INTEGER NOT NULL,     -- the last edit of the tweet; 0: none
    image TEXT                -- the image that a person prefers; NULL: the corpus' own order
) STRICT;
CREATE INDEX labellings_by_edit ON labellings (seq) WHERE human;
CREATE TABLE edits (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,         -- RFC 3339, UTC
    who TEXT NOT NULL,
    step INTEGER NOT NULL,    -- edits of one step are undone together
    kind TEXT NOT NULL CHECK (kind IN ('edit', 'undo', 'redo')),
    target INTEGER NOT NULL,  -- the step that is undone or redone; the step itself for an edit
    summary TEXT NOT NULL,
    tweet INTEGER NOT NULL REFERENCES tweets,
    before TEXT NOT NULL,     -- JSON
    after TEXT NOT NULL,      -- JSON
    slot INTEGER              -- number of the context that was edited; NULL: the labelling was
) STRICT;
CREATE INDEX edits_by_tweet ON edits (tweet);
CREATE INDEX edits_by_step ON edits (step, kind, target);
CREATE TRIGGER edits_stay BEFORE UPDATE ON edits BEGIN SELECT RAISE(ABORT, 'edits are append-only'); END;
CREATE TRIGGER edits_remain BEFORE DELETE ON edits BEGIN SELECT RAISE(ABORT, 'edits are append-only'); END;
CREATE TRIGGER edits_keep_their_place BEFORE INSERT ON edits WHEN EXISTS (SELECT 1 FROM edits WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'edits are append-only'); END;
CREATE TABLE scores (
    tweet INTEGER PRIMARY KEY REFERENCES tweets,
    uncertainty REAL NOT NULL, -- one minus the probability of the whole labelling
    entity REAL,              -- the other measures
    entropy REAL,
    margin REAL,
    version INTEGER,          -- of the model; NULL: what follows is not known
    spans TEXT,               -- JSON: what it suggests
    models REAL,              -- how far it differs from the other model
    labels REAL               -- how far it contradicts the labels of a done tweet
) STRICT;
CREATE TABLE learned (version INTEGER PRIMARY KEY, through INTEGER NOT NULL, at TEXT NOT NULL) STRICT;
CREATE TABLE place (only INTEGER PRIMARY KEY CHECK (only = 0), tweet INTEGER NOT NULL REFERENCES tweets) STRICT;
";

/// Contexts that are not as the corpus has them, and what providers answered; came with version 2.
const CONTEXTS: &str = "
CREATE TABLE contexts (
    tweet INTEGER NOT NULL REFERENCES tweets,
    slot INTEGER NOT NULL,    -- its number among the tweet's contexts
    content TEXT,             -- JSON; NULL: taken away
    key TEXT,                 -- what a job made it from
    PRIMARY KEY (tweet, slot)
) STRICT;
CREATE TABLE answers (key TEXT PRIMARY KEY, said TEXT NOT NULL, at TEXT NOT NULL) STRICT;
";

/// What each annotator said, in a project that was merged from several; came with version 4.
const VOICES: &str = "
CREATE TABLE annotators (id INTEGER PRIMARY KEY, name TEXT NOT NULL, project TEXT NOT NULL) STRICT;
CREATE TABLE voices (
    tweet INTEGER NOT NULL REFERENCES tweets,
    annotator INTEGER NOT NULL REFERENCES annotators,
    state TEXT NOT NULL,
    spans TEXT NOT NULL,      -- JSON
    note TEXT,
    counts INTEGER NOT NULL,  -- whether the labelling was finished
    PRIMARY KEY (tweet, annotator)
) STRICT;
";

/// Views of the queue, and suspicions about labels that a person turned down; came with version 5.
const VIEWS: &str = "
CREATE TABLE views (name TEXT PRIMARY KEY, filter TEXT NOT NULL, ordering TEXT, at TEXT NOT NULL) STRICT;
CREATE TABLE dismissed (
    tweet INTEGER NOT NULL REFERENCES tweets,
    suspicion TEXT NOT NULL,
    PRIMARY KEY (tweet, suspicion)
) STRICT;
";

/// What version 1 lacks.
const FROM_1: &str = "ALTER TABLE edits ADD COLUMN slot INTEGER;";

/// What version 2 lacks.
const FROM_2: &str = "ALTER TABLE labellings ADD COLUMN image TEXT;";

/// What version 4 lacks in its table of scores.
const FROM_4: &str = "
ALTER TABLE scores ADD COLUMN entity REAL;
ALTER TABLE scores ADD COLUMN entropy REAL;
ALTER TABLE scores ADD COLUMN margin REAL;
ALTER TABLE scores ADD COLUMN version INTEGER;
ALTER TABLE scores ADD COLUMN spans TEXT;
ALTER TABLE scores ADD COLUMN models REAL;
ALTER TABLE scores ADD COLUMN labels REAL;
";

/// Shows a store of version 1, which must stay as it is, like one of version 2: temporary names come first.
const AS_2: &str = "
CREATE TEMP VIEW edits AS SELECT *, NULL AS slot FROM main.edits;
CREATE TEMP TABLE contexts (tweet INTEGER, slot INTEGER, content TEXT, key TEXT);
CREATE TEMP TABLE answers (key TEXT, said TEXT, at TEXT);
";

/// The same for version 2.
const AS_3: &str = "CREATE TEMP VIEW labellings AS SELECT *, NULL AS image FROM main.labellings;";

/// The same for version 3.
const AS_4: &str = "
CREATE TEMP TABLE annotators (id INTEGER, name TEXT, project TEXT);
CREATE TEMP TABLE voices (tweet INTEGER, annotator INTEGER, state TEXT, spans TEXT, note TEXT, counts INTEGER);
";

/// The same for version 4.
const AS_5: &str = "
CREATE TEMP VIEW scores AS SELECT *, NULL AS entity, NULL AS entropy, NULL AS margin, NULL AS version, NULL AS spans,
    NULL AS models, NULL AS labels FROM main.scores;
CREATE TEMP TABLE views (name TEXT, filter TEXT, ordering TEXT, at TEXT);
CREATE TEMP TABLE dismissed (tweet INTEGER, suspicion TEXT);
";

/// Makes an empty store; a store that was begun and not finished never carries the name `path`.
pub(super) fn create(path: &Path) -> Result<(), ProjectError> {
    let failed = |cause| ProjectError::store(path, "making the store", cause);
    let aside = path.with_extension("new");
    match std::fs::remove_file(&aside) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            return Err(ProjectError::io(&aside, "making the store", cause));
        }
        _ => {}
    }
    let db = Connection::open(&aside).map_err(failed)?;
    let head = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};");
    db.execute_batch(&format!("BEGIN; {head} {TABLES} {CONTEXTS} {VOICES} {VIEWS} COMMIT;")).map_err(failed)?;
    db.close().map_err(|(_, cause)| failed(cause))?;
    std::fs::rename(&aside, path).map_err(|cause| ProjectError::io(path, "making the store", cause))
}

/// Opens a store and makes sure that it is one.
pub(super) fn open(path: &Path, read_only: bool) -> Result<Connection, ProjectError> {
    let failed = |cause| ProjectError::store(path, "opening the store", cause);
    let access = if read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let db = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
    db.busy_timeout(PATIENCE).map_err(failed)?;
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(failed);
    if number("application_id")? != APPLICATION {
        let what = "it was not made by spanlight".to_owned();
        return Err(ProjectError::Corrupt { path: path.to_owned(), what });
    }
    let found = number("user_version")?;
    if found > VERSION {
        let dir = path.parent().unwrap_or(path).to_owned();
        return Err(ProjectError::NewerVersion { dir, found, known: VERSION });
    }
    let steps_done = usize::try_from(found - 1).unwrap_or(0);
    if read_only {
        let missing: String = [AS_2, AS_3, AS_4, AS_5].into_iter().skip(steps_done).collect();
        db.execute_batch(&missing).map_err(failed)?;
    } else {
        db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(failed)?;
        db.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
        db.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        db.pragma_update(None, "wal_autocheckpoint", LOG_PAGES).map_err(failed)?;
        if found < VERSION {
            let steps = [[FROM_1, CONTEXTS].concat(), FROM_2.to_owned(), VOICES.to_owned(), [FROM_4, VIEWS].concat()];
            let missing: String = steps.into_iter().skip(steps_done).collect();
            db.execute_batch(&format!("BEGIN; {missing} PRAGMA user_version = {VERSION}; COMMIT;")).map_err(failed)?;
        }
    }
    Ok(db)
}
