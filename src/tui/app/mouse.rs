//! The mouse: whatever it does there is a key for.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::App;
use crate::tui::action::Action;
use crate::tui::command::Command;
use crate::tui::dialog::Dialog;
use crate::tui::edit::Selection;
use crate::tui::views::tweet::Sheet;
use crate::tui::views::{dialog, hints, queue};

impl App {
    /// Whether the terminal is to be told to send the mouse from now on, or no longer; nothing where it knows.
    pub fn mouse_news(&mut self) -> Option<bool> {
        let wanted = self.config.settings.mouse;
        (std::mem::replace(&mut self.mouse_told, wanted) != wanted).then_some(wanted)
    }

    /// The mouse did something.
    pub(super) fn moused(&mut self, event: MouseEvent) {
        let at = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => self.clicked(at),
            MouseEventKind::Drag(MouseButton::Left) => self.dragged(at),
            MouseEventKind::Up(MouseButton::Left) => self.pressed_at = None,
            MouseEventKind::ScrollDown => self.scrolled(at, 1),
            MouseEventKind::ScrollUp => self.scrolled(at, -1),
            _ => {}
        }
    }

    fn clicked(&mut self, at: Position) {
        self.dirty |= self.notice.take().is_some();
        self.pressed_at = None;
        self.leave_sequence();
        if let Some(action) = self.hint_at(at) {
            return self.do_hint(action);
        }
        if self.dialog.is_some() {
            return self.clicked_in_dialog(at);
        }
        self.dirty = true;
        if let Some(token) = self.token_at(at) {
            self.pressed_at = Some(token);
            if let Some(page) = &mut self.page {
                page.go(token);
            }
            self.question();
        } else if let Some(row) = self.queue_row_at(at)
            && let Some(item) = self.project.queue().get(row)
        {
            self.open(item.id);
        }
    }

    /// A click on a row chooses it; one on the chosen row does what it says.
    fn clicked_in_dialog(&mut self, at: Position) {
        let Some((rows, count)) = self.dialog_rows() else { return };
        let Some(list) = self.dialog.as_mut().and_then(Dialog::list).filter(|_| rows.contains(at)) else { return };
        let row = list.first_visible(usize::from(rows.height)) + usize::from(at.y - rows.y);
        if row >= count {
            return;
        }
        self.dirty = true;
        if list.cursor != row {
            list.cursor = row;
        } else if let Some(Dialog::Occurrences(found)) = &mut self.dialog {
            found.tick();
            found.list.cursor = row;
        } else {
            self.accept_dialog();
        }
    }

    /// Where the rows of the open list are, and how many there are.
    fn dialog_rows(&self) -> Option<(Rect, usize)> {
        let hints = self.hint_area()?;
        let screen = Rect { x: 0, y: 0, width: hints.width, height: hints.bottom() };
        Some((dialog::rows(self, screen)?, self.dialog_len()))
    }

    fn dragged(&mut self, at: Position) {
        if self.dialog.is_some() {
            return;
        }
        let (Some(anchor), Some(head)) = (self.pressed_at, self.token_at(at)) else { return };
        if let Some(page) = self.page.as_mut().filter(|page| page.selection.is_some() || anchor != head) {
            page.selection = Some(Selection { anchor, head });
            page.cursor = head;
            self.dirty = true;
        }
    }

    fn scrolled(&mut self, at: Position, by: isize) {
        self.dirty = true;
        if self.dialog.is_some() {
            return self.step_list(by);
        }
        let down = by > 0;
        let over = |area: Option<Rect>| area.is_some_and(|area| area.contains(at));
        let action = match (&self.inspector, self.panes) {
            (Some(_), _) if over(self.inspect_panes.map(|panes| panes.tweet)) => [Action::LineUp, Action::LineDown],
            (Some(_), _) => [Action::HeadsUp, Action::HeadsDown],
            (None, Some(panes)) if over(panes.queue) => [Action::PreviousTweet, Action::NextTweet],
            (None, Some(panes)) if over(panes.contexts) => [Action::ContextsUp, Action::ContextsDown],
            (None, Some(panes)) if over(panes.image) => [Action::PreviousImage, Action::NextImage],
            (None, Some(panes)) if over(panes.details) => [Action::PreviousEntity, Action::NextEntity],
            _ => [Action::LineUp, Action::LineDown],
        };
        let command = Command::Act(action[usize::from(down)]);
        // The wheel says nothing where there is nothing to scroll.
        if self.idle(command).is_none() {
            self.perform(command);
        }
    }

    fn do_hint(&mut self, action: Action) {
        self.dirty = true;
        if self.dialog.is_some() {
            self.act_in_dialog(action);
        } else {
            self.perform(Command::Act(action));
            self.question();
        }
    }

    fn hint_area(&self) -> Option<Rect> {
        match &self.inspector {
            Some(_) => self.inspect_panes.map(|panes| panes.hints),
            None => self.panes.map(|panes| panes.hints),
        }
    }

    fn hint_at(&self, at: Position) -> Option<Action> {
        let area = self.hint_area()?;
        // A line that is typed covers the hints, and a box over the screen all but their last row.
        let covered = match &self.dialog {
            Some(Dialog::Search(_) | Dialog::Jump(_) | Dialog::Flag(_)) => true,
            Some(_) => at.y + 1 < area.bottom(),
            None => false,
        };
        if covered {
            return None;
        }
        hints::places(self, area).into_iter().find(|(place, _)| place.contains(at)).map(|(_, action)| action)
    }

    /// The token under the mouse.
    fn token_at(&self, at: Position) -> Option<usize> {
        let area = match &self.inspector {
            Some(_) => self.inspect_panes?.tweet,
            None => self.panes?.tweet,
        };
        let page = self.page.as_ref()?;
        let sheet = Sheet::new(area, area.x > 0, page.lane_count());
        if !sheet.text.contains(at) {
            return None;
        }
        let row = (at.y - sheet.text.y) / sheet.rows_per_line;
        let (line, column) = (page.scroll + usize::from(row), usize::from(at.x - sheet.text.x));
        let pieces = if line < page.wrapped().height() { page.wrapped().line(line) } else { return None };
        // The space behind a token belongs to it.
        pieces.iter().rev().find(|piece| piece.column <= column).map(|piece| piece.token)
    }

    /// The row of the queue under the mouse.
    fn queue_row_at(&self, at: Position) -> Option<usize> {
        let area = self.panes?.queue.filter(|_| self.inspector.is_none())?;
        let rows = queue::rows(self, area);
        let row = usize::from(at.y.checked_sub(area.y + 1)?);
        rows.get(row).copied().filter(|_| area.contains(at))
    }
}
