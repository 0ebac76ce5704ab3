//! The tweet in large: spans coloured and underlined, their types on a row of their own below the text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{pane, percent, put, put_wrapped, queue};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::edit::Mark;
use crate::tui::page::Page;
use crate::tui::text;
use crate::tui::wrap::Piece;

/// Longest type name in the legend, in columns.
const LEGEND_NAME: usize = 14;

/// From this width on the title has room for the model's uncertainty.
const ROOMY_TITLE: u16 = 60;

/// How the pane is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Where the text is.
    pub text: Rect,
    /// Where the types and their keys are.
    pub legend: Rect,
    /// Rows per line of text, with the row for the types.
    pub rows_per_line: u16,
}

impl Sheet {
    /// Divides the inside of the pane `area`.
    pub fn new(area: Rect, has_left_line: bool) -> Self {
        let left = u16::from(has_left_line) + 1;
        let inner = Rect {
            x: area.x + left,
            y: area.y + 1,
            width: area.width.saturating_sub(left + 1),
            height: area.height.saturating_sub(1),
        };
        let roomy = inner.height >= 20;
        let rows_per_line = if roomy { 3 } else { 2 };
        let margin = u16::from(inner.height >= 14);
        let text = Rect { y: inner.y + margin, height: inner.height.saturating_sub(margin + 1), ..inner };
        let legend = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
        Self { text, legend, rows_per_line }
    }

    /// Lines of text that are visible at once.
    pub fn visible(&self) -> usize {
        usize::from((self.text.height / self.rows_per_line).max(1))
    }
}

/// Draws the open tweet.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let theme = &app.theme;
    let total = app.project.queue().len();
    let Some(page) = &app.page else {
        let inner = pane(buffer, theme, area, "Tweet", "");
        let hint =
            "This project has no tweets to label yet. Leave and take some in: spanlight import FILE --project DIR";
        put_wrapped(buffer, inner, hint, theme.dim());
        return;
    };
    let state = page.tweet.state;
    let uncertainty = app.project.queue().get(page.index).and_then(crate::project::QueueItem::uncertainty);
    let unsure = uncertainty.filter(|_| area.width >= ROOMY_TITLE).map(|u| format!(" · model unsure {}", percent(u)));
    let info = format!("{} {}{}", queue::glyph(state), queue::name(state), unsure.unwrap_or_default());
    let title = match &app.sift.applied {
        Some(applied) => {
            format!(
                "Tweet {} of {} ▽ · {}",
                applied.place_of(page.index) + 1,
                applied.rows.len(),
                page.tweet.example.id
            )
        }
        None => format!("Tweet {} of {total} · {}", page.index + 1, page.tweet.example.id),
    };
    pane(buffer, theme, area, &title, &info);
    let sheet = Sheet::new(area, area.x > buffer.area.x);
    for row in 0..sheet.visible() {
        let y = sheet.text.y + row as u16 * sheet.rows_per_line;
        if y < sheet.text.bottom() {
            draw_line(app, page, buffer, sheet.text, y, page.scroll + row);
        }
    }
    if page.is_empty() {
        put(buffer, (sheet.text.x, sheet.text.y), sheet.text.right(), "(this tweet has no token)", theme.dim());
    }
    draw_scroll(app, page, buffer, area, sheet);
    draw_legend(app, buffer, sheet.legend);
}

/// How much lies above and below, at the right edge.
fn draw_scroll(app: &App, page: &Page, buffer: &mut Buffer, area: Rect, sheet: Sheet) {
    let (lines, visible) = (page.wrapped().height(), sheet.visible());
    let edge = area.right() - 1;
    if page.scroll > 0 {
        put(buffer, (edge, sheet.text.y), area.right(), "▲", app.theme.key());
    }
    if page.scroll + visible < lines {
        put(buffer, (edge, sheet.text.bottom().saturating_sub(1)), area.right(), "▼", app.theme.key());
    }
}

/// A line's text and, below it, the types of its spans.
fn draw_line(app: &App, page: &Page, buffer: &mut Buffer, area: Rect, y: u16, line: usize) {
    let pieces = page.wrapped().line(line);
    for (index, piece) in pieces.iter().enumerate() {
        let x = area.x + piece.column as u16;
        let end = put(buffer, (x, y), area.right(), &piece.text, token_style(app, page, piece.token));
        let joined = pieces.get(index + 1).and_then(|next| gap_style(app, page, piece.token, next.token));
        if let Some(style) = joined {
            put(buffer, (end, y), area.right(), " ", style);
        }
    }
    if y + 1 < area.bottom() {
        draw_types(app, page, buffer, area, y + 1, pieces);
    }
}

/// The mark over a token; marks are in order and do not overlap.
fn mark_of(page: &Page, token: usize) -> Option<&Mark> {
    let index = page.marks.partition_point(|mark| mark.span.end <= token);
    page.marks.get(index).filter(|mark| mark.span.contains(token))
}

fn mark_style(app: &App, mark: &Mark) -> Style {
    let color = app.theme.type_color(&app.project.settings().labels, &mark.span.label);
    if mark.is_label() { app.theme.label(color) } else { app.theme.suggestion(color) }
}

fn selected(page: &Page, token: usize) -> bool {
    page.selection.is_some_and(|selection| selection.range().contains(&token))
}

fn token_style(app: &App, page: &Page, token: usize) -> Style {
    let mut style = app.theme.base();
    if let Some(mark) = mark_of(page, token) {
        style = style.patch(mark_style(app, mark));
    }
    if selected(page, token) {
        style = style.patch(app.theme.selection());
    }
    if token == page.cursor {
        style = style.patch(app.theme.cursor());
    }
    style
}

/// The space between two tokens belongs to the span or the selection that holds both.
fn gap_style(app: &App, page: &Page, left: usize, right: usize) -> Option<Style> {
    if left == right {
        return None;
    }
    let mark = mark_of(page, left).filter(|mark| mark.span.contains(right));
    let mut style = mark.map(|mark| mark_style(app, mark));
    if selected(page, left) && selected(page, right) {
        style = Some(style.unwrap_or_default().patch(app.theme.selection()));
    }
    style
}

fn draw_types(app: &App, page: &Page, buffer: &mut Buffer, area: Rect, y: u16, pieces: &[Piece]) {
    // The first piece of every mark on this line, with the mark.
    let mut starts: Vec<(&Piece, &Mark)> = Vec::new();
    for piece in pieces {
        if let Some(mark) = mark_of(page, piece.token)
            && starts.last().is_none_or(|(_, last)| last.span != mark.span)
        {
            starts.push((piece, mark));
        }
    }
    let current = page.current();
    for (index, (piece, mark)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(usize::from(area.width), |(next, _)| next.column - 1);
        let columns = end.saturating_sub(piece.column);
        let begins_here = piece.token == mark.span.start && page.wrapped().line_of(piece.token) == piece.line;
        let tag = if begins_here { tag(mark, columns) } else { "…".to_owned() };
        let mut style = mark_style(app, mark).remove_modifier(Modifier::UNDERLINED);
        style.bg = None;
        if current == Some(mark) {
            style = style.patch(app.theme.chosen());
        }
        put(buffer, (area.x + piece.column as u16, y), area.right(), &tag, style);
    }
}

/// A mark's type in at most so many columns: a full sign for a label, a hollow one and the probability for a suggestion.
fn tag(mark: &Mark, columns: usize) -> String {
    let name = text::visible(&mark.span.label);
    let full = if mark.is_label() {
        format!("◆{name}")
    } else {
        format!("◇{name} {}", mark.probability().map(percent).unwrap_or_default())
    };
    let short = format!("{}{name}", if mark.is_label() { "◆" } else { "◇" });
    if text::width(&full) <= columns {
        full
    } else if text::width(&short) <= columns {
        short
    } else if columns >= 4 {
        text::truncate(&short, columns)
    } else {
        text::graphemes(&name).take(columns).map(|(grapheme, _)| grapheme).collect()
    }
}

/// The types with their keys.
fn draw_legend(app: &App, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let labels = &app.project.settings().labels;
    let mut x = area.x;
    for (index, name) in labels.names().enumerate() {
        let keys = app.type_keys.shown(index);
        let shown = text::truncate(name, LEGEND_NAME);
        let needed = text::width(&keys) + text::width(&shown) + 3;
        let reserve = if index + 1 == labels.len() { 0 } else { 8 };
        if usize::from(x) + needed + reserve > usize::from(area.right()) + 2 {
            let more = format!("+{} {}", labels.len() - index, app.keymap.label(Action::PickType).unwrap_or_default());
            put(buffer, (x, area.y), area.right(), &more, app.theme.key());
            return;
        }
        x = put(buffer, (x, area.y), area.right(), &keys, app.theme.key());
        let color = app.theme.type_color(labels, name);
        x = put(buffer, (x + u16::from(!keys.is_empty()), area.y), area.right(), &shown, app.theme.on(color)) + 2;
    }
}
