//! Keys in the list of many tweets.

use std::cmp::Reverse;

use ratatui::layout::Rect;
use spanlight_models::example::Span;
use spanlight_models::prediction::ScoredSpan;

use super::App;
use crate::order::QueueOrder;
use crate::project::{Change, ProjectError, State, TweetId};
use crate::tui::action::Action;
use crate::tui::batch::{Batch, Entry};
use crate::tui::edit::marks;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::views::batch::scroll;

impl App {
    /// Goes over to the list of the tweets that the filter leaves; without a filter, of those that are not done.
    pub(super) fn open_batch(&mut self) {
        let rows = self.batch_rows();
        if rows.is_empty() {
            let text = self.nothing_left();
            return self.say(Tone::Plain, text);
        }
        let open = self.page.as_ref().map(|page| page.index);
        let mut batch = Batch::of(rows);
        batch.cursor = batch.rows.iter().position(|row| Some(*row) == open).unwrap_or(0);
        self.batch = Some(batch);
    }

    /// The rows in the order of the plan: by score, by lot, or as in the corpus.
    fn batch_rows(&self) -> Vec<usize> {
        let queue = self.project.queue();
        let order = self.course.plan.order;
        let wanted = |row: &usize| {
            let done = queue[*row].state == State::Done;
            if order.reviews() { done } else { !done && queue[*row].state != State::Skipped }
        };
        let mut rows: Vec<usize> = match self.rows() {
            Some(rows) => rows.to_vec(),
            None => (0..queue.len()).filter(wanted).collect(),
        };
        match order {
            QueueOrder::Corpus => {}
            QueueOrder::Random => rows.sort_by_cached_key(|row| self.course.plan.lot(queue[*row].id)),
            // The highest score first, what has none last; the signs of scores do not differ, so their bits are in order.
            _ => rows.sort_by_key(|row| Reverse(self.project.score(order, *row).map(f32::to_bits))),
        }
        rows
    }

    /// Another filter or order: the list follows.
    pub(super) fn relist(&mut self) {
        if self.batch.is_some() {
            let rows = self.batch_rows();
            if let Some(batch) = &mut self.batch {
                batch.replace(rows);
            }
        }
    }

    /// Some tweets are others now: the list reads them again.
    pub(super) fn relist_tweets(&mut self, tweets: &[TweetId]) {
        if let Some(batch) = &mut self.batch {
            batch.forget(tweets);
        }
    }

    /// Reads the tweets that are in sight and brings the cursor there.
    pub(in crate::tui) fn lay_out_batch(&mut self, area: Rect) {
        let most = usize::from(area.height);
        let Some(batch) = &self.batch else { return };
        let first = batch.first.max((batch.cursor + 1).saturating_sub(most)).min(batch.cursor);
        let last = batch.rows.len().min(first.max(batch.cursor) + most);
        let wanted: Vec<usize> =
            (first..last).filter(|place| batch.entry(*place).is_none()).map(|place| batch.rows[place]).collect();
        for row in wanted {
            match self.entry(row) {
                Ok(entry) => {
                    if let Some(batch) = &mut self.batch {
                        batch.keep(row, entry);
                    }
                }
                Err(error) => return self.say(Tone::Bad, error.to_string()),
            }
        }
        if let Some(batch) = &mut self.batch {
            scroll(batch, area);
        }
    }

    /// What is in a row of the queue, read now unless it was.
    fn entry_of(&self, row: usize) -> Result<Entry, ProjectError> {
        let known = self.batch.as_ref().and_then(|batch| batch.entry_of(row)).cloned();
        known.map_or_else(|| self.entry(row), Ok)
    }

    fn entry(&self, row: usize) -> Result<Entry, ProjectError> {
        let id = self.project.queue()[row].id;
        let tweet = self.project.tweet(id)?;
        let suggestions = self.suggested_for(id)?;
        let structure = self.project.settings().spans;
        let marks = marks(&tweet.example.spans, &[], &suggestions, tweet.example.tokens.len(), structure);
        let noted = tweet.note.is_some();
        Ok(Entry { tweet: id, state: tweet.state, tokens: tweet.example.tokens, marks, noted })
    }

    /// What the model suggests for a tweet and nobody rejected: said in this session, else when it was scored.
    fn suggested_for(&self, tweet: TweetId) -> Result<Vec<ScoredSpan>, ProjectError> {
        let current = self.suggestions.answer(tweet).is_some_and(|answer| Some(answer.version) == self.model.version());
        if current {
            return Ok(self.suggestions.open(tweet));
        }
        let stored = self.project.suggested(tweet)?.map(|suggested| suggested.spans).unwrap_or_default();
        Ok(stored.into_iter().filter(|scored| !self.suggestions.is_rejected(tweet, &scored.span)).collect())
    }

    /// Does in the list what an action says; those that are about one tweet's words are done on the annotation screen.
    pub(super) fn act_on_batch(&mut self, action: Action) {
        let Some(batch) = &mut self.batch else { return };
        let page = batch.visible.max(1) as isize;
        match action {
            Action::LineDown | Action::NextToken | Action::NextTweet => batch.step(1),
            Action::LineUp | Action::PreviousToken | Action::PreviousTweet => batch.step(-1),
            Action::RowsDown => batch.step(page),
            Action::RowsUp => batch.step(-page),
            Action::FirstToken => batch.cursor = 0,
            Action::LastToken => batch.cursor = batch.rows.len().saturating_sub(1),
            Action::SelectRow => batch.toggle(),
            Action::SelectRows => batch.extend(),
            Action::SelectAll => batch.toggle_all(),
            Action::LeaveList if !batch.selected.is_empty() => batch.selected.clear(),
            Action::LeaveList => self.batch = None,
            Action::OpenRow => {
                let row = batch.rows.get(batch.cursor).copied();
                self.batch = None;
                if let Some(item) = row.and_then(|row| self.project.queue().get(row)) {
                    self.open(item.id);
                }
            }
            Action::Accept | Action::AcceptAll => self.change_rows("accept", true, None),
            Action::AcceptAllDone => self.change_rows("accept and done", true, Some(State::Done)),
            Action::Done => self.change_rows("done", false, Some(State::Done)),
            Action::Skip => self.change_rows("skip", false, Some(State::Skipped)),
            Action::Flag => self.change_rows("flag", false, Some(State::Flagged)),
            Action::RejectAll => self.reject_rows(),
            Action::Undo | Action::Redo => {
                self.act(action);
                self.follow_undo();
            }
            Action::WriteFilter
            | Action::DropFilter
            | Action::ChooseOrder
            | Action::SwitchOrder
            | Action::ChooseView
            | Action::Help
            | Action::NextTheme
            | Action::Problems
            | Action::Redraw
            | Action::Quit
            | Action::Leave => self.act(action),
            _ => {
                let open = self.key_of(Action::OpenRow);
                self.say(Tone::Plain, format!("that is done on the annotation screen; {open} opens the tweet there"));
            }
        }
    }

    /// Puts the cursor on the tweet that an undo went to.
    fn follow_undo(&mut self) {
        let open = self.page.as_ref().map(|page| page.index);
        if let Some(batch) = &mut self.batch
            && let Some(place) = batch.rows.iter().position(|row| Some(*row) == open)
        {
            batch.cursor = place;
        }
    }

    /// Changes the chosen tweets, or the one under the cursor, in one step of undo.
    fn change_rows(&mut self, what: &str, accept: bool, state: Option<State>) {
        let Some(batch) = &self.batch else { return };
        let (targets, several) = (batch.targets(), !batch.selected.is_empty());
        let rows: Vec<usize> = targets.iter().map(|place| batch.rows[*place]).collect();
        let mut accepted = 0;
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            let change = match self.entry_of(row) {
                Ok(entry) => {
                    let suggestions = if accept { entry.suggestions() } else { 0 };
                    accepted += suggestions;
                    // A flag is taken away by flagging once more.
                    let state = state.map(|state| match (state, entry.state) {
                        (State::Flagged, State::Flagged) => State::InProgress,
                        (state, _) => state,
                    });
                    let spans: Vec<Span> = entry.marks.iter().map(|mark| mark.span.clone()).collect();
                    Change { tweet: entry.tweet, spans: (suggestions > 0).then_some(spans), state, note: None }
                }
                Err(error) => return self.say(Tone::Bad, error.to_string()),
            };
            if change.spans.is_some() || change.state.is_some() {
                changes.push(change);
            }
        }
        if changes.is_empty() {
            return self.say(Tone::Plain, "there is no suggestion to accept");
        }
        let of = text::counted(changes.len(), "tweet");
        if !self.apply(&format!("{what}: {of}"), &changes) {
            if self.unsaved.is_none() {
                self.say(Tone::Plain, "nothing changes by that");
            }
            return;
        }
        if let Some(batch) = &mut self.batch {
            if several {
                batch.selected.clear();
            } else if state.is_some() {
                batch.step(1);
            }
        }
        let undo = self.key_of(Action::Undo);
        let labels =
            if accepted > 0 { format!(", {} accepted", text::counted(accepted, "suggestion")) } else { String::new() };
        self.say(Tone::Good, format!("{what}: {of}{labels}; {undo} takes it back"));
    }

    /// Hides the suggestions of the chosen tweets for this session.
    fn reject_rows(&mut self) {
        let Some(batch) = &self.batch else { return };
        let rows: Vec<usize> = batch.targets().into_iter().map(|place| batch.rows[place]).collect();
        let mut rejected = 0;
        let mut tweets = Vec::new();
        for row in rows {
            let entry = match self.entry_of(row) {
                Ok(entry) => entry,
                Err(error) => return self.say(Tone::Bad, error.to_string()),
            };
            for mark in entry.marks.iter().filter(|mark| !mark.is_label()) {
                self.suggestions.reject(entry.tweet, mark.span.clone());
                rejected += 1;
            }
            tweets.push(entry.tweet);
        }
        self.relist_tweets(&tweets);
        self.say(
            Tone::Plain,
            match rejected {
                0 => "there is no suggestion to reject".to_owned(),
                _ => format!("rejected {} for this session", text::counted(rejected, "suggestion")),
            },
        );
    }
}
