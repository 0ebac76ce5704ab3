//! The entities of the tweet as a list, with what the model says to each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use spanlight_models::prediction::ScoredSpan;

use super::{pane, percent, put, put_cut, remarks, tweet};
use crate::tui::app::App;
use crate::tui::edit::{Mark, Origin};
use crate::tui::page::Page;
use crate::tui::text;

/// Widest column for the type.
const TYPE_COLUMNS: usize = 12;
/// Width of what the model says.
const REMARK_COLUMNS: u16 = 18;

/// Draws the list.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let theme = &app.theme;
    let Some(page) = &app.page else {
        pane(buffer, theme, area, "Entities", "");
        return;
    };
    let labels = page.marks.iter().filter(|mark| mark.is_label()).count();
    let by = app.suggestions.answer(page.tweet.id).map(|answer| format!(" by v{}", answer.version)).unwrap_or_default();
    let known = page.marks.iter().filter(|mark| matches!(mark.origin, Origin::Dictionary { .. })).count();
    let named = if known == 0 { String::new() } else { format!(" · {known} known") };
    let info = format!("{labels} labelled{named} · {} suggested{by}", page.marks.len() - labels - known);
    let inner = pane(buffer, theme, area, "Entities", &info);
    if inner.height == 0 {
        return;
    }
    // What is written on the tweet has its rows below the entities.
    let written = (page.comments.len() as u16).min(inner.height / 2);
    let comments = Rect { y: inner.bottom() - written, height: written, ..inner };
    remarks::draw_of_tweet(app, page, buffer, comments);
    let inner = Rect { height: inner.height - written, ..inner };
    let rows = usize::from(inner.height);
    let current = page.current().and_then(|current| page.marks.iter().position(|mark| mark == current));
    let first = current.map_or(0, |current| (current + 1).saturating_sub(rows));
    let widths = page
        .marks
        .iter()
        .skip(first)
        .take(rows)
        .map(|mark| text::width(&text::truncate(&mark.span.label, TYPE_COLUMNS)));
    let type_columns = widths.max().unwrap_or(0);
    for (row, mark) in page.marks.iter().skip(first).take(rows).enumerate() {
        let line = Rect { y: inner.y + row as u16, height: 1, ..inner };
        draw_mark(app, page, mark, buffer, line, type_columns);
        if Some(first + row) == current {
            put(buffer, (inner.x - 1, line.y), inner.right(), "▸", theme.title());
            buffer.set_style(line, theme.chosen());
        }
    }
    if page.marks.is_empty() {
        put_cut(buffer, (inner.x, inner.y), inner.right(), &nothing_marked(app, page), theme.dim());
    }
}

fn nothing_marked(app: &App, page: &Page) -> String {
    match (app.suggestions.answer(page.tweet.id), app.model.silence()) {
        (Some(_), _) => "no entity is labelled, and the model suggests none".into(),
        (None, Some(why)) => format!("no entity is labelled; {why}"),
        (None, None) => "no entity is labelled".into(),
    }
}

fn draw_mark(app: &App, page: &Page, mark: &Mark, buffer: &mut Buffer, line: Rect, type_columns: usize) {
    let theme = &app.theme;
    let color = theme.type_color(&app.project.settings().labels, &mark.span.label);
    let mut x = put(buffer, (line.x, line.y), line.right(), &format!("{} ", tweet::sign(mark)), theme.on(color));
    x = put(buffer, (x, line.y), line.right(), &text::fit(&mark.span.label, type_columns), theme.on(color)) + 1;
    let remark_column = line.right().saturating_sub(REMARK_COLUMNS).max(x);
    let words = page.words(mark.span.start..mark.span.end);
    put_cut(buffer, (x, line.y), remark_column.saturating_sub(1), &words, theme.on(theme.ui.text));
    let (remark, warn) = remark(app, page, mark);
    let style = if warn { theme.on(theme.ui.warn) } else { theme.dim() };
    put_cut(buffer, (remark_column, line.y), line.right(), &remark, style);
}

/// What people and the model say to a mark, and whether the model contradicts.
fn remark(app: &App, page: &Page, mark: &Mark) -> (String, bool) {
    if let Origin::Dictionary { count, of, agreed } = mark.origin {
        let model = agreed.map(|agreed| format!(", model {}", percent(agreed))).unwrap_or_default();
        return (format!("labelled {count} of {of}{model}"), false);
    }
    if let Some(probability) = mark.probability() {
        let word = if mark.is_label() { "model agrees" } else { "suggested" };
        return (format!("{word} {}", percent(probability)), false);
    }
    let against: Option<&ScoredSpan> = page.contradictions.iter().find(|scored| scored.span.overlaps(&mark.span));
    match against {
        Some(scored) if (scored.span.start, scored.span.end) == (mark.span.start, mark.span.end) => {
            (format!("model: {} {}", text::truncate(&scored.span.label, 5), percent(scored.probability)), true)
        }
        Some(_) => ("model: other ends".into(), true),
        None if app.suggestions.answer(page.tweet.id).is_some() => ("model: none".into(), true),
        None => (String::new(), false),
    }
}
