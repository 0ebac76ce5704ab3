//! The queue: state, uncertainty and beginning of the tweets around the open one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{pane, put, put_cut};
use crate::project::State;
use crate::tui::app::App;

/// Bars from sure to unsure.
const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The sign of a state.
pub fn glyph(state: State) -> &'static str {
    match state {
        State::New => "·",
        State::Seen => "○",
        State::InProgress => "◐",
        State::Done => "✓",
        State::Skipped => "–",
        State::Flagged => "⚑",
    }
}

/// A state in words.
pub fn name(state: State) -> &'static str {
    match state {
        State::New => "new",
        State::Seen => "seen",
        State::InProgress => "in progress",
        State::Done => "done",
        State::Skipped => "skipped",
        State::Flagged => "flagged",
    }
}

/// The rows of the queue that are in sight: of the filter, around the open tweet.
pub fn rows(app: &App, area: Rect) -> Vec<usize> {
    let here = app.page.as_ref().map_or(0, |page| page.index);
    let rows = usize::from(area.height.saturating_sub(1));
    let around = |middle: usize, count: usize| {
        let first = middle.saturating_sub(rows / 2).min(count.saturating_sub(rows));
        first..(first + rows).min(count)
    };
    match &app.sift.applied {
        Some(applied) => applied.rows[around(applied.place_of(here), applied.rows.len())].to_vec(),
        None => around(here, app.project.queue().len()).collect(),
    }
}

/// Draws the rows of the filter around the open tweet.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let total = app.project.queue().len();
    let theme = &app.theme;
    let here = app.page.as_ref().map_or(0, |page| page.index);
    let inner = if let Some(applied) = &app.sift.applied {
        let title = format!("▽ {}", applied.title());
        pane(buffer, theme, area, &title, &applied.rows.len().to_string())
    } else {
        let left = total - app.count(State::Done) - app.count(State::Skipped);
        pane(buffer, theme, area, "Queue", &format!("{left} to do"))
    };
    let shown = rows(app, area).into_iter();
    for (row, (index, snippet)) in shown.filter_map(|index| Some((index, app.project.snippet(index)?))).enumerate() {
        let y = inner.y + row as u16;
        let open = index == here;
        let next = Some(snippet.item.id) == app.up_next;
        let finished = matches!(snippet.item.state, State::Done | State::Skipped);
        let style = if finished && !open { theme.dim() } else { theme.on(theme.ui.text) };
        let cursor = if open {
            "▸"
        } else if next {
            "›"
        } else {
            " "
        };
        // The mark of the row stands in the margin.
        put(buffer, (inner.x - 1, y), inner.right(), cursor, theme.title());
        let tone = match snippet.item.state {
            State::Done => theme.on(theme.ui.good),
            State::Flagged => theme.on(theme.ui.warn),
            _ => theme.dim(),
        };
        let mut x = put(buffer, (inner.x, y), inner.right(), glyph(snippet.item.state), tone);
        let uncertainty = snippet.item.uncertainty().filter(|_| !finished);
        let bar = uncertainty.map_or(" ", |uncertainty| {
            BARS[((uncertainty.clamp(0.0, 1.0) * BARS.len() as f32) as usize).min(BARS.len() - 1)]
        });
        let unsure = uncertainty.is_some_and(|uncertainty| uncertainty >= 0.5);
        x = put(buffer, (x, y), inner.right(), bar, if unsure { theme.on(theme.ui.warn) } else { theme.dim() });
        put_cut(buffer, (x + 1, y), inner.right(), &snippet.text, style);
        if open {
            let line = Rect { y, height: 1, ..inner };
            buffer.set_style(line, theme.chosen());
        }
    }
}
