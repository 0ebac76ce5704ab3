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

/// Draws the whole screen.
pub fn draw(app: &App, frame: &mut Frame<'_>, panes: &InspectPanes) {
    let buffer = frame.buffer_mut();
    tweet::draw(app, buffer, panes.tweet);
    if let Some(area) = panes.facts {
        facts::draw(app, buffer, area);
    }
    map::draw(app, buffer, panes.map, Side::First);
    if let Some(area) = panes.other {
        map::draw(app, buffer, area, Side::Second);
    }
    if let Some(area) = panes.below {
        if panes.other.is_some() {
            map::draw(app, buffer, area, Side::Difference);
        } else {
            heads::draw(app, buffer, area);
        }
    }
    status::draw(app, buffer, panes.status);
    hints::draw(app, buffer, panes.hints);
    dialog::draw(app, frame, panes.hints);
}

/// The pictures on the screen.
pub fn slots(app: &App, panes: &InspectPanes) -> Vec<Slot> {
    let mut sides = vec![(Side::First, Some(panes.map)), (Side::Second, panes.other)];
    if panes.other.is_some() {
        sides.push((Side::Difference, panes.below));
    }
    sides.into_iter().filter_map(|(side, area)| map::slot(app, area?, side)).collect()
}
