//! The line in which the filter is written, the list of orders and the list of views.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::dialog::{filter, type_line, window};
use super::{put, put_cut, put_wrapped};
use crate::order::QueueOrder;
use crate::project::View;
use crate::tui::action::Action;
use crate::tui::app::{App, ViewRow};
use crate::tui::dialog::List;
use crate::tui::sift::FilterEdit;
use crate::tui::text;
use crate::tui::theme::Tone;

/// Columns for what can be written, and for how many tweets have it.
const OFFER: u16 = 22;
const COUNT: u16 = 9;

/// Columns before what was typed.
const LABEL: &str = "filter: ";

/// Draws the line, how many tweets fit, and what can stand at the cursor.
pub fn draw(app: &App, frame: &mut Frame<'_>, edit: &FilterEdit) {
    let theme = &app.theme;
    let screen = frame.area();
    let inner = window(app, frame, "Filter the queue", screen.width.min(96), screen.height.min(20));
    type_line(app, frame, Rect { height: 1, ..inner }, LABEL, &edit.input);
    let buffer = frame.buffer_mut();
    let y = inner.y + 1;
    if let Some((place, message)) = edit.mistake() {
        // The place of the mistake is underlined as far as it is in sight.
        let start = inner.x + LABEL.len() as u16 + place.start as u16;
        let width = (place.len() as u16).max(1);
        for x in start..(start + width).min(inner.right()) {
            put(buffer, (x, y), inner.right(), "^", theme.tone(Tone::Bad));
        }
        put_wrapped(buffer, Rect { y: y + 1, height: 2, ..inner }, message, theme.tone(Tone::Warn));
    } else {
        put_cut(buffer, (inner.x, y + 1), inner.right(), &state(app), theme.on(theme.ui.good));
        let close = app.keymap.label(Action::DialogComplete).unwrap_or_default();
        let help = format!("words  \"a phrase\"  /regex/  -not  field:value   {close} completes");
        put_cut(buffer, (inner.x, y + 2), inner.right(), &help, theme.dim());
    }
    let place = Rect { y: inner.y + 5, height: inner.height.saturating_sub(5), ..inner };
    let rows = usize::from(place.height);
    let first = (edit.chosen + 1).saturating_sub(rows.max(1));
    let counts = app.sift.found.as_ref().map(|found| &found.counts);
    for (index, offer) in edit.completion.offers.iter().enumerate().skip(first).take(rows) {
        let y = place.y + (index - first) as u16;
        put_cut(buffer, (place.x, y), place.x + OFFER, &offer.insert, theme.key());
        if let Some(count) = counts.and_then(|counts| edit.count(index, counts)) {
            let shown = format!("{:>width$}", grouped(count), width = usize::from(COUNT) - 1);
            put(buffer, (place.x + OFFER, y), place.right(), &shown, theme.on(theme.ui.text));
        }
        put_cut(buffer, (place.x + OFFER + COUNT + 1, y), place.right(), &offer.help, theme.dim());
        if index == edit.chosen {
            buffer.set_style(Rect { y, height: 1, ..place }, theme.chosen());
        }
    }
}

/// How many tweets fit, as far as it is known.
fn state(app: &App) -> String {
    let total = app.project.queue().len();
    match (&app.sift.found, app.sift.reading) {
        (Some(found), _) if found.turn == app.sift.turn => {
            format!("{} of {}", text::counted(found.rows.len(), "tweet"), grouped(total))
        }
        (_, Some((done, all))) => format!("reading the tweets: {} %", done * 100 / all.max(1)),
        _ => "…".to_owned(),
    }
}

/// A number with spaces between its thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(' ');
        }
        shown.push(digit);
    }
    shown
}

/// Draws the list of orders.
pub fn draw_orders(app: &App, frame: &mut Frame<'_>, list: &List) {
    let rows = App::order_rows(list);
    let theme = &app.theme;
    let plan = app.course.plan;
    let width = frame.area().width.min(90);
    let inner = window(app, frame, "Which tweet comes next?", width, QueueOrder::ALL.len() as u16 + 7);
    let place = filter(app, frame, inner, list);
    let visible = usize::from(place.height.saturating_sub(3));
    let first = list.first_visible(visible);
    let buffer = frame.buffer_mut();
    for (row, order) in rows.iter().enumerate().skip(first).take(visible) {
        let y = place.y + (row - first) as u16;
        let sign = if *order == plan.order { "●" } else { " " };
        put(buffer, (place.x, y), place.right(), sign, theme.title());
        put_cut(buffer, (place.x + 2, y), place.x + 21, order.title(), theme.key());
        put_cut(buffer, (place.x + 22, y), place.right(), order.help(), theme.on(theme.ui.text));
        if row == list.cursor {
            buffer.set_style(Rect { y, height: 1, ..place }, theme.chosen());
        }
    }
    if rows.is_empty() {
        put(buffer, (place.x, place.y), place.right(), "no such order", theme.dim());
    }
    let copies = if plan.diverse { "near-copies of the last tweets wait" } else { "near-copies may follow each other" };
    let (read, all) = app.scoring.progress();
    let note = format!(
        "{} % of the tweets of a learning order are random; {copies} (settings, project.toml). Read by the model: {} of {}",
        plan.random_share,
        grouped(read),
        grouped(all)
    );
    let place = Rect { y: inner.bottom().saturating_sub(2), height: 2, ..inner };
    put_wrapped(buffer, place, &note, theme.dim());
}

/// Draws the list of saved views.
pub fn draw_views(app: &App, frame: &mut Frame<'_>, list: &List, views: &[View]) {
    let rows = App::view_rows(list, views);
    let theme = &app.theme;
    let width = frame.area().width.min(90);
    let height = (views.len() as u16).saturating_add(8).clamp(10, frame.area().height);
    let inner = window(app, frame, "Saved views", width, height);
    let place = filter(app, frame, inner, list);
    let visible = usize::from(place.height.saturating_sub(2));
    let first = list.first_visible(visible);
    let buffer = frame.buffer_mut();
    for (row, shown) in rows.iter().enumerate().skip(first).take(visible) {
        let y = place.y + (row - first) as u16;
        match shown {
            ViewRow::View(view) => {
                put_cut(buffer, (place.x, y), place.x + 23, &view.name, theme.key());
                let filter = if view.filter.is_empty() { "all tweets" } else { &view.filter };
                let order = view.order.map(|order| format!(" · {}", order.title())).unwrap_or_default();
                put_cut(buffer, (place.x + 24, y), place.right(), &format!("{filter}{order}"), theme.on(theme.ui.text));
            }
            ViewRow::Save(name) => {
                let line = format!("save the filter and the order in use as `{name}`");
                put_cut(buffer, (place.x, y), place.right(), &line, theme.on(theme.ui.good));
            }
        }
        if row == list.cursor {
            buffer.set_style(Rect { y, height: 1, ..place }, theme.chosen());
        }
    }
    if rows.is_empty() {
        put(buffer, (place.x, place.y), place.right(), "none yet", theme.dim());
    }
    let remove = app.keymap.label(Action::DialogRemove).unwrap_or_default();
    let note = format!("type a name to save what is in use; {remove} forgets a view");
    put_cut(buffer, (inner.x, inner.bottom().saturating_sub(1)), inner.right(), &note, theme.dim());
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(super::grouped), ["0", "999", "1 000", "1 234 567"]);
    }
}
