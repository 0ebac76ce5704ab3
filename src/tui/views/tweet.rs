//! The tweet in large: spans coloured and underlined, their types on rows of their own below the text.
//!
//! Where entities overlap, each has a lane: the shorter one is nearer to the text, whose words show its colour, and a line
//! in each lane shows how far an entity goes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{pane, percent, put, put_wrapped, queue, remarks};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::edit::{Mark, Origin, mark_at};
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
    /// Rows per line of text, with the rows for the types.
    pub rows_per_line: u16,
    /// Rows for the types.
    pub lanes: u16,
}

impl Sheet {
    /// Divides the inside of the pane `area` for a tweet whose types need so many rows; those for which there is no room are
    /// not drawn.
    pub fn new(area: Rect, has_left_line: bool, lanes: usize) -> Self {
        let left = u16::from(has_left_line) + 1;
        let inner = Rect {
            x: area.x + left,
            y: area.y + 1,
            width: area.width.saturating_sub(left + 1),
            height: area.height.saturating_sub(1),
        };
        let roomy = inner.height >= 20;
        let margin = u16::from(inner.height >= 14);
        let text = Rect { y: inner.y + margin, height: inner.height.saturating_sub(margin + 1), ..inner };
        let legend = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
        let lanes = u16::try_from(lanes).unwrap_or(u16::MAX).min(text.height.saturating_sub(1)).max(1);
        Self { text, legend, rows_per_line: 1 + lanes + u16::from(roomy), lanes }
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
    let written = remarks::count(page);
    let info = format!("{} {}{written}{}", queue::glyph(state), queue::name(state), unsure.unwrap_or_default());
    let id = &page.tweet.example.id;
    let title = match &app.sift.applied {
        Some(applied) => format!("Tweet {} of {} ▽ · {id}", applied.place_of(page.index) + 1, applied.rows.len()),
        None => format!("Tweet {} of {total} · {id}", page.index + 1),
    };
    pane(buffer, theme, area, &title, &info);
    let sheet = Sheet::new(area, area.x > buffer.area.x, page.lane_count());
    for row in 0..sheet.visible() {
        let y = sheet.text.y + row as u16 * sheet.rows_per_line;
        if y < sheet.text.bottom() {
            draw_line(app, page, buffer, sheet, y, page.scroll + row);
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
fn draw_line(app: &App, page: &Page, buffer: &mut Buffer, sheet: Sheet, y: u16, line: usize) {
    let (pieces, area) = (page.wrapped().line(line), sheet.text);
    for (index, piece) in pieces.iter().enumerate() {
        let x = area.x + piece.column as u16;
        let end = put(buffer, (x, y), area.right(), &piece.text, token_style(app, page, piece.token));
        let joined = pieces.get(index + 1).and_then(|next| gap_style(app, page, piece.token, next.token));
        if let Some(style) = joined {
            put(buffer, (end, y), area.right(), " ", style);
        }
    }
    for lane in 0..sheet.lanes {
        if y + 1 + lane < area.bottom() {
            draw_types(app, page, buffer, area, y + 1 + lane, pieces, usize::from(lane));
        }
    }
}

/// The mark over a token in a lane; in one lane marks do not overlap.
fn mark_in(page: &Page, token: usize, lane: usize) -> Option<&Mark> {
    let mut marks = page.marks.iter().zip(&page.lanes).filter(|(mark, own)| **own == lane && mark.span.contains(token));
    marks.next().map(|(mark, _)| mark)
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
    if let Some(mark) = mark_at(&page.marks, token) {
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
    let both = |mark: &&Mark| mark.span.contains(left) && mark.span.contains(right);
    let mark = page.marks.iter().filter(both).min_by_key(|mark| mark.span.end - mark.span.start);
    let mut style = mark.map(|mark| mark_style(app, mark));
    if selected(page, left) && selected(page, right) {
        style = Some(style.unwrap_or_default().patch(app.theme.selection()));
    }
    style
}

/// One lane of types below a line's text.
fn draw_types(app: &App, page: &Page, buffer: &mut Buffer, area: Rect, y: u16, pieces: &[Piece], lane: usize) {
    // The first piece of every mark on this line, with the mark and the column behind its last piece.
    let mut starts: Vec<(&Piece, &Mark, usize)> = Vec::new();
    for piece in pieces {
        let Some(mark) = mark_in(page, piece.token, lane) else { continue };
        let behind = piece.column + text::width(&piece.text);
        match starts.last_mut() {
            Some((_, last, end)) if last.span == mark.span => *end = behind,
            _ => starts.push((piece, mark, behind)),
        }
    }
    let (current, stacked) = (page.current(), page.lane_count() > 1);
    for (index, (piece, mark, behind)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(usize::from(area.width), |(next, ..)| next.column - 1);
        let columns = end.saturating_sub(piece.column);
        let begins_here = piece.token == mark.span.start && page.wrapped().line_of(piece.token) == piece.line;
        let tag = if begins_here { tag(mark, columns) } else { "…".to_owned() };
        let mut style = mark_style(app, mark).remove_modifier(Modifier::UNDERLINED);
        style.bg = None;
        if current == Some(mark) {
            style = style.patch(app.theme.chosen());
        }
        let x = put(buffer, (area.x + piece.column as u16, y), area.right(), &tag, style);
        // How far it goes, which the colour of the words does not tell where another one lies within it.
        let rest = (usize::from(area.x) + behind).saturating_sub(usize::from(x));
        if stacked && rest > 0 {
            put(buffer, (x, y), area.right(), &"─".repeat(rest), style);
        }
    }
}

/// The sign of a mark: full for a label, hollow for a suggestion, a full one in a hollow one for a name that is known.
pub(super) fn sign(mark: &Mark) -> &'static str {
    match mark.origin {
        Origin::Label { .. } => "◆",
        Origin::Suggestion { .. } => "◇",
        Origin::Dictionary { .. } => "◈",
    }
}

/// A mark's sign and type in at most so many columns, with what speaks for a suggestion where there is room.
fn tag(mark: &Mark, columns: usize) -> String {
    let name = text::visible(&mark.span.label);
    let short = format!("{}{name}", sign(mark));
    let full = match mark.origin {
        Origin::Label { .. } => short.clone(),
        Origin::Suggestion { probability } => format!("{short} {}", percent(probability)),
        Origin::Dictionary { count, of, .. } => format!("{short} {count}/{of}"),
    };
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
        let keys = app.shown_type_keys(index);
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
