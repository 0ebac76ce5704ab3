//! From keys to actions.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::App;
use crate::project::State;
use crate::tui::action::{Action, Context};
use crate::tui::chord::shown;
use crate::tui::dialog::{Dialog, List};
use crate::tui::edit::{Edge, Toward, next_mark, previous_mark};
use crate::tui::key::Key;
use crate::tui::keymap::Meaning;
use crate::tui::page::Page;
use crate::tui::theme::Tone;
use crate::worker::Request;

/// What became of a key.
pub(super) enum Pressed {
    /// It completes the keys of an action.
    Action(Action),
    /// It belongs to a sequence that has not ended, or that leads nowhere.
    Waits,
    /// It is no action's key.
    Unbound,
}

impl App {
    /// A key went down.
    pub(super) fn pressed(&mut self, event: KeyEvent) {
        if event.kind == KeyEventKind::Release {
            return;
        }
        self.dirty |= self.notice.take().is_some();
        let key = Key::from(event);
        if self.dialog.is_some() {
            self.pressed_in_dialog(event, key);
        } else if self.inspector.is_some() {
            self.pressed_in_inspector(key);
        } else {
            self.pressed_in_annotation(key);
        }
    }

    fn pressed_in_annotation(&mut self, key: Key) {
        match self.continued(Context::Annotate, key) {
            Pressed::Action(action) => self.act(action),
            Pressed::Waits => {}
            Pressed::Unbound => {
                if let Some(index) = key.typed().and_then(|typed| self.type_keys.index_of(typed)) {
                    self.dirty = true;
                    self.assign_type(index);
                }
            }
        }
    }

    /// Takes a key as the next of a sequence, of which [`App::pending`] has the others.
    pub(super) fn continued(&mut self, context: Context, key: Key) -> Pressed {
        let begun = !self.pending.is_empty();
        self.pending.push(key);
        match self.keymap.meaning(context, &self.pending) {
            Meaning::Action(action) => {
                self.pending.clear();
                self.dirty |= begun;
                Pressed::Action(action)
            }
            Meaning::Beginning => {
                self.dirty = true;
                Pressed::Waits
            }
            Meaning::Nothing => {
                let keys = shown(&std::mem::take(&mut self.pending));
                if !begun {
                    return Pressed::Unbound;
                }
                // A slip within a sequence labels nothing.
                if self.keymap.action(context, key) == Some(Action::Clear) {
                    self.dirty = true;
                } else {
                    self.say(Tone::Plain, format!("{keys} does nothing"));
                }
                Pressed::Waits
            }
        }
    }

    /// The preferred key of an action, for messages.
    pub(super) fn key_of(&self, action: Action) -> String {
        self.keymap.label(action).unwrap_or_else(|| format!("`{action}`"))
    }

    /// Does what a key says.
    pub(super) fn act(&mut self, action: Action) {
        self.dirty = true;
        match action {
            Action::NextToken => self.go(|page| page.cursor + 1),
            Action::PreviousToken => self.go(|page| page.cursor.saturating_sub(1)),
            Action::LineDown => self.go(|page| page.wrapped().vertical(page.cursor, 1)),
            Action::LineUp => self.go(|page| page.wrapped().vertical(page.cursor, -1)),
            Action::FirstToken => self.go(|_| 0),
            Action::LastToken => self.go(Page::len),
            Action::NextEntity => {
                self.go(|page| next_mark(&page.marks, page.cursor).map_or(page.cursor, |m| m.span.start));
            }
            Action::PreviousEntity => {
                self.go(|page| previous_mark(&page.marks, page.cursor).map_or(page.cursor, |m| m.span.start));
            }
            Action::ExtendRight => self.extend(Toward::Right),
            Action::ExtendLeft => self.extend(Toward::Left),
            Action::StartLeft => self.move_end(Edge::Start, Toward::Left),
            Action::StartRight => self.move_end(Edge::Start, Toward::Right),
            Action::EndLeft => self.move_end(Edge::End, Toward::Left),
            Action::EndRight => self.move_end(Edge::End, Toward::Right),
            Action::Clear => self.clear(),
            Action::PickType => self.dialog = Some(Dialog::Types(List::default())),
            Action::Remove => self.remove(),
            Action::RepeatInTweet => self.repeat_in_tweet(),
            Action::RepeatInCorpus => self.repeat_in_corpus(),
            Action::Accept => self.accept(),
            Action::AcceptAll => self.accept_all(),
            Action::AcceptAllDone => self.accept_all_done(),
            Action::RejectAll => self.reject_all(),
            Action::Undo => self.travel_in_time(true),
            Action::Redo => self.travel_in_time(false),
            _ => self.act_on_queue(action),
        }
    }

    fn act_on_queue(&mut self, action: Action) {
        match action {
            Action::Done => self.finish("done", None, State::Done),
            Action::Skip => self.finish("skip", None, State::Skipped),
            Action::Flag => self.flag(),
            Action::NextTweet => self.open_relative(1),
            Action::PreviousTweet => self.open_relative(-1),
            Action::NextUndone => self.open_or_say(self.undone_from_here(1), "every other tweet is done or skipped"),
            Action::PreviousUndone => {
                self.open_or_say(self.undone_from_here(-1), "every other tweet is done or skipped");
            }
            Action::MostUncertain => {
                self.open_or_say(self.most_uncertain(), "the model has scored no other undone tweet yet");
            }
            Action::Jump => self.dialog = Some(Dialog::Jump(tui_input::Input::default())),
            Action::Search => self.dialog = Some(Dialog::Search(tui_input::Input::default())),
            Action::SearchNext => self.next_match(1),
            Action::SearchPrevious => self.next_match(-1),
            Action::SwitchOrder => self.switch_order(),
            _ => self.act_on_model(action),
        }
    }

    fn act_on_model(&mut self, action: Action) {
        match action {
            Action::Learn => self.learn(),
            Action::Stop => self.stop(),
            Action::TakeOver => self.answer_candidate(Request::Accept),
            Action::Discard => self.answer_candidate(Request::Discard),
            Action::RollBack => self.ask_roll_back(),
            _ => self.act_on_view(action),
        }
    }

    fn act_on_view(&mut self, action: Action) {
        match action {
            Action::Inspect => self.open_inspector(false),
            Action::HeatMap => self.looks.heat = !self.looks.heat,
            Action::HeatStyle => self.switch_heat_style(),
            Action::Boxes => self.switch_boxes(),
            Action::Graphics => self.switch_graphics(),
            Action::NextTheme => self.next_theme(),
            Action::QueuePane => self.looks.panes.queue = Some(self.panes.is_none_or(|panes| panes.queue.is_none())),
            Action::ModelPane => self.looks.panes.model = Some(self.panes.is_none_or(|panes| panes.model.is_none())),
            Action::Problems => self.show_problems(),
            Action::Help => self.dialog = Some(Dialog::Help(List::default())),
            Action::Quit | Action::Leave => self.leave(),
            Action::Redraw => self.redraw_everything(),
            _ => self.act_on_contexts(action),
        }
    }

    fn go(&mut self, to: impl FnOnce(&Page) -> usize) {
        if let Some(page) = &mut self.page {
            let token = to(page);
            page.go(token);
        }
    }

    fn clear(&mut self) {
        self.hits = None;
        if let Some(page) = &mut self.page {
            page.selection = None;
        }
    }

    fn show_problems(&mut self) {
        if self.problems.is_empty() {
            self.say(Tone::Good, "settings, keymap and themes are in order");
        } else {
            self.dialog = Some(Dialog::Problems(List::default()));
        }
    }

    /// Draws the whole screen anew, and looks for image files that were added or changed.
    pub(super) fn redraw_everything(&mut self) {
        self.project.refresh_images();
        self.pictures.refresh();
        self.redraw = true;
    }

    /// Ends the program; what the model has learned and nobody decided about is the only thing that is lost by that.
    pub(super) fn leave(&mut self) {
        let confirmed = matches!(self.dialog, Some(Dialog::Confirm { action: Action::Leave, .. }));
        let question = if self.model.job.is_some() {
            "The model is learning; leaving stops it. Leave?"
        } else if self.model.candidate.is_some() {
            "A new model waits for a decision; leaving drops it. Leave?"
        } else {
            ""
        };
        if question.is_empty() || confirmed {
            self.quit = true;
        } else {
            self.dialog = Some(Dialog::Confirm { question: question.to_owned(), action: Action::Leave });
        }
    }
}
