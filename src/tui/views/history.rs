//! The history of the open tweet, and the versions of the labels.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dialog::{type_line, window};
use super::{put, put_cut, put_wrapped, queue};
use crate::project::{EditKind, Point, State, Version};
use crate::tui::action::Action;
use crate::tui::app::{App, VersionRow};
use crate::tui::dialog::List;
use crate::tui::theme::Tone;

/// Widest window.
const WIDTH: u16 = 110;
/// Rows for what going back would change.
const PREVIEW: u16 = 6;

/// A time of the store without its fractions: `2026-01-31 14:03:07`.
fn time(at: &str) -> String {
    at.get(..19).unwrap_or(at).replace('T', " ")
}

/// Draws what happened to the tweet, and what going back to the row under the cursor would change.
pub fn draw(app: &App, frame: &mut Frame<'_>, list: &List) {
    let Some(page) = &app.page else { return };
    let points = &app.past.points;
    let height = (points.len() as u16).saturating_add(PREVIEW + 3);
    let title = format!("History of tweet {}", crate::tui::text::visible(&page.tweet.example.id));
    let inner = window(app, frame, &title, WIDTH, height.max(12));
    let rows = inner.height.saturating_sub(PREVIEW + 1);
    let buffer = frame.buffer_mut();
    let first = list.first_visible(usize::from(rows));
    for (row, point) in points.iter().enumerate().skip(first).take(usize::from(rows)) {
        let line = Rect { y: inner.y + (row - first) as u16, height: 1, ..inner };
        draw_point(app, buffer, line, point);
        if row == list.cursor {
            put(buffer, (inner.x.saturating_sub(1), line.y), inner.right(), "▸", app.theme.title());
            buffer.set_style(line, app.theme.chosen());
        }
    }
    let below = Rect { y: inner.y + rows + 1, height: inner.height.saturating_sub(rows + 1), ..inner };
    for x in inner.x..inner.right() {
        put(buffer, (x, below.y.saturating_sub(1)), inner.right(), "─", app.theme.border());
    }
    if let Some(point) = points.get(list.cursor) {
        draw_preview(app, buffer, below, point, &page.tweet.example.tokens);
    }
}

fn draw_point(app: &App, buffer: &mut Buffer, line: Rect, point: &Point) {
    let theme = &app.theme;
    let x = put(buffer, (line.x, line.y), line.right(), &time(&point.at), theme.dim()) + 2;
    let x = put_cut(buffer, (x, line.y), (x + 12).min(line.right()), &point.who, theme.dim()).max(x + 10) + 2;
    let undone = match point.kind {
        Some(EditKind::Undo) => "undo: ",
        Some(EditKind::Redo) => "redo: ",
        Some(EditKind::Edit) | None => "",
    };
    let by = point.accepted.map(|(_, model)| format!(" · suggested by model v{model}")).unwrap_or_default();
    let what = format!("{undone}{}{by}", point.summary);
    put_cut(buffer, (x, line.y), line.right(), &what, theme.on(theme.ui.text));
}

/// What differs between now and a point.
fn draw_preview(app: &App, buffer: &mut Buffer, area: Rect, point: &Point, tokens: &[String]) {
    let theme = &app.theme;
    let Some(now) = app.labelling() else { return };
    let changes = app.changes_back(point);
    let key = app.keymap.label(Action::DialogAccept).unwrap_or_default();
    let mut lines: Vec<(String, Tone)> = changes.iter().map(|change| (change.told(tokens), Tone::Plain)).collect();
    let looked_at = (now.state, point.labelling.state) == (State::Seen, State::New);
    if now.state != point.labelling.state && !looked_at {
        let (before, after) = (queue::name(now.state), queue::name(point.labelling.state));
        lines.push((format!("state: {before} becomes {after}"), Tone::Plain));
    }
    if now.note != point.labelling.note {
        lines.push((format!("note: {}", point.labelling.note.as_deref().unwrap_or("none")), Tone::Plain));
    }
    if now.image != point.labelling.image {
        let image = point.labelling.image.as_deref().unwrap_or("that of the corpus");
        lines.push((format!("preferred image: {image}"), Tone::Plain));
    }
    let head = if lines.is_empty() {
        "the tweet is like that now".to_owned()
    } else {
        format!("{key} goes back to this, as a step that can be undone:")
    };
    put_cut(buffer, (area.x, area.y), area.right(), &head, theme.dim());
    let rows = usize::from(area.height.saturating_sub(1));
    for (row, (line, tone)) in lines.iter().take(rows).enumerate() {
        let y = area.y + 1 + row as u16;
        let more = lines.len() - row;
        if row + 1 == rows && more > 1 {
            put(buffer, (area.x, y), area.right(), &format!("… and {more} more"), theme.dim());
        } else {
            put_cut(buffer, (area.x + 1, y), area.right(), line, theme.tone(*tone));
        }
    }
}

/// Draws the versions, and the name that is typed for a new one.
pub fn draw_versions(app: &App, frame: &mut Frame<'_>, list: &List) {
    let rows = app.version_rows(list);
    let height = (app.past.versions.len() as u16).saturating_add(6).max(9);
    let inner = window(app, frame, "Versions of the labels", WIDTH.min(92), height);
    type_line(app, frame, Rect { height: 1, ..inner }, "name: ", &list.filter);
    let place = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    let buffer = frame.buffer_mut();
    let first = list.first_visible(usize::from(place.height));
    for (row, what) in rows.iter().enumerate().skip(first).take(usize::from(place.height)) {
        let line = Rect { y: place.y + (row - first) as u16, height: 1, ..place };
        match what {
            VersionRow::New(name) => {
                let text = format!("+ freeze the labels of now as `{name}`");
                put_cut(buffer, (line.x, line.y), line.right(), &text, app.theme.tone(Tone::Good));
            }
            VersionRow::There(index) => {
                if let Some(version) = app.past.versions.get(*index) {
                    draw_version(app, buffer, line, version);
                }
            }
        }
        if row == list.cursor {
            buffer.set_style(line, app.theme.chosen());
        }
    }
    if rows.is_empty() {
        let hint = "There is no version yet. Type a name to freeze the labels as they are now; edits go on, and the \
                    version stays, to be compared (spanlight diff), exported and gone back to.";
        put_wrapped(buffer, place, hint, app.theme.dim());
    }
}

fn draw_version(app: &App, buffer: &mut Buffer, line: Rect, version: &Version) {
    let theme = &app.theme;
    let since = match version.edited_since {
        0 => "as now".to_owned(),
        count => format!("{} edited since", crate::tui::text::counted(count, "tweet")),
    };
    let about = format!("{}  {}  {since}", time(&version.at), version.who);
    let column = line.right().saturating_sub(crate::tui::text::width(&crate::tui::text::visible(&about)) as u16);
    let column = column.max(line.x + line.width / 3);
    put_cut(buffer, (line.x, line.y), column.saturating_sub(1), &version.name, theme.on(theme.ui.text));
    put_cut(buffer, (column, line.y), line.right(), &about, theme.dim());
}
