//! The status line: messages, else where one is and what the model is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{put, put_cut};
use crate::order::Why;
use crate::project::State;
use crate::tui::app::App;
use crate::tui::text;
use crate::tui::theme::Tone;

/// A part of the line; parts of low weight go first where there is no room.
struct Part {
    text: String,
    tone: Tone,
    weight: u8,
}

fn part(weight: u8, tone: Tone, text: String) -> Part {
    Part { text, tone, weight }
}

/// Draws the line.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let theme = &app.theme;
    buffer.set_style(area, theme.raised());
    if let Some(notice) = &app.notice {
        put_cut(buffer, (area.x + 1, area.y), area.right(), &notice.text, theme.tone(notice.tone));
        return;
    }
    let mut left = place(app);
    let mut right = machine(app);
    let width = |parts: &[Part]| parts.iter().map(|part| text::width(&text::visible(&part.text)) + 2).sum::<usize>();
    while width(&left) + width(&right) > usize::from(area.width) {
        let lightest = left.iter().chain(&right).map(|part| part.weight).min().unwrap_or(u8::MAX);
        if lightest == u8::MAX {
            break;
        }
        left.retain(|part| part.weight != lightest);
        right.retain(|part| part.weight != lightest);
    }
    let mut x = area.x + 1;
    for part in &left {
        x = put(buffer, (x, area.y), area.right(), &part.text, theme.tone(part.tone)) + 2;
    }
    x = x.max(area.right().saturating_sub(width(&right) as u16));
    for part in &right {
        x = put(buffer, (x, area.y), area.right(), &part.text, theme.tone(part.tone)) + 2;
    }
}

/// Project, position, counts, whether everything is saved.
fn place(app: &App) -> Vec<Part> {
    let name = app.project.dir().file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let total = app.project.queue().len();
    let here = app.page.as_ref().map_or(0, |page| page.index + 1);
    // Within a filter its own numbers count, for jumps too.
    let (here, total) = match &app.sift.applied {
        Some(applied) => (applied.place_of(here.saturating_sub(1)) + 1, applied.rows.len()),
        None => (here, total),
    };
    if app.inspector.as_ref().is_some_and(|inspector| inspector.alone) {
        return vec![part(9, Tone::Plain, format!("{here}/{total}"))];
    }
    let saved = match &app.unsaved {
        Some(_) => part(u8::MAX, Tone::Bad, "NOT SAVED".into()),
        None => part(5, Tone::Good, "saved".into()),
    };
    let mut parts = vec![
        part(3, Tone::Plain, text::truncate(&name, 24)),
        part(9, Tone::Plain, format!("{here}/{total}")),
        part(8, Tone::Plain, format!("✓{}", app.count(State::Done))),
        saved,
    ];
    if let Some(applied) = &app.sift.applied {
        parts.insert(1, part(10, Tone::Warn, format!("▽ {}", text::truncate(&applied.title(), 24))));
    }
    let more = [(State::Skipped, "–"), (State::Flagged, "⚑")];
    for (state, sign) in more.into_iter().filter(|(state, _)| app.count(*state) > 0) {
        parts.insert(parts.len() - 1, part(4, Tone::Plain, format!("{sign}{}", app.count(state))));
    }
    parts
}

/// Order, device and why, model.
fn machine(app: &App) -> Vec<Part> {
    // The plan with its random share is always told; what comes by lot is told as that.
    let lot = if app.course.why == Some(Why::Lot) { " (now: random)" } else { "" };
    let order = format!("next: {}{lot}", app.course.plan.describe());
    let mut parts = Vec::new();
    if app.inspector.is_none() {
        parts.push(part(2, Tone::Plain, order));
    }
    if let Some(device) = &app.model.device {
        parts.push(part(6, Tone::Plain, device.device.clone()));
        parts.push(part(0, Tone::Plain, format!("({})", text::truncate(&device.reason, 48))));
    }
    parts.push(part(1, Tone::Plain, app.graphics_name()));
    parts.push(match &app.model.card {
        Some(card) => part(7, Tone::Plain, format!("{} v{}", text::truncate(&card.system, 16), card.version)),
        None if app.model.gone => part(7, Tone::Bad, "no model".into()),
        None => part(7, Tone::Plain, "loading model…".into()),
    });
    if !app.problems.is_empty() {
        parts.push(part(10, Tone::Bad, format!("! {}", app.problems.len())));
    }
    parts
}
