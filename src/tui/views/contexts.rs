//! The texts that accompany the tweet: where each comes from, what the model made of it, and the words in it that the
//! model looked at for the name under the cursor.

use std::ops::Range;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Clear, Widget};
use spanlight_models::example::Context;

use super::{pane, percent, put, put_cut, put_wrapped};
use crate::project::contexts::source_of;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::dialog::TextEdit;
use crate::tui::page::Page;
use crate::tui::reading::{TextReading, readings};
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::typed::TypedLines;
use crate::tui::wrap::Wrapped;

/// Share of the highest weight from which a word stands out, and from which it stands out most.
const STANDS_OUT: [f32; 2] = [1.0 / 3.0, 2.0 / 3.0];

/// Columns of a source's or a model's name.
const NAME: usize = 24;

/// A row of the pane.
#[derive(Clone, Debug)]
struct Row {
    /// The text it belongs to.
    context: usize,
    /// Whether it is the first row of its text.
    first: bool,
    /// Columns, texts and styles from left to right.
    pieces: Vec<(u16, String, Style)>,
}

/// A word as it is shown.
type Word = (String, Style);

/// Draws the pane.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let theme = &app.theme;
    let page = app.page.as_ref();
    let count = page.map_or(0, |page| page.tweet.example.contexts.len());
    let chosen = page.map_or(0, |page| page.texts.chosen);
    // What failed is not read once more.
    let waits = |page: &Page| {
        let settled = |version| app.suggestions.settled(page.tweet.id, version);
        app.suggestions.is_outdated(page.tweet.id) && app.model.version().is_some_and(|version| !settled(version))
    };
    let anew = page.is_some_and(waits);
    let deaf = app.model.card.as_ref().filter(|card| !card.uses_contexts);
    let remark = match deaf {
        Some(card) => format!(" · not read by {}", card.system),
        None if anew => " · reading anew".into(),
        None => String::new(),
    };
    let info = if count == 0 { String::new() } else { format!("{} of {count}{remark}", chosen + 1) };
    let inner = pane(buffer, theme, area, "Contexts", &info);
    let Some(page) = page.filter(|_| inner.height > 0) else { return };
    if count == 0 {
        let add = app.keymap.label(Action::AddContext).unwrap_or_default();
        put_wrapped(buffer, inner, &format!("no text accompanies this tweet; {add} adds one"), theme.dim());
        return;
    }
    let rows = rows(app, page, inner.width);
    let scroll = page.texts.scroll;
    for (line, row) in rows.iter().skip(scroll).take(usize::from(inner.height)).enumerate() {
        let y = inner.y + line as u16;
        for (column, text, style) in &row.pieces {
            put(buffer, (inner.x + column, y), inner.right(), text, *style);
        }
        if row.first && row.context == chosen {
            put(buffer, (inner.x - 1, y), inner.right(), "▸", theme.title());
        }
    }
    let edge = area.right() - 1;
    if scroll > 0 {
        put(buffer, (edge, inner.y), area.right(), "▲", theme.key());
    }
    if scroll + usize::from(inner.height) < rows.len() {
        put(buffer, (edge, inner.bottom() - 1), area.right(), "▼", theme.key());
    }
}

/// Rows of the chosen text, and of all texts, in a pane at `area`; and how many are visible.
pub fn extent(app: &App, page: &Page, area: Rect) -> (Range<usize>, usize, usize) {
    let rows = rows(app, page, width(area));
    let of_chosen = |row: &Row| row.context == page.texts.chosen;
    let start = rows.iter().position(of_chosen).unwrap_or(0);
    let end = rows.iter().rposition(of_chosen).map_or(0, |last| last + 1);
    (start..end, rows.len(), usize::from(area.height.saturating_sub(1)))
}

/// Columns for text in a pane at `area`.
pub fn width(area: Rect) -> u16 {
    area.width.saturating_sub(if area.x > 0 { 3 } else { 2 })
}

/// All texts, one below the other.
fn rows(app: &App, page: &Page, width: u16) -> Vec<Row> {
    let contexts = &page.tweet.example.contexts;
    let card = app.model.card.as_ref();
    let answer = app.suggestions.answer(page.tweet.id).filter(|_| !app.suggestions.is_outdated(page.tweet.id));
    let read = answer.filter(|_| card.is_some_and(|card| card.uses_contexts));
    let (readings, highest) = read.map(|answer| readings(answer, contexts.len(), page.target())).unzip();
    let highest = highest.unwrap_or(0.0);
    let mut rows = Vec::new();
    for (place, context) in contexts.iter().enumerate() {
        let reading = readings.as_ref().and_then(|readings: &Vec<TextReading>| readings.get(place));
        let words = [title(app, context, reading), body(app, context, reading, highest)];
        let first = rows.len();
        rows.extend(words.iter().flat_map(|words| broken(place, words, width)));
        if let Some(row) = rows.get_mut(first) {
            row.first = true;
        }
    }
    rows
}

/// Words in rows of a width.
fn broken(context: usize, words: &[Word], width: u16) -> Vec<Row> {
    if words.is_empty() {
        return Vec::new();
    }
    let texts: Vec<String> = words.iter().map(|(text, _)| text.clone()).collect();
    let wrapped = Wrapped::new(&texts, usize::from(width));
    let row = |line| {
        let pieces = wrapped.line(line).iter();
        let pieces = pieces.map(|piece| (piece.column as u16, piece.text.clone(), words[piece.token].1));
        Row { context, first: false, pieces: pieces.collect() }
    };
    (0..wrapped.height()).map(row).collect()
}

/// Kind, similarity to the image, where it comes from, and what the model made of it.
fn title(app: &App, context: &Context, reading: Option<&TextReading>) -> Vec<Word> {
    let theme = &app.theme;
    let similarity = context.similarity.map(|similarity| format!(" ≈{similarity:.2}")).unwrap_or_default();
    let mut parts = vec![(format!("{}{similarity}", context.kind), theme.title())];
    let names = [Some(source_of(context)), context.model.as_deref()];
    parts.extend(names.into_iter().flatten().map(|name| (text::truncate(name, NAME), theme.dim())));
    parts.extend(reading.map(|reading| fate(app, context, reading)).unwrap_or_default());
    let last = parts.len() - 1;
    let mut words = Vec::new();
    for (place, (part, style)) in parts.into_iter().enumerate() {
        words.extend(part.split_whitespace().map(|word| (word.to_owned(), style)));
        if place < last {
            words.push(("·".into(), theme.dim()));
        }
    }
    words
}

/// What the model made of a text, part by part.
fn fate(app: &App, context: &Context, reading: &TextReading) -> Vec<Word> {
    let theme = &app.theme;
    let (plain, warn) = (theme.on(theme.ui.text), theme.tone(Tone::Warn));
    let total = context.words().count();
    let mut parts = Vec::new();
    if let Some(verdict) = reading.verdict {
        parts.push((verdict.words(), if verdict.used { plain } else { warn }));
        if !verdict.used {
            return parts;
        }
        parts.push((format!("moves the label here by {}", percent(verdict.moved)), plain));
    }
    match reading.words {
        0 => parts.push(("not read".into(), theme.dim())),
        words if words < total => parts.push((format!("{words} of {total} words read"), warn)),
        _ => {}
    }
    if let Some(share) = reading.share {
        parts.push((format!("{} attention", percent(share)), plain));
    }
    parts
}

/// The words of a text; those that were read stand out as they were looked at.
fn body(app: &App, context: &Context, reading: Option<&TextReading>, highest: f32) -> Vec<Word> {
    let theme = &app.theme;
    let passed_over = reading.and_then(|reading| reading.verdict).is_some_and(|verdict| !verdict.used);
    let style = |word: usize| match reading {
        None => theme.on(theme.ui.text),
        Some(_) if passed_over => unread(app),
        Some(reading) => reading.weights.get(word).map_or(unread(app), |weight| emphasis(app, *weight, highest)),
    };
    let mut words: Vec<Word> = Vec::new();
    let mut read = 0;
    for word in context.text.split_whitespace() {
        words.push((word.to_owned(), style(read)));
        read += 1;
    }
    for (place, item) in context.items.iter().enumerate() {
        for word in item.text.split_whitespace() {
            words.push((word.to_owned(), style(read)));
            read += 1;
        }
        words.extend(item.score.map(|score| (format!("{score:.2}"), theme.dim())));
        if place + 1 < context.items.len()
            && let Some((last, _)) = words.last_mut()
        {
            last.push(',');
        }
    }
    words
}

/// Words that the model did not get to see.
fn unread(app: &App) -> Style {
    app.theme.dim().add_modifier(Modifier::CROSSED_OUT)
}

/// Not by colour alone: what stands out is underlined, what stands out most is bold too.
fn emphasis(app: &App, weight: f32, highest: f32) -> Style {
    let [some, most] = STANDS_OUT.map(|share| highest > 0.0 && weight >= share * highest);
    let accent = app.theme.on(app.theme.ui.accent).add_modifier(Modifier::UNDERLINED);
    match (some, most) {
        (_, true) => accent.add_modifier(Modifier::BOLD),
        (true, false) => accent,
        (false, false) => app.theme.on(app.theme.ui.text),
    }
}

/// Draws the text that is being written, in the place of the pane, with the terminal's cursor in it.
pub fn draw_edit(app: &App, frame: &mut Frame<'_>, edit: &TextEdit) {
    let Some(area) = app.panes.and_then(|panes| panes.contexts) else { return };
    let theme = &app.theme;
    Clear.render(area, frame.buffer_mut());
    frame.buffer_mut().set_style(area, theme.base());
    let key = |action| app.keymap.label(action).unwrap_or_default();
    let info = format!("{} saves", key(Action::DialogAccept));
    let title = if edit.place.is_some() { "Edit" } else { "New" };
    let inner = pane(frame.buffer_mut(), theme, area, &format!("{title} {}", edit.kind), &info);
    if inner.height == 0 {
        return;
    }
    let typed = TypedLines::new(edit.input.value(), usize::from(inner.width));
    let (line, column) = typed.place(edit.input.cursor());
    let first = (line + 1).saturating_sub(usize::from(inner.height));
    for (row, text) in typed.lines().skip(first).take(usize::from(inner.height)).enumerate() {
        put_cut(
            frame.buffer_mut(),
            (inner.x, inner.y + row as u16),
            inner.right() + 1,
            text.trim_end(),
            theme.on(theme.ui.text),
        );
    }
    frame.set_cursor_position(Position::new(inner.x + column as u16, inner.y + (line - first) as u16));
}
