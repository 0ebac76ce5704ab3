//! The places that are about to be labelled, each in its context.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{dialog, put, put_cut, queue};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::occurrences::{Occurrence, Occurrences};
use crate::tui::text;

/// Columns for tick, number and state of a tweet.
const LEAD: u16 = 12;
/// Columns for the label that would give way.
const OTHER: u16 = 12;
/// Columns that the entity takes at most.
const WIDEST: usize = 28;

/// Size of the box.
pub fn size(found: &Occurrences, screen: Rect) -> (u16, u16) {
    (screen.width.min(130), (found.rows.len() as u16).saturating_add(5).clamp(8, screen.height))
}

/// Draws the list.
pub fn draw(app: &App, frame: &mut Frame<'_>, found: &Occurrences) {
    let words = text::truncate(&found.tokens.join(" "), WIDEST);
    let label = text::truncate(&found.label, 16);
    let title = format!("Label `{words}` {label}: {} of {}", found.ticked(), found.rows.len());
    let (width, height) = size(found, frame.area());
    let inner = dialog::window(app, frame, &title, width, height);
    let buffer = frame.buffer_mut();
    put_cut(buffer, (inner.x, inner.y), inner.right(), &remark(app, found), app.theme.dim());
    let place = dialog::below_line(inner);
    let visible = usize::from(place.height);
    let first = found.list.first_visible(visible);
    for (row, occurrence) in found.rows.iter().enumerate().skip(first).take(visible) {
        let line = Rect { y: place.y + (row - first) as u16, height: 1, ..place };
        draw_row(app, buffer, line, occurrence, &words, &found.label);
        if row == found.list.cursor {
            put(buffer, (line.x.saturating_sub(1), line.y), line.right(), "▸", app.theme.title());
            buffer.set_style(line, app.theme.chosen());
        }
    }
}

/// What the list leaves out, and which keys there are.
fn remark(app: &App, found: &Occurrences) -> String {
    let key = |action| app.keymap.label(action).unwrap_or_default();
    let keys = format!(
        "{} ticks, {} all or none, {} labels the ticked ones",
        key(Action::DialogTick),
        key(Action::DialogTickAll),
        key(Action::DialogAccept)
    );
    let mut parts = vec![keys];
    if found.labelled > 0 {
        parts.push(format!("{} labelled so already", found.labelled));
    }
    if found.more {
        parts.push("there are more: label these, then call the list again".to_owned());
    }
    parts.join(" · ")
}

fn draw_row(app: &App, buffer: &mut Buffer, line: Rect, row: &Occurrence, words: &str, label: &str) {
    let theme = &app.theme;
    let labels = &app.project.settings().labels;
    let (tick, style) = if row.ticked { ("[x]", theme.key()) } else { ("[ ]", theme.dim()) };
    put(buffer, (line.x, line.y), line.right(), tick, style);
    let number = format!("{:>5} {}", row.index + 1, queue::glyph(row.state));
    put(buffer, (line.x + 4, line.y), line.x + LEAD, &number, theme.dim());
    let other = row.instead_of.first().map(|span| format!("now {}", span.label));
    let end = if other.is_some() { line.right().saturating_sub(OTHER) } else { line.right() };
    let start = line.x + LEAD;
    let room = end.saturating_sub(start);
    let wide = text::width(&text::visible(words)) as u16;
    let left = room.saturating_sub(wide + 2) / 2;
    let plain = theme.on(theme.ui.text);
    let before = text::truncate_end(&row.before, usize::from(left));
    let x = start + left - text::width(&before) as u16;
    put(buffer, (x, line.y), start + left, &before, plain);
    let shown = if row.ticked { theme.label(theme.type_color(labels, label)) } else { plain };
    let x = put(buffer, (start + left + 1, line.y), end, words, shown);
    put_cut(buffer, (x + 1, line.y), end, &row.after, plain);
    if let Some(other) = other {
        put_cut(buffer, (end + 1, line.y), line.right(), &other, theme.on(theme.ui.warn));
    }
}
