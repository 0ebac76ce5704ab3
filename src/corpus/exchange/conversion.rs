//! What had to be decided to read a file of another tool, for a report.

use serde::Serialize;

use super::Unit;
use crate::corpus::Listed;

/// A token that was cut because an entity begins or ends within it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutToken {
    /// Id of the tweet.
    pub tweet: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// The token as it stood.
    pub token: String,
    /// What it became.
    pub parts: Vec<String>,
}

/// How a file of another tool was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Conversion {
    /// The format's name.
    pub format: &'static str,
    /// What offsets count, where the file has offsets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offsets: Option<Unit>,
    /// Tokens that were cut.
    pub cut: Listed<CutToken>,
    /// What the file says and spanlight cannot hold, in words, with a count.
    pub left: Vec<(String, usize)>,
}

impl Conversion {
    /// Counts something that cannot be held.
    pub(super) fn leave(&mut self, what: &str) {
        match self.left.iter_mut().find(|(known, _)| known == what) {
            Some((_, count)) => *count += 1,
            None => self.left.push((what.to_owned(), 1)),
        }
    }

    /// For people, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(unit) = self.offsets.filter(|unit| *unit != Unit::CodePoints) {
            lines.push(format!("offsets are read as {}, by which all entities fit their text", unit.name()));
        }
        if !self.cut.is_empty() {
            lines.push(format!("tokens cut at the border of an entity: {}", self.cut.total()));
        }
        lines.extend(self.left.iter().map(|(what, count)| format!("{what}: {count}")));
        lines
    }
}
