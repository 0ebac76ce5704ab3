//! The guidelines beside the tweet: what the type under the cursor means, then the document.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{pane, put, put_cut, put_wrapped};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::guidelines::Guidelines;
use crate::tui::markdown::Look;
use crate::tui::theme::Tone;

/// How many of the words that were labelled most are told.
const EXAMPLES: usize = 8;

/// Rows of what is said of the type under the cursor, in a pane of this height.
fn card_rows(app: &App, inner: Rect) -> u16 {
    if app.type_here().is_some() { (inner.height / 3).clamp(2, 6) } else { 0 }
}

/// The inside of the pane.
fn inside(area: Rect) -> Rect {
    let left = u16::from(area.x > 0) + 1;
    let (width, height) = (area.width.saturating_sub(left + 1), area.height.saturating_sub(1));
    Rect { x: area.x + left, y: area.y + 1, width, height }
}

/// Breaks the lines for the pane at `area`.
pub fn lay_out(app: &mut App, area: Option<Rect>) {
    let Some(inner) = area.map(inside) else { return };
    let visible = usize::from(inner.height.saturating_sub(card_rows(app, inner)));
    let about = app.type_here().map(str::to_owned);
    if let Some(guidelines) = &mut app.guidelines {
        guidelines.lay_out(usize::from(inner.width), visible, about.as_deref());
    }
}

/// Draws the pane.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let theme = &app.theme;
    let Some(guidelines) = &app.guidelines else { return };
    let key = |action| app.keymap.label(action).unwrap_or_default();
    let longer = guidelines.rows.len() > guidelines.visible;
    let info =
        if longer { format!("{}{} scroll", key(Action::ContextsUp), key(Action::ContextsDown)) } else { String::new() };
    let inner = pane(buffer, theme, area, "Guidelines", &info);
    if inner.height == 0 {
        return;
    }
    let card = Rect { height: card_rows(app, inner), ..inner };
    draw_card(app, guidelines, buffer, card);
    let place = Rect { y: card.bottom(), height: inner.height - card.height, ..inner };
    let problem = match &guidelines.document {
        Some(Ok(_)) => None,
        Some(Err(reason)) => Some((reason.clone(), theme.tone(Tone::Bad))),
        None => {
            let file = guidelines.file.display();
            Some((format!("There are no guidelines yet. Write them, in Markdown, into {file}"), theme.dim()))
        }
    };
    if let Some((line, style)) = problem {
        put_wrapped(buffer, place, &line, style);
        return;
    }
    for (row, shown) in guidelines.rows.iter().skip(guidelines.scroll).take(usize::from(place.height)).enumerate() {
        for (column, text, look) in &shown.pieces {
            let x = place.x + *column as u16;
            put_cut(buffer, (x, place.y + row as u16), place.right(), text, style(app, *look));
        }
    }
    let edge = area.right() - 1;
    if guidelines.scroll > 0 {
        put(buffer, (edge, place.y), area.right(), "▲", theme.key());
    }
    if guidelines.scroll + usize::from(place.height) < guidelines.rows.len() {
        put(buffer, (edge, place.bottom().saturating_sub(1)), area.right(), "▼", theme.key());
    }
}

fn style(app: &App, look: Look) -> Style {
    let theme = &app.theme;
    let mut style = if look.heading { theme.title() } else { theme.on(theme.ui.text) };
    if look.heading && look.strong {
        style = style.add_modifier(Modifier::UNDERLINED);
    } else if look.strong {
        style = style.add_modifier(Modifier::BOLD);
    }
    if look.emphasis {
        style = style.add_modifier(Modifier::ITALIC);
    }
    if look.code { style.patch(theme.key()) } else { style }
}

/// What the type under the cursor means, and what was labelled most with it.
fn draw_card(app: &App, guidelines: &Guidelines, buffer: &mut Buffer, area: Rect) {
    let Some(name) = app.type_here().filter(|_| area.height > 0) else { return };
    let theme = &app.theme;
    let settings = app.project.settings();
    let color = theme.type_color(&settings.labels, name);
    let described = settings.notes.get(name).and_then(|notes| notes.description.clone());
    let meaning = described.or_else(|| guidelines.first_words_on(name));
    let head = meaning.map_or_else(|| format!("◆{name}"), |meaning| format!("◆{name} {meaning}"));
    let most = app.use_of(name).filter(|used| !used.examples.is_empty()).map(|used| {
        let told = used.examples.iter().take(EXAMPLES).map(|(words, count)| format!("{words} {count}"));
        format!("most: {}", told.collect::<Vec<_>>().join(", "))
    });
    let head_rows =
        if most.is_some() { area.height.saturating_sub(1).max(1).min(area.height / 2 + 1) } else { area.height };
    let rows = put_wrapped(buffer, Rect { height: head_rows, ..area }, &head, theme.on(color));
    let below = Rect { y: area.y + rows, height: area.height - rows, ..area };
    if let Some(most) = most.filter(|_| below.height > 0) {
        put_wrapped(buffer, below, &most, theme.dim());
    }
}
