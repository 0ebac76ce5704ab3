//! The step of the tutorial, below everything else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{pane, put_wrapped};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::tutorial::STEPS;

/// Rows for a step: on a narrow screen its text takes four lines.
pub fn rows(width: u16) -> u16 {
    if width < 80 { 6 } else { 5 }
}

/// Draws the step.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let Some(tutorial) = &app.tutorial else { return };
    let key = |action| app.keymap.label(action).unwrap_or_default();
    let (title, info) = match tutorial.current() {
        Some(step) => {
            let keys = format!("{} skips · {} leaves", key(Action::SkipStep), key(Action::Tutorial));
            (format!("Tutorial {} of {}: {}", tutorial.step + 1, STEPS.len(), step.title), keys)
        }
        None => ("Tutorial: done".to_owned(), format!("{} leaves", key(Action::Tutorial))),
    };
    let inner = pane(buffer, &app.theme, area, &title, &info);
    put_wrapped(buffer, inner, &tutorial.text(app), app.theme.on(app.theme.ui.text));
}
