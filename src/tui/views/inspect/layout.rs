//! Where the panes of the inspector are, for every size of the terminal.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::layout::SMALLEST;

/// The places of the panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InspectPanes {
    /// The tweet.
    pub tweet: Rect,
    /// What is known about the map.
    pub facts: Option<Rect>,
    /// The map.
    pub map: Rect,
    /// The map that it is compared with.
    pub other: Option<Rect>,
    /// All heads, or the difference of the two maps.
    pub below: Option<Rect>,
    /// Where one is.
    pub status: Rect,
    /// Which keys there are.
    pub hints: Rect,
}

impl InspectPanes {
    /// The panes of a screen of this size, with room for a second map where two are compared.
    pub fn arrange(area: Rect, compared: bool) -> Option<Self> {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            return None;
        }
        let hint_rows = if area.height < 30 { 1 } else { 2 };
        let [main, status, hints] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(1), Constraint::Length(hint_rows)]).areas(area);
        let low = main.height < 30;
        // Two maps side by side need more than half of the width.
        let left_share = if compared { 34 } else { 42 };
        let left_width = (main.width * left_share / 100).clamp(28, 84);
        let [left, right] = Layout::horizontal([Constraint::Length(left_width), Constraint::Fill(1)]).areas(main);
        let tweet_rows = (left.height * 2 / 5).max(7);
        let [tweet, facts] = Layout::vertical([Constraint::Length(tweet_rows), Constraint::Fill(1)]).areas(left);
        let (upper, below) = if low {
            (right, None)
        } else {
            let share = if compared { right.height / 2 } else { right.height * 2 / 5 };
            let [upper, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(share)]).areas(right);
            (upper, Some(below))
        };
        let (map, other) = if compared {
            let [map, other] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(upper);
            (map, Some(other))
        } else {
            (upper, None)
        };
        Some(Self { tweet, facts: Some(facts), map, other, below, status, hints })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_never_overlap_and_there_is_always_a_map() {
        assert_eq!(InspectPanes::arrange(Rect::new(0, 0, 59, 40), false), None);
        for width in (60..220).step_by(9) {
            for height in (18..70).step_by(5) {
                for compared in [false, true] {
                    let area = Rect::new(0, 0, width, height);
                    let panes = InspectPanes::arrange(area, compared).expect("panes");
                    let all: Vec<Rect> = [panes.facts, panes.other, panes.below]
                        .into_iter()
                        .flatten()
                        .chain([panes.tweet, panes.map, panes.status, panes.hints])
                        .collect();
                    for (index, pane) in all.iter().enumerate() {
                        assert_eq!(pane.intersection(area), *pane);
                        assert!(all[index + 1..].iter().all(|other| pane.intersection(*other).is_empty()));
                    }
                    assert!(panes.map.width >= 16 && panes.map.height >= 10, "{width}x{height}: {:?}", panes.map);
                    assert_eq!(panes.other.is_some(), compared);
                }
            }
        }
    }
}
