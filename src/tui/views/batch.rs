//! Many tweets at once: one or two rows each, with their labels and suggestions.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};

use super::{hints, pane, percent, put, put_cut, queue, status};
use crate::project::State;
use crate::tui::app::App;
use crate::tui::batch::{Batch, Entry};
use crate::tui::edit::{Mark, mark_at, marks_at};
use crate::tui::layout::SMALLEST;
use crate::tui::text;

/// Rows that a tweet takes at most.
const MOST_ROWS: usize = 2;

/// Columns before the text: the mark of the row, whether it is chosen, its state.
const MARGIN: u16 = 4;

/// The places of the list's screen.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// The list with its title.
    pub list: Rect,
    status: Rect,
    /// Which keys there are.
    pub hints: Rect,
}

/// Where things are, or nothing on a screen that is too small.
pub fn places(area: Rect) -> Option<Places> {
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return None;
    }
    let hint_rows = if area.height < 30 { 1 } else { 2 };
    let rows = [Constraint::Fill(1), Constraint::Length(1), Constraint::Length(hint_rows)];
    let [list, status, hints] = Layout::vertical(rows).areas(area);
    Some(Places { list, status, hints })
}

/// A piece of a row: words of one style.
struct Piece {
    text: String,
    style: Style,
}

/// Brings the cursor in sight; how many tweets are seen then.
pub fn scroll(batch: &mut Batch, area: Rect) {
    let rows = usize::from(area.height.saturating_sub(1));
    let width = usize::from(area.width.saturating_sub(MARGIN + 2));
    let heights = |batch: &Batch| -> usize {
        (batch.first..=batch.cursor).map(|place| batch.entry(place).map_or(1, |entry| height(entry, width))).sum()
    };
    batch.first = batch.first.max((batch.cursor + 1).saturating_sub(rows)).min(batch.cursor);
    while batch.first < batch.cursor && heights(batch) > rows {
        batch.first += 1;
    }
    let mut used = 0;
    batch.visible = (batch.first..batch.rows.len())
        .take_while(|place| {
            used += batch.entry(*place).map_or(1, |entry| height(entry, width));
            used <= rows
        })
        .count()
        .max(1);
}

/// Rows that a tweet takes.
fn height(entry: &Entry, width: usize) -> usize {
    let words = entry.tokens.iter().map(|token| text::width(&text::token(token)) + 1);
    let tags = entry.marks.iter().map(|mark| text::width(&tag(mark)));
    if words.chain(tags).sum::<usize>() <= width + 1 { 1 } else { MOST_ROWS }
}

/// Draws the list.
pub fn draw(app: &App, buffer: &mut Buffer, places: &Places) {
    let Some(batch) = &app.batch else { return };
    let what = app.sift.applied.as_ref().map_or_else(|| "not done yet".to_owned(), super::super::sift::Applied::title);
    let chosen = match batch.selected.len() {
        0 => String::new(),
        count => format!("{count} chosen · "),
    };
    let info = format!("{chosen}{} of {}", (batch.cursor + 1).min(batch.rows.len()), batch.rows.len());
    let title = format!("Tweets: {what} · {}", app.course.plan.order.title());
    let inner = pane(buffer, &app.theme, places.list, &title, &info);
    let mut y = inner.y;
    for place in batch.first..batch.rows.len() {
        if y >= inner.bottom() {
            break;
        }
        let Some(entry) = batch.entry(place) else { break };
        y += draw_entry(app, buffer, Rect { y, height: inner.bottom() - y, ..inner }, entry, place);
    }
    if batch.rows.is_empty() {
        put(buffer, (inner.x, inner.y), inner.right(), "no tweet is left here", app.theme.dim());
    }
    status::draw(app, buffer, places.status);
    hints::draw(app, buffer, places.hints);
}

/// Draws a tweet; returns the rows it took.
fn draw_entry(app: &App, buffer: &mut Buffer, area: Rect, entry: &Entry, place: usize) -> u16 {
    let Some(batch) = &app.batch else { return 1 };
    let theme = &app.theme;
    let (here, chosen) = (place == batch.cursor, batch.selected.contains(&place));
    put(buffer, (area.x - 1, area.y), area.right(), if here { "▸" } else { " " }, theme.title());
    put(buffer, (area.x, area.y), area.right(), if chosen { "■" } else { " " }, theme.key());
    let tone = match entry.state {
        State::Done => theme.on(theme.ui.good),
        State::Flagged => theme.on(theme.ui.warn),
        _ => theme.dim(),
    };
    put(buffer, (area.x + 1, area.y), area.right(), queue::glyph(entry.state), tone);
    if entry.noted {
        put(buffer, (area.x + 2, area.y), area.right(), "✎", theme.key());
    }
    let text = Rect { x: area.x + MARGIN - 1, width: area.width.saturating_sub(MARGIN - 1), ..area };
    let rows = draw_text(app, buffer, text, entry);
    if here {
        buffer.set_style(Rect { height: rows, ..area }, theme.chosen());
    }
    rows
}

fn draw_text(app: &App, buffer: &mut Buffer, area: Rect, entry: &Entry) -> u16 {
    let wanted = height(entry, usize::from(area.width)) as u16;
    let rows = wanted.min(area.height).max(1);
    let (mut x, mut y) = (area.x, area.y);
    for piece in pieces(app, entry) {
        let wide = text::width(&piece.text) as u16;
        if x + wide > area.right() && x > area.x {
            if y + 1 >= area.y + rows {
                // What is left out is told by an ellipsis in the last column.
                put_cut(buffer, (x, y), area.right(), &piece.text, piece.style);
                put(buffer, (area.right() - 1, y), area.right(), "…", app.theme.dim());
                return rows;
            }
            (x, y) = (area.x, y + 1);
            if piece.text == " " {
                continue;
            }
        }
        x = put_cut(buffer, (x, y), area.right(), &piece.text, piece.style);
    }
    rows
}

/// Words, labels with their types behind them, and the spaces between.
fn pieces(app: &App, entry: &Entry) -> Vec<Piece> {
    let theme = &app.theme;
    let plain = if matches!(entry.state, State::Done | State::Skipped) { theme.dim() } else { theme.on(theme.ui.text) };
    let mut pieces = Vec::with_capacity(entry.tokens.len() * 2);
    for (token, raw) in entry.tokens.iter().enumerate() {
        let mark = mark_at(&entry.marks, token);
        let style = mark.map_or(plain, |mark| mark_style(app, mark));
        pieces.push(Piece { text: text::token(raw).into_owned(), style });
        // The types of all that end here, those that lie within others first.
        let ended = marks_at(&entry.marks, token).into_iter().filter(|mark| mark.span.end == token + 1);
        for mark in ended {
            let style = mark_style(app, mark).remove_modifier(Modifier::UNDERLINED);
            pieces.push(Piece { text: tag(mark), style: Style { bg: None, ..style } });
        }
        let behind = mark_at(&entry.marks, token + 1).filter(|next| next.span.contains(token));
        pieces.push(Piece { text: " ".into(), style: behind.map_or(plain, |mark| mark_style(app, mark)) });
    }
    pieces
}

fn mark_style(app: &App, mark: &Mark) -> Style {
    let color = app.theme.type_color(&app.project.settings().labels, &mark.span.label);
    if mark.is_label() { app.theme.label(color) } else { app.theme.suggestion(color) }
}

/// A type: a full sign for a label, a hollow one and the probability for a suggestion.
fn tag(mark: &Mark) -> String {
    let name = text::visible(&mark.span.label);
    if mark.is_label() {
        format!("◆{name}")
    } else {
        format!("◇{name} {}", mark.probability().map(percent).unwrap_or_default())
    }
}
