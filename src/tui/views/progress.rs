//! How the work goes, on the whole screen: time per tweet, labels an hour, accepted suggestions.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Bar, BarChart, BarGroup, Widget};

use super::dialog::window;
use super::{put, put_cut, put_wrapped};
use crate::graphics::Rgb;
use crate::project::progress::{ModelPart, Pace, Part, Progress};
use crate::tui::app::App;
use crate::tui::text;
use crate::tui::theme::Tone;

/// Columns of a bar.
const BAR: u16 = 6;
/// Columns between two bars.
const GAP: u16 = 1;
/// Shorter work within an hour says nothing about its speed.
const LEAST_SECONDS: f64 = 60.0;

/// A bar: what stands below it, how high it is, and what stands in it.
struct Value {
    label: String,
    height: u64,
    text: String,
}

/// Draws the figures once they are read.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let inner = window(app, frame, "How the work goes", screen.width, screen.height);
    let buffer = frame.buffer_mut();
    match &app.past.progress {
        None => {
            put_cut(buffer, (inner.x, inner.y), inner.right(), "reading the log of edits …", app.theme.dim());
        }
        Some(Err(error)) => {
            put_wrapped(buffer, inner, error, app.theme.tone(Tone::Bad));
        }
        Some(Ok(progress)) => draw_progress(app, buffer, inner, progress),
    }
}

fn draw_progress(app: &App, buffer: &mut Buffer, area: Rect, progress: &Progress) {
    let rows = put_wrapped(buffer, Rect { height: 2, ..area }, &headline(progress), app.theme.on(app.theme.ui.text));
    let charts = (area.height / 2).clamp(6, 16);
    let table = Constraint::Fill(1);
    let [_, charts, _, table] =
        Layout::vertical([Constraint::Length(rows + 1), Constraint::Length(charts), Constraint::Length(1), table])
            .areas(area);
    let third = Constraint::Fill(1);
    let [labels, time, accepted] = Layout::horizontal([third; 3]).spacing(2).areas(charts);
    let hours: Vec<&Part> = progress.hours.iter().filter(|hour| hour.pace.seconds >= LEAST_SECONDS).collect();
    let by_hour = |value: fn(&Pace) -> Option<f64>| -> Vec<Value> {
        let bar = |hour: &&Part| {
            let value = value(&hour.pace)?;
            // The hour of the day is enough below a bar; days are in the table.
            let label = hour.name.get(11..13).map(|hour| format!("{hour}h")).unwrap_or_default();
            Some(Value { label, height: value.round() as u64, text: format!("{value:.0}") })
        };
        hours.iter().filter_map(bar).collect()
    };
    let score = app.theme.ui.score;
    draw_bars(app, buffer, labels, "labels an hour", &by_hour(|pace| pace.labels_per_hour), None, app.theme.ui.accent);
    draw_bars(app, buffer, time, "seconds a tweet", &by_hour(|pace| pace.seconds_per_tweet), None, app.theme.ui.loss);
    draw_bars(app, buffer, accepted, "accepted suggestions", &by_model(&progress.models), Some(100), score);
    draw_table(app, buffer, table, progress);
}

/// All in one sentence.
fn headline(progress: &Progress) -> String {
    let Pace { tweets, labels, seconds, seconds_per_tweet, tweets_per_hour, labels_per_hour } = &progress.total;
    let figure = |value: &Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.0}"));
    let pause = progress.pause_seconds / 60;
    let worked = format!("{}:{:02} h at work", *seconds as u64 / 3600, *seconds as u64 / 60 % 60);
    format!(
        "{} done with {} · {worked} (pauses over {pause} minutes left out) · {} s a tweet · {} tweets and {} labels an hour",
        text::counted(*tweets, "tweet"),
        text::counted(*labels, "label"),
        figure(seconds_per_tweet),
        figure(tweets_per_hour),
        figure(labels_per_hour),
    )
}

fn by_model(models: &[ModelPart]) -> Vec<Value> {
    let bar = |part: &ModelPart| {
        let share = part.acceptance? * 100.0;
        Some(Value { label: format!("v{}", part.model), height: share.round() as u64, text: format!("{share:.0}%") })
    };
    models.iter().filter_map(bar).collect()
}

/// The newest bars that there is room for.
fn draw_bars(app: &App, buffer: &mut Buffer, area: Rect, title: &str, values: &[Value], most: Option<u64>, color: Rgb) {
    put_cut(buffer, (area.x, area.y), area.right(), title, app.theme.title());
    let place = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if values.is_empty() {
        let nothing = if most.is_some() { "no finished tweet had suggestions yet" } else { "no minute of work yet" };
        put_wrapped(buffer, place, nothing, app.theme.dim());
        return;
    }
    let fit = usize::from((place.width + GAP) / (BAR + GAP)).max(1);
    let bars: Vec<Bar<'_>> = values[values.len().saturating_sub(fit)..]
        .iter()
        .map(|value| {
            // A bar of no height would not show its figure.
            Bar::default()
                .value(value.height.max(1))
                .text_value(value.text.clone())
                .label(Line::from(value.label.clone()))
                .style(app.theme.on(color))
                .value_style(app.theme.on_ground(color))
        })
        .collect();
    let most = most.or_else(|| values.iter().map(|value| value.height).max()).unwrap_or(1).max(1);
    BarChart::default()
        .data(BarGroup::default().bars(&bars))
        .bar_width(BAR)
        .bar_gap(GAP)
        .max(most)
        .label_style(app.theme.dim())
        .render(place, buffer);
}

/// Persons, then days from the newest on, then models.
fn draw_table(app: &App, buffer: &mut Buffer, area: Rect, progress: &Progress) {
    let columns = [area.x + 18, area.x + 27, area.x + 36, area.x + 46, area.x + 56, area.x + 68];
    let head = ["tweets", "labels", "at work", "s/tweet", "labels/h"];
    let heading = app.theme.title();
    for (column, title) in columns.iter().zip(head) {
        right(buffer, (*column, area.y), area, title, heading);
    }
    let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.0}"));
    let days = progress.days.iter().rev();
    let rows = progress.people.iter().chain(days);
    for (row, Part { name, pace }) in rows.enumerate().take(usize::from(area.height.saturating_sub(1))) {
        let y = area.y + 1 + row as u16;
        put_cut(buffer, (area.x, y), area.x + 17, name, app.theme.on(app.theme.ui.text));
        let worked = format!("{}:{:02}", pace.seconds as u64 / 3600, pace.seconds as u64 / 60 % 60);
        let (time, hourly) = (figure(pace.seconds_per_tweet), figure(pace.labels_per_hour));
        let values = [pace.tweets.to_string(), pace.labels.to_string(), worked, time, hourly];
        for (column, value) in columns.iter().zip(&values) {
            right(buffer, (*column, y), area, value, app.theme.dim());
        }
    }
    draw_models(
        app,
        buffer,
        Rect { x: columns[5] + 4, width: area.right().saturating_sub(columns[5] + 4), ..area },
        progress,
    );
}

/// What became of the suggestions of each version, where there is room beside the paces.
fn draw_models(app: &App, buffer: &mut Buffer, area: Rect, progress: &Progress) {
    if area.width < 30 || progress.models.is_empty() {
        return;
    }
    put_cut(buffer, (area.x, area.y), area.right(), "suggestions: kept changed refused", app.theme.title());
    let rows = progress.models.iter().rev().take(usize::from(area.height.saturating_sub(1)));
    for (row, part) in rows.enumerate() {
        let since = part.since.as_deref().and_then(|at| at.get(..16)).unwrap_or("the first").replace('T', " ");
        let line = format!("v{} {since}: {} {} {}", part.model, part.kept, part.changed, part.refused);
        put_cut(buffer, (area.x, area.y + 1 + row as u16), area.right(), &line, app.theme.dim());
    }
}

/// Writes text that ends before a column.
fn right(buffer: &mut Buffer, (column, y): (u16, u16), area: Rect, value: &str, style: ratatui::style::Style) {
    let x = column.saturating_sub(text::width(value) as u16);
    put(buffer, (x, y), area.right(), value, style);
}
