//! What the screen looks like; nothing here changes anything.

pub mod contexts;
pub mod details;
pub mod dialog;
pub mod hints;
pub mod image;
pub mod influence;
pub mod inspect;
pub mod model;
pub mod queue;
pub mod status;
pub mod tweet;
pub mod which_key;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::text;
use super::theme::Theme;

/// Writes text, made safe, from `(x, y)` up to and without column `end`; returns the column behind it.
fn put(buffer: &mut Buffer, (x, y): (u16, u16), end: u16, raw: &str, style: Style) -> u16 {
    if y >= buffer.area.bottom() || x >= end.min(buffer.area.right()) {
        return x;
    }
    buffer.set_stringn(x, y, text::visible(raw), usize::from(end - x), style).0
}

/// Writes text that ends with an ellipsis where it does not fit.
fn put_cut(buffer: &mut Buffer, (x, y): (u16, u16), end: u16, raw: &str, style: Style) -> u16 {
    let columns = usize::from(end.saturating_sub(x));
    put(buffer, (x, y), end, &text::truncate(raw, columns), style)
}

/// Draws a pane's title and its line to the left; returns the place inside.
fn pane(buffer: &mut Buffer, theme: &Theme, area: Rect, title: &str, info: &str) -> Rect {
    if area.width < 4 || area.height < 2 {
        return Rect { height: 0, ..area };
    }
    let bordered = area.x > buffer.area.x;
    for x in area.left()..area.right() {
        put(buffer, (x, area.y), area.right(), "─", theme.border());
    }
    if bordered {
        let corner = if area.y > buffer.area.y { "├" } else { "┬" };
        put(buffer, (area.x, area.y), area.right(), corner, theme.border());
        for y in area.y + 1..area.bottom() {
            put(buffer, (area.x, y), area.right(), "│", theme.border());
        }
    }
    let (start, end) = (area.x + 1, area.right() - 1);
    // The title gives way to the information, which is short and changes.
    let info = if info.is_empty() {
        String::new()
    } else {
        format!(" {} ", text::truncate(info, usize::from(area.width) * 2 / 3))
    };
    let info_start = end - text::width(&info) as u16;
    put_cut(buffer, (start, area.y), info_start.saturating_sub(1), &format!(" {title} "), theme.title());
    put(buffer, (info_start, area.y), end, &info, theme.dim());
    let left = u16::from(bordered) + 1;
    Rect { x: area.x + left, y: area.y + 1, width: area.width - left - 1, height: area.height - 1 }
}

/// Writes a sentence over several rows, broken between words; returns the rows it took.
fn put_wrapped(buffer: &mut Buffer, area: Rect, raw: &str, style: Style) -> u16 {
    let words: Vec<String> = raw.split_whitespace().map(str::to_owned).collect();
    let wrapped = super::wrap::Wrapped::new(&words, usize::from(area.width));
    let rows = (wrapped.height() as u16).min(area.height);
    for row in 0..rows {
        for piece in wrapped.line(usize::from(row)) {
            put(buffer, (area.x + piece.column as u16, area.y + row), area.right(), &piece.text, style);
        }
    }
    if wrapped.height() > usize::from(rows) && rows > 0 {
        put(buffer, (area.right().saturating_sub(1), area.y + rows - 1), area.right(), "…", style);
    }
    rows
}

/// A probability as it is shown everywhere.
fn percent(probability: f32) -> String {
    format!("{:.0}%", (probability * 100.0).clamp(0.0, 100.0))
}
