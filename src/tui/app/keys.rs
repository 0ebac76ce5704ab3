//! From keys to actions.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::{App, Leaving};
use crate::project::State;
use crate::tui::action::{Action, Group};
use crate::tui::dialog::{Dialog, List};
use crate::tui::edit::{Edge, Toward};
use crate::tui::key::Key;
use crate::tui::page::Page;
use crate::tui::theme::Tone;
use crate::worker::Request;

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
        } else if self.boxing.is_some() {
            self.pressed_in_boxing(key);
        } else {
            self.pressed_on_screen(key);
        }
    }

    /// The preferred key of an action, for messages.
    pub(super) fn key_of(&self, action: Action) -> String {
        self.keymap.label(action).unwrap_or_else(|| format!("`{action}`"))
    }

    /// Does what a key says.
    pub(super) fn act(&mut self, action: Action) {
        self.dirty = true;
        if self.adjudicates(action) || self.act_on_suspects(action) {
            return;
        }
        match action {
            Action::NextToken => self.go(|page| page.cursor + 1),
            Action::PreviousToken => self.go(|page| page.cursor.saturating_sub(1)),
            Action::LineDown => self.go(|page| page.wrapped().vertical(page.cursor, 1)),
            Action::LineUp => self.go(|page| page.wrapped().vertical(page.cursor, -1)),
            Action::FirstToken => self.go(|_| 0),
            Action::LastToken => self.go(Page::len),
            Action::NextEntity => self.go_to_entity(1),
            Action::PreviousEntity => self.go_to_entity(-1),
            Action::NextHere => self.choose_here(),
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
            Action::EditTypes => self.show_scheme(),
            Action::DrawBox => self.begin_boxing(),
            Action::Comment => self.begin_comment(),
            Action::Comments => self.show_remarks(),
            Action::Accept => self.accept(),
            Action::AcceptAll => self.accept_all(),
            Action::AcceptAllDone => self.accept_all_done(),
            Action::RejectAll => self.reject_all(),
            Action::Undo | Action::Redo => {
                self.travel_in_time(action == Action::Undo);
                self.follow_suspect();
            }
            Action::TweetHistory | Action::Versions | Action::Progress => self.act_on_past(action),
            Action::Adjudicate => self.switch_adjudication(),
            Action::Repeat => self.repeat_last(),
            Action::Record => self.record(),
            Action::Play => self.play(),
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
            Action::WriteFilter => self.write_filter(),
            Action::DropFilter => self.drop_filter(),
            Action::ChooseView => self.choose_view(),
            Action::ChooseOrder => self.choose_order(),
            Action::OpenList => self.open_batch(),
            Action::WalkSuspects => self.walk_suspects(),
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
            Action::ShowGallery => self.open_gallery(),
            Action::HeatMap => self.looks.heat = !self.looks.heat,
            Action::HeatStyle => self.switch_heat_style(),
            Action::Boxes => self.switch_boxes(),
            Action::Graphics => self.switch_graphics(),
            Action::NextTheme => self.next_theme(),
            Action::QueuePane => self.looks.panes.queue = Some(self.panes.is_none_or(|panes| panes.queue.is_none())),
            Action::ModelPane => self.looks.panes.model = Some(self.panes.is_none_or(|panes| panes.model.is_none())),
            Action::Guidelines => self.switch_guidelines(),
            Action::Problems => self.show_problems(),
            Action::Help => self.open_commands(false),
            Action::Palette => self.open_commands(true),
            Action::Quit | Action::Leave => {
                self.leaving = Leaving::Quit;
                self.leave();
            }
            Action::Tutorial => self.switch_tutorial(),
            Action::SkipStep => self.skip_step(),
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

/// Whether an action of the annotation screen only moves through tweets and words or changes the view, so that it works
/// on screens where no label is changed.
pub(super) fn looks_only(action: Action) -> bool {
    let queue = [
        Action::NextTweet,
        Action::PreviousTweet,
        Action::NextUndone,
        Action::PreviousUndone,
        Action::MostUncertain,
        Action::Jump,
        Action::Search,
        Action::SearchNext,
        Action::SearchPrevious,
    ];
    let view = [
        Action::NextImage,
        Action::PreviousImage,
        Action::HeatStyle,
        Action::Boxes,
        Action::Graphics,
        Action::NextTheme,
        Action::Problems,
        Action::Help,
        Action::Palette,
        Action::Quit,
    ];
    matches!(action.group(), Group::Move | Group::Program) || queue.contains(&action) || view.contains(&action)
}
