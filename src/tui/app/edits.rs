//! What the keys do to labels and states; every edit is one durable step of undo.

use spanlight_models::example::Span;
use tui_input::Input;

use super::App;
use crate::project::{Applied, Change, ProjectError, State, Suggested, TweetId, add_beside, occurrences};
use crate::tui::dialog::Dialog;
use crate::tui::dictionary::Ask;
use crate::tui::edit::{Edge, Mark, Selection, Toward, assign, mark_at, move_edge, next_mark, previous_mark, remove};
use crate::tui::page::Page;
use crate::tui::text;
use crate::tui::theme::Tone;

/// Columns of an entity's text in a message.
pub(super) const QUOTED: usize = 24;

/// An entity's text as messages show it.
pub(super) fn quoted(words: &str) -> String {
    format!("`{}`", text::truncate(words, QUOTED))
}

impl App {
    /// Writes an edit; the screen says it is saved only when it is.
    pub(super) fn apply(&mut self, summary: &str, changes: &[Change]) -> bool {
        let suggested: Vec<Suggested> = changes.iter().filter_map(|change| self.suggested(change.tweet)).collect();
        let applied = self.project.apply_beside(summary, changes, &suggested);
        self.took_effect(applied).is_some()
    }

    /// What the model said about a tweet, for the record of what became of it; rejected suggestions count too.
    fn suggested(&self, tweet: TweetId) -> Option<Suggested> {
        let answer = self.suggestions.answer(tweet)?;
        let spans = answer.prediction.spans.iter().map(|scored| scored.span.clone()).collect();
        Some(Suggested { tweet, model: answer.version, spans })
    }

    /// Shows what an edit, an undo or a redo did.
    pub(super) fn took_effect(&mut self, applied: Result<Option<Applied>, ProjectError>) -> Option<Applied> {
        match applied {
            Ok(applied) => {
                self.unsaved = None;
                if let Some(applied) = &applied {
                    self.uncounted = Some(self.now);
                    self.queue_changed();
                    self.refresh_page();
                    if applied.types {
                        self.types_changed();
                    }
                    self.relearn_names(&applied.tweets);
                    self.read_anew(&applied.reread);
                    self.tell_finder(applied.tweets.clone());
                }
                applied
            }
            Err(error) => {
                self.unsaved = Some(error.to_string());
                self.say(Tone::Bad, format!("not saved: {error}"));
                None
            }
        }
    }

    /// Has the model read tweets again whose contexts or images are others now.
    fn read_anew(&mut self, tweets: &[TweetId]) {
        for tweet in tweets {
            self.suggestions.outdate(*tweet);
        }
        self.influence.take_if(|influence| tweets.contains(&influence.tweet));
        if !tweets.is_empty() {
            self.consult();
        }
    }

    /// Writes new labels of the open tweet.
    pub(super) fn relabel(&mut self, summary: &str, spans: Vec<Span>) -> bool {
        let Some(page) = &self.page else { return false };
        let begun = matches!(page.tweet.state, State::New | State::Seen).then_some(State::InProgress);
        let change = Change { tweet: page.tweet.id, spans: Some(spans), state: begun, note: None };
        self.apply(summary, &[change])
    }

    /// Labels the selection, the entity or the token under the cursor.
    pub(super) fn assign_type(&mut self, index: usize) {
        let Some(label) = self.project.settings().labels.name(index).map(str::to_owned) else { return };
        let structure = self.project.settings().spans;
        let Some(page) = self.page.as_mut().filter(|page| !page.is_empty()) else { return };
        let range = page.target();
        let new = Span::new(label.as_str(), range.start, range.end);
        // A selection is labelled beside what is there, an entity under the cursor is relabelled in place.
        let instead = page.current().filter(|_| page.selection.is_none()).map(|mark| mark.span.clone());
        page.selection = None;
        let already = page.tweet.example.spans.contains(&new);
        let (spans, replaced) = assign(&page.tweet.example.spans, new.clone(), instead.as_ref(), structure);
        let words = quoted(&page.words(range.clone()));
        let shown = text::truncate(&label, QUOTED);
        page.choose(new);
        if already {
            self.say(Tone::Plain, format!("{words} is {shown} already"));
            return;
        }
        if !self.relabel(&format!("label {words} {shown}"), spans) {
            return;
        }
        let lost = replaced.iter().filter(|span| (span.start..span.end) != range).count();
        if lost > 0 {
            self.say(Tone::Plain, format!("{words} is {shown} now, in place of {}", text::counted(lost, "label")));
        }
    }

    /// Moves one end of the selection, of the entity under the cursor, or of a selection that begins here.
    pub(super) fn move_end(&mut self, edge: Edge, toward: Toward) {
        self.dirty = true;
        let structure = self.project.settings().spans;
        let Some(page) = self.page.as_mut().filter(|page| !page.is_empty()) else { return };
        let tokens = page.len();
        let mark = page.current().cloned();
        let (Some(mark), None) = (mark, page.selection) else {
            let selection = page.selection.unwrap_or_else(|| Selection::at(page.cursor));
            let moved = selection.move_edge(edge, toward, tokens);
            page.selection = Some(moved);
            page.cursor = moved.head;
            return;
        };
        let Some(moved) = move_edge(&page.tweet.example.spans, &mark.span, edge, toward, tokens, structure) else {
            self.say(Tone::Plain, "there is no room to move this end");
            return;
        };
        let rest = remove(&page.tweet.example.spans, &mark.span);
        let (spans, _) = assign(&rest, moved.clone(), None, structure);
        page.cursor = page.cursor.clamp(moved.start, moved.end - 1);
        page.choose(moved.clone());
        let summary = format!("bound {}", quoted(&page.words(moved.start..moved.end)));
        self.relabel(&summary, spans);
    }

    /// Extends the selection, moving the cursor.
    pub(super) fn extend(&mut self, toward: Toward) {
        self.dirty = true;
        let Some(page) = self.page.as_mut().filter(|page| !page.is_empty()) else { return };
        let selection = page.selection.unwrap_or_else(|| Selection::at(page.cursor)).extend(toward, page.len());
        page.selection = Some(selection);
        page.cursor = selection.head;
    }

    /// Goes to the next label or suggestion, or to the one before.
    pub(super) fn go_to_entity(&mut self, step: isize) {
        self.dirty = true;
        let Some(page) = &mut self.page else { return };
        let current = page.current();
        let found = if step > 0 {
            next_mark(&page.marks, page.cursor, current)
        } else {
            previous_mark(&page.marks, page.cursor, current)
        };
        let Some(span) = found.map(|mark| mark.span.clone()) else { return };
        page.go(span.start);
        page.choose(span);
    }

    /// Chooses another one of the entities under the cursor.
    pub(super) fn choose_here(&mut self) {
        if !self.page.as_mut().is_some_and(Page::choose_next_here) {
            self.say(Tone::Plain, "no other entity is under the cursor");
        }
    }

    /// Deletes the label or rejects the suggestion under the cursor.
    pub(super) fn remove(&mut self) {
        let Some(page) = &self.page else { return };
        let Some(mark) = page.current().cloned() else {
            self.say(Tone::Plain, "there is no label or suggestion under the cursor");
            return;
        };
        let range = mark.span.start..mark.span.end;
        let words = quoted(&page.words(range));
        // A label that a person takes away must not come back as a suggestion.
        self.turn_down(&mark);
        if mark.is_label() {
            let Some(page) = &self.page else { return };
            let spans = remove(&page.tweet.example.spans, &mark.span);
            self.relabel(&format!("unlabel {words}"), spans);
        } else {
            self.refresh_marks();
            let again = self.key_of(crate::tui::action::Action::RejectAll);
            self.say(Tone::Plain, format!("rejected {words} for this session; {again} shows it again"));
        }
    }

    /// Hides all suggestions of the tweet, or shows them again where all are hidden.
    pub(super) fn reject_all(&mut self) {
        let Some(page) = &self.page else { return };
        let tweet = page.tweet.id;
        let open: Vec<Mark> = page.marks.iter().filter(|mark| !mark.is_label()).cloned().collect();
        let text = if open.is_empty() {
            self.names.ask(Ask::Restored(tweet));
            match self.suggestions.restore(tweet) {
                0 => "there is no suggestion to reject".into(),
                restored => format!("{} shown again", text::counted(restored, "rejected suggestion")),
            }
        } else {
            let count = open.len();
            for mark in &open {
                self.turn_down(mark);
            }
            let again = self.key_of(crate::tui::action::Action::RejectAll);
            format!("rejected {} for this session; {again} shows them again", text::counted(count, "suggestion"))
        };
        self.refresh_marks();
        self.say(Tone::Plain, text);
    }

    /// Accepts the suggestion under the cursor, else the next one.
    pub(super) fn accept(&mut self) {
        let structure = self.project.settings().spans;
        let Some(page) = &mut self.page else { return };
        let open: Vec<Mark> = page.marks.iter().filter(|mark| !mark.is_label()).cloned().collect();
        let chosen = page.current().filter(|mark| !mark.is_label()).or_else(|| mark_at(&open, page.cursor));
        let Some(mark) = chosen.or_else(|| next_mark(&open, page.cursor, None)).cloned() else {
            self.say(Tone::Plain, "there is no suggestion to accept");
            return;
        };
        page.go(mark.span.start);
        let (spans, _) = assign(&page.tweet.example.spans, mark.span.clone(), None, structure);
        let summary = format!("accept {}", quoted(&page.words(mark.span.start..mark.span.end)));
        if self.relabel(&summary, spans) {
            // The next suggestion is brought under the cursor, so that one key goes through all of them.
            if let Some(page) = &mut self.page {
                let open: Vec<Mark> = page.marks.iter().filter(|mark| !mark.is_label()).cloned().collect();
                if let Some(next) = next_mark_from(&open, page.cursor) {
                    page.cursor = next.span.start;
                    page.choose(next.span.clone());
                }
            }
        }
    }

    /// Labels and all open suggestions of the page, and how many suggestions there are.
    fn with_suggestions(&self) -> Option<(Vec<Span>, usize)> {
        let page = self.page.as_ref()?;
        let open = page.marks.iter().filter(|mark| !mark.is_label()).count();
        Some((page.marks.iter().map(|mark| mark.span.clone()).collect(), open))
    }

    /// Accepts all suggestions of the tweet.
    pub(super) fn accept_all(&mut self) {
        match self.with_suggestions() {
            Some((spans, open)) if open > 0 => {
                let summary = format!("accept {}", text::counted(open, "suggestion"));
                if self.relabel(&summary, spans) {
                    self.say(Tone::Good, format!("accepted {}", text::counted(open, "suggestion")));
                }
            }
            _ => self.say(Tone::Plain, "there is no suggestion to accept"),
        }
    }

    /// Accepts all suggestions, marks the tweet as done and goes on; one step of undo.
    pub(super) fn accept_all_done(&mut self) {
        let Some((spans, open)) = self.with_suggestions() else { return };
        let summary =
            if open == 0 { "done".into() } else { format!("accept {} and done", text::counted(open, "suggestion")) };
        self.finish(&summary, Some(spans), State::Done);
    }

    /// Gives the tweet a state that ends the work on it, and goes to the next one by the chosen order.
    pub(super) fn finish(&mut self, summary: &str, spans: Option<Vec<Span>>, state: State) {
        let Some(page) = &self.page else { return };
        let tweet = page.tweet.id;
        let unchanged =
            page.tweet.state == state && spans.as_ref().is_none_or(|spans| *spans == page.tweet.example.spans);
        let change = Change { tweet, spans, state: Some(state), note: None };
        if !unchanged && !self.apply(summary, &[change]) {
            return;
        }
        if self.course.plan.order.reviews() {
            self.course.reviewed.insert(tweet);
            self.course.stale = true;
        }
        self.choose_next();
        if let Some(next) = self.up_next {
            self.open(next);
        } else {
            let text = self.nothing_left();
            self.say(Tone::Good, text);
        }
    }

    /// Asks why the tweet is set aside, or takes the flag away.
    pub(super) fn flag(&mut self) {
        let Some(page) = &self.page else { return };
        if page.tweet.state != State::Flagged {
            self.dialog = Some(Dialog::Flag(Input::default()));
            return;
        }
        // The reason goes with the flag; the history keeps it.
        let (state, note) = (Some(State::InProgress), Some(String::new()));
        let change = Change { tweet: page.tweet.id, spans: None, state, note };
        if self.apply("unflag", &[change]) {
            self.say(Tone::Plain, "the flag is gone");
        }
    }

    /// Sets the tweet aside for a reason, which may be empty.
    pub(super) fn flag_because(&mut self, reason: &str) {
        let Some(page) = &self.page else { return };
        let note = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        let change = Change { tweet: page.tweet.id, spans: None, state: Some(State::Flagged), note };
        if self.apply("flag", &[change]) {
            self.say(Tone::Plain, "flagged for a second look");
        }
    }

    /// The entity under the cursor as a pattern: its label and its tokens.
    pub(super) fn pattern(&mut self) -> Option<(Span, Vec<String>)> {
        let page = self.page.as_ref()?;
        let found = page
            .current()
            .map(|mark| (mark.span.clone(), page.tweet.example.tokens[mark.span.start..mark.span.end].to_vec()));
        if found.is_none() {
            self.say(Tone::Plain, "put the cursor on a label or suggestion first");
        }
        found
    }

    /// Labels every occurrence in this tweet like the entity under the cursor.
    pub(super) fn repeat_in_tweet(&mut self) {
        let Some((span, tokens)) = self.pattern() else { return };
        let Some(page) = &self.page else { return };
        let found = occurrences(&page.tweet.example.tokens, &tokens);
        let structure = self.project.settings().spans;
        let mut spans = page.tweet.example.spans.clone();
        let new = found.into_iter().map(|place| Span::new(span.label.as_str(), place.start, place.end));
        let added = add_beside(&mut spans, new, structure);
        let words = quoted(&tokens.join(" "));
        let label = text::truncate(&span.label, QUOTED);
        if added == 0 {
            self.say(Tone::Plain, format!("every {words} of this tweet has a label"));
        } else if self.relabel(&format!("label {words} {label} in the tweet"), spans) {
            self.say(Tone::Good, format!("labelled {} of {words} as {label}", text::counted(added, "occurrence")));
        }
    }

    /// Takes back or does again, and goes to where that shows.
    pub(super) fn travel_in_time(&mut self, back: bool) {
        let applied = if back { self.project.undo() } else { self.project.redo() };
        let failed = applied.is_err();
        if let Some(applied) = self.took_effect(applied) {
            let open = self.page.as_ref().map(|page| page.tweet.id);
            if let Some(first) =
                applied.tweets.first().filter(|_| !open.is_some_and(|open| applied.tweets.contains(&open)))
            {
                self.open(*first);
            }
            self.say(Tone::Plain, applied.summary);
        } else if !failed {
            self.say(Tone::Plain, if back { "there is nothing to undo" } else { "there is nothing to redo" });
        }
    }
}

/// The first mark that begins at `token` or behind it, else the first of all.
fn next_mark_from(marks: &[Mark], token: usize) -> Option<&Mark> {
    marks.iter().find(|mark| mark.span.start >= token).or(marks.first())
}
