//! What can follow the keys of a sequence that was begun.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use super::{put, put_cut};
use crate::tui::action::{Action, Context};
use crate::tui::app::App;
use crate::tui::chord::shown;
use crate::tui::text;

/// Columns of one entry with the space behind it.
const COLUMNS: u16 = 28;

/// Draws the pop-up above the status line, where a sequence was begun.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let entries: Vec<(String, Action)> = following(app);
    if app.pending.is_empty() || entries.is_empty() || screen.width < COLUMNS + 4 || screen.height < 6 {
        return;
    }
    let columns = ((screen.width - 4) / COLUMNS).min(entries.len() as u16).max(1);
    let rows = (entries.len() as u16).div_ceil(columns).min(screen.height - 5);
    let (width, height) = (screen.width, rows + 2);
    let area = Rect { x: 0, y: screen.height.saturating_sub(height + 2), width, height };
    let buffer = frame.buffer_mut();
    Clear.render(area, buffer);
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(app.theme.dim())
        .style(app.theme.base())
        .title(format!(" {} … ", shown(&app.pending)))
        .title_style(app.theme.title());
    let inner = block.inner(area);
    block.render(area, buffer);
    for (index, (keys, action)) in entries.iter().take(usize::from(rows * columns)).enumerate() {
        let (column, row) = (index as u16 / rows, index as u16 % rows);
        let (x, y) = (inner.x + 1 + column * COLUMNS, inner.y + row);
        let end = (x + COLUMNS - 2).min(inner.right());
        let x = put(buffer, (x, y), end, keys, app.theme.key());
        put_cut(buffer, (x + 1, y), end, action.hint(), app.theme.on(app.theme.ui.text));
    }
}

/// The keys that are left and what they do, in the order of the help; the inspector takes keys of the annotation screen too.
fn following(app: &App) -> Vec<(String, Action)> {
    let following = app.keymap.following(Context::Annotate, &app.pending);
    let mut entries: Vec<(String, Action)> = following.map(|(keys, action)| (shown(keys), action)).collect();
    entries.sort_by_key(|(keys, action)| (action.group() as u8, text::width(keys), keys.clone()));
    entries
}
