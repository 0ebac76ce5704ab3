//! Dialogs over the screen: a line or a text to type in, a list to filter, a question.

use spanlight_models::example::ContextKind;
use tui_input::Input;

use super::action::Action;
use super::occurrences::Occurrences;
use super::remark::{Remarks, Writing};
use super::scheme::Scheme;
use super::sift::FilterEdit;
use crate::project::View;
use crate::project::contexts::ContextId;

/// What lies over the screen.
#[derive(Clone, Debug)]
pub enum Dialog {
    /// All that can be done with its keys, found by typing.
    Commands(CommandList),
    /// The entity types, filtered by typing.
    Types(List),
    /// Places that are about to be labelled.
    Occurrences(Box<Occurrences>),
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
    /// The types of the project, to be changed.
    Scheme(Box<Scheme>),
    /// A comment on the entity or the tweet under the cursor.
    Comment(Box<Writing>),
    /// All comments and flags, filtered by typing.
    Remarks(Box<Remarks>),
    /// Why the tweet is set aside.
    Flag(Input),
    /// Everything that happened to the open tweet; the list has no filter.
    History(List),
    /// The versions of the labels, filtered by the name that is typed, which a new one can have.
    Versions(List),
    /// How the work goes.
    Progress,
    /// The filter of the queue.
    Filter(Box<FilterEdit>),
    /// The orders of the queue, filtered by typing.
    Orders(List),
    /// The saved views of the queue, filtered by typing.
    Views(List, Vec<View>),
    /// Something that undo cannot take back, or that is large.
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
            Self::Types(list)
            | Self::Kinds(list)
            | Self::Versions(list)
            | Self::Orders(list)
            | Self::Views(list, _) => Some(&mut list.filter),
            Self::Filter(edit) => Some(&mut edit.input),
            Self::Commands(commands) => Some(&mut commands.list.filter),
            Self::Text(edit) => Some(&mut edit.input),
            Self::Search(input) | Self::Jump(input) | Self::Flag(input) => Some(input),
            Self::Scheme(scheme) => scheme.input(),
            Self::Comment(writing) => Some(&mut writing.input),
            Self::Remarks(remarks) => Some(&mut remarks.list.filter),
            Self::Problems(_)
            | Self::Influence(_)
            | Self::Occurrences(_)
            | Self::History(_)
            | Self::Progress
            | Self::Confirm { .. } => None,
        }
    }

    /// The list, where there is one.
    pub fn list(&mut self) -> Option<&mut List> {
        match self {
            Self::Commands(commands) => Some(&mut commands.list),
            Self::Occurrences(found) => Some(&mut found.list),
            Self::Scheme(scheme) => scheme.list(),
            Self::Remarks(remarks) => Some(&mut remarks.list),
            Self::Types(list)
            | Self::Problems(list)
            | Self::Kinds(list)
            | Self::Influence(list)
            | Self::History(list)
            | Self::Versions(list)
            | Self::Orders(list)
            | Self::Views(list, _) => Some(list),
            Self::Search(_)
            | Self::Jump(_)
            | Self::Flag(_)
            | Self::Text(_)
            | Self::Comment(_)
            | Self::Filter(_)
            | Self::Progress
            | Self::Confirm { .. } => None,
        }
    }
}

/// The list of all commands.
#[derive(Clone, Debug, Default)]
pub struct CommandList {
    /// What was typed, and the cursor.
    pub list: List,
    /// Whether it opened as a palette, with what was chosen last before the rest; else as the help, by chapters.
    pub palette: bool,
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
