//! Saved views of the queue: a filter and an order by name.

use rusqlite::{Row, params};
use serde::Serialize;

use super::log::now;
use super::{Project, ProjectError};
use crate::order::QueueOrder;

/// A filter and an order with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Its name.
    pub name: String,
    /// The filter's line; empty: all tweets.
    pub filter: String,
    /// The order; `None`: whichever is in use.
    pub order: Option<QueueOrder>,
    /// When it was saved, RFC 3339 in UTC.
    pub at: String,
}

impl Project {
    /// The saved views, by name.
    pub fn views(&self) -> Result<Vec<View>, ProjectError> {
        let sql = "SELECT name, filter, ordering, at FROM views ORDER BY name";
        let view = |row: &Row<'_>| {
            let order = row.get::<_, Option<String>>(2)?.and_then(|name| QueueOrder::named(&name));
            Ok(View { name: row.get(0)?, filter: row.get(1)?, order, at: row.get(3)? })
        };
        self.rows("reading the views", sql, [], view)
    }

    /// Saves a view, in place of one of the same name.
    pub fn save_view(&mut self, name: &str, filter: &str, order: Option<QueueOrder>) -> Result<(), ProjectError> {
        if self.is_read_only() {
            return Err(ProjectError::ReadOnly { during: "saving a view".to_owned() });
        }
        let sql = "INSERT OR REPLACE INTO views (name, filter, ordering, at) VALUES (?, ?, ?, ?)";
        let write = || self.db.execute(sql, params![name, filter, order.map(QueueOrder::name), now()]);
        write().map(drop).map_err(self.failed("saving a view"))
    }

    /// Forgets a view; whether there was one.
    pub fn remove_view(&mut self, name: &str) -> Result<bool, ProjectError> {
        if self.is_read_only() {
            return Err(ProjectError::ReadOnly { during: "removing a view".to_owned() });
        }
        let write = || self.db.execute("DELETE FROM views WHERE name = ?", [name]);
        write().map(|removed| removed > 0).map_err(self.failed("removing a view"))
    }
}
