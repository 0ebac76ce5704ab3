//! Suspicions about labels that a person turned down: an edit like any other, so that undo takes it back.

use rusqlite::{Transaction, params};

use super::log::Applied;
use super::steps::Changes;
use super::{Project, ProjectError, TweetId};

impl Project {
    /// Turns a suspicion about a tweet's labels down; one step of undo, and nothing where it was turned down before.
    pub fn dismiss(&mut self, summary: &str, tweet: TweetId, suspicion: &str) -> Result<Option<Applied>, ProjectError> {
        let before = self.labelling(tweet)?;
        let mut after = before.clone();
        if !after.dismissed.iter().any(|known| known == suspicion) {
            after.dismissed.push(suspicion.to_owned());
            after.dismissed.sort_unstable();
        }
        let mut changes = Changes::default();
        changes.labels.insert(tweet, (before, after));
        let during = format!("the edit “{summary}”");
        self.write_step(&self.edit_step(&during, summary, None), changes)
    }

    /// The suspicions about a tweet's labels that were turned down, in order.
    pub fn dismissed(&self, tweet: TweetId) -> Result<Vec<String>, ProjectError> {
        let sql = "SELECT suspicion FROM dismissed WHERE tweet = ? ORDER BY suspicion";
        self.rows("reading what was dismissed", sql, [tweet], |row| row.get(0))
    }
}

/// Makes `suspicions` those of a tweet.
pub(super) fn write(db: &Transaction<'_>, tweet: TweetId, suspicions: &[String]) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM dismissed WHERE tweet = ?")?.execute([tweet])?;
    let mut insert = db.prepare_cached("INSERT INTO dismissed (tweet, suspicion) VALUES (?, ?)")?;
    suspicions.iter().try_for_each(|suspicion| insert.execute(params![tweet, suspicion]).map(drop))
}
