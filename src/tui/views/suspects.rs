//! The suspicious label that is asked about, below its tweet.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};
use spanlight_models::example::Span;

use super::{pane, percent, put, put_cut, put_wrapped};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::layout::Panes;
use crate::tui::suspects::Suspect;
use crate::tui::text;

/// Rows of the pane: its title, the question, the reasons, the keys.
const ROWS: u16 = 7;

/// Makes room for the question below the tweet; where it goes.
pub fn place(panes: &mut Panes) -> Rect {
    let bottom = panes.strip.map_or(panes.status.y, |strip| strip.y);
    let rows = ROWS.min(bottom.saturating_sub(panes.tweet.y) / 2);
    let area = Rect { y: bottom.saturating_sub(rows), height: rows, ..panes.tweet };
    let cut = |pane: Rect| Rect { height: pane.height.min(area.y.saturating_sub(pane.y)), ..pane };
    panes.tweet = cut(panes.tweet);
    panes.details = panes.details.map(cut).filter(|pane| pane.height > 2);
    panes.contexts = panes.contexts.map(cut).filter(|pane| pane.height > 2);
    area
}

/// Draws the question.
pub fn draw(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(walk) = &app.suspects else { return };
    let Some(suspect) = walk.current() else { return };
    let theme = &app.theme;
    Clear.render(area, frame.buffer_mut());
    frame.buffer_mut().set_style(area, theme.base());
    let buffer = frame.buffer_mut();
    let title = format!("Suspicious label {} of {}", walk.at + 1, walk.suspects.len());
    let inner = pane(buffer, theme, area, &title, &percent(suspect.score));
    let mut x = put_cut(
        buffer,
        (inner.x, inner.y),
        inner.right(),
        &format!("`{}` ", text::truncate(&suspect.words, 30)),
        theme.on(theme.ui.text),
    );
    let labels = &app.project.settings().labels;
    let color = |span: &Option<Span>| span.as_ref().map_or(theme.ui.dim, |span| theme.type_color(labels, &span.label));
    x = put_cut(buffer, (x, inner.y), inner.right(), &was(suspect), theme.on(color(&suspect.gold)));
    x = put(buffer, (x + 1, inner.y), inner.right(), "→ ", theme.key());
    put_cut(buffer, (x, inner.y), inner.right(), &wanted(suspect), theme.on(color(&suspect.suggestion)));
    let mut y = inner.y + 1;
    let last = inner.bottom().saturating_sub(1);
    for reason in &suspect.reasons {
        if y >= last {
            break;
        }
        let place = Rect { y, height: last - y, ..inner };
        y += put_wrapped(buffer, place, &reason.text, theme.dim());
    }
    let accept = if suspect.suggestion.is_some() { "accept" } else { "remove" };
    let keys = [
        (Action::Accept, accept),
        (Action::Done, "keep"),
        (Action::NextTweet, "later"),
        (Action::PreviousTweet, "back"),
        (Action::Clear, "leave"),
    ];
    let mut x = inner.x;
    for (action, hint) in keys {
        let Some(key) = app.keymap.label(action) else { continue };
        if usize::from(x) + text::width(&key) + text::width(hint) + 1 > usize::from(inner.right()) {
            break;
        }
        x = put(buffer, (x, last), inner.right(), &key, theme.key());
        x = put(buffer, (x + 1, last), inner.right(), hint, theme.on(theme.ui.text)) + 2;
    }
}

fn was(suspect: &Suspect) -> String {
    suspect.gold.as_ref().map_or_else(|| "no label".to_owned(), |span| format!("◆{}", span.label))
}

fn wanted(suspect: &Suspect) -> String {
    match (&suspect.gold, &suspect.suggestion) {
        (_, None) => "no label?".to_owned(),
        (Some(gold), Some(wanted)) if (gold.start, gold.end) != (wanted.start, wanted.end) => {
            format!("◇{} over tokens {} to {}?", wanted.label, wanted.start + 1, wanted.end)
        }
        (_, Some(wanted)) => format!("◇{}?", wanted.label),
    }
}
