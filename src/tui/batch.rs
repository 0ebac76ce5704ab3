//! The list of many tweets: what is selected, what is in sight.

use std::collections::{BTreeSet, HashMap};

use super::edit::Mark;
use crate::project::{State, TweetId};

/// Rows of the list that are kept as they were read.
const KEPT: usize = 512;

/// A tweet as the list shows it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Row in the store.
    pub tweet: TweetId,
    /// How far its labelling is.
    pub state: State,
    /// Its tokens.
    pub tokens: Vec<String>,
    /// Labels and open suggestions.
    pub marks: Vec<Mark>,
    /// Whether a person wrote something about it.
    pub noted: bool,
}

impl Entry {
    /// Number of open suggestions.
    pub fn suggestions(&self) -> usize {
        self.marks.iter().filter(|mark| !mark.is_label()).count()
    }
}

/// The list.
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows of the queue in the order of the list.
    pub rows: Vec<usize>,
    /// Place in the list.
    pub cursor: usize,
    /// First place in sight.
    pub first: usize,
    /// Places that were chosen.
    pub selected: BTreeSet<usize>,
    /// Where the last one was chosen.
    pub anchor: Option<usize>,
    /// How many places fitted on the screen drawn last.
    pub visible: usize,
    entries: HashMap<usize, Entry>,
}

impl Batch {
    /// A list of these rows.
    pub fn of(rows: Vec<usize>) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.rows.len().saturating_sub(1));
    }

    /// Chooses the row under the cursor or takes that back, and goes on.
    pub fn toggle(&mut self) {
        if !self.selected.remove(&self.cursor) {
            self.selected.insert(self.cursor);
        }
        self.anchor = Some(self.cursor);
        self.step(1);
    }

    /// Chooses everything from the row that was chosen last to the cursor.
    pub fn extend(&mut self) {
        let from = self.anchor.unwrap_or(self.cursor);
        self.selected.extend(from.min(self.cursor)..=from.max(self.cursor));
        self.anchor = Some(self.cursor);
    }

    /// Chooses all rows, or none where all are chosen.
    pub fn toggle_all(&mut self) {
        if self.selected.len() == self.rows.len() {
            self.selected.clear();
        } else {
            self.selected = (0..self.rows.len()).collect();
        }
    }

    /// The places that an action is about: the chosen ones, else the one under the cursor.
    pub fn targets(&self) -> Vec<usize> {
        if self.selected.is_empty() {
            (self.cursor < self.rows.len()).then_some(self.cursor).into_iter().collect()
        } else {
            self.selected.iter().copied().collect()
        }
    }

    /// What is at a place, if it was read.
    pub fn entry(&self, place: usize) -> Option<&Entry> {
        self.entries.get(self.rows.get(place)?)
    }

    /// What is in a row of the queue, if it was read.
    pub fn entry_of(&self, row: usize) -> Option<&Entry> {
        self.entries.get(&row)
    }

    /// Keeps what was read of a row of the queue.
    pub fn keep(&mut self, row: usize, entry: Entry) {
        if self.entries.len() >= KEPT {
            self.entries.clear();
        }
        self.entries.insert(row, entry);
    }

    /// Forgets what was read of some tweets.
    pub fn forget(&mut self, tweets: &[TweetId]) {
        self.entries.retain(|_, entry| !tweets.contains(&entry.tweet));
    }

    /// Takes other rows; the cursor stays at its row, and what was chosen is chosen no more.
    pub fn replace(&mut self, rows: Vec<usize>) {
        let here = self.rows.get(self.cursor).copied();
        self.rows = rows;
        self.cursor = here.and_then(|here| self.rows.iter().position(|row| *row == here)).unwrap_or(0);
        self.selected.clear();
        self.anchor = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_rows_are_chosen_one_by_one_and_in_a_run() {
        let mut batch = Batch::of((10..20).collect());
        batch.toggle();
        batch.step(3);
        batch.extend();
        assert_eq!(batch.targets(), [0, 1, 2, 3, 4]);
        batch.step(-2);
        batch.toggle();
        assert_eq!(batch.targets(), [0, 1, 3, 4]);
        batch.toggle_all();
        batch.toggle_all();
        assert_eq!(batch.targets(), [batch.cursor]);
        batch.replace(vec![15, 13]);
        assert_eq!((batch.cursor, batch.rows[batch.cursor]), (1, 13));
        assert!(Batch::default().targets().is_empty());
    }
}
