//! Comments, questions and decisions: writing them where one is, and going to where they are.

use super::App;
use crate::project::{Applied, CommentKind, ProjectError};
use crate::tui::action::Action;
use crate::tui::dialog::{Dialog, List};
use crate::tui::remark::{Purpose, Remarks, Writing};
use crate::tui::theme::Tone;

impl App {
    /// Begins a comment on the entity or the selection under the cursor, else on the tweet.
    pub(super) fn begin_comment(&mut self) {
        let Some(page) = &self.page else { return };
        let marked = page.selection.is_some() || page.current().is_some();
        let tokens = marked.then(|| page.target());
        self.dialog = Some(Dialog::Comment(Box::new(Writing::on(tokens, page.comments.clone()))));
    }

    /// Saves what was written; what could not be saved stays to be saved once more.
    pub(super) fn save_comment(&mut self, writing: Box<Writing>) {
        let Some(tweet) = self.page.as_ref().map(|page| page.tweet.id) else { return };
        let (text, purpose) = (writing.input.value(), writing.purpose());
        if text.trim().is_empty() && !matches!(purpose, Purpose::Remove(_)) {
            self.say(Tone::Warn, "a comment needs a word");
            self.dialog = Some(Dialog::Comment(writing));
            return;
        }
        let added = |added: Result<(_, Applied), ProjectError>| added.map(|(_, applied)| Some(applied));
        let (applied, done) = match purpose {
            Purpose::New(kind) => {
                let add = added(self.project.add_comment(tweet, writing.tokens.clone(), kind, text));
                (add, if kind == CommentKind::Question { "question noted" } else { "written" })
            }
            Purpose::Answer(id) => (self.project.answer_comment(id, text), "answered: a decision now"),
            Purpose::Edit(id) => (self.project.edit_comment(id, text), "changed"),
            Purpose::Remove(id) => (self.project.remove_comment(id), "taken away"),
        };
        let failed = applied.is_err();
        if self.took_effect(applied).is_some() {
            let undo = self.key_of(Action::Undo);
            self.say(Tone::Good, format!("{done}; {undo} takes it back"));
        } else if failed {
            self.dialog = Some(Dialog::Comment(writing));
        } else {
            self.say(Tone::Plain, "the comment is as it was");
        }
    }

    /// Lists all comments and flags.
    pub(super) fn show_remarks(&mut self) {
        match self.project.remarks() {
            Ok(all) if all.is_empty() => {
                let (comment, flag) = (self.key_of(Action::Comment), self.key_of(Action::Flag));
                self.say(Tone::Plain, format!("nothing is commented or flagged; {comment} comments, {flag} flags"));
            }
            Ok(all) => {
                // Where one is comes first.
                let here = self.page.as_ref().map(|page| page.tweet.id);
                let cursor = all.iter().position(|listed| Some(listed.row) == here).unwrap_or(0);
                let list = List { cursor, ..List::default() };
                self.dialog = Some(Dialog::Remarks(Box::new(Remarks { list, all })));
            }
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    /// Goes to the comment under the cursor of the list.
    pub(super) fn go_to_remark(&mut self, remarks: &Remarks) {
        let shown = remarks.shown();
        let Some(listed) = shown.get(remarks.list.cursor) else { return };
        if self.project.index_of(listed.row).is_none() {
            return self.say(Tone::Plain, format!("tweet {} is not one to be labelled", listed.tweet));
        }
        self.open(listed.row);
        if let (Some(page), Some((start, _))) = (&mut self.page, listed.remark.tokens) {
            page.go(start);
        }
        let comment = self.key_of(Action::Comment);
        let answers = if listed.remark.kind == CommentKind::Question.name() { "answers" } else { "comments" };
        self.say(Tone::Plain, format!("{}: {} ({comment} {answers})", listed.remark.kind, listed.remark.text));
    }
}
