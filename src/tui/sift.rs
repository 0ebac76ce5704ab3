//! The filter of the queue: the one in use and the one that is being written.

use std::ops::Range;

use tui_input::Input;

use super::finder::{Finder, Sifted};
use crate::filter::{Completion, Counts, Filter, FilterError, Vocabulary, complete};
use crate::order::QueueOrder;

/// Everything about filters.
#[derive(Debug, Default)]
pub struct Sift {
    /// The thread that looks, once it was needed.
    pub finder: Option<Finder>,
    /// Number of the last question.
    pub turn: u64,
    /// The filter in use.
    pub applied: Option<Applied>,
    /// What was found for the last question.
    pub found: Option<Sifted>,
    /// What is to be used as soon as it was found.
    pub awaited: Option<Awaited>,
    /// How far the tweets are read, while they are.
    pub reading: Option<(usize, usize)>,
}

/// A filter that will be used.
#[derive(Clone, Debug)]
pub struct Awaited {
    /// Number of the question.
    pub turn: u64,
    /// The filter.
    pub filter: Filter,
    /// The view that it belongs to, and its order.
    pub view: Option<(String, Option<QueueOrder>)>,
}

/// The filter in use.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The filter.
    pub filter: Filter,
    /// The rows of the queue that fit, in order.
    pub rows: Vec<usize>,
    /// Name of the saved view that it comes from.
    pub view: Option<String>,
}

impl Applied {
    /// What stands in the queue's title.
    pub fn title(&self) -> String {
        self.view.clone().unwrap_or_else(|| self.filter.text().to_owned())
    }

    /// Takes in which changed rows fit now.
    pub fn moved(&mut self, moved: &[(usize, bool)]) {
        for (row, fits) in moved {
            match (self.rows.binary_search(row), *fits) {
                (Err(place), true) => self.rows.insert(place, *row),
                (Ok(place), false) => drop(self.rows.remove(place)),
                _ => {}
            }
        }
    }

    /// Place of a row among those that fit: itself, else the first behind it.
    pub fn place_of(&self, row: usize) -> usize {
        self.rows.partition_point(|known| *known < row)
    }
}

/// A filter while it is written.
#[derive(Clone, Debug)]
pub struct FilterEdit {
    /// What was typed.
    pub input: Input,
    /// The offer under the cursor.
    pub chosen: usize,
    /// What can be named.
    pub vocabulary: Vocabulary,
    /// What the line is.
    pub read: Result<Filter, FilterError>,
    /// What can stand at the cursor.
    pub completion: Completion,
}

impl FilterEdit {
    /// Begins with a line.
    pub fn new(line: &str, vocabulary: Vocabulary) -> Self {
        let line = if line.is_empty() { String::new() } else { format!("{line} ") };
        let mut edit = Self {
            input: Input::new(line),
            chosen: 0,
            vocabulary,
            read: Ok(Filter::default()),
            completion: Completion::default(),
        };
        edit.changed();
        edit
    }

    /// The cursor in bytes of the line.
    pub fn cursor(&self) -> usize {
        let line = self.input.value();
        line.char_indices().nth(self.input.cursor()).map_or(line.len(), |(at, _)| at)
    }

    /// Reads the line anew.
    pub fn changed(&mut self) {
        self.read = Filter::parse(self.input.value(), &self.vocabulary);
        self.completion = complete(self.input.value(), self.cursor(), &self.vocabulary);
        self.chosen = self.chosen.min(self.completion.offers.len().saturating_sub(1));
    }

    /// Takes the offer under the cursor.
    pub fn take_offer(&mut self) {
        let Some(offer) = self.completion.offers.get(self.chosen) else { return };
        let (line, at) = self.completion.take(self.input.value(), self.cursor(), offer);
        let characters = line[..at].chars().count();
        self.input = Input::new(line).with_cursor(characters);
        self.chosen = 0;
        self.changed();
    }

    /// Among which tweets the values of the term under the cursor are counted.
    pub fn base(&self) -> Filter {
        if let Ok(filter) = &self.read {
            return filter.without(self.cursor());
        }
        // What cannot be read yet is the term that is being written, as a rule.
        let before = self.input.value()[..self.completion.start].trim_end_matches('-');
        Filter::parse(before, &self.vocabulary).unwrap_or_default()
    }

    /// Where the mistake is, in characters of the line, unless it is only what is being written.
    pub fn mistake(&self) -> Option<(Range<usize>, &str)> {
        let error = self.read.as_ref().err()?;
        let line = self.input.value();
        let characters = |bytes: usize| line[..bytes].chars().count();
        Some((characters(error.place.start)..characters(error.place.end), &error.message))
    }

    /// How many tweets have an offered value.
    pub fn count(&self, offer: usize, counts: &Counts) -> Option<usize> {
        counts.of(&self.completion.offers.get(offer)?.insert)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_rows_come_and_go_in_order() {
        let mut applied = Applied { filter: Filter::default(), rows: vec![1, 4, 9], view: None };
        applied.moved(&[(4, false), (5, true), (9, true), (7, false), (0, true)]);
        assert_eq!(applied.rows, [0, 1, 5, 9]);
        assert_eq!((applied.place_of(5), applied.place_of(6), applied.place_of(99)), (2, 3, 4));
    }

    #[test]
    fn offers_are_taken_where_the_cursor_is() {
        let vocabulary = Vocabulary { types: vec!["PER".into()], people: Vec::new() };
        let mut edit = FilterEdit::new("", vocabulary);
        edit.input = Input::new("été -st".into());
        edit.changed();
        edit.take_offer();
        assert_eq!(edit.input.value(), "été -state:");
        assert!(edit.mistake().is_some_and(|(place, _)| place == (11..11)));
        edit.take_offer();
        assert_eq!(edit.input.value(), "été -state:new ");
        assert!(edit.read.is_ok());
        assert_eq!(edit.input.cursor(), 15);
    }
}
