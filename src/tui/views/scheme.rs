//! The dialog of the entity types.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::dialog::{filter, type_line, window};
use super::{put, put_cut, put_wrapped};
use crate::project::{TypePreview, TypeSample};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::dialog::List;
use crate::tui::scheme::{COMMANDS, FIELDS, Form, Preview, Scheme};
use crate::tui::text;
use crate::tui::theme::Tone;

/// Columns of the names of a form's fields.
const FIELD_COLUMNS: u16 = 10;
/// Columns for a type's name.
const NAME_COLUMNS: usize = 16;

/// Draws the dialog.
pub fn draw(app: &App, frame: &mut Frame<'_>, scheme: &Scheme) {
    match scheme {
        Scheme::Types(list) => types(app, frame, list),
        Scheme::Into { name, list } => into(app, frame, name, list),
        Scheme::Form(form) => draw_form(app, frame, form),
        Scheme::Preview(preview) => draw_preview(app, frame, preview),
    }
}

fn chosen(app: &App, frame: &mut Frame<'_>, place: Rect, y: u16) {
    frame.buffer_mut().set_style(Rect { y, height: 1, ..place }, app.theme.chosen());
}

/// The types with what the project has of each, and a new one.
fn types(app: &App, frame: &mut Frame<'_>, list: &List) {
    let rows = app.type_rows(list);
    let height = (rows.len() as u16).saturating_add(6).clamp(9, frame.area().height);
    let inner = window(app, frame, "Types: choose one to change, or make a new one", 76, height);
    let place = filter(app, frame, inner, list);
    let first = list.first_visible(usize::from(place.height));
    for row in first..=rows.len() {
        let y = place.y + (row - first) as u16;
        if y >= place.bottom() {
            break;
        }
        match rows.get(row) {
            Some(index) => type_row(app, frame, Rect { y, height: 1, ..place }, *index),
            None => drop(put(frame.buffer_mut(), (place.x, y), place.right(), "+ a new type", app.theme.title())),
        }
        if row == list.cursor {
            chosen(app, frame, place, y);
        }
    }
}

fn type_row(app: &App, frame: &mut Frame<'_>, line: Rect, index: usize) {
    let settings = app.project.settings();
    let name = settings.labels.name(index).unwrap_or_default();
    let buffer = frame.buffer_mut();
    put(buffer, (line.x, line.y), line.right(), &app.type_keys.shown(index), app.theme.key());
    let color = app.theme.type_color(&settings.labels, name);
    let mut x = put(buffer, (line.x + 5, line.y), line.right(), "◆", app.theme.on(color)) + 1;
    x = put(buffer, (x, line.y), line.right(), &text::fit(name, NAME_COLUMNS), app.theme.on(color)) + 1;
    let used = app.use_of(name).map(|used| format!("{:>6} labels ", used.labels)).unwrap_or_default();
    x = put(buffer, (x, line.y), line.right(), &used, app.theme.dim());
    let meaning = settings.notes.get(name).and_then(|notes| notes.description.clone()).unwrap_or_default();
    put_cut(buffer, (x, line.y), line.right(), &meaning, app.theme.on(app.theme.ui.text));
}

fn into(app: &App, frame: &mut Frame<'_>, name: &str, list: &List) {
    let rows = app.heirs(name, list);
    let title = format!("Make {} one with …", text::truncate(name, NAME_COLUMNS));
    let height = (rows.len() as u16).saturating_add(5).clamp(7, frame.area().height);
    let inner = window(app, frame, &title, 76, height);
    let place = filter(app, frame, inner, list);
    let first = list.first_visible(usize::from(place.height));
    for (row, index) in rows.iter().enumerate().skip(first).take(usize::from(place.height)) {
        let y = place.y + (row - first) as u16;
        type_row(app, frame, Rect { y, height: 1, ..place }, *index);
        if row == list.cursor {
            chosen(app, frame, place, y);
        }
    }
    if rows.is_empty() {
        put(frame.buffer_mut(), (place.x, place.y), place.right(), "there is no other type", app.theme.dim());
    }
}

fn draw_form(app: &App, frame: &mut Frame<'_>, form: &Form) {
    let title = match &form.name {
        Some(name) => format!("Type {}", text::truncate(name, NAME_COLUMNS)),
        None => "A new type".to_owned(),
    };
    let height = form.rows() as u16 + 5;
    let inner = window(app, frame, &title, 70, height);
    for (row, name) in FIELDS.iter().enumerate() {
        let place = Rect { y: inner.y + row as u16, height: 1, ..inner };
        let field = &form.fields[row];
        if row == form.row {
            type_line(app, frame, place, &text::fit(&format!("{name}:"), usize::from(FIELD_COLUMNS)), field);
        } else {
            let buffer = frame.buffer_mut();
            put(buffer, (place.x, place.y), place.right(), &format!("{name}:"), app.theme.dim());
            let from = place.x + FIELD_COLUMNS;
            put_cut(buffer, (from, place.y), place.right(), field.value(), app.theme.on(app.theme.ui.text));
        }
    }
    let below = inner.y + FIELDS.len() as u16 + 1;
    for (row, command) in COMMANDS.iter().enumerate().take(form.rows() - FIELDS.len()) {
        let y = below + row as u16;
        put_cut(frame.buffer_mut(), (inner.x, y), inner.right(), command, app.theme.on(app.theme.ui.text));
        if row + FIELDS.len() == form.row {
            chosen(app, frame, inner, y);
        }
    }
    let key = |action| app.keymap.label(action).unwrap_or_default();
    let (up, down) = (key(Action::DialogUp), key(Action::DialogDown));
    let (save, back) = (key(Action::DialogAccept), key(Action::DialogClose));
    let does = if form.row < FIELDS.len() { "save" } else { "go on" };
    let hint = format!("{up}{down} row  {save} {does}  {back} back");
    put_cut(frame.buffer_mut(), (inner.x, inner.bottom() - 1), inner.right(), &hint, app.theme.key());
}

fn draw_preview(app: &App, frame: &mut Frame<'_>, preview: &Preview) {
    let screen = frame.area();
    let inner = window(app, frame, "What this changes", 92, screen.height.min(26));
    let key = |action| app.keymap.label(action).unwrap_or_default();
    let said = match &preview.said {
        None => Err(("looking through the tweets …", app.theme.dim())),
        Some(Err(reason)) => Err((reason.as_str(), app.theme.tone(Tone::Warn))),
        Some(Ok(said)) => Ok(said),
    };
    let answer = match said {
        Ok(said) => {
            counts(app, frame, inner, said, &preview.list);
            format!("{} do it  {} back   one step of undo", key(Action::DialogAccept), key(Action::DialogClose))
        }
        Err((line, style)) => {
            put_wrapped(frame.buffer_mut(), Rect { height: inner.height.saturating_sub(2), ..inner }, line, style);
            format!("{} back", key(Action::DialogClose))
        }
    };
    put_cut(frame.buffer_mut(), (inner.x, inner.bottom() - 1), inner.right(), &answer, app.theme.key());
}

/// How much changes, and some of the labels in their tweets.
fn counts(app: &App, frame: &mut Frame<'_>, inner: Rect, preview: &TypePreview, list: &List) {
    let theme = &app.theme;
    let TypePreview { summary, labels, tweets, states, roles, human, samples } = preview;
    let states = states.iter().map(|(name, count)| format!("{count} {name}"));
    let others = roles.iter().filter(|(role, _)| **role != "label").map(|(role, count)| format!("{count} {role}"));
    let by: Vec<String> = states.chain(others).collect();
    let by = if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) };
    let lines = [
        format!("{summary}: {} in {}", text::counted(*labels, "label"), text::counted(*tweets, "tweet")),
        format!("tweets{by}; labels of {human} by a person"),
    ];
    put_cut(frame.buffer_mut(), (inner.x, inner.y), inner.right(), &lines[0], theme.title());
    put_cut(frame.buffer_mut(), (inner.x, inner.y + 1), inner.right(), &lines[1], theme.on(theme.ui.text));
    let place = Rect { y: inner.y + 3, height: inner.height.saturating_sub(5), ..inner };
    let first = list.first_visible(usize::from(place.height));
    for (row, sample) in samples.items().iter().enumerate().skip(first).take(usize::from(place.height)) {
        let y = place.y + (row - first) as u16;
        draw_sample(app, frame, Rect { y, height: 1, ..place }, sample);
    }
}

fn draw_sample(app: &App, frame: &mut Frame<'_>, line: Rect, sample: &TypeSample) {
    let theme = &app.theme;
    let labels = &app.project.settings().labels;
    let buffer = frame.buffer_mut();
    let change = format!(" {}→{}", sample.from, sample.to.as_deref().unwrap_or("no label"));
    let end = line.right().saturating_sub(text::width(&text::visible(&change)).min(30) as u16);
    let mut x = line.x;
    if !sample.before.is_empty() {
        let before = text::truncate(&sample.before, 24);
        x = put(buffer, (x, line.y), end, &before, theme.dim()) + 1;
    }
    let color = theme.type_color(labels, sample.to.as_deref().unwrap_or(&sample.from));
    x = put(buffer, (x, line.y), end, &format!("[{}]", sample.words), theme.on(color)) + 1;
    put_cut(buffer, (x, line.y), end, &sample.behind, theme.dim());
    put_cut(buffer, (end, line.y), line.right(), &change, theme.on(color));
}
