//! Keys in dialogs.

use crossterm::event::{Event, KeyEvent};
use tui_input::InputRequest;
use tui_input::backend::crossterm::EventHandler;

use super::{App, Leaving};
use crate::tui::action::{Action, Context};
use crate::tui::command::Command;
use crate::tui::dialog::{Dialog, List};
use crate::tui::key::Key;
use crate::tui::typed::move_by_lines;
use crate::tui::views::contexts;
use crate::worker::Request;

/// Rows that a page key moves in lists.
const PAGE: isize = 10;
/// Longest line that is taken from the clipboard, and longest text.
const LONGEST_PASTE: [usize; 2] = [500, 5000];

impl App {
    pub(super) fn pressed_in_dialog(&mut self, event: KeyEvent, key: Key) {
        self.dirty = true;
        let typed = key.typed().is_some() && self.dialog.as_mut().is_some_and(|dialog| dialog.input().is_some());
        match self.keymap.action(Context::Dialog, key) {
            // Where a line is typed every character is a part of it.
            Some(action) if !typed => self.act_in_dialog(action),
            _ => self.type_into_dialog(event),
        }
    }

    /// Closes the dialog; one of several steps goes back by one.
    fn close_dialog(&mut self) {
        if let Some(Dialog::Scheme(scheme)) = self.dialog.take() {
            self.leave_scheme(&scheme);
        }
    }

    /// Does what a key says in a dialog.
    pub(super) fn act_in_dialog(&mut self, action: Action) {
        match action {
            Action::DialogClose => self.close_dialog(),
            Action::DialogAccept => self.accept_dialog(),
            Action::DialogUp => self.step_list(-1),
            Action::DialogDown => self.step_list(1),
            Action::DialogPageUp => self.step_list(-PAGE),
            Action::DialogPageDown => self.step_list(PAGE),
            Action::DialogTick | Action::DialogTickAll => self.tick(action),
            Action::DialogComplete if matches!(self.dialog, Some(Dialog::Filter(_))) => self.complete_filter(),
            Action::DialogRemove if matches!(self.dialog, Some(Dialog::Views(..))) => self.remove_view(),
            Action::Leave => {
                self.leaving = Leaving::Quit;
                self.leave();
            }
            Action::Redraw => self.redraw_everything(),
            _ => {}
        }
    }

    /// Ticks rows of a list that has ticks.
    fn tick(&mut self, action: Action) {
        if let Some(Dialog::Occurrences(found)) = &mut self.dialog {
            if action == Action::DialogTick { found.tick() } else { found.tick_all() }
        }
    }

    fn type_into_dialog(&mut self, event: KeyEvent) {
        let Some(dialog) = &mut self.dialog else { return };
        let changed = dialog.input().and_then(|input| input.handle_event(&Event::Key(event)));
        if let (Some(change), Some(list)) = (changed, dialog.list())
            && change.value
        {
            list.cursor = 0;
        }
        if changed.is_some() {
            self.filter_typed();
        }
    }

    /// Pasted text goes into the line that is typed into, and nowhere else.
    pub(super) fn pasted(&mut self, text: &str) {
        let [line, longest] = LONGEST_PASTE;
        let longest = if matches!(self.dialog, Some(Dialog::Text(_))) { longest } else { line };
        let Some(input) = self.dialog.as_mut().and_then(Dialog::input) else { return };
        for c in text.chars().take(longest).filter(|c| !c.is_control()) {
            input.handle(InputRequest::InsertChar(c));
        }
        self.filter_typed();
        self.dirty = true;
    }

    pub(super) fn step_list(&mut self, by: isize) {
        if let Some(Dialog::Text(edit)) = &mut self.dialog {
            let width = self.panes.and_then(|panes| panes.contexts).map_or(0, contexts::width);
            move_by_lines(&mut edit.input, usize::from(width), by);
            return;
        }
        if let Some(Dialog::Comment(writing)) = &mut self.dialog {
            return writing.step(by.signum());
        }
        if matches!(self.dialog, Some(Dialog::Scheme(_))) {
            return self.step_scheme(by);
        }
        if matches!(self.dialog, Some(Dialog::Filter(_))) {
            return self.step_offer(by);
        }
        let rows = self.dialog_len();
        if let Some(list) = self.dialog.as_mut().and_then(Dialog::list) {
            list.step(by, rows);
        }
    }

    /// Number of rows of the open list.
    pub(super) fn dialog_len(&self) -> usize {
        match &self.dialog {
            Some(Dialog::Commands(commands)) => self.command_rows(commands).len(),
            Some(Dialog::Occurrences(found)) => found.rows.len(),
            Some(Dialog::Types(list)) => self.type_rows(list).len(),
            Some(Dialog::Problems(_)) => self.problems.len(),
            Some(Dialog::Kinds(list)) => Self::kind_rows(list).len(),
            Some(Dialog::Remarks(remarks)) => remarks.shown().len(),
            Some(Dialog::History(_)) => self.past.points.len(),
            Some(Dialog::Versions(list)) => self.version_rows(list).len(),
            Some(Dialog::Orders(list)) => Self::order_rows(list).len(),
            Some(Dialog::Views(list, views)) => Self::view_rows(list, views).len(),
            Some(Dialog::Influence(_)) => self.page.as_ref().map_or(0, |page| page.tweet.example.contexts.len() + 1),
            _ => 0,
        }
    }

    pub(super) fn accept_dialog(&mut self) {
        match self.dialog.take() {
            Some(Dialog::Commands(commands)) => {
                if let Some(command) = self.command_rows(&commands).get(commands.list.cursor).copied() {
                    self.choose_command(command);
                }
            }
            Some(Dialog::Occurrences(found)) => self.label_occurrences(&found),
            Some(Dialog::Types(list)) => {
                if let Some(index) = self.type_rows(&list).get(list.cursor).copied() {
                    self.perform(Command::Label(index));
                }
            }
            Some(Dialog::Kinds(list)) => {
                if let Some(kind) = Self::kind_rows(&list).get(list.cursor) {
                    self.begin_context(*kind);
                }
            }
            Some(Dialog::History(list)) => self.go_back(list.cursor),
            Some(Dialog::Versions(list)) => self.choose_version(self.version_rows(&list).get(list.cursor).cloned()),
            Some(Dialog::Text(edit)) => self.save_context(edit),
            Some(Dialog::Scheme(scheme)) => self.accept_scheme(*scheme),
            Some(Dialog::Comment(writing)) => self.save_comment(writing),
            Some(Dialog::Remarks(remarks)) => self.go_to_remark(&remarks),
            Some(Dialog::Flag(input)) => self.flag_because(input.value()),
            Some(Dialog::Filter(edit)) => self.accept_filter(edit),
            Some(Dialog::Orders(list)) => {
                if let Some(order) = Self::order_rows(&list).get(list.cursor) {
                    self.use_order(*order);
                }
            }
            Some(Dialog::Views(list, views)) => self.accept_view(&list, &views),
            Some(Dialog::Search(input)) => self.search(input.value()),
            Some(Dialog::Jump(input)) => self.jump(input.value()),
            Some(confirm @ Dialog::Confirm { action, .. }) => match action {
                Action::Leave => {
                    self.dialog = Some(confirm);
                    self.leave();
                }
                Action::RollBack => self.ask(Request::RollBack),
                Action::Versions => self.restore_version(),
                _ => {}
            },
            Some(Dialog::Problems(_) | Dialog::Influence(_) | Dialog::Progress) | None => {}
        }
    }

    /// The places of the types that the list of types shows for what was typed.
    pub(in crate::tui) fn type_rows(&self, list: &List) -> Vec<usize> {
        let names = self.project.settings().labels.names().enumerate();
        names.filter(|(_, name)| list.admits(name)).map(|(index, _)| index).collect()
    }
}
