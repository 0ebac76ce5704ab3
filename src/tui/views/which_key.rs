//! What can follow the keys of a sequence, or the number, that was begun.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use super::{put, put_cut};
use crate::tui::action::{Action, Context, Group};
use crate::tui::app::App;
use crate::tui::chord::shown;
use crate::tui::command::Command;
use crate::tui::text;

/// Columns of one entry with the space behind it: the fewest, and the most.
const COLUMNS: [u16; 2] = [20, 30];

/// One line of the pop-up.
#[derive(Clone, Debug)]
enum Line {
    Chapter(Group),
    Entry(String, Action),
}

/// Draws the pop-up above the status line, where a sequence or a number was begun.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let screen = frame.area();
    if app.dialog.is_some() || screen.width < COLUMNS[0] + 4 || screen.height < 8 {
        return;
    }
    if let (Some(times), true) = (app.times, app.pending.is_empty()) {
        draw_number(app, frame, times);
    } else if !app.pending.is_empty() {
        draw_following(app, frame);
    }
}

fn draw_following(app: &App, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let entries = following(app);
    let widest = entries.iter().map(|(keys, action)| text::width(keys) + text::width(action.hint()) + 3).max();
    let column = (widest.unwrap_or(0) as u16).clamp(COLUMNS[0], COLUMNS[1]);
    let columns = ((screen.width - 4) / column).max(1);
    let most = screen.height - 6;
    // Chapters have headings where there is room for them.
    let mut lines = with_chapters(&entries);
    if lines.len() > usize::from(columns * most) || entries.len() <= usize::from(columns) {
        lines = entries.into_iter().map(|(keys, action)| Line::Entry(keys, action)).collect();
    }
    let (columns, most) = (usize::from(columns), usize::from(most));
    let mut rows = lines.len().div_ceil(columns).clamp(1, most);
    // Gaps may take more rows.
    while rows < most && break_columns(&lines, rows).len() > rows * columns {
        rows += 1;
    }
    let (lines, room) = (break_columns(&lines, rows), rows * columns);
    let title = match app.times {
        Some(times) => format!(" {times} × {} … ", shown(&app.pending)),
        None => format!(" {} … ", shown(&app.pending)),
    };
    let left_out = lines.iter().skip(room).filter(|line| matches!(line, Some(Line::Entry(..)))).count();
    let inner = pop_up(app, frame, rows as u16, &title, left_out);
    let buffer = frame.buffer_mut();
    for (index, line) in lines.iter().take(room).enumerate() {
        let (at, row) = ((index / rows) as u16, (index % rows) as u16);
        let place = Rect { x: inner.x + at * column, y: inner.y + row, width: column - 1, height: 1 };
        if let Some(line) = line {
            draw_line(app, buffer, place.intersection(inner), line);
        }
    }
}

fn draw_line(app: &App, buffer: &mut Buffer, place: Rect, line: &Line) {
    let theme = &app.theme;
    match line {
        Line::Chapter(group) => {
            put_cut(buffer, (place.x, place.y), place.right(), group.title(), theme.title());
        }
        Line::Entry(keys, action) => {
            let idle = app.idle(Command::Act(*action)).is_some();
            let (key, hint) = if idle { (theme.dim(), theme.dim()) } else { (theme.key(), theme.on(theme.ui.text)) };
            let x = put(buffer, (place.x, place.y), place.right(), keys, key);
            put_cut(buffer, (x + 1, place.y), place.right(), action.hint(), hint);
        }
    }
}

fn draw_number(app: &App, frame: &mut Frame<'_>, times: usize) {
    let inner = pop_up(app, frame, 2, &format!(" {times} … "), 0);
    let accept = app.keymap.label(Action::DialogAccept).unwrap_or_default();
    let lines = [
        format!("a command's keys or a type's key: done {times} times"),
        format!("{accept}: go to tweet {times} of {}", app.project.queue().len()),
    ];
    for (row, line) in lines.iter().enumerate() {
        let style = app.theme.on(app.theme.ui.text);
        put_cut(frame.buffer_mut(), (inner.x, inner.y + row as u16), inner.right(), line, style);
    }
}

/// The frame of the pop-up; returns the place inside.
fn pop_up(app: &App, frame: &mut Frame<'_>, rows: u16, title: &str, left_out: usize) -> Rect {
    let screen = frame.area();
    let hints = if screen.height < 30 { 1 } else { 2 };
    let height = rows + 2;
    let area = Rect { x: 0, y: screen.height.saturating_sub(height + 1 + hints), width: screen.width, height };
    let buffer = frame.buffer_mut();
    Clear.render(area, buffer);
    let key = |action| app.keymap.label(action).unwrap_or_default();
    let more = if left_out == 0 { String::new() } else { format!("{left_out} more: {} ", key(Action::Palette)) };
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(app.theme.dim())
        .style(app.theme.base())
        .title(title.to_owned())
        .title_style(app.theme.title())
        .title_bottom(format!(" {more}1-9 so many times · Bksp back · {} leave ", key(Action::Clear)));
    let inner = block.inner(area);
    block.render(area, buffer);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// The keys that are left and what they do, chapter by chapter; the inspector takes keys of the annotation screen too.
fn following(app: &App) -> Vec<(String, Action)> {
    let following = app.keymap.following(Context::Annotate, &app.pending);
    let mut entries: Vec<(String, Action)> = following.map(|(keys, action)| (shown(keys), action)).collect();
    entries.sort_by_key(|(_, action)| action.group() as u8);
    entries
}

fn with_chapters(entries: &[(String, Action)]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut last = None;
    for (keys, action) in entries {
        if last.replace(action.group()) != Some(action.group()) {
            lines.push(Line::Chapter(action.group()));
        }
        lines.push(Line::Entry(keys.clone(), *action));
    }
    lines
}

/// The lines with gaps where a heading would stand at the foot of a column of `rows`.
fn break_columns(lines: &[Line], rows: usize) -> Vec<Option<Line>> {
    let mut placed = Vec::with_capacity(lines.len());
    for line in lines {
        if matches!(line, Line::Chapter(_)) && rows > 1 && placed.len() % rows == rows - 1 {
            placed.push(None);
        }
        placed.push(Some(line.clone()));
    }
    placed
}
