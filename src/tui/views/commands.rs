//! The list of all commands: keys, what they do, and why they would do nothing now.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{dialog, put, put_cut};
use crate::tui::app::{App, chapter};
use crate::tui::command::Command;
use crate::tui::dialog::CommandList;

/// Columns for the keys.
const KEY_COLUMNS: u16 = 17;
/// Columns for the chapter, or for why a command does nothing.
const SIDE_COLUMNS: u16 = 34;

/// Size of the box.
pub fn size(screen: Rect) -> (u16, u16) {
    (if screen.width < 130 { screen.width } else { 120 }, screen.height)
}

/// Draws the list.
pub fn draw(app: &App, frame: &mut Frame<'_>, commands: &CommandList) {
    let rows = app.command_rows(commands);
    let (width, height) = size(frame.area());
    let title = if commands.palette {
        "Commands: type letters of what is to be done"
    } else {
        "Help: all keys; type to find, choose to do"
    };
    let inner = dialog::window(app, frame, title, width, height);
    let place = dialog::filter(app, frame, inner, &commands.list);
    let visible = usize::from(place.height);
    let first = commands.list.first_visible(visible);
    for (row, command) in rows.iter().enumerate().skip(first).take(visible) {
        let line = Rect { y: place.y + (row - first) as u16, height: 1, ..place };
        draw_row(app, frame, line, *command);
        if row == commands.list.cursor {
            frame.buffer_mut().set_style(line, app.theme.chosen());
        }
    }
    if rows.is_empty() {
        put(frame.buffer_mut(), (place.x, place.y), place.right(), "nothing does that", app.theme.dim());
    }
}

fn draw_row(app: &App, frame: &mut Frame<'_>, line: Rect, command: Command) {
    let theme = &app.theme;
    let buffer = frame.buffer_mut();
    let keys = app.keys_shown(command).join("  ");
    let keys = if keys.is_empty() { "–" } else { &keys };
    let idle = app.idle(command);
    let (key_style, style) =
        if idle.is_some() { (theme.dim(), theme.dim()) } else { (theme.key(), theme.on(theme.ui.text)) };
    put_cut(buffer, (line.x, line.y), line.x + KEY_COLUMNS - 1, keys, key_style);
    let start = line.x + KEY_COLUMNS;
    let told = app.told(command);
    if line.width > 80 {
        let side = line.right() - SIDE_COLUMNS;
        put_cut(buffer, (start, line.y), side - 1, &told, style);
        put_cut(buffer, (side, line.y), line.right(), idle.unwrap_or(chapter(command)), theme.dim());
        return;
    }
    // Where there is no room for both, the reason stands first.
    let told = idle.map_or(told.clone(), |why| format!("({why}) {told}"));
    put_cut(buffer, (start, line.y), line.right(), &told, style);
}
