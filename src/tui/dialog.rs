//! Dialogs over the screen: a line or a text to type in, a list to filter, a question.

use spanlight_models::example::ContextKind;
use tui_input::Input;

use super::action::Action;
use super::sift::FilterEdit;
use crate::project::View;
use crate::project::contexts::ContextId;

/// What lies over the screen.
#[derive(Clone, Debug)]
pub enum Dialog {
    /// All keys, filtered by typing.
    Help(List),
    /// The entity types, filtered by typing.
    Types(List),
    /// What is wrong in the user's files.
    Problems(List),
    /// Text to search.
    Search(Input),
    /// Number or id of a tweet.
    Jump(Input),
    /// The kinds of texts that can accompany a tweet, filtered by typing.
    Kinds(List),
    /// A text that accompanies the tweet.
    Text(TextEdit),
    /// The labels with and without each of these texts; the list has no filter.
    Influence(List),
    /// The filter of the queue.
    Filter(Box<FilterEdit>),
    /// The orders of the queue, filtered by typing.
    Orders(List),
    /// The saved views of the queue, filtered by typing.
    Views(List, Vec<View>),
    /// Something that undo cannot take back.
    Confirm {
        /// What will happen.
        question: String,
        /// What is done on yes.
        action: Action,
    },
}

impl Dialog {
    /// The line that is typed into, where there is one.
    pub fn input(&mut self) -> Option<&mut Input> {
        match self {
            Self::Help(list) | Self::Types(list) | Self::Kinds(list) | Self::Orders(list) | Self::Views(list, _) => {
                Some(&mut list.filter)
            }
            Self::Filter(edit) => Some(&mut edit.input),
            Self::Text(edit) => Some(&mut edit.input),
            Self::Search(input) | Self::Jump(input) => Some(input),
            Self::Problems(_) | Self::Influence(_) | Self::Confirm { .. } => None,
        }
    }

    /// The list, where there is one.
    pub fn list(&mut self) -> Option<&mut List> {
        match self {
            Self::Help(list)
            | Self::Types(list)
            | Self::Problems(list)
            | Self::Kinds(list)
            | Self::Influence(list)
            | Self::Orders(list)
            | Self::Views(list, _) => Some(list),
            Self::Search(_) | Self::Jump(_) | Self::Text(_) | Self::Filter(_) | Self::Confirm { .. } => None,
        }
    }
}

/// A text that accompanies the tweet while it is being written.
#[derive(Clone, Debug)]
pub struct TextEdit {
    /// The text that is changed; `None` for a new one.
    pub place: Option<ContextId>,
    /// What it is.
    pub kind: ContextKind,
    /// What stood there.
    pub before: String,
    /// What stands there now.
    pub input: Input,
}

/// A list with a filter and a cursor.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// What was typed.
    pub filter: Input,
    /// The row under the cursor.
    pub cursor: usize,
}

impl List {
    /// Moves the cursor among `rows` rows.
    pub fn step(&mut self, by: isize, rows: usize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(rows.saturating_sub(1));
    }

    /// Whether `text` holds every word that was typed, whatever the case.
    pub fn admits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.filter.value().to_lowercase().split_whitespace().all(|word| text.contains(word))
    }

    /// The first row to show so that the cursor is among `visible` ones.
    pub fn first_visible(&self, visible: usize) -> usize {
        (self.cursor + 1).saturating_sub(visible.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_typed_word_must_be_there() {
        let list = List { filter: Input::new("all CORPUS".into()), cursor: 0 };
        assert!(list.admits("Label every occurrence in the corpus (all)"));
        assert!(!list.admits("accept all"));
        assert!(List::default().admits("anything"));
    }

    #[test]
    fn the_cursor_stays_in_the_list_and_in_sight() {
        let mut list = List::default();
        list.step(-1, 5);
        assert_eq!(list.cursor, 0);
        list.step(9, 5);
        assert_eq!((list.cursor, list.first_visible(3)), (4, 2));
        list.step(1, 0);
        assert_eq!(list.cursor, 0);
    }
}
