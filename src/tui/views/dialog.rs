//! Dialogs over the screen.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::widgets::{Block, BorderType, Clear, Widget};
use spanlight_models::example::ContextKind;
use tui_input::Input;

use super::{contexts, influence, put, put_cut, put_wrapped};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::chord::Chord;
use crate::tui::dialog::{Dialog, List};
use crate::tui::text;

/// Columns for the keys in the help.
const KEY_COLUMNS: u16 = 17;

/// Draws the open dialog, if there is one; `hints` is where lines are typed.
pub fn draw(app: &App, frame: &mut Frame<'_>, hints: Rect) {
    match &app.dialog {
        None => {}
        Some(Dialog::Help(list)) => help(app, frame, list),
        Some(Dialog::Types(list)) => types(app, frame, list),
        Some(Dialog::Problems(list)) => problems(app, frame, list),
        Some(Dialog::Kinds(list)) => kinds(app, frame, list),
        Some(Dialog::Text(edit)) => contexts::draw_edit(app, frame, edit),
        Some(Dialog::Influence(list)) => influence::draw(app, frame, list),
        Some(Dialog::Search(input)) => prompt(app, frame, hints, "search", input),
        Some(Dialog::Jump(input)) => prompt(app, frame, hints, "number, or id:… of a tweet", input),
        Some(Dialog::Confirm { question, .. }) => confirm(app, frame, question),
    }
}

/// A box in the middle of the screen; returns the place inside.
pub(super) fn window(app: &App, frame: &mut Frame<'_>, title: &str, width: u16, height: u16) -> Rect {
    let screen = frame.area();
    let (width, height) = (width.min(screen.width - 2), height.min(screen.height - 2));
    let area = Rect::new((screen.width - width) / 2, (screen.height - height) / 2, width, height);
    // A wide character that is half under the box must not stick out of it.
    let around = Rect { x: area.x.saturating_sub(1), width: area.width + 1, ..area };
    for y in around.top()..around.bottom() {
        let cell = &mut frame.buffer_mut()[(around.x, y)];
        if text::width(cell.symbol()) > 1 {
            cell.set_symbol(" ");
        }
    }
    Clear.render(area, frame.buffer_mut());
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(app.theme.title().remove_modifier(Modifier::BOLD))
        .style(app.theme.base())
        .title(format!(" {title} "))
        .title_style(app.theme.title());
    let inner = block.inner(area);
    block.render(area, frame.buffer_mut());
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// The typed line of a list; returns the place for its rows.
fn filter(app: &App, frame: &mut Frame<'_>, inner: Rect, list: &List) -> Rect {
    let place = Rect { height: 1, ..inner };
    type_line(app, frame, place, "filter: ", &list.filter);
    Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner }
}

/// Draws a line that is typed into, with the terminal's cursor on it.
fn type_line(app: &App, frame: &mut Frame<'_>, area: Rect, label: &str, input: &Input) {
    let theme = &app.theme;
    let x = put(frame.buffer_mut(), (area.x, area.y), area.right(), label, theme.key());
    let columns = usize::from(area.right().saturating_sub(x + 1));
    let before: String = input.value().chars().take(input.cursor()).collect();
    let before = text::visible(&before).into_owned();
    // The part before the cursor is kept in sight by leaving out its beginning.
    let mut hidden = text::width(&before).saturating_sub(columns);
    let after: String = input.value().chars().skip(input.cursor()).collect();
    let shown: String = text::graphemes(&before)
        .skip_while(|(_, wide)| {
            let skip = hidden > 0;
            hidden = hidden.saturating_sub(*wide);
            skip
        })
        .map(|(grapheme, _)| grapheme)
        .collect();
    let cursor = put(frame.buffer_mut(), (x, area.y), area.right(), &shown, theme.on(theme.ui.text));
    put(frame.buffer_mut(), (cursor, area.y), area.right(), &after, theme.on(theme.ui.text));
    frame.set_cursor_position(Position::new(cursor.min(area.right().saturating_sub(1)), area.y));
}

fn help(app: &App, frame: &mut Frame<'_>, list: &List) {
    let screen = frame.area();
    let rows = app.help_rows(list);
    let width = if screen.width < 130 { screen.width } else { 112 };
    let inner = window(app, frame, "Help: all keys; type to filter, choose to do", width, screen.height);
    let place = filter(app, frame, inner, list);
    let first = list.first_visible(usize::from(place.height));
    let wide = place.width > 80;
    for (row, action) in rows.iter().enumerate().skip(first).take(usize::from(place.height)) {
        let y = place.y + (row - first) as u16;
        let keys = app.keymap.keys(*action).iter().map(Chord::to_string).collect::<Vec<_>>().join("  ");
        let keys = if keys.is_empty() { "–".to_owned() } else { keys };
        let buffer = frame.buffer_mut();
        put_cut(buffer, (place.x, y), place.x + KEY_COLUMNS - 1, &keys, app.theme.key());
        let end = if wide { place.right() - 18 } else { place.right() };
        put_cut(buffer, (place.x + KEY_COLUMNS, y), end, action.help(), app.theme.on(app.theme.ui.text));
        if wide {
            put(buffer, (end + 1, y), place.right(), action.group().title(), app.theme.dim());
        }
        if row == list.cursor {
            buffer.set_style(Rect { y, height: 1, ..place }, app.theme.chosen());
        }
    }
    if rows.is_empty() {
        put(frame.buffer_mut(), (place.x, place.y), place.right(), "no key does that", app.theme.dim());
    }
}

fn types(app: &App, frame: &mut Frame<'_>, list: &List) {
    let labels = &app.project.settings().labels;
    let rows = app.type_rows(list);
    let height = (labels.len() as u16).saturating_add(4);
    let inner = window(app, frame, "Type", 44, height.clamp(6, frame.area().height));
    let place = filter(app, frame, inner, list);
    let first = list.first_visible(usize::from(place.height));
    for (row, index) in rows.iter().enumerate().skip(first).take(usize::from(place.height)) {
        let y = place.y + (row - first) as u16;
        let name = labels.name(*index).unwrap_or_default();
        let buffer = frame.buffer_mut();
        put(buffer, (place.x, y), place.right(), &app.type_keys.shown(*index), app.theme.key());
        let color = app.theme.type_color(labels, name);
        put_cut(buffer, (place.x + 5, y), place.right(), name, app.theme.on(color));
        if row == list.cursor {
            buffer.set_style(Rect { y, height: 1, ..place }, app.theme.chosen());
        }
    }
    if rows.is_empty() {
        put(frame.buffer_mut(), (place.x, place.y), place.right(), "no such type", app.theme.dim());
    }
}

fn kinds(app: &App, frame: &mut Frame<'_>, list: &List) {
    let rows = App::kind_rows(list);
    let inner = window(app, frame, "What kind of text?", 44, ContextKind::ALL.len() as u16 + 4);
    let place = filter(app, frame, inner, list);
    for (row, kind) in rows.iter().enumerate().take(usize::from(place.height)) {
        let y = place.y + row as u16;
        put_cut(frame.buffer_mut(), (place.x, y), place.right(), kind.name(), app.theme.on(app.theme.ui.text));
        if row == list.cursor {
            frame.buffer_mut().set_style(Rect { y, height: 1, ..place }, app.theme.chosen());
        }
    }
    if rows.is_empty() {
        put(frame.buffer_mut(), (place.x, place.y), place.right(), "no such kind", app.theme.dim());
    }
}

fn problems(app: &App, frame: &mut Frame<'_>, list: &List) {
    let width = frame.area().width.min(100);
    let height = (app.problems.len() as u16).saturating_mul(3).saturating_add(2);
    let inner = window(app, frame, "Problems in settings, keymap and themes", width, height.max(6));
    let mut y = inner.y;
    for problem in app.problems.iter().skip(list.cursor) {
        if y >= inner.bottom() {
            break;
        }
        let place = Rect { y, height: (inner.bottom() - y).min(3), ..inner };
        y += put_wrapped(frame.buffer_mut(), place, problem, app.theme.tone(crate::tui::theme::Tone::Bad));
    }
}

fn prompt(app: &App, frame: &mut Frame<'_>, area: Rect, label: &str, input: &Input) {
    for y in area.top()..area.bottom() {
        put(frame.buffer_mut(), (area.x, y), area.right(), &" ".repeat(usize::from(area.width)), app.theme.base());
    }
    let place = Rect { x: area.x + 1, height: 1, width: area.width - 1, ..area };
    type_line(app, frame, place, &format!("{label}: "), input);
}

fn confirm(app: &App, frame: &mut Frame<'_>, question: &str) {
    let inner = window(app, frame, "Sure?", 56, 7);
    let place = Rect { y: inner.y + 1, height: inner.height.saturating_sub(2), ..inner };
    let rows = put_wrapped(frame.buffer_mut(), place, question, app.theme.on(app.theme.ui.text));
    let key = |action| app.keymap.label(action).unwrap_or_default();
    let answer = format!("{} yes   {} no", key(Action::DialogAccept), key(Action::DialogClose));
    put(frame.buffer_mut(), (place.x, place.y + rows + 1), place.right(), &answer, app.theme.key());
}
