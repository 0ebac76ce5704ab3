//! A comment while it is written, and the list of all of them.

use std::ops::Range;

use tui_input::Input;

use super::dialog::List;
use crate::project::{CommentId, CommentKind, ListedRemark, StoredComment};

/// What can be done with what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is new.
    New(CommentKind),
    /// It answers this question.
    Answer(CommentId),
    /// It stands in the place of what stood there.
    Edit(CommentId),
    /// The comment is taken away, whatever is written.
    Remove(CommentId),
}

/// A comment while it is written.
#[derive(Clone, Debug)]
pub struct Writing {
    /// The tokens it is about; none for the whole tweet.
    pub tokens: Option<Range<usize>>,
    /// What is written there already.
    pub here: Vec<StoredComment>,
    /// What can be done.
    pub purposes: Vec<Purpose>,
    /// Which of it is done.
    pub chosen: usize,
    /// What is typed.
    pub input: Input,
}

impl Writing {
    /// A comment on tokens, or on the whole tweet, of which all comments are known.
    ///
    /// An open question is answered unless something else is chosen.
    pub fn on(tokens: Option<Range<usize>>, comments: Vec<StoredComment>) -> Self {
        let about = |stored: &StoredComment| tokens.as_ref().is_none_or(|tokens| stored.comment.touches(tokens));
        let here: Vec<StoredComment> = comments.into_iter().filter(about).collect();
        let open = here.iter().filter(|stored| stored.comment.kind == CommentKind::Question);
        let mut purposes: Vec<Purpose> = open.map(|stored| Purpose::Answer(stored.id)).collect();
        purposes.extend(CommentKind::ALL.map(Purpose::New));
        purposes.extend(here.iter().flat_map(|stored| [Purpose::Edit(stored.id), Purpose::Remove(stored.id)]));
        Self { tokens, here, purposes, chosen: 0, input: Input::default() }
    }

    /// What is done with what is written; a comment that ends as a question is one.
    pub fn purpose(&self) -> Purpose {
        let asks = self.input.value().trim_end().ends_with(['?', '？', '؟']);
        match self.purposes.get(self.chosen) {
            Some(Purpose::New(CommentKind::Comment)) | None if asks => Purpose::New(CommentKind::Question),
            Some(purpose) => *purpose,
            None => Purpose::New(CommentKind::Comment),
        }
    }

    /// Chooses another purpose; what is changed stands in the line then.
    pub fn step(&mut self, by: isize) {
        let edited = matches!(self.purposes.get(self.chosen), Some(Purpose::Edit(_)));
        self.chosen = (self.chosen as isize + by).rem_euclid(self.purposes.len().max(1) as isize) as usize;
        match self.purposes.get(self.chosen) {
            Some(Purpose::Edit(id)) => {
                let text = self.here.iter().find(|stored| stored.id == *id).map(|stored| stored.comment.text.clone());
                self.input = Input::new(text.unwrap_or_default());
            }
            _ if edited => self.input = Input::default(),
            _ => {}
        }
    }
}

/// All comments and flags of the project.
#[derive(Clone, Debug)]
pub struct Remarks {
    /// What was typed, and the row with the cursor.
    pub list: List,
    /// All of them.
    pub all: Vec<ListedRemark>,
}

impl Remarks {
    /// Those that the list shows for what was typed.
    pub fn shown(&self) -> Vec<&ListedRemark> {
        let admitted = |listed: &&ListedRemark| {
            let ListedRemark { tweet, words, remark, .. } = listed;
            let answer = remark.answer.as_ref().map_or("", |answer| answer.text.as_str());
            let who = remark.who.as_deref().unwrap_or_default();
            self.list.admits(&format!("{} {tweet} {words} {} {answer} {who}", remark.kind, remark.text))
        };
        self.all.iter().filter(admitted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Comment;

    fn question(id: CommentId, tokens: Option<(usize, usize)>) -> StoredComment {
        let (kind, text) = (CommentKind::Question, "a place?".to_owned());
        let comment =
            Comment { tweet: 1, tokens, kind, text, who: String::new(), at: String::new(), answer: None, place: None };
        StoredComment { id, comment }
    }

    #[test]
    fn questions_under_the_cursor_are_answered_first() {
        let comments = vec![question(4, Some((0, 2))), question(5, Some((5, 6)))];
        let mut writing = Writing::on(Some(1..2), comments);
        assert_eq!(writing.purpose(), Purpose::Answer(4));
        writing.step(1);
        assert_eq!(writing.purpose(), Purpose::New(CommentKind::Comment));
        writing.input = Input::new("or is it ? ".into());
        assert_eq!(writing.purpose(), Purpose::New(CommentKind::Question));
        writing.step(3);
        assert_eq!((writing.purpose(), writing.input.value()), (Purpose::Edit(4), "a place?"));
        writing.step(2);
        assert_eq!((writing.purpose(), writing.input.value()), (Purpose::Answer(4), ""));
    }
}
