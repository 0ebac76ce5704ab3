//! The labels with all texts that accompany the tweet, and without some of them, side by side.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use spanlight_models::example::Context;
use spanlight_models::influence::{Ablation, LeftOut};
use spanlight_models::prediction::ScoredSpan;

use super::dialog::window;
use super::{percent, put, put_cut, put_wrapped};
use crate::tui::app::App;
use crate::tui::dialog::List;
use crate::tui::influence::{Pair, furthest, left_out, pairs};
use crate::tui::page::Page;
use crate::tui::text;
use crate::tui::theme::Tone;

/// Widest window.
const WIDTH: u16 = 110;

/// From this width on there is room for sentences.
const ROOMY: u16 = 76;

/// Most words that are told to have moved.
const MOVED: usize = 4;

/// Draws the comparison in a window.
pub fn draw(app: &App, frame: &mut Frame<'_>, list: &List) {
    let Some(page) = &app.page else { return };
    let contexts = &page.tweet.example.contexts;
    let influence = app.influence.as_ref().filter(|influence| influence.tweet == page.tweet.id);
    let said = influence.and_then(|influence| influence.said.as_ref());
    let by =
        influence.zip(app.model.card.as_ref()).map(|(asked, card)| format!(" · {} v{}", card.system, asked.version));
    let title = format!("Labels with and without the texts{}", by.unwrap_or_default());
    // As high as the longest comparison needs, so that it stays where it is from one to the next.
    let names = |ablation: &Ablation, place| pairs(&ablation.whole, &left_out(ablation, place).prediction).len();
    let height = match said {
        Some(Ok(ablation)) => {
            let most = (0..=contexts.len()).map(|place| names(ablation, place)).max().unwrap_or(0);
            contexts.len() + most.max(1) + 7
        }
        _ => 4,
    };
    let inner = window(app, frame, &title, WIDTH, u16::try_from(height).unwrap_or(u16::MAX));
    let buffer = frame.buffer_mut();
    match said {
        None => {
            let waiting = "the model reads the tweet without each of its texts …";
            put_wrapped(buffer, inner, waiting, app.theme.dim());
        }
        Some(Err(reason)) => {
            put_wrapped(buffer, inner, reason, app.theme.tone(Tone::Bad));
        }
        Some(Ok(ablation)) => {
            let rows = (contexts.len() + 1).min(usize::from(inner.height / 2)) as u16;
            draw_choices(app, page, buffer, Rect { height: rows, ..inner }, list, ablation);
            let below = rows + 1;
            let place = Rect { y: inner.y + below, height: inner.height.saturating_sub(below), ..inner };
            draw_pairs(app, page, buffer, place, ablation, list.cursor);
        }
    }
}

/// What can be left out, each with what that changes.
fn draw_choices(app: &App, page: &Page, buffer: &mut Buffer, area: Rect, list: &List, ablation: &Ablation) {
    let contexts = &page.tweet.example.contexts;
    let first = list.first_visible(usize::from(area.height));
    for (row, place) in (first..=contexts.len()).take(usize::from(area.height)).enumerate() {
        let y = area.y + row as u16;
        let without = left_out(ablation, place);
        let (effect, differs) = effect(page, ablation, without, area.width >= ROOMY);
        let column = area.right().saturating_sub(text::width(&effect) as u16).max(area.x);
        let style = if differs { app.theme.tone(Tone::Warn) } else { app.theme.dim() };
        put(buffer, (column, y), area.right(), &effect, style);
        let mark = if place == list.cursor { "▸ " } else { "  " };
        let x = put(buffer, (area.x, y), column, mark, app.theme.title());
        let text = app.theme.on(app.theme.ui.text);
        let x = put_cut(buffer, (x, y), column, &name(contexts.get(place)), text) + 1;
        let words: Vec<&str> =
            contexts.get(place).map(|context| context.words().take(40).collect()).unwrap_or_default();
        put_cut(buffer, (x, y), column.saturating_sub(2), &words.join(" "), app.theme.dim());
        if place == list.cursor {
            buffer.set_style(Rect { y, height: 1, ..area }, app.theme.chosen());
        }
    }
}

/// How leaving a text out, or all of them, is called.
fn name(context: Option<&Context>) -> String {
    context.map_or_else(|| "without any: the tweet alone".to_owned(), |context| format!("without {}", context.kind))
}

/// What leaving it out changes, and whether labels are among that.
fn effect(page: &Page, ablation: &Ablation, without: &LeftOut, roomy: bool) -> (String, bool) {
    let changed = pairs(&ablation.whole, &without.prediction).iter().filter(|pair| pair.differs()).count();
    let moved = furthest(&without.change, 1).first().copied();
    let label = match (changed, roomy) {
        (0, true) => "no label changes".to_owned(),
        (0, false) => "=".to_owned(),
        (1, true) => "1 label changes".to_owned(),
        (count, true) => format!("{count} labels change"),
        (count, false) => format!("≠ {count}"),
    };
    let moved = moved.map(|(word, far)| {
        let word = if roomy { format!("{} ", text::truncate(&page.words(word..word + 1), 14)) } else { String::new() };
        format!(" · {word}{}", percent(far))
    });
    (format!("{label}{}", moved.unwrap_or_default()), changed > 0)
}

/// Names with their labels on both sides, and the words that moved furthest.
fn draw_pairs(app: &App, page: &Page, buffer: &mut Buffer, area: Rect, ablation: &Ablation, place: usize) {
    let theme = &app.theme;
    if area.height < 2 {
        return;
    }
    let without = left_out(ablation, place);
    let side = area.width * 3 / 10;
    let columns = [area.x, area.right() - 2 * side, area.right() - side];
    let head = ["name".to_owned(), "with all".to_owned(), name(page.tweet.example.contexts.get(place))];
    for (column, title) in columns.iter().zip(&head) {
        let end = if *column == area.x { columns[1] } else { column + side };
        put_cut(buffer, (*column, area.y), end.saturating_sub(1), title, theme.title());
    }
    let pairs = pairs(&ablation.whole, &without.prediction);
    // The last row is for the words that moved.
    let rows = usize::from(area.height - 2);
    for (row, pair) in pairs.iter().take(rows).enumerate() {
        let y = area.y + 1 + row as u16;
        let (start, end) = pair.tokens();
        let shown = row + 1 < rows || pairs.len() <= rows;
        if !shown {
            let more = format!("… and {} more", pairs.len() - row);
            put(buffer, (area.x, y), area.right(), &more, theme.dim());
            break;
        }
        put_cut(
            buffer,
            (columns[0], y),
            columns[1].saturating_sub(1),
            &page.words(start..end),
            theme.on(theme.ui.text),
        );
        draw_label(app, buffer, (columns[1], y), columns[2], pair.with, pair);
        draw_label(app, buffer, (columns[2], y), area.right(), pair.without, pair);
    }
    if pairs.is_empty() && rows > 0 {
        put_cut(buffer, (area.x, area.y + 1), area.right(), "no name, with or without", theme.dim());
    }
    let moved = furthest(&without.change, MOVED).into_iter();
    let moved: Vec<String> = moved
        .map(|(word, far)| format!("{} {}", text::truncate(&page.words(word..word + 1), 20), percent(far)))
        .collect();
    let moved =
        if moved.is_empty() { "no word's label moves".into() } else { format!("moved most: {}", moved.join(", ")) };
    let used = 1 + pairs.len().clamp(1, rows.max(1)).min(usize::from(area.height) - 2);
    let gap = usize::from(used + 2 <= usize::from(area.height));
    let y = area.y + (used + gap) as u16;
    put_cut(buffer, (area.x, y), area.right(), &moved, theme.dim());
}

/// A label with its probability; one that is not on the other side has a sign and a line of its own.
fn draw_label(app: &App, buffer: &mut Buffer, at: (u16, u16), end: u16, scored: Option<&ScoredSpan>, pair: &Pair<'_>) {
    let differs = pair.differs();
    let sign = if differs { "≠ " } else { "  " };
    let x = put(buffer, at, end, sign, app.theme.tone(Tone::Warn));
    let (label, style) = match scored {
        None => ("none".to_owned(), app.theme.dim()),
        Some(scored) => {
            let color = app.theme.type_color(&app.project.settings().labels, &scored.span.label);
            let label = format!("{} {}", text::truncate(&scored.span.label, 12), percent(scored.probability));
            (label, app.theme.on(color))
        }
    };
    let lines = if differs { Modifier::BOLD | Modifier::UNDERLINED } else { Modifier::empty() };
    put_cut(buffer, (x, at.1), end.saturating_sub(1), &label, Style::add_modifier(style, lines));
}
