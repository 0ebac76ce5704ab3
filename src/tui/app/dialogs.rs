//! Keys in dialogs.

use crossterm::event::{Event, KeyEvent};
use tui_input::InputRequest;
use tui_input::backend::crossterm::EventHandler;

use super::App;
use crate::tui::action::{Action, Context};
use crate::tui::chord::Chord;
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
        match self.keymap.action(Context::Dialog, key) {
            Some(Action::DialogClose) => self.dialog = None,
            Some(Action::DialogAccept) => self.accept_dialog(),
            Some(Action::DialogUp) => self.step_list(-1),
            Some(Action::DialogDown) => self.step_list(1),
            Some(Action::DialogPageUp) => self.step_list(-PAGE),
            Some(Action::DialogPageDown) => self.step_list(PAGE),
            Some(Action::Leave) => self.leave(),
            Some(Action::Redraw) => self.redraw_everything(),
            _ => self.type_into_dialog(event),
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
    }

    /// Pasted text goes into the line that is typed into, and nowhere else.
    pub(super) fn pasted(&mut self, text: &str) {
        let [line, longest] = LONGEST_PASTE;
        let longest = if matches!(self.dialog, Some(Dialog::Text(_))) { longest } else { line };
        let Some(input) = self.dialog.as_mut().and_then(Dialog::input) else { return };
        for c in text.chars().take(longest).filter(|c| !c.is_control()) {
            input.handle(InputRequest::InsertChar(c));
        }
        self.dirty = true;
    }

    fn step_list(&mut self, by: isize) {
        if let Some(Dialog::Text(edit)) = &mut self.dialog {
            let width = self.panes.and_then(|panes| panes.contexts).map_or(0, contexts::width);
            move_by_lines(&mut edit.input, usize::from(width), by);
            return;
        }
        let rows = match &self.dialog {
            Some(Dialog::Help(list)) => self.help_rows(list).len(),
            Some(Dialog::Types(list)) => self.type_rows(list).len(),
            Some(Dialog::Problems(_)) => self.problems.len(),
            Some(Dialog::Kinds(list)) => Self::kind_rows(list).len(),
            Some(Dialog::Influence(_)) => self.page.as_ref().map_or(0, |page| page.tweet.example.contexts.len() + 1),
            _ => return,
        };
        if let Some(list) = self.dialog.as_mut().and_then(Dialog::list) {
            list.step(by, rows);
        }
    }

    fn accept_dialog(&mut self) {
        match self.dialog.take() {
            Some(Dialog::Help(list)) => {
                if let Some(action) = self.help_rows(&list).get(list.cursor).copied() {
                    self.run_from_help(action);
                }
            }
            Some(Dialog::Types(list)) => {
                if let Some(index) = self.type_rows(&list).get(list.cursor).copied() {
                    self.assign_type(index);
                }
            }
            Some(Dialog::Kinds(list)) => {
                if let Some(kind) = Self::kind_rows(&list).get(list.cursor) {
                    self.begin_context(*kind);
                }
            }
            Some(Dialog::Text(edit)) => self.save_context(edit),
            Some(Dialog::Search(input)) => self.search(input.value()),
            Some(Dialog::Jump(input)) => self.jump(input.value()),
            Some(confirm @ Dialog::Confirm { action, .. }) => match action {
                Action::Leave => {
                    self.dialog = Some(confirm);
                    self.leave();
                }
                Action::RollBack => self.ask(Request::RollBack),
                _ => {}
            },
            Some(Dialog::Problems(_) | Dialog::Influence(_)) | None => {}
        }
    }

    /// The help is a palette too: the chosen action is done.
    fn run_from_help(&mut self, action: Action) {
        if action.context() != Context::Dialog {
            self.act(action);
        }
    }

    /// The actions that the help lists for what was typed.
    pub(in crate::tui) fn help_rows(&self, list: &List) -> Vec<Action> {
        let shown = |action: &&Action| {
            let keys = self.keymap.keys(**action).iter().map(Chord::to_string).collect::<Vec<_>>().join(" ");
            list.admits(&format!("{keys} {} {} {}", action.name(), action.help(), action.group().title()))
        };
        Action::ALL.iter().filter(shown).copied().collect()
    }

    /// The places of the types that the list of types shows for what was typed.
    pub(in crate::tui) fn type_rows(&self, list: &List) -> Vec<usize> {
        let names = self.project.settings().labels.names().enumerate();
        names.filter(|(_, name)| list.admits(name)).map(|(index, _)| index).collect()
    }
}
