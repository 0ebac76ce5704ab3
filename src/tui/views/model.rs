//! The model: which one, what it is doing, how its last lesson went.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{pane, put, put_cut, put_wrapped};
use crate::graphics::Rgb;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::model::{Curve, Job};
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::worker::{Outcome, Phase, Verdict};

/// Parts of a cell, from nothing to all of it.
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws the pane.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let theme = &app.theme;
    let info = app.model.card.as_ref().map_or(String::new(), |card| format!("v{}", card.version));
    let inner = pane(buffer, theme, area, "Model", &info);
    if inner.height == 0 {
        return;
    }
    let mut left = inner;
    let below = |area: Rect, rows: u16| Rect {
        y: area.y + rows.min(area.height),
        height: area.height.saturating_sub(rows),
        ..area
    };
    put_cut(buffer, (left.x, left.y), left.right(), &card_line(app), theme.on(theme.ui.text));
    left = below(left, 1);
    if inner.height > 4 {
        let rows = if inner.height > 8 { 2 } else { 1 };
        let used = put_wrapped(buffer, Rect { height: rows, ..left }, &device_line(app), theme.dim());
        left = below(left, used);
    }
    match &app.model.job {
        Some(job) if left.height > 1 => {
            draw_bar(app, buffer, Rect { height: 1, ..left }, job);
            put_cut(buffer, (left.x, left.y + 1), left.right(), &job_line(app, job), theme.on(theme.ui.text));
            left = below(left, 2);
        }
        Some(_) => {}
        None => {
            if left.height > 0 {
                draw_state(app, buffer, Rect { height: 1, ..left });
            }
            left = draw_outcome(app, buffer, below(left, 1));
        }
    }
    if !app.model.loss.points().is_empty() || !app.model.score.points().is_empty() {
        draw_curves(app, buffer, left);
    }
}

fn card_line(app: &App) -> String {
    match &app.model.card {
        None => app.model.silence().unwrap_or_default().into(),
        Some(card) => {
            let looks = match (card.uses_image, card.uses_contexts) {
                (true, true) => "text, contexts and image",
                (true, false) => "text and image",
                (false, true) => "text and contexts",
                (false, false) => "text only",
            };
            format!("{} · {} · {} weights · {looks}", card.system, card.name, count(card.parameters))
        }
    }
}

fn device_line(app: &App) -> String {
    app.model.device.as_ref().map_or_else(String::new, |device| format!("{}: {}", device.device, device.reason))
}

fn count(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{:.0}k", number as f64 / 1e3),
        _ => format!("{:.1}M", number as f64 / 1e6),
    }
}

/// A time as short as it can be said.
pub fn short_time(time: Duration) -> String {
    match time.as_secs() {
        0 if time.subsec_millis() > 0 => format!("{} ms", time.subsec_millis()),
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        seconds => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
}

/// What the running lesson is doing, in words.
pub fn job_line(app: &App, job: &Job) -> String {
    let Some(progress) = &job.progress else {
        return format!("waiting for the model · {}", short_time(rounded(app.now.duration_since(job.started))));
    };
    let doing = match progress.phase {
        _ if job.stopping => "stopping",
        Phase::WarmingUp => "warming up",
        Phase::Training => "learning",
        Phase::Evaluating => "checking",
    };
    let eta = job.eta(app.now).map(|eta| format!(" · {} left", short_time(rounded(eta)))).unwrap_or_default();
    format!("{doing} {} of {}{eta}", progress.done, progress.total)
}

/// Whole seconds, so that the screen does not flicker with milliseconds.
fn rounded(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

/// The running lesson, or what can be done next, in one row.
pub fn draw_state(app: &App, buffer: &mut Buffer, area: Rect) {
    let theme = &app.theme;
    let Some(job) = &app.model.job else {
        put_cut(buffer, (area.x, area.y), area.right(), &idle_line(app), theme.on(theme.ui.text));
        return;
    };
    let bar = (area.width / 5).max(6);
    draw_bar(app, buffer, Rect { width: bar, ..area }, job);
    // One row has no place for the curve.
    let loss = job.progress.as_ref().and_then(|progress| progress.loss);
    let loss = loss.map(|loss| format!(" · loss {loss:.3}")).unwrap_or_default();
    let line = format!("{}{loss}", job_line(app, job));
    put_cut(buffer, (area.x + bar + 1, area.y), area.right(), &line, theme.on(theme.ui.text));
}

fn draw_bar(app: &App, buffer: &mut Buffer, area: Rect, job: &Job) {
    let share = job.progress.as_ref().map_or(0.0, |p| p.done as f64 / p.total.max(1) as f64).clamp(0.0, 1.0);
    let filled = (share * f64::from(area.width)).round() as u16;
    for cell in 0..area.width {
        let (sign, style) =
            if cell < filled { ("━", app.theme.on(app.theme.ui.good)) } else { ("─", app.theme.border()) };
        put(buffer, (area.x + cell, area.y), area.right(), sign, style);
    }
}

fn idle_line(app: &App) -> String {
    let key = |action| app.keymap.label(action).unwrap_or_default();
    if app.model.candidate.is_some() {
        return format!("{} takes the new model, {} drops it", key(Action::TakeOver), key(Action::Discard));
    }
    match app.corrections {
        0 => "nothing new to learn from".into(),
        count => format!("{} learns from {}", key(Action::Learn), text::counted(count, "corrected tweet")),
    }
}

/// How the last lesson ended, in words.
pub fn outcome_line(outcome: &Outcome) -> (String, Tone) {
    let f1 = |score: Option<crate::worker::HeldOutScore>| score.map(|score| format!("{:.3}", score.f1));
    let scores = match (f1(outcome.before), f1(outcome.after)) {
        (Some(before), Some(after)) => {
            let support = outcome.after.map_or(0, |score| score.support);
            format!("held-out F1 {before} → {after} on {support} entities")
        }
        (_, Some(after)) => format!("held-out F1 {after}"),
        _ => "no held-out tweets".into(),
    };
    let (verdict, tone) = match outcome.verdict {
        Verdict::Accepted { version } => (format!("in use as v{version}"), Tone::Good),
        Verdict::Worse => ("worse, not in use".into(), Tone::Warn),
        Verdict::Unjudged => ("not judged, not in use".into(), Tone::Warn),
        Verdict::Stopped => return ("stopped; the model is as it was".into(), Tone::Plain),
    };
    let corrections = text::counted(outcome.corrections, "correction");
    let lesson = format!("{corrections}, {} steps, {}", outcome.steps, short_time(outcome.elapsed));
    (format!("{scores}: {verdict} ({lesson})"), tone)
}

/// The end of the last lesson or the last failure; returns what is left of the place.
fn draw_outcome(app: &App, buffer: &mut Buffer, area: Rect) -> Rect {
    let line = match (&app.model.failure, &app.model.outcome) {
        (Some(failure), _) => Some((failure.clone(), Tone::Bad)),
        (None, Some(outcome)) => Some(outcome_line(outcome)),
        (None, None) => None,
    };
    let Some((line, tone)) = line else { return area };
    let place = Rect { height: area.height.min(3), ..area };
    let rows = put_wrapped(buffer, place, &line, app.theme.tone(tone));
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

fn draw_curves(app: &App, buffer: &mut Buffer, area: Rect) {
    if area.height < 3 || area.width < 16 {
        return;
    }
    let half = area.width / 2;
    let left = Rect { width: half - 1, ..area };
    let right = Rect { x: area.x + half, width: area.width - half, ..area };
    draw_curve(app, buffer, left, "loss", &app.model.loss, app.theme.ui.loss);
    draw_curve(app, buffer, right, "held-out F1", &app.model.score, app.theme.ui.score);
}

/// The curve as an area: per column the value there, in eighths of a cell.
fn draw_curve(app: &App, buffer: &mut Buffer, area: Rect, name: &str, curve: &Curve, of_curve: Rgb) {
    let theme = &app.theme;
    let last = curve.last().map_or_else(|| "–".to_owned(), |last| format!("{last:.3}"));
    let x = put(buffer, (area.x, area.y), area.right(), &format!("{name} "), theme.dim());
    put(buffer, (x, area.y), area.right(), &last, theme.on(of_curve));
    let Some((least, most)) = curve.range() else { return };
    let rows = area.height - 1;
    for column in 0..area.width {
        let Some(value) = curve.at(f64::from(column) / f64::from((area.width - 1).max(1))) else { continue };
        // A flat curve lies in the middle; otherwise the least value still shows a line.
        let share = if most > least { (value - least) / (most - least) } else { 0.5 };
        let eighths = 1 + (share * f64::from(rows * 8 - 1)).round() as u16;
        for row in 0..rows {
            let sign = EIGHTHS[usize::from(eighths.saturating_sub(row * 8).min(8))];
            put(buffer, (area.x + column, area.bottom() - 1 - row), area.right(), sign, theme.on(of_curve));
        }
    }
}
