//! Lists for reports that stay small however bad the input is.

use serde::Serialize;

/// How many items a list keeps.
const KEPT: usize = 10_000;

/// The first items of a list and how many there were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed<T> {
    items: Vec<T>,
    total: usize,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), total: 0 }
    }
}

impl<T> Listed<T> {
    /// Counts an item, and keeps it if there is room.
    pub fn push(&mut self, item: T) {
        if self.items.len() < KEPT {
            self.items.push(item);
        }
        self.total += 1;
    }

    /// Counts all of `other`'s items, and keeps those for which there is room.
    pub fn append(&mut self, other: Self) {
        let room = KEPT - self.items.len();
        self.items.extend(other.items.into_iter().take(room));
        self.total += other.total;
    }

    /// The same list of other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(change).collect(), total: self.total }
    }

    /// The items that were kept: the first ten thousand.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// How many there were.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The first `most` items, one a line, and how many more there are.
    pub fn lines(&self, most: usize, line: impl Fn(&T) -> String) -> Vec<String> {
        let mut lines: Vec<String> = self.items.iter().take(most).map(line).collect();
        if self.total > lines.len() {
            lines.push(format!("... and {} more", self.total - lines.len()));
        }
        lines
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}

impl<T> Extend<T> for Listed<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T> FromIterator<T> for Listed<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = Self::default();
        list.extend(items);
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_on_when_full() {
        let mut list: Listed<usize> = (0..KEPT - 1).collect();
        list.append((0..5).collect());
        assert_eq!((list.items().len(), list.total()), (KEPT, KEPT + 4));
        list.push(0);
        assert_eq!((list.items().len(), list.total()), (KEPT, KEPT + 5));
    }
}
