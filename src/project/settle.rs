//! When the database's log goes into its file: while nobody waits for an edit.
//!
//! A commit is durable once it is in the log, so nothing but time depends on when the log is emptied.

use std::time::Duration;

use rusqlite::Connection;

use super::Project;
use super::schema::PATIENCE;

impl Project {
    /// Whether there are changes that only the log of the database holds; they are as durable as all others.
    pub fn unsettled(&self) -> bool {
        !self.is_read_only() && self.db.total_changes() != self.settled
    }

    /// Brings the log of the database into its file, so that no edit has to wait for that later.
    ///
    /// A failure is only noted: the log stays and is brought in another time.
    pub fn settle(&mut self) {
        self.settled = self.db.total_changes();
        if let Err(cause) = self.db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!("the log of {} stays as it is: {cause}", self.dir.display());
        }
    }

    /// The same, and gives the log's space back; for moments when one waits anyway.
    pub(super) fn settle_and_trim(&mut self) {
        self.settled = self.db.total_changes();
        if let Err(cause) = trim(&self.db) {
            tracing::warn!("the log of {} stays as it is: {cause}", self.dir.display());
        }
    }
}

/// Empties the log as far as readers let it; they are not waited for.
fn trim(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::ZERO)?;
    let trimmed = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    db.busy_timeout(PATIENCE)?;
    trimmed
}
