//! The inspector's screen: the tweet, what is known about one map, the map itself, and all heads as small maps.

mod facts;
mod heads;
mod layout;
mod map;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{dialog, hints, status, tweet};
use crate::tui::app::{App, Slot};
use crate::tui::inspect::Against;

pub use layout::InspectPanes;
pub use map::Side;

/// The panes of the inspector on a screen of this size; nothing where it is too small.
pub fn panes(app: &App, area: Rect) -> Option<InspectPanes> {
    let compared = app.inspector.as_ref().is_some_and(|inspector| inspector.against != Against::Nothing);
    InspectPanes::arrange(area, compared)
}

/// Draws the whole screen; gives the pictures on it.
pub fn draw(app: &App, frame: &mut Frame<'_>, panes: &InspectPanes) -> Vec<Slot> {
    let buffer = frame.buffer_mut();
    tweet::draw(app, buffer, panes.tweet);
    if let Some(area) = panes.facts {
        facts::draw(app, buffer, area);
    }
    let mut slots = vec![map::draw(app, buffer, panes.map, Side::First)];
    if let Some(area) = panes.other {
        slots.push(map::draw(app, buffer, area, Side::Second));
    }
    if let Some(area) = panes.below {
        if panes.other.is_some() {
            slots.push(map::draw(app, buffer, area, Side::Difference));
        } else {
            heads::draw(app, buffer, area);
        }
    }
    status::draw(app, buffer, panes.status);
    hints::draw(app, buffer, panes.hints);
    dialog::draw(app, frame, panes.hints);
    slots.into_iter().flatten().collect()
}
